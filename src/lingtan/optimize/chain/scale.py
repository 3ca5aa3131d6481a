"""Scales that bring a problem to values near 1–100, whatever its units: scaling units changes nothing in the answer."""

from dataclasses import dataclass, replace

import numpy as np

from lingtan.optimize.chain.problem import Points, Problem
from lingtan.optimize.model import FloatArray

LARGEST_NEED = 50.0  # where the largest right-hand side is brought to
MEAN_PRICE = 0.3  # where the mean price is brought to


@dataclass(frozen=True)
class Scale:
    """Scaled value times the scale is the value in the model's units."""

    power: float  # of columns and step rows
    money: float  # of a unit price: cost is scaled by power · money
    global_columns: FloatArray
    global_rows: FloatArray

    @property
    def cost(self) -> float:
        """CNY per unit of scaled cost."""
        return self.power * self.money

    def apply(self, raw: Problem) -> Problem:
        """The scaled problem."""
        columns, rows, power = self.global_columns, self.global_rows, self.power
        ratio = columns / power  # of a global column against step values
        share = raw.share * np.append(ratio, 1.0)[raw.above]
        return replace(
            raw,
            sums=replace(raw.sums, value=raw.sums.value * (power / rows)[raw.sums.row][:, None]),
            sum_points=_scaled(raw.sum_points, (power / rows)[raw.sum_points.row]),
            fixed=replace(raw.fixed, value=raw.fixed.value * ratio[raw.fixed.column][:, None]),
            fixed_points=_scaled(raw.fixed_points, ratio[raw.fixed_points.column]),
            b=raw.b / power,
            cost=raw.cost / self.money,
            bound=raw.bound / power,
            share=share,
            box=raw.box / power,
            global_cost=raw.global_cost * columns / self.cost,
            global_bound=raw.global_bound / columns,
            global_rows=raw.global_rows * columns[None, :] / rows[:, None],
            global_b=raw.global_b / rows,
        )


def _scaled(points: Points, factor: FloatArray) -> Points:
    return replace(points, value=points.value * factor)


def find_scale(raw: Problem) -> Scale:
    """Scales from the largest need, the mean price, and the size of the global rows."""
    largest = float(np.abs(raw.b).max(initial=0.0))
    if largest == 0.0:
        finite = raw.box[raw.active > 0]
        largest = float(np.median(np.abs(finite[finite != 0]))) if np.any(finite) else 1.0
    power = largest / LARGEST_NEED
    prices = np.abs(raw.cost[raw.active > 0])
    if np.any(prices):
        money = float(prices.mean()) / MEAN_PRICE
    else:
        money = float(np.abs(raw.global_cost).sum()) / max(1, len(raw.global_cost) * raw.steps) or 1.0
    rows = np.zeros(len(raw.global_b))
    for row, values in zip(raw.sums.row, raw.sums.value, strict=True):
        rows[row] += np.abs(values).sum()
    rows *= 0.1
    for row, value in zip(raw.sum_points.row, raw.sum_points.value, strict=True):
        rows[row] = max(rows[row], abs(value))
    lone = rows == 0.0
    rows *= power
    weight = np.abs(raw.global_rows)
    rows[lone] = (weight[lone].max(axis=1, initial=0.0) * power) if lone.any() else rows[lone]
    rows[rows == 0.0] = 1.0
    tied = np.zeros(len(raw.global_cost), bool)
    tied[np.unique(raw.above[raw.above >= 0])] = True
    tied[raw.fixed.column] = True
    tied[raw.fixed_points.column] = True
    with np.errstate(divide="ignore"):
        free = np.where(weight > 0, rows[:, None] / weight, np.inf).min(axis=0, initial=np.inf)
    columns = np.where(tied | ~np.isfinite(free), power, free)
    return Scale(power, money, columns, rows)
