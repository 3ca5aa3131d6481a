"""What is taken away to put one hour of a reason to the test: the table of :mod:`explanation`, as edits of the held plan."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.dispatch.explanation_account import SMALL_KW, Account
from lingtan.optimize.dispatch.explanation_held import FREE, Edit, Held
from lingtan.optimize.dispatch.extras import fleet_series
from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.reasons import Reason, other_side
from lingtan.optimize.dispatch.record import Description

CAUSES = ("month-peak", "grid-limit", "carbon")
PUSH = 1e-4  # beyond a tie [CNY/kWh]
SHIFT = 0.01  # of a set-point: how far a need or a limit is moved
ROUNDING = 1e-7  # of the cost, relative


@dataclass(frozen=True)
class Trial:
    """A limit taken away, the column that must move and which way."""

    edit: Edit
    name: str
    sign: float
    how: str = "hour"


class Trials:
    """The trials of a plan's reasons."""

    def __init__(self, description: Description, step: Step, held: Held, account: Account) -> None:
        self.description, self.step, self.held, self.account = description, step, held, account
        self._sides: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}

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

    def of(self, reason: Reason, name: str, t: int) -> list[Trial]:
        """Ways to take away what a reason names in an hour.

        Raises
        ------
        KeyError
            If the plan has no such limit.
        """
        held, code, asset = self.held, reason.code, reason.asset
        grid = next((g for g in self.description.grids if g.id == asset), None)
        sign = 1.0 if reason.action in ("rest", "curtail") else -1.0
        little = max(SHIFT * float(held.base.x[held.place(name, t)]), 10 * SMALL_KW)
        if grid is not None:
            if code in CAUSES:
                # where it sets the peak and nothing is held back by it, a little less need shows the price
                less = Trial(held.needing(grid.node, t, -little), name, -1.0, "need")
                return [Trial(held.import_free(asset, t), name, 1.0), less]
            if code == "export-limit":
                return [Trial(held.bounded(name, t, upper=grid.export_kw * 10 + 1), name, 1.0)]
            by = -little if reason.action == "import" else little
            return [Trial(held.needing(grid.node, t, by), name, -1.0)]
        if code in CAUSES:
            off = self._off(asset, t) if reason.action == "rest" else Edit()
            here, everywhere = held.without(code, (t,)), held.without(code)
            return [
                Trial(here.joined(off), name, sign),
                Trial(everywhere.joined(off), name, sign, "all"),
            ]
        if code in ("cheapest", "too-dear") and reason.action != "cut":
            by = abs(float(self.account.earns(asset)[t])) + PUSH
            edit = held.dearer(name, t, -sign * by)
            return [Trial(edit.joined(self._off(asset, t)) if reason.action == "rest" else edit, name, sign)]
        if code in ("marginal", "no-use"):
            unit = self.description.unit(asset)
            later = t + (unit.delay_steps if unit else 0)
            tests = [Trial(held.needing(n, later, little), name, 1.0) for n in self._feeds(name) if later < held.n]
            return [*tests, Trial(held.dearer(name, t, PUSH), name, -1.0)] if sign < 0 else tests
        if code in ("only-source", "later-need"):
            unit = self.description.unit(asset)
            lacking = self.description.limits.unserved_cny_per_kwh or 0.0
            tests = [Trial(held.dearer(name, t, 3 * lacking + 1.0), name, -1.0)]
            if code == "only-source" and unit is not None:
                later = min(t + unit.delay_steps, held.n - 1)
                tests.insert(0, Trial(held.needing(unit.output or unit.input or "", later, -little * 0.3), name, -1.0))
            return tests
        if code == "takes-up":
            unit = self.description.unit(asset)
            return [Trial(held.needing((unit.input if unit else "") or "", t, little * 0.3), name, -1.0)]
        if code == "no-input":
            return [Trial(self._given(asset, t).joined(self._off(asset, t)), name, 1.0)]
        if code == "tie":
            return [Trial(self._off(asset, t), name, 1.0, "tie")]
        if code == "export-share":
            share = held.total("export-share")
            return [Trial(Edit(row={share: (-np.inf, np.inf)}), name, sign)] if share >= 0 else []
        if code == "export-limit":
            edit = Edit()
            for g in self.description.grids:
                if held.has(f"{g.id}.export"):
                    edit = edit.joined(held.bounded(f"{g.id}.export", t, upper=g.export_kw * 10 + 1))
            return [Trial(edit, name, sign)]
        if code in ("must-run", "must-take") and (f"{asset}.minimum-load" not in held.row_index or code == "must-take"):
            return [Trial(held.bounded(name, t, lower=0.0), name, -1.0)]
        if code == "must-run":
            return [Trial(held.freed(f"{asset}.minimum-load", t), name, -1.0)]
        if code == "no-start":
            return [Trial(self._off(asset, t), name, 1.0)]
        if code == "ramp":
            edit = held.freed(f"{asset}.ramp", t, t + 1)
            everywhere = held.freed(f"{asset}.ramp", *range(held.n))
            tests = [Trial(edit, name, -1.0), Trial(edit.joined(self._off(asset, t)), name, 1.0)]
            tests += [Trial(everywhere, name, -1.0, "all"), Trial(everywhere, name, 1.0, "all")]
            if f"{asset}.minimum-load" in held.row_index:  # which may hold it just where the ramp does
                tests.append(Trial(edit.joined(held.freed(f"{asset}.minimum-load", t)), name, -1.0, "two"))
            return tests
        return self._of_stores(reason, name, t, little)

    def _of_stores(self, reason: Reason, name: str, t: int, little: float) -> list[Trial]:
        held, code, asset = self.held, reason.code, reason.asset
        fleet = next((f for f in self.description.fleets if f.id == asset), None)
        last = held.n - 1
        if code == "end-level":
            low, _ = held.bounds(held.place(f"{asset}.content", last))
            return [
                Trial(
                    held.bounded(f"{asset}.content", last, lower=max(0.0, low - little * self.account.hours)),
                    name,
                    -1.0,
                )
            ]
        if code == "end-value":
            place = held.place(f"{asset}.content", last)
            return [Trial(Edit(cost={place: 0.0}), name, -1.0)]
        if code == "departure" and fleet is not None:
            charged = float(self.account.column(name).sum()) * fleet.efficiency
            return [
                Trial(self._departs(fleet.id, t, little), name, -1.0),
                Trial(self._departs(fleet.id, t, charged), name, -1.0, "all"),
            ]
        if code == "deadline":
            return [Trial(self._due(asset, t, little), name, -1.0)]
        tests = [Trial(held.dearer(name, t, self._spread(reason, name, t) + PUSH), name, -1.0)]
        if fleet is not None and reason.action == "charge":
            tests.append(Trial(self._departs(fleet.id, t, little), name, -1.0))
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
