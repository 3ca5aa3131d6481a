"""Aim a model at something else than its cost."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lingtan.optimize.limits.sums import weighted
from lingtan.optimize.model import Column, Global, Model
from lingtan.optimize.solution import Progress, Solution
from lingtan.optimize.study.plan import Listener

KEEP = 0.01  # of the cost, where something else is aimed at: decides between equals


def limit_cost(model: Model, most: float, *, keep: float = 0.0) -> None:
    """Bound the cost of a model and take it out of the aim, but for a share that decides between equals."""
    terms: list[tuple[Column, Any]] = [(Column(i), c.cost) for i, c in enumerate(model.columns) if np.any(c.cost)]
    parts = [(Global(j), g.cost) for j, g in enumerate(model.globals) if g.cost]
    with model.owned_by("budget"):
        model.total("", terms, fixed=parts, upper=most - model.constant_cost, counted=False)
    scale_costs(model, keep)
    model.constant_cost = 0.0


def scale_costs(model: Model, factor: float) -> None:
    for column in model.columns:
        column.cost = np.asarray(column.cost) * factor if factor else 0.0
    for record in model.globals:
        record.cost *= factor


def aim(model: Model, weights: dict[str, float]) -> None:
    """Make a sum of tallies the aim of a model whose cost is out of the way."""
    scale_costs(model, 0.0)
    terms, parts, constant = weighted(model, weights)
    hours = model.timeline.counted_hours
    for column, per_kwh in terms:
        model.columns[column.index].cost = np.asarray(per_kwh) * hours
    for part, per_unit in parts:
        model.globals[part.index].cost = per_unit
    model.constant_cost = constant


def costs_in(model: Model) -> tuple[list[Any], list[float], float]:
    return [c.cost for c in model.columns], [g.cost for g in model.globals], model.constant_cost


def cost_in(model: Model, found: Solution, costs: tuple[list[Any], list[float], float]) -> float:
    columns, parts, constant = costs
    total = constant
    for record, cost in zip(model.columns, columns, strict=True):
        if np.any(cost):
            total += float(np.sum(np.asarray(cost) * found.series[record.name]))
    for part, price in zip(model.globals, parts, strict=True):
        total += price * found.sizes[part.name]
    return total


def named(listener: Listener | None, key: str) -> Callable[[Progress], bool | None] | None:
    return None if listener is None else lambda progress: listener(key, progress)
