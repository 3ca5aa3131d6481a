"""Means of readings that are states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.metering.means import step_means


def test_quarters_make_the_mean_of_their_hour_and_a_long_reading_fills_all_it_covers() -> None:
    start = np.array([0, 900, 1800, 2700, 7200])
    seconds = np.array([900, 900, 900, 900, 7200])
    found = step_means(start, seconds, np.array([1.0, 2.0, 3.0, 6.0, 9.0]), 0, 5 * 3600, 3600)
    assert found == pytest.approx([3.0, np.nan, 9.0, 9.0, np.nan], nan_ok=True)


def test_a_reading_counts_by_how_long_it_lies_in_the_step_and_nothing_beyond_the_grid() -> None:
    start, seconds = np.array([-1800, 1800, 90_000]), np.array([3600, 3600, 900])
    found = step_means(start, seconds, np.array([10.0, 20.0, 99.0]), 0, 3600, 3600)
    assert found == pytest.approx([15.0])


@given(st.lists(st.tuples(st.integers(-5000, 20_000), st.integers(0, 9000), st.floats(-40, 50)), max_size=20))
def test_a_mean_lies_between_its_readings(rows: list[tuple[int, int, float]]) -> None:
    start, seconds, values = (np.array(c) for c in zip(*rows, strict=True)) if rows else (np.zeros(0, int),) * 3
    found = step_means(start.astype(int), seconds.astype(int), values.astype(float), 0, 14_400, 900)
    there = found[np.isfinite(found)]
    assert len(found) == 16
    assert not len(there) or (there.min() >= values.min() - 1e-6 and there.max() <= values.max() + 1e-6)
