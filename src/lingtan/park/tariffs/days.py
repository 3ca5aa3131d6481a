"""What kind of day a date is: workday, weekend, public holiday, long holiday, one of the three great holidays."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

import chinese_calendar

from lingtan.base.errors import InputError
from lingtan.park.tariffs.record import DayKind

LONG_HOLIDAY_DAYS = 3
_GREAT = frozenset({"Spring Festival", "Labour Day", "National Day"})


def is_kind(day: date, kind: DayKind, hot_days: Collection[date] = ()) -> bool:
    """Whether ``day`` is of a kind; ``hot_days`` are the days that the grid company declared hot.

    Raises
    ------
    InputError
        ``tariff.no-calendar`` if the holiday calendar does not know the year.
    """
    if kind == "all":
        return True
    if kind == "hot_days":
        return day in hot_days
    workday, holiday = _official(day)
    if kind == "workdays":
        return workday
    if kind == "weekends":
        return not workday and holiday is None
    if kind == "great_holidays":
        return holiday in _GREAT
    if kind == "long_holidays":
        return holiday is not None and _run(day) >= LONG_HOLIDAY_DAYS
    return holiday is not None


@cache
def _official(day: date) -> tuple[bool, str | None]:
    """Whether people work on the day, and the holiday's name if they do not because of one."""
    try:
        workday = bool(chinese_calendar.is_workday(day))
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        raise InputError("tariff.no-calendar", year=day.year) from None
    return workday, str(name) if off and name else None


@cache
def _run(day: date) -> int:
    """How many days in a row off work ``day`` lies in. [d]"""
    step, length = timedelta(days=1), 1
    for sign in (-1, 1):
        at = day + sign * step
        while at.year == day.year and not _official(at)[0]:
            length += 1
            at += sign * step
    return length
