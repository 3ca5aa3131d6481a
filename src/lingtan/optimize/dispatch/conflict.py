"""Why there is no schedule: the conditions that cannot hold together, and the least that must give way.

A condition is something a person stated: a need, a capacity, a store's last content, a cap. All of them are made soft at
once, which tells the cheapest way out; then conditions are hardened one by one, which tells a smallest set that conflicts.
One HiGHS model stays loaded, so that a question takes milliseconds.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from lingtan.optimize.dispatch.persistent import Persistent
from lingtan.optimize.model import ColumnRecord, FloatArray, GlobalRecord, Model, RowRecord
from lingtan.optimize.solution import Solution

Kind = Literal["need", "capacity", "least", "limit", "row"]
NEGLIGIBLE = 1e-6
PRICED = 1e-9


@dataclass(frozen=True)
class Condition:
    """Something stated: ``need`` of a node, ``capacity`` or ``least`` of a column, ``limit`` of a total, ``row`` of a unit."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Way:
    """How much a condition gives way in the cheapest way out. [kWh; for a limit its own unit]"""

    condition: Condition
    amount: float
    first: int  # step at which it first gives way
    largest: float  # [kW]


@dataclass(frozen=True)
class Why:
    """The answer: what conflicts, and the cheapest way out."""

    conflict: tuple[Condition, ...]
    relaxation: tuple[Way, ...]


def explain_infeasible(model: Model, *, given: Collection[str] = ()) -> Why | None:
    """Conflict and relaxation of a model; None if it has a solution.

    ``given``: owners whose bounds are nobody's to give way, such as the sun.
    """
    elastic = _Elastic(model, frozenset(given))
    found = elastic.solve(set())
    if found is None:  # what nobody stated conflicts by itself
        return Why((), ())
    ways = elastic.ways(found)
    if not ways:
        return None
    return Why(tuple(elastic.smallest(elastic.priced())), tuple(ways))


