"""The account of a kilowatt-hour at a plan's own prices, from which each set-point's reason follows.

Prices of nodes are the duals of their balances with the whole numbers held. What a unit earns in a step is what it brings
to its nodes at those prices, less what it costs. Whether the month's peak, the connection or carbon is behind a set-point is
found by solving without it.
"""

from functools import cached_property

import numpy as np

from lingtan.optimize.dispatch.explanation_held import Cause, Held
from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Grid
from lingtan.optimize.model import FloatArray

SMALL_KW = 1e-4
SMALL_CNY = 1e-6
AT = 1e-6  # relative: this close to a bound is at it
MOVES = 1e-3  # relative to the highest set-point: a smaller move is none
Flags = np.ndarray


class Account:
    """The prices of a priced step, taken apart."""

    def __init__(self, description: Description, step: Step, held: Held | None = None) -> None:
        self.description, self.step, self.model = description, step, step.model
        self.series, self.solution = step.series, step.solution
        self.n = len(step.model.timeline)
        self.hours = step.inputs.horizon.hours
        self.main = {c.owner: i for i, c in reversed(list(enumerate(step.model.columns))) if not c.integer}
        self._given = held

    @cached_property
    def held(self) -> Held:
        """The plan's linear program, to ask what it would be without a cause."""
        return self._given or Held(self.description, self.model, np.asarray(self.solution.state))

    @cached_property
    def without(self) -> dict[Cause, FloatArray | None]:
        """The set-points without each cause, a column a row; None where that has no optimum."""
        found: dict[Cause, FloatArray | None] = {}
        for cause in self.held.causes():
            trial = self.held.solve(self.held.without(cause))
            size = len(self.model.columns) * self.n
            found[cause] = trial.x[:size].reshape(-1, self.n) if trial.found else None
        return found

    def because(self, name: str, sign: float = 1.0) -> list[tuple[Flags, str]]:
        """For each cause the steps at which the column is smaller without it (``sign`` -1: larger)."""
        now, found = self.column(name), []
        enough = max(MOVES * float(np.abs(now).max()), 10 * SMALL_KW)
        for cause, other in self.without.items():
            if other is not None and name in self.held.index:
                found.append((sign * (now - other[self.held.index[name]]) > enough, cause))
        return found

    def moves_without(self, row: str, name: str) -> Flags:
        """Steps at which a column is another one when a row does not bind at any step."""
        trial = self.held.solve(self.held.freed(row, *range(self.n)))
        first = self.held.place(name, 0)
        now = self.column(name)
        if not trial.found:
            return np.zeros(self.n, bool)
        return np.abs(trial.x[first : first + self.n] - now) > max(MOVES * float(np.abs(now).max()), 10 * SMALL_KW)

    def price(self, node: str) -> FloatArray:
        """What a kilowatt-hour more at a node would cost. [CNY/kWh]"""
        return self.solution.prices.get(f"{node}.balance", np.zeros(self.n))

    def column(self, name: str) -> FloatArray:
        """A series of the plan, zeros if it has none."""
        return self.series.get(name, np.zeros(self.n))

    def dual(self, row: str) -> FloatArray:
        """Of a row, by step; zeros if there is none. [CNY/kWh]"""
        return self.solution.prices.get(row, np.zeros(self.n))

    def tariff(self, grid: Grid) -> FloatArray:
        """What a bought kilowatt-hour costs, with its carbon price. [CNY/kWh]"""
        prices = self.step.inputs.prices[grid.id]
        paid = self.description.money.carbon_cny_per_kg * np.asarray(prices.factor_kgco2_per_kwh)
        return np.asarray(prices.import_cny_per_kwh + paid)

    def cap_price(self) -> float:
        """What a kilogram under the cap costs. [CNY/kg]"""
        return max(0.0, -self.solution.totals.get("emission-cap", 0.0))

    def peak_part(self, grid: Grid) -> FloatArray:
        """What the month's peak, or the connection's limit, adds to the price at a grid's node. [CNY/kWh]"""
        cap = self.cap_price() * np.asarray(self.step.inputs.prices[grid.id].factor_kgco2_per_kwh)
        added = self.price(grid.node) - self.tariff(grid) - cap
        used = self.column(f"{grid.id}.import") > SMALL_KW
        return np.where(used & (added > SMALL_CNY), added, 0.0)

    def at_limit(self, grid: Grid) -> Flags:
        """Steps at which the connection itself is full."""
        return np.asarray(self.column(f"{grid.id}.import") >= grid.import_kw * (1 - AT))

    def spare(self, node: str) -> Flags:
        """Steps at which a node has more than it needs: exported, let go, or curtailed while nothing is bought."""
        found = np.zeros(self.n, bool)
        for unit in self.description.units:
            if unit.kind in GENERATION and unit.output == node and unit.controllable:
                found |= self.upper(f"{unit.id}.power") - self.column(f"{unit.id}.power") > SMALL_KW
        for grid in self.description.grids:
            if grid.node == node:
                found &= self.column(f"{grid.id}.import") <= SMALL_KW
        for grid in self.description.grids:
            if grid.node == node:
                found |= self.column(f"{grid.id}.export") > SMALL_KW
        return found | (self.column(f"{node}-surplus.power") > SMALL_KW)

    def alone(self, node: str, owner: str) -> Flags:
        """Steps at which nothing at a node could stand in for its owner: the rest gives and spares all that it can.

        A price is one-sided there: a kilowatt-hour less is worth little, one more cannot be had.
        """
        found = np.full(self.n, node in self.model.nodes)
        whole = {u.id for u in self.description.units if u.whole}
        for i, factor in self.model.rows[self.model.nodes[node]].now if node in self.model.nodes else []:
            column = self.model.columns[i]
            if column.owner in (owner, f"{node}-unserved"):
                continue
            x, up = self.column(column.name), np.broadcast_to(np.asarray(factor, float), (self.n,)) > 0
            top = self._most(column.name, column.owner)
            if column.owner in whole:
                top = np.where(self.column(f"{column.owner}.on") > 0.5, top, 0.0)
            unit = self.description.unit(column.owner)
            if unit is not None and unit.kind in STORES:
                least = self.lower(f"{unit.id}.content")
                top = np.where(self.column(f"{unit.id}.content") > least + SMALL_KW, top, x)
            more = x < top - SMALL_KW
            less = x > np.maximum(self.lower(column.name), 0.0) + SMALL_KW
            found &= ~np.where(up, more, less)
        return found

    def crowded(self, node: str, owner: str) -> Flags:
        """Steps at which nothing else at a node could take what is brought there, and nothing brings less of it."""
        found = np.full(self.n, node in self.model.nodes)
        for i, factor in self.model.rows[self.model.nodes[node]].now if node in self.model.nodes else []:
            column = self.model.columns[i]
            if column.owner == owner:
                continue
            x, up = self.column(column.name), np.broadcast_to(np.asarray(factor, float), (self.n,)) > 0
            unit, top = self.description.unit(column.owner), self._most(column.name, column.owner)
            if unit is not None and unit.whole:
                top = np.where(self.column(f"{unit.id}.on") > 0.5, top, 0.0)
            if unit is not None and unit.kind in STORES:
                top = np.where(self.column(f"{unit.id}.content") < (unit.energy_kwh or 0.0) - SMALL_KW, top, x)
            least = np.maximum(self.lower(column.name), self._least_load(column.owner))
            found &= ~np.where(up, x > least + SMALL_KW, x < top - SMALL_KW)
        return found

    def _least_load(self, owner: str) -> FloatArray:
        """The least input of a unit that is on. [kW]"""
        row = next((r for r in self.model.rows if r.name == f"{owner}.minimum-load"), None)
        if row is None:
            return np.zeros(self.n)
        (_, rated), (_, low) = row.now[0], row.now[-1]
        return np.asarray(-np.asarray(low) / np.asarray(rated) * self.column(f"{owner}.on"))

    def _most(self, name: str, owner: str) -> FloatArray:
        grid = next((g for g in self.description.grids if g.id == owner), None)
        if grid is not None and name.endswith(".import"):
            return np.full(self.n, grid.import_kw)
        return self.upper(name)

    def upper(self, name: str) -> FloatArray:
        """The bound of a column by step. [kW]"""
        record = next((c for c in self.model.columns if c.name == name), None)
        top = np.inf if record is None else record.upper
        return np.broadcast_to(np.asarray(top, float), (self.n,))

    def lower(self, name: str) -> FloatArray:
        """The least of a column by step. [kW]"""
        record = next(c for c in self.model.columns if c.name == name)
        return np.broadcast_to(np.asarray(record.lower, float), (self.n,))

    def margin(self, name: str, *, own: tuple[str, ...] = ()) -> FloatArray:
        """What a kilowatt-hour more of a column is worth less its cost, its own limits aside. [CNY/kWh]

        Everything but its bounds and the rows of its owner called ``own`` counts: nodes, stores, pipes, caps and shares.
        """
        i = next(i for i, c in enumerate(self.model.columns) if c.name == name)
        column = self.model.columns[i]
        value = -np.broadcast_to(np.asarray(column.cost, float), (self.n,)) / self.model.timeline.counted_hours
        for row in self.model.rows:
            if row.name in own:
                continue
            dual = self.dual(row.name)
            for j, factor in row.now:
                if j == i:
                    value = value + np.asarray(factor) * dual
            for j, factor in row.before:
                if j == i:
                    later = np.broadcast_to(np.asarray(factor, float), (self.n,)) * dual
                    value = value + np.append(later[1:], 0.0)
        for total in self.model.totals:
            price = self.solution.totals.get(total.name, 0.0)
            for j, factor in total.terms:
                if j == i and price:
                    value = value + np.asarray(factor) / self.model.timeline.counted_hours * price
        return np.asarray(value)

    def own(self, owner: str) -> tuple[str, ...]:
        """The rows that limit a unit itself."""
        return (f"{owner}.ramp", f"{owner}.off", f"{owner}.minimum-load")

    def earns(self, owner: str) -> FloatArray:
        """What a kilowatt-hour of a unit's input is worth at the nodes, less its own cost. [CNY/kWh]"""
        return self.margin(self.model.columns[self.main[owner]].name, own=self.own(owner))
