"""What becomes of a plan when the day comes: an hour at a time, so that nothing later is known.

Stores and fleets keep to the plan, commitment and moved production follow it, and grid, boilers and curtailment take what
comes. Stores leave the plan only where that holds the import below the highest peak that was planned or already paid for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lingtan.base.errors import SolveError
from lingtan.optimize.dispatch.build import EMISSIONS, build, deadlines
from lingtan.optimize.dispatch.inputs import Inputs, State
from lingtan.optimize.dispatch.persistent import Persistent
from lingtan.optimize.dispatch.planner import Step, state_after
from lingtan.optimize.dispatch.record import STORES, Description, Unit
from lingtan.optimize.dispatch.rules import SetPoints
from lingtan.optimize.model import Column, FloatArray, Model

FOLLOW = 5.0  # CNY for each kilowatt-hour beside the plan: above any price spread, below what is not served
MOVED = ("put-off", "caught-up")
ROOM = 1e9


@dataclass(frozen=True)
class Settled:
    """What happened in a stretch of time. Costs without the demand charge, which belongs to the month. [CNY], [kgCO2e]"""

    series: dict[str, FloatArray]
    cost_cny: float
    emissions_kg: float
    unserved_kwh: float
    deviation_kwh: float  # set-points not followed
    state: State


class Settlement:
    """Settles stretches of one length; the model stays loaded."""

    def __init__(self, description: Description) -> None:
        limits = description.limits.model_copy(
            update={"emission_cap_kg_per_day": None, "export_share": None, "peak_target_kw": None, "hard_needs": False}
        )
        if limits.unserved_cny_per_kwh is None:
            limits = limits.model_copy(update={"unserved_cny_per_kwh": 1000.0})
        # what was switched is switched: how long it must run was the plan's concern
        free = {"minimum_up_hours": 0.0, "minimum_down_hours": 0.0, "ramp_per_hour": None}
        units = [u.model_copy(update=free) for u in description.units]
        # what is under way arrives, wanted or not
        surplus = [*description.surplus, *(u.output for u in late(description) if u.output)]
        change = {"limits": limits, "units": units, "surplus": list(dict.fromkeys(surplus))}
        self.description = description.model_copy(update=change)
        self._kept: Persistent | None = None

    def settle(
        self,
        inputs: Inputs,
        plan: SetPoints,
        *,
        planned_peak_kw: Mapping[str, float] | None = None,
    ) -> Settled:
        """The realised series when ``inputs`` is what came true.

        Raises
        ------
        SolveError
            ``dispatch.unsolved``: cannot happen while needs may go unserved and surplus has a way out.
        """
        guard = {
            g.id: max(inputs.state.peak_kw.get(g.id, 0.0), (planned_peak_kw or {}).get(g.id, 0.0))
            for g in self.description.grids
        }
        guarded = replace(inputs, state=replace(inputs.state, peak_kw=guard))
        model = build(self.description, guarded)
        costs = [np.array(np.broadcast_to(c.cost, (len(model.timeline),)), float) for c in model.columns]
        own = len(model.columns)
        self._keep_to(model, plan)
        _follow(model, plan)
        self._carry_on(model, inputs)
        if self._kept is None:
            self._kept = Persistent(model, relaxed=True)
        else:
            self._kept.update(model)
        found = self._kept.run()
        if not found.found:  # the commitment itself does not fit the day: it is left to the moment
            _release(model)
            self._kept.update(model)
            found = self._kept.run()
        if not found.found:
            raise SolveError("dispatch.unsolved", limit_s="–")
        cost = sum(
            float(costs[i] @ found.series[c.name])
            for i, c in enumerate(model.columns[:own])
            if not c.name.endswith((".content", "-unserved.power")) and np.any(costs[i])
        )
        unserved = (
            sum(float(v.sum()) for n, v in found.series.items() if n.endswith("-unserved.power")) * inputs.horizon.hours
        )
        off = sum(float(v.sum()) for n, v in found.series.items() if n.endswith(("~keep.more", "~keep.less")))
        off += sum(
            float(np.maximum(values - found.series[name], 0.0).sum())
            for name, values in plan.items()
            if name in found.series and name.endswith(MOVED)
        )
        step = Step(inputs, model, found, "settled", 0.0, 0.0)
        state = state_after(self.description, step, inputs.horizon.steps)
        return Settled(found.series, cost, emissions(model, found.series), unserved, off * inputs.horizon.hours, state)

    def _carry_on(self, model: Model, inputs: Inputs) -> None:
        """What is put off may stay so beyond the stretch until its deadline, and is done then whatever was planned."""
        for need in self.description.needs:
            if not need.shiftable:
                continue
            at = np.isin(np.arange(len(model.timeline)), deadlines(need, inputs.horizon))
            columns = {c.name: c for c in model.columns if c.owner == f"{need.id}-shift"}
            columns[f"{need.id}-shift.backlog"].upper = np.where(at, 0.0, ROOM)
            done = columns[f"{need.id}-shift.caught-up"]
            done.upper = np.where(at, ROOM, done.upper)

    def _keep_to(self, model: Model, plan: SetPoints) -> None:
        """Stores keep to what they give and take by the plan, slow networks to what they send; leaving it costs."""
        for unit in late(self.description):
            target = plan.get(f"{unit.id}.forth")
            if target is not None:
                sent = next(Column(i) for i, c in enumerate(model.columns) if c.name == f"{unit.id}.forth")
                with model.owned_by(f"{unit.id}~keep"):
                    more, less = model.column("more", cost=FOLLOW), model.column("less", cost=FOLLOW)
                    model.row("plan", [(sent, 1.0), (more, -1.0), (less, 1.0)], lower=target, upper=target)
        names = [u.id for u in self.description.units if u.kind in STORES] + [f.id for f in self.description.fleets]
        for name in names:
            there = {c.name: Column(i) for i, c in enumerate(model.columns)}
            terms = [(there[f"{name}.charge"], -1.0)]
            if f"{name}.discharge" in there:
                terms.append((there[f"{name}.discharge"], 1.0))
            with model.owned_by(f"{name}~keep"):
                more, less = model.column("more", cost=FOLLOW), model.column("less", cost=FOLLOW)
                target = _net(plan, name, len(model.timeline))
                model.row("plan", [*terms, (more, -1.0), (less, 1.0)], lower=target, upper=target)
            content = there[f"{name}.content"].index
            record = model.columns[content]
            model.columns[content] = replace(record, cost=0.0, lower=np.minimum(record.lower, 0.0))


def late(description: Description) -> list[Unit]:
    """Networks whose heat arrives later than it is sent."""
    return [u for u in description.units if u.kind == "network" and u.delay_steps]


def _net(plan: SetPoints, name: str, steps: int) -> FloatArray:
    """What a store gives by the plan, negative where it takes. [kW]"""
    rest = np.zeros(steps)
    return np.asarray(plan.get(f"{name}.discharge", rest)) - np.asarray(plan.get(f"{name}.charge", rest))


def _follow(model: Model, plan: SetPoints) -> None:
    for i, column in enumerate(model.columns):
        values = plan.get(column.name)
        if values is None:
            continue
        if column.name.endswith(".on"):
            held = np.round(values)
            model.columns[i] = replace(column, lower=held, upper=held)
        elif column.name.endswith(MOVED):
            top = np.minimum(np.maximum(values, 0.0), column.upper)
            reward = FOLLOW * model.timeline.counted_hours
            model.columns[i] = replace(column, upper=top, cost=np.asarray(column.cost) - reward)


def _release(model: Model) -> None:
    for i, column in enumerate(model.columns):
        if column.name.endswith(".on"):
            model.columns[i] = replace(column, lower=np.zeros(len(model.timeline)), upper=np.ones(len(model.timeline)))


def emissions(model: Model, series: dict[str, FloatArray]) -> float:
    """Emissions of the dispatch signal. [kgCO2e]"""
    hours = model.timeline.hours
    total = 0.0
    for column, per_kwh in model.tallies.get(EMISSIONS, ()):
        total += float((series[model.columns[column.index].name] * per_kwh) @ hours)
    return total
