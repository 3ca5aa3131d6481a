"""What a channel usually does at that time: the line between its neighbours, and the mean of like days."""

import numpy as np

from lingtan.metering.checks.look import Floats, Look
from lingtan.metering.estimate.holes import Hole

LIKE_DAYS = 6  # as many as are averaged, the nearest first
REACH_DAYS = 45
LEAST_DAYS = 2


def linear(look: Look, hole: Hole) -> Floats | None:
    """The straight line from the reading before to the one after; None where one of them is missing."""
    before, after = hole.low - 1, hole.high
    if before < 0 or after >= len(look):
        return None
    a, b = look.flow[before], look.flow[after]
    if not (np.isfinite(a) and np.isfinite(b)):
        return None
    steps = np.arange(1, len(hole) + 1) / (len(hole) + 1)
    return np.asarray(a + (b - a) * steps)


def similar_day(look: Look, hole: Hole) -> Floats | None:
    """At each step the mean of the same time on the nearest days of the same kind; None where there are too few.

    Workdays are like workdays (moved ones included), days off like days off, holidays like holidays, or like days off
    where there are not enough of them.
    """
    if look.per_day < 1:
        return None
    days = look.by_day
    found = np.full(len(hole), np.nan)
    steps = np.arange(hole.low, hole.high)
    for day in np.unique(steps // look.per_day).tolist():
        here = steps // look.per_day == day
        slots = steps[here] % look.per_day
        near = np.arange(max(day - REACH_DAYS, 0), min(day + REACH_DAYS + 1, len(days)))
        near = near[near != day]
        near = near[np.argsort(np.abs(near - day), kind="stable")]
        for like in (look.kinds[near] == look.kinds[day], (look.kinds[near] > 0) == (look.kinds[day] > 0)):
            values = days[near[like]][:, slots]
            whole = values[np.isfinite(values).all(axis=1)][:LIKE_DAYS]
            if len(whole) >= LEAST_DAYS:
                found[here] = whole.mean(axis=0)
                break
    return None if np.isnan(found).any() else found
