"""Sums and flows of a year, month by month: each kept by what it is made from, and summed anew only where that changed.

Everything is whole numbers. So a month whose activities changed in a few buckets is the kept one with the sums of those
buckets replaced and their flows exchanged, and equals the month summed from all buckets to the last digit.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.columns import int64s, int_table
from lingtan.base.errors import DataError
from lingtan.base.ids import canonical_json, digest
from lingtan.base.time import Period
from lingtan.carbon.account import Compiled
from lingtan.carbon.lines import role_rows
from lingtan.services.activities import Piece
from lingtan.services.kept_tables import kept_table, put_table
from lingtan.services.ports import Engine, Listener, Progress, silent
from lingtan.services.workspace import Workspace

COUNTED = ("value", "covered_s", "estimated_s", "spread_s", "rejected_s", "hours")
FEW = 4  # buckets of the sixteen that are exchanged; where more changed the month is summed whole
ORDER = [("role", "ascending"), ("hour", "ascending")]


@dataclass(frozen=True)
class Month:
    """A UTC month with the pieces that it is made from, by bucket, and the name under which its tables are kept."""

    label: str
    pieces: Mapping[int, str]
    key: str


@dataclass(frozen=True)
class Sums:
    """By channel and local month, and by role and hour; ``engine`` is ``kept`` where nothing was summed."""

    sums: pa.Table
    flows: pa.Table
    engine: str


def month_sums(
    workspace: Workspace,
    compiled: Compiled,
    pieces: Sequence[Piece],
    year: Period,
    method: Mapping[str, Any],
    listener: Listener = silent,
) -> Sums:
    """:func:`~lingtan.carbon.ledger.channel_months` and :func:`~lingtan.carbon.ledger.flows` of a year's pieces.

    Raises
    ------
    DataError
        ``account.no-readings`` if there is no piece.
    """
    same = {"roles": digest(role_rows(compiled.roles)), "year": [year.label, year.zone], "method": dict(method)}
    months = _months(pieces, same)
    if not months:
        raise DataError("account.no-readings", period=year.label)
    kept = {m.label: found for m in months if (found := _kept(workspace, m.key)) is not None}
    missing = [m for m in months if m.label not in kept]
    name = "kept"
    if missing:
        with engine(workspace) as running:
            name = running.name
            summing = _Summing(workspace, running, compiled, year)
            for done, month in enumerate(missing, 1):
                found = _exchanged(summing, month, _newest(workspace, month.label, same)) or summing.of(
                    month.pieces.values()
                )
                _keep(workspace, month, found, same)
                kept[month.label] = found
                listener(Progress("ledger", done, len(missing), {"month": month.label}))
    ordered = [kept[label] for label in sorted(kept)]
    return Sums(merged([s for s, _ in ordered]), pa.concat_tables([f for _, f in ordered]), name)


@contextmanager
def engine(workspace: Workspace) -> Iterator[Engine]:
    """The workspace's engine, closed at the end."""
    running = workspace.engine()
    try:
        yield running
    finally:
        running.close()


def calendar(year: Period) -> pa.Table:
    """The relation ``calendar(hour, month)`` of a year; months as yyyymm in local time."""
    months = np.concatenate([np.full(m.hours, int(m.label.replace("-", "")), np.int32) for m in year.months()])
    hours = [year.start + timedelta(hours=i) for i in range(year.hours)]
    return pa.table({"hour": pa.array(hours, pa.timestamp("us", tz="UTC")), "month": pa.array(months)})


def merged(tables: Sequence[pa.Table]) -> pa.Table:
    """Partial sums of the same channel and local month added up; UTC months cut local ones in two."""
    columns = {
        name: np.concatenate([int64s(t.column(name)) for t in tables]) for name in ("channel", "month", *COUNTED, "rev")
    }
    order = np.lexsort((columns["month"], columns["channel"]))
    channel, month = columns["channel"][order], columns["month"][order]
    first = np.flatnonzero(np.concatenate([[True], (channel[1:] != channel[:-1]) | (month[1:] != month[:-1])]))
    sums = {name: np.add.reduceat(columns[name][order], first) for name in COUNTED}
    kept = {"channel": channel[first], "month": month[first].astype(np.int32), **sums}
    kept["rev"] = np.maximum.reduceat(columns["rev"][order], first)
    return int_table(kept)


