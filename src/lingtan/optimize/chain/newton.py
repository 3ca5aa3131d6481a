r"""The Newton system of the chain method.

With :math:`W = (Z/X + V/S)^{-1}` and :math:`q = V/S` the columns fold into the rows:

.. math::
    \begin{pmatrix} A W A^\top & A W G^\top & A W q\beta + D \\ & G W G^\top & G W q\beta + G_y \\ & & -H \end{pmatrix}
    \begin{pmatrix} d\lambda \\ d\lambda_g \\ dy \end{pmatrix} = \text{right-hand side}

The first block is block tridiagonal in time and factored once; the border's complement is dense and small.
"""

from typing import Any

import numpy as np

from lingtan.optimize.chain.iterate import Aim, Iterate, Residuals
from lingtan.optimize.chain.kernel import Kernel
from lingtan.optimize.chain.problem import Problem


class Newton:
    """Factors at an iterate, then solves for several right-hand sides."""

    def __init__(self, problem: Problem, kernel: Kernel) -> None:
        self.problem = problem
        self.kernel = kernel
        self.w, self.q, self.f, self.wf = (np.zeros_like(problem.cost) for _ in range(4))
        self._border: Any = None
        self._h = np.zeros_like(problem.global_cost)

    def prepare(self, it: Iterate) -> None:
        """Factor at ``it``."""
        k = len(self.problem.global_b)
        acch, gg, gj = self.kernel.weights(it, self.w, self.q)
        border = -self.kernel.factor(self.w, self.q)
        border[:k, :k] += gg + 1e-14 * np.eye(k)
        cross = gj + self.problem.global_rows
        border[:k, k:] += cross
        border[k:, :k] += cross.T
        self._h = it.zy / it.y + it.vy / it.sy + acch
        border[k:, k:] -= np.diag(self._h)
        # rows and columns of the border differ by many powers of ten: bring its diagonal to one
        size = np.sqrt(np.maximum(np.abs(np.diag(border)), 1e-30))
        self._size = size
        self._border = self.kernel.border_factor(border / size[:, None] / size[None, :])

    def solve(
        self, it: Iterate, res: Residuals, aim: Aim, step: Iterate, *, refine: bool = False
    ) -> tuple[float, float]:
        """Fill ``step``; the longest primal and dual step lengths, at most 1."""
        kernel, p = self.kernel, self.problem
        acc = kernel.right_hand(it, self.w, self.q, res.dual, res.bound, aim, self.f, self.wf)
        r, gr = kernel.rows_times(self.wf, None)
        bound_part = (aim.syv - it.vy * res.global_bound) / it.sy
        fy = res.global_dual + aim.yz / it.y - bound_part
        self._solve_rows(res.rows - r, res.sums - gr, -(fy + acc), step)
        longest = kernel.direction(it, step, self.w, self.q, self.f, res.bound, aim)
        if refine:
            r, gr = kernel.rows_times(step.x, step.y)
            more = Iterate.__new__(Iterate)
            more.lam = np.zeros_like(step.lam)
            self._solve_rows(res.rows - r, res.sums - gr - p.global_rows @ step.y, np.zeros_like(fy), more)
            step.lam += more.lam
            step.lam_g += more.lam_g
            step.y += more.y
            longest = kernel.direction(it, step, self.w, self.q, self.f, res.bound, aim)
        return self._global_direction(it, res, aim, step, longest)

    def _solve_rows(self, r: Any, g: Any, y: Any, step: Iterate) -> None:
        k = len(self.problem.global_b)
        said = self.kernel.forward(r)
        right = np.concatenate([g, y]) - said
        answer = self.kernel.border_solve(self._border, right / self._size) / self._size
        self.kernel.backward(answer, step.lam)
        step.lam_g, step.y = answer[:k].copy(), answer[k:].copy()

    def _global_direction(
        self, it: Iterate, res: Residuals, aim: Aim, step: Iterate, longest: tuple[float, float]
    ) -> tuple[float, float]:
        step.sy = res.global_bound - step.y
        step.zy = (aim.yz - it.zy * step.y) / it.y
        step.vy = (aim.syv - it.vy * step.sy) / it.sy
        primal, dual = longest
        if len(it.y):
            primal = max(primal, float((-step.y / it.y).max()), float((-step.sy / it.sy).max()))
            dual = max(dual, float((-step.zy / it.zy).max()), float((-step.vy / it.vy).max()))
        return min(1.0, 1.0 / max(primal, 1e-300)), min(1.0, 1.0 / max(dual, 1e-300))
