"""Scaling and sharing in integers, against fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import DataError
from lingtan.metering.exact import half_away, scaled, times, until


def rounded(exact: Fraction) -> int:
    magnitude = int(abs(exact) + Fraction(1, 2))
    return magnitude if exact >= 0 else -magnitude


@given(st.integers(-(2**62), 2**62), st.integers(-(10**9), 10**9), st.integers(1, 10**9))
def test_scaled_is_the_fraction_rounded_half_away_or_refused(value: int, num: int, den: int) -> None:
    exact = rounded(Fraction(value) * num / den)
    if abs(exact) >= 2**63:
        with pytest.raises(DataError, match=r"metering\.overflow"):
            scaled(np.array([value]), num, den)
    else:
        assert scaled(np.array([value]), num, den).tolist() == [exact]


def test_each_row_may_have_its_own_factor() -> None:
    found = scaled(np.array([5, 5, -5]), np.array([1, 3, 1]), np.array([2, 1, 2]))
    assert found.tolist() == [3, 15, -3]


@given(st.integers(-(10**15), 10**15), st.integers(1, 86400), st.data())
def test_shares_begin_at_nothing_and_end_at_the_whole(total: int, seconds: int, data: st.DataObject) -> None:
    elapsed = data.draw(st.integers(0, seconds))
    found = until(np.array([total] * 3), np.array([0, elapsed, seconds]), np.array([seconds] * 3)).tolist()
    assert found == [0, rounded(Fraction(total * elapsed, seconds)), total]


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_half_goes_away_from_zero(number: int, divisor: int) -> None:
    assert half_away(number, divisor) == rounded(Fraction(number, divisor)) == times(number, Fraction(1, divisor))
