"""From a model to the canonical arrays: shifts, slack columns, circles, implied bounds, scales."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.chain.implied import ASSUMED, implied_bounds
from lingtan.optimize.chain.problem import Entries, Points, Problem
from lingtan.optimize.chain.scale import Scale, find_scale
from lingtan.optimize.model import CYCLIC, FloatArray, IntArray, Model, Values

NOTHING = 1e-9  # a value that can never exceed this share of the largest need is taken as 0


@dataclass(frozen=True)
class Lowered:
    """A problem and the way back: what each array of the answer means."""

    model: Model
    problem: Problem
    scale: Scale
    lower: FloatArray  # shift of each model column [N, T]
    global_place: IntArray  # of each model global in the problem, or -1 (its value is given)
    global_lower: FloatArray
    total_place: IntArray  # global row of each total, or -1 where the boxes alone keep it
    constant: float  # cost of the shifts and the model's own constant [CNY]
    assumed: tuple[str, ...]  # columns whose bound is neither stated nor implied


class _Builder:
    """Collects the arrays in the model's units; ``lower`` scales them once at the end."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps = len(model.timeline)
        self.now: dict[tuple[int, int], FloatArray] = {}
        self.back: dict[tuple[int, int], FloatArray] = {}
        self.sums: dict[tuple[int, int], FloatArray] = {}
        self.sum_points: list[tuple[int, int, int, float]] = []
        self.fixed: dict[tuple[int, int], FloatArray] = {}
        self.fixed_points: list[tuple[int, int, int, float]] = []
        self.b: list[FloatArray] = []
        self.cost: list[FloatArray] = []
        self.most: list[FloatArray] = []  # constant bound, inf where none
        self.share: list[FloatArray] = []
        self.above: list[IntArray] = []
        self.global_cost: list[float] = []
        self.global_bound: list[float] = []
        self.global_terms: list[tuple[int, int, float]] = []
        self.global_b: list[float] = []
        self.constant = model.constant_cost
        self.circles: dict[tuple[int, int], int] = {}
        self.total_place: list[int] = []
        self.stated = np.zeros((0, self.steps), bool)
        self.box = np.zeros((0, self.steps))
        self.assumed: tuple[str, ...] = ()
        self._globals()
        self._columns()

    def spread(self, values: Values) -> FloatArray:
        """A value for each step."""
        return np.broadcast_to(np.asarray(values, float), (self.steps,))

    def _globals(self) -> None:
        records = self.model.globals
        self.global_lower = np.array([record.lower for record in records], float)
        place = np.full(len(records), -1, np.int64)
        for i, record in enumerate(records):
            self.constant += record.cost * record.lower
            if record.upper > record.lower:
                place[i] = self.add_global(record.cost, record.upper - record.lower)
        self.global_place = place

    def add_global(self, cost: float, bound: float) -> int:
        self.global_cost.append(cost)
        self.global_bound.append(bound)
        return len(self.global_cost) - 1

    def add_column(self, cost: FloatArray, most: FloatArray, share: FloatArray, above: IntArray) -> int:
        self.cost.append(cost)
        self.most.append(most)
        self.share.append(share)
        self.above.append(above)
        return len(self.cost) - 1

    def slack(self, most: FloatArray) -> int:
        """A column that fills an inequality."""
        zero = np.zeros(self.steps)
        return self.add_column(zero, most, zero, np.full(self.steps, -1, np.int64))

    def _columns(self) -> None:
        records = self.model.columns
        self.lower = np.array([self.spread(record.lower) for record in records]).reshape(len(records), self.steps)
        self.doubly: list[tuple[int, FloatArray]] = []
        none = np.full(self.steps, -1, np.int64)
        for i, record in enumerate(records):
            cost, low = self.spread(record.cost), self.lower[i]
            self.constant += float(cost @ low)
            upper = self.spread(record.upper) - low
            if record.within is None:
                self.add_column(cost, upper, np.zeros(self.steps), none)
                continue
            share = self.spread(record.share)
            has = record.within >= 0
            index = np.where(has, record.within, 0)
            below = np.where(has, share * self.global_lower[index], np.inf) - low
            place = np.where(has, self.global_place[index], -1)
            moves = (place >= 0) & (share > 0)
            reach = below + np.where(moves, share * np.array([*self.global_bound, 0.0])[place], 0.0)
            # a constant bound below what the size can give needs a row of its own; else the size says all
            both = moves & (upper < reach * (1.0 - 1e-12))
            most = np.where(moves, below, np.minimum(upper, below))
            self.add_column(cost, most, np.where(moves, share, 0.0), np.where(moves, place, -1))
            if both.any():
                self.doubly.append((i, np.where(both, upper, reach)))

    # ---------------------------------------------------------------- rows

    def new_row(self, b: FloatArray) -> int:
        self.b.append(b)
        return len(self.b) - 1

    def put(self, table: dict[tuple[int, int], FloatArray], key: tuple[int, int], values: FloatArray) -> None:
        table[key] = table[key] + values if key in table else values

    def bound_rows(self) -> None:
        """Columns with a constant bound beside their size: ``x + slack = upper``."""
        for column, upper in self.doubly:
            row = self.new_row(upper)
            self.put(self.now, (row, column), np.ones(self.steps))
            self.put(self.now, (row, self.slack(upper)), np.ones(self.steps))

    def rows(self) -> None:
        """Rows of each step; an inequality gets a slack column."""
        for record in self.model.rows:
            low, high = self.spread(record.lower), self.spread(record.upper)
            equal = bool(np.array_equal(low, high))
            below = np.isfinite(low).all() and not np.isfinite(high).all()
            base = low if below else high
            if not equal and not np.isfinite(base).all():
                raise ValueError(f"{record.name}: a row needs the same side bounded at every step")
            b = base.copy()
            row = self.new_row(b)
            for column, value in record.now:
                values = self.spread(value)
                self.put(self.now, (row, column), values)
                b -= values * self.lower[column]
            for column, value in record.before:
                self._look_back(row, column, self.spread(value), b)
            for index, value in record.fixed:
                self._fixed(row, np.broadcast_to(np.asarray(index, np.int64), (self.steps,)), self.spread(value), b)
            if not equal:
                most = high - low if np.isfinite(low).all() and np.isfinite(high).all() else np.full(self.steps, np.inf)
                self.put(self.now, (row, self.slack(most)), np.full(self.steps, -1.0 if below else 1.0))

    def _look_back(self, row: int, column: int, values: FloatArray, b: FloatArray) -> None:
        timeline, record = self.model.timeline, self.model.columns[column]
        inner = values.copy()
        inner[timeline.starts] = 0.0
        self.put(self.back, (row, column), inner)
        b[1:] -= inner[1:] * self.lower[column, :-1]
        starts, ends = timeline.starts, timeline.ends
        before = None if isinstance(record.before, str) else np.broadcast_to(np.asarray(record.before), starts.shape)
        for chain, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if values[start] == 0.0:
                continue
            if before is not None:
                b[start] -= values[start] * float(before[chain])
            elif start == end:  # a chain of one step follows itself
                single = np.zeros(self.steps)
                single[start] = values[start]
                self.put(self.now, (row, column), single)
                b[start] -= values[start] * self.lower[column, start]
            else:
                assert record.before == CYCLIC
                most = self._most_at(column, int(end))
                if most > 0.0:  # what is always zero carries nothing
                    carried = self._circle(column, chain, int(end), most)
                    self.fixed_points.append((row, carried, int(start), float(values[start])))
                b[start] -= values[start] * self.lower[column, end]

    def _most_at(self, column: int, step: int) -> float:
        """The largest value of a column at a step, above its lower bound."""
        above = self.above[column][step]
        more = self.share[column][step] * self.global_bound[above] if above >= 0 else 0.0
        return float(self.most[column][step] + more)

    def _circle(self, column: int, chain: int, end: int, most: float) -> int:
        """The global column that carries a chain's last value to its first step."""
        if (column, chain) not in self.circles:
            carried = self.add_global(0.0, most)
            row = len(self.global_b)
            self.global_b.append(0.0)
            self.sum_points.append((row, column, end, 1.0))
            self.global_terms.append((row, carried, -1.0))
            self.circles[column, chain] = carried
        return self.circles[column, chain]

    def _fixed(self, row: int, index: IntArray, values: FloatArray, b: FloatArray) -> None:
        has = index >= 0
        b -= np.where(has, values * self.global_lower[np.where(has, index, 0)], 0.0)
        for i in np.unique(index[has]):
            if self.global_place[i] >= 0:
                self.put(self.fixed, (row, int(self.global_place[i])), np.where(index == i, values, 0.0))

    def totals(self) -> None:
        """Rows of the whole model; an inequality gets a global slack column with the bound that the box implies."""
        most = np.array(self.most)
        share, above = np.array(self.share), np.array(self.above)
        bounds = np.array([*self.global_bound, 0.0])
        with np.errstate(invalid="ignore"):
            top = most + share * bounds[above]
        for record in self.model.totals:
            row = len(self.global_b)
            shift, reach = 0.0, [0.0, 0.0]
            sums: list[tuple[int, FloatArray]] = []
            terms: list[tuple[int, float]] = []
            for column, value in record.terms:
                values = self.spread(value)
                shift += float(values @ self.lower[column])
                sums.append((column, values))
                with np.errstate(invalid="ignore"):
                    each = np.where(values == 0.0, 0.0, values * top[column])
                reach[0] += float(np.minimum(each, 0.0).sum())
                reach[1] += float(np.maximum(each, 0.0).sum())
            for index, factor in record.fixed:
                shift += factor * float(self.global_lower[index])
                place = int(self.global_place[index])
                if place >= 0:
                    terms.append((place, factor))
                    reach[int(factor > 0)] += factor * self.global_bound[place]
            low, high = record.lower - shift, record.upper - shift
            if low <= reach[0] and reach[1] <= high:
                self.total_place.append(-1)
                continue
            self.total_place.append(row)
            for column, values in sums:
                self.put(self.sums, (row, column), values)
            self.global_terms += [(row, place, factor) for place, factor in terms]
            self.global_b.append(high if np.isfinite(high) else low)
            if low == high:
                continue
            if np.isfinite(high):  # Σ + slack = high
                room = high - (max(low, reach[0]) if np.isfinite(low) else reach[0])
                self.global_terms.append((row, self.add_global(0.0, _room(room, high, *reach)), 1.0))
            else:  # Σ - slack = low
                self.global_terms.append((row, self.add_global(0.0, _room(reach[1] - low, low, *reach)), -1.0))


