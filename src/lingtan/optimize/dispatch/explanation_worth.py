"""What a binding limit is said to save per unit, put to the test: one unit more of it, solved again."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.dispatch.bindings import Binding, bindings
from lingtan.optimize.dispatch.explanation import Checker, Verdict
from lingtan.optimize.dispatch.explanation_held import Edit
from lingtan.optimize.dispatch.record import STORES

CLOSE = 1e-4  # relative to what is said
LITTLE = 1e-3  # of a unit, where one whole is too much for the price to hold


@dataclass(frozen=True)
class Worth:
    """A limit's price as said, and what one unit more saves, and a thousandth of one, a unit. [CNY per unit]"""

    limit: str
    asset: str
    said: float
    saves: float
    at_first: float
    verdict: Verdict  # degenerate: the price holds for less of the limit, not for more


def worths(checker: Checker) -> list[Worth]:
    """Every binding limit of the plan."""
    found = []
    for binding in bindings(checker.description, checker.step):
        whole, little = (_saves(checker, binding, by) for by in (1.0, LITTLE))
        room = CLOSE * binding.saves_per_unit + checker.rounding
        if whole > binding.saves_per_unit + room or little > binding.saves_per_unit + room / LITTLE:
            verdict: Verdict = "refuted"
        else:
            same = abs(whole - binding.saves_per_unit) <= room or abs(little - binding.saves_per_unit) <= room / LITTLE
            less = same or -_saves(checker, binding, -LITTLE) / 1.0 >= binding.saves_per_unit - room / LITTLE
            verdict = "confirmed" if same else "degenerate" if less else "refuted"
        found.append(Worth(binding.limit, binding.asset, binding.saves_per_unit, whole, little, verdict))
    return found


def _saves(checker: Checker, binding: Binding, by: float) -> float:
    """What so much more of the limit saves, per unit; of less of it what that costs, negative."""
    trial = checker.held.solve(_more(checker, binding, by))
    if not trial.found:
        return -np.inf if by < 0 else 0.0
    return (checker.held.base.cost - trial.cost) / abs(by)


def _more(checker: Checker, binding: Binding, by: float) -> Edit:
    held, name, edit = checker.held, binding.asset, Edit()
    if binding.limit in ("carbon-cap", "export-share"):
        row = held.total("emission-cap" if binding.limit == "carbon-cap" else "export-share")
        low, top = held.row_bounds(row)
        return Edit(row={row: (low, top + by)})
    for t in range(held.n):
        if binding.limit in ("month-peak", "grid-limit"):
            i = held.index[f"{name}.import"]
            place = held.place(f"{name}.import", t)
            if (i, t) in held.within:
                edit.row[held.within[i, t]] = (-np.inf, by)
            elif np.isfinite(held.bounds(place)[1]):
                edit.column[place] = (held.bounds(place)[0], held.bounds(place)[1] + by)
            if binding.limit == "month-peak" and f"{name}-target" in held.row_index:
                row = held.row(f"{name}-target", t)
                edit.row[row] = (-np.inf, held.row_bounds(row)[1] + by)
        elif binding.limit == "export-limit":
            place = held.place(f"{name}.export", t)
            edit.column[place] = (held.bounds(place)[0], held.bounds(place)[1] + by)
        elif binding.limit == "content":
            place = held.place(f"{name}.content", t)
            edit.column[place] = (held.bounds(place)[0], held.bounds(place)[1] + by)
        elif binding.limit == "capacity":
            edit = edit.joined(_larger(checker, name, t, by))
    return edit


def _larger(checker: Checker, name: str, t: int, by: float) -> Edit:
    """A unit of a kilowatt more: its bound, and where it is switched its row; least load and ramp stay."""
    held, unit = checker.held, checker.description.unit(name)
    if unit is None or unit.kind in STORES:
        return Edit()
    column = checker.step.model.columns[checker.account.main[name]].name
    place = held.place(column, t)
    low, top = held.bounds(place)
    edit = Edit(column={place: (low, top + by * top / (unit.capacity_kw or 1.0))})
    if f"{name}.off" in held.row_index:
        row = held.row(f"{name}.off", t)
        edit.row[row] = (-np.inf, by * float(checker.account.column(f"{name}.on")[t] > 0.5))
    return edit
