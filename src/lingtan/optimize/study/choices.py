"""Ways to pay that a plan may choose between: tariffs, the basis of the two-part charge, ordinary pricing or notice 1192.

Each combination is a study of its own and is solved with its own proof; the cheapest is kept. Since the optimum lies in one of
them, the smallest of their lower bounds holds for all, and the plan's gap is against that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeVar

import numpy as np

from lingtan.optimize.study.case import Case
from lingtan.optimize.study.record import GridEntry, Study
from lingtan.park.tariffs.record import Tariff

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Way:
    """A tariff at each connection, and the study that has them."""

    tariffs: Mapping[str, Tariff]
    study: Study

    @property
    def name(self) -> str:
        """The ids of the tariffs taken."""
        return ", ".join(t.id for t in self.tariffs.values())


@dataclass(frozen=True)
class Tried:
    """What became of a way."""

    tariffs: Mapping[str, Tariff]
    status: str
    cost: float = np.nan
    lower_bound: float = -np.inf
    gap: float = np.inf
    chosen: bool = False

    @property
    def name(self) -> str:
        """The ids of the tariffs taken."""
        return ", ".join(t.id for t in self.tariffs.values())


def asked(study: Study) -> bool:
    """Whether any connection has a choice."""
    return any(g.choose_tariff or g.choose_basis or g.choose_pricing for g in study.grids)


def ways(study: Study) -> list[Way]:
    """All combinations, the one that is stated first; none twice."""
    if not asked(study):
        return [Way({}, study)]
    each = [list(options(study, grid)) for grid in study.grids]
    return [
        _with(
            study, dict(zip([g.id for g in study.grids], taken, strict=True)), {g.id for g in study.grids if _open(g)}
        )
        for taken in product(*each)
    ]


def _open(grid: GridEntry) -> bool:
    return bool(grid.choose_tariff or grid.choose_basis or grid.choose_pricing)


def options(study: Study, grid: GridEntry) -> Iterator[Tariff]:
    """The tariffs that a connection may take, the one that is stated first."""
    by_id = {t.id: t for t in study.tariffs}
    seen = []
    for name in (grid.tariff, *grid.choose_tariff):
        tariff = by_id[name]
        bases = dict.fromkeys((tariff.basis, *grid.choose_basis))
        pricings = dict.fromkeys((tariff.pricing, *grid.choose_pricing))
        for pricing, basis in product(pricings, bases):
            made = tariff.model_copy(update={"basis": basis, "pricing": pricing})
            if made != tariff:
                said = [str(basis)] if basis != tariff.basis else []
                said += [pricing.removeprefix("direct_")] if pricing != tariff.pricing else []
                made = made.model_copy(update={"id": "-".join([tariff.id, *said])})
            if made not in seen:
                seen.append(made)
                yield made


def _with(study: Study, taken: Mapping[str, Tariff], open_: set[str]) -> Way:
    shut: dict[str, list[str]] = {"choose_tariff": [], "choose_basis": [], "choose_pricing": []}
    grids = [g.model_copy(update={"tariff": taken[g.id].id, **shut}) for g in study.grids]
    known = {t.id for t in study.tariffs}
    new = {t.id: t for t in taken.values() if t.id not in known}
    changed = study.model_copy(update={"grids": grids, "tariffs": [*study.tariffs, *new.values()]})
    return Way({k: t for k, t in taken.items() if k in open_}, changed)


def settled(case: Case, tried: Sequence[Tried]) -> Case:
    """The case with the tariffs that were chosen; itself where there was no choice."""
    chosen = next((t for t in tried if t.chosen), None)
    return case if chosen is None else settled_on(case, {k: t.id for k, t in chosen.tariffs.items()})


def settled_on(case: Case, tariffs: Mapping[str, str]) -> Case:
    """The case with these tariffs, by connection."""
    for way in ways(case.study):
        if tariffs and {k: t.id for k, t in way.tariffs.items()} == dict(tariffs):
            return replace(case, study=way.study)
    return case


def each_way(
    case: Case, solve: Callable[[Case], Answer], read: Callable[[Answer], Any] = lambda answer: answer
) -> tuple[Case, Answer, float, tuple[Tried, ...]]:
    """The cheapest answer over the ways, the bound over all, and what each came to.

    Parameters
    ----------
    solve
        An answer of a case without choices.
    read
        Its ``status``, ``cost``, ``lower_bound`` and ``gap`` as attributes.
    """
    found: list[tuple[Way, Answer]] = []
    every = ways(case.study)
    for way in every:
        answer = solve(replace(case, study=way.study))
        found.append((way, answer))
        if read(answer).status == "stopped":
            break
    facts = [read(answer) for _, answer in found]
    costs = [f.cost if np.isfinite(f.cost) else np.inf for f in facts]
    best = int(np.argmin(costs))
    if not np.isfinite(costs[best]):  # one that is not proven impossible says more than one that is
        best = next((i for i, f in enumerate(facts) if f.status != "infeasible"), 0)
    # what was not looked at proves nothing
    bounds = [f.lower_bound for f in facts if f.status != "infeasible"]
    bound = min(bounds, default=np.inf) if len(found) == len(every) else -np.inf
    tried = tuple(
        Tried(way.tariffs, f.status, f.cost, f.lower_bound, f.gap, chosen=i == best)
        for i, ((way, _), f) in enumerate(zip(found, facts, strict=True))
    )
    way, answer = found[best]
    return replace(case, study=way.study), answer, float(bound), tried
