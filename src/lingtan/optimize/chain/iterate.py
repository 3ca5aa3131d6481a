"""Where the method stands: values, their slacks, multipliers; and the directions between two stands."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.chain.problem import Problem
from lingtan.optimize.model import FloatArray


@dataclass
class Iterate:
    """A point, or a direction; all of x, s, z, v and y, sy, zy, vy are positive in a point."""

    x: FloatArray  # columns [n, T]
    s: FloatArray  # room under the upper bound; 1 where unbounded
    z: FloatArray  # multiplier of x ≥ 0
    v: FloatArray  # multiplier of the upper bound; 0 where unbounded
    lam: FloatArray  # multipliers of step rows [R, T]
    lam_g: FloatArray  # of global rows [K]
    y: FloatArray  # global columns [J]
    sy: FloatArray
    zy: FloatArray
    vy: FloatArray

    @classmethod
    def zeros(cls, problem: Problem) -> "Iterate":
        """All zero: room for a direction."""
        x, s, z, v = (np.zeros_like(problem.cost) for _ in range(4))
        y, sy, zy, vy = (np.zeros_like(problem.global_cost) for _ in range(4))
        return cls(x, s, z, v, np.zeros_like(problem.b), np.zeros_like(problem.global_b), y, sy, zy, vy)

    def copy(self) -> "Iterate":
        """The same point in arrays of its own."""
        return Iterate(*(array.copy() for array in vars(self).values()))


@dataclass
class Aim:
    """Right-hand sides of complementarity: what xz, sv and their global kin should change by."""

    xz: FloatArray
    sv: FloatArray
    yz: FloatArray
    syv: FloatArray

    @classmethod
    def zeros(cls, problem: Problem) -> "Aim":
        """Room for one."""
        xz, sv = (np.zeros_like(problem.cost) for _ in range(2))
        return cls(xz, sv, np.zeros_like(problem.global_cost), np.zeros_like(problem.global_cost))


@dataclass(frozen=True)
class Residuals:
    """How far an iterate is from the rows, and what it proves."""

    rows: FloatArray  # b - A x - … [R, T]
    sums: FloatArray  # of global rows [K]
    dual: FloatArray  # of columns [n, T]
    bound: FloatArray  # u + β y - x - s
    global_dual: FloatArray
    global_bound: FloatArray
    global_price: FloatArray  # reduced cost of global columns, net of what their columns would earn
    mu: float  # mean product of complementary pairs
    cost: float
    lower_bound: float  # Lagrangian bound at these multipliers
    proof: float  # positive: these multipliers prove that there is no solution
    primal: float  # largest violation, relative
    feasibility_cost: float  # what the violations are worth at the multipliers
    dual_size: float  # largest dual violation, relative


def push(products: FloatArray, target: float) -> FloatArray:
    """What brings outlying products back to [target/10, 10 target]."""
    low, high = 0.1 * target, 10.0 * target
    return np.where(products < low, low - products, np.where(products > high, np.maximum(high - products, -high), 0.0))
