"""A plan with its whole numbers held, that stays in HiGHS: take a limit away in one hour, solve, put it back.

Questions begin at the plan's own basis, so that one takes milliseconds. What is changed is named by column, row and step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lingtan.optimize.dispatch.build import EMISSIONS
from lingtan.optimize.dispatch.persistent import Persistent
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.model import FloatArray, Model

Cause = str  # grid-limit | month-peak | carbon
FREE = 1e9


@dataclass
class Edit:
    """What is changed: costs, bounds of columns and of rows, each by its place in the matrix."""

    cost: dict[int, float] = field(default_factory=dict)
    column: dict[int, tuple[float, float]] = field(default_factory=dict)
    row: dict[int, tuple[float, float]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cost or self.column or self.row)

    def joined(self, other: "Edit") -> "Edit":
        """Both; the other one counts where both speak."""
        return Edit({**self.cost, **other.cost}, {**self.column, **other.column}, {**self.row, **other.row})


@dataclass(frozen=True)
class Trial:
    """An answer: its cost, the columns, their reduced costs and the duals of the rows. None of it without an optimum."""

    found: bool
    cost: float = np.inf
    x: FloatArray = field(default_factory=lambda: np.zeros(0))
    reduced: FloatArray = field(default_factory=lambda: np.zeros(0))
    dual: FloatArray = field(default_factory=lambda: np.zeros(0))


class Held:
    """The linear program that is left of a plan, and questions to it."""

    def __init__(self, description: Description, model: Model, state: FloatArray) -> None:
        self.description, self.model, self.n = description, model, len(model.timeline)
        self.solver = Persistent(model, relaxed=True)  # as the plan was priced, so that ties fall the same way
        self.solver.fix(np.asarray(state))
        self.highs: Any = self.solver.highs
        self.counted = model.timeline.counted_hours
        self.index = {c.name: i for i, c in enumerate(model.columns)}
        self.row_index = {r.name: i for i, r in enumerate(model.rows)}
        self.within: dict[tuple[int, int], int] = {}
        for i, column in enumerate(model.columns):
            if column.within is not None:
                for t in np.flatnonzero(column.within >= 0):
                    self.within[i, int(t)] = len(self.within)
        self.base = self._run()
        self.basis = self.highs.getBasis()
        self.asked = 0

    # ----------------------------------------------------------------- places

    def place(self, name: str, t: int) -> int:
        """Of a column's step."""
        return self.index[name] * self.n + t

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.index

    def row(self, name: str, t: int) -> int:
        """Of a row's step."""
        return int(self.solver.row_at[self.row_index[name]]) + t

    def total(self, name: str) -> int:
        """Of a total; -1 if there is none."""
        found = next((i for i, total in enumerate(self.model.totals) if total.name == name), None)
        return -1 if found is None else int(self.solver.row_at[-1]) + found

    def bounds(self, place: int) -> tuple[float, float]:
        """Of a column's step."""
        return float(self.solver.lower[place]), float(self.solver.upper[place])

    def row_bounds(self, row: int) -> tuple[float, float]:
        """Of a row's step."""
        return float(self.solver.row_lower[row]), float(self.solver.row_upper[row])

    # ------------------------------------------------------------------ asking

    def solve(self, edit: Edit) -> Trial:
        """The optimum with the edit; afterwards all is as it was."""
        h, s = self.highs, self.solver
        self.asked += 1
        h.setBasis(self.basis)
        self._apply(edit)
        found = self._run()
        self._apply(
            Edit(
                {k: float(s.cost[k]) for k in edit.cost},
                {k: self.bounds(k) for k in edit.column},
                {k: self.row_bounds(k) for k in edit.row},
            )
        )
        return found

    def _apply(self, edit: Edit) -> None:
        h = self.highs
        if edit.cost:
            where = np.array(list(edit.cost), np.int32)
            h.changeColsCost(len(where), where, np.array(list(edit.cost.values()), float))
        if edit.column:
            where = np.array(list(edit.column), np.int32)
            low, top = (np.array([b[k] for b in edit.column.values()], float) for k in (0, 1))
            h.changeColsBounds(len(where), where, low, top)
        if edit.row:
            where = np.array(list(edit.row), np.int32)
            low, top = (np.array([b[k] for b in edit.row.values()], float) for k in (0, 1))
            h.changeRowsBounds(len(where), where, low, top)

    def _run(self) -> Trial:
        h = self.highs
        h.run()
        if h.modelStatusToString(h.getModelStatus()) != "Optimal":
            h.clearSolver()  # a warm start may have led astray: once more from nothing
            h.run()
        if h.modelStatusToString(h.getModelStatus()) != "Optimal":
            return Trial(False)
        answer = h.getSolution()
        return Trial(
            True,
            float(h.getInfo().objective_function_value),
            np.array(answer.col_value),
            np.array(answer.col_dual),
            np.array(answer.row_dual),
        )

    # ------------------------------------------------------------------- edits

    def dearer(self, name: str, t: int, by: float) -> Edit:
        """A kilowatt-hour of the column costs more in this hour. [CNY/kWh]"""
        place = self.place(name, t)
        return Edit(cost={place: float(self.solver.cost[place] + by * self.counted[t])})

    def bounded(self, name: str, t: int, *, lower: float | None = None, upper: float | None = None) -> Edit:
        """Other bounds of a column in this hour."""
        place = self.place(name, t)
        low, top = self.bounds(place)
        return Edit(column={place: (low if lower is None else lower, top if upper is None else upper)})

    def needing(self, node: str, t: int, by: float) -> Edit:
        """A node needs more in this hour. [kW]"""
        row = self.row(f"{node}.balance", t)
        low, top = self.row_bounds(row)
        return Edit(row={row: (low + by, top + by)})

    def freed(self, name: str, *steps: int) -> Edit:
        """A row does not bind in these hours."""
        return Edit(row={self.row(name, t): (-np.inf, np.inf) for t in steps if 0 <= t < self.n})

    def import_free(self, grid: str, t: int) -> Edit:
        """The import of an hour counts neither for the month's peak nor against the connection."""
        i = self.index[f"{grid}.import"]
        edit = Edit(column={self.place(f"{grid}.import", t): (0.0, np.inf)})
        if (i, t) in self.within:
            edit.row[self.within[i, t]] = (-np.inf, np.inf)
        if f"{grid}-target" in self.row_index:
            edit.row[self.row(f"{grid}-target", t)] = (-np.inf, np.inf)
        return edit

    def without(self, cause: Cause, steps: tuple[int, ...] | None = None) -> Edit:
        """The plan without a cause, everywhere or in some hours."""
        every = range(self.n) if steps is None else steps
        edit = Edit()
        if cause == "carbon":
            price = self.description.money.carbon_cny_per_kg
            for column, per_kwh in self.model.tallies.get(EMISSIONS, []):
                paid = price * np.broadcast_to(np.asarray(per_kwh, float), (self.n,)) * self.counted
                for t in every:
                    if paid[t]:
                        place = column.index * self.n + t
                        edit.cost[place] = edit.cost.get(place, float(self.solver.cost[place])) - float(paid[t])
            if steps is None and (row := self.total("emission-cap")) >= 0:
                edit.row[row] = (-np.inf, np.inf)
        elif cause == "month-peak" and steps is None:
            first = len(self.model.columns) * self.n
            for i, record in enumerate(self.model.globals):
                if ".peak-" in record.name or record.name.endswith("-target.over"):
                    edit.cost[first + i] = 0.0
        else:
            full = self.full() if cause == "grid-limit" else None
            for grid in self.description.grids:
                for t in every:
                    if full is None or full[grid.id][t]:
                        edit = edit.joined(self.import_free(grid.id, t))
        return edit

    def full(self) -> Mapping[str, FloatArray]:
        """Hours in which each connection is full."""
        x = self.base.x.reshape(-1)[: len(self.model.columns) * self.n].reshape(-1, self.n)
        return {g.id: x[self.index[f"{g.id}.import"]] >= g.import_kw * (1 - 1e-6) for g in self.description.grids}

    def causes(self) -> list[Cause]:
        """Causes that this plan can have, and that cost it something."""
        money, limits = self.description.money, self.description.limits
        found = []
        if any(v.any() for v in self.full().values()):
            found.append("grid-limit")
        if any((".peak-" in g.name and g.cost) or g.name.endswith("-target.over") for g in self.model.globals):
            found.append("month-peak")
        if money.carbon_cny_per_kg or limits.emission_cap_kg_per_day is not None:
            found.append("carbon")
        return found
