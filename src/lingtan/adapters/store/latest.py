"""The newest reading of each channel: a small derived table, kept in ``cache/latest.arrow`` and made again when missing.

The table says which revision it stands at and that commit's hash. Later commits are laid over it, so an answer never rests
on a stale file. A withdrawal of the newest reading is the one case that needs a look at the channel's other readings.
"""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.adapters.store import landing, record
from lingtan.adapters.store.batch import instant
from lingtan.adapters.store.disk import make_folder, write_durably
from lingtan.adapters.store.landing import Landed
from lingtan.adapters.store.order import Ints, ints, newest, order
from lingtan.adapters.store.state import Snapshot
from lingtan.adapters.store.view import Query, Views
from lingtan.metering.readings import STORED
from lingtan.services.ports import Latest

FILE = "latest.arrow"
FOLD = 500_000  # rows held before they are reduced to one a channel
KEEP_AFTER = 32  # landing files laid over the table before it is written anew


@dataclass(frozen=True)
class Newest:
    """One row a channel, sorted by channel, as known at ``rev``."""

    rows: pa.Table
    rev: int
    hash: str


class LatestRows:
    """The newest readings of the store in ``root``."""

    def __init__(self, root: Path, views: Views) -> None:
        self._path = root / "cache" / FILE
        self._views = views
        self._mutex = threading.Lock()
        self._known: Newest | None = None

    def read(self, snapshot: Snapshot, channels: Iterable[int] | None) -> list[Latest]:
        """The newest reading of each channel, of those asked for, by channel."""
        table = self.update(snapshot).rows
        if channels is not None:
            held = ints(table["channel"])
            wanted = np.unique(np.fromiter(channels, np.int64))
            at = np.searchsorted(held, wanted)
            at = at[(at < len(held)) & (held[np.minimum(at, max(len(held) - 1, 0))] == wanted)] if len(held) else at[:0]
            table = table.take(pa.array(at))
        values = [table[name].to_pylist() for name in ("channel", "seconds", "value", "quality", "rev")]
        starts = [instant(us) for us in ints(table["start"]).tolist()]
        return [Latest(c, s, d, v, q, r) for c, s, d, v, q, r in zip(values[0], starts, *values[1:], strict=True)]

    def update(self, snapshot: Snapshot, *, keep: bool = False) -> Newest:
        """The table at the snapshot's newest revision; with ``keep`` written down whatever it took."""
        with self._mutex:
            begun = self._begin(snapshot)
            if begun is None:
                begun, keep = self._from_sealed(snapshot), True
            later = [item for item in snapshot.waiting() if item.rev > begun.rev]
            made = self._laid_over(begun, later, snapshot) if later or begun.rev < snapshot.head else begun
            if keep or len(later) > KEEP_AFTER:
                self._keep(made)
            self._known = made
            return made

    def _begin(self, snapshot: Snapshot) -> Newest | None:
        """What was known before and is part of this snapshot's history; None if nothing is."""
        if self._known is not None and _part_of(self._known, snapshot):
            return self._known
        kept = self._kept()
        if kept is not None and _part_of(kept, snapshot):
            return kept
        return None if snapshot.pointer.files else Newest(STORED.empty_table(), 0, record.GENESIS)

    def _from_sealed(self, snapshot: Snapshot) -> Newest:
        """The newest of every sealed channel. Stands at revision 0, so that every waiting file is laid over it."""
        files = [str(self._views.path(f)) for f in snapshot.pointer.files if f.table == "readings"]
        if not files:
            return Newest(STORED.empty_table(), 0, record.GENESIS)
        others = [n for n in STORED.names if n not in ("channel", "start", "available_at")]
        chosen = ", ".join(f'arg_max("{n}", "start") AS "{n}"' for n in others)
        text = f"""SELECT channel, max("start") AS "start", {chosen}, arg_max_null(available_at, "start") AS available_at
            FROM read_parquet($files, hive_partitioning=false) GROUP BY channel ORDER BY channel"""
        rows = self._views.sql(text, {"files": files}).select(STORED.names).cast(STORED)
        return Newest(rows.combine_chunks(), 0, record.GENESIS)

    def _laid_over(self, begun: Newest, later: Sequence[Landed], snapshot: Snapshot) -> Newest:
        table, doubtful = begun.rows, set[int]()
        for group in _groups(later, snapshot):
            table, doubts = fold([table, *group])
            doubtful |= doubts
        if doubtful:
            asked = sorted(doubtful)
            found = self._views.rows(snapshot, Query(channels=asked))
            rest = table.filter(pc.invert(pc.is_in(table["channel"], pa.array(asked, pa.int64()))))
            table, _ = fold([rest, last_of_each(found)])
        return Newest(table, snapshot.head, snapshot.head_hash)

    def _kept(self) -> Newest | None:
        try:
            with pa.ipc.open_file(pa.memory_map(str(self._path))) as file:
                said = file.schema.metadata
                rows = file.read_all().replace_schema_metadata(None).cast(STORED)
            return Newest(rows, int(said[b"rev"]), said[b"hash"].decode())
        except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
            return None  # derived: made again

    def _keep(self, made: Newest) -> None:
        schema = STORED.with_metadata({"rev": str(made.rev), "hash": made.hash})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema) as file:
            file.write_table(made.rows.replace_schema_metadata(schema.metadata))
        # a folder that may only be read answers all the same
        with contextlib.suppress(OSError):
            make_folder(self._path.parent)
            write_durably(self._path, memoryview(sink.getvalue()))


