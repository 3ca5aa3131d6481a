"""The chain method's inner loops in numpy and LAPACK's banded Cholesky: the oracle of the compiled kernel.

It is used where the package was built without a compiler; some six times slower, with the same answers.
"""

from typing import Any

import numpy as np
from scipy.linalg import lapack

from lingtan.optimize.chain.iterate import Aim, Iterate, push
from lingtan.optimize.chain.problem import Entries, Problem
from lingtan.optimize.model import FloatArray, IntArray

NUDGE = 1e-13  # added to the diagonal, relative: dependent rows stay solvable


class ReferenceKernel:
    """See :class:`lingtan.optimize.chain.kernel.Kernel` for what each call means."""

    name = "reference"

    def __init__(self, problem: Problem) -> None:
        self.problem = p = problem
        self._slot = np.where(p.above >= 0, p.above, len(p.global_cost)).ravel()
        self._chains = []
        for number in range(len(p.starts) - 1):
            border, _ = p.chain_border(number)
            self._chains.append((int(p.starts[number]), int(p.starts[number + 1]), border))
        self._factors: list[FloatArray] = []
        self._borders: list[FloatArray] = []
        self._u: list[FloatArray] = []

    # ------------------------------------------------------------ products

    def rows_times(self, x: FloatArray, y: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        p = self.problem
        r = np.zeros_like(p.b)
        np.add.at(r, p.now.row, p.now.value * x[p.now.column])
        np.add.at(r[:, 1:], p.back.row, p.back.value[:, 1:] * x[p.back.column, :-1])
        if y is not None:
            np.add.at(r, p.fixed.row, p.fixed.value * y[p.fixed.column][:, None])
            points = p.fixed_points
            np.add.at(r, (points.row, points.step), points.value * y[points.column])
        gr = np.zeros_like(p.global_b)
        np.add.at(gr, p.sums.row, (p.sums.value * x[p.sums.column]).sum(axis=1))
        points = p.sum_points
        np.add.at(gr, points.row, points.value * x[points.column, points.step])
        return r, gr

    def globals_times(self, lam: FloatArray) -> FloatArray:
        p = self.problem
        gy = np.zeros_like(p.global_cost)
        np.add.at(gy, p.fixed.column, (p.fixed.value * lam[p.fixed.row]).sum(axis=1))
        points = p.fixed_points
        np.add.at(gy, points.column, points.value * lam[points.row, points.step])
        return gy

    def _prices(self, lam: FloatArray, lam_g: FloatArray) -> FloatArray:
        p = self.problem
        d = np.zeros_like(p.cost)
        np.add.at(d, p.now.column, p.now.value * lam[p.now.row])
        np.add.at(d[:, :-1], p.back.column, p.back.value[:, 1:] * lam[p.back.row][:, 1:])
        np.add.at(d, p.sums.column, p.sums.value * lam_g[p.sums.row][:, None])
        points = p.sum_points
        np.add.at(d, (points.column, points.step), points.value * lam_g[points.row])
        return d

    def _over(self, y: FloatArray) -> FloatArray:
        """β times the global column above each value."""
        over: FloatArray = self.problem.share * np.append(y, 0.0)[self._slot].reshape(self.problem.share.shape)
        return over

    def _to_globals(self, values: FloatArray) -> FloatArray:
        many = len(self.problem.global_cost)
        weights = (self.problem.share * values).ravel()
        return np.bincount(self._slot, weights=weights, minlength=many + 1)[:many].astype(float)

    # ----------------------------------------------------------- residuals

    def residuals(
        self, it: Iterate, rd: FloatArray, ru: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        p = self.problem
        d = self._prices(it.lam, it.lam_g)
        r = p.cost - d
        rd[:] = p.active * (it.z - it.v - r)
        ru[:] = p.bounded * (p.bound + self._over(it.y) - it.x - it.s)
        m, f = p.active * np.minimum(r, 0.0), p.active * np.minimum(-d, 0.0)
        mu = float((p.active * it.x * it.z).sum() + (p.bounded * it.s * it.v).sum())
        sums = [mu, float((p.cost * it.x).sum()), float((m * p.box).sum())]
        sums += [float(np.abs(rd).max(initial=0.0)), float(np.abs(ru).max(initial=0.0)), float((f * p.box).sum())]
        return self._to_globals(it.v), self._to_globals(m), self._to_globals(f), np.array(sums)

    def weights(self, it: Iterate, w: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        p = self.problem
        q[:] = it.v / it.s
        w[:] = p.active / (it.z / it.x + q)
        acch = self._to_globals(p.share * q * (it.z / it.x) * w)
        k, many = len(p.global_b), len(p.global_cost)
        whole = [np.zeros_like(p.cost) for _ in range(k)]
        for row, column, value in zip(p.sums.row, p.sums.column, p.sums.value, strict=True):
            whole[row][column] += value
        points = p.sum_points
        for row, column, step, value in zip(points.row, points.column, points.step, points.value, strict=True):
            whole[row][column, step] += value
        gg = np.array([[float((a * w * b).sum()) for b in whole] for a in whole]).reshape(k, k)
        gj = np.array([self._to_globals(a * w * q) for a in whole]).reshape(k, many)
        return acch, gg, gj

    # -------------------------------------------------------------- factor

    def factor(self, w: FloatArray, q: FloatArray) -> FloatArray:
        p = self.problem
        size = len(p.global_b) + len(p.global_cost)
        whole = np.zeros((size, size))
        border = self._border(w, q)
        self._factors, self._borders = [], []
        for t0, t1, columns in self._chains:
            factor, info = lapack.dpbtrf(self._banded(w, t0, t1), lower=1)
            if info:
                raise np.linalg.LinAlgError(f"the normal matrix lost definiteness at {info}")
            right = (
                np.stack([border[c][t0:t1].ravel() for c in columns], axis=1)
                if len(columns)
                else np.zeros(((t1 - t0) * p.rows, 0))
            )
            half = lapack.dtbtrs(factor, right, uplo="L")[0] if len(columns) else right
            whole[np.ix_(columns, columns)] += half.T @ half
            self._factors.append(factor)
            self._borders.append(half)
        return whole

    def _banded(self, w: FloatArray, t0: int, t1: int) -> FloatArray:
        p = self.problem
        rows, steps = p.rows, t1 - t0
        band = np.zeros((2 * rows, steps, rows))  # offset below the diagonal, step and row of the column

        def put(row: int, other: int, step: slice, offset: int, values: FloatArray) -> None:
            band[offset + row - other, step, other] += values

        for column, mine in _by_column(p.now):
            weight = w[column, t0:t1]
            for i in mine:
                for j in mine:
                    if p.now.row[j] <= p.now.row[i]:
                        product = p.now.value[i, t0:t1] * p.now.value[j, t0:t1] * weight
                        put(int(p.now.row[i]), int(p.now.row[j]), slice(None), 0, product)
        now = dict(_by_column(p.now))
        for column, mine in _by_column(p.back):
            weight = w[column, t0 : t1 - 1]
            for i in mine:
                value = p.back.value[i, t0 + 1 : t1] * weight
                for j in mine:
                    if p.back.row[j] <= p.back.row[i]:
                        product = value * p.back.value[j, t0 + 1 : t1]
                        put(int(p.back.row[i]), int(p.back.row[j]), slice(1, None), 0, product)
                for j in now.get(column, ()):
                    product = value * p.now.value[j, t0 : t1 - 1]
                    put(int(p.back.row[i]), int(p.now.row[j]), slice(None, -1), rows, product)
        diagonal = band[0]
        diagonal += NUDGE * diagonal
        diagonal[diagonal == 0.0] = 1.0
        return np.asfortranarray(band.reshape(2 * rows, steps * rows))

    def _border(self, w: FloatArray, q: FloatArray) -> dict[int, FloatArray]:
        """Columns of the border by number, each [T, R]."""
        p = self.problem
        k = len(p.global_b)
        found: dict[int, FloatArray] = {i: np.zeros((p.steps, p.rows)) for i in range(k + len(p.global_cost))}
        for i in range(k):
            part = np.zeros_like(p.cost)
            mine = p.sums.row == i
            np.add.at(part, p.sums.column[mine], p.sums.value[mine])
            points = p.sum_points
            own = points.row == i
            np.add.at(part, (points.column[own], points.step[own]), points.value[own])
            found[i] += self.rows_times(part * w, None)[0].T
        for j in range(len(p.global_cost)):
            part = np.where(p.above == j, p.share, 0.0) * w * q
            unit = np.zeros(len(p.global_cost))
            unit[j] = 1.0
            found[k + j] += self.rows_times(part, unit)[0].T
        return found

    def forward(self, r: FloatArray) -> FloatArray:
        said = np.zeros(len(self.problem.global_b) + len(self.problem.global_cost))
        self._u = []
        for (t0, t1, columns), factor, half in zip(self._chains, self._factors, self._borders, strict=True):
            u = lapack.dtbtrs(factor, r[:, t0:t1].T.reshape(-1, 1), uplo="L")[0]
            said[columns] += half.T @ u[:, 0]
            self._u.append(u)
        return said

    def backward(self, g: FloatArray, dl: FloatArray) -> None:
        for (t0, t1, columns), factor, half, u in zip(self._chains, self._factors, self._borders, self._u, strict=True):
            rest = u - half @ g[columns][:, None]
            dl[:, t0:t1] = lapack.dtbtrs(factor, rest, uplo="L", trans="T")[0].reshape(t1 - t0, -1).T

    def border_factor(self, s: FloatArray) -> Any:
        return s.copy()

    def border_solve(self, factors: Any, b: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.solve(factors, b)) if len(b) else b

    # ----------------------------------------------------------- direction

    def right_hand(
        self,
        it: Iterate,
        w: FloatArray,
        q: FloatArray,
        rd: FloatArray,
        ru: FloatArray,
        aim: Aim,
        f: FloatArray,
        wf: FloatArray,
    ) -> FloatArray:
        folded = (aim.sv - it.v * ru) / it.s
        f[:] = rd + aim.xz / it.x - folded
        wf[:] = w * f
        return self._to_globals(folded + q * wf)

    def direction(
        self, it: Iterate, step: Iterate, w: FloatArray, q: FloatArray, f: FloatArray, ru: FloatArray, aim: Aim
    ) -> tuple[float, float]:
        over = self._over(step.y)
        step.x[:] = w * (f + q * over + self._prices(step.lam, step.lam_g))
        step.z[:] = (aim.xz - it.z * step.x) / it.x
        step.s[:] = self.problem.bounded * (ru + over - step.x)
        step.v[:] = (aim.sv - it.v * step.s) / it.s
        primal = max(float((-step.x / it.x).max(initial=0.0)), float((-step.s / it.s).max(initial=0.0)))
        free = 1.0 - self.problem.bounded
        return primal, max(float((-step.z / it.z).max(initial=0.0)), float((-step.v / (it.v + free)).max(initial=0.0)))

    def complementarity(self, it: Iterate, step: Iterate, primal: float, dual: float) -> float:
        p = self.problem
        columns = p.active * (it.x + primal * step.x) * (it.z + dual * step.z)
        return float((columns + p.bounded * (it.s + primal * step.s) * (it.v + dual * step.v)).sum())

    def aim(
        self, mode: int, target: float, primal: float, dual: float, it: Iterate, step: Iterate, base: Aim, into: Aim
    ) -> None:
        p = self.problem
        if mode == 0:
            into.xz[:], into.sv[:] = -p.active * it.x * it.z, -p.bounded * it.s * it.v
        elif mode == 1:
            into.xz[:] = p.active * (target - it.x * it.z - step.x * step.z)
            into.sv[:] = p.bounded * (target - it.s * it.v - step.s * step.v)
        else:
            products = (it.x + primal * step.x) * (it.z + dual * step.z)
            into.xz[:] = base.xz + p.active * push(products, target)
            products = (it.s + primal * step.s) * (it.v + dual * step.v)
            into.sv[:] = base.sv + p.bounded * push(products, target)

    def advance(self, step: float, w: FloatArray, dw: FloatArray) -> None:
        w += step * dw


def _by_column(entries: Entries) -> list[tuple[int, IntArray]]:
    return [(int(c), np.flatnonzero(entries.column == c)) for c in np.unique(entries.column)]
