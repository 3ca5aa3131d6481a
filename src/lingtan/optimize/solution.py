"""The answer of a solver: bounds, sizes, series, the price of every limit, or the proof that there is none."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lingtan.optimize.model import FloatArray

Status = Literal["solved", "stopped", "infeasible", "unbounded", "unsolved"]


@dataclass(frozen=True)
class Progress:
    """One line of a running solve; a listener gets it and may return False to stop."""

    iteration: int
    cost: float
    lower_bound: float
    gap: float  # of this iterate, relative; inf until the rows are met
    residual: float  # largest violation of a row, relative to the largest need


@dataclass(frozen=True)
class Conflict:
    """Why there is no solution: owners of rows and bounds, with their part in the proof (all positive, sum 1)."""

    owners: dict[str, float]
    rows: dict[str, float]
    steps: FloatArray  # part of each step in the proof


@dataclass(frozen=True)
class Solution:
    """What a solver found; names are ``owner`` or ``owner.name``, units as in the model."""

    status: Status
    solver: str
    cost: float = np.nan
    lower_bound: float = -np.inf
    gap: float = np.inf  # (cost - lower bound) / |cost|
    iterations: int = 0
    sizes: dict[str, float] = field(default_factory=dict)  # every global column
    series: dict[str, FloatArray] = field(default_factory=dict)  # every column, by step
    prices: dict[str, FloatArray] = field(default_factory=dict)  # of each row, by step [CNY per kWh needed]
    totals: dict[str, float] = field(default_factory=dict)  # price of each total [CNY per unit of its right-hand side]
    size_prices: dict[str, float] = field(
        default_factory=dict
    )  # reduced cost: what a unit more would cost (+) or save (-)
    conflict: Conflict | None = None
    assumed: tuple[str, ...] = ()  # columns whose bound is neither stated nor implied: the proof assumes one
    state: Any = None  # the iterate, to resume or to start a neighbour from

    @property
    def found(self) -> bool:
        """Whether there are sizes and series."""
        return bool(self.series) or bool(self.sizes)