def _part_of(known: Newest, snapshot: Snapshot) -> bool:
    """Whether every commit after ``known`` is still a landing file, and ``known`` is of this log."""
    if known.rev == snapshot.pointer.through:
        return known.hash == snapshot.pointer.head_hash
    if known.rev < snapshot.pointer.through:
        return False
    return any(item.rev == known.rev and item.commit.hash == known.hash for item in reversed(snapshot.landed))


def _groups(later: Sequence[Landed], snapshot: Snapshot) -> Iterator[list[pa.Table]]:
    """The rows of landing files that can be the newest of a channel, and all withdrawals, some files at a time."""
    group, held = [], 0
    for item in later:
        table = landing.outside(landing.read_rows(item), item, snapshot.pointer.sealed)
        nulls = table["value"].null_count
        withdrawn = table.filter(pc.is_null(table["value"])) if nulls else None
        table = last_of_each(table.filter(pc.is_valid(table["value"])) if nulls else table)
        group += [table] if withdrawn is None else [table, withdrawn]
        held += table.num_rows + nulls
        if held > FOLD:
            yield group
            group, held = [], 0
    if group:
        yield group


def last_of_each(table: pa.Table) -> pa.Table:
    """Of rows sorted by channel and start, the last of each channel."""
    channel = ints(table["channel"])
    return table.take(pa.array(_ends(channel)))


def _ends(channel: Ints) -> Any:
    return np.flatnonzero(np.append(channel[1:] != channel[:-1], True)) if len(channel) else np.empty(0, np.int64)


def fold(tables: Sequence[pa.Table]) -> tuple[pa.Table, set[int]]:
    """One row a channel, and the channels whose newest reading may have been withdrawn."""
    table = pa.concat_tables(tables)
    channel, start = ints(table["channel"]), ints(table["start"])
    index = order(channel, start, ints(table["rev"]))
    index = index[newest(channel[index], start[index])]
    table = table.take(pa.array(index)).combine_chunks()
    last = table.take(pa.array(_ends(ints(table["channel"]))))
    if not last["value"].null_count:
        return last, set()
    doubtful = last.filter(pc.is_null(last["value"]))["channel"].to_pylist()
    return last_of_each(table.filter(pc.is_valid(table["value"]))), set(doubtful)
