"""HiGHS behind the same port: whole numbers, vertices, cross-checks, and a model that stays loaded between solves."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lingtan.optimize.model import FloatArray, IntArray, Model, Values
from lingtan.optimize.solution import Conflict, Solution

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

NOTHING = 1e-12  # a smaller coefficient is rounding, and HiGHS would leave it out with a warning


@dataclass(frozen=True)
class Arrays:
    """A linear program in the usual form; columns: every step of each column, then the global columns."""

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    whole: IntArray  # 1 where only whole numbers count
    matrix: "csc_matrix"
    row_lower: FloatArray
    row_upper: FloatArray
    constant: float
    unit: FloatArray  # of each global column: the answer times this is the size


def arrays(model: Model) -> Arrays:
    """The model without any reformulation, so that it checks the chain's."""
    return _Lowering(model).made()


class _Lowering:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps = len(model.timeline)
        self.first_global = len(model.columns) * self.steps
        self.rows = 0
        self.row_lower: list[FloatArray] = []
        self.row_upper: list[FloatArray] = []
        self.entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.unit = np.array([record.unit or 1.0 for record in model.globals], float)

    def made(self) -> Arrays:
        model, steps = self.model, self.steps
        for i in range(len(model.columns)):
            self._within(i)
        for row in model.rows:
            index = self._new(self._spread(row.lower), self._spread(row.upper))
            for column, value in row.now:
                self._put(index, column * steps + np.arange(steps), value)
            for column, value in row.before:
                self._look_back(index, column, value)
            for which, value in row.fixed:
                self._global(index, which, value)
        for total in model.totals:
            index = self._new(np.array([total.lower]), np.array([total.upper]))
            for column, value in total.terms:
                self._put(np.repeat(index, steps), column * steps + np.arange(steps), value)
            for which, value in total.fixed:
                self._put(index, np.array([self.first_global + which]), value * self.unit[which])
        columns = [(self._spread(c.cost), self._spread(c.lower), self._spread(c.upper)) for c in model.columns]
        cost, lower, upper = (np.concatenate([*(part[k] for part in columns), np.zeros(0)]) for k in range(3))
        unit = self.unit
        records = model.globals
        width = self.first_global + len(records)
        place, where, value = (np.concatenate([*(e[k] for e in self.entries), np.zeros(0)]) for k in range(3))
        from scipy.sparse import coo_matrix, csc_matrix

        matrix = csc_matrix(
            coo_matrix((value, (place.astype(np.int64), where.astype(np.int64))), shape=(self.rows, width))
        )
        matrix.sum_duplicates()
        whole = np.concatenate(
            [
                *(np.full(steps, int(c.integer)) for c in model.columns),
                np.array([int(g.unit is not None) for g in records], np.int64),
            ]
        ).astype(np.int64)
        return Arrays(
            np.concatenate([cost, [g.cost for g in records] * unit]),
            np.concatenate([lower, [g.lower for g in records] / unit]),
            np.concatenate([upper, [g.upper for g in records] / unit]),
            whole,
            matrix,
            np.concatenate([*self.row_lower, np.zeros(0)]),
            np.concatenate([*self.row_upper, np.zeros(0)]),
            model.constant_cost,
            unit,
        )

    def _spread(self, values: Values) -> FloatArray:
        return np.broadcast_to(np.asarray(values, float), (self.steps,))

    def _new(self, lower: FloatArray, upper: FloatArray) -> IntArray:
        self.row_lower.append(np.array(lower))
        self.row_upper.append(np.array(upper))
        self.rows += len(lower)
        return np.arange(self.rows - len(lower), self.rows)

    def _put(self, row: IntArray, column: IntArray, value: Values) -> None:
        values = np.broadcast_to(np.asarray(value, float), column.shape)
        used = np.abs(values) > NOTHING
        self.entries.append((row[used], column[used], values[used]))

    def _within(self, i: int) -> None:
        """``x ≤ share · size`` as a row."""
        record = self.model.columns[i]
        if record.within is None:
            return
        steps = np.flatnonzero(record.within >= 0)
        index = self._new(np.full(len(steps), -np.inf), np.zeros(len(steps)))
        self._put(index, i * self.steps + steps, 1.0)
        which = record.within[steps]
        self._put(index, self.first_global + which, -self._spread(record.share)[steps] * self.unit[which])

    def _look_back(self, index: IntArray, column: int, value: Values) -> None:
        timeline, record = self.model.timeline, self.model.columns[column]
        values = self._spread(value)
        before = np.arange(self.steps) - 1
        starts = timeline.starts
        if isinstance(record.before, str):
            before[starts] = timeline.ends
            self._put(index, column * self.steps + before, values)
            return
        known = np.broadcast_to(np.asarray(record.before, float), starts.shape)
        inner = np.ones(self.steps, bool)
        inner[starts] = False
        self._put(index[inner], column * self.steps + before[inner], values[inner])
        first = index[0]
        block = next(k for k, part in enumerate(self._offsets()) if part == first)
        for side in (self.row_lower, self.row_upper):
            side[block][starts] -= values[starts] * known

    def _offsets(self) -> list[int]:
        return list(np.cumsum([0, *(len(part) for part in self.row_lower)])[:-1])

    def _global(self, index: IntArray, which: int | IntArray, value: Values) -> None:
        number = np.broadcast_to(np.asarray(which, np.int64), (self.steps,))
        has = number >= 0
        values = self._spread(value)[has] * self.unit[number[has]]
        self._put(index[has], self.first_global + number[has], values)


