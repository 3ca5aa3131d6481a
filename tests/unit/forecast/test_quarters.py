"""The usual run within hours."""

import numpy as np
import pytest

from lingtan.forecast.quarters import quarter_shape

ZONE_S = 8 * 3600


def test_a_shift_that_begins_at_half_past_seven_is_seen_and_hours_keep_their_mean() -> None:
    day = np.full(96, 100.0)
    day[30:] = 300.0  # local time
    values = np.tile(np.roll(day, -32), 10)  # begins at midnight UTC, eight in China
    shape = quarter_shape(values, 0, ZONE_S)
    assert quarter_shape(values[:-3], 0, ZONE_S) == pytest.approx(shape)
    assert shape[28:32] == pytest.approx([0.5, 0.5, 1.5, 1.5])
    assert shape[:28] == pytest.approx(1.0)
    assert shape.reshape(24, 4).mean(axis=1) == pytest.approx(1.0)


def test_the_last_two_weeks_count_and_dark_hours_stay_even() -> None:
    old, new = np.tile([4.0, 0.0, 0.0, 0.0], 24), np.tile([0.0, 2.0, 2.0, 0.0], 24)
    new[:48] = 0.0
    shape = quarter_shape(np.concatenate([np.tile(old, 5), np.tile(new, 14)]), 0, 0)
    assert shape[:48] == pytest.approx(1.0)
    assert shape[48:52] == pytest.approx([0.0, 2.0, 2.0, 0.0])


def test_a_run_that_does_not_come_again_is_none() -> None:
    values = np.random.default_rng(1).uniform(0, 100, 14 * 96)
    assert quarter_shape(values, 0, 0) == pytest.approx(1.0)


def test_a_single_day_says_nothing() -> None:
    assert quarter_shape(np.arange(191.0), 0, 0) == pytest.approx(1.0)
