"""The size class of each year of several: scenarios and stages may fall in different classes of energy.

Classes are tried by branching. At first a chain may be in any class, under the loosest limit of all; where the answer breaks
the limit of the class its energy falls in, that chain is solved in each class apart. The lower bound is the smallest of
what is still open, so it holds whatever class each chain ends in.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.limits import IntensityCap
from lingtan.optimize.model import Model
from lingtan.optimize.solution import Solution
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.chains import chain_amount, in_chain
from lingtan.optimize.study.served import at_served_energy

Solve = Callable[[Model], Solution]
MET = 1e-4  # of the energy: how far a limit may be missed by an answer
MOST = 40  # problems that are solved at most


@dataclass(frozen=True)
class Classified:
    """The cheapest answer over the classes: the case with its caps, the model, what was found, and the bound over all."""

    case: Case
    model: Model
    solution: Solution
    lower_bound: float
    served_difference: float | None = None

    @property
    def found(self) -> bool:
        """Whether there is an answer with a cost."""
        return self.solution.found and bool(np.isfinite(self.solution.cost))

    @property
    def gap(self) -> float:
        """Of the cost against the bound over all classes."""
        cost = self.solution.cost
        return max(cost - self.lower_bound, 0.0) / max(abs(cost), 1e-9) if self.found else np.inf


def solve_by_class(case: Case, rules: RuleSet, solve: Solve, *, served: bool = True) -> Classified:
    """Solve chains together, each within its intensity: stated, or of the size class it falls in; then at served energy."""
    choices = [_choices(case, c, rules) for c in range(len(case.chains))]
    best: Classified | None = None
    first: Classified | None = None
    closed: list[float] = []
    work = [(-np.inf, [(0, len(found)) for found in choices])]
    for _ in range(MOST):
        if not work:
            break
        work.sort(key=lambda item: -item[0])
        above, ranges = work.pop()
        if best is not None and above >= best.solution.cost:
            closed.append(above)
            continue
        made = replace(case, caps=[_widest(f[a:b]) for f, (a, b) in zip(choices, ranges, strict=True)])
        model = build(made)
        answer = solve(model)
        here = Classified(made, model, answer, answer.lower_bound)
        first = first or here
        if answer.status == "infeasible":
            continue
        if not here.found:
            if answer.status != "unsolved" or not out_of_reach(made, made.caps, solve):
                closed.append(answer.lower_bound)
            continue
        broken = _broken(here, choices, ranges)
        if broken is None:
            closed.append(answer.lower_bound)
            if best is None or answer.cost < best.solution.cost:
                best = here
        else:
            start, end = ranges[broken]
            for k in range(start, end):
                work.append((answer.lower_bound, [*ranges[:broken], (k, k + 1), *ranges[broken + 1 :]]))
        if answer.status == "stopped":
            break
    if best is None:
        assert first is not None
        # none found: infeasible only if every branch was proven so
        proven = not closed and not work
        answer = first.solution if proven or first.solution.status != "solved" else replace(first.solution, cost=np.nan)
        status = "infeasible" if proven else ("stopped" if answer.status == "stopped" else "unsolved")
        return replace(first, solution=replace(answer, status=status, cost=np.nan))  # type: ignore[arg-type]
    closed.remove(best.solution.lower_bound)
    others = float(min([np.inf, *closed, *(above for above, _ in work)]))
    best = replace(best, lower_bound=min(best.solution.lower_bound, others))
    return _served(best, others, solve) if served else best


def out_of_reach(case: Case, caps: Sequence[IntensityCap | None], solve: Solve) -> bool:
    """Whether a chain is proven never to have the energy of its class: by the bounds of the least and the most energy."""
    for c, cap in enumerate(caps):
        if cap is None:
            continue
        weight = case.chains[c].weight
        for sense, edge in ((-1.0, cap.energy_from), (1.0, cap.energy_to)):
            if edge <= 0.0 or not np.isfinite(edge):
                continue
            model = build(replace(case, caps=()))
            terms, parts, constant = in_chain(model, {"energy": sense}, c)
            counted = model.timeline.counted_hours
            for column in model.columns:
                column.cost = 0.0
            for record in model.globals:
                record.cost = 0.0
            for handle, per_kwh in terms:
                model.columns[handle.index].cost = per_kwh * counted
            for part, per_unit in parts:
                model.globals[part.index].cost = per_unit
            model.constant_cost = constant
            if solve(model).lower_bound > sense * edge * weight:
                return True
    return False


def _choices(case: Case, chain: int, rules: RuleSet) -> list[IntensityCap | None]:
    entry = case.chains[chain]
    stated = case.study.targets.intensity if entry.stage is None else entry.stage.intensity
    if stated is None:
        return [None]
    if not isinstance(stated, str):
        return [IntensityCap("intensity", stated)]
    targets = case.study.targets.model_copy(update={"intensity": stated})
    return list(intensity_classes(case.study.model_copy(update={"targets": targets}), rules, case.hours_share))


def _widest(caps: Sequence[IntensityCap | None]) -> IntensityCap | None:
    """One cap for neighboring classes: the loosest limit of them, over all their energies."""
    some = [cap for cap in caps if cap is not None]
    if not some:
        return None
    if len(some) == 1:
        return some[0]
    top = max(cap.energy_to for cap in some)
    return replace(some[0], target=max(c.target for c in some), energy_from=some[0].energy_from, energy_to=top)


def _broken(
    here: Classified, choices: Sequence[Sequence[IntensityCap | None]], ranges: Sequence[tuple[int, int]]
) -> int | None:
    """The first chain whose answer breaks the limit of the class it falls in; None if none does."""
    for c, (start, end) in enumerate(ranges):
        if end - start < 2:
            continue
        energy = chain_amount(here.model, here.solution, "energy", c)
        emitted = chain_amount(here.model, here.solution, "emissions", c)
        mine = [cap for cap in choices[c][start:end] if cap is not None and cap.energy_from <= energy < cap.energy_to]
        if not mine or emitted > mine[0].target * energy + MET * abs(energy):
            return c
    return None


def _served(best: Classified, others: float, solve: Solve) -> Classified:
    """The years at served energy; the bound is the smallest of their own and of the ``others``, the classes not taken."""
    held = [c for c, cap in enumerate(best.case.caps) if cap is not None]
    if not held or best.solution.status != "solved":
        return best

    def energies(answer: Classified) -> list[float]:
        return [chain_amount(answer.model, answer.solution, "energy", c) for c in held]

    def again(told: Sequence[float]) -> Classified | None:
        caps = list(best.case.caps)
        for c, energy in zip(held, told, strict=True):
            caps[c] = replace(caps[c], served_energy=energy)  # type: ignore[type-var]
        made = replace(best.case, caps=caps)
        model = build(made)
        found = solve(model)
        if not found.found or not np.isfinite(found.cost):
            return None
        return Classified(made, model, found, min(others, found.lower_bound))

    def same(one: Classified, two: Classified) -> bool:
        return abs(two.solution.cost - one.solution.cost) <= max(best.gap, MET) * abs(one.solution.cost)

    made = at_served_energy(best, energies, again, same)
    return replace(made, served_difference=float(made.solution.cost - best.solution.cost))


def class_names(caps: Sequence[IntensityCap | None]) -> list[str]:
    """Each cap in words, without repeats next to each other."""
    said = ["–" if cap is None else class_name(cap) for cap in caps]
    return [name for name, _ in itertools.groupby(said)]


def class_name(cap: IntensityCap) -> str:
    """A cap in words."""
    top = f"{cap.energy_to / 1000:g}" if np.isfinite(cap.energy_to) else "…"
    return f"≤ {cap.target:g} tCO2/tce, {cap.energy_from / 1000:g}–{top} tce"
