"""What may be left out near the optimum, and what is always there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.solve import solve
from lingtan.optimize.study.answers.aims import KEEP, limit_cost, named
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.plan import Listener, Plan


@dataclass(frozen=True)
class Range:
    """How much of a thing plans within x % of the cheapest may have: found, and proven to be the end."""

    technology: str
    least: float
    most: float
    optimum: float
    least_proven: float = 0.0  # no such plan has less
    most_proven: float = np.inf  # no such plan has more

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
    caps = intensity_classes(case.study, rules, case.hours_share)
    cap = next((c for c in caps if cheapest.target is None or c.target == cheapest.target), None) if caps else None
    found = []
    scale = KEEP * abs(cheapest.cost)  # an aim in the order of the cost that is kept
    for t in case.study.technologies:
        if (only and t.id not in only) or t.maximum <= t.existing:
            continue
        ends, proven = [], []
        for sense in (1.0, -1.0):
            model = build(case, cap=cap)
            kept = KEEP * (cheapest.cost * (1 + within) - model.constant_cost)
            limit_cost(model, cheapest.cost * (1 + within), keep=KEEP)
            numbers = [i for i, g in enumerate(model.globals) if g.name in (t.id, f"{t.id}.energy")]
            if not numbers:
                break
            for i in numbers:
                model.globals[i].cost += sense * scale / t.maximum
            constant = model.constant_cost = scale if sense > 0 else 2 * scale
            answer = solve(model, gap=gap, listener=named(listener, t.id))
            size = answer.sizes.get(model.globals[numbers[0]].name, np.nan)
            ends.append(float(size))
            # the aim holds a share of the cost too, which is at most that share of the budget
            rest = (answer.lower_bound - constant - kept) * t.maximum / scale
            proven.append(rest if np.isfinite(rest) else -np.inf)
        if len(ends) == 2:
            least, most = max(proven[0], t.existing, 0.0), min(-proven[1], t.maximum)
            found.append(Range(t.id, ends[0], ends[1], cheapest.sizes[t.id], min(least, ends[0]), max(most, ends[1])))
    return found