class Loaded:
    """A model that stays in HiGHS: solve, change numbers, solve again from where it stands."""

    def __init__(self, model: Model, **options: Any) -> None:
        import highspy

        self._highspy: Any = highspy
        self.highs: Any = self._highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        for name, value in options.items():
            self.highs.setOptionValue(name, value)
        self.model = model
        self.arrays = arrays(model)
        self._pass(self.arrays)

    def _pass(self, a: Arrays) -> None:
        lp = self._highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(a.cost), len(a.row_lower)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = a.cost, a.lower, a.upper
        lp.row_lower_, lp.row_upper_ = a.row_lower, a.row_upper
        lp.offset_ = a.constant
        lp.a_matrix_.format_ = self._highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.matrix.indptr, a.matrix.indices, a.matrix.data
        if a.whole.any():
            kinds = self._highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in a.whole]
        self.highs.passModel(lp)

    def update(self, model: Model) -> None:
        """Take the numbers of a model of the same shape; only what differs is changed."""
        new, old, h = arrays(model), self.arrays, self.highs
        same = np.array_equal(new.matrix.indptr, old.matrix.indptr) and np.array_equal(
            new.matrix.indices, old.matrix.indices
        )
        self.model, self.arrays = model, new
        if not same or not np.array_equal(new.whole, old.whole) or len(new.row_lower) != len(old.row_lower):
            self._pass(new)
            return
        where = np.flatnonzero(new.cost != old.cost).astype(np.int32)
        if len(where):
            h.changeColsCost(len(where), where, new.cost[where])
        where = np.flatnonzero((new.lower != old.lower) | (new.upper != old.upper)).astype(np.int32)
        if len(where):
            h.changeColsBounds(len(where), where, new.lower[where], new.upper[where])
        where = np.flatnonzero((new.row_lower != old.row_lower) | (new.row_upper != old.row_upper)).astype(np.int32)
        if len(where):
            h.changeRowsBounds(len(where), where, new.row_lower[where], new.row_upper[where])
        changed = np.flatnonzero(new.matrix.data != old.matrix.data)
        columns = np.searchsorted(new.matrix.indptr, changed, side="right") - 1
        for place, column in zip(changed, columns, strict=True):
            h.changeCoeff(int(new.matrix.indices[place]), int(column), float(new.matrix.data[place]))
        if new.constant != old.constant:
            h.changeObjectiveOffset(new.constant)

    def start_from(self, values: FloatArray) -> None:
        """Give HiGHS a point to begin with, such as the last answer shifted."""
        point = self._highspy.HighsSolution()
        point.col_value = list(values)
        self.highs.setSolution(point)

    def run(self, *, gap: float = 1e-3, time_limit_s: float | None = None) -> Solution:
        """Solve as it stands."""
        h = self.highs
        h.setOptionValue("mip_rel_gap", gap)
        if time_limit_s is not None:
            h.setOptionValue("time_limit", h.getRunTime() + time_limit_s)
        h.run()
        return read(self.model, self.arrays, h)


