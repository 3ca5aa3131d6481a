"""Heat that may only flow down: exchangers, cascades of levels, waste heat, and power from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import Limits, convert, count
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class HeatExchanger:
    """From a hotter node to a colder one; ``size`` in kW drawn from the hot side."""

    id: str
    hot: str
    cold: str
    size: Size | float
    efficiency: Values = 1.0
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh drawn

    def contribute(self, model: Model) -> None:
        """One column downwards; there is none upwards."""
        flows = {self.hot: -1.0, self.cold: self.efficiency}
        convert(model, size=self.size, flows=flows, rated=1.0, tallies=self.tallies)


@dataclass(frozen=True)
class Letdown:
    """Steam from a higher pressure to a lower one; ``gain`` above 1 when water is sprayed in, measured as energy."""

    id: str
    high: str
    low: str
    size: Size | float  # kW at the high side
    gain: Values = 1.0
    tallies: Mapping[str, Values] = field(default_factory=dict)

    def contribute(self, model: Model) -> None:
        """One column from the high to the low pressure."""
        convert(model, size=self.size, flows={self.high: -1.0, self.low: self.gain}, rated=1.0, tallies=self.tallies)


@dataclass(frozen=True)
class Cascade:
    """Temperature levels of one network, hottest first: heat may fall to the next level at no cost."""

    id: str
    levels: Sequence[str]
    efficiency: float = 1.0

    def contribute(self, model: Model) -> None:
        """A column between each level and the next."""
        for hot, cold in zip(self.levels, self.levels[1:], strict=False):
            falls = model.column(f"{hot}-{cold}")
            model.supply(hot, falls, -1.0)
            model.supply(cold, falls, self.efficiency)


@dataclass(frozen=True)
class WasteHeat:
    """Heat that a process gives off, recovered at a level: the recovery has a size, the process a profile."""

    id: str
    node: str
    available_kw: Values
    size: Size | float  # kW recovered
    price: Values = 0.0
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh recovered

    def contribute(self, model: Model) -> None:
        """What is recovered: within the size, and not more than there is."""
        used = model.column("power", upper=self.available_kw, cost=self.price, within=model.size(self.size))
        model.supply(self.node, used)
        count(model, used, self.tallies)


@dataclass(frozen=True)
class Orc:
    """Power from heat by an organic Rankine cycle; ``size`` in kW of electricity."""

    id: str
    heat: str
    power: str
    size: Size | float
    efficiency: Values
    rejects: str | None = None  # node of the heat it leaves behind
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of heat drawn
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The heat drawn, the power made, the heat left."""
        flows: dict[str, Values] = {self.heat: -1.0, self.power: self.efficiency}
        if self.rejects is not None:
            flows[self.rejects] = 1.0 - self.efficiency
        convert(model, size=self.size, flows=flows, rated=self.efficiency, tallies=self.tallies, limits=self.limits)
