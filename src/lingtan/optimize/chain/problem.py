r"""The canonical form that the chain method solves, as arrays.

.. math::
    \min\; & \sum_t c_t^\top x_t + c_y^\top y \\
    & A_t x_t + B_t x_{t-1} + D_t y = b_t \quad (R \text{ rows a step}) \\
    & \sum_t G_t x_t + G_y y = b_g \quad (K \text{ global rows}) \\
    & 0 \le x_t \le u_t + \beta_t\, y_{g(t)}, \qquad 0 \le y \le u_y

Arrays of columns lie as [column, step], of rows as [row, step]; entries are lists with a value for each step.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lingtan.optimize.model import FloatArray, IntArray


@dataclass(frozen=True)
class Entries:
    """Coefficients with a value at each step: ``row[i]``, ``column[i]``, ``value[i, t]``; sorted by column, then row."""

    row: IntArray
    column: IntArray
    value: FloatArray

    @classmethod
    def collect(cls, found: dict[tuple[int, int], FloatArray], steps: int) -> "Entries":
        """Entries of ``{(row, column): values}``, sorted."""
        keys = sorted(found, key=lambda key: (key[1], key[0]))
        value = np.zeros((len(keys), steps))
        for i, key in enumerate(keys):
            value[i] = found[key]
        pairs = np.array(keys, np.int64).reshape(-1, 2)
        return cls(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]), value)

    def first(self, columns: int) -> IntArray:
        """Place of the first entry of each column, and the end."""
        return np.searchsorted(self.column, np.arange(columns + 1)).astype(np.int64)


@dataclass(frozen=True)
class Points:
    """Single coefficients, sorted by step."""

    row: IntArray
    column: IntArray
    step: IntArray
    value: FloatArray

    @classmethod
    def collect(cls, found: list[tuple[int, int, int, float]]) -> "Points":
        """Points of ``(row, column, step, value)``, sorted by step."""
        table = sorted(found, key=lambda point: point[2])
        whole = np.array([point[:3] for point in table], np.int64).reshape(-1, 3)
        row, column, step = (np.ascontiguousarray(whole[:, i]) for i in range(3))
        return cls(row, column, step, np.array([point[3] for point in table], float))


@dataclass(frozen=True)
class Problem:
    """The arrays, scaled; see the module's docstring."""

    starts: IntArray  # first step of each chain, and the end of the last
    now: Entries  # A
    back: Entries  # B; 0 at the first step of a chain
    sums: Entries  # G over all steps: row is the global row
    sum_points: Points  # G at single steps
    fixed: Entries  # D over all steps: column is the global column
    fixed_points: Points  # D at single steps
    b: FloatArray  # [R, T]
    cost: FloatArray  # [n, T], 0 where inactive
    bound: FloatArray  # u [n, T], 0 where unbounded
    share: FloatArray  # β [n, T]
    above: npt.NDArray[np.int32]  # g [n, T], -1 where none
    active: FloatArray  # [n, T] 1 where the value may differ from 0
    bounded: FloatArray  # [n, T] 1 where it has an upper bound
    box: FloatArray  # [n, T] constant part of the bound that the proof uses: u, or what the rows imply
    global_cost: FloatArray  # [J]
    global_bound: FloatArray  # u_y [J], finite
    global_rows: FloatArray  # G_y [K, J]
    global_b: FloatArray  # [K]

    @property
    def steps(self) -> int:
        """Number of steps, T."""
        return int(self.b.shape[1])

    @property
    def columns(self) -> int:
        """Columns a step, n."""
        return int(self.cost.shape[0])

    @property
    def rows(self) -> int:
        """Rows a step, R."""
        return int(self.b.shape[0])

    @property
    def runs(self) -> IntArray:
        """Stretches of a column under one global column: (column, from, to, global column), at most 1024 steps each."""
        change = np.zeros((self.columns, self.steps), bool)
        change[:, ::1024] = True
        change[:, 1:] |= np.diff(self.above, axis=1) != 0
        column, begin = np.nonzero(change)
        end = np.append(begin[1:], 0)
        end[np.append(column[1:] != column[:-1], True)] = self.steps
        return np.stack([column, begin, end, self.above[column, begin]], axis=1).astype(np.int64)

    def chain_border(self, chain: int) -> tuple[IntArray, IntArray]:
        """Border columns that reach into a chain, the first to begin first, and how many have begun at each step.

        A border column is numbered ``k`` for a global row and ``K + j`` for a global column. It begins at the first
        step where it has a coefficient; before, it is zero and costs nothing.
        """
        t0, t1 = int(self.starts[chain]), int(self.starts[chain + 1])
        begin: dict[int, int] = {}

        def meet(number: int, step: int) -> None:
            begin[number] = min(begin.get(number, t1), max(step, t0))

        k = len(self.global_b)
        for row, values in zip(self.sums.row, self.sums.value, strict=True):
            if values[t0:t1].any():
                meet(int(row), t0)
        for row, step in zip(self.sum_points.row, self.sum_points.step, strict=True):
            if t0 <= step < t1:
                meet(int(row), int(step))
        for column, values in zip(self.fixed.column, self.fixed.value, strict=True):
            if values[t0:t1].any():
                meet(k + int(column), t0 + int(np.flatnonzero(values[t0:t1])[0]))
        for column, step in zip(self.fixed_points.column, self.fixed_points.step, strict=True):
            if t0 <= step < t1:
                meet(k + int(column), int(step))
        part = self.above[:, t0:t1]
        for j in np.unique(part[part >= 0]):
            meet(k + int(j), t0 + int(np.argmax((part == j).any(axis=0))))
        order = sorted(begin, key=lambda number: (begin[number], number))
        steps = np.array([begin[number] for number in order], np.int64)
        begun = np.searchsorted(steps, np.arange(t0, t1), side="right").astype(np.int64)
        return np.array(order, np.int64), begun
