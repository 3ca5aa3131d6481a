"""Sealing: landed rows become sorted Parquet months in the Delta tables.

The steps, each of which may be the last before a kill: write the month files (temporary name, flush, rename); commit them
to Delta ``readings``, then ``history``; write the log segment; replace ``sealed.json``, which is the moment it counts;
remove the landing files. Begun again, a seal finds the landing files still there, writes the same files and sets right
what Delta holds. Rows are never in two places for a reader, because the pointer alone says where they are.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.adapters.store import delta, landing, pointer
from lingtan.adapters.store.batch import month_bounds
from lingtan.adapters.store.disk import disk_errors, flush_file, flush_folder, make_folder
from lingtan.adapters.store.landing import Landed
from lingtan.adapters.store.order import ints, newest, order
from lingtan.adapters.store.pointer import Pointer, SealedFile
from lingtan.adapters.store.state import Snapshot, State
from lingtan.metering.readings import BUCKETS, STORED
from lingtan.services.ports import SealReport

ROW_GROUP = 122_880  # rows; a channel's year reads one group a month
PIECE = 4_000_000  # rows sorted at once
ENCODING = {"start": "DELTA_BINARY_PACKED", "rev": "DELTA_BINARY_PACKED", "value": "BYTE_STREAM_SPLIT"}
DICTIONARY = ["channel", "seconds", "quality", "method", "available_at"]


def seal(root: Path, state: State, snapshot: Snapshot, *, before: str | None) -> SealReport:
    """Seal what ``snapshot`` has landed (of months before ``before``); the caller holds the lock."""
    old = snapshot.pointer
    by_month: dict[str, list[Landed]] = {}
    for landed in snapshot.waiting():
        for label in landed.commit.parts:
            if old.sealed.get(label, 0) < landed.rev and (before is None or label < before):
                by_month.setdefault(label, []).append(landed)
    if not by_month:
        return SealReport()
    seq, files, report = old.seq + 1, list(old.files), SealReport(months=sorted(by_month))
    for table in delta.TABLES:
        make_folder(root / table)
    for label in sorted(by_month):
        made = _seal_month(root, label, by_month[label], [f for f in old.files if f.month == label], seq)
        files = [f for f in files if f.month != label or f.table == "history"] + made.files
        report = SealReport(
            report.months,
            report.rows + made.rows,
            report.bytes + sum(f.bytes for f in made.files),
            report.superseded + sum(f.rows for f in made.files if f.table == "history"),
        )
    files.sort(key=lambda f: (f.table, f.month, f.path))
    versions = {table: delta.hold(root, table, files) for table in delta.TABLES}
    new = Pointer(
        seq=seq,
        through=snapshot.head,
        head_hash=snapshot.head_hash,
        sealed={**old.sealed, **dict.fromkeys(by_month, snapshot.head)},
        files=files,
        segments=pointer.add_entries(root, old, list(state.entries(snapshot, after=old.through))),
        delta=versions,
    )
    pointer.publish(root, new)
    remove_sealed(Snapshot(new, snapshot.landed))
    _remove_leftovers(root, new, sorted(by_month))
    return report


def remove_sealed(snapshot: Snapshot) -> None:
    """Remove landing files all of whose rows, and whose record, are sealed."""
    needed = {landed.path for landed in snapshot.waiting()}
    for landed in snapshot.landed:
        if landed.rev <= snapshot.pointer.through and landed.path not in needed:
            landed.path.unlink(missing_ok=True)


def _remove_leftovers(root: Path, new: Pointer, months: Sequence[str]) -> None:
    """Remove what interrupted seals of these months wrote and no version of Delta names, and merged log segments."""
    for table in delta.TABLES:
        held = {f.path for f in new.files if f.table == table}
        for label in months:
            folder = root / table / f"month={label}"
            for left in folder.glob("*.tmp"):
                left.unlink(missing_ok=True)
            here = [p.name for p in folder.glob(f"{new.seq:06d}-*.parquet") if f"{folder.name}/{p.name}" not in held]
            for name in delta.unknown_to_log(root / table, here):
                (folder / name).unlink(missing_ok=True)
    listed = {segment.path for segment in new.segments}
    for path in (root / "log").glob("*.gz"):
        if path.name not in listed:
            path.unlink(missing_ok=True)


@dataclass
class _Month:
    files: list[SealedFile] = field(default_factory=list)
    rows: int = 0


def _seal_month(root: Path, label: str, landed: Sequence[Landed], old: Sequence[SealedFile], seq: int) -> _Month:
    """Merge a month's sealed newest rows with its landed rows and write its files."""
    first, after = month_bounds(label)
    fresh = [landing.read_rows(item, start=first, end=after) for item in landed]
    with disk_errors(root):
        before = [pq.ParquetFile(root / f.table / f.path) for f in old if f.table == "readings"]
    made = _Month(rows=sum(t.num_rows for t in fresh))
    total = made.rows + sum(f.metadata.num_rows for f in before)
    step = max(1, BUCKETS * PIECE // max(total, 1))  # buckets sorted at once
    current, past = _MonthFile(root, "readings", label, seq), _MonthFile(root, "history", label, seq)
    with current, past:
        for low in range(0, BUCKETS, step):
            high = min(low + step, BUCKETS) - 1
            parts = [landing.in_buckets(t, low, high) for t in fresh]
            parts += [landing.in_buckets_of_file(f, low, high) for f in before]
            parts = [p for p in parts if p.num_rows]
            if parts:
                _write_piece(pa.concat_tables(parts), current, past)
    made.files = [f for f in (current.done, past.done) if f is not None]
    return made


def _write_piece(table: pa.Table, current: "_MonthFile", past: "_MonthFile") -> None:
    channel, start, rev = ints(table["channel"]), ints(table["start"]), ints(table["rev"])
    index = order(channel, start, rev)
    channel, start = channel[index], start[index]
    last = newest(channel, start)
    table = _permuted(table, index)
    if table["value"].null_count:
        last &= np.asarray(pc.is_valid(table["value"]).to_numpy())
    if not last.all():
        past.write(table.filter(pa.array(~last)))
        table, channel = table.filter(pa.array(last)), channel[last]
    # a row group never holds two buckets, so that a bucket is read without its neighbors
    edges = np.flatnonzero(np.diff(channel >> 59)) + 1
    for low, high in zip([0, *edges], [*edges, len(channel)], strict=True):
        current.write(table.slice(low, high - low))


def _permuted(table: pa.Table, index: Any) -> pa.Table:
    """``table.take(index)``, without moving columns that have one value."""
    taken, columns = pa.array(index), []
    for column in table.columns:
        if column.null_count == len(column):
            columns.append(column)
            continue
        bounds = pc.min_max(column)
        same = not column.null_count and bounds["min"].equals(bounds["max"])
        columns.append(column if same else column.combine_chunks().take(taken))
    return pa.table(columns, schema=table.schema)


class _MonthFile:
    """A Parquet file made row group by row group; ``done`` once it is on the disk under its final name."""

    def __init__(self, root: Path, table: str, label: str, seq: int) -> None:
        self._folder = root / table / f"month={label}"
        self._waiting = self._folder / f"{seq:06d}.{os.getpid()}.tmp"
        self._writer: Any = None
        self._revs = [2**63 - 1, 0]
        self._rows = 0
        self._table, self._label, self._seq = table, label, seq
        self.done: SealedFile | None = None

    def write(self, rows: pa.Table) -> None:
        """Append rows as row groups of their own."""
        if not rows.num_rows:
            return
        with disk_errors(self._waiting):
            if self._writer is None:
                make_folder(self._folder)
                self._writer = pq.ParquetWriter(
                    self._waiting,
                    STORED,
                    compression="zstd",
                    compression_level=3,
                    use_dictionary=DICTIONARY,
                    column_encoding=ENCODING,
                )
            self._writer.write_table(rows, row_group_size=ROW_GROUP)
        bounds = pc.min_max(rows["rev"])
        self._revs = [min(self._revs[0], bounds["min"].as_py()), max(self._revs[1], bounds["max"].as_py())]
        self._rows += rows.num_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if self._writer is None:
            return
        with disk_errors(self._waiting):
            if kind is not None:
                self._waiting.unlink(missing_ok=True)
                return
            self._writer.close()
            flush_file(self._waiting)
            with open(self._waiting, "rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
            size = self._waiting.stat().st_size
            path = self._folder / f"{self._seq:06d}-{sha[:16]}.parquet"
            self._waiting.replace(path)
            flush_folder(self._folder)
        self.done = SealedFile(
            self._table, self._label, f"{self._folder.name}/{path.name}", sha, self._rows, size, *self._revs
        )
