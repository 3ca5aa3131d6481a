"""Heat or steam from fuel or electricity: gas, biomass and electric boilers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import Limits, convert
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class Boiler:
    """One input, one heat: ``size`` in kW of heat."""

    id: str
    source: str | None  # node of the fuel or of electricity; None: bought at ``price``, no node
    heat: str
    size: Size | float
    efficiency: Values
    price: Values = 0.0  # [CNY/kWh of input]
    flue: Mapping[str, Values] = field(default_factory=dict)  # other flows per kWh of input, such as CO2 to a node
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of input
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The input, and the heat it makes."""
        flows = {**self.flue, self.heat: self.efficiency}
        if self.source is not None:
            flows[self.source] = -1.0
        convert(
            model,
            size=self.size,
            flows=flows,
            rated=self.efficiency,
            price=self.price,
            tallies=self.tallies,
            limits=self.limits,
        )


@dataclass(frozen=True)
class ElectricBoiler(Boiler):
    """An electrode or resistance boiler."""


@dataclass(frozen=True)
class BiomassBoiler(Boiler):
    """A boiler for solid biomass or biogas."""
