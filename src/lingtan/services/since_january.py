"""Sums since January (累计, 1-本月) to the month that they add: less what is already known of the months before."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from lingtan.base.ids import channel_key
from lingtan.metering.shapes.assemble import Assembled
from lingtan.metering.shapes.cells import reject
from lingtan.metering.shapes.recognise import Recognised
from lingtan.metering.shapes.stamps import zone_of
from lingtan.services.ports import ReadingStore


def to_months(store: ReadingStore, one: Recognised) -> Assembled:
    """The readings of a cumulative table, each less what the store has from January to the month before.

    A sum of which nothing is known yet is kept as one reading of all its months. Where only a part of the months before
    is known, or where the sum is smaller than what is known, the cell is rejected.
    """
    made = one.assembled
    frame = made.frame
    sums = frame.filter(pl.col("seconds") > 0)
    if not sums.height:
        return made
    first, seconds = sums["start"].min(), int(sums["seconds"].max())  # type: ignore[arg-type]
    assert isinstance(first, datetime)
    month = _last_month(first, seconds, one.zone)
    if month <= first:
        return made
    before = int((month - first).total_seconds())
    known = _known(store, [made.channels[c] for c in sums["ch"].unique().to_list()], first, month)
    codes, values = [], []
    for ch, value in sums.select("ch", "value").iter_rows():
        covered, total, longer = known.get(channel_key(made.channels[ch]), (0, 0, 0))
        if longer == seconds and covered == 0:  # the same sum, kept as a whole before
            codes.append("whole")
        elif longer:
            codes.append("import.sum-gap")
        elif covered == 0:
            codes.append("whole")
        elif covered != before:
            codes.append("import.sum-gap")
        else:
            codes.append("month" if value >= total else "import.sum-shrinks")
        values.append(value - total)
    sums = sums.with_columns(code=pl.Series(codes), rest=pl.Series(values, dtype=pl.Int64))
    bad = sums.filter(pl.col("code").str.starts_with("import."))
    text = (pl.col("value") / 1000).cast(pl.String)
    names = pl.Series([m.name.text for m in one.matched], dtype=pl.String).gather(bad["name"])
    lost = reject(bad, "", column="", text=text, name=pl.lit(names)).with_columns(code=bad["code"])
    monthly = sums.filter(pl.col("code") == "month").with_columns(
        start=pl.lit(month).cast(frame.schema["start"]),
        seconds=pl.lit(seconds - before, pl.Int32),
        value=pl.col("rest"),
    )
    kept = [frame.filter(pl.col("seconds") == 0), sums.filter(pl.col("code") == "whole"), monthly]
    columns = frame.columns
    return replace(
        made,
        frame=pl.concat([k.select(columns) for k in kept]),
        rejects=pl.concat([made.rejects, lost]),
    )


def _last_month(first: datetime, seconds: int, zone: str) -> datetime:
    """The beginning of the last month of a span that ends with a month."""
    tz = zone_of(zone)
    end = (first + timedelta(seconds=seconds)).astimezone(tz)
    begin = (end - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0)
    if isinstance(tz, ZoneInfo):
        begin = datetime(begin.year, begin.month, 1, tzinfo=tz)
    return begin.astimezone(first.tzinfo)


def _known(
    store: ReadingStore, channels: list[str], first: datetime, month: datetime
) -> dict[int, tuple[int, int, int]]:
    """What is known of each channel from January to a month: seconds, sum, and the length of what goes beyond (0: none)."""
    table = store.readings(channels=[channel_key(c) for c in channels], start=first, end=month)
    inside = pl.col("start") + pl.duration(seconds="seconds") <= month
    rows = (
        pl.DataFrame(pl.from_arrow(table))
        .group_by("channel")
        .agg(
            seconds=pl.col("seconds").filter(inside).sum(),
            value=pl.col("value").filter(inside).sum(),
            longer=pl.col("seconds").filter(~inside).max().fill_null(0),
        )
    )
    return {c: (s, v, n) for c, s, v, n in rows.iter_rows()}
