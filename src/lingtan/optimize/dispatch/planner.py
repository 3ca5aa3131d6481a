"""One step of the rolling plan: the persistent model, the last binaries as a start, and a way out when time is up."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lingtan.base.errors import SolveError
from lingtan.optimize.dispatch.build import build, reserve_value
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.persistent import Persistent
from lingtan.optimize.dispatch.record import STORES, Description
from lingtan.optimize.model import FloatArray, Model
from lingtan.optimize.solution import Solution

GAP = 1e-3
TIME_LIMIT_S = 1.0
RESERVE = 0.001  # CNY for each kilowatt-hour kept for an hour: far below any price spread
CARRIED_H = 49.0  # longer than any least run: not worth carrying
FIRST_LIMIT_S = 30.0  # without a last answer there is neither a start nor a commitment to fall back on


@dataclass(frozen=True)
class Step:
    """The answer of a step. ``prices`` come with whole numbers held, so that each kilowatt-hour has one."""

    inputs: Inputs
    model: Model
    solution: Solution  # series and, after :meth:`Planner.price`, prices
    way: str  # milp | linear | previous-commitment
    prepare_s: float  # of the processor, to put the numbers in place
    whole_s: float  # of the clock, for all of it

    @property
    def series(self) -> dict[str, FloatArray]:
        """Every column by step. [kW], contents in kWh"""
        return self.solution.series


class Planner:
    """Plans of one description, one after the other; keeps what the next can use.

    ``reserve``: of plans that cost the same, take the one that keeps more in the stores (see :func:`build`): it discharges late in
    dear hours and charges early in cheap ones, so that there is something left when the day turns out worse.
    """

    def __init__(
        self, description: Description, *, gap: float = GAP, time_limit_s: float = TIME_LIMIT_S, reserve: float = 0.0
    ) -> None:
        self.description, self.reserve = description, reserve
        self.gap, self.time_limit_s = gap, time_limit_s
        self._milp: Persistent | None = None
        self._linear: Persistent | None = None
        self._last: FloatArray | None = None
        self._last_start: Horizon | None = None

    def plan(self, inputs: Inputs, *, linear: bool = False, held: Mapping[str, FloatArray] | None = None) -> Step:
        """The cheapest set-points of a horizon.

        ``held``: columns decided already, such as by a plan on scenarios. ``linear``: on and off may be parts; the next whole-number plan is what a person hands over.

        Raises
        ------
        SolveError
            ``dispatch.infeasible`` if nothing meets all conditions (:mod:`conflict` says which), ``dispatch.unsolved``.
        """
        began, cpu = time.perf_counter(), time.process_time()
        model = build(self.description, inputs, reserve=self.reserve)
        for column in model.columns:
            if held and column.name in held:
                value = np.clip(held[column.name], column.lower, column.upper)
                column.lower = column.upper = np.round(value) if column.integer else value
        solver = self._solver(model, linear)
        whole = bool(len(solver.whole)) and not linear
        if whole and self._last is not None and len(self._last) == len(solver.cost):
            solver.start_from(self._last, self._shift(inputs.horizon))
        prepared = time.process_time() - cpu
        limit = self.time_limit_s if self._last is not None else max(self.time_limit_s, FIRST_LIMIT_S)
        found = solver.run(gap=self.gap, time_limit_s=limit if whole else None)
        way = "milp" if whole else "linear"
        if whole and not _good(found, self.gap):
            better = self._previous_commitment(model, inputs.horizon)
            if better is not None and (not found.found or better.cost < found.cost):
                found, way = better, "previous-commitment"
        if found.status == "infeasible":
            raise SolveError("dispatch.infeasible")
        if not found.found:
            raise SolveError("dispatch.unsolved", limit_s=self.time_limit_s)
        self._last, self._last_start = np.asarray(found.state), inputs.horizon
        found = self._in_money(model, found)
        return Step(inputs, model, found, way, prepared, time.perf_counter() - began)

    def price(self, step: Step) -> Step:
        """The same step with the price of every row: solved again with the whole numbers held."""
        if step.solution.prices:
            return step
        held = self._held(step.model)
        held.fix(np.asarray(step.solution.state))
        found = held.run()
        if not found.found:
            return step
        found = self._in_money(step.model, found)
        return Step(step.inputs, step.model, found, step.way, step.prepare_s, step.whole_s)

    def _in_money(self, model: Model, found: Solution) -> Solution:
        """The answer at what it costs, without what the reserve earned; its bound stays a bound."""
        if not self.reserve:
            return found
        return replace(found, cost=found.cost + reserve_value(self.description, model, found.series, self.reserve))

    def _solver(self, model: Model, linear: bool) -> Persistent:
        kept = self._linear if linear else self._milp
        if kept is None:
            kept = Persistent(model, relaxed=linear)
        else:
            kept.update(model)
        if linear:
            self._linear = kept
        else:
            self._milp = kept
        return kept

    def _held(self, model: Model) -> Persistent:
        return Persistent(model, relaxed=True)

    def _shift(self, horizon: Horizon) -> int:
        if self._last_start is None:
            return 0
        minutes = (horizon.start - self._last_start.start).total_seconds() / 60
        return max(0, round(minutes / horizon.step_minutes))

    def _previous_commitment(self, model: Model, horizon: Horizon) -> Solution | None:
        """A linear plan with the commitment of the last answer, shifted; without a last one all that must may run."""
        held = self._held(model)
        if not len(held.whole):
            return None
        n, shift = held.steps, self._shift(horizon)
        if self._last is not None and len(self._last) == len(held.cost):
            values = self._last.copy()
            step = held.whole % n
            values[held.whole] = self._last[held.whole + np.minimum(shift, n - 1 - step)]
            held.fix(values)
            found = held.run(time_limit_s=self.time_limit_s)
            if found.found and found.status == "solved":
                return found
        return _rounded(model, self.time_limit_s)


def _good(found: Solution, gap: float) -> bool:
    return found.status == "solved" or (found.found and found.gap <= 10 * gap) or found.status == "infeasible"


def _rounded(model: Model, time_limit_s: float) -> Solution | None:
    """The relaxed commitment, rounded up and held."""
    relaxed = Persistent(model, relaxed=True)
    found = relaxed.run(time_limit_s=time_limit_s)
    if not found.found:
        return found
    values = np.asarray(found.state).copy()
    values[relaxed.whole] = np.ceil(values[relaxed.whole] - 1e-6)
    relaxed.fix(values)
    again = relaxed.run(time_limit_s=time_limit_s)
    return again if again.found else None


def state_after(description: Description, step: Step, steps: int) -> State:
    """The state that a plan leaves after its first ``steps`` steps, the month's peak carried."""
    series, state = step.series, step.inputs.state
    at = steps - 1
    content = {u.id: float(series[f"{u.id}.content"][at]) for u in description.units if u.kind in STORES}
    content |= {f.id: float(series[f"{f.id}.content"][at]) for f in description.fleets}
    on = {u.id: bool(series[f"{u.id}.on"][at] > 0.5) for u in description.units if f"{u.id}.on" in series}
    months = step.inputs.horizon.months()
    after = step.inputs.horizon.at(steps)
    local = after.astimezone(step.inputs.horizon.local(0).tzinfo)
    month = local.year * 12 + local.month
    peaks = {}
    for grid in description.grids:
        bought = series[f"{grid.id}.import"][:steps]
        mine = bought[months[:steps] == month]
        carried = state.peak_kw.get(grid.id, 0.0) if months[0] == month else 0.0
        peaks[grid.id] = max(carried, float(mine.max(initial=0.0)))
    backlog = {
        n.id: float(series[f"{n.id}-shift.backlog"][at]) for n in description.needs if f"{n.id}-shift.backlog" in series
    }
    so = {n: _hours_so(step, n, steps) for n in on}
    return State(
        content, on, outputs(description, step, at), peaks, backlog, {n: h for n, h in so.items() if h < CARRIED_H}
    )


