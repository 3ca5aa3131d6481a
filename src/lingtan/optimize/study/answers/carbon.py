"""Least carbon for a budget, and the frontier between cost and carbon."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from lingtan.base.errors import SolveError
from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.limits import Cap
from lingtan.optimize.solve import solve
from lingtan.optimize.study.answers.aims import aim, cost_in, costs_in, limit_cost, named
from lingtan.optimize.study.build import build
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.plan import Listener, tally
from lingtan.optimize.study.record import Study
from lingtan.optimize.study.sizes import sizes_of


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


@dataclass(frozen=True)
class Frontier:
    """The points, and the emissions below which none can go, whatever it costs. [tCO2]"""

    points: tuple[Point, ...]
    least_emissions_t: (
        float  # proven: the last point lies above it by what is left of its gap, and a thousandth of the span
    )

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, number: int) -> Point:
        return self.points[number]


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
    cheap_cost = costs_in(model)
    limit_cost(model, budget)
    aim(model, {"emissions": 1.0})
    model.constant_cost += 1.0  # so that the gap means something where nothing need be emitted
    found = solve(model, gap=gap, listener=named(listener, "least-carbon"))
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.budget-too-small", budget=f"{budget:,.0f}", status=found.status)
    cost = cost_in(model, found, cheap_cost)
    emitted = tally(model, found, "emissions")
    price = abs(found.totals.get("budget", 0.0))
    marginal = 1000 / price if price > 1e-12 else float("inf")
    return Point(emitted / 1000, cost, (found.lower_bound - 1.0) / 1000, found.gap, marginal, sizes_of(free, found))


def frontier(
    case: Case, rules: RuleSet, *, steps: int = 8, gap: float = 1e-3, listener: Listener | None = None
) -> Frontier:
    """From the cheapest plan without a carbon limit to the cleanest, each the cheapest for its emissions.

    The marginal abatement cost of a point is the price of its emissions limit; the average one is the cost of the step
    from the point before.
    """
    base = replace(case, study=_without_carbon_targets(case.study))
    first = _capped(base, np.inf, gap, listener)
    least, proven = _cleanest(base, gap, listener)
    caps = np.linspace(first.emissions_t, least, steps)[1:]
    points = [first]
    for most in caps:
        # the very end is met by a solver's interior only in the limit: stay a thousandth above it
        point = _capped(base, max(float(most), least + 1e-3 * abs(first.emissions_t - least)), gap, listener)
        before = points[-1]
        saved = before.emissions_t - point.emissions_t
        average = (point.cost - before.cost) / saved if saved > 1e-9 else None
        points.append(replace(point, average_cny_per_t=average))
    return Frontier(tuple(points), proven)


def _without_carbon_targets(study: Study) -> Study:
    free = study.targets.model_copy(update={"intensity": None, "emissions_t": None})
    return study.model_copy(update={"targets": free})


def _capped(case: Case, most_t: float, gap: float, listener: Listener | None) -> Point:
    model = build(case)
    if np.isfinite(most_t):
        model.add(Cap("emissions-limit", "emissions", most=most_t * 1000))
    found = solve(model, gap=gap, listener=named(listener, "frontier"))
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.no-plan", status=found.status)
    emitted = tally(model, found, "emissions") / 1000
    marginal = abs(found.totals.get("emissions-limit", 0.0)) * 1000
    return Point(emitted, found.cost, found.lower_bound, found.gap, marginal, sizes_of(case, found))


def _cleanest(case: Case, gap: float, listener: Listener | None) -> tuple[float, float]:
    """The lowest emissions found, and what is proven to be below them. [tCO2]"""
    model = build(case)
    aim(model, {"emissions": 1.0})
    model.constant_cost += 1.0
    found = solve(model, gap=gap, listener=named(listener, "least-carbon"))
    if not found.found or not np.isfinite(found.cost):
        raise SolveError("study.no-plan", status=found.status)
    return tally(model, found, "emissions") / 1000, (found.lower_bound - 1.0) / 1000
