"""Plans on scenarios: what is decided now is the same in all of them, the rest follows.

Decided now: on and off, charging and discharging of stores and fleets, what production is put off. Later, when it is known
how the day turned out: grid, boilers, curtailment, load of what runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingtan.base.errors import SolveError
from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.inputs import Inputs, Prices
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.persistent import Persistent
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.rules import net_kw
from lingtan.optimize.dispatch.trajectories import PastErrors, reduced, trajectories
from lingtan.optimize.model import ByStep, Column, FloatArray, Model, Timeline
from lingtan.optimize.solution import Solution

NOW = ("on", "charge", "discharge", "which", "put-off", "caught-up")
LARGEST = 1e9


@dataclass(frozen=True)
class Scenario:
    """One way the horizon may turn out."""

    inputs: Inputs
    weight: float


@dataclass(frozen=True)
class TwoStage:
    """A plan on scenarios. All costs are expected values over the scenarios that it was tested on. [CNY]"""

    solution: Solution
    plan: dict[str, FloatArray]  # what is decided now
    cost: float
    mean_plan_cost: float  # of the plan on the mean, when the scenarios come
    known_cost: float  # if each scenario were known beforehand
    promised_cost: float  # over the scenarios that it was made for
    scenarios: int = 0  # that it was made for
    tested: int = 0  # other scenarios that the costs are of; 0: the same ones

    @property
    def worth_of_scenarios(self) -> float:
        """What planning on scenarios saves against planning on the mean; below zero where it does not pay. [CNY]"""
        return self.mean_plan_cost - self.cost

    @property
    def worth_of_knowing(self) -> float:
        """What a perfect forecast would save on top. [CNY]"""
        return self.cost - self.known_cost

    def as_dict(self) -> dict[str, float | None]:
        """For ``--json``; a plan on the mean that cannot be kept has no cost."""
        costs = {"cost_cny": self.cost, "mean_plan_cost_cny": self.mean_plan_cost, "known_cost_cny": self.known_cost}
        costs["promised_cost_cny"] = self.promised_cost
        worth = {"worth_of_scenarios_cny": self.worth_of_scenarios, "worth_of_knowing_cny": self.worth_of_knowing}
        told: dict[str, float | None] = {k: round(v, 2) if np.isfinite(v) else None for k, v in (costs | worth).items()}
        return {**told, "scenarios": self.scenarios, "tested": self.tested}


def quantile_scenarios(
    inputs: Inputs,
    description: Description,
    quantiles: Sequence[float],
    values: Mapping[str, FloatArray],
    *,
    count: int = 3,
    opposite: Sequence[str] = (),
) -> list[Scenario]:
    """Scenarios that run along one level of the quantiles: a calm day, the middle, a heavy day.

    For a park without a past to take courses from: here every hour is bad at once, which days hardly are.

    Parameters
    ----------
    values : mapping of series to array
        Rows are steps, columns the quantiles.
    count : int
        How many levels, of equal weight.
    opposite : series
        Those that make the day easier when high: sun and wind take the level's mirror image.
    """
    levels = (np.arange(count) + 0.5) / count
    made = []
    for level in levels:
        series = dict(inputs.series)
        for name, table in values.items():
            at = 1.0 - level if name in opposite else level
            series[name] = np.array([np.interp(at, quantiles, row) for row in table])
        scenario = replace(inputs, series=series, prices=all_prices(description, inputs.horizon, series))
        made.append(Scenario(scenario, 1.0 / count))
    return made


@dataclass(frozen=True)
class Courses:
    """Scenarios to plan on, and all those that were kept from it to test the plan."""

    planned: list[Scenario]
    tested: list[Scenario]


def course_scenarios(
    inputs: Inputs,
    description: Description,
    errors: PastErrors,
    *,
    quantiles: Sequence[float] = (),
    tables: Mapping[str, FloatArray] | None = None,
    count: int = 5,
    test: bool = False,
) -> Courses:
    """Whole courses of the horizon as past forecasts erred, reduced to ``count`` with weights.

    Courses are alike if what the grids' nodes need beyond sun, wind and direct supply is. With ``test`` each second one is
    kept for the test and the plan never sees it.
    """
    highest = {
        u.available: float(u.capacity_kw) for u in description.units if u.available and u.capacity_kw is not None
    }
    lowest = {n: -np.inf for n in inputs.series if n == description.temperature or n in description.price_series}
    made = trajectories(inputs.series, errors, quantiles=quantiles, tables=tables, lowest=lowest, highest=highest)
    every = [{n: v[k] for n, v in made.items()} for k in range(errors.members)]
    own, others = (every[0::2], every[1::2]) if test else (every, [])
    nodes = list(dict.fromkeys(g.node for g in description.grids))
    needs = np.stack([np.concatenate([net_kw(description, replace(inputs, series=s), n) for n in nodes]) for s in own])
    kept, weights = reduced(needs, count)

    def scenario(series: dict[str, FloatArray], weight: float) -> Scenario:
        prices = all_prices(description, inputs.horizon, series)
        return Scenario(replace(inputs, series=series, prices=prices), weight)

    planned = [scenario(own[int(k)], float(w)) for k, w in zip(kept, weights, strict=True)]
    return Courses(planned, [scenario(s, 1 / len(others)) for s in others])


def mean_inputs(scenarios: Sequence[Scenario]) -> Inputs:
    """The weighted mean of all series."""
    first = scenarios[0].inputs
    series = {name: np.sum([s.weight * s.inputs.series[name] for s in scenarios], axis=0) for name in first.series}
    prices = {grid: _mean_prices([(s.weight, s.inputs.prices[grid]) for s in scenarios]) for grid in first.prices}
    return replace(first, series=series, prices=prices)


def _mean_prices(weighted: Sequence[tuple[float, Prices]]) -> Prices:
    def mean(field: str) -> FloatArray:
        return np.asarray(sum(w * np.asarray(getattr(p, field)) for w, p in weighted))

    return replace(
        weighted[0][1],
        import_cny_per_kwh=mean("import_cny_per_kwh"),
        export_cny_per_kwh=mean("export_cny_per_kwh"),
        demand_cny_per_kw=mean("demand_cny_per_kw"),
        factor_kgco2_per_kwh=mean("factor_kgco2_per_kwh"),
    )


def joined(description: Description, scenarios: Sequence[Scenario], *, reserve: float = 0.0) -> Model:
    """All scenarios side by side, with what is decided now shared by them."""
    singles = [build(description, s.inputs, weight=s.weight, reserve=reserve) for s in scenarios]
    whole = side_by_side(singles)
    steps = len(singles[0].timeline)
    for i, record in enumerate(list(whole.columns)):
        if record.name.rsplit(".", 1)[-1] not in NOW:
            continue
        with whole.owned_by(record.owner):
            upper = min(float(np.max(np.where(np.isfinite(record.upper), record.upper, LARGEST))), LARGEST)
            now = [
                whole.global_column(f"{record.name.rsplit('.', 1)[-1]}-now-{t}", upper=upper).index
                for t in range(steps)
            ]
            shared = ByStep(np.tile(np.asarray(now, np.int64), len(scenarios)))
            whole.row(
                f"{record.name.rsplit('.', 1)[-1]}-same",
                [(Column(i), 1.0)],
                fixed=[(shared, -1.0)],
                lower=0.0,
                upper=0.0,
            )
    return whole


def side_by_side(models: Sequence[Model]) -> Model:
    """Models of one shape as chains of one; each keeps its own peaks and totals."""
    first = models[0]
    made = Model(Timeline.side_by_side([m.timeline for m in models]))
    made.constant_cost = sum(m.constant_cost for m in models)
    made.nodes = dict(first.nodes)
    own = len(first.globals)
    for k, model in enumerate(models):
        made.globals += [replace(g, name=f"{g.name}@{k}") for g in model.globals]
    for i, column in enumerate(first.columns):
        same = [m.columns[i] for m in models]
        within = None
        if column.within is not None:
            within = np.concatenate(
                [np.where(c.within >= 0, c.within + own * k, -1) for k, c in enumerate(same) if c.within is not None]
            )
        before = column.before
        if not isinstance(before, str):
            before = np.array([float(np.asarray(c.before).flat[0]) for c in same])
        made.columns.append(
            replace(
                column,
                lower=_joined([(m, c.lower) for m, c in zip(models, same, strict=True)]),
                upper=_joined([(m, c.upper) for m, c in zip(models, same, strict=True)]),
                cost=_joined([(m, c.cost) for m, c in zip(models, same, strict=True)]),
                share=_joined([(m, c.share) for m, c in zip(models, same, strict=True)]),
                within=within,
                before=before,
            )
        )
    for i, row in enumerate(first.rows):
        rows = [m.rows[i] for m in models]
        joined_row = replace(
            row,
            lower=_joined([(m, r.lower) for m, r in zip(models, rows, strict=True)]),
            upper=_joined([(m, r.upper) for m, r in zip(models, rows, strict=True)]),
            now=[(c, _joined([(m, r.now[j][1]) for m, r in zip(models, rows, strict=True)])) for j, (c, _) in enumerate(row.now)],
            before=[
                (c, _joined([(m, r.before[j][1]) for m, r in zip(models, rows, strict=True)]))
                for j, (c, _) in enumerate(row.before)
            ],
            fixed=[
                (
                    np.concatenate([np.broadcast_to(r.fixed[j][0] + own * k, (len(m.timeline),)) for k, (m, r) in enumerate(zip(models, rows, strict=True))]),
                    _joined([(m, r.fixed[j][1]) for m, r in zip(models, rows, strict=True)]),
                )
                for j, _ in enumerate(row.fixed)
            ],
        )  # fmt: skip
        made.rows.append(joined_row)
    for i, total in enumerate(first.totals):
        for k, model in enumerate(models):
            mine = model.totals[i]
            # one total a scenario: its terms count in its own chain only; a weight on both sides changes nothing
            terms = [(c, _placed(models, k, v)) for c, v in mine.terms]
            fixed = [(g + own * k, v) for g, v in mine.fixed]
            made.totals.append(replace(total, name=f"{total.name}@{k}", lower=mine.lower, upper=mine.upper, terms=_unweighted(terms, model), fixed=fixed))  # fmt: skip
    return made


def _joined(values: Sequence[tuple[Model, float | FloatArray]]) -> FloatArray:
    return np.concatenate([np.broadcast_to(np.asarray(v, float), (len(m.timeline),)) for m, v in values])


def _placed(models: Sequence[Model], k: int, value: float | FloatArray) -> FloatArray:
    parts = [np.zeros(len(m.timeline)) for m in models]
    parts[k] = np.broadcast_to(np.asarray(value, float), (len(models[k].timeline),))
    return np.concatenate(parts)


def _unweighted(terms: list[tuple[int, FloatArray]], model: Model) -> list[tuple[int, float | FloatArray]]:
    weight = float(model.timeline.weight[0])
    return [(c, v / weight) for c, v in terms]


def two_stage(
    description: Description,
    scenarios: Sequence[Scenario],
    *,
    tested: Sequence[Scenario] = (),
    mean: Inputs | None = None,
    reserve: float = 0.0,
    gap: float = 1e-3,
    time_limit_s: float = 60.0,
) -> TwoStage:
    """The plan that is best over all scenarios, against the plan on the mean and against knowing.

    Parameters
    ----------
    tested
        Scenarios that the plan was not made for; what it is worth is found on them. Without any on ``scenarios`` themselves,
        where a plan on scenarios cannot lose.
    mean
        What the plan on the mean is made of; else the mean of ``scenarios``.

    Raises
    ------
    SolveError
        ``dispatch.infeasible``, ``dispatch.unsolved``.
    """
    model = joined(description, scenarios, reserve=reserve)
    found = Persistent(model).run(gap=gap, time_limit_s=time_limit_s)
    if not found.found:
        code = "dispatch.infeasible" if found.status == "infeasible" else "dispatch.unsolved"
        raise SolveError(code, limit_s=time_limit_s)
    steps = scenarios[0].inputs.horizon.steps
    names = [c.name for c in model.columns if c.name.rsplit(".", 1)[-1] in NOW]
    plan = {name: found.series[name][:steps] for name in names}
    plain = joined(description, scenarios) if reserve else model
    promised = _with_plan(plain, plan, gap, time_limit_s) if reserve else found.cost
    trial = joined(description, tested) if tested else plain
    cost = _with_plan(trial, plan, gap, time_limit_s) if tested else promised
    alone = Persistent(build(description, mean or mean_inputs(scenarios), reserve=reserve))
    middle = alone.run(gap=gap, time_limit_s=time_limit_s)
    mean_cost = np.inf
    if middle.found:
        mean_cost = _with_plan(trial, {n: middle.series[n] for n in names}, gap, time_limit_s)
    known = 0.0
    one: Persistent | None = None
    for scenario in tested or scenarios:
        single = build(description, scenario.inputs, weight=scenario.weight)
        if one is None:
            one = Persistent(single)
        else:
            one.update(single)
        best = one.run(gap=gap, time_limit_s=time_limit_s)
        known += best.lower_bound if np.isfinite(best.lower_bound) else best.cost
    return TwoStage(found, plan, cost, mean_cost, known, promised, len(scenarios), len(tested))


def _with_plan(model: Model, plan: Mapping[str, FloatArray], gap: float, time_limit_s: float) -> float:
    """What the scenarios cost when this was decided; inf if they cannot be met with it."""
    held = Model.__new__(Model)
    held.__dict__.update(model.__dict__)
    held.globals = list(model.globals)
    places = {g.name: i for i, g in enumerate(model.globals)}
    for name, values in plan.items():
        owner, label = name.rsplit(".", 1)
        for t, value in enumerate(values):
            i = places[f"{owner}.{label}-now-{t}"]
            fixed = float(np.clip(value, 0.0, model.globals[i].upper))
            held.globals[i] = replace(model.globals[i], lower=fixed, upper=fixed)
    found = Persistent(held).run(gap=gap, time_limit_s=time_limit_s)
    return found.cost if found.found else np.inf
