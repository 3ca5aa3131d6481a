"""Fakes of the ports that keep the ports' promises in memory; every test may use them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from lingtan.base.errors import DataError, InputError, Problem
from lingtan.base.ids import digest, digest_bytes
from lingtan.metering.readings import SCHEMA, STORED, Quality, bucket
from lingtan.services.ports import Commit, Latest, Receipt, SealReport, Unsealed

KEY = ["channel", "start"]


def content_hash(batch: pa.Table) -> str:
    """SHA-256 of a batch's rows in key order."""
    rows = pl.DataFrame(pl.from_arrow(batch)).sort(KEY)
    sha = hashlib.sha256()
    for name in SCHEMA.names:
        column = rows[name]
        numbers = column if column.dtype.is_integer() else column.cast(pl.Int64)
        sha.update(numbers.fill_null(0).to_numpy().tobytes() + numbers.is_null().to_numpy().tobytes())
    return sha.hexdigest()


class MemoryStore:
    """A ``ReadingStore`` that forgets everything when it goes."""

    def __init__(self) -> None:
        self._log: list[Commit] = []
        self._rows: list[pl.DataFrame] = []
        self._documents: list[tuple[Commit, str, bytes]] = []

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
        if not batch.schema.equals(SCHEMA):
            raise InputError("store.schema", detail=str(batch.schema))
        if not batch.num_rows:
            raise InputError("store.empty-batch")
        rows = pl.DataFrame(pl.from_arrow(batch))
        if rows.select(KEY).is_duplicated().any():
            first = rows.filter(rows.select(KEY).is_duplicated()).row(0, named=True)
            many = int(rows.select(KEY).is_duplicated().sum())
            raise DataError("store.duplicate-key", channel=first["channel"], time=first["start"], keys=many)
        content = content_hash(batch)
        before = [c for c in self._log if c.content == content]
        state = self._state(rows, before[-1].rev) if before else ""
        if before and not (again and state == "superseded"):
            return Receipt(before[-1], **{state: True})
        parts: dict[str, int] = {}
        marks = rows.select(pl.col("start").dt.strftime("%Y-%m").alias("month"), "channel").unique()
        for month, key in marks.iter_rows():
            parts[month] = parts.get(month, 0) | 1 << bucket(key)
        entry = self._append(kind, content, rows.height, reason, source, channels, dict(sorted(parts.items())), at)
        self._rows.append(rows.with_columns(rev=pl.lit(entry.rev, dtype=pl.Int64)))
        return Receipt(entry)

    def _state(self, rows: pl.DataFrame, rev: int) -> str:
        newest = self._all(None).group_by(KEY).agg(pl.col("rev").max())
        newer = rows.join(newest, on=KEY).filter(pl.col("rev") > rev)
        return "superseded" if newer.height else "duplicate"

    def _append(
        self, kind: str, content: str, rows: int, reason: str | None, source: Mapping[str, Any],
        channels: Mapping[str, str], parts: Mapping[str, int], at: datetime,
    ) -> Commit:  # fmt: skip
        previous = self._log[-1].hash if self._log else "0" * 64
        fields: dict[str, Any] = {
            "rev": self.head() + 1, "at": at, "kind": kind, "content": content, "rows": rows, "reason": reason,
            "source": dict(source), "channels": dict(channels), "parts": dict(parts), "previous": previous,
        }  # fmt: skip
        entry = Commit(**fields, hash=digest(fields))
        self._log.append(entry)
        return entry

    def put_document(self, kind: str, text: bytes, *, at: datetime, source: Mapping[str, Any] = {}) -> Commit:
        current = self.document(kind)
        if current and current[1] == text:
            return current[0]
        entry = self._append(kind, digest_bytes(text), 0, None, source, {}, {}, at)
        self._documents.append((entry, kind, text))
        return entry

    def document(self, kind: str, as_of: int | None = None) -> tuple[Commit, bytes] | None:
        known = [d for d in self._documents if d[1] == kind and (as_of is None or d[0].rev <= as_of)]
        return (known[-1][0], known[-1][2]) if known else None

    def commits(self, as_of: int | None = None) -> Sequence[Commit]:
        return [c for c in self._log if as_of is None or c.rev <= as_of]

    def head(self) -> int:
        return self._log[-1].rev if self._log else 0

    def rev_at(self, at: datetime) -> int:
        return max((c.rev for c in self._log if c.at <= at), default=0)

    def _all(self, as_of: int | None) -> pl.DataFrame:
        empty = pl.DataFrame(pl.from_arrow(STORED.empty_table()))
        rows = pl.concat([empty, *self._rows])
        return rows if as_of is None else rows.filter(pl.col("rev") <= as_of)

    def readings(
        self,
        *,
        channels: Iterable[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: int | None = None,
        history: bool = False,
    ) -> pa.Table:
        rows = self._all(as_of)
        if channels is not None:
            rows = rows.filter(pl.col("channel").is_in(list(channels)))
        if start is not None:
            rows = rows.filter(pl.col("start") >= start)
        if end is not None:
            rows = rows.filter(pl.col("start") < end)
        rows = rows.sort([*KEY, "rev"])
        if not history:
            rows = rows.unique(KEY, keep="last", maintain_order=True)
            rows = rows.filter(pl.col("value").is_not_null() & (pl.col("quality") != int(Quality.WITHDRAWN)))
        return rows.to_arrow().cast(STORED)

    def scan(
        self,
        *,
        months: Sequence[str] | None = None,
        buckets: Sequence[int] | None = None,
        as_of: int | None = None,
    ) -> Iterator[pa.Table]:
        rows = pl.DataFrame(pl.from_arrow(self.readings(as_of=as_of)))
        rows = rows.with_columns(m=pl.col("start").dt.strftime("%Y-%m"), b=pl.col("channel") // 2**59)
        for (month, part), piece in rows.group_by(["m", "b"], maintain_order=True):
            if (months is None or month in months) and (buckets is None or part in buckets):
                yield piece.drop("m", "b").to_arrow().cast(STORED)

    def lasting(self) -> frozenset[int]:
        rows = pl.concat(self._rows) if self._rows else pl.DataFrame(schema={"channel": pl.Int64, "seconds": pl.Int32})
        return frozenset(rows.filter(pl.col("seconds") > 86400)["channel"].to_list())

    def latest(self, channels: Iterable[int] | None = None) -> list[Latest]:
        rows = pl.DataFrame(pl.from_arrow(self.readings(channels=channels)))
        last = rows.sort("start").unique("channel", keep="last").sort("channel")
        return [
            Latest(r["channel"], r["start"], r["seconds"], r["value"], r["quality"], r["rev"])
            for r in last.iter_rows(named=True)
        ]

    def seal(self, *, before: str | None = None) -> SealReport:
        return SealReport()

    def unsealed(self, *, before: str | None = None) -> Unsealed:
        return Unsealed()

    def verify(self) -> list[Problem]:
        return []

    def backup(self, to: str, extra: Mapping[str, bytes] = {}) -> Mapping[str, Any]:
        raise NotImplementedError

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()


class MemoryBlobs:
    """A ``BlobStore`` in a dictionary; its paths lead nowhere."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def put(self, name: str, data: bytes, *, new: bool = False) -> None:
        if new and name in self._held:
            raise DataError("store.blob-exists", name=name)
        self._held[name] = data

    def get(self, name: str) -> bytes | None:
        return self._held.get(name)

    def names(self, prefix: str = "") -> list[str]:
        return sorted(n for n in self._held if n.startswith(prefix))

    def path(self, name: str) -> str:
        return f"memory:{name}"
