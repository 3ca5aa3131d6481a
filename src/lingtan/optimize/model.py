"""The internal description of an optimisation: what components put in and what the solvers take out.

A model is a timeline with

- **columns**, one value a step, within ``lower ≤ x_t ≤ upper_t`` and, if the column stands ``within`` a size,
  ``x_t ≤ share_t · size``;
- **global columns**, one value for the whole model: sizes, monthly peaks, certificates of a year;
- **rows**, one a step: balances of nodes, stores, ramps; a row may look one step back;
- **totals**, one row for the whole model: carbon caps, yearly limits, ratios;
- **tallies**, named sums that components declare and policy limits read: emissions, energy, direct supply.

Power is in kW, energy in kWh, money in CNY, emissions in kgCO2e (``style.md`` §7). Costs and coefficients of totals
are per kWh: they are multiplied by the hours and the weight of each step here, once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Values = float | FloatArray
CYCLIC: Literal["cyclic"] = "cyclic"


@dataclass(frozen=True)
class Timeline:
    """The steps of a model; several years or scenarios stand side by side as chains that share the sizes."""

    hours: FloatArray  # length of each step [h]
    weight: FloatArray  # how often a step counts in the sums: share of a scenario, years a stage stands for
    chain: IntArray  # which year or scenario a step belongs to: 0, 0, …, 1, 1, …
    period: IntArray  # billing month of a step, its own number in every chain

    def __post_init__(self) -> None:
        if not len(self.hours):
            raise ValueError("a timeline needs at least one step")
        if np.any(np.diff(self.chain) < 0) or np.any(np.diff(self.period) < 0):
            raise ValueError("chains and periods must stand one after the other")

    @classmethod
    def hourly(
        cls, steps: int, *, hours: float = 1.0, months: IntArray | None = None, weight: float = 1.0
    ) -> "Timeline":
        """One chain of equal steps; ``months`` gives the billing month of each."""
        period = np.zeros(steps, np.int64) if months is None else np.cumsum(np.diff(months, prepend=months[0]) != 0)
        return cls(np.full(steps, hours), np.full(steps, weight), np.zeros(steps, np.int64), period.astype(np.int64))

    @classmethod
    def side_by_side(cls, parts: Sequence["Timeline"]) -> "Timeline":
        """Timelines as chains of one: periods and chains are numbered on."""
        chain, period, c, p = [], [], 0, 0
        for part in parts:
            chain.append(part.chain - part.chain[0] + c)
            period.append(part.period - part.period[0] + p)
            c, p = int(chain[-1][-1]) + 1, int(period[-1][-1]) + 1
        return cls(
            np.concatenate([part.hours for part in parts]),
            np.concatenate([part.weight for part in parts]),
            np.concatenate(chain),
            np.concatenate(period),
        )

    def __len__(self) -> int:
        return len(self.hours)

    @property
    def counted_hours(self) -> FloatArray:
        """Hours of each step times its weight: what turns kW into kWh of the sums."""
        return self.hours * self.weight

    @property
    def starts(self) -> IntArray:
        """First step of each chain."""
        return np.flatnonzero(np.diff(self.chain, prepend=self.chain[0] - 1)).astype(np.int64)

    @property
    def ends(self) -> IntArray:
        """Last step of each chain."""
        return np.append(self.starts[1:] - 1, len(self) - 1)


@dataclass(frozen=True)
class Size:
    """What may be built, in the unit of the thing (kW, or kWh for a store)."""

    maximum: float
    minimum: float = 0.0
    cost: float = 0.0  # CNY per kW over the time that the model counts, so usually a year's annuity and upkeep
    unit: float | None = None  # built in whole units of this size
    existing: float = 0.0  # already there, at no cost; the size is what stands in the end

    def __post_init__(self) -> None:
        if self.unit is not None and abs(self.existing / self.unit - round(self.existing / self.unit)) > 1e-9:
            raise ValueError("what exists must be whole units too")


@dataclass(frozen=True)
class Column:
    """A handle: one value a step."""

    index: int


@dataclass(frozen=True)
class Global:
    """A handle: one value for the whole model."""

    index: int


@dataclass(frozen=True)
class ByStep:
    """Another global column at each step: the peak of the month, the capacity of the stage. -1: none."""

    index: IntArray


Terms = Sequence[tuple[Column, Values]]
GlobalTerms = Sequence[tuple[Global | ByStep, Values]]
Within = Global | ByStep | float | None


@dataclass
class ColumnRecord:
    """What is known of a column."""

    name: str
    owner: str
    lower: Values
    upper: Values
    cost: Values  # CNY per step, hours and weights counted
    within: IntArray | None  # global column that bounds it at each step, -1 none
    share: Values
    before: str | Values  # value before the first step of a chain
    integer: bool


@dataclass
class GlobalRecord:
    """What is known of a global column."""

    name: str
    owner: str
    lower: float
    upper: float
    cost: float
    unit: float | None


@dataclass
class RowRecord:
    """A row of each step: ``lower ≤ Σ now·x_t + Σ before·x_{t-1} + Σ fixed·y ≤ upper``."""

    name: str
    owner: str
    lower: Values
    upper: Values
    now: list[tuple[int, Values]] = field(default_factory=list)
    before: list[tuple[int, Values]] = field(default_factory=list)
    fixed: list[tuple[int | IntArray, Values]] = field(default_factory=list)


@dataclass
class TotalRecord:
    """A row of the whole model: ``lower ≤ Σ_t Σ coefficient·x_t + Σ fixed·y ≤ upper``."""

    name: str
    owner: str
    lower: float
    upper: float
    terms: list[tuple[int, Values]]
    fixed: list[tuple[int, float]]


class Contributes(Protocol):
    """Anything that puts columns and rows into a model: components and limits."""

    @property
    def id(self) -> str: ...

    def contribute(self, model: "Model") -> None: ...


class Model:
    """Collects what components bring; see the module's docstring for the parts."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.columns: list[ColumnRecord] = []
        self.globals: list[GlobalRecord] = []
        self.rows: list[RowRecord] = []
        self.totals: list[TotalRecord] = []
        self.nodes: dict[str, int] = {}  # balance row of each node
        self.tallies: dict[str, list[tuple[Column, Values]]] = {}
        self.global_tallies: dict[str, list[tuple[Global, float]]] = {}
        self.tally_constants: dict[str, float] = {}
        self.constant_cost = 0.0
        self._owner = ""

    def add(self, *parts: Contributes) -> "Model":
        """Let each part contribute; its id becomes the owner of what it brings."""
        for part in parts:
            with self.owned_by(part.id):
                part.contribute(self)
        return self

    @contextmanager
    def owned_by(self, owner: str) -> Iterator[None]:
        """What is added inside belongs to ``owner``."""
        before, self._owner = self._owner, owner
        try:
            yield
        finally:
            self._owner = before

    # ---------------------------------------------------------------- columns

    def column(
        self,
        name: str,
        *,
        lower: Values = 0.0,
        upper: Values = np.inf,
        cost: Values = 0.0,
        within: Within = None,
        share: Values = 1.0,
        before: Literal["cyclic"] | Values = CYCLIC,
        integer: bool = False,
    ) -> Column:
        """A value at each step [kW; a store's content in kWh].

        Parameters
        ----------
        name : str
            Ends the name ``owner.name`` under which the series is found in the answer.
        lower, upper : float or array
            Constant bounds; the lower one must be finite.
        cost : float or array
            CNY per kWh.
        within, share : Global, ByStep, float or None
            The size that bounds it: ``x_t ≤ share_t · size``. A number is a size that is given.
        before : "cyclic", float or array
            The value before the first step of each chain, used by rows that look back; ``cyclic``: the chain's last.
        integer : bool
            Whole numbers only; the chain relaxes it, HiGHS keeps it.
        """
        index: IntArray | None = None
        if isinstance(within, Global):
            index = np.full(len(self.timeline), within.index, np.int64)
        elif isinstance(within, ByStep):
            index = within.index
        elif within is not None:
            upper = np.minimum(upper, np.asarray(share) * float(within))
        counted = np.asarray(cost) * self.timeline.counted_hours if np.any(cost) else 0.0
        self.columns.append(
            ColumnRecord(self._name(name), self._owner, lower, upper, counted, index, share, before, integer)
        )
        return Column(len(self.columns) - 1)

    def global_column(
        self, name: str = "", *, lower: float = 0.0, upper: float, cost: float = 0.0, unit: float | None = None
    ) -> Global:
        """A value for the whole model, with finite bounds; ``cost`` in CNY per unit, as it is."""
        self.globals.append(GlobalRecord(self._name(name), self._owner, lower, upper, cost, unit))
        return Global(len(self.globals) - 1)

    def size(self, size: Size | float, name: str = "") -> Global | float:
        """The column of a size to be chosen, or the number of one that is given."""
        if not isinstance(size, Size):
            return float(size)
        lower = max(size.minimum, size.existing)
        self.constant_cost -= size.cost * size.existing
        return self.global_column(name, lower=lower, upper=max(size.maximum, lower), cost=size.cost, unit=size.unit)

    def by_period(self, name: str, *, upper: float, cost: Values = 0.0) -> ByStep:
        """One global column for each billing period: monthly peaks; ``cost`` per period or for all."""
        period = self.timeline.period
        numbers = np.unique(period)
        costs = np.broadcast_to(np.asarray(cost, float), numbers.shape)
        made = [
            self.global_column(f"{name}-{p}", upper=upper, cost=float(c)).index
            for p, c in zip(numbers, costs, strict=True)
        ]
        return ByStep(np.asarray(made, np.int64)[np.searchsorted(numbers, period)])

    # ------------------------------------------------------------------- rows

    def row(
        self,
        name: str,
        now: Terms,
        *,
        before: Terms = (),
        fixed: GlobalTerms = (),
        lower: Values = -np.inf,
        upper: Values = np.inf,
    ) -> int:
        """A row at each step over values now, one step before, and global columns."""
        record = RowRecord(self._name(name), self._owner, lower, upper)
        record.now = [(column.index, value) for column, value in now]
        record.before = [(column.index, value) for column, value in before]
        record.fixed = [(part.index, value) for part, value in fixed]
        self.rows.append(record)
        return len(self.rows) - 1

    def total(
        self,
        name: str,
        terms: Terms,
        *,
        fixed: Sequence[tuple[Global, float]] = (),
        lower: float = -np.inf,
        upper: float = np.inf,
        counted: bool = True,
    ) -> int:
        """A row over the whole model; coefficients are per kWh unless ``counted`` is false (then per step)."""
        hours = self.timeline.counted_hours if counted else 1.0
        self.totals.append(
            TotalRecord(
                self._name(name),
                self._owner,
                lower,
                upper,
                [(column.index, value * hours) for column, value in terms],
                [(part.index, value) for part, value in fixed],
            )
        )
        return len(self.totals) - 1

    # ------------------------------------------------------------------ nodes

    def node(self, node: str) -> int:
        """The balance row of a node, made when first named: what is supplied equals what is needed."""
        if node not in self.nodes:
            self.nodes[node] = len(self.rows)
            self.rows.append(RowRecord(f"{node}.balance", node, 0.0, 0.0))
        return self.nodes[node]

    def supply(self, node: str, column: Column, factor: Values = 1.0) -> None:
        """``factor · column`` arrives at the node; a negative factor draws from it."""
        self.rows[self.node(node)].now.append((column.index, factor))

    def need(self, node: str, power_kw: Values) -> None:
        """A fixed need of the node [kW]."""
        balance = self.rows[self.node(node)]
        balance.lower = balance.upper = np.asarray(balance.upper + np.asarray(power_kw, float))

    # ---------------------------------------------------------------- tallies

    def tally(self, name: str, column: Column, per_kwh: Values = 1.0) -> None:
        """Count ``per_kwh · column`` in the sum ``name`` that limits may read."""
        self.tallies.setdefault(name, []).append((column, per_kwh))

    def tally_global(self, name: str, part: Global, per_unit: float) -> None:
        """Count a global column in a sum: certificates against emissions."""
        self.global_tallies.setdefault(name, []).append((part, per_unit))

    def tally_constant(self, name: str, amount: float) -> None:
        """Count a fixed amount in a sum: process emissions, energy of fixed needs."""
        self.tally_constants[name] = self.tally_constants.get(name, 0.0) + amount

    def _name(self, name: str) -> str:
        if not name:
            return self._owner
        return f"{self._owner}.{name}" if self._owner else name
