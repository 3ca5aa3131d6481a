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
from lingtan.optimize.dispatch.explanation_held import FREE, Edit, Held
from lingtan.optimize.dispatch.extras import fleet_series
from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.reasons import Reason, other_side, reasons
from lingtan.optimize.dispatch.record import Description

Verdict = Literal["confirmed", "degenerate", "refuted"]
CAUSES = ("month-peak", "grid-limit", "carbon")
VALUED = ("marginal", "price-spread", "stored", "surplus", "cheapest", "cheap-hours", "end-value", "departure")
PUSH = 1e-4  # beyond a tie [CNY/kWh]
SHIFT = 0.01  # of a set-point: how far a need or a limit is moved
NUDGE = 0.2  # of that shift: how far a set-point must be able to move for nothing to be tied
ROUNDING = 1e-7  # of the cost, relative
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


@dataclass(frozen=True)
class _Test:
    """A limit taken away, the column that must move and which way."""

    edit: Edit
    name: str
    sign: float
    how: str = "hour"


class Checker:
    """A plan whose reasons are put to the test, one hour after the other."""

    def __init__(self, description: Description, step: Step) -> None:
        self.description, self.step = description, step
        self.held = Held(description, step.model, np.asarray(step.solution.state))
        self.account = Account(description, step, self.held)
        self.rounding = ROUNDING * max(1.0, abs(self.held.base.cost)) + 1e-6
        self._sides: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}

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
        name = self.column_of(reason)
        best: Claim | None = None
        try:
            tests = self._tests(reason, name, t)
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
            verdict, saves, most, moved = self._try(_Test(self.held.dearer(name, t, top), name, -1.0), t)
            if verdict != "refuted":
                return Claim(reason.asset, reason.action, reason.code, t, "degenerate", "one-sided", saves, most, moved)
        return best or Claim(reason.asset, reason.action, reason.code, t, "refuted", "none", 0.0, 0.0, 0.0)

    # ----------------------------------------------------------------- trying

    def _try(self, test: _Test, t: int) -> tuple[Verdict, float, float, float]:
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

    # --------------------------------------------------------------- the tests

    def column_of(self, reason: Reason) -> str:
        """The column that a reason speaks of."""
        a, action = reason.asset, reason.action
        if action in ("import", "export", "charge", "discharge"):
            return f"{a}.{action}"
        if action in ("take", "curtail"):
            return f"{a}.power"
        if action in ("run", "rest"):
            return self.step.model.columns[self.account.main[a]].name
        return {"put-off": f"{a}-shift.put-off", "catch-up": f"{a}-shift.caught-up", "cut": f"{a}-cut.left-out"}[action]

    def _tests(self, reason: Reason, name: str, t: int) -> list[_Test]:
        held, code, asset = self.held, reason.code, reason.asset
        grid = next((g for g in self.description.grids if g.id == asset), None)
        sign = 1.0 if reason.action in ("rest", "curtail") else -1.0
        little = max(SHIFT * float(held.base.x[held.place(name, t)]), 10 * SMALL_KW)
        if grid is not None:
            if code in CAUSES:
                # where it sets the peak and nothing is held back by it, a little less need shows the price
                less = _Test(held.needing(grid.node, t, -little), name, -1.0, "need")
                return [_Test(held.import_free(asset, t), name, 1.0), less]
            if code == "export-limit":
                return [_Test(held.bounded(name, t, upper=grid.export_kw * 10 + 1), name, 1.0)]
            by = -little if reason.action == "import" else little
            return [_Test(held.needing(grid.node, t, by), name, -1.0)]
        if code in CAUSES:
            off = self._off(asset, t) if reason.action == "rest" else Edit()
            here, everywhere = held.without(code, (t,)), held.without(code)
            return [
                _Test(here.joined(off), name, sign),
                _Test(everywhere.joined(off), name, sign, "all"),
            ]
        if code in ("cheapest", "too-dear") and reason.action != "cut":
            by = abs(float(self.account.earns(asset)[t])) + PUSH
            edit = held.dearer(name, t, -sign * by)
            return [_Test(edit.joined(self._off(asset, t)) if reason.action == "rest" else edit, name, sign)]
        if code in ("marginal", "no-use"):
            unit = self.description.unit(asset)
            later = t + (unit.delay_steps if unit else 0)
            tests = [_Test(held.needing(n, later, little), name, 1.0) for n in self._feeds(name) if later < held.n]
            return [*tests, _Test(held.dearer(name, t, PUSH), name, -1.0)] if sign < 0 else tests
        if code in ("only-source", "later-need"):
            unit = self.description.unit(asset)
            lacking = self.description.limits.unserved_cny_per_kwh or 0.0
            tests = [_Test(held.dearer(name, t, 3 * lacking + 1.0), name, -1.0)]
            if code == "only-source" and unit is not None:
                later = min(t + unit.delay_steps, held.n - 1)
                tests.insert(0, _Test(held.needing(unit.output or unit.input or "", later, -little * 0.3), name, -1.0))
            return tests
        if code == "takes-up":
            unit = self.description.unit(asset)
            return [_Test(held.needing((unit.input if unit else "") or "", t, little * 0.3), name, -1.0)]
        if code == "no-input":
            return [_Test(self._given(asset, t).joined(self._off(asset, t)), name, 1.0)]
        if code == "tie":
            return [_Test(self._off(asset, t), name, 1.0, "tie")]
        if code == "export-share":
            share = held.total("export-share")
            return [_Test(Edit(row={share: (-np.inf, np.inf)}), name, sign)] if share >= 0 else []
        if code == "export-limit":
            edit = Edit()
            for g in self.description.grids:
                if held.has(f"{g.id}.export"):
                    edit = edit.joined(held.bounded(f"{g.id}.export", t, upper=g.export_kw * 10 + 1))
            return [_Test(edit, name, sign)]
        if code in ("must-run", "must-take") and (f"{asset}.minimum-load" not in held.row_index or code == "must-take"):
            return [_Test(held.bounded(name, t, lower=0.0), name, -1.0)]
        if code == "must-run":
            return [_Test(held.freed(f"{asset}.minimum-load", t), name, -1.0)]
        if code == "no-start":
            return [_Test(self._off(asset, t), name, 1.0)]
        if code == "ramp":
            edit = held.freed(f"{asset}.ramp", t, t + 1)
            everywhere = held.freed(f"{asset}.ramp", *range(held.n))
            tests = [_Test(edit, name, -1.0), _Test(edit.joined(self._off(asset, t)), name, 1.0)]
            tests += [_Test(everywhere, name, -1.0, "all"), _Test(everywhere, name, 1.0, "all")]
            if f"{asset}.minimum-load" in held.row_index:  # which may hold it just where the ramp does
                tests.append(_Test(edit.joined(held.freed(f"{asset}.minimum-load", t)), name, -1.0, "two"))
            return tests
        return self._of_stores(reason, name, t, little)

    def _of_stores(self, reason: Reason, name: str, t: int, little: float) -> list[_Test]:
        held, code, asset = self.held, reason.code, reason.asset
        fleet = next((f for f in self.description.fleets if f.id == asset), None)
        last = held.n - 1
        if code == "end-level":
            low, _ = held.bounds(held.place(f"{asset}.content", last))
            return [
                _Test(
                    held.bounded(f"{asset}.content", last, lower=max(0.0, low - little * self.account.hours)),
                    name,
                    -1.0,
                )
            ]
        if code == "end-value":
            place = held.place(f"{asset}.content", last)
            return [_Test(Edit(cost={place: 0.0}), name, -1.0)]
        if code == "departure" and fleet is not None:
            charged = float(self.account.column(name).sum()) * fleet.efficiency
            return [
                _Test(self._departs(fleet.id, t, little), name, -1.0),
                _Test(self._departs(fleet.id, t, charged), name, -1.0, "all"),
            ]
        if code == "deadline":
            return [_Test(self._due(asset, t, little), name, -1.0)]
        tests = [_Test(held.dearer(name, t, self._spread(reason, name, t) + PUSH), name, -1.0)]
        if fleet is not None and reason.action == "charge":
            tests.append(_Test(self._departs(fleet.id, t, little), name, -1.0))
        return tests

    def _spread(self, reason: Reason, name: str, t: int) -> float:
        """What the hour gains against the other side, by what the reason tells of it. [CNY/kWh]"""
        asset, action = reason.asset, reason.action
        unit = self.description.unit(asset)
        fleet = next((f for f in self.description.fleets if f.id == asset), None)
        margin = max(0.0, -float(self.held.base.reduced[self.held.place(name, t)]) / float(self.held.counted[t]))
        if action == "cut":
            return margin
        if fleet is not None and action == "charge":
            top = self.account.upper(name) > SMALL_KW
            stay = np.cumsum(np.diff(top.astype(int), prepend=0) != 0)
            by_hour = self.account.price(fleet.node)
            return max(margin, float(np.max(by_hour[stay == stay[t]]) - by_hour[t]))
        if action in ("put-off", "catch-up"):
            return margin
        key = (asset, action)
        if key not in self._sides:
            node = unit.input if unit else fleet.node if fleet else ""
            out = (unit.output or unit.input) if unit else node
            self._sides[key] = other_side(self.account, asset, node or "", out or "", action)
        other = float(self._sides[key][0][t])
        trip = ((unit.efficiency if unit else fleet.efficiency if fleet else None) or 1.0) ** 2
        node = (
            (unit.input if action == "charge" else unit.output or unit.input) if unit else fleet.node if fleet else ""
        )
        here = float(self.account.price(node or "")[t])
        return max(0.0, other * trip - here if action == "charge" else here - other / trip)

    def _off(self, asset: str, t: int) -> Edit:
        """On or off does not matter in this hour."""
        return self.held.freed(f"{asset}.off", t) if f"{asset}.off" in self.held.row_index else Edit()

    def _given(self, asset: str, t: int) -> Edit:
        """What a unit draws is there in this hour, as much as it likes, for nothing."""
        unit = self.description.unit(asset)
        node = (unit.input if unit else None) or ""
        place = self.held.place(f"{node}-unserved.power", t)
        if self.account.price(node)[t] < (self.description.limits.unserved_cny_per_kwh or 0.0) * (1 - ROUNDING):
            raise KeyError(node)  # no shortage
        return Edit(cost={place: 0.0}, column={place: (0.0, FREE)})

    def _feeds(self, name: str) -> list[str]:
        index = self.held.index[name]
        unit = self.description.unit(name.rpartition(".")[0])
        if unit is not None and unit.kind == "network":
            return [unit.output or ""]
        model = self.step.model
        return [
            node for node, row in model.nodes.items()
            if any(i == index and np.max(np.asarray(f)) > 0 for i, f in model.rows[row].now)
        ]  # fmt: skip

    def _departs(self, fleet: str, t: int, little: float) -> Edit:
        """The cars of the stay need a little less, when they leave or at the horizon's end."""
        held = self.held
        record = next(f for f in self.description.fleets if f.id == fleet)
        content = self.step.inputs.state.content_kwh.get(fleet)
        leaves = np.asarray(fleet_series(record, self.step.inputs.horizon, content)["leaves_kwh"], float)
        later = np.flatnonzero((leaves > 0) & (np.arange(held.n) >= t))
        by = little * self.account.hours
        if len(later):
            row = held.row(f"{fleet}.content-balance", int(later[0]))
            low, top = held.row_bounds(row)
            by = min(by, float(leaves[later[0]]))
            return Edit(row={row: (low + by, top + by)})
        place = held.place(f"{fleet}.content", held.n - 1)
        low, top = held.bounds(place)
        return Edit(column={place: (max(0.0, low - by), top)})

    def _due(self, need: str, t: int, little: float) -> Edit:
        """A little less of what was put off before the horizon is left to do."""
        held = self.held
        row = held.row(f"{need}-shift.backlog-balance", 0)
        low, top = held.row_bounds(row)
        by = little * self.account.hours
        return Edit(row={row: (low - by, top - by)})
