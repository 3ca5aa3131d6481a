"""Sizes for several ways the world may turn out: two-stage, and the smallest largest regret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lingtan.base.errors import InputError, SolveError
from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.model import Column, Global
from lingtan.optimize.solution import Solution
from lingtan.optimize.solve import solve
from lingtan.optimize.study import choices, reliability
from lingtan.optimize.study.answers.aims import KEEP, named, scale_costs
from lingtan.optimize.study.build import build
from lingtan.optimize.study.case import Case, Chain
from lingtan.optimize.study.classes import solve_by_class
from lingtan.optimize.study.plan import Listener, Plan, solve_case, tally
from lingtan.optimize.study.sizes import sizes_of

STORES = ("battery", "heat_store", "cold_store", "steam_store", "molten_salt", "hydrogen_tank")


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
    together, expected, bound, tried = choices.each_way(
        replace(case, chains=list(chains)), lambda way: _together(way, rules, gap, listener, "scenarios")
    )
    if len(tried) > 1:
        left = float(max(expected.cost - bound, 0.0) / max(abs(expected.cost), 1e-9)) if expected.found else np.inf
        expected = replace(expected, lower_bound=bound, gap=left, ways=tried)
    if not expected.found:
        raise SolveError("study.no-plan", status=expected.status)
    case = replace(case, study=together.study)
    alone = {
        c.scenario.id: solve_case(
            replace(case, chains=[replace(c, weight=1.0)]), rules, gap=gap, listener=listener, tidy=False, served=False
        )
        for c in chains
    }
    best = {k: p.cost for k, p in alone.items()}
    sizes, worst = _minimax(replace(together, caps=expected.caps, windows=expected.windows), best, gap, listener)
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
        without = _together(
            replace(together, without=case.without | stores, caps=()), rules, gap, listener, "without-stores"
        )
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


def _together(case: Case, rules: RuleSet, gap: float, listener: Listener | None, key: str) -> Plan:
    once = lambda model: solve(model, gap=gap, listener=named(listener, key))  # noqa: E731
    case, answer = reliability.survive(case, lambda c: solve_by_class(c, rules, once), lambda a: a.solution)
    model, found = answer.model, answer.solution
    if not found.found or not np.isfinite(found.cost):
        return Plan(found.status, lower_bound=found.lower_bound, conflict=found.conflict, model=model, solution=found)
    names = set(model.tallies)
    return Plan(
        found.status,
        found.cost,
        answer.lower_bound,
        answer.gap,
        sizes=sizes_of(case, found),
        globals=dict(found.sizes),
        series=dict(found.series),
        tallies={n: tally(model, found, n) for n in sorted(names)},
        limit_prices=dict(found.totals),
        served_difference=answer.served_difference,
        caps=tuple(answer.case.caps),
        windows=answer.case.windows,
        outages=_outages(case, found),
        solution=found,
        model=model,
    )


def _outages(case: Case, found: Solution) -> tuple[reliability.Outages, ...]:
    if not reliability.asked(case):
        return ()
    return reliability.outages(case, reliability.sizes_by_chain(case, found), found.series)


def _minimax(
    case: Case, best: Mapping[str, float], gap: float, listener: Listener | None
) -> tuple[dict[str, float], float]:
    case, found = reliability.survive(case, lambda c: _least_regret(c, best, gap, listener), lambda solution: solution)
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.no-plan", status=found.status)
    return sizes_of(case, found), found.sizes["regret.worst"]


def _least_regret(case: Case, best: Mapping[str, float], gap: float, listener: Listener | None) -> Solution:
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
            if ".contract-" in g.name:
                if g.name.endswith(f".contract-{c}"):
                    parts.append((Global(j), g.cost / weights[c]))
            elif ".peak-" in g.name or ".over-" in g.name:
                if int(g.name.rsplit("-", 1)[1]) in mine:
                    parts.append((Global(j), g.cost / weights[c]))
            elif g.name.startswith("certificates-"):
                if g.name.rsplit("-", 1)[1] == str(c + 1):
                    parts.append((Global(j), g.cost / weights[c]))
            else:
                parts.append((Global(j), g.cost))
        with model.owned_by(f"regret-{entry.scenario.id}"):
            model.total("", terms, fixed=parts, upper=best[entry.scenario.id] - constant, counted=False)
    scale_costs(model, KEEP)
    model.constant_cost = KEEP * constant
    for weight in (1.0, 0.1, 10.0):  # how the aim is scaled decides whether the first steps go well
        model.globals[worst.index].cost = weight
        found = solve(model, gap=gap, listener=named(listener, "minimax"))
        if found.found and np.isfinite(found.cost):
            break
    return found
