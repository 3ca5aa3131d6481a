"""Views: sealed rows through DuckDB, landed rows over them, the newest revision of each key."""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.adapters.store import landing
from lingtan.adapters.store.batch import month_bounds
from lingtan.adapters.store.order import ints, newest, order
from lingtan.adapters.store.pointer import SealedFile
from lingtan.adapters.store.state import Snapshot
from lingtan.base.errors import SourceError
from lingtan.metering.readings import BUCKETS, STORED

COLUMNS = ", ".join(f'"{name}"' for name in STORED.names)
LISTED = 32  # more channels than this are joined, not listed
FEW, FEW_ROWS = 64, 2_000_000  # so few channels are read without a database, if their row groups hold no more rows


@dataclass(frozen=True)
class Query:
    """What is asked for; instants in microseconds, ``end`` exclusive."""

    channels: Collection[int] | None = None
    start: int | None = None
    end: int | None = None
    as_of: int | None = None
    after: int = 0  # only revisions later than this
    history: bool = False

    @property
    def span(self) -> tuple[int, int] | None:
        """Least and greatest channel."""
        return (min(self.channels), max(self.channels)) if self.channels else None

    def meets(self, label: str) -> bool:
        """Whether a UTC month can hold an answer."""
        first, after = month_bounds(label)
        return not ((self.start is not None and after <= self.start) or (self.end is not None and first >= self.end))


