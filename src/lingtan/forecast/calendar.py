"""The Chinese working calendar as numbers: moved working days, holidays, the distance to Spring Festival."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EPOCH = date(1970, 1, 1)
UNCHANGING = frozenset({"Asia/Shanghai", "UTC"})  # since 1992: no need to look hours up one by one
SPRING_REACH = 20  # days before and after within which Spring Festival is felt


@dataclass(frozen=True)
class Days:
    """What each instant's local day is. ``kind`` is 0 on workdays, 1 on free days, 2 on days of a public holiday."""

    ordinal: Ints  # local day since 1970
    slot: Ints  # seconds into the local day
    weekday: Ints
    kind: Ints
    before: Ints  # kind of the day before
    after: Ints
    into: Ints  # free days in a row up to this one; 0 on a workday
    left: Ints  # free days in a row from this one on
    spring: Ints  # days since Spring Festival (its first day is 0), within ±SPRING_REACH, else SPRING_REACH + 1
    month: Ints

    @property
    def off(self) -> npt.NDArray[np.bool_]:
        """Whether people do not work."""
        return np.asarray(self.kind > 0)


def days(times_s: Ints, zone: str) -> Days:
    """The days of instants. [s since 1970]"""
    local = times_s + _offsets(times_s, zone)
    ordinal = local // 86_400
    unique, where = np.unique(ordinal, return_inverse=True)
    rows = np.array([_day(int(d)) for d in unique], np.int64)[where]
    return Days(ordinal, local - ordinal * 86_400, *rows.T)


def known_year(year: int) -> bool:
    """Whether the official calendar of the year is known here; else only weekends are free."""
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


def _offsets(times_s: Ints, zone: str) -> Ints:
    """Seconds to add to UTC, looked up once for each UTC day's edges."""
    tz = ZoneInfo(zone)
    hours, where = np.unique(times_s // 3600, return_inverse=True)
    if zone in UNCHANGING and len(hours):
        return np.full(len(times_s), _offset(int(hours[0]), tz), np.int64)
    return np.array([_offset(int(h), tz) for h in hours], np.int64)[where]


@cache
def _offset(hour: int, tz: ZoneInfo) -> int:
    found = datetime.fromtimestamp(hour * 3600, UTC).astimezone(tz).utcoffset()
    return int(found.total_seconds()) if found else 0


@cache
def kind(day: date) -> int:
    """0 for a workday (moved ones too), 1 for a free day, 2 for a public holiday."""
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return int(day.weekday() >= 5)
    return (2 if name else 1) if off else 0


@cache
def _spring(year: int) -> int | None:
    """The first day of the Spring Festival holiday, since 1970."""
    try:
        found = [
            d
            for d in chinese_calendar.get_dates(date(year, 1, 15), date(year, 2, 28))
            if chinese_calendar.get_holiday_detail(d) == (True, "Spring Festival")
        ]
    except NotImplementedError:
        return None
    return (found[0] - EPOCH).days if found else None


@cache
def _day(ordinal: int) -> tuple[int, ...]:
    day = EPOCH + timedelta(days=ordinal)
    step = timedelta(days=1)
    into = left = 0
    if kind(day):
        at = day
        while kind(at) and into < 10:
            into, at = into + 1, at - step
        at = day
        while kind(at) and left < 10:
            left, at = left + 1, at + step
    spring = _spring(day.year)
    since = ordinal - spring if spring is not None else SPRING_REACH + 1
    since = since if abs(since) <= SPRING_REACH else SPRING_REACH + 1
    return (day.weekday(), kind(day), kind(day - step), kind(day + step), into, left, since, day.month)
