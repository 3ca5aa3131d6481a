"""Where the method begins: in the middle of the boxes, or near the answer of a neighbour."""

import numpy as np

from lingtan.optimize.chain.iterate import Iterate
from lingtan.optimize.chain.problem import Problem
from lingtan.optimize.model import FloatArray

FIRST_SIZE = 60.0  # sizes begin at half of their bound, or of this


def limit_of(problem: Problem, y: FloatArray) -> FloatArray:
    """Upper bounds of the columns at sizes ``y``."""
    limit: FloatArray = problem.bound + problem.share * np.append(y, 0.0)[problem.above]
    return limit


def cold(problem: Problem) -> Iterate:
    """The middle of the boxes, with prices from the costs."""
    p = problem
    active, bounded = p.active > 0, p.bounded > 0
    y = 0.5 * np.minimum(p.global_bound, FIRST_SIZE)
    limit = np.maximum(limit_of(p, y), 1e-3)
    x = np.where(bounded, 0.5 * limit, 1.0)
    s = np.where(bounded, limit - x, 1.0)
    cost = float(np.abs(p.cost[active]).mean()) if active.any() else 0.0
    typical = float(np.abs(x[active]).mean()) if active.any() else 1.0
    mu = max(1e-2, cost) * typical
    z = mu / x
    v = np.where(bounded, mu / s, 0.0)
    x[~active], z[~active] = 1.0, 1.0
    _fill_totals(p, x, y)
    sy = p.global_bound - y
    zy = np.maximum(mu / y, 0.1 * np.abs(p.global_cost) + 1e-3)
    return Iterate(x, s, z, v, np.zeros_like(p.b), np.zeros_like(p.global_b), y, sy, zy, mu / sy)


def _fill_totals(problem: Problem, x: FloatArray, y: FloatArray) -> None:
    """Let the slack of each total begin where it meets its row, in place: a wide limit is met from the start."""
    p = problem
    r = p.global_b - p.global_rows @ y
    np.subtract.at(r, p.sums.row, (p.sums.value * x[p.sums.column]).sum(axis=1))
    single = (np.count_nonzero(p.global_rows, axis=0) == 1) & (p.global_cost == 0.0)
    single[np.unique(p.above[p.above >= 0])] = False
    single[p.fixed.column] = False
    single[p.fixed_points.column] = False
    for j in np.flatnonzero(single):
        row = int(np.flatnonzero(p.global_rows[:, j])[0])
        met = y[j] + r[row] / p.global_rows[row, j]
        y[j] = min(max(met, y[j]), 0.9 * p.global_bound[j])


def warm(problem: Problem, last: Iterate, nearness: float = 1e-3) -> Iterate | None:
    """A neighbour's answer, moved into the interior so that all products are near a common value; None if shapes differ."""
    p = problem
    if last.x.shape != p.cost.shape or last.lam.shape != p.b.shape or last.y.shape != p.global_cost.shape:
        return None
    if last.lam_g.shape != p.global_b.shape:
        return None
    active, bounded = p.active > 0, p.bounded > 0
    y = np.clip(last.y, nearness * p.global_bound, (1.0 - nearness) * p.global_bound)
    limit = np.maximum(limit_of(p, y), 1e-6)
    typical = max(float(np.abs(last.x[active]).mean()), 1e-6) if active.any() else 1.0
    low = nearness * typical
    x = np.where(bounded, np.clip(last.x, np.minimum(low, 0.25 * limit), np.maximum(limit - low, 0.75 * limit)), 0.0)
    x = np.where(bounded, x, np.maximum(last.x, low))
    s = np.where(bounded, limit - x, 1.0)
    mu = nearness * max(1e-2, float(np.abs(p.cost[active]).mean()) if active.any() else 1e-2) * typical
    z = np.maximum(last.z, mu / x)
    v = np.where(bounded, np.maximum(last.v, mu / s), 0.0)
    x[~active], z[~active] = 1.0, 1.0
    sy = p.global_bound - y
    return Iterate(
        x, s, z, v, last.lam.copy(), last.lam_g.copy(), y, sy, np.maximum(last.zy, mu / y), np.maximum(last.vy, mu / sy)
    )