def read(model: Model, a: Arrays, h: Any) -> Solution:
    """What HiGHS found, in the model's names."""
    status = h.modelStatusToString(h.getModelStatus())
    info = h.getInfo()
    if status in ("Infeasible", "Primal infeasible or unbounded"):
        return Solution("infeasible", "highs", lower_bound=np.inf, conflict=_ray(model, a, h))
    if status == "Unbounded":
        return Solution("unbounded", "highs")
    whole = bool(a.whole.any())
    found = info.primal_solution_status == 2
    if not found:
        return Solution("unsolved", "highs")
    cost = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if whole else (cost if status == "Optimal" else -np.inf)
    answer = h.getSolution()
    x = np.array(answer.col_value)
    steps, n = len(model.timeline), len(model.columns)
    made = Solution(
        "solved" if status == "Optimal" else "stopped",
        "highs",
        cost=cost,
        lower_bound=bound,
        gap=max(0.0, cost - bound) / max(abs(cost), 1e-9),
        iterations=int(info.simplex_iteration_count + info.ipm_iteration_count),
        sizes={g.name: float(v) for g, v in zip(model.globals, x[n * steps :] * a.unit, strict=True)},
        series={c.name: x[i * steps : (i + 1) * steps] for i, c in enumerate(model.columns)},
        state=x,
    )
    if whole:
        return made
    dual, reduced = np.array(answer.row_dual), np.array(answer.col_dual)
    within = sum(int((c.within >= 0).sum()) for c in model.columns if c.within is not None)
    hours = model.timeline.counted_hours
    blocks = dual[within : within + len(model.rows) * steps].reshape(len(model.rows), steps)
    totals = dual[within + len(model.rows) * steps :]
    return replace(
        made,
        prices={r.name: blocks[i] / hours for i, r in enumerate(model.rows)},
        totals={r.name: float(totals[i]) for i, r in enumerate(model.totals)},
        size_prices={g.name: float(v) for g, v in zip(model.globals, reduced[n * steps :] / a.unit, strict=True)},
    )


def _ray(model: Model, a: Arrays, h: Any) -> Conflict | None:
    """Owners in HiGHS's dual ray, where it has one."""
    try:
        _, has, values = h.getDualRay()
    except (AttributeError, TypeError, ValueError):
        return None
    if not has or values is None:
        return None
    ray = np.abs(np.array(values))
    steps = len(model.timeline)
    within = [(i, int((c.within >= 0).sum())) for i, c in enumerate(model.columns) if c.within is not None]
    owners: dict[str, float] = {}
    rows: dict[str, float] = {}
    at = 0
    for i, many in within:
        owner = model.columns[i].owner
        owners[owner] = owners.get(owner, 0.0) + float(ray[at : at + many].sum())
        at += many
    by_step = np.zeros(steps)
    for row in model.rows:
        rows[row.name] = float(ray[at : at + steps].sum())
        by_step += ray[at : at + steps]
        owners[row.owner] = owners.get(row.owner, 0.0) + rows[row.name]
        at += steps
    for total in model.totals:
        rows[total.name] = float(ray[at])
        owners[total.owner] = owners.get(total.owner, 0.0) + rows[total.name]
        at += 1
    whole = max(sum(owners.values()), 1e-300)
    whole_rows = max(sum(rows.values()), 1e-300)
    return Conflict(
        {k: v / whole for k, v in owners.items() if v > 0},
        {k: v / whole_rows for k, v in rows.items() if v > 0},
        by_step / max(float(by_step.sum()), 1e-300),
    )
