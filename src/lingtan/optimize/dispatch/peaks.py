"""The peak that a month will see in any case: what the weeks before could not have avoided, however well they were run.

A month's first plans know only a small peak so far. Paying the month's whole charge for each kilowatt above it would keep
stores from cheap hours to save a peak that the next calm evening brings anyway. So plans take the peak that the last weeks
would have had under perfect foresight for paid already, a little less of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.model import FloatArray, IntArray
from lingtan.optimize.solve import solve

WEEKS = 4
LEAST_DAYS = 7
SHARE = 0.8  # of it that is taken for certain
GAP = 1e-3


@dataclass(frozen=True)
class OneMonth(Horizon):
    """A stretch that is billed as one month, whatever the calendar says."""

    def months(self) -> IntArray:
        """The month of its last step, at every step."""
        last = super().months()[-1]
        return np.full(self.steps, last, np.int64)


def usual_peaks(description: Description, horizon: Horizon, series: Mapping[str, FloatArray]) -> dict[str, float]:
    """The peaks that were the cheapest in a stretch of the past, all of it known, by grid. [kW]

    Empty where it is too short or no peak is paid for.
    """
    if horizon.steps * horizon.hours < LEAST_DAYS * 24:
        return {}
    whole = OneMonth(horizon.start, horizon.steps, horizon.step_minutes, horizon.zone)
    inputs = Inputs(whole, series, all_prices(description, whole, series), State())
    if not any(np.any(p.demand_cny_per_kw) for p in inputs.prices.values()):
        return {}
    model = build(description, inputs)
    found = solve(model, gap=GAP, solver="chain")
    if not found.found:
        return {}
    return {
        g.id: SHARE * max((v for n, v in found.sizes.items() if n.startswith(f"{g.id}.peak-")), default=0.0)
        for g in description.grids
    }
