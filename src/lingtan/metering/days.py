"""Which days are alike: workdays, days off and public holidays, with China's moved working days where they apply."""

from datetime import date, timedelta
from functools import cache

import numpy as np

from lingtan.metering.exact import Ints

CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC"})
EPOCH = date(1970, 1, 1)
WORKDAY, DAY_OFF, HOLIDAY = 0, 1, 2


@cache
def day_kind(day: date, zone: str) -> int:
    """0 a workday, 1 a day off, 2 a public holiday. Without a published calendar the weekday decides."""
    weekend = int(day.weekday() >= 5)
    if zone not in CHINESE_ZONES:
        return weekend
    import chinese_calendar

    try:
        if chinese_calendar.is_workday(day):
            return WORKDAY
        return HOLIDAY if chinese_calendar.get_holiday_detail(day)[1] else DAY_OFF
    except NotImplementedError:  # a year whose holidays are not known to the library
        return weekend


def day_kinds(first_day: int, count: int, zone: str) -> Ints:
    """:func:`day_kind` of ``count`` local days from ``first_day`` (days since 1970)."""
    begin = EPOCH + timedelta(days=first_day)
    return np.array([day_kind(begin + timedelta(days=i), zone) for i in range(count)], dtype=np.int64)
