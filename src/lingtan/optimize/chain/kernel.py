"""The port of the chain method's inner loops: compiled when there is a library, in numpy otherwise."""

from typing import Any, Protocol

from lingtan.optimize.chain.iterate import Aim, Iterate
from lingtan.optimize.chain.native import NativeKernel, library
from lingtan.optimize.chain.problem import Problem
from lingtan.optimize.model import FloatArray


class Kernel(Protocol):
    """What the method asks for; every call reads the problem it was made for."""

    name: str

    def rows_times(self, x: FloatArray, y: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """A x + B x₋₁ + D y by row and step, and G x (without the global columns)."""

    def globals_times(self, lam: FloatArray) -> FloatArray:
        """Dᵀ λ."""

    def residuals(
        self, it: Iterate, rd: FloatArray, ru: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Fill ``rd`` and ``ru``; Σβv, Σβ·min(r,0) with and without cost by global column, and six sums."""

    def weights(self, it: Iterate, w: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Fill ``w`` and ``q``; the bounds' part of the border: by global column, rows × rows, rows × columns."""

    def factor(self, w: FloatArray, q: FloatArray) -> FloatArray:
        """Factor A W Aᵀ and return VᵀV of the border."""

    def forward(self, r: FloatArray) -> FloatArray:
        """First sweep of a solve; what it says to the border."""

    def backward(self, g: FloatArray, dl: FloatArray) -> None:
        """Second sweep, with the border's answer; fills ``dl``."""

    def border_factor(self, s: FloatArray) -> Any:
        """LU of the border's matrix."""

    def border_solve(self, factors: Any, b: FloatArray) -> FloatArray:
        """Solve with it."""

    def right_hand(
        self,
        it: Iterate,
        w: FloatArray,
        q: FloatArray,
        rd: FloatArray,
        ru: FloatArray,
        aim: Aim,
        f: FloatArray,
        wf: FloatArray,
    ) -> FloatArray:
        """Fill ``f`` and ``wf``; what they say to each global column."""

    def direction(
        self, it: Iterate, step: Iterate, w: FloatArray, q: FloatArray, f: FloatArray, ru: FloatArray, aim: Aim
    ) -> tuple[float, float]:
        """Fill x, s, z, v of ``step``; the largest relative decrease of primal and dual values."""

    def complementarity(self, it: Iterate, step: Iterate, primal: float, dual: float) -> float:
        """Σ of products after a step of these lengths."""

    def aim(
        self, mode: int, target: float, primal: float, dual: float, it: Iterate, step: Iterate, base: Aim, into: Aim
    ) -> None:
        """Fill ``into``: 0 towards zero, 1 towards the target, 2 ``base`` and a push of outliers."""

    def advance(self, step: float, w: FloatArray, dw: FloatArray) -> None:
        """w += step · dw."""


def make_kernel(problem: Problem) -> Kernel:
    """The compiled kernel, or the one in numpy, which is some ten times slower."""
    if library() is not None:
        return NativeKernel(problem)
    from lingtan.optimize.chain.reference import ReferenceKernel

    return ReferenceKernel(problem)
