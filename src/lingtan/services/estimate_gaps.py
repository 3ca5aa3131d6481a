"""Fill gaps with estimates, as a new revision; measured readings are not touched."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.units import MILLI, fixed, ratio
from lingtan.metering.channels import Book
from lingtan.metering.estimate import Estimates, Filled, estimate
from lingtan.metering.readings import SCHEMA, STORED, Method, Quality
from lingtan.services.check_readings import extent
from lingtan.services.edits import Edit, commit_edit, known_channels, reasoned
from lingtan.services.workspace import Workspace

AROUND = timedelta(days=50)
METHODS = {
    "linear": Method.LINEAR, "similar-day": Method.SIMILAR_DAY, "profile": Method.PROFILE, "parent": Method.PARENT,
    "children": Method.CHILDREN, "flat": Method.FLAT,
}  # fmt: skip


@dataclass(frozen=True)
class Estimated:
    """What was filled, what stayed open, and the change."""

    filled: list[Filled]
    edit: Edit


def estimate_gaps(
    workspace: Workspace,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    reason: str,
    channels: Collection[str] = (),
    method: str = "auto",
    total: Decimal | None = None,
    dry_run: bool = False,
) -> Estimated:
    """Estimate the readings that are missing in a period; by default between the first reading and the last.

    Parameters
    ----------
    method
        ``auto``, or one of :data:`METHODS`.
    total
        The known quantity of the period, in the unit of the one channel that is named; ``flat`` and ``profile`` need it
        for interval channels.

    Raises
    ------
    InputError
        ``edit.no-reason``, ``edit.unknown-channel``, ``estimate.unknown-method``, ``estimate.total-needs-one-gap``.
    """
    reasoned(reason)
    book = Book(workspace.park)
    wanted = known_channels(book, channels)
    if method != "auto" and method not in METHODS:
        known = ", ".join(["auto", *METHODS])
        raise InputError(
            "estimate.unknown-method", method=method, known=known, nearest=nearest(method, METHODS) or "auto"
        )
    table = workspace.store.readings(
        start=start - AROUND if start else None, end=end + AROUND if end else None,
    )  # fmt: skip
    if not table.num_rows:
        return Estimated([], Edit(table, table))
    first, last = extent(table)
    start, end = start or first, end or last
    raw_total = None
    if total is not None:
        if len(wanted) != 1:
            raise InputError("estimate.total-needs-one-gap")
        raw_total = _raw(book, wanted[0], total)
    made = estimate(table, book, start, end, channels=wanted or None, method=METHODS.get(method), total=raw_total)
    if raw_total is not None and not made.filled:
        made = stated(table, book, wanted[0], start, end, raw_total) or made
    if total is not None and len(made.filled) != 1:
        raise InputError("estimate.total-needs-one-gap")
    rows = free_only(made.rows, table)
    methods = sorted({f.method.name.lower() for f in made.filled if f.method is not Method.NONE})
    edit = commit_edit(
        workspace, "estimate", rows, STORED.empty_table(), reason=reason, dry_run=dry_run, methods=methods,
        gaps=sum(1 for f in made.filled if f.method is not Method.NONE),
    )  # fmt: skip
    return Estimated(made.filled, edit)


def stated(table: pa.Table, book: Book, channel: str, start: datetime, end: datetime, raw: int) -> Estimates | None:
    """One estimate of a whole stretch that has no reading, such as a month of a channel that counts by the month."""
    terms = book.terms(channel_key(channel))
    if terms is None or terms.kind != "interval" or end <= start:
        return None
    mine = table.filter(pc.equal(table["channel"], channel_key(channel)))
    at = np.asarray(mine["start"].cast(pa.int64())) // 1_000_000
    low, high = int(start.timestamp()), int(end.timestamp())
    if ((at < high) & (at + np.asarray(mine["seconds"]) > low)).any():
        return None
    row = {"channel": channel_key(channel), "start": start, "seconds": high - low, "value": raw,
           "quality": int(Quality.ESTIMATED), "method": int(Method.STATED), "available_at": end}  # fmt: skip
    rows = pa.Table.from_pylist([{name: row[name] for name in SCHEMA.names}], schema=SCHEMA)
    size = raw / MILLI
    return Estimates(rows, [Filled(channel, start, end, 1, Method.STATED, size)])


def free_only(rows: pa.Table, table: pa.Table) -> pa.Table:
    """The rows whose key has no reading: a last guard, so that no estimate can stand over a measurement."""
    if not rows.num_rows:
        return rows
    taken = table.select(["channel", "start"]).append_column("taken", pa.array([True] * table.num_rows))
    near = taken.filter(pc.is_in(taken["channel"], rows["channel"].unique()))
    return rows.join(near, ["channel", "start"], join_type="left anti").select(rows.column_names).cast(rows.schema)


def _raw(book: Book, channel: str, total: Decimal) -> int:
    terms = book.terms(channel_key(channel))
    assert terms is not None  # the names were checked
    unit = terms.channel.unit
    try:
        size = ratio(unit, terms.unit)
    except InputError:
        size = ratio(terms.unit, terms.unit) if unit == terms.unit else Fraction(1)
    return fixed(Fraction(total) * size, MILLI)