def _room(implied: float, *sizes: float) -> float:
    """Bound of a total's slack: what the box implies, but never so small that the interior vanishes."""
    return max(implied, 1e-3 * max((abs(size) for size in sizes), default=0.0), 1e-9)


def lower(model: Model) -> Lowered:
    """The canonical, scaled arrays of a model."""
    built = _Builder(model)
    built.bound_rows()
    built.rows()
    _bound_open_columns(built)
    built.totals()
    return _arrays(built)


def _bound_open_columns(built: _Builder) -> None:
    """Find the box of the columns that state no bound."""
    steps = built.steps
    most = np.array(built.most).reshape(-1, steps)
    share, above = np.array(built.share).reshape(-1, steps), np.array(built.above).reshape(-1, steps)
    bounds = np.array([*built.global_bound, 0.0])
    built.stated = np.isfinite(most)
    if built.stated.all():
        built.box, built.assumed = most, ()
        return
    top = most + share * bounds[above]
    fixed = np.zeros((2, len(built.b), steps))
    for (row, j), values in built.fixed.items():
        fixed[0, row] += np.minimum(values, 0.0) * bounds[j]
        fixed[1, row] += np.maximum(values, 0.0) * bounds[j]
    for row, j, step, value in built.fixed_points:
        fixed[int(value > 0), row, step] += value * bounds[j] if np.isfinite(bounds[j]) else np.sign(value) * np.inf
    b = np.array(built.b).reshape(-1, steps)
    now, back = Entries.collect(built.now, steps), Entries.collect(built.back, steps)
    found = implied_bounds(top, now, back, fixed, b)
    still = np.isinf(found)
    names = [record.name for record in built.model.columns]
    built.assumed = tuple(names[c] for c in np.flatnonzero(still.any(axis=1)) if c < len(names))
    if still.any():
        found[still] = ASSUMED * max(1.0, float(np.abs(b).max(initial=0.0)))
    built.box = np.where(built.stated, most, found)
    # circles of unbounded columns and totals over them see the box now
    built.most = list(np.where(built.stated, most, found))
    for (column, chain), carried in built.circles.items():
        if not np.isfinite(built.global_bound[carried]):
            built.global_bound[carried] = float(found[column, built.model.timeline.ends[chain]])


