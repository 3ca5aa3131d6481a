"""A model that stays in HiGHS: the next step's numbers are put in place of the last ones, column by column.

The next model is described anew by the components, which is cheap; what is saved is the lowering to one matrix and the
solver's start. Records are compared with those of the last step, and only what differs is sent.
"""

from typing import Any

import numpy as np

from lingtan.optimize.highs import NOTHING, Loaded, arrays, read
from lingtan.optimize.model import FloatArray, IntArray, Model, RowRecord, Values
from lingtan.optimize.solution import Solution


class Persistent:
    """One HiGHS instance for one shape of model; ``relaxed``: whole numbers are bounds only."""

    def __init__(self, model: Model, *, relaxed: bool = False, **options: Any) -> None:
        self.relaxed = relaxed
        self.options = options
        self._load(model)

    def _load(self, model: Model) -> None:
        self.loaded = Loaded(model, **self.options)
        self.highs: Any = self.loaded.highs
        self.model = model
        self.steps = len(model.timeline)
        a = self.loaded.arrays
        self.whole: IntArray = np.flatnonzero(a.whole).astype(np.int64)
        self.lower, self.upper, self.cost = a.lower.copy(), a.upper.copy(), a.cost.copy()
        self.row_lower, self.row_upper = a.row_lower.copy(), a.row_upper.copy()
        self.changed_last = 0
        if self.relaxed and len(self.whole):
            kinds = self.loaded._highspy.HighsVarType
            where = self.whole.astype(np.int32)
            self.highs.changeColsIntegrality(
                len(where), where, np.array([int(kinds.kContinuous)] * len(where), np.uint8)
            )
            a.whole[:] = 0
        within = sum(int((c.within >= 0).sum()) for c in model.columns if c.within is not None)
        self.row_at = within + self.steps * np.arange(len(model.rows) + 1)
        self.starts = model.timeline.starts

    # ---------------------------------------------------------------- update

    def update(self, model: Model) -> None:
        """Take the numbers of a model of the same shape; another shape is loaded anew."""
        if not same_shape(self.model, model):
            self._load(model)
            return
        columns = self._columns(model)
        rows = self._rows(model)
        coefficients = self._coefficients(model)
        if model.constant_cost != self.model.constant_cost:
            self.highs.changeObjectiveOffset(model.constant_cost)
        self.changed_last = columns + rows + coefficients
        self.model = model

    def _columns(self, model: Model) -> int:
        n = self.steps
        cost, lower, upper = self.cost.copy(), self.lower.copy(), self.upper.copy()
        for i, (new, old) in enumerate(zip(model.columns, self.model.columns, strict=True)):
            at = slice(i * n, (i + 1) * n)
            if new.cost is not old.cost:
                cost[at] = new.cost
            if new.lower is not old.lower:
                lower[at] = new.lower
            if new.upper is not old.upper:
                upper[at] = new.upper
        unit, first = self.loaded.arrays.unit, len(model.columns) * n
        for i, g in enumerate(model.globals):
            cost[first + i], lower[first + i], upper[first + i] = g.cost * unit[i], g.lower / unit[i], g.upper / unit[i]
        where = np.flatnonzero(cost != self.cost).astype(np.int32)
        if len(where):
            self.highs.changeColsCost(len(where), where, cost[where])
        moved = np.flatnonzero((lower != self.lower) | (upper != self.upper)).astype(np.int32)
        if len(moved):
            self.highs.changeColsBounds(len(moved), moved, lower[moved], upper[moved])
        self.cost, self.lower, self.upper = cost, lower, upper
        return len(where) + len(moved)

    def _rows(self, model: Model) -> int:
        lower, upper = self.row_lower.copy(), self.row_upper.copy()
        n = self.steps
        for i, new in enumerate(model.rows):
            at = slice(int(self.row_at[i]), int(self.row_at[i]) + n)
            lower[at], upper[at] = new.lower, new.upper
            known = self._known(model, new)
            if known is not None:
                first = self.row_at[i] + self.starts
                lower[first] -= known
                upper[first] -= known
        for i, total in enumerate(model.totals):
            place = int(self.row_at[-1]) + i
            lower[place], upper[place] = total.lower, total.upper
        where = np.flatnonzero((lower != self.row_lower) | (upper != self.row_upper)).astype(np.int32)
        if len(where):
            self.highs.changeRowsBounds(len(where), where, lower[where], upper[where])
        self.row_lower, self.row_upper = lower, upper
        return len(where)

    def _known(self, model: Model, row: RowRecord) -> FloatArray | None:
        """What the values before the first step bring to a row."""
        found = None
        for column, value in row.before:
            before = model.columns[column].before
            if isinstance(before, str):
                continue
            part = _at(value, self.starts, self.steps) * np.broadcast_to(np.asarray(before, float), self.starts.shape)
            found = part if found is None else found + part
        return found

    def _coefficients(self, model: Model) -> int:
        count, n = 0, self.steps
        for i, (new, old) in enumerate(zip(model.rows, self.model.rows, strict=True)):
            for side, back in (("now", 0), ("before", 1)):
                terms, earlier = getattr(new, side), getattr(old, side)
                for (column, value), (_, was) in zip(terms, earlier, strict=True):
                    if not _differs(value, was):
                        continue
                    count += self._column_of_row(model, i, column, back, n)
        first = len(model.columns) * n
        for i, (total, before_total) in enumerate(zip(model.totals, self.model.totals, strict=True)):
            row = int(self.row_at[-1]) + i
            for (column, value), (_, was) in zip(total.terms, before_total.terms, strict=True):
                if _differs(value, was):
                    values = np.broadcast_to(np.asarray(value, float), (n,))
                    for step in np.flatnonzero(np.broadcast_to(np.asarray(was, float), (n,)) != values):
                        self.highs.changeCoeff(row, column * n + int(step), float(values[step]))
                        count += 1
            unit = self.loaded.arrays.unit
            for (which, amount), (_, amount_was) in zip(total.fixed, before_total.fixed, strict=True):
                if amount != amount_was:
                    self.highs.changeCoeff(row, first + which, float(amount * unit[which]))
                    count += 1
        return count

    def _column_of_row(self, model: Model, i: int, column: int, back: int, n: int) -> int:
        """Send all coefficients of one column in one row record, summed where it stands there twice."""
        side = model.rows[i].before if back else model.rows[i].now
        values = sum((np.broadcast_to(np.asarray(v, float), (n,)) for c, v in side if c == column), np.zeros(n))
        steps = np.arange(n)
        places = column * n + steps - back
        first = int(self.row_at[i])
        starts = set(self.starts.tolist()) if back else set()
        for step, place, value in zip(steps.tolist(), places.tolist(), values.tolist(), strict=True):
            if step not in starts:
                self.highs.changeCoeff(first + step, place, value if abs(value) > NOTHING else 0.0)
        return n

    # ----------------------------------------------------------------- solve

    def start_from(self, values: FloatArray, shift: int) -> None:
        """Begin at the last answer's whole numbers, ``shift`` steps on; the last step stands for the new ones."""
        if not len(self.whole):
            return
        step = self.whole % self.steps
        moved = self.whole + np.minimum(shift, self.steps - 1 - step)
        where = self.whole.astype(np.int32)
        self.highs.setSolution(len(where), where, np.round(values[moved]))

    def fix(self, values: FloatArray) -> None:
        """Hold the whole numbers at these values (of a relaxed instance)."""
        if len(self.whole):
            where, held = self.whole.astype(np.int32), np.round(values[self.whole])
            self.highs.changeColsBounds(len(where), where, held, held)
            self.lower[self.whole] = self.upper[self.whole] = held

    def run(self, *, gap: float = 1e-3, time_limit_s: float | None = None) -> Solution:
        """Solve as it stands."""
        h = self.highs
        h.setOptionValue("mip_rel_gap", gap)
        limit = np.inf if time_limit_s is None else h.getRunTime() + time_limit_s
        h.setOptionValue("time_limit", limit)
        h.run()
        return read(self.model, self.loaded.arrays, h)


