"""The stretch of time that is simulated: quarter hours of 2025 in local time, with workdays and holidays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property

import chinese_calendar
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
YEAR = 2025
LOCAL = timezone(timedelta(hours=8))  # China has had no summer time since 1991
PER_DAY = 96
PER_HOUR = 4


@dataclass(frozen=True)
class Span:
    """The first ``days`` days of the year at 15 minutes."""

    days: int = 365

    @property
    def size(self) -> int:
        """How many quarter hours."""
        return self.days * PER_DAY

    @property
    def start(self) -> datetime:
        """Local midnight of 1 January."""
        return datetime(YEAR, 1, 1, tzinfo=LOCAL)

    @cached_property
    def dates(self) -> list[date]:
        """The local days."""
        return [self.start.date() + timedelta(days=i) for i in range(self.days)]

    @cached_property
    def hour(self) -> Floats:
        """Local hour of the day at the middle of each interval. [h]"""
        return np.tile((np.arange(PER_DAY) + 0.5) / PER_HOUR, self.days)

    @cached_property
    def year_angle(self) -> Floats:
        """The time of the year. [rad]"""
        return 2 * np.pi * (np.arange(self.size) + 0.5) / (365 * PER_DAY)

    @cached_property
    def day_kind(self) -> Ints:
        """By day: 0 a workday (moved ones included), 1 a weekend day, 2 a public holiday, 3 deep in the Spring Festival."""
        kinds = np.zeros(self.days, np.int64)
        for i, day in enumerate(self.dates):
            if date(YEAR, 1, 26) <= day <= date(YEAR, 2, 5):
                kinds[i] = 3  # factories stay closed longer than the official holiday
            elif chinese_calendar.is_workday(day):
                kinds[i] = 0
            else:
                kinds[i] = 2 if chinese_calendar.get_holiday_detail(day)[1] else 1
        return kinds

    @cached_property
    def kind(self) -> Ints:
        """:attr:`day_kind` by quarter hour."""
        return np.repeat(self.day_kind, PER_DAY)

    @cached_property
    def months(self) -> list[tuple[int, int, int]]:
        """The months that are touched: (month, first quarter hour, end)."""
        numbers = np.repeat([d.month for d in self.dates], PER_DAY)
        return [
            (int(m), int(np.flatnonzero(numbers == m)[0]), int(np.flatnonzero(numbers == m)[-1]) + 1)
            for m in np.unique(numbers)
        ]

    def at(self, quarter: int) -> datetime:
        """When a quarter hour begins."""
        return self.start + timedelta(minutes=15 * quarter)


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of their own for each name, so that adding one part does not move another."""
    return np.random.default_rng([seed, *name.encode()])