class _Summing:
    """Sums pieces with an engine."""

    def __init__(self, workspace: Workspace, running: Engine, compiled: Compiled, year: Period) -> None:
        self._workspace = workspace
        self._engine = running
        self._calendar = running.table(calendar(year))
        self._roles = running.table(compiled.role_table())

    def of(self, names: Any) -> tuple[pa.Table, pa.Table]:
        """Sums and flows of the pieces with these names."""
        from lingtan.carbon import ledger

        activity = self._engine.parquet([self._workspace.blobs.path(n) for n in sorted(names)])
        sums = self._engine.collect(ledger.channel_months(activity, self._calendar))
        return sums, self._engine.collect(ledger.flows(activity, self._calendar, self._roles)).sort_by(ORDER)

    def have(self, names: Any) -> bool:
        """Whether the pieces are still kept."""
        return all(Path(self._workspace.blobs.path(n)).exists() for n in names)


def _exchanged(summing: _Summing, month: Month, before: tuple[Month, pa.Table, pa.Table] | None) -> Any:
    """A kept month with the changed buckets exchanged; None where it has to be summed whole."""
    if before is None:
        return None
    last, sums, flows = before
    changed = {b for b in {*last.pieces, *month.pieces} if last.pieces.get(b) != month.pieces.get(b)}
    old, new = ([m.pieces[b] for b in sorted(changed) if b in m.pieces] for m in (last, month))
    if len(changed) > FEW or not summing.have(old):
        return None
    bucket = pc.shift_right(sums["channel"], 59)
    parts = [sums.filter(pc.invert(pc.is_in(bucket, pa.array(sorted(changed), pa.int64()))))]
    hourly = [flows]
    if new:
        one, two = summing.of(new)
        parts.append(one.cast(sums.schema))
        hourly.append(two.cast(flows.schema))
    if old:
        _, gone = summing.of(old)
        at = gone.schema.get_field_index("value")
        hourly.append(gone.set_column(at, "value", pc.negate(gone["value"])).cast(flows.schema))
    total = pa.concat_tables(hourly).group_by(["role", "hour"]).aggregate([("value", "sum")])
    total = total.rename_columns({"value_sum": "value"}).select(flows.schema.names).cast(flows.schema)
    return pa.concat_tables(parts), total.sort_by(ORDER)


def _months(pieces: Sequence[Piece], same: Mapping[str, Any]) -> list[Month]:
    by_month: dict[str, dict[int, str]] = {}
    for piece in pieces:
        by_month.setdefault(piece.month, {})[piece.bucket] = piece.name
    return [
        Month(label, found, digest({"pieces": [found[b] for b in sorted(found)], **same}))
        for label, found in sorted(by_month.items())
    ]


def _kept(workspace: Workspace, key: str) -> tuple[pa.Table, pa.Table] | None:
    sums, flows = (kept_table(workspace, f"cache/{kind}/{key}.parquet") for kind in ("sums", "flows"))
    return None if sums is None or flows is None else (sums, flows)


def _keep(workspace: Workspace, month: Month, found: tuple[pa.Table, pa.Table], same: Mapping[str, Any]) -> None:
    for kind, table in zip(("sums", "flows"), found, strict=True):
        put_table(workspace, f"cache/{kind}/{month.key}.parquet", table)
    told = {"key": month.key, "pieces": {str(b): n for b, n in month.pieces.items()}}
    workspace.blobs.put(_newest_name(month.label, same), canonical_json(told))


def _newest(workspace: Workspace, label: str, same: Mapping[str, Any]) -> tuple[Month, pa.Table, pa.Table] | None:
    """The tables of a month that were kept last, with what they were made from."""
    data = workspace.blobs.get(_newest_name(label, same))
    if data is None:
        return None
    told = json.loads(data)
    found = _kept(workspace, told["key"])
    month = Month(label, {int(b): n for b, n in told["pieces"].items()}, told["key"])
    return None if found is None else (month, *found)


def _newest_name(label: str, same: Mapping[str, Any]) -> str:
    return f"cache/sums/newest-{digest({'month': label, **same})}.json"
