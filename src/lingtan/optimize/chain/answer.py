"""From the arrays back to the words of the model: sizes, series, prices, or who conflicts."""

import numpy as np

from lingtan.optimize.chain.bound import measure
from lingtan.optimize.chain.iterate import Iterate
from lingtan.optimize.chain.kernel import Kernel, make_kernel
from lingtan.optimize.chain.lower import Lowered
from lingtan.optimize.chain.method import Outcome
from lingtan.optimize.model import FloatArray
from lingtan.optimize.solution import Conflict, Solution

PART = 1e-6  # a smaller part in a proof of infeasibility is rounding


def answer(lowered: Lowered, outcome: Outcome) -> Solution:
    """The outcome in the model's names and units."""
    scale, constant = lowered.scale.cost, lowered.constant
    bound = outcome.lower_bound * scale + constant
    if outcome.status == "infeasible":
        return Solution(
            "infeasible",
            "chain",
            lower_bound=np.inf,
            iterations=outcome.iterations,
            conflict=conflict(lowered, outcome.iterate),
            state=outcome.iterate,
        )
    it = outcome.iterate
    met = np.isfinite(outcome.cost)
    return Solution(
        outcome.status,
        "chain",
        cost=outcome.cost * scale + constant if met else np.nan,
        lower_bound=bound,
        gap=outcome.gap,
        iterations=outcome.iterations,
        sizes=sizes(lowered, it.y) if met else {},
        series=series(lowered, it.x) if met else {},
        prices=prices(lowered, it.lam) if met else {},
        totals=total_prices(lowered, it.lam_g) if met else {},
        size_prices=size_prices(lowered, it) if met else {},
        assumed=lowered.assumed,
        state=it,
    )


def sizes(lowered: Lowered, y: FloatArray) -> dict[str, float]:
    """Every global column of the model."""
    values = np.append(y * lowered.scale.global_columns, 0.0)
    records = lowered.model.globals
    return {
        record.name: float(lowered.global_lower[i] + values[lowered.global_place[i]])
        for i, record in enumerate(records)
    }


def series(lowered: Lowered, x: FloatArray) -> dict[str, FloatArray]:
    """Every column of the model, by step."""
    active = lowered.problem.active > 0
    return {
        record.name: lowered.lower[i] + np.where(active[i], x[i] * lowered.scale.power, 0.0)
        for i, record in enumerate(lowered.model.columns)
    }


def prices(lowered: Lowered, lam: FloatArray) -> dict[str, FloatArray]:
    """What a kWh more on the right side of each row costs, by step."""
    hours = lowered.model.timeline.counted_hours
    first = len(lam) - len(lowered.model.rows)
    return {record.name: lam[first + i] * lowered.scale.money / hours for i, record in enumerate(lowered.model.rows)}


def total_prices(lowered: Lowered, lam_g: FloatArray) -> dict[str, float]:
    """What a unit more on the right side of each total costs; negative where a looser cap saves."""
    each = np.append(lam_g * lowered.scale.cost / lowered.scale.global_rows, 0.0)
    return {record.name: float(each[lowered.total_place[i]]) for i, record in enumerate(lowered.model.totals)}


def size_prices(lowered: Lowered, it: Iterate, kernel: Kernel | None = None) -> dict[str, float]:
    """What a unit more of each size would cost beyond what it brings (+), or still save where it is at its limit (-)."""
    reduced = measure(lowered.problem, kernel or make_kernel(lowered.problem), it).global_price
    each = np.append(reduced * lowered.scale.cost / lowered.scale.global_columns, 0.0)
    return {record.name: float(each[lowered.global_place[i]]) for i, record in enumerate(lowered.model.globals)}


def conflict(lowered: Lowered, it: Iterate) -> Conflict:
    """Who takes part in the proof: rows with a multiplier, and bounds that it leans on."""
    p, model = lowered.problem, lowered.model
    owners: dict[str, float] = {}
    rows: dict[str, float] = {}
    weight = np.abs(it.lam)
    first = len(it.lam) - len(model.rows)
    for i, record in enumerate(model.rows):
        rows[record.name] = float(weight[first + i].sum())
        owners[record.owner] = owners.get(record.owner, 0.0) + rows[record.name]
    step_rows = max(sum(rows.values()), 1e-300)
    total_weight = np.append(np.abs(it.lam_g) * np.sqrt(p.steps), 0.0)
    for i, total in enumerate(model.totals):
        rows[total.name] = float(total_weight[lowered.total_place[i]])
        owners[total.owner] = owners.get(total.owner, 0.0) + rows[total.name]
    _bounds(lowered, it, owners, step_rows)
    total_rows, total_owners = max(sum(rows.values()), 1e-300), max(sum(owners.values()), 1e-300)
    steps = weight.sum(axis=0)
    return Conflict(
        owners={name: part / total_owners for name, part in owners.items() if part > PART * total_owners},
        rows={name: part / total_rows for name, part in rows.items() if part > PART * total_rows},
        steps=steps / max(float(steps.sum()), 1e-300),
    )


def _bounds(lowered: Lowered, it: Iterate, owners: dict[str, float], step_rows: float) -> None:
    """Add the owners of upper bounds that the proof leans on: columns whose rows would pay for more of them."""
    p, model = lowered.problem, lowered.model
    paid = np.zeros_like(p.cost)
    np.add.at(paid, p.now.column, p.now.value * it.lam[p.now.row])
    if len(p.back.row):
        ahead = np.zeros((len(p.back.row), p.steps))
        ahead[:, :-1] = p.back.value[:, 1:] * it.lam[p.back.row][:, 1:]
        np.add.at(paid, p.back.column, ahead)
    if len(p.sums.row):
        np.add.at(paid, p.sums.column, p.sums.value * it.lam_g[p.sums.row][:, None])
    wanted = np.maximum(paid, 0.0) * p.bounded
    for i, record in enumerate(model.columns):
        part = float(wanted[i].sum())
        if part > PART * step_rows:
            owners[record.owner] = owners.get(record.owner, 0.0) + part
