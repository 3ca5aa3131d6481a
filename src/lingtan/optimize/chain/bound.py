r"""What an iterate proves, whatever the solver did to get there.

For any multipliers :math:`\lambda` of the rows,

.. math:: L(\lambda) = b^\top\lambda + \min_{(x,y) \in \text{box}} (c - A^\top\lambda)^\top (x, y)

is not above the cost of any solution, since every solution lies in the box and meets the rows. A column bounded by a
size takes its part to the size, so one pass over the columns and one over the sizes evaluates it. Without the cost the
same expression is a proof that there is no solution as soon as it is positive.
"""

import numpy as np

from lingtan.optimize.chain.iterate import Iterate, Residuals
from lingtan.optimize.chain.kernel import Kernel
from lingtan.optimize.chain.problem import Problem

ROUNDING = 1e-9  # what the sum of many terms may lose, relative to their size


def measure(problem: Problem, kernel: Kernel, it: Iterate) -> Residuals:
    """Residuals, cost, bound and proof at an iterate."""
    p = problem
    r, gr = kernel.rows_times(it.x, it.y)
    rows = p.b - r
    sums = p.global_b - gr - p.global_rows @ it.y
    said = p.global_rows.T @ it.lam_g + kernel.globals_times(it.lam)
    dual, bound = np.empty_like(p.cost), np.empty_like(p.cost)
    accv, accb, accf, out = kernel.residuals(it, dual, bound)
    reduced = p.global_cost - said
    global_dual = -(reduced - it.zy + it.vy - accv)
    global_bound = p.global_bound - it.y - it.sy
    right = float((p.b * it.lam).sum() + p.global_b @ it.lam_g)
    lower = right + out[2] + float(np.minimum(reduced + accb, 0.0) @ p.global_bound)
    pieces = -said + accf
    proof = right + out[5] + float(np.minimum(pieces, 0.0) @ p.global_bound)
    size = float(np.abs(p.b * it.lam).sum() + np.abs(p.global_b * it.lam_g).sum()) - out[5]
    size += float(np.abs(np.minimum(pieces, 0.0)) @ p.global_bound)
    pairs = float(p.active.sum() + p.bounded.sum()) + 2 * len(it.y)
    need = 1.0 + float(np.abs(p.b).max(initial=0.0))
    price = 1.0 + float(np.abs(p.cost).max(initial=0.0))
    global_price = 1.0 + float(np.abs(p.global_cost).max(initial=0.0))
    worst = max(float(np.abs(rows).max(initial=0.0)), float(np.abs(sums).max(initial=0.0)), float(out[4]))
    worst = max(worst, float(np.abs(global_bound).max(initial=0.0)))
    return Residuals(
        rows=rows,
        sums=sums,
        dual=dual,
        bound=bound,
        global_dual=global_dual,
        global_bound=global_bound,
        global_price=reduced + accb,
        mu=(float(out[0]) + float(it.y @ it.zy + it.sy @ it.vy)) / max(pairs, 1.0),
        cost=float(out[1]) + float(p.global_cost @ it.y),
        lower_bound=lower,
        proof=proof if proof > ROUNDING * size else 0.0,
        primal=worst / need,
        feasibility_cost=float(np.abs(rows * it.lam).sum() + np.abs(sums * it.lam_g).sum()),
        dual_size=max(float(out[3]) / price, float(np.abs(global_dual).max(initial=0.0)) / global_price),
    )
