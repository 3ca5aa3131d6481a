"""What every change of readings has in common: a reason, new rows, a commit; or, on a dry run, only what would change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.metering.channels import Book
from lingtan.metering.readings import SCHEMA, Method, Quality
from lingtan.services.ports import Commit
from lingtan.services.settle_findings import FILLED, settle_findings
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Edit:
    """A change of readings: the new rows, what stood there before, and the commit (None on a dry run or if nothing changes)."""

    rows: pa.Table
    before: pa.Table
    commit: Commit | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


def known_channels(book: Book, channels: Collection[str]) -> list[str]:
    """The channels, all of which the park must know.

    Raises
    ------
    InputError
        ``edit.unknown-channel`` with the nearest known name.
    """
    names = {book.name(key) for key in book}
    for channel in channels:
        if channel not in names:
            raise InputError("edit.unknown-channel", channel=channel, nearest=nearest(channel, names) or "-")
    return list(channels)


def reasoned(reason: str) -> str:
    """The reason of a change, which must be stated.

    Raises
    ------
    InputError
        ``edit.no-reason`` if it is blank.
    """
    if not reason.strip():
        raise InputError("edit.no-reason")
    return reason.strip()


def rows_of(
    keys: Sequence[int] | np.ndarray[Any, Any], at: Any, seconds: Any, values: Sequence[int | None] | Any,
    quality: Quality | Any, method: Method | Any,
) -> pa.Table:  # fmt: skip
    """Rows in ``SCHEMA``; instants in seconds since 1970; quality and method for all rows, or one each."""
    many = len(keys)
    given = [
        np.full(many, int(v), dtype=np.int8) if isinstance(v, int) else np.asarray(v, np.int8)
        for v in (quality, method)
    ]
    return pa.Table.from_arrays(
        [
            pa.array(np.asarray(keys, dtype=np.int64)),
            pa.array(np.asarray(at, dtype=np.int64) * 1_000_000).cast(pa.timestamp("us", tz="UTC")),
            pa.array(np.asarray(seconds, dtype=np.int32)),
            pa.array(values, pa.int64()),
            pa.array(given[0]),
            pa.array(given[1]),
            pa.nulls(many, pa.timestamp("us", tz="UTC")),
        ],
        schema=SCHEMA,
    )


def commit_edit(
    workspace: Workspace, kind: str, rows: pa.Table, before: pa.Table, *, reason: str, dry_run: bool, **source: Any
) -> Edit:
    """Store the rows as a new revision; the reason goes into the log."""
    stated = reasoned(reason)
    if dry_run or not rows.num_rows:
        return Edit(rows, before, None, source)
    touched = set(rows["channel"].unique().to_pylist())
    book = Book(workspace.park)
    receipt = workspace.store.commit(
        rows.sort_by([("channel", "ascending"), ("start", "ascending")]).combine_chunks(),
        kind=kind,
        at=workspace.clock(),
        source=source,
        channels={str(key): book.name(key) for key in sorted(touched)},
        reason=stated,
        again=True,  # a change back to an earlier content is a revision of its own
    )
    settle_findings(workspace, _dealt(book, rows), FILLED if kind == "estimate" else None)
    return Edit(rows, before, receipt.commit, source)


def _dealt(book: Book, rows: pa.Table) -> dict[str, tuple[datetime, datetime]]:
    """From the first to the last reading that was changed, by channel."""
    ends = pc.add(rows["start"].cast(pa.int64()), pc.multiply(rows["seconds"].cast(pa.int64()), 1_000_000))
    spans = rows.select(["channel", "start"]).append_column("end", ends.cast(pa.timestamp("us", tz="UTC")))
    found = spans.group_by("channel").aggregate([("start", "min"), ("end", "max")]).to_pylist()
    return {book.name(r["channel"]): (r["start_min"], r["end_max"]) for r in found}


def stretch(workspace: Workspace, channel: str, start: datetime | None, end: datetime | None) -> pa.Table:
    """The current readings of one channel with ``start`` in a stretch of time."""
    return workspace.store.readings(channels=[channel_key(channel)], start=start, end=end)