class _Elastic:
    """The model with a slack for each condition; slacks cost one per unit of what is stated."""

    def __init__(self, model: Model, given: frozenset[str]) -> None:
        self.given = given
        soft = Model.__new__(Model)
        soft.__dict__.update(model.__dict__)
        soft.constant_cost = 0.0
        soft.columns = [replace(c, cost=0.0) for c in model.columns]
        soft.globals = [replace(g, cost=0.0) for g in model.globals]
        soft.rows = [replace(r, now=list(r.now)) for r in model.rows]
        soft.totals = [replace(t, fixed=list(t.fixed)) for t in model.totals]
        self.model, self.soft = model, soft
        self.n = len(model.timeline)
        self.slack: dict[Condition, list[tuple[str, int]]] = {}
        self._needs()
        self._columns()
        self._totals()
        self.solver = Persistent(soft, relaxed=True, presolve="off", solver="simplex")
        self.top = self.solver.upper.copy()

    def _slack(self, condition: Condition, cost: float, upper: FloatArray | float = np.inf) -> int:
        i = len(self.soft.columns)
        name = f"~{condition.kind}~{condition.name}"
        if self.slack.get(condition):
            name += f"~{len(self.slack[condition])}"
        counted = cost * self.model.timeline.counted_hours
        self.soft.columns.append(ColumnRecord(name, condition.name, 0.0, upper, counted, None, 1.0, 0.0, False))
        self.slack.setdefault(condition, []).append(("column", i))
        return i

    def _needs(self) -> None:
        for node, place in self.model.nodes.items():
            need = np.broadcast_to(np.asarray(self.model.rows[place].upper, float), (self.n,))
            if not np.any(need > 0):
                continue
            condition = Condition("need", node)
            self.soft.rows[place].now.append((self._slack(condition, 10.0, np.maximum(need, 0.0)), 1.0))

    def _columns(self) -> None:
        for i, column in enumerate(self.model.columns):
            owner = column.name
            upper = np.broadcast_to(np.asarray(column.upper, float), (self.n,))
            lower = np.broadcast_to(np.asarray(column.lower, float), (self.n,))
            if (
                column.integer
                or column.owner in self.given
                or column.name.endswith((".start", "-unserved.power"))
                or ".start-" in column.name
            ):
                continue
            if np.isfinite(upper).any() and column.within is None and not column.name.endswith(".backlog"):
                slack = self._slack(Condition("capacity", owner), 1.0)
                self.soft.columns[i] = replace(self.soft.columns[i], upper=np.inf)
                self._row(f"~most~{owner}", [(i, 1.0), (slack, -1.0)], -np.inf, upper)
            if np.any(lower > 0):
                slack = self._slack(Condition("least", owner), 1.0)
                self.soft.columns[i] = replace(self.soft.columns[i], lower=0.0)
                self._row(f"~least~{owner}", [(i, 1.0), (slack, 1.0)], lower, np.inf)
            if column.within is not None and np.isfinite(self.model.globals[int(column.within.max())].upper):
                top = self.model.globals[int(column.within.max())].upper
                slack = self._slack(Condition("capacity", owner), 1.0)
                self.soft.columns[i] = replace(self.soft.columns[i], within=None, upper=np.inf)
                self._row(f"~most~{owner}", [(i, 1.0), (slack, -1.0)], -np.inf, np.full(self.n, top))

    def _row(self, name: str, terms: list[tuple[int, float]], lower: Any, upper: Any) -> None:
        self.soft.rows.append(RowRecord(name, "~", lower, upper, list(terms)))

    def _totals(self) -> None:
        for i, total in enumerate(self.model.totals):
            sign = -1.0 if np.isfinite(total.upper) else 1.0
            self.soft.globals.append(
                replace(_blank(), name=f"~limit~{total.name}", owner=total.owner, upper=1e12, cost=1.0)
            )
            self.soft.totals[i].fixed.append((len(self.soft.globals) - 1, sign))
            self.slack[Condition("limit", total.name)] = [("global", len(self.soft.globals) - 1)]

    # ---------------------------------------------------------------- asking

    def solve(self, hard: set[Condition]) -> Solution | None:
        """The least slack with these conditions held; None if even that cannot be."""
        highs = self.solver.highs
        upper = self.top.copy()
        for condition in hard:
            for where in self._places(condition):
                upper[where] = 0.0
        moved = np.flatnonzero(upper != self.solver.upper).astype(np.int32)
        if len(moved):
            highs.changeColsBounds(len(moved), moved, self.solver.lower[moved], upper[moved])
            self.solver.upper = upper
        found = self.solver.run()
        return found if found.found and found.status == "solved" else None

    def _places(self, condition: Condition) -> list[slice]:
        first = len(self.soft.columns) * self.n
        return [
            slice(i * self.n, (i + 1) * self.n) if kind == "column" else slice(first + i, first + i + 1)
            for kind, i in self.slack[condition]
        ]

    def ways(self, found: Solution) -> list[Way]:
        """The conditions that give way, the largest first."""
        x, hours, made = np.asarray(found.state), self.model.timeline.hours, []
        for condition in self.slack:
            total, first, largest = 0.0, self.n, 0.0
            for place in self._places(condition):
                values = x[place]
                total += float(values @ hours) if len(values) == self.n else float(values.sum())
                if values.max() > NEGLIGIBLE:
                    first = min(first, int(np.argmax(values > NEGLIGIBLE)))
                    largest = max(largest, float(values.max()))
            if total > NEGLIGIBLE:
                made.append(Way(condition, total, first, largest))
        return sorted(made, key=lambda w: -w.amount)

    def priced(self) -> list[Condition]:
        """The conditions that bear on the least slack just found. By duality these conflict without all others."""
        reduced = np.asarray(self.solver.highs.getSolution().col_dual)
        return [
            c for c in self.slack if any(np.any(np.abs(reduced[at] - self.solver.cost[at]) > PRICED) for at in self._places(c))
        ]  # fmt: skip

    def smallest(self, among: Sequence[Condition]) -> list[Condition]:
        """A set that conflicts and of which none can be left out: conditions that never must give way fall out in halves."""
        kept: list[Condition] = []
        rest = list(among)
        if self._possible(set(rest)):  # rounding hid one
            rest = list(self.slack)
        # harden everything and let go half by half; what cannot be let go stays
        while rest:
            size = max(1, len(rest) // 2)
            while size:
                drop = rest[:size]
                hard = set(kept) | set(rest[size:])
                if not self._possible(hard):
                    rest = rest[size:]
                    break
                if size == 1:
                    kept.append(drop[0])
                    rest = rest[1:]
                    break
                size = max(1, size // 2)
        return kept

    def _possible(self, hard: set[Condition]) -> bool:
        return self.solve(hard) is not None


def _blank() -> GlobalRecord:
    return GlobalRecord("", "", 0.0, 0.0, 0.0, None)


def names(conditions: Sequence[Condition]) -> list[str]:
    """For messages and tests: ``need el``."""
    return [f"{c.kind} {c.name}" for c in conditions]
