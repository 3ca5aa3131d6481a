"""Bounds of a store's content: the truth lies between them, and they close at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.optimize.dispatch.contents import content_bounds

ENERGY, POWER, EFFICIENCY, LOSS = 100.0, 50.0, 0.9, 0.01
STORE = {"energy_kwh": ENERGY, "power_kw": POWER, "efficiency": EFFICIENCY, "loss_per_hour": LOSS, "hours": 0.25}


def lived(wishes: list[float], start: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Flows of a store that follows wishes as far as it can, and what it holds at last."""
    charge, discharge, content = np.zeros(len(wishes)), np.zeros(len(wishes)), start
    for i, wish in enumerate(wishes):
        content *= (1 - LOSS) ** 0.25
        if wish > 0:
            charge[i] = min(wish, (ENERGY - content) / EFFICIENCY / 0.25)
            content += charge[i] * EFFICIENCY * 0.25
        else:
            discharge[i] = min(-wish, content * EFFICIENCY / 0.25)
            content -= discharge[i] / EFFICIENCY * 0.25
    return charge, discharge, content


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-POWER, POWER), min_size=1, max_size=60),
    st.floats(0, ENERGY),
    st.sets(st.integers(0, 59), max_size=5),
)
def test_the_truth_lies_between_the_bounds_whatever_is_not_measured(
    wishes: list[float], start: float, gaps: set[int]
) -> None:
    charge, discharge, truth = lived(wishes, start)
    for gap in gaps:
        if gap < len(wishes):
            charge[gap] = np.nan
    low, high = content_bounds(charge, discharge, **STORE)
    assert low - 1e-6 <= truth <= high + 1e-6


def test_a_store_that_was_full_and_empty_is_known_and_a_gap_opens_the_bounds_again() -> None:
    charge, discharge, truth = lived([POWER] * 12 + [-POWER] * 12 + [20.0] * 4, 30.0)
    assert content_bounds(charge, discharge, **STORE) == pytest.approx((truth, truth), abs=1.0)
    charge[-1] = np.nan
    low, high = content_bounds(charge, discharge, **STORE)
    assert high - low == pytest.approx(POWER * 0.25 * (EFFICIENCY + 1 / EFFICIENCY), abs=1.0)


def test_without_any_flow_nothing_is_known() -> None:
    empty = np.full(8, np.nan)
    assert content_bounds(empty, empty, **STORE) == (0.0, ENERGY)
