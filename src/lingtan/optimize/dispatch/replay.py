"""A year replayed with what was known: plans made each day, settled by what came true, against other ways to run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from lingtan.base.errors import SolveError
from lingtan.optimize.dispatch.build import build, rest_value
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.persistent import Persistent
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description
from lingtan.optimize.dispatch.rules import SetPoints, rule_based
from lingtan.optimize.dispatch.scenarios import NOW, course_scenarios, joined
from lingtan.optimize.dispatch.settle import Settled, Settlement, emissions
from lingtan.optimize.dispatch.trajectories import PastErrors, past_errors
from lingtan.optimize.model import FloatArray
from lingtan.optimize.solve import solve

WEEK_HOURS = 168
SCENARIOS = 5
SCENARIO_LIMIT_S = 30.0
PLANNED = (*NOW, "forth")  # what a plan decides before the hour
# (first step, steps) -> the series as they were expected before that step
Expected = Callable[[int, int], Mapping[str, FloatArray]]
Hear = Callable[[str, int, int], None]


@dataclass
class Outcome:
    """What a way to run has cost over the whole time. [CNY], [kgCO2e], [kWh]"""

    name: str
    energy_cny: float = 0.0  # energy, fuel, starts, wear, carbon price, less what exports earn
    demand_cny: float = 0.0
    content_cny: float = 0.0  # worth of what is in the stores at the end more than at the start, taken off
    emissions_kg: float = 0.0
    unserved_kwh: float = 0.0
    deviation_kwh: float = 0.0
    import_kwh: float = 0.0
    export_kwh: float = 0.0
    clean_kwh: float = 0.0
    other_kwh: float = 0.0
    peaks_kw: dict[int, float] = field(default_factory=dict)  # by month, as year × 12 + month
    cycles: dict[str, float] = field(default_factory=dict)
    fallbacks: int = 0
    days_cny: list[float] = field(default_factory=list)  # by local day, each rise of the month's peak on its day
    proven: bool = False  # a bound that no way to run can beat

    @property
    def cost_cny(self) -> float:
        """All of it."""
        return self.energy_cny + self.demand_cny - self.content_cny

    @property
    def peak_kw(self) -> float:
        """The highest import."""
        return max(self.peaks_kw.values(), default=0.0)

    @property
    def green_share(self) -> float:
        """Sun, wind and direct supply that stayed in the park, of all power that came in."""
        kept = max(self.clean_kwh - self.export_kwh, 0.0)
        whole = kept + self.import_kwh + self.other_kwh
        return kept / whole if whole else 0.0


@dataclass(frozen=True)
class Past:
    """What came true over the whole time, and what was expected."""

    description: Description
    start: Horizon  # all of it
    actual: Mapping[str, FloatArray]
    expected: Expected
    habit: Mapping[str, FloatArray] = field(default_factory=dict)  # measured set-points, NaN where not known
    state: State = field(default_factory=State)
    usual_peak: Callable[[int], Mapping[str, float]] | None = None  # first step -> what the month will see anyway
    bands: Callable[[int, int], Mapping[str, FloatArray] | None] | None = None  # quantiles, where they were issued then
    quantiles: tuple[float, ...] = ()
    errors: Callable[[int, int], PastErrors | None] | None = None  # of issues before a step; else of ``expected``

    def cut(self, first: int, steps: int) -> Horizon:
        """A stretch of it."""
        whole = self.start
        return Horizon(whole.at(first), steps, whole.step_minutes, whole.zone)

    def true_inputs(self, first: int, steps: int, state: State) -> Inputs:
        """What came true in a stretch."""
        return self._inputs(first, steps, {k: v[first : first + steps] for k, v in self.actual.items()}, state)

    def expected_inputs(self, first: int, steps: int, state: State) -> Inputs:
        """What was expected of a stretch before it began."""
        return self._inputs(first, steps, dict(self.expected(first, steps)), state)

    def _inputs(self, first: int, steps: int, series: dict[str, FloatArray], state: State) -> Inputs:
        horizon = self.cut(first, steps)
        return Inputs(horizon, series, all_prices(self.description, horizon, series), state)


def weekly_naive(actual: Mapping[str, FloatArray], step_hours: float, *, fade_hours: float = 0.0) -> Expected:
    """Expect what was a week ago; in the first week what was a day ago, on the first day its own mean.

    With ``fade_hours`` the last known value's distance from that is added and fades out: wind that blows goes on. Only values before the first step are used.
    """
    week, day = round(WEEK_HOURS / step_hours), round(24 / step_hours)

    def expected(first: int, steps: int) -> dict[str, FloatArray]:
        made = {}
        for name, values in actual.items():
            known = values[:first]
            if not len(known):
                made[name] = np.full(steps, float(np.nanmean(values[:day])))
                continue
            lag = week if first >= week else day if first >= day else len(known)
            lag = min(lag, len(known))
            at = first + np.arange(steps)
            back = at - lag * (1 + (at - first) // lag)
            made[name] = known[back]
            if first > lag and fade_hours > 0:
                wrong = known[-1] - known[-1 - lag]
                fading = np.exp(-(1 + np.arange(steps)) * step_hours / fade_hours)
                corrected = made[name] + wrong * fading
                made[name] = np.maximum(corrected, 0.0) if known.min() >= 0 else corrected
        return made

    return expected


def day_starts(past: Past) -> list[int]:
    """Steps at which a local day begins, from the first."""
    clock = past.start.day_hours()
    return [0] + [t for t in range(1, past.start.steps) if clock[t] < clock[t - 1]]


def day_ahead(past: Past, *, look_ahead_hours: int = 36, gap: float = 1e-3, hear: Hear | None = None) -> Outcome:
    """A plan each midnight, settled hour by hour."""
    planner = Planner(past.description, gap=gap, reserve=RESERVE)
    run = _Run(past, "day-ahead")
    starts = [*day_starts(past), past.start.steps]
    for number, (first, last) in enumerate(pairwise(starts)):
        steps = min(round(look_ahead_hours / past.start.hours), past.start.steps - first)
        steps = max(steps, last - first)
        step = planner.plan(past.expected_inputs(first, steps, run.planning(first)))
        run.outcome.fallbacks += step.way == "previous-commitment"
        plan = {n: v for n, v in step.series.items() if n.rsplit(".", 1)[-1] in PLANNED}
        peaks = {g.id: float(step.series[f"{g.id}.import"][: last - first].max()) for g in past.description.grids}
        run.settle(first, last, plan, peaks)
        if hear:
            hear("day-ahead", number + 1, len(starts) - 1)
    return run.done()


def on_scenarios(
    past: Past, *, count: int = SCENARIOS, look_ahead_hours: int = 36, gap: float = 1e-3, hear: Hear | None = None
) -> Outcome:
    """As :func:`day_ahead`, each plan the best over courses of the day as past forecasts erred.

    A day before which there are too few of them is planned on the mean, and counted as a fallback.
    """
    run, planner = _Run(past, "scenarios"), Planner(past.description, gap=gap, reserve=RESERVE)
    starts = [*day_starts(past), past.start.steps]
    kept: Persistent | None = None
    for number, (first, last) in enumerate(pairwise(starts)):
        steps = max(min(round(look_ahead_hours / past.start.hours), past.start.steps - first), last - first)
        inputs = past.expected_inputs(first, steps, run.planning(first))
        errors = _errors(past, first, steps)
        if errors is None:
            run.outcome.fallbacks += 1
            series, weights = planner.plan(inputs).series, np.ones(1)
        else:
            bands = past.bands(first, steps) if past.bands else None
            made = course_scenarios(
                inputs, past.description, errors, quantiles=past.quantiles, tables=bands, count=count
            ).planned
            model = joined(past.description, made, reserve=RESERVE)
            if kept is None:
                kept = Persistent(model)
            else:
                kept.update(model)
            found = kept.run(gap=gap, time_limit_s=SCENARIO_LIMIT_S)
            if not found.found:
                raise SolveError("dispatch.unsolved", limit_s=SCENARIO_LIMIT_S)
            series, weights = found.series, np.array([s.weight for s in made])
        plan = {n: v[:steps] for n, v in series.items() if n.rsplit(".", 1)[-1] in PLANNED}
        peaks = {
            g.id: float(weights @ series[f"{g.id}.import"].reshape(len(weights), steps)[:, : last - first].max(axis=1))
            for g in past.description.grids
        }
        run.settle(first, last, plan, peaks)
        if hear:
            hear("scenarios", number + 1, len(starts) - 1)
    return run.done()


def _errors(past: Past, first: int, steps: int) -> PastErrors | None:
    if past.errors is not None:
        return past.errors(first, steps)
    day = round(24 / past.start.hours)
    return past_errors(past.expected, past.actual, first, steps, day=day)


def hourly(past: Past, *, look_ahead_hours: int = 24, hear: Hear | None = None) -> Outcome:
    """Planned anew before each step by a linear program, the first step handed over."""
    planner = Planner(past.description, reserve=RESERVE)
    run = _Run(past, "hourly")
    total = past.start.steps
    for first in range(total):
        steps = min(round(look_ahead_hours / past.start.hours), total - first)
        step = planner.plan(past.expected_inputs(first, steps, run.planning(first)), linear=True)
        plan = {n: v[:1] for n, v in step.series.items() if n.rsplit(".", 1)[-1] in PLANNED and not n.endswith(".on")}
        plan |= {n: np.ceil(v[:1] - 0.5) for n, v in step.series.items() if n.endswith(".on")}
        peaks = {g.id: float(step.series[f"{g.id}.import"].max()) for g in past.description.grids}
        run.settle(first, first + 1, plan, peaks)
        if hear and (first + 1) % 24 == 0:
            hear("hourly", first + 1, total)
    return run.done()


def by_rules(past: Past, *, hear: Hear | None = None) -> Outcome:
    """The rule-based controller, which knows the present."""
    run = _Run(past, "rules")
    for first, last in _days(past):
        run.settle(first, last, rule_based(past.description, past.true_inputs(first, last - first, run.state)), {})
        if hear:
            hear("rules", last, past.start.steps)
    return run.done()


def by_habit(past: Past, *, hear: Hear | None = None) -> Outcome:
    """What was measured a week before is done again; where that is not known, the rules."""
    run = _Run(past, "habit")
    week = round(WEEK_HOURS / past.start.hours)
    for first, last in _days(past):
        plan = rule_based(past.description, past.true_inputs(first, last - first, run.state))
        if first >= week:
            for name, values in past.habit.items():
                earlier = values[first - week : last - week]
                if len(earlier) == last - first and np.isfinite(earlier).all():
                    plan[name] = np.asarray(earlier)
        run.settle(first, last, plan, {})
        if hear:
            hear("habit", last, past.start.steps)
    return run.done()


def perfect(past: Past, *, gap: float = 1e-4) -> Outcome:
    """Everything known beforehand, whole numbers relaxed: a proven bound for all other ways."""
    inputs = past.true_inputs(0, past.start.steps, past.state)
    model = build(past.description, inputs)
    found = solve(model, gap=gap, solver="chain")
    if not found.found:
        raise SolveError("dispatch.infeasible")
    outcome = Outcome("perfect", proven=True)
    settled = Settled(found.series, 0.0, emissions(model, found.series), 0.0, 0.0, past.state)
    _count(past, outcome, 0, past.start.steps, settled)
    outcome.demand_cny = sum(g.cost * (found.sizes[g.name]) for g in model.globals if ".peak-" in g.name)
    content = [i for i, c in enumerate(model.columns) if c.name.endswith(".content")]
    worth = -sum(float(np.asarray(model.columns[i].cost) @ found.series[model.columns[i].name]) for i in content if np.any(model.columns[i].cost))  # fmt: skip
    begun = sum(_worth(past, inputs, past.state).values())
    outcome.content_cny = worth - begun
    outcome.energy_cny = found.lower_bound - outcome.demand_cny + worth
    return outcome


def _worth(past: Past, inputs: Inputs, state: State) -> dict[str, float]:
    """What is in the stores, at the year's worth of a kilowatt-hour in them. [CNY]"""
    found = {}
    for unit in past.description.units:
        if unit.kind in STORES and unit.end_level is None:
            content = state.content_kwh.get(unit.id, 0.5 * (unit.energy_kwh or 0.0))
            found[unit.id] = content * rest_value(past.description, inputs, unit)
    return found


