"""How long the intervals of a table are, and whether its stamps mark their starts or their ends."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from lingtan.metering.shapes.cells import Cells
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.stamps import to_utc

STEP_SECONDS: dict[str, int | str] = {
    "1min": 60, "5min": 300, "10min": 600, "15min": 900, "30min": 1800, "1h": 3600, "1d": 86400,
    "1month": "1month", "1year": "1year",
}  # fmt: skip
OFFSETS = {"1day": "1d", "1month": "1mo", "1year": "1y"}
DAY = 86400


@dataclass(frozen=True)
class Stamping:
    """``side`` is ``start`` or ``end``; ``why`` a code: mapping, header, 24:00, first-label, numbered, period, span, default."""

    side: str
    why: str


@dataclass(frozen=True)
class Step:
    """A step: seconds, or ``1month`` / ``1year`` / ``1day`` by the calendar; found in ``share`` of ``gaps`` distances."""

    step: int | str
    share: float
    gaps: int


def steps(frame: pl.DataFrame, zone: tzinfo) -> dict[int, Step]:
    """The step of each channel by its commonest distance. ``frame`` has ch and at, sorted by both."""
    gaps = frame.select(
        "ch", "at", gap=pl.col("at").diff().dt.total_seconds(), same=pl.col("ch") == pl.col("ch").shift(1)
    )
    counted = gaps.filter(pl.col("same") & (pl.col("gap") > 0)).group_by("ch", "gap").len()
    best = counted.sort(["ch", "len", "gap"], descending=[False, True, False]).unique(
        "ch", keep="first", maintain_order=True
    )
    totals = dict(counted.group_by("ch").agg(pl.col("len").sum()).iter_rows())
    found: dict[int, Step] = {}
    for ch, gap, count in best.select("ch", "gap", "len").iter_rows():
        step: int | str = int(gap)
        if 28 * DAY <= gap <= 31 * DAY and _at_month_starts(frame, ch, zone):
            step = "1month"
        elif gap in (365 * DAY, 366 * DAY) and _at_month_starts(frame, ch, zone):
            step = "1year"
        of = totals[ch]
        share = 1.0 if isinstance(step, str) else count / of
        found[ch] = Step(step, share, of)
    return found


def _at_month_starts(frame: pl.DataFrame, ch: int, zone: tzinfo) -> bool:
    local = to_local(frame.filter(pl.col("ch") == ch)["at"], zone)
    return bool(((local.dt.day() == 1) & (local.dt.hour() == 0)).all())


def to_local(at: pl.Series, zone: tzinfo) -> pl.Series:
    """UTC instants as naive local times."""
    if isinstance(zone, ZoneInfo):
        return at.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    return at.dt.replace_time_zone(None) + (zone.utcoffset(None) or timedelta(0))


def calendar_seconds(at: pl.Series, step: str, zone: tzinfo, *, back: bool = False) -> pl.Series:
    """Seconds of the local days, months or years that begin (or with ``back`` end) at the instants."""
    by = ("-" if back else "") + OFFSETS[step]
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
