"""The core indicator of notice 910: emissions for each unit of energy, with a limit that depends on the energy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingtan.optimize.limits.sums import weighted
from lingtan.optimize.model import Model
from lingtan.optimize.solution import Solution

FREE = 1e6  # a target that limits nothing: the class below the smallest that the rules name


@dataclass(frozen=True)
class IntensityCap:
    r"""Emissions at most ``target`` times the energy, within one size class.

    .. math:: E \le \tau\, N, \qquad N_{\min} \le N < N_{\max}

    With ``served_energy`` the right side is a fixed amount: what the park's needs take, so that waste cannot loosen it.
    Without, the energy is what the components' tallies say; dumped energy must not be among them.
    """

    id: str
    target: float  # kgCO2e per kgce, that is tCO2e per tce
    energy_from: float = 0.0  # [kgce]
    energy_to: float = np.inf
    served_energy: float | None = None  # [kgce]
    emissions: str = "emissions"  # tallies
    energy: str = "energy"

    @property
    def limits(self) -> bool:
        """Whether it bounds emissions at all, or only names a range of energy."""
        return self.target < FREE

    def contribute(self, model: Model) -> None:
        """The cap, and the bounds of the class."""
        if self.served_energy is not None:
            terms, parts, constant = weighted(model, {self.emissions: 1.0})
            model.total("", terms, fixed=parts, upper=self.target * self.served_energy - constant)
        elif self.limits:
            terms, parts, constant = weighted(model, {self.emissions: 1.0, self.energy: -self.target})
            model.total("", terms, fixed=parts, upper=-constant)
        if self.energy_from > 0.0 or np.isfinite(self.energy_to):
            terms, parts, constant = weighted(model, {self.energy: 1.0})
            low = self.energy_from - constant if self.energy_from > 0.0 else -np.inf
            model.total("class", terms, fixed=parts, lower=low, upper=self.energy_to - constant)


def solve_classes(
    build: Callable[[IntensityCap], Model], caps: Sequence[IntensityCap], solve: Callable[[Model], Solution]
) -> tuple[IntensityCap | None, Solution, dict[IntensityCap, Solution]]:
    """Solve the model of each class; the cheapest, and all of them.

    The lower bound of the answer is the smallest of all classes, since the optimum lies in one of them; a class that
    is proven infeasible drops out.
    """
    answers = {cap: solve(build(cap)) for cap in caps}
    found = {cap: answer for cap, answer in answers.items() if answer.found and np.isfinite(answer.cost)}
    if not found:
        return None, next(iter(answers.values())), answers
    best = min(found, key=lambda cap: found[cap].cost)
    bound = min(answer.lower_bound for answer in answers.values() if answer.status != "infeasible")
    chosen = answers[best]
    gap = max(chosen.cost - bound, 0.0) / max(abs(chosen.cost), 1e-9)
    return best, replace(chosen, lower_bound=bound, gap=gap), answers
