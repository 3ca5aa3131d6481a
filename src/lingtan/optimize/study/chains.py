"""Sums of one chain where several years stand side by side."""

import numpy as np

from lingtan.optimize.model import Column, Global, Model
from lingtan.optimize.solution import Solution
from lingtan.optimize.study.profiles import Floats


def in_chain(
    model: Model, weights: dict[str, float], chain: int
) -> tuple[list[tuple[Column, Floats]], list[tuple[Global, float]], float]:
    """The terms of weighted tallies in one chain only."""
    terms: dict[int, Floats] = {}
    parts: dict[int, float] = {}
    mask = (model.timeline.chain == chain).astype(float)
    constant = 0.0
    share = float((mask * model.timeline.counted_hours).sum() / model.timeline.counted_hours.sum())
    for name, weight in weights.items():
        for column, per_kwh in model.tallies.get(name, ()):
            terms[column.index] = terms.get(column.index, 0.0) + weight * np.asarray(per_kwh) * mask
        for part, per_unit in model.global_tallies.get(f"{name}@{chain}", ()):
            parts[part.index] = parts.get(part.index, 0.0) + weight * per_unit
        constant += weight * model.tally_constants.get(name, 0.0) * share
    return [(Column(i), v) for i, v in terms.items()], [(Global(i), v) for i, v in parts.items()], constant


def chain_amount(model: Model, found: Solution, name: str, chain: int) -> float:
    """The value of a tally in one chain, in its own year (not weighted)."""
    terms, parts, constant = in_chain(model, {name: 1.0}, chain)
    counted, weight = model.timeline.counted_hours, float(model.timeline.weight[model.timeline.chain == chain][0])
    total = constant
    for column, per_kwh in terms:
        total += float((per_kwh * found.series[model.columns[column.index].name] * counted).sum())
    for part, per_unit in parts:
        total += per_unit * found.sizes[model.globals[part.index].name]
    return total / weight
