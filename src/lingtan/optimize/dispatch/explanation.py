"""What a reason claims, and what must be seen when the limit or price that it names is taken away in that hour.

========================  ===================================================  =========================================
code                      claims                                               taken away, in that hour
========================  ===================================================  =========================================
``need`` ``surplus``      bought for, or sold because of, the node's balance   a little of the need; more of it
(of a grid)
``month-peak``            the month's peak holds it                            the hour does not count for the peak; else
                                                                               no hour does
``grid-limit``            the connection is full                               the hour's import is not limited; else none
``export-limit``          the export limit holds it                            the limit
``export-share``          the cap on the share of exports holds it             the cap
``carbon``                pays by the carbon price or cap only                 the hour's carbon price; else all of it
``price-spread``          the other side of the trip pays more                 the spread: this hour costs what the other pays
``takes-up``              nothing else could take what is brought              a little of it
``only-source``           nothing else could serve its node                    a little of the need; all that it could cost
``later-need``            nothing else could serve the node later              all that it could cost
``stored``                it was there at the start and is worth most here     the gain: this hour pays what the content is worth
``surplus`` (of others)   there is more than the node needs                    the same: this hour is as dear as the other
``cheap-hours``           another hour of the stay is not cheaper              this hour is as dear as the dearest of the stay
``end-level``             the store must hold so much at the end               a little of the level
``end-value``             what is left at the end is worth something           its worth
``departure``             the cars must be ready                               a little of what they need
``deadline``              what was put off before is due                       a little of it
``cheapest``              earns what is told                                   what it earns
``too-dear``              would lose what is told                              what it would lose
``marginal``              sets the price                                       the node needs a little more
``no-use``                nobody could use it                                  the node needs a little more
``must-run``              least load holds it up                               the least load
``must-take``             what must be taken holds it up                       the least
``ramp``                  how fast it can change holds it                      the ramp into and out of the hour
``no-input``              what it draws is short                               the shortage: it is there for nothing
``no-start``              a start or its least run would not pay               on and off
``tie``                   to run or to rest is the same                        nothing: it moves at no cost
========================  ===================================================  =========================================

A claim is *confirmed* if the set-point then moves the way it must and the cost by no more than the shadow price allows;
it is *degenerate* if the set-point need not move but may at no cost, so that the reason is one of several that are equally
true; it is *refuted* otherwise.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lingtan.optimize.dispatch.explanation_account import SMALL_CNY, SMALL_KW, Account
from lingtan.optimize.dispatch.explanation_held import Edit, Held
from lingtan.optimize.dispatch.explanation_trials import ROUNDING, SHIFT, Trial, Trials
from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.reasons import Reason, reasons
from lingtan.optimize.dispatch.record import Description

Verdict = Literal["confirmed", "degenerate", "refuted"]
VALUED = ("marginal", "price-spread", "stored", "surplus", "cheapest", "cheap-hours", "end-value", "departure")
NUDGE = 0.2  # of that shift: how far a set-point must be able to move for nothing to be tied
TIED = 1e-9  # of the cost, relative: a move that costs less costs nothing


@dataclass(frozen=True)
class Claim:
    """One hour of one asset's reason, put to the test."""

    asset: str
    action: str
    code: str
    step: int
    verdict: Verdict
    how: str  # hour | all: whether the limit was taken away in that hour or everywhere; tie
    saves_cny: float  # by which the cost falls without the limit
    most_cny: float  # what the shadow price allows
    moved_kw: float


