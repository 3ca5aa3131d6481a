"""The store of readings as a folder: what :class:`lingtan.services.ports.ReadingStore` promises, on one disk."""

import contextlib
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from lingtan.adapters.store import batch as batches
from lingtan.adapters.store import landing, record
from lingtan.adapters.store.backup import write_backup
from lingtan.adapters.store.disk import disk_errors, make_folder, sweep, write_durably
from lingtan.adapters.store.index import Index
from lingtan.adapters.store.lasting import LastingRows
from lingtan.adapters.store.latest import LatestRows
from lingtan.adapters.store.lock import WriteLock
from lingtan.adapters.store.seal import remove_sealed, seal
from lingtan.adapters.store.state import SCHEMA_NUMBER, TRIES, Snapshot, State
from lingtan.adapters.store.verify import problems
from lingtan.adapters.store.view import LISTED, Query, Views
from lingtan.base.errors import InputError, Problem, SourceError
from lingtan.base.ids import canonical_json, digest_bytes
from lingtan.services.ports import Commit, Latest, Receipt, SealReport, Unsealed

T = TypeVar("T")
LOCK_TIMEOUT_S = 30.0
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])\Z")


class FolderStore:
    """Append-only, bitemporal readings in ``root`` (usually ``<workspace>/.lingtan``); made on the first write.

    Safe for several processes and threads. Must not be carried over a fork: spawn workers.
    """

    def __init__(self, root: Path, *, lock_timeout_s: float = LOCK_TIMEOUT_S) -> None:
        self.root = Path(root)
        self._state = State(self.root)
        self._views = Views(self.root)
        self._latest = LatestRows(self.root, self._views)
        self._lasting = LastingRows(self._views)
        self._index = Index()
        self._lock = WriteLock(self.root, lock_timeout_s)
        self._swept = False

    # writing

    def commit(
        self,
        batch: pa.Table,
        *,
        kind: str,
        at: datetime,
        source: Mapping[str, Any] = {},
        channels: Mapping[str, str] = {},
        reason: str | None = None,
        again: bool = False,
    ) -> Receipt:
        """Store a batch durably; see the port for what becomes of one that was seen before."""
        made = batches.canonical(batch, channels)
        with self._writing() as snapshot:
            self._index.update(self._state, snapshot)
            known = self._index.by_content.get(made.content)
            if known is not None and not self._superseded(snapshot, known, made):
                return Receipt(known, duplicate=True)
            if known is not None and not again:
                return Receipt(known, superseded=True)
            commit = record.make(
                rev=snapshot.head + 1,
                at=at,
                kind=kind,
                content=made.content,
                rows=made.rows,
                reason=reason,
                source=source,
                channels=channels,
                parts=made.parts,
                previous=snapshot.head_hash,
            )
            self._land(commit, made)
            return Receipt(commit)

    def put_document(self, kind: str, text: bytes, *, at: datetime, source: Mapping[str, Any] = {}) -> Commit:
        """Keep a revision of a document; the same content as the current one is no new revision."""
        content = digest_bytes(text)
        with self._writing() as snapshot:
            self._index.update(self._state, snapshot)
            current = self._index.documents.get(kind, [])
            if current and current[-1].content == content:
                return current[-1]
            path = self.root / "documents" / content
            with disk_errors(path):
                make_folder(path.parent)
                write_durably(path, text)
            commit = record.make(
                rev=snapshot.head + 1,
                at=at,
                kind=kind,
                content=content,
                rows=0,
                reason=None,
                source=source,
                channels={},
                parts={},
                previous=snapshot.head_hash,
            )
            self._land(commit, None)
            return commit

    def seal(self, *, before: str | None = None) -> SealReport:
        """Move landed rows (of months before ``YYYY-MM``) into the Delta tables."""
        if before is not None and not MONTH.match(before):
            raise InputError("store.bad-month", month=before)
        with self._writing() as snapshot:
            self._lock.foreign = True  # whatever happens, look again
            if any(label for item in snapshot.waiting() for label in item.commit.parts):
                self._latest.update(snapshot, keep=True)  # while the landing files are there
            return seal(self.root, self._state, snapshot, before=before)

    def backup(self, to: str, extra: Mapping[str, bytes] = {}) -> Mapping[str, Any]:
        """Copy everything but what can be made again to a new file; writers wait meanwhile."""
        with self._writing() as snapshot:
            said = {"rev": snapshot.head, "hash": snapshot.head_hash}
            return write_backup(self.root, Path(to), extra, said)

    def lock(self) -> AbstractContextManager[None]:
        """Exclusive right to write, held by one process at a time and freed when it dies."""
        return self._held()

    # reading

    def document(self, kind: str, as_of: int | None = None) -> tuple[Commit, bytes] | None:
        """The newest revision of a document known at revision ``as_of``."""
        found = None
        for commit in self.commits(as_of):
            if record.is_document(commit) and commit.kind == kind:
                found = commit
        if found is None:
            return None
        path = self.root / "documents" / found.content
        with disk_errors(path):
            text = path.read_bytes()
        if digest_bytes(text) != found.content:
            raise SourceError("store.corrupt", path=str(path), detail="SHA-256")
        return found, text

    def commits(self, as_of: int | None = None) -> Sequence[Commit]:
        """The log, oldest first, up to and including revision ``as_of``."""
        log = self._steady(self._state.commits)
        return log if as_of is None else log[: max(as_of, 0)]

    def head(self) -> int:
        """The newest revision; 0 for an empty store."""
        return self._state.look().head

    def rev_at(self, at: datetime) -> int:
        """The newest revision committed at or before an instant."""
        return max((c.rev for c in self.commits() if c.at <= at), default=0)

    def readings(
        self,
        *,
        channels: Iterable[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: int | None = None,
        history: bool = False,
    ) -> pa.Table:
        """Rows with ``start`` in ``[start, end)``, sorted by channel, start (, rev)."""
        query = Query(
            channels=None if channels is None else [int(c) for c in channels],
            start=None if start is None else batches.microseconds(start),
            end=None if end is None else batches.microseconds(end),
            as_of=as_of,
            history=history,
        )
        return self._steady(lambda snapshot: self._views.rows(snapshot, query))

    def scan(
        self, *, months: Sequence[str] | None = None, buckets: Sequence[int] | None = None, as_of: int | None = None
    ) -> Iterator[pa.Table]:
        """The current view as of a revision, one (month, bucket) at a time.

        All pieces are of the revision that was newest when the scan began.
        """
        begun = self._state.look()
        fixed = begun.head if as_of is None else min(as_of, begun.head)
        for label in self._months(begun, months):
            # the first piece opens every landing file of the month; an open file outlives its removal
            read = functools.partial(self._begun, label, buckets, fixed)
            first, rest = self._steady(read)
            if first is not None:
                yield first
                yield from rest

    def latest(self, channels: Iterable[int] | None = None) -> list[Latest]:
        """The newest reading of each channel, by channel."""
        asked = None if channels is None else [int(c) for c in channels]
        return self._steady(lambda snapshot: self._latest.read(snapshot, asked))

    def lasting(self) -> frozenset[int]:
        """The channels that ever had a reading longer than a day."""
        return self._steady(self._lasting.read)

    def unsealed(self, *, before: str | None = None) -> Unsealed:
        """What waits in landing files, of months before ``YYYY-MM``."""
        snapshot = self._state.look()
        sealed, months, waiting = snapshot.pointer.sealed, set[str](), []
        for item in snapshot.waiting():
            due = {m for m in item.commit.parts if sealed.get(m, 0) < item.rev and (before is None or m < before)}
            if due:
                months |= due
                waiting.append(item)
        size = sum(item.path.stat().st_size for item in waiting if item.path.exists())
        return Unsealed(sorted(months), len(waiting), sum(item.commit.rows for item in waiting), size)

    def verify(self) -> list[Problem]:
        """Check the chain of commits, every file's digest and the number of rows; what is wrong."""
        if not (self.root / "format.json").exists():
            return []
        try:
            with self._lock, disk_errors(self.root):
                return list(problems(self.root))
        except SourceError as error:
            if error.code != "store.read-only":
                raise
        return list(problems(self.root))  # nobody can write here

    # inside

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Snapshot]:
        """The lock, with a snapshot that is right while it is held."""
        with self._lock, disk_errors(self.root):
            if not self._swept:
                self._open_for_writing()
            snapshot = self._state.mine(fresh=self._lock.foreign)
            self._lock.foreign = False
            yield snapshot

    def _open_for_writing(self) -> None:
        """Make the folder if need be; finish what a killed writer left."""
        if not (self.root / "format.json").exists():
            write_durably(self.root / "format.json", canonical_json({"schema": SCHEMA_NUMBER}))
        for name in ("landing", "documents", "log"):
            make_folder(self.root / name)
            sweep(self.root / name)
        sweep(self.root)
        remove_sealed(self._state.look())
        self._lock.foreign = True
        self._swept = True

    def _land(self, commit: Commit, made: batches.Batch | None) -> None:
        try:
            self._state.add(landing.write(self._state.landing, commit, made))
        except BaseException:
            # it may have landed all the same, unacknowledged: look before the next commit
            self._lock.foreign = True
            raise

    def _superseded(self, snapshot: Snapshot, known: Commit, made: batches.Batch) -> bool:
        """Whether a later commit touches a key of ``made``, first committed as ``known``."""
        low, high, first, last = made.extent
        later = [
            entry
            for entry in self._state.entries(snapshot, after=known.rev)
            if landing.touches(entry.extent, channels=(low, high), start=first, end=last + 1)
            and any(mask & made.parts.get(label, 0) for label, mask in entry.commit.parts.items())
        ]
        if not later:
            return False
        keys = pa.table({"channel": made.columns["channel"], "start": _start_column(made)})
        few = keys["channel"].unique().to_pylist() if made.rows > LISTED else keys["channel"].to_pylist()
        asked = few if len(few) <= LISTED else None
        query = Query(channels=asked, start=first, end=last + 1, after=known.rev, history=True)
        rows = self._views.rows(snapshot, query)
        return bool(rows.join(keys, ["channel", "start"], join_type="left semi").num_rows)

    def _begun(
        self, label: str, buckets: Sequence[int] | None, as_of: int, snapshot: Snapshot
    ) -> tuple[pa.Table | None, Iterator[pa.Table]]:
        pieces = self._views.pieces(snapshot, [label], buckets, as_of)
        return next(pieces, None), pieces

    def _months(self, snapshot: Snapshot, months: Sequence[str] | None) -> list[str]:
        known = {f.month for f in snapshot.pointer.files} | {m for w in snapshot.landed for m in w.commit.parts}
        return sorted(known if months is None else known & set(months))

    def _steady(self, read: Callable[[Snapshot], T]) -> T:
        """Read from a snapshot; again from a new one if another process sealed meanwhile."""
        for _ in range(TRIES):
            with contextlib.suppress(FileNotFoundError):
                return read(self._state.look())
        raise SourceError("store.no-answer", path=str(self.root), detail="FileNotFoundError")


def _start_column(made: batches.Batch) -> pa.Array:
    found = made.columns.get("start")
    if found is not None:
        return found
    kind = pa.timestamp("us", tz="UTC")
    return pa.array([made.constants["start"]] * made.rows, pa.int64()).cast(kind)
