"""Sizes in whole units over a long time: branch on the sizes, with the chain's bound at every node.

A relaxed answer with 2.4 units splits into "at most 2" and "at least 3"; rounding the sizes of a node and operating the
whole time at them gives a plan. What remains open when the nodes run out stands in the gap.
"""

import heapq
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lingtan.optimize.model import Model
from lingtan.optimize.solution import Solution

WHOLE = 1e-4  # nearer to a whole number than this is one
MOST_NODES = 40

Bounds = dict[str, tuple[float, float]]
Relaxed = Callable[[Model], Solution]


def solve_units(model: Model, relaxed: Relaxed, *, gap: float = 1e-3, most_nodes: int = MOST_NODES) -> Solution:
    """The cheapest plan with whole units, by ``relaxed`` solves that carry a lower bound.

    Parameters
    ----------
    relaxed : callable
        Solves a model without whole numbers to a gap well below the one asked for.
    gap : float
        Stop when (cost - lower bound) / cost is below this.
    most_nodes : int
        Relaxed solves that may be spent; then the best plan is returned with the gap that is left.
    """
    units = {g.name: g.unit for g in model.globals if g.unit is not None}
    root = relaxed(_within(model, {}))
    if root.status == "infeasible":
        return root
    best: Solution | None = None
    spent, number = 1, 0
    heap: list[tuple[float, int, Bounds, Solution]] = [(root.lower_bound, 0, {}, root)]
    while heap and spent < most_nodes:
        bound, _, bounds, found = heapq.heappop(heap)
        if best is not None and best.cost - bound <= gap * abs(best.cost):
            heapq.heappush(heap, (bound, number, bounds, found))
            break
        name = _most_fractional(found, units)
        if name is None or best is None:
            plan = relaxed(_within(model, bounds | _rounded(model, found, units, bounds)))
            spent += 1
            if plan.found and np.isfinite(plan.cost) and (best is None or plan.cost < best.cost):
                best = plan
        if name is None:
            continue
        for side in _split(model, name, found.sizes[name], bounds):
            child = relaxed(_within(model, bounds | side))
            spent += 1
            if child.status != "infeasible" and (best is None or child.lower_bound < best.cost):
                number += 1
                heapq.heappush(heap, (max(bound, child.lower_bound), number, bounds | side, child))
    if best is None:
        return replace(root, status="unsolved", sizes={}, series={}, cost=np.nan, gap=np.inf)
    lower = min([best.cost, *(bound for bound, *_ in heap)]) if heap else min(best.cost, best.lower_bound)
    left = max(0.0, best.cost - lower) / max(abs(best.cost), 1e-9)
    return replace(best, status="solved" if left <= gap else "stopped", lower_bound=lower, gap=left, iterations=spent)


def _within(model: Model, bounds: Bounds) -> Model:
    """The model without whole numbers, its sizes within ``bounds``."""
    part = Model.__new__(Model)
    part.__dict__.update(model.__dict__)
    part.globals = []
    for record in model.globals:
        low, high = bounds.get(record.name, (record.lower, record.upper))
        part.globals.append(replace(record, lower=low, upper=high, unit=None))
    return part


def _most_fractional(found: Solution, units: dict[str, float]) -> str | None:
    """The size farthest from a whole number of units."""
    far = {name: abs(found.sizes[name] / unit - round(found.sizes[name] / unit)) for name, unit in units.items()}
    name = max(far, key=lambda key: far[key], default=None)
    return name if name is not None and far[name] > WHOLE else None


def _split(model: Model, name: str, value: float, bounds: Bounds) -> list[Bounds]:
    """At most the whole number below, at least the one above."""
    record = next(g for g in model.globals if g.name == name)
    unit = record.unit or 1.0
    low, high = bounds.get(name, (record.lower, record.upper))
    below, above = np.floor(value / unit) * unit, np.ceil(value / unit) * unit
    sides = [(low, float(below))] if below >= low else []
    return [{name: side} for side in [*sides, *([(float(above), high)] if above <= high else [])]]


def _rounded(model: Model, found: Solution, units: dict[str, float], bounds: Bounds) -> Bounds:
    """Every size at the next whole number of units above, or below where the bound is nearer."""
    out = {}
    for record in model.globals:
        if record.name not in units:
            continue
        unit = units[record.name]
        _, high = bounds.get(record.name, (record.lower, record.upper))
        value = np.ceil(found.sizes[record.name] / unit - WHOLE) * unit
        whole = float(min(value, np.floor(high / unit + WHOLE) * unit))
        out[record.name] = (whole, whole)
    return out