class Checker:
    """A plan whose reasons are put to the test, one hour after the other."""

    def __init__(self, description: Description, step: Step) -> None:
        self.description, self.step = description, step
        self.held = Held(description, step.model, np.asarray(step.solution.state))
        self.account = Account(description, step, self.held)
        self.rounding = ROUNDING * max(1.0, abs(self.held.base.cost)) + 1e-6
        self.trials = Trials(description, step, self.held, self.account)

    def check(self, given: list[Reason] | None = None) -> list[Claim]:
        """Every hour of every reason; of the plan's own where none are given."""
        found = []
        for reason in reasons(self.description, self.step, self.account) if given is None else given:
            found += [self.claim(reason, t) for t in range(reason.first, reason.last)]
        return found

    def unexplained(self, given: list[Reason] | None = None) -> list[tuple[str, int]]:
        """Set-points that are not zero and have no reason, by column and step."""
        told = reasons(self.description, self.step, self.account) if given is None else given
        known = {(r.asset, r.action, t) for r in told for t in range(r.first, r.last)}
        actions = {
            "import": "import", "export": "export", "charge": "charge", "discharge": "discharge", "input": "run", "forth": "run",
            "put-off": "put-off", "caught-up": "catch-up", "left-out": "cut",
        }  # fmt: skip
        generation = {u.id for u in self.description.units if u.kind in ("pv", "wind", "direct_line")}
        missing = []
        for name, values in self.step.series.items():
            asset, _, what = name.rpartition(".")
            if asset.endswith(("-unserved", "-surplus")):
                continue
            asset = asset.removesuffix("-shift").removesuffix("-cut")
            action = ("take" if asset in generation else "run") if what == "power" else actions.get(what)
            if action:
                steps = np.flatnonzero(values > SMALL_KW)
                missing += [(name, int(t)) for t in steps if (asset, action, int(t)) not in known]
        return missing

    def claim(self, reason: Reason, t: int) -> Claim:
        """One hour of a reason, put to the test; of several ways to take a limit away the first that confirms it."""
        name = self.trials.column_of(reason)
        best: Claim | None = None
        try:
            tests = self.trials.of(reason, name, t)
        except KeyError:  # the plan has no such limit
            tests = []
        for test in tests:
            verdict, saves, most, moved = self._try(test, t)
            made = Claim(reason.asset, reason.action, reason.code, t, verdict, test.how, saves, most, moved)
            if verdict == "confirmed":
                return made
            if best is None or (best.verdict == "refuted" and verdict == "degenerate"):
                best = made
        valued = reason.code in VALUED or reason.action == "cut"
        if best is not None and best.verdict == "refuted" and valued and reason.action not in ("rest", "curtail"):
            # the price of the hour is one end of an interval: what moves it is more than told
            top = 3.0 * (self.description.limits.unserved_cny_per_kwh or 0.0) + 10.0
            verdict, saves, most, moved = self._try(Trial(self.held.dearer(name, t, top), name, -1.0), t)
            if verdict != "refuted":
                return Claim(reason.asset, reason.action, reason.code, t, "degenerate", "one-sided", saves, most, moved)
        return best or Claim(reason.asset, reason.action, reason.code, t, "refuted", "none", 0.0, 0.0, 0.0)

    # ----------------------------------------------------------------- trying

    def _try(self, test: Trial, t: int) -> tuple[Verdict, float, float, float]:
        held = self.held
        place = held.place(test.name, t)
        trial = held.solve(test.edit)
        if not trial.found:
            return "refuted", 0.0, 0.0, 0.0
        saves = held.base.cost - trial.cost
        least, most = self._bounds(test.edit, trial.x)
        moved = float(trial.x[place] - held.base.x[place])
        if not least - self.rounding <= saves <= most + self.rounding:
            return "refuted", saves, most, moved
        step = max(SHIFT * abs(float(held.base.x[place])), 10 * SMALL_KW)
        if test.sign * moved > 0.1 * NUDGE * step:
            return "confirmed", saves, most, moved
        low, top = held.bounds(place)
        if place in test.edit.column:
            low, top = test.edit.column[place]
        goal = float(held.base.x[place]) + test.sign * step * NUDGE
        forced = (low, min(top, goal)) if test.sign < 0 else (max(low, goal), top)
        if forced[0] > forced[1] + 1e-12:
            return "refuted", saves, most, moved
        tied = held.solve(test.edit.joined(Edit(column={place: forced})))
        same = tied.found and tied.cost <= trial.cost + TIED * max(1.0, abs(held.base.cost)) + SMALL_CNY
        return ("degenerate" if same else "refuted"), saves, most, moved

    def _bounds(self, edit: Edit, x: np.ndarray) -> tuple[float, float]:
        """What the cost can fall by at least and at most: by the set-points before and after, and by the duals.

        The optimum is concave in prices and convex in limits. So dearer hours cost no more than before times the rise and no less than
        after; a limit that is moved by so much saves no more than its dual times that.
        """
        base, s = self.held.base, self.held.solver
        least = most = 0.0
        for k, cost in edit.cost.items():
            least -= (cost - s.cost[k]) * base.x[k]
            most -= (cost - s.cost[k]) * x[k]
        for k, (low, top) in edit.column.items():
            d, was = base.reduced[k], self.held.bounds(k)
            most += self._worth(d, was, (low, top), float(x[k]))
        for k, (low, top) in edit.row.items():
            # the row's activity afterwards is not read; a freed row is bounded by what it let through, a moved one by how far
            d, was = base.dual[k], self.held.row_bounds(k)
            if np.isfinite(low) or np.isfinite(top):
                most += self._worth(d, was, (low, top), None)
                if low == top and was[0] == was[1]:
                    least = min(least, -abs(d * (low - was[0])) * 1e3 - 1e3)
            elif abs(d) > 0:
                most = np.inf
        return (least if edit.cost or edit.row else 0.0), most

    @staticmethod
    def _worth(d: float, was: tuple[float, float], now: tuple[float, float], x: float | None) -> float:
        """What a move of bounds is worth at most at their dual. [CNY]"""
        if d < 0:  # at the upper one
            end = now[1] if x is None else min(now[1], max(x, was[1]))
            return float(-d * (end - was[1])) if np.isfinite(end) else np.inf
        if d > 0:
            end = now[0] if x is None else max(now[0], min(x, was[0]))
            return float(d * (was[0] - end)) if np.isfinite(end) else np.inf
        return 0.0
