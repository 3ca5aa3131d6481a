"""Repair readings by hand, each time with a reason and as a new revision: edit, scale, shift, withdraw, confirm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import channel_key
from lingtan.base.time import iso
from lingtan.base.units import MILLI, canonical_unit, dimension, fixed, ratio
from lingtan.metering.channels import Book, Terms
from lingtan.metering.checks import Finding, Kind
from lingtan.metering.exact import scaled
from lingtan.metering.readings import Method, Quality
from lingtan.services.check_readings import check_readings
from lingtan.services.edits import Edit, commit_edit, known_channels, reasoned, rows_of, stretch
from lingtan.services.workspace import Workspace

LONGEST_SHIFT = timedelta(days=2)


@dataclass(frozen=True)
class Stretch:
    """The readings of one channel that begin in ``[start, end)``."""

    channel: str
    start: datetime
    end: datetime


def edit_values(workspace: Workspace, where: Stretch, value: Decimal, *, reason: str, dry_run: bool = False) -> Edit:
    """Give every reading in the stretch a stated value, in channel units (power channels: the mean power)."""
    before, columns = _found(workspace, where, reason)
    terms = _terms(workspace, where.channel)
    values = [_raw(terms, value, int(s)) for s in columns["seconds"].tolist()]
    rows = _rows(columns, values, Quality.EDITED, Method.STATED)
    return commit_edit(
        workspace, "repair", rows, before, reason=reason, dry_run=dry_run, action="edit", value=str(value)
    )


def scale_values(workspace: Workspace, where: Stretch, factor: Decimal, *, reason: str, dry_run: bool = False) -> Edit:
    """Multiply every reading in the stretch by a factor, exactly, rounded half away from zero.

    Raises
    ------
    InputError
        ``repair.scale-counter`` for registers: state the multiplier with ``change-meter`` instead.
    """
    terms = _terms(workspace, where.channel)
    if terms.kind == "counter":
        raise InputError("repair.scale-counter", channel=where.channel)
    before, columns = _found(workspace, where, reason)
    exact = Fraction(factor)
    values = scaled(columns["value"], exact.numerator, exact.denominator)
    rows = _rows(columns, values, Quality.EDITED, Method.SCALED)
    return commit_edit(
        workspace, "repair", rows, before, reason=reason, dry_run=dry_run, action="scale", factor=str(factor)
    )


def withdraw(workspace: Workspace, where: Stretch, *, reason: str, dry_run: bool = False) -> Edit:
    """Take the readings in the stretch back; the times they stood for become gaps."""
    before, columns = _found(workspace, where, reason)
    rows = _rows(columns, [None] * before.num_rows, Quality.WITHDRAWN, Method.NONE)
    return commit_edit(workspace, "repair", rows, before, reason=reason, dry_run=dry_run, action="withdraw")


def confirm(workspace: Workspace, where: Stretch, *, reason: str, dry_run: bool = False) -> Edit:
    """Say that the readings in the stretch are right, however they look; the checks leave them alone from then on.

    Estimates and edited values are not measured and stay what they are.
    """
    before, columns = _found(workspace, where, reason)
    measured = columns["quality"] == int(Quality.MEASURED)
    columns = {name: column[measured] for name, column in columns.items()}
    rows = _rows(columns, columns["value"], Quality.CONFIRMED, Method.NONE)
    return commit_edit(workspace, "repair", rows, before, reason=reason, dry_run=dry_run, action="confirm")


def shift(workspace: Workspace, where: Stretch, by: timedelta, *, reason: str, dry_run: bool = False) -> Edit:
    """Move the readings of the stretch in time; a clock that was an hour fast is moved by minus one hour.

    Readings outside of the stretch are never replaced: what would fall on one of them is dropped (``dropped`` in the
    notes), and the times that nothing falls on become gaps.

    Raises
    ------
    InputError
        ``repair.bad-shift`` if the step is nothing or longer than two days.
    """
    if not timedelta(0) < abs(by) <= LONGEST_SHIFT:
        raise InputError("repair.bad-shift", minutes=by.total_seconds() / 60)
    before, columns = _found(workspace, where, reason)
    seconds = round(by.total_seconds())
    terms = _terms(workspace, where.channel)
    old, new = columns["at"], columns["at"] + seconds
    around = _columns(stretch(workspace, where.channel, where.start - LONGEST_SHIFT, where.end + LONGEST_SHIFT))
    others = np.setdiff1d(around["at"], old)
    lengths = dict(zip(around["at"].tolist(), around["seconds"].tolist(), strict=True))
    free = np.array([not _covered(n, int(s), others, lengths) for n, s in zip(new, columns["seconds"], strict=True)])
    kept = {name: column[free] for name, column in columns.items()}
    empty = np.setdiff1d(old, new[free])
    length = np.array([lengths[int(t)] for t in empty], dtype=np.int64)
    many = int(free.sum())
    rows = rows_of(
        np.full(many + len(empty), terms.key),
        np.concatenate([new[free], empty]),
        np.concatenate([kept["seconds"], length]),
        [*kept["value"].tolist(), *[None] * len(empty)],
        [int(Quality.EDITED)] * many + [int(Quality.WITHDRAWN)] * len(empty),
        [int(Method.SHIFTED)] * many + [int(Method.NONE)] * len(empty),
    )
    return commit_edit(
        workspace, "repair", rows, before, reason=reason, dry_run=dry_run, action="shift", minutes=seconds / 60,
        dropped=int((~free).sum()), gaps=len(empty),
    )  # fmt: skip


def withdraw_found(
    workspace: Workspace, kinds: Collection[str], period: str = "", *, reason: str, channels: Collection[str] = (),
    dry_run: bool = False,
) -> tuple[list[Finding], Edit]:  # fmt: skip
    """Withdraw the readings of every finding of some kinds, those that are mere remarks left out.

    Raises
    ------
    InputError
        ``repair.unknown-kind`` for a kind whose readings cannot be withdrawn.
    """
    allowed = [Kind.SENTINEL, Kind.SPIKE, Kind.STUCK, Kind.ZERO_RUN, Kind.NEGATIVE, Kind.IMPLAUSIBLE]
    for kind in kinds:
        if kind not in [str(k) for k in allowed]:
            raise InputError("repair.unknown-kind", kind=kind, known=", ".join(allowed))
    reasoned(reason)
    findings = [
        f
        for f in check_readings(workspace, period, channels=channels).findings
        if str(f.kind) in set(kinds) and f.severity != "info" and f.suggestion == "withdraw"
    ]
    tables = []
    for f in findings:
        table = stretch(workspace, f.channel, f.start, f.end)
        terms = _terms(workspace, f.channel)
        if terms.kind == "counter" and f.kind is not Kind.SPIKE and f.kind is not Kind.SENTINEL:
            continue  # a register that stands still is right; its difference is known
        tables.append(table)
    before = pa.concat_tables(tables) if tables else stretch(workspace, next(iter(_names(workspace))), None, None)[:0]
    columns = _columns(before)
    _, first = np.unique(np.stack([columns["channel"], columns["at"]], axis=1), axis=0, return_index=True)
    columns = {name: column[np.sort(first)] for name, column in columns.items()}
    rows = _rows(columns, [None] * len(columns["at"]), Quality.WITHDRAWN, Method.NONE)
    source = {"action": "withdraw", "found": sorted(kinds), "findings": len(findings)}
    return findings, commit_edit(workspace, "repair", rows, before, reason=reason, dry_run=dry_run, **source)


def _names(workspace: Workspace) -> list[str]:
    return [c.id for m in workspace.park.meters for c in m.channels]


def _terms(workspace: Workspace, channel: str) -> Terms:
    book = Book(workspace.park)
    known_channels(book, [channel])
    terms = book.terms(channel_key(channel))
    assert terms is not None  # it is known
    return terms


def _found(workspace: Workspace, where: Stretch, reason: str) -> tuple[pa.Table, dict[str, Any]]:
    """The readings of a stretch, which must not be empty."""
    reasoned(reason)
    _terms(workspace, where.channel)
    if where.end <= where.start:
        raise InputError("repair.empty-stretch", start=iso(where.start), end=iso(where.end))
    before = stretch(workspace, where.channel, where.start, where.end)
    if not before.num_rows:
        raise DataError("repair.nothing-there", channel=where.channel, start=iso(where.start), end=iso(where.end))
    return before, _columns(before)


def _columns(table: pa.Table) -> dict[str, Any]:
    names = ("channel", "seconds", "value", "quality")
    found = {name: np.asarray(table[name].combine_chunks()) for name in names}
    found["at"] = np.asarray(table["start"].cast(pa.int64()).combine_chunks()) // 1_000_000
    return found


def _rows(columns: dict[str, Any], values: Any, quality: Quality, method: Method) -> pa.Table:
    return rows_of(columns["channel"], columns["at"], columns["seconds"], values, quality, method)


def _covered(start: int, seconds: int, others: Any, lengths: dict[int, int]) -> bool:
    """Whether another reading stands at this time or reaches into it."""
    i = int(np.searchsorted(others, start + max(seconds, 1)))
    return i > 0 and int(others[i - 1]) + max(lengths[int(others[i - 1])], 1) > start


def _raw(terms: Terms, value: Decimal, seconds: int) -> int:
    """A number in channel units as it is stored."""
    unit = terms.channel.unit
    if canonical_unit(unit) is None:
        return fixed(Fraction(value), MILLI)
    if dimension(unit) == "power":
        return fixed(Fraction(value) * ratio(unit, "kW") * ratio("kWh", terms.unit) * Fraction(seconds, 3600), MILLI)
    return fixed(Fraction(value) * ratio(unit, terms.unit), MILLI)