def _arrays(built: _Builder) -> Lowered:
    steps, model = built.steps, built.model
    n = len(built.cost)
    cost = np.array(built.cost).reshape(n, steps)
    stated = built.stated
    box = built.box
    share, above = np.array(built.share).reshape(n, steps), np.array(built.above, np.int64).reshape(n, steps)
    bounds = np.array([*built.global_bound, 0.0])
    b = np.array(built.b).reshape(-1, steps)
    reach = np.where(stated, box, np.inf) + share * bounds[above]
    largest = max(float(np.abs(b).max(initial=0.0)), 1e-300)
    active = ~(stated & (reach <= NOTHING * largest))
    negative = stated & ~active & (box < -NOTHING * largest) & (reach < -NOTHING * largest)
    active |= negative  # cannot be met: the proof of infeasibility will say so
    for table in (built.now, built.sums):
        for (row, column), values in table.items():
            table[row, column] = np.where(active[column], values, 0.0)
    for (row, column), values in built.back.items():
        kept = values.copy()
        kept[1:][~active[column, :-1]] = 0.0
        built.back[row, column] = kept
    cost = np.where(active, cost, 0.0)
    bounded = stated & active
    k, j = len(built.global_b), len(built.global_cost)
    global_rows = np.zeros((k, j))
    for row, column, value in built.global_terms:
        global_rows[row, column] += value
    points = [p for p in built.sum_points if active[p[1], p[2]]]
    raw = Problem(
        starts=np.append(model.timeline.starts, steps).astype(np.int64),
        now=_pruned(built.now, steps),
        back=_pruned(built.back, steps),
        sums=_pruned(built.sums, steps),
        sum_points=Points.collect(points),
        fixed=_pruned(built.fixed, steps),
        fixed_points=Points.collect(built.fixed_points),
        b=b,
        cost=cost,
        bound=np.where(bounded, box, 0.0),
        share=np.where(bounded, share, 0.0),
        above=np.where(bounded & (share > 0), above, -1).astype(np.int32),
        active=active.astype(float),
        bounded=bounded.astype(float),
        box=np.where(active, box, 0.0),
        global_cost=np.array(built.global_cost, float),
        global_bound=np.array(built.global_bound, float),
        global_rows=global_rows,
        global_b=np.array(built.global_b, float),
    )
    scale = find_scale(raw)
    return Lowered(
        model=model,
        problem=scale.apply(raw),
        scale=scale,
        lower=built.lower,
        global_place=built.global_place,
        global_lower=built.global_lower,
        total_place=np.array(built.total_place, np.int64),
        constant=built.constant,
        assumed=built.assumed,
    )


def _pruned(table: dict[tuple[int, int], FloatArray], steps: int) -> Entries:
    return Entries.collect({key: values for key, values in table.items() if np.any(values)}, steps)