class Views:
    """Reads snapshots of the store in ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._local = threading.local()
        self._database: Any = None
        self._guard = threading.Lock()
        self._reading = threading.BoundedSemaphore(2)  # row groups in memory at a time, however many ask

    def rows(self, snapshot: Snapshot, query: Query) -> pa.Table:
        """The answer in ``STORED``, sorted; ``FileNotFoundError`` if a landing file went away meanwhile."""
        if query.channels is not None and not query.channels:
            return STORED.empty_table()
        pieces = [self._sealed(files_for(snapshot, query), query)]
        for landed in snapshot.waiting(query.as_of):
            if landed.rev > query.after and landing.touches(
                landed.extent, channels=query.span, start=query.start, end=query.end
            ):
                table = landing.read_rows(landed, channels=query.channels, start=query.start, end=query.end)
                pieces.append(landing.outside(table, landed, snapshot.pointer.sealed))
        return settle([p for p in pieces if p.num_rows], history=query.history)

    def pieces(
        self, snapshot: Snapshot, months: Sequence[str] | None, buckets: Sequence[int] | None, as_of: int | None
    ) -> Iterator[pa.Table]:
        """The current view, one (month, bucket) at a time; empty pieces are left out."""
        waiting = list(snapshot.waiting(as_of))
        known = {f.month for f in snapshot.pointer.files} | {m for w in waiting for m in w.commit.parts}
        for label in sorted(known if months is None else known & set(months)):
            first, after = month_bounds(label)
            query = Query(as_of=as_of, start=first, end=after)
            chosen = files_for(snapshot, query)
            later = as_of is not None and any(f.last_rev > as_of for f in chosen)
            files = [pq.ParquetFile(self.path(f)) for f in chosen]
            over = [
                landing.read_rows(w, start=first, end=after)
                for w in waiting
                if w.commit.parts.get(label) and snapshot.pointer.sealed.get(label, 0) < w.rev
            ]
            for bucket in range(BUCKETS) if buckets is None else sorted(set(buckets)):
                parts = [landing.in_buckets_of_file(file, bucket, bucket) for file in files] + [
                    landing.in_buckets(table, bucket, bucket) for table in over
                ]
                if later:
                    parts = [p.filter(pc.less_equal(p["rev"], as_of)) for p in parts]
                piece = settle([p for p in parts if p.num_rows])
                if piece.num_rows:
                    yield piece

    def _sealed(self, files: Sequence[SealedFile], query: Query) -> pa.Table:
        if not files:
            return STORED.empty_table()
        if (
            query.channels is not None
            and len(query.channels) <= FEW
            and (found := self._whole(files, query)) is not None
        ):
            return found
        where: list[str] = []
        given: dict[str, Any] = {}
        if query.channels is not None:
            wanted = sorted(set(query.channels))
            where.append(f"channel BETWEEN {wanted[0]} AND {wanted[-1]}")
            if 1 < len(wanted) <= LISTED:
                where.append(f"channel IN ({', '.join(map(str, wanted))})")
            elif len(wanted) > LISTED:
                where.append("channel IN (SELECT unnest($wanted))")
                given["wanted"] = wanted
        if query.start is not None:
            where.append(f'"start" >= make_timestamptz({query.start})')
        if query.end is not None:
            where.append(f'"start" < make_timestamptz({query.end})')
        if query.as_of is not None and any(f.last_rev > query.as_of for f in files):
            where.append(f"rev <= {query.as_of}")
        if query.after:
            where.append(f"rev > {query.after}")
        given["files"] = [str(self.path(f)) for f in files]
        text = f"SELECT {COLUMNS} FROM read_parquet($files, hive_partitioning=false)"
        return self.sql(text + (f" WHERE {' AND '.join(where)}" if where else ""), given).cast(STORED)

    def _whole(self, files: Sequence[SealedFile], query: Query) -> pa.Table | None:
        try:
            return self._few(files, query)
        except (pa.ArrowException, OSError) as error:
            raise SourceError("store.corrupt", path=str(self._root), detail=str(error).splitlines()[0]) from error

    def _few(self, files: Sequence[SealedFile], query: Query) -> pa.Table | None:
        """The rows of a few channels, straight from their row groups: smaller than a database while those are few; None where they are not."""
        wanted = sorted(set(query.channels or ()))
        chosen, rows = [], 0
        for file in files:
            opened = pq.ParquetFile(self.path(file))
            groups = landing.groups_of(opened, wanted[0], wanted[-1])
            rows += sum(opened.metadata.row_group(i).num_rows for i in groups)
            if rows > FEW_ROWS:
                return None
            if groups:
                chosen.append((file, opened, groups))
        parts = []
        for file, opened, groups in chosen:
            for group in groups:  # one at a time: what is not asked for goes at once
                with self._reading:
                    table = opened.read_row_group(group, columns=STORED.names, use_threads=False)
                    parts.append(table.filter(_mask(table, wanted, query, file)).cast(STORED))
                    del table
        return pa.concat_tables(parts) if parts else STORED.empty_table()

    def sql(self, text: str, given: dict[str, Any]) -> pa.Table:
        """The answer of DuckDB, in UTC."""
        import duckdb

        con = getattr(self._local, "con", None)
        if con is None:
            with self._guard:  # one database for all threads: each of its own would take 25 MB
                self._database = self._database or duckdb.connect()
                con = self._local.con = self._database.cursor()
            con.execute("SET TimeZone = 'UTC'")  # not in ``config``: its time zones are loaded only afterwards
        try:
            return con.sql(text, params=given).to_arrow_table()
        except duckdb.Error as error:
            raise SourceError("store.corrupt", path=str(self._root), detail=str(error).splitlines()[0]) from error

    def path(self, file: SealedFile) -> Path:
        """Where a sealed file lies."""
        return self._root / file.table / file.path


def _mask(table: pa.Table, wanted: Sequence[int], query: Query, file: SealedFile) -> Any:
    """Which rows of a sealed file are asked for."""
    kind = STORED.field("start").type
    tests = [pc.is_in(table["channel"], pa.array(wanted, pa.int64()))]
    if query.start is not None:
        tests.append(pc.greater_equal(table["start"], pa.scalar(query.start, kind)))
    if query.end is not None:
        tests.append(pc.less(table["start"], pa.scalar(query.end, kind)))
    if query.as_of is not None and file.last_rev > query.as_of:
        tests.append(pc.less_equal(table["rev"], query.as_of))
    if query.after:
        tests.append(pc.greater(table["rev"], query.after))
    return reduce(pc.and_, tests)


def files_for(snapshot: Snapshot, query: Query) -> list[SealedFile]:
    """The sealed files that can hold an answer: the history only where it is asked for or was current at ``as_of``."""
    found = []
    for file in snapshot.pointer.files:
        if not query.meets(file.month) or (query.as_of is not None and file.first_rev > query.as_of):
            continue
        if file.last_rev <= query.after:
            continue
        past = query.as_of is not None and query.as_of < snapshot.pointer.sealed[file.month]
        if file.table == "readings" or query.history or past:
            found.append(file)
    return found


def settle(pieces: Sequence[pa.Table], *, history: bool = False) -> pa.Table:
    """Pieces as one table sorted by key and revision; without ``history`` the newest of each key, withdrawn ones out."""
    if not pieces:
        return STORED.empty_table()
    table = pa.concat_tables(pieces) if len(pieces) > 1 else pieces[0]
    channel, start = ints(table["channel"]), ints(table["start"])
    if not _strictly_sorted(channel, start):
        index = order(channel, start, ints(table["rev"]))
        if not history:
            channel, start = channel[index], start[index]
            index = index[newest(channel, start)]
        table = table.take(pa.array(index))
    if not history and table["value"].null_count:
        table = table.filter(pc.is_valid(table["value"]))
    return table.combine_chunks()


def _strictly_sorted(channel: Any, start: Any) -> bool:
    step = (channel[1:] > channel[:-1]) | ((channel[1:] == channel[:-1]) & (start[1:] > start[:-1]))
    return bool(step.all())
