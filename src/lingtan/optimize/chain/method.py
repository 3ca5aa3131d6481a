"""The predictor–corrector with centrality correctors (Mehrotra, Gondzio), stopped by its own proof."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lingtan.optimize.chain.bound import measure
from lingtan.optimize.chain.iterate import Aim, Iterate, Residuals, push
from lingtan.optimize.chain.kernel import Kernel, make_kernel
from lingtan.optimize.chain.newton import Newton
from lingtan.optimize.chain.problem import Problem
from lingtan.optimize.chain.start import cold, warm

ROWS_MET = 1e-6  # a violation below this share of the largest need counts as met
MOST_ITERATIONS = 200
CORRECTORS = 2
FIRST_DOUBT = 4  # from here on the direction of the multipliers is looked at too
STALLED = 15  # iterations without progress after which the best is returned


@dataclass(frozen=True)
class Stand:
    """One iteration as the listener sees it; scaled."""

    iteration: int
    cost: float
    lower_bound: float
    gap: float
    residual: float
    proof: float


@dataclass(frozen=True)
class Outcome:
    """The best iterate, and what was proven."""

    status: Literal["solved", "stopped", "infeasible", "unsolved"]
    iterate: Iterate
    cost: float
    lower_bound: float
    gap: float
    iterations: int
    residual: float


def minimize(
    problem: Problem,
    *,
    gap: float,
    listener: Callable[[Stand], bool | None] | None = None,
    start: Iterate | None = None,
    offset: float = 0.0,
    kernel: Kernel | None = None,
    most_iterations: int = MOST_ITERATIONS,
    rows_met: float = ROWS_MET,
) -> Outcome:
    """Iterate until the gap is proven, there is proof of infeasibility, the listener says stop, or nothing moves.

    A ``gap`` of infinity asks only whether there is a solution. ``offset`` is the scaled cost that the problem does not see (fixed costs), so that the gap is that of the whole.
    """
    kernel = kernel or make_kernel(problem)
    it = (warm(problem, start) if start is not None else None) or cold(problem)
    newton = Newton(problem, kernel)
    work = _Work.of(problem)
    best = _Best(offset, rows_met)
    for iteration in range(most_iterations + 1):
        res = measure(problem, kernel, it)
        best.see(it, res, iteration)
        go_on = listener(best.stand(iteration, res)) if listener else None
        if res.proof > 0.0 and not best.met:
            return best.outcome("infeasible", it, iteration)
        if iteration > FIRST_DOUBT and iteration % 2 and not best.met:
            ray = _ray(it, work.step)
            if measure(problem, kernel, ray).proof > 0.0:
                return best.outcome("infeasible", ray, iteration)
        if best.met and best.gap <= gap:
            return best.outcome("solved", it, iteration)
        if go_on is False:
            return best.outcome("stopped", it, iteration)
        if iteration == most_iterations or iteration - best.moved > STALLED or not np.isfinite(res.mu):
            break
        if not _advance(it, res, newton, work, kernel, refine=res.primal > ROWS_MET * 1e-2 and res.mu < 1e-4):
            break
    if start is not None and not best.met:  # the neighbour led nowhere: begin anew
        more = {"offset": offset, "kernel": kernel, "most_iterations": most_iterations, "rows_met": rows_met}
        return minimize(problem, gap=gap, listener=listener, **more)  # type: ignore[arg-type]
    return best.outcome("unsolved", it, iteration)


def _ray(it: Iterate, step: Iterate) -> Iterate:
    """The direction in which the multipliers run away: without a solution it becomes a proof long before they do."""
    ray = Iterate(**vars(it))
    ray.lam, ray.lam_g = step.lam, step.lam_g
    return ray


@dataclass
class _Work:
    """Directions and right-hand sides that are used over and over."""

    step: Iterate
    trial: Iterate
    aim: Aim
    trial_aim: Aim

    @classmethod
    def of(cls, problem: Problem) -> "_Work":
        return cls(Iterate.zeros(problem), Iterate.zeros(problem), Aim.zeros(problem), Aim.zeros(problem))


def _advance(it: Iterate, res: Residuals, newton: Newton, work: _Work, kernel: Kernel, *, refine: bool) -> bool:
    """One iteration in place; False if no step could be taken."""
    newton.prepare(it)
    pairs = _pairs(newton.problem)
    aim, step = work.aim, work.step
    # predictor: straight towards complementarity
    kernel.aim(0, 0.0, 0.0, 0.0, it, step, aim, aim)
    aim.yz, aim.syv = -it.y * it.zy, -it.sy * it.vy
    primal, dual = newton.solve(it, res, aim, step)
    reached = _products(kernel, it, step, primal, dual) / pairs
    target = (reached / res.mu) ** 3 * res.mu
    # corrector: towards the target, with the second order that the predictor left out
    kernel.aim(1, target, 0.0, 0.0, it, step, aim, aim)
    aim.yz = target - it.y * it.zy - step.y * step.zy
    aim.syv = target - it.sy * it.vy - step.sy * step.vy
    primal, dual = newton.solve(it, res, aim, step, refine=refine)
    primal, dual = _center(it, res, newton, work, kernel, target, primal, dual, refine=refine)
    step = work.step
    most = min(max(0.9, 1.0 - res.mu), 0.9995)
    primal, dual = min(1.0, most * primal), min(1.0, most * dual)
    if not (np.isfinite(primal) and np.isfinite(dual)) or max(primal, dual) < 1e-12:
        return False
    for name in ("x", "s", "y", "sy"):
        kernel.advance(primal, getattr(it, name), getattr(step, name))
    for name in ("z", "v", "zy", "vy", "lam", "lam_g"):
        kernel.advance(dual, getattr(it, name), getattr(step, name))
    return True


def _center(
    it: Iterate,
    res: Residuals,
    newton: Newton,
    work: _Work,
    kernel: Kernel,
    target: float,
    primal: float,
    dual: float,
    *,
    refine: bool,
) -> tuple[float, float]:
    """Correctors that push outlying products back, kept while they lengthen the step."""
    for _ in range(CORRECTORS):
        far_primal, far_dual = min(1.0, 1.3 * primal + 0.1), min(1.0, 1.3 * dual + 0.1)
        base, into, step = work.aim, work.trial_aim, work.step
        kernel.aim(2, target, far_primal, far_dual, it, step, base, into)
        products = (it.y + far_primal * step.y) * (it.zy + far_dual * step.zy)
        into.yz = base.yz + push(products, target)
        products = (it.sy + far_primal * step.sy) * (it.vy + far_dual * step.vy)
        into.syv = base.syv + push(products, target)
        tried = newton.solve(it, res, into, work.trial, refine=refine)
        if sum(tried) < primal + dual + 0.05:
            break
        primal, dual = tried
        work.step, work.trial = work.trial, work.step
        work.aim, work.trial_aim = work.trial_aim, work.aim
    return primal, dual


def _pairs(problem: Problem) -> float:
    return max(1.0, float(problem.active.sum() + problem.bounded.sum()) + 2 * len(problem.global_cost))


def _products(kernel: Kernel, it: Iterate, step: Iterate, primal: float, dual: float) -> float:
    total = kernel.complementarity(it, step, primal, dual)
    total += float((it.y + primal * step.y) @ (it.zy + dual * step.zy))
    return total + float((it.sy + primal * step.sy) @ (it.vy + dual * step.vy))


class _Best:
    """Keeps the best bound, and the cheapest iterate that meets the rows; when none does, the one closest to them."""

    def __init__(self, offset: float, rows_met: float) -> None:
        self.offset = offset
        self.rows_met = rows_met
        self.lower_bound = -np.inf
        self.cost = np.inf
        self.residual = np.inf
        self.kept: Iterate | None = None
        self.moved = 0
        self._gap_seen = np.inf
        self._mu_seen = np.inf

    @property
    def met(self) -> bool:
        """Whether an iterate met the rows."""
        return bool(np.isfinite(self.cost))

    @property
    def gap(self) -> float:
        """Proven gap, relative to the whole cost."""
        if not self.met or not np.isfinite(self.lower_bound):
            return np.inf
        return max(0.0, self.cost - self.lower_bound) / max(abs(self.cost + self.offset), 1e-9)

    def see(self, it: Iterate, res: Residuals, iteration: int) -> None:
        """Take what this iterate brings."""
        if res.lower_bound > self.lower_bound:
            self.lower_bound = res.lower_bound
        cost = res.cost + res.feasibility_cost
        if res.primal < self.rows_met and cost < self.cost:
            self.cost, self.residual, self.kept = cost, res.primal, it.copy()
        if self.gap < 0.9 * self._gap_seen or res.mu < 0.5 * self._mu_seen or res.primal < 0.5 * self.residual:
            self.moved = iteration
            self._gap_seen, self._mu_seen = min(self.gap, self._gap_seen), min(res.mu, self._mu_seen)
            if not self.met:
                self.residual = min(self.residual, res.primal)

    def stand(self, iteration: int, res: Residuals) -> Stand:
        """For the listener."""
        return Stand(iteration, res.cost + self.offset, self.lower_bound + self.offset, self.gap, res.primal, res.proof)

    def outcome(
        self, status: Literal["solved", "stopped", "infeasible", "unsolved"], it: Iterate, iteration: int
    ) -> Outcome:
        """The end."""
        kept = self.kept if self.kept is not None and status != "infeasible" else it
        return Outcome(status, kept, self.cost, self.lower_bound, self.gap, iteration, self.residual)