def _days(past: Past) -> list[tuple[int, int]]:
    starts = [*day_starts(past), past.start.steps]
    return list(pairwise(starts))


def _count(past: Past, outcome: Outcome, first: int, last: int, settled: Settled) -> None:
    h, description = past.start.hours, past.description
    outcome.energy_cny += settled.cost_cny
    outcome.emissions_kg += settled.emissions_kg
    outcome.unserved_kwh += settled.unserved_kwh
    outcome.deviation_kwh += settled.deviation_kwh
    months = past.cut(first, last - first).months()
    taken = np.zeros(last - first)
    for grid in description.grids:
        bought = settled.series[f"{grid.id}.import"]
        taken = taken + bought
        outcome.import_kwh += float(bought.sum() * h)
        outcome.export_kwh += float(settled.series.get(f"{grid.id}.export", np.zeros(1)).sum() * h)
    for month in np.unique(months):
        top = float(taken[months == month].max())
        outcome.peaks_kw[int(month)] = max(outcome.peaks_kw.get(int(month), 0.0), top)
    for unit in description.units:
        if unit.kind in GENERATION:
            outcome.clean_kwh += float(settled.series[f"{unit.id}.power"].sum() * h)
        elif unit.kind == "chp":
            outcome.other_kwh += float(settled.series[f"{unit.id}.input"].sum() * h * (unit.efficiency or 1.0))
        elif unit.kind in STORES and unit.energy_kwh:
            given = float(settled.series[f"{unit.id}.discharge"].sum() * h)
            outcome.cycles[unit.id] = outcome.cycles.get(unit.id, 0.0) + given / unit.energy_kwh


