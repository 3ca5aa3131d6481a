"""How long the intervals of a table are, and whether its stamps mark their starts or their ends."""

from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from lingtan.metering.shapes.cells import Cells
from lingtan.metering.shapes.mapping import Mapping

STEP_SECONDS = {"1min": 60, "5min": 300, "10min": 600, "15min": 900, "30min": 1800, "1h": 3600, "1d": 86400}
DAY = 86400


@dataclass(frozen=True)
class Stamping:
    """``side`` is ``start`` or ``end``; ``why`` a code: mapping, header, 24:00, first-label, numbered, period, span, default."""

    side: str
    why: str


def by_channel(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` (ch, at) sorted by channel and time; the source's order is kept among equals."""
    if frame.height < 2:
        return frame
    whole = frame.select((pl.col("at").dt.microsecond() == 0).all()).item()
    if whole:
        # one integer key sorts several times faster than two columns
        key = pl.col("ch").cast(pl.Int64) * 2**33 + pl.col("at").dt.epoch("s")
        frame = frame.with_columns(key=key)
        if frame["key"].is_sorted():
            return frame.drop("key")
        return frame.sort("key", maintain_order=True).drop("key")
    return frame.sort("ch", "at", maintain_order=True)


def steps(frame: pl.DataFrame, zone: tzinfo) -> dict[int, str | int]:
    """The step of each channel by its commonest distance: seconds, or ``1month`` / ``1year`` for calendar steps."""
    gaps = frame.select(
        "ch", "at", gap=pl.col("at").diff().dt.total_seconds(), same=pl.col("ch") == pl.col("ch").shift(1)
    )
    counted = gaps.filter(pl.col("same") & (pl.col("gap") > 0)).group_by("ch", "gap").len()
    best = counted.sort(["ch", "len", "gap"], descending=[False, True, False]).unique(
        "ch", keep="first", maintain_order=True
    )
    found: dict[int, str | int] = {}
    for ch, gap, _ in best.select("ch", "gap", "len").iter_rows():
        if 28 * DAY <= gap <= 31 * DAY and _at_month_starts(frame, ch, zone):
            found[ch] = "1month"
        elif gap in (365 * DAY, 366 * DAY) and _at_month_starts(frame, ch, zone):
            found[ch] = "1year"
        else:
            found[ch] = int(gap)
    return found


def _at_month_starts(frame: pl.DataFrame, ch: int, zone: tzinfo) -> bool:
    local = to_local(frame.filter(pl.col("ch") == ch)["at"], zone)
    return bool(((local.dt.day() == 1) & (local.dt.hour() == 0)).all())


def to_local(at: pl.Series, zone: tzinfo) -> pl.Series:
    """UTC instants as naive local times."""
    if isinstance(zone, ZoneInfo):
        return at.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    return at.dt.replace_time_zone(None) + (zone.utcoffset(None) or 0)  # type: ignore[operator,return-value]


def calendar_seconds(at: pl.Series, step: str, zone: tzinfo, *, back: bool = False) -> pl.Series:
    """Seconds of the local months or years that begin (or with ``back`` end) at the instants."""
    from lingtan.metering.shapes.stamps import to_utc

    by = ("-" if back else "") + ("1mo" if step == "1month" else "1y")
    other = to_utc(to_local(at, zone).dt.offset_by(by), zone)
    return (other - at).dt.total_seconds().abs().cast(pl.Int32)


def stamping(cells: Cells, mapping: Mapping, frame: pl.DataFrame, step: int | None, zone: tzinfo) -> Stamping:
    """What the stamps of a table mark, by mapping, header, labels or the span of the stamps."""
    if mapping.stamp:
        return Stamping(mapping.stamp, "mapping")
    if cells.stamp_evidence and cells.stamp_evidence[0] in ("start", "end"):
        return Stamping(*cells.stamp_evidence)
    if step is None or step >= DAY or not frame.height:
        return Stamping("start", "default")
    ends = to_local(frame.select(pl.col("at").min(), last=pl.col("at").max()).unpivot()["value"], zone)
    first, last = ends[0], ends[1]
    seconds = first.hour * 3600 + first.minute * 60 + first.second
    final = last.hour * 3600 + last.minute * 60 + last.second
    if seconds == 0 and final == DAY - step:
        return Stamping("start", "span")
    if seconds == step and final == 0:
        return Stamping("end", "span")
    return Stamping("start", "default")
