"""An operation of the whole time: rolls, the global columns that are left, other sizes where some do not do."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lingtan.optimize.highs import Loaded
from lingtan.optimize.model import FloatArray, Model, Timeline, TotalRecord
from lingtan.optimize.rolling.check import cost_of, terms_by_step, violation
from lingtan.optimize.rolling.windows import WINDOW_GAP, Listener, Roll
from lingtan.optimize.solution import Solution

SHARE = 1e-5  # of the largest need: how far a row may be missed
MOST_TIGHTENED = 3  # times that totals are tightened for other sizes
MARGIN = 1.2  # on what they were missed by
MOST_GROWN = 12  # times that sizes may grow
TIGHTER = (1.0, 1.5, 3.0)  # on the prices of totals, tried in turn while totals are missed


def operate(model: Model, relaxed: Solution, *, gap: float = WINDOW_GAP, listener: Listener | None = None) -> Solution:
    """The time of ``model`` operated at the sizes of ``relaxed``, an answer of the same model without whole numbers.

    Returns
    -------
    Solution
        ``solved`` when the gap to the relaxed bound is below ``gap``, else ``stopped``: cost, bound and gap are what is known.
        ``unsolved`` without series if some row cannot be met. Where a window has no operation at the sizes (a minimum
    load leaves a need uncovered), sizes that may still grow do, by the least cost, and the roll begins anew.
    """
    tighten, grown = list(TIGHTER), 0
    missed: dict[str, float] = {}
    while tighten:
        tighter = tighten[0]
        rolled = Roll(model, relaxed, tighter, gap)
        if not rolled.run(listener):
            larger = rolled.larger() if rolled.stuck is not None and grown < MOST_GROWN else None
            if larger is None:
                break
            relaxed, grown = replace(relaxed, sizes={**relaxed.sizes, **larger}), grown + 1
            continue
        tighten.pop(0)
        chosen = _remaining(model, rolled)
        if chosen is None:
            missed = rolled.missed()
            continue
        cost = cost_of(model, rolled.series, chosen)
        series = {c.name: rolled.series[i] for i, c in enumerate(model.columns)}
        sizes = {g.name: float(v) for g, v in zip(model.globals, chosen, strict=True)}
        if violation(model, rolled.series, chosen) > SHARE:
            continue
        left = max(0.0, cost - relaxed.lower_bound) / max(abs(cost), 1e-9)
        status = "solved" if left <= gap else "stopped"
        return replace(relaxed, status=status, solver="rolling", cost=cost, gap=left, series=series, sizes=sizes)  # type: ignore[arg-type]
    none = {"cost": np.nan, "gap": np.inf, "series": {}, "sizes": {}, "state": missed}
    return replace(relaxed, status="unsolved", solver="rolling", **none)  # type: ignore[arg-type]


def operate_best(
    model: Model,
    relaxed: Solution,
    relax: Callable[[Model], Solution],
    *,
    gap: float = WINDOW_GAP,
    listener: Listener | None = None,
) -> Solution:
    """The operation at the sizes of ``relaxed``; where that leaves a gap, without each thing that runs in whole numbers too.

    A relaxed answer may build what pays in fractions alone. Leaving it out is tried for one after the other, and kept where
    the operated year is cheaper. Where a total is missed in whole numbers, sizes are taken from a relaxed answer with that
    total tightened by what was missed. The lower bound stays that of the first relaxed answer.
    """
    best, base = _met(model, relaxed, relax, gap, listener), relaxed
    dropped: dict[str, float] = {}
    owners = dict.fromkeys(c.owner for c in model.columns if c.integer)
    for record in model.globals:
        if record.owner not in owners or record.lower > 0.0 or base.sizes[record.name] <= 0.0:
            continue
        if np.isfinite(best.cost) and best.gap <= 10 * gap:
            break
        without = relax(_at(model, {**dropped, record.name: 0.0}))
        if not without.found or not np.isfinite(without.cost) or without.cost >= (best.cost if best.found else np.inf):
            continue
        other = _met(_at(model, {**dropped, record.name: 0.0}), without, relax, gap, listener)
        if np.isfinite(other.cost) and not other.cost >= best.cost:
            left = max(0.0, other.cost - relaxed.lower_bound) / max(abs(other.cost), 1e-9)
            best = replace(other, lower_bound=relaxed.lower_bound, gap=left)
            base, dropped = without, {**dropped, record.name: 0.0}
    return best


def _met(
    model: Model, relaxed: Solution, relax: Callable[[Model], Solution], gap: float, listener: Listener | None
) -> Solution:
    """An operation that meets the totals, if need be at sizes that are made for tighter ones."""
    found, tightened = operate(model, relaxed, gap=gap, listener=listener), dict[str, float]()
    for _ in range(MOST_TIGHTENED):
        missed = found.state if isinstance(found.state, dict) else {}
        if np.isfinite(found.cost) or not missed:
            break
        tightened = {k: tightened.get(k, 0.0) + MARGIN * missed.get(k, 0.0) for k in {*tightened, *missed}}
        again = relax(_tightened(model, tightened))
        if not again.found or not np.isfinite(again.cost):
            break
        found = operate(model, replace(again, lower_bound=relaxed.lower_bound), gap=gap, listener=listener)
    return found


def _tightened(model: Model, by: dict[str, float]) -> Model:
    tight = Model.__new__(Model)
    tight.__dict__.update(model.__dict__)
    tight.totals = [
        replace(t, lower=t.lower + by.get(t.name, 0.0), upper=t.upper - by.get(t.name, 0.0)) for t in model.totals
    ]
    return tight


def _at(model: Model, sizes: dict[str, float]) -> Model:
    """The model with these sizes given."""
    given = Model.__new__(Model)
    given.__dict__.update(model.__dict__)
    given.globals = [
        replace(g, lower=sizes[g.name], upper=sizes[g.name]) if g.name in sizes else g for g in model.globals
    ]
    return given


def _remaining(model: Model, rolled: Roll) -> FloatArray | None:
    """The global columns for what was operated: sizes as given, the others the cheapest that meet the totals; None if none do."""
    inside = {int(i) for c in model.columns if c.within is not None for i in np.unique(c.within) if i >= 0}
    inside |= {int(i) for row in model.rows for g, _ in row.fixed for i in np.unique(g)}
    part = Model(Timeline.hourly(1))
    for i, record in enumerate(model.globals):
        if i in rolled.peaks:
            low = min(max(record.lower, rolled.seen[i]), record.upper)
            part.globals.append(replace(record, lower=low, unit=None))
        elif i in inside:
            part.globals.append(replace(record, lower=rolled.chosen[i], upper=rolled.chosen[i], unit=None))
        else:
            part.globals.append(replace(record, unit=None))
    used = terms_by_step(model, rolled.series).sum(axis=1)
    for k, total in enumerate(model.totals):
        room = 1e-9 * (1.0 + abs(used[k]))
        low, high = total.lower - used[k] - room, total.upper - used[k] + room
        if total.fixed:
            part.totals.append(TotalRecord(total.name, total.owner, low, high, [], total.fixed))
        elif low > room * 10 or high < -room * 10:
            return None
    found = Loaded(part).run()
    return None if not found.sizes else np.array([found.sizes[g.name] for g in model.globals])
