"""Solve a model by the chain method, or by HiGHS where whole numbers or vertices are asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from lingtan.optimize.branch import solve_units
from lingtan.optimize.chain.answer import answer
from lingtan.optimize.chain.iterate import Iterate
from lingtan.optimize.chain.lower import Lowered, lower
from lingtan.optimize.chain.method import Stand, minimize
from lingtan.optimize.model import Model
from lingtan.optimize.rolling import operate_best
from lingtan.optimize.solution import Progress, Solution

Listener = Callable[[Progress], bool | None]
LONG = 1000  # steps above which HiGHS is slower than branching on sizes with the chain
SMALL = 1e-3  # a size below this share of the largest need is not built
DIGITS = 4  # significant digits that a person would write down


def solve(
    model: Model,
    *,
    gap: float = 1e-3,
    listener: Listener | None = None,
    solver: Literal["auto", "chain", "highs"] = "auto",
    start: Any = None,
    operate: bool = True,
) -> Solution:
    """The cheapest plan of ``model`` with a proven gap.

    Parameters
    ----------
    gap : float
        Stop when (cost - lower bound) / cost is proven below this.
    listener : callable, optional
        Gets each :class:`Progress`; returning False stops with the best so far.
    solver : "auto", "chain" or "highs"
        ``auto``: the chain; HiGHS if the model asks for whole numbers. Where the time is long: branching on sizes that are
        whole with the chain's bound, and whole numbers by step operated window by window at the sizes found.
    start : optional
        The ``state`` of an earlier :class:`Solution`, of the same model or a neighbour of the same shape: a stopped
        solve goes on from there, a neighbour starts near its answer.
    operate : bool
        False leaves whole numbers by step relaxed where the time is long: sizes and bound, without an operation.

    Returns
    -------
    Solution
        With ``status`` ``solved``, ``stopped`` by the listener, ``infeasible`` with its conflict, or ``unsolved`` when
        nothing moves any more: then cost, bound and gap are what was proven until then.
    """
    whole_steps = any(column.integer for column in model.columns)
    whole_sizes = any(record.unit is not None for record in model.globals)
    if solver == "auto" and (whole_sizes or whole_steps) and len(model.timeline) > LONG:
        if whole_sizes:
            found = solve_units(model, lambda part: solve_chain(lower(part), gap=0.3 * gap), gap=gap)
        else:
            found = solve_chain(lower(model), gap=gap, listener=listener, start=start)
        if not whole_steps or not operate or not found.found or not np.isfinite(found.cost):
            return found
        return operate_best(model, found, lambda part: solve_chain(lower(part), gap=gap), gap=gap, listener=listener)
    if solver == "highs" or (solver == "auto" and (whole_steps or whole_sizes)):
        from lingtan.optimize.highs import Loaded

        return Loaded(model).run(gap=gap)
    return solve_chain(lower(model), gap=gap, listener=listener, start=start)


def solve_chain(
    lowered: Lowered, *, gap: float = 1e-3, listener: Listener | None = None, start: Any = None
) -> Solution:
    """The chain method on arrays that are lowered already."""
    scale, constant = lowered.scale.cost, lowered.constant

    def tell(stand: Stand) -> bool | None:
        assert listener is not None
        return listener(
            Progress(stand.iteration, stand.cost * scale, stand.lower_bound * scale, stand.gap, stand.residual)
        )

    outcome = minimize(
        lowered.problem,
        gap=gap,
        listener=tell if listener else None,
        start=start if isinstance(start, Iterate) else None,
        offset=constant / scale,
    )
    return answer(lowered, outcome)


def asks_for_whole_numbers(model: Model) -> bool:
    """Whether a column or a size counts in whole numbers."""
    return any(column.integer for column in model.columns) or any(g.unit is not None for g in model.globals)


def with_sizes(model: Model, sizes: dict[str, float]) -> Model:
    """The same model with these global columns given; the others stay free."""
    fixed = Model.__new__(Model)
    fixed.__dict__.update(model.__dict__)
    fixed.globals = [
        replace(record, lower=sizes[record.name], upper=sizes[record.name], unit=None)
        if record.name in sizes
        else record
        for record in model.globals
    ]
    return fixed


def clean(model: Model, found: Solution, *, gap: float = 1e-3, names: set[str] | None = None) -> Solution:
    """The plan with sizes a person would write down: tiny ones left out, others rounded up, then operated in full.

    The cost is that of the full operation at these sizes; the lower bound stays that of the free problem, so the gap
    tells what rounding cost. If the rounded sizes cannot meet every need, only the tiny ones that harm are kept.

    Parameters
    ----------
    names : set of str, optional
        The global columns that are sizes; all that bound a column within them by default.
    """
    chosen = names if names is not None else size_names(model)
    largest = max((abs(v) for k, v in found.sizes.items() if k in chosen), default=0.0)
    limits = {record.name: (record.lower, record.upper) for record in model.globals}

    def rounded(small: float) -> dict[str, float]:
        return {
            name: min(max(0.0 if value < small * largest else round_up(value), limits[name][0]), limits[name][1])
            for name, value in found.sizes.items()
            if name in chosen
        }

    for small in (SMALL, 0.0):
        fixed = with_sizes(model, rounded(small))
        run = solve(fixed, gap=gap, solver="chain")
        if run.found and np.isfinite(run.cost):
            whole = max(0.0, run.cost - found.lower_bound) / max(abs(run.cost), 1e-9)
            return replace(run, lower_bound=found.lower_bound, gap=whole, size_prices=found.size_prices)
    return found


def size_names(model: Model) -> set[str]:
    """Global columns that are one size over all steps, not a peak of a month."""
    spans: dict[int, int] = {}
    for column in model.columns:
        if column.within is not None:
            for index in np.unique(column.within):
                spans[int(index)] = spans.get(int(index), 0) + int((column.within == index).sum() == len(column.within))
    return {model.globals[index].name for index, whole in spans.items() if index >= 0 and whole}


def round_up(value: float, digits: int = DIGITS) -> float:
    """The next number above with this many significant digits."""
    if value <= 0.0:
        return 0.0
    step = 10.0 ** (np.floor(np.log10(value)) - digits + 1)
    return float(np.ceil(value / step - 1e-9) * step)