def same_shape(one: Model, other: Model) -> bool:
    """Whether two models differ in numbers only."""
    if len(one.timeline) != len(other.timeline) or len(one.globals) != len(other.globals):
        return False
    if len(one.columns) != len(other.columns) or len(one.rows) != len(other.rows):
        return False
    if [c.name for c in one.columns] != [c.name for c in other.columns]:
        return False
    if [r.name for r in one.rows] != [r.name for r in other.rows] or len(one.totals) != len(other.totals):
        return False
    if not np.array_equal(one.timeline.period, other.timeline.period):
        return False
    for a, b in zip(one.columns, other.columns, strict=True):
        if (a.within is None) != (b.within is None) or a.integer != b.integer:
            return False
    for r, s in zip(one.rows, other.rows, strict=True):
        if [c for c, _ in r.now] != [c for c, _ in s.now] or [c for c, _ in r.before] != [c for c, _ in s.before]:
            return False
    return True


def _differs(value: Values, was: Values) -> bool:
    if value is was:
        return False
    if np.ndim(value) == 0 and np.ndim(was) == 0:
        return bool(value != was)
    return not np.array_equal(value, was)


def _at(value: Values, where: IntArray, steps: int) -> FloatArray:
    return np.broadcast_to(np.asarray(value, float), (steps,))[where]


__all__ = ["Persistent", "arrays", "same_shape"]
