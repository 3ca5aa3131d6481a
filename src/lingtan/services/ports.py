"""What the services ask of the outside world. Adapters keep these promises; tests hold every adapter to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from lingtan.base.errors import Problem

if TYPE_CHECKING:
    from lingtan.metering.shapes.sheet import Book


@dataclass(frozen=True)
class Commit:
    """One acknowledged change: a batch of readings, or a park file, factor or rule revision.

    ``parts`` maps ``YYYY-MM`` (UTC month of ``start``) to a bit mask of the buckets that have rows in it.
    ``hash`` chains over ``previous`` and every other field, so that the log cannot be rewritten unseen.
    """

    rev: int
    at: datetime
    kind: str  # import | estimate | repair | revert | withdraw | park
    content: str  # SHA-256 of the content, the name by which a re-sent batch is known
    rows: int
    reason: str | None
    source: Mapping[str, Any]  # file name, its SHA-256, reader, mapping, user
    channels: Mapping[str, str]  # key (decimal text) -> channel id
    parts: Mapping[str, int]
    previous: str
    hash: str


@dataclass(frozen=True)
class Receipt:
    """What became of a batch: newly committed, already current (``duplicate``), or superseded since it first came."""

    commit: Commit
    duplicate: bool = False
    superseded: bool = False


@dataclass(frozen=True)
class Latest:
    """The newest reading of a channel."""

    channel: int
    start: datetime
    seconds: int
    value: int | None
    quality: int
    rev: int


@dataclass(frozen=True)
class SealReport:
    """What sealing moved into the Delta table."""

    months: Sequence[str] = ()
    rows: int = 0
    bytes: int = 0
    superseded: int = 0


@dataclass(frozen=True)
class Unsealed:
    """What waits to be sealed; ``rows`` counts whole landing files."""

    months: Sequence[str] = ()
    files: int = 0
    rows: int = 0
    bytes: int = 0


class ReadingStore(Protocol):
    """Append-only, bitemporal readings. All tables have :data:`lingtan.metering.readings.STORED` columns."""

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
        """Store a batch in ``SCHEMA`` durably (written, fsynced, renamed) and return its receipt.

        The content hash makes it idempotent: while every row of the same content is still current, nothing is written
        and the receipt says ``duplicate``; if rows of it were superseded since, nothing is written and it says
        ``superseded``, unless ``again`` posts it as a new revision.

        Raises
        ------
        SourceError
            ``store.disk-full``, ``store.read-only``, ``store.locked``: nothing is half-written.
        DataError
            ``store.duplicate-key``: a batch may hold a (channel, start) once.
        """
        ...

    def put_document(self, kind: str, text: bytes, *, at: datetime, source: Mapping[str, Any] = {}) -> Commit:
        """Keep a revision of a document (``kind``: ``park``); the same content as the current one is no new revision."""
        ...

    def document(self, kind: str, as_of: int | None = None) -> tuple[Commit, bytes] | None:
        """The newest revision of a document known at revision ``as_of``."""
        ...

    def commits(self, as_of: int | None = None) -> Sequence[Commit]:
        """The log, oldest first, up to and including revision ``as_of``."""
        ...

    def head(self) -> int:
        """The newest revision; 0 for an empty store."""
        ...

    def rev_at(self, at: datetime) -> int:
        """The newest revision committed at or before an instant."""
        ...

    def readings(
        self,
        *,
        channels: Iterable[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: int | None = None,
        history: bool = False,
    ) -> pa.Table:
        """Rows with ``start`` in ``[start, end)``, sorted by channel, start (, rev).

        The newest revision of each key known at ``as_of``; withdrawn keys are left out. With ``history`` every
        revision, withdrawals included.
        """
        ...

    def scan(
        self, *, months: Sequence[str] | None = None, buckets: Sequence[int] | None = None, as_of: int | None = None
    ) -> Iterator[pa.Table]:
        """The current view as of a revision in pieces that fit in memory, one (month, bucket) at a time."""
        ...

    def lasting(self) -> frozenset[int]:
        """The channels that ever, in any revision, had a reading longer than a day."""
        ...

    def latest(self, channels: Iterable[int] | None = None) -> list[Latest]:
        """The newest reading of each channel."""
        ...

    def seal(self, *, before: str | None = None) -> SealReport:
        """Move landed batches (of months before ``YYYY-MM``) into the Delta table; nothing is forgotten."""
        ...

    def unsealed(self, *, before: str | None = None) -> Unsealed:
        """What waits in landing files, of months before ``YYYY-MM``."""
        ...

    def verify(self) -> list[Problem]:
        """Check the hash chain, every file's digest and the number of rows; what is wrong."""
        ...

    def backup(self, to: str, extra: Mapping[str, bytes] = {}) -> Mapping[str, Any]:
        """A consistent copy in a new file, with ``extra`` files by name; what it holds."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Exclusive right to write, held by one process at a time and freed when it dies."""
        ...


class BlobStore(Protocol):
    """Small named files of the workspace (runs, closings, caches), each written whole or not at all."""

    def put(self, name: str, data: bytes, *, new: bool = False) -> None:
        """Write ``data`` under ``name`` atomically and durably; with ``new`` refuse to replace."""
        ...

    def get(self, name: str) -> bytes | None:
        """The content, or None."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """Names that begin with ``prefix``, sorted."""
        ...

    def path(self, name: str) -> str:
        """Where the file lies, for engines that read files themselves."""
        ...


class FileReader(Protocol):
    """Turns meter files into tables of text or typed columns; hostile files end in an error, never in more."""

    def read(self, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> "Book":
        """The tables of a file, whatever its name says it is.

        Raises
        ------
        InputError
            If it is no table, damaged, or unfolds beyond the limits.
        SourceError
            If it cannot be opened.
        """
        ...

    def close(self) -> None:
        """Free what the reader holds."""
        ...


class Engine(Protocol):
    """Runs the ledger's Ibis expressions; every engine gives the same integers."""

    name: str

    def table(self, data: pa.Table) -> Any:
        """A small table, materialised, as an Ibis table."""
        ...

    def parquet(self, paths: Sequence[str]) -> Any:
        """Parquet files as one Ibis table, read lazily."""
        ...

    def delta(self, path: str) -> Any:
        """A Delta table as an Ibis table, read lazily."""
        ...

    def collect(self, expression: Any) -> pa.Table:
        """Run an expression."""
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


@dataclass(frozen=True)
class Progress:
    """One step of a long piece of work, for whoever shows it."""

    key: str
    done: int = 0
    total: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class Listener(Protocol):
    """Hears of progress."""

    def __call__(self, progress: Progress, /) -> None: ...


def silent(progress: Progress, /) -> None:
    """The listener that shows nothing."""
