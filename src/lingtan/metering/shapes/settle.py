"""The readings of a file's tables as one batch: tiers summed, repeated cells dropped, contradictions rejected."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.base.time import iso
from lingtan.metering.readings import SCHEMA
from lingtan.metering.shapes.assemble import Assembled, in_order
from lingtan.metering.shapes.cells import no_rejects, reject

COLUMNS = ("ch", "start", "seconds", "value", "quality", "add", "row", "name", "sheet")
LISTED = 200  # stretches that stood more than once


@dataclass(frozen=True)
class Extent:
    """How many readings a channel has, and from when to when."""

    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Settled:
    """One batch in ``SCHEMA`` by channel and start, its channels by id, and what was left out."""

    batch: pa.Table
    channels: Mapping[str, Extent]
    rejects: pl.DataFrame
    repeated: int = 0
    twice: tuple[Mapping[str, Any], ...] = ()  # stretches that stood more than once: channel, start, end, rows


def settle(tables: Sequence[Assembled], duplicates: str = "reject") -> Settled:
    """One batch of the readings of all tables.

    A key that comes twice with the same value counts once. With different values it is rejected as a whole, unless
    ``duplicates`` says that the ``first`` or the ``last`` one in the file counts.
    """
    ids = sorted({c for t in tables for c in t.channels}, key=channel_key)
    rank = {c: i for i, c in enumerate(ids)}
    parts = []
    for number, table in enumerate(tables):
        own = table.frame.with_columns(sheet=pl.lit(number, pl.UInt16))
        if table.channels != tuple(ids):
            own = own.with_columns(ch=pl.Series([rank[c] for c in table.channels], dtype=pl.Int64).gather(own["ch"]))
        parts.append(own.select([c for c in COLUMNS if c in own.columns]))
    frame = pl.concat(parts) if len(parts) > 1 else parts[0]
    if not frame.height:
        return Settled(SCHEMA.empty_table(), {}, no_rejects())
    if "add" in frame.columns and frame["add"].any():
        frame = _summed(frame)
    frame = frame[in_order(frame["ch"], frame["start"])]
    frame, rejects, repeated, again = _once(frame, ids, duplicates)
    return Settled(_batch(frame, ids), _extents(frame, ids), rejects, repeated, tuple(_stretches(again, ids)))


def _summed(frame: pl.DataFrame) -> pl.DataFrame:
    """Values that are parts of one reading (tiers) added up; a tier that comes twice counts once."""
    rest = frame.filter(~pl.col("add"))
    tiers = frame.filter("add").unique(["ch", "start", "name", "value"], keep="first", maintain_order=True)
    total = tiers.group_by("ch", "start", maintain_order=True).agg(
        pl.col("seconds").max(), pl.col("value").sum(), pl.col("quality").max(), pl.col("row").min(),
        pl.col("name").first(), pl.col("sheet").first(),
    )  # fmt: skip
    return pl.concat([rest.drop("add"), total.select([c for c in rest.columns if c != "add"])])


def _once(
    frame: pl.DataFrame, ids: Sequence[str], duplicates: str
) -> tuple[pl.DataFrame, pl.DataFrame, int, pl.DataFrame]:
    ch, start = frame["ch"].to_numpy(), frame["start"].to_physical().to_numpy()
    same = (ch[1:] == ch[:-1]) & (start[1:] == start[:-1])
    if not same.any():
        return frame, no_rejects(), 0, frame[:0]
    group = np.concatenate([[0], np.cumsum(~same)])
    frame = frame.with_columns(group=pl.Series(group))
    crowded = frame.filter(pl.col("group").is_in(np.unique(group[1:][same])))
    verdict = crowded.group_by("group", maintain_order=True).agg(
        n=pl.len(), values=pl.col("value").n_unique() + pl.col("seconds").n_unique() - 1
    )
    agreeing = verdict.filter(pl.col("values") == 1)
    repeated = int(agreeing["n"].sum() - agreeing.height)
    clashing = verdict.filter(pl.col("values") > 1)["group"]
    lost = crowded.filter(pl.col("group").is_in(clashing.implode()))
    if duplicates == "reject":
        frame = frame.filter(~pl.col("group").is_in(clashing.implode()))
        names = pl.Series("n", list(ids), dtype=pl.String).gather(lost["ch"])
        made = _clash(lost, pl.lit(names))
    else:
        made = no_rejects()
        repeated += lost.height - clashing.len()
    kept = frame.unique("group", keep="last" if duplicates == "last" else "first", maintain_order=True)
    again = kept.filter(pl.col("group").is_in(agreeing["group"].implode()))
    return kept.drop("group"), made, repeated, again.drop("group")


def _stretches(again: pl.DataFrame, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Readings that stood more than once, those that follow each other as one stretch; at most :data:`LISTED`."""
    if not again.height:
        return
    end = pl.col("start") + pl.duration(seconds=pl.col("seconds"))
    new = (pl.col("ch") != pl.col("ch").shift()) | (pl.col("start") > end.shift())
    runs = again.with_columns(end=end, run=new.fill_null(True).cum_sum()).group_by("run", maintain_order=True)
    found = runs.agg(pl.col("ch").first(), pl.col("start").min(), pl.col("end").max(), rows=pl.len())
    for _, ch, first, last, rows in found.head(LISTED).iter_rows():
        yield {"channel": ids[ch], "start": iso(_aware(first)), "end": iso(_aware(last)), "rows": rows}


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _clash(lost: pl.DataFrame, names: pl.Expr) -> pl.DataFrame:
    value = (pl.col("value") / 1000).cast(pl.String)
    at = pl.col("start").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    made = reject(lost, "import.conflict", column="", text=value, name=names, hint=at)
    return made.with_columns(sheet=lost["sheet"].cast(pl.String))


def _batch(frame: pl.DataFrame, ids: Sequence[str]) -> pa.Table:
    keys = pl.Series([channel_key(c) for c in ids], dtype=pl.Int64)
    rows = frame.select(
        channel=keys.gather(frame["ch"]),
        start=pl.col("start").cast(pl.Datetime("us", "UTC")),
        seconds=pl.col("seconds").cast(pl.Int32),
        value=pl.col("value"),
        quality=pl.col("quality").cast(pl.Int8),
        method=pl.lit(0, pl.Int8),
        available_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    return rows.rechunk().to_arrow().cast(SCHEMA)


def _extents(frame: pl.DataFrame, ids: Sequence[str]) -> dict[str, Extent]:
    found = frame.group_by("ch", maintain_order=True).agg(
        n=pl.len(), first=pl.col("start").min(), last=pl.col("start").max()
    )
    return {ids[ch]: Extent(n, first, last) for ch, n, first, last in found.iter_rows()}
