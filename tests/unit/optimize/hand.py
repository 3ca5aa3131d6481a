"""Small models solved by hand: both solvers must give the same number."""

import numpy as np
import pytest

from lingtan.optimize.model import Contributes, Model, Timeline
from lingtan.optimize.solution import Solution
from lingtan.optimize.solve import solve

NEAR = 2e-5


def both(cost: float, *parts: Contributes, steps: int = 2, timeline: Timeline | None = None) -> Solution:
    """Solve by the chain and by HiGHS, hold both against ``cost``; the vertex of HiGHS."""
    model = Model(timeline or Timeline.hourly(steps)).add(*parts)
    chain, highs = solve(model, gap=1e-7, solver="chain"), solve(model, solver="highs")
    assert highs.cost == pytest.approx(cost, rel=1e-7, abs=1e-6)
    assert chain.cost == pytest.approx(cost, rel=NEAR, abs=1e-4)
    assert chain.lower_bound <= cost + 1e-6 * max(1.0, abs(cost))
    for name, values in highs.series.items():
        assert chain.series[name].shape == values.shape
    return highs


def array(*values: float) -> np.ndarray:
    """A series."""
    return np.array(values, float)
