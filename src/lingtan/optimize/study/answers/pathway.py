"""Building by stages, all years in one problem."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lingtan.base.errors import InputError
from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.model import Model
from lingtan.optimize.solution import Solution
from lingtan.optimize.solve import solve
from lingtan.optimize.study import reliability
from lingtan.optimize.study.answers.aims import named
from lingtan.optimize.study.case import Case, Chain
from lingtan.optimize.study.classes import solve_by_class
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.plan import Listener

LAST_STAGE_YEARS = 10


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
    served_difference: float | None = None
    outages: tuple[reliability.Outages, ...] = ()

    def bounded_by(self, bound: float) -> "Pathway":
        """The same with a lower bound that holds for more than it looked at."""
        lower = min(bound, self.lower_bound)
        gap = max(self.cost - lower, 0.0) / max(abs(self.cost), 1e-9) if np.isfinite(self.cost) else self.gap
        return replace(self, lower_bound=lower, gap=float(gap))


def pathway(
    case: Case, rules: RuleSet, chains: Sequence[Chain], *, gap: float = 1e-3, listener: Listener | None = None
) -> Pathway:
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
    once = lambda model: solve(model, gap=gap, listener=named(listener, "pathway"))  # noqa: E731
    made, answer = reliability.survive(made, lambda c: solve_by_class(c, rules, once), lambda a: a.solution)
    model, found = answer.model, answer.solution
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
    return Pathway(
        tuple(steps),
        found.cost,
        answer.lower_bound,
        answer.gap,
        found.status,
        served_difference=answer.served_difference,
        outages=reliability.outages(made, reliability.sizes_by_chain(made, found), found.series)
        if reliability.asked(made)
        else (),
    )


def _chain_tally(model: Model, found: Solution, name: str, where: Any, chain: int) -> float:
    counted = model.timeline.counted_hours * where
    total = 0.0
    for column, per_kwh in model.tallies.get(name, ()):
        total += float((np.asarray(per_kwh) * found.series[model.columns[column.index].name] * counted).sum())
    for part, per_unit in model.global_tallies.get(f"{name}@{chain}", ()):
        total += per_unit * found.sizes[model.globals[part.index].name]
    return total
