"""Answers beyond the cheapest plan: least carbon for a budget, the frontier, near-optimal alternatives, pathways, scenarios."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lingtan.base.errors import InputError, SolveError
from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.limits import Cap
from lingtan.optimize.limits.sums import weighted
from lingtan.optimize.model import Column, Global, Model
from lingtan.optimize.solution import Progress, Solution
from lingtan.optimize.solve import solve
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.optimize.study.case import Case, Chain
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.plan import Listener, Plan, sizes_of, solve_case, tally
from lingtan.optimize.study.record import Study

STORES = ("battery", "heat_store", "cold_store", "steam_store", "molten_salt", "hydrogen_tank")
LAST_STAGE_YEARS = 10
KEEP = 0.01  # of the cost, where something else is aimed at: decides between equals


@dataclass(frozen=True)
class Point:
    """A point of the frontier. [CNY], [tCO2], [CNY/tCO2]"""

    emissions_t: float
    cost: float
    lower_bound: float
    gap: float
    marginal_cny_per_t: float
    sizes: Mapping[str, float]
    average_cny_per_t: float | None = None


def least_carbon(
    case: Case, rules: RuleSet, budget: float, *, gap: float = 1e-3, listener: Listener | None = None
) -> Point:
    """The lowest emissions that cost no more than ``budget`` in the time of the case. [CNY]

    Raises
    ------
    SolveError
        ``study.budget-too-small`` if nothing can be operated for it.
    """
    free = replace(case, relax_targets=False)
    model = build(free, cap=None)
    cheap_cost = _costs(model)
    limit_cost(model, budget)
    aim(model, {"emissions": 1.0})
    model.constant_cost += 1.0  # so that the gap means something where nothing need be emitted
    found = solve(model, gap=gap, listener=_named(listener, "least-carbon"))
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.budget-too-small", budget=f"{budget:,.0f}", status=found.status)
    cost = _value(model, found, cheap_cost)
    emitted = tally(model, found, "emissions")
    price = abs(found.totals.get("budget", 0.0))
    marginal = 1000 / price if price > 1e-12 else float("inf")
    return Point(emitted / 1000, cost, found.lower_bound / 1000, found.gap, marginal, sizes_of(free, found))


def frontier(
    case: Case, rules: RuleSet, *, steps: int = 8, gap: float = 1e-3, listener: Listener | None = None
) -> list[Point]:
    """From the cheapest plan without a carbon limit to the cleanest, each the cheapest for its emissions.

    The marginal abatement cost of a point is the price of its emissions limit; the average one is the cost of the step
    from the point before.
    """
    base = replace(case, study=_without_carbon_targets(case.study))
    first = _capped(base, np.inf, gap, listener)
    least = _cleanest(base, gap, listener)
    caps = np.linspace(first.emissions_t, least, steps)[1:]
    points = [first]
    for most in caps:
        # the very end is met by a solver's interior only in the limit: stay a thousandth above it
        point = _capped(base, max(float(most), least + 1e-3 * abs(first.emissions_t - least)), gap, listener)
        before = points[-1]
        saved = before.emissions_t - point.emissions_t
        average = (point.cost - before.cost) / saved if saved > 1e-9 else None
        points.append(replace(point, average_cny_per_t=average))
    return points


def _without_carbon_targets(study: Study) -> Study:
    free = study.targets.model_copy(update={"intensity": None, "emissions_t": None})
    return study.model_copy(update={"targets": free})


def _capped(case: Case, most_t: float, gap: float, listener: Listener | None) -> Point:
    model = build(case)
    if np.isfinite(most_t):
        model.add(Cap("emissions-limit", "emissions", most=most_t * 1000))
    found = solve(model, gap=gap, listener=_named(listener, "frontier"))
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.no-plan", status=found.status)
    emitted = tally(model, found, "emissions") / 1000
    marginal = abs(found.totals.get("emissions-limit", 0.0)) * 1000
    return Point(emitted, found.cost, found.lower_bound, found.gap, marginal, sizes_of(case, found))


def _cleanest(case: Case, gap: float, listener: Listener | None) -> float:
    model = build(case)
    aim(model, {"emissions": 1.0})
    model.constant_cost += 1.0
    found = solve(model, gap=gap, listener=_named(listener, "least-carbon"))
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.no-plan", status=found.status)
    return tally(model, found, "emissions") / 1000


# ------------------------------------------------------------- alternatives


@dataclass(frozen=True)
class Range:
    """How much of a thing plans within x % of the cheapest may have."""

    technology: str
    least: float
    most: float
    optimum: float

    @property
    def verdict(self) -> str:
        """``always``, ``never`` or ``optional``."""
        if self.least > 0.01 * max(self.most, 1e-9):
            return "always"
        return "never" if self.most <= 1e-6 else "optional"


def alternatives(
    case: Case,
    rules: RuleSet,
    cheapest: Plan,
    *,
    within: float = 0.03,
    only: Sequence[str] = (),
    gap: float = 1e-2,
    listener: Listener | None = None,
) -> list[Range]:
    """Smallest and largest size of each thing in plans that cost at most ``within`` more than the cheapest (MGA)."""
    caps = intensity_classes(case.study, rules)
    cap = next((c for c in caps if cheapest.target is None or c.target == cheapest.target), None) if caps else None
    found = []
    scale = KEEP * abs(cheapest.cost)  # an aim in the order of the cost that is kept
    for t in case.study.technologies:
        if (only and t.id not in only) or t.maximum <= t.existing:
            continue
        ends = []
        for sense in (1.0, -1.0):
            model = build(case, cap=cap)
            limit_cost(model, cheapest.cost * (1 + within), keep=KEEP)
            numbers = [i for i, g in enumerate(model.globals) if g.name in (t.id, f"{t.id}.energy")]
            if not numbers:
                break
            for i in numbers:
                model.globals[i].cost += sense * scale / t.maximum
            model.constant_cost = scale if sense > 0 else 2 * scale
            answer = solve(model, gap=gap, listener=_named(listener, t.id))
            # the bound is what is proven of the size, the answer what was found
            size = answer.sizes.get(model.globals[numbers[0]].name, np.nan)
            ends.append(size)
        if len(ends) == 2:
            found.append(Range(t.id, float(ends[0]), float(ends[1]), cheapest.sizes[t.id]))
    return found


def limit_cost(model: Model, most: float, *, keep: float = 0.0) -> None:
    """Bound the cost of a model and take it out of the aim, but for a share that decides between equals."""
    terms: list[tuple[Column, Any]] = [(Column(i), c.cost) for i, c in enumerate(model.columns) if np.any(c.cost)]
    parts = [(Global(j), g.cost) for j, g in enumerate(model.globals) if g.cost]
    with model.owned_by("budget"):
        model.total("", terms, fixed=parts, upper=most - model.constant_cost, counted=False)
    _scale_costs(model, keep)
    model.constant_cost = 0.0


def _scale_costs(model: Model, factor: float) -> None:
    for column in model.columns:
        column.cost = np.asarray(column.cost) * factor if factor else 0.0
    for record in model.globals:
        record.cost *= factor


def aim(model: Model, weights: dict[str, float]) -> None:
    """Make a sum of tallies the aim of a model whose cost is out of the way."""
    _scale_costs(model, 0.0)
    terms, parts, constant = weighted(model, weights)
    hours = model.timeline.counted_hours
    for column, per_kwh in terms:
        model.columns[column.index].cost = np.asarray(per_kwh) * hours
    for part, per_unit in parts:
        model.globals[part.index].cost = per_unit
    model.constant_cost = constant


def _costs(model: Model) -> tuple[list[Any], list[float], float]:
    return [c.cost for c in model.columns], [g.cost for g in model.globals], model.constant_cost


def _value(model: Model, found: Solution, costs: tuple[list[Any], list[float], float]) -> float:
    columns, parts, constant = costs
    total = constant
    for record, cost in zip(model.columns, columns, strict=True):
        if np.any(cost):
            total += float(np.sum(np.asarray(cost) * found.series[record.name]))
    for part, price in zip(model.globals, parts, strict=True):
        total += price * found.sizes[part.name]
    return total


def _named(listener: Listener | None, key: str) -> Callable[[Progress], bool | None] | None:
    return None if listener is None else lambda progress: listener(key, progress)


# ------------------------------------------------------------------ pathway


@dataclass(frozen=True)
class Step:
    """A stage of the pathway: what is built, what stands, what is emitted."""

    year: int
    years: int
    discounted_years: float
    built: Mapping[str, float]
    stands: Mapping[str, float]
    emissions_t: float
    energy_tce: float
    capex_cny: float

    @property
    def intensity(self) -> float:
        """[tCO2/tce]"""
        return self.emissions_t / self.energy_tce if self.energy_tce else 0.0


@dataclass(frozen=True)
class Pathway:
    """Stages with the present value of all of them. [CNY of the first stage's year]"""

    steps: tuple[Step, ...]
    cost: float
    lower_bound: float
    gap: float
    status: str
    conflict: Any = None


def pathway(case: Case, chains: Sequence[Chain], *, gap: float = 1e-3, listener: Listener | None = None) -> Pathway:
    """Building by stages: one chain a stage, each for the years until the next; the last for ten."""
    study = case.study
    if not study.stages:
        raise InputError("study.no-stages")
    years = [s.year for s in study.stages]
    spans = [b - a for a, b in itertools.pairwise(years)] + [LAST_STAGE_YEARS]
    rate = study.study.discount_rate
    discounted = [
        float(sum((1 + rate) ** -(year - years[0] + i) for i in range(span)))
        for year, span in zip(years, spans, strict=True)
    ]
    staged = [replace(c, weight=w) for c, w in zip(chains, discounted, strict=True)]
    made = replace(case, chains=staged, build_years=discounted)
    model = build(made)
    found = solve(model, gap=gap, listener=_named(listener, "pathway"))
    if not found.found or not np.isfinite(found.cost):
        return Pathway((), np.nan, found.lower_bound, np.inf, found.status, found.conflict)
    steps = []
    for s, (year, span) in enumerate(zip(years, spans, strict=True)):
        built, stands, capex = {}, {}, 0.0
        for t in study.technologies:
            for name in (t.id, f"{t.id}.energy", f"{t.id}.power"):
                more = found.sizes.get(f"{name}-built-{year}", found.sizes.get(f"{name}.built-{year}"))
                if more is not None and more > 1e-3 * max(t.maximum, 1.0):
                    built[name.removesuffix(".energy")] = more
                    costs = costs_of(study, t, year=year)
                    capex += more * (costs.capex_power if name.endswith(".power") else costs.capex)
                size = found.sizes.get(f"{name}-{year}", found.sizes.get(f"{name}.{year}"))
                if size is not None:
                    stands[name.removesuffix(".energy")] = size
        where = model.timeline.chain == s
        steps.append(
            Step(
                year,
                span,
                discounted[s],
                built,
                stands,
                _chain_tally(model, found, "emissions", where, s) / discounted[s] / 1000,
                _chain_tally(model, found, "energy", where, s) / discounted[s] / 1000,
                capex,
            )
        )
    return Pathway(tuple(steps), found.cost, found.lower_bound, found.gap, found.status)


def _chain_tally(model: Model, found: Solution, name: str, where: Any, chain: int) -> float:
    counted = model.timeline.counted_hours * where
    total = 0.0
    for column, per_kwh in model.tallies.get(name, ()):
        total += float((np.asarray(per_kwh) * found.series[model.columns[column.index].name] * counted).sum())
    for part, per_unit in model.global_tallies.get(f"{name}@{chain}", ()):
        total += per_unit * found.sizes[model.globals[part.index].name]
    return total


# ---------------------------------------------------------------- scenarios


@dataclass(frozen=True)
class Robust:
    """Scenarios together. Money of a year. [CNY]

    ``regret[plan][scenario]`` is what a plan's sizes cost more in a scenario than the best plan for it; None where its
    needs or limits cannot be met with those sizes.
    """

    expected: Plan
    alone: Mapping[str, Plan]
    minimax_sizes: Mapping[str, float]
    minimax_regret: float
    regret: Mapping[str, Mapping[str, float | None]]
    wait_and_see: float
    value_of_information: float
    value_of_flexibility: float | None


def scenarios(
    case: Case, rules: RuleSet, chains: Sequence[Chain], *, gap: float = 1e-3, listener: Listener | None = None
) -> Robust:
    """Two-stage: sizes now, operation when the scenario is known; and the sizes whose largest regret is smallest."""
    if len(chains) < 2:
        raise InputError("study.no-scenarios")
    together = replace(case, chains=list(chains))
    expected = _together(together, gap, listener, "scenarios")
    alone = {
        c.scenario.id: solve_case(
            replace(case, chains=[replace(c, weight=1.0)]), rules, gap=gap, listener=listener, tidy=False, served=False
        )
        for c in chains
    }
    best = {k: p.cost for k, p in alone.items()}
    sizes, worst = _minimax(together, best, gap, listener)
    plans = {**{k: p.sizes for k, p in alone.items()}, "expected": expected.sizes, "minimax": sizes}
    regret: dict[str, dict[str, float | None]] = {}
    for name, chosen in plans.items():
        regret[name] = {}
        for chain in chains:
            given = replace(case, chains=[replace(chain, weight=1.0)], fixed=_given(case, chosen))
            found = solve_case(given, rules, gap=gap, listener=listener, tidy=False, served=False)
            there = chain.scenario.id
            regret[name][there] = found.cost - best[there] if found.found and np.isfinite(found.cost) else None
    seen = sum(c.weight * best[c.scenario.id] for c in chains)
    stores = frozenset(t.id for t in case.study.technologies if t.kind in STORES)
    stiff = None
    if stores:
        without = _together(replace(together, without=case.without | stores), gap, listener, "without-stores")
        stiff = without.cost - expected.cost if without.found and np.isfinite(without.cost) else None
    return Robust(expected, alone, sizes, worst, regret, seen, expected.cost - seen, stiff)


def _given(case: Case, sizes: Mapping[str, float]) -> dict[str, float]:
    # a hair more, so that an interior answer's sizes can be operated
    able = {t.id: max(t.maximum, t.existing) for t in case.study.technologies}
    return {
        k: min(v * (1 + 2e-4) + 1e-3, able.get(k.removesuffix(".power"), np.inf))
        for k, v in sizes.items()
        if k.removesuffix(".power") in able
    }


def _together(case: Case, gap: float, listener: Listener | None, key: str) -> Plan:
    model = build(case)
    found = solve(model, gap=gap, listener=_named(listener, key))
    if not found.found or not np.isfinite(found.cost):
        return Plan(found.status, lower_bound=found.lower_bound, conflict=found.conflict, model=model, solution=found)
    names = set(model.tallies)
    return Plan(
        found.status,
        found.cost,
        found.lower_bound,
        found.gap,
        sizes=sizes_of(case, found),
        globals=dict(found.sizes),
        series=dict(found.series),
        tallies={n: tally(model, found, n) for n in sorted(names)},
        limit_prices=dict(found.totals),
        solution=found,
        model=model,
    )


def _minimax(
    case: Case, best: Mapping[str, float], gap: float, listener: Listener | None
) -> tuple[dict[str, float], float]:
    model = build(case)
    scale = float(np.mean(list(best.values())))
    with model.owned_by("regret"):
        worst = model.global_column("worst", upper=10 * abs(scale))
    constant = model.constant_cost
    chain, period = model.timeline.chain, model.timeline.period
    weights = [c.weight for c in case.chains]
    for c, entry in enumerate(case.chains):
        mask = (chain == c) / weights[c]
        terms: list[tuple[Column, Any]] = [
            (Column(i), np.asarray(r.cost) * mask) for i, r in enumerate(model.columns) if np.any(r.cost)
        ]
        mine = set(period[chain == c].tolist())
        parts: list[tuple[Global, float]] = [(worst, -1.0)]
        for j, g in enumerate(model.globals):
            if not g.cost:
                continue
            if ".peak-" in g.name:
                if int(g.name.rsplit("-", 1)[1]) in mine:
                    parts.append((Global(j), g.cost / weights[c]))
            elif g.name.startswith("certificates-"):
                if g.name == f"certificates-{c + 1}":
                    parts.append((Global(j), g.cost / weights[c]))
            else:
                parts.append((Global(j), g.cost))
        with model.owned_by(f"regret-{entry.scenario.id}"):
            model.total("", terms, fixed=parts, upper=best[entry.scenario.id] - constant, counted=False)
    _scale_costs(model, KEEP)
    model.constant_cost = KEEP * constant
    for weight in (1.0, 0.1, 10.0):  # how the aim is scaled decides whether the first steps go well
        model.globals[worst.index].cost = weight
        found = solve(model, gap=gap, listener=_named(listener, "minimax"))
        if found.found and np.isfinite(found.cost):
            break
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.no-plan", status=found.status)
    return sizes_of(case, found), found.sizes["regret.worst"]


# -------------------------------------------------------------- sensitivity


def varied(study: Study, path: str, factor: float) -> Study:
    """The study with one number multiplied: ``technologies.<id>.<field>``, ``demands.<id>.factor``, ``targets.<field>`` …

    Raises
    ------
    InputError
        ``study.no-such-path`` if it leads to no number.
    """
    parts = path.split(".")
    if len(parts) == 2 and parts[0] in ("study", "targets", "finance", "weather"):
        record = getattr(study, parts[0])
        value = getattr(record, parts[1], None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return study.model_copy(update={parts[0]: record.model_copy(update={parts[1]: value * factor})})
    if len(parts) == 3 and isinstance(getattr(study, parts[0], None), list):
        entries = list(getattr(study, parts[0]))
        hit = False
        for i, entry in enumerate(entries):
            if parts[1] not in (getattr(entry, "id", None), "all"):
                continue
            value = getattr(entry, parts[2], None)
            if value is None and parts[0] == "technologies" and parts[2] in ("capex", "fixed_om", "lifetime"):
                value = getattr(costs_of(study, entry), parts[2])
            if isinstance(value, int | float) and not isinstance(value, bool):
                entries[i] = entry.model_copy(update={parts[2]: value * factor})
                hit = True
        if hit:
            return study.model_copy(update={parts[0]: entries})
    raise InputError("study.no-such-path", path=path)