def _hours_so(step: Step, unit: str, steps: int) -> float:
    """How long a unit has been on or off after some steps, with what was before them. [h]"""
    state, hours = step.inputs.state, step.inputs.horizon.hours
    was = [bool(v) for v in step.series[f"{unit}.on"][:steps] > 0.5]
    same = next((n for n, v in enumerate(reversed(was)) if v != was[-1]), steps)
    if same < steps or bool(state.on.get(unit, False)) != was[-1]:
        return same * hours
    return same * hours + state.hours_so.get(unit, math.inf)


def outputs(description: Description, step: Step, at: int) -> dict[str, float]:
    """The rated side of every converter at a step. [kW]"""
    found = {}
    for unit in description.units:
        row = next((r for r in step.model.rows if r.name == f"{unit.id}.ramp"), None)
        if row is not None:
            column, rated = row.now[0]
            values = np.broadcast_to(np.asarray(rated, float), (len(step.model.timeline),))
            found[unit.id] = float(values[at] * step.series[step.model.columns[column].name][at])
        elif f"{unit.id}.forth" in step.series:
            found[unit.id] = float(step.series[f"{unit.id}.forth"][at])
            for n in range(1, unit.delay_steps + 1):  # what is further on its way
                found[f"{unit.id}.behind-{n}"] = float(step.series[f"{unit.id}.behind-{n}"][at])
    return found