class _Run:
    """Settles stretch after stretch and keeps the state and the sums."""

    def __init__(self, past: Past, name: str) -> None:
        self.past, self.outcome = past, Outcome(name)
        self.settlement = Settlement(past.description)
        self.state = past.state
        self.charges: dict[tuple[str, int], float] = {}
        self.highest: dict[tuple[str, int], float] = {}
        self.usual: Mapping[str, float] = {}

    def planning(self, first: int) -> State:
        """The state that a plan begins at: a peak that the month will see in any case is not paid for twice."""
        usual = self.past.usual_peak(first) if self.past.usual_peak else {}
        held = {g: max(self.state.peak_kw.get(g, 0.0), kw) for g, kw in usual.items()}
        self.usual = usual
        return replace(self.state, peak_kw={**self.state.peak_kw, **held})

    def settle(self, first: int, last: int, plan: SetPoints, peaks: Mapping[str, float]) -> None:
        """A stretch, one step after the other; ``plan`` begins with it."""
        for t in range(first, last):
            inputs = self.past.true_inputs(t, 1, self.state)
            now = {n: v[t - first : t - first + 1] for n, v in plan.items()}
            guard = {g: max(peaks.get(g, 0.0), self.usual.get(g, 0.0)) for g in {*peaks, *self.usual}}
            settled = self.settlement.settle(inputs, now, planned_peak_kw=guard)
            _count(self.past, self.outcome, t, t + 1, settled)
            spent = settled.cost_cny
            month = int(inputs.horizon.months()[0])
            for grid in self.past.description.grids:
                prices = inputs.prices[grid.id]
                top = max(float(settled.series[f"{grid.id}.import"].max()), 0.0)
                charge = float(prices.demand_cny_per_kw[0])
                if prices.contract_kw is not None:
                    top, charge = max(top, 1.05 * prices.contract_kw) - 1.05 * prices.contract_kw, 2 * charge
                key = (grid.id, month)
                self.charges[key] = charge
                spent += charge * max(top - self.highest.get(key, 0.0), 0.0)
                self.highest[key] = max(self.highest.get(key, 0.0), top)
            begins = inputs.horizon.day_hours()[0] < self.past.start.hours
            if begins or not self.outcome.days_cny:
                self.outcome.days_cny.append(0.0)
            self.outcome.days_cny[-1] += spent
            self.state = settled.state

    def done(self) -> Outcome:
        """The sums, with the months' demand charges and the worth of what is left in the stores."""
        self.outcome.demand_cny = sum(self.charges[k] * self.highest[k] for k in self.charges)
        whole = self.past.true_inputs(0, self.past.start.steps, self.past.state)
        end = sum(_worth(self.past, whole, self.state).values())
        begun = sum(_worth(self.past, whole, self.past.state).values())
        self.outcome.content_cny = end - begun
        return self.outcome
