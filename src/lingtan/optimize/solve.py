"""Solve a model by the chain method, or by HiGHS where whole numbers or vertices are asked for."""

from collections.abc import Callable
from typing import Any, Literal

from lingtan.optimize.model import Model
from lingtan.optimize.solution import Progress, Solution

Listener = Callable[[Progress], bool | None]


def solve(
    model: Model,
    *,
    gap: float = 1e-3,
    listener: Listener | None = None,
    solver: Literal["auto", "chain", "highs"] = "auto",
    start: Any = None,
) -> Solution:
    """The cheapest plan of ``model`` with a proven gap.

    Parameters
    ----------
    gap : float
        Stop when (cost - lower bound) / cost is proven below this.
    listener : callable, optional
        Gets each :class:`Progress`; returning False stops with the best so far.
    solver : "auto", "chain" or "highs"
        ``auto``: the chain; HiGHS if the model asks for whole numbers.
    start : optional
        The ``state`` of an earlier :class:`Solution`, of the same model or a neighbour of the same shape.
    """
    raise NotImplementedError
