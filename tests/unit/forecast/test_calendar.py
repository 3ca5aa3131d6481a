"""The working calendar as numbers."""

from datetime import UTC, datetime, timedelta

import numpy as np

from lingtan.forecast.calendar import days, known_year


def at(text: str) -> np.ndarray:
    local = datetime.fromisoformat(text)
    return np.array([int((local - timedelta(hours=8)).replace(tzinfo=UTC).timestamp())])


def test_a_moved_working_day_is_a_workday_though_it_is_sunday() -> None:
    found = days(at("2025-01-26T10:00"), "Asia/Shanghai")  # worked for Spring Festival
    assert (found.weekday[0], found.kind[0], found.slot[0]) == (6, 0, 36_000)


def test_holidays_and_the_distance_to_spring_festival() -> None:
    eve = days(at("2025-01-27T23:45"), "Asia/Shanghai")
    first = days(at("2025-01-28T00:00"), "Asia/Shanghai")
    assert (eve.kind[0], eve.after[0], first.kind[0], first.into[0]) == (0, 2, 2, 1)
    assert (eve.spring[0], first.spring[0]) == (-1, 0)
    assert first.left[0] >= 8
    assert days(at("2025-06-15T12:00"), "Asia/Shanghai").spring[0] == 21


def test_a_year_without_calendar_has_weekends_only() -> None:
    assert known_year(2025)
    assert not known_year(2090)
    assert days(at("2090-10-03T12:00"), "Asia/Shanghai").kind[0] == 0  # a Tuesday


def test_summer_time_moves_the_local_slot() -> None:
    winter = days(np.array([1_736_942_400]), "Europe/Berlin")
    summer = days(np.array([1_752_580_800]), "Europe/Berlin")
    assert summer.slot[0] - winter.slot[0] == 3600
