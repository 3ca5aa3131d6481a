"""Electrolysers and fuel cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import Limits, convert
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class Electrolyser:
    """Electricity to hydrogen, with heat that can be used; ``size`` in kW of electricity."""

    id: str
    power: str
    hydrogen: str
    size: Size | float
    efficiency: Values
    heat: str | None = None
    heat_efficiency: float = 0.0
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of electricity
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The electricity, the hydrogen, the heat."""
        flows: dict[str, Values] = {self.power: -1.0, self.hydrogen: self.efficiency}
        if self.heat is not None:
            flows[self.heat] = self.heat_efficiency
        convert(model, size=self.size, flows=flows, rated=1.0, tallies=self.tallies, limits=self.limits)


@dataclass(frozen=True)
class FuelCell:
    """Hydrogen to electricity and heat; ``size`` in kW of electricity."""

    id: str
    hydrogen: str
    power: str
    size: Size | float
    efficiency: Values
    heat: str | None = None
    heat_efficiency: float = 0.0
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of hydrogen
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The hydrogen, the electricity, the heat."""
        flows: dict[str, Values] = {self.hydrogen: -1.0, self.power: self.efficiency}
        if self.heat is not None:
            flows[self.heat] = self.heat_efficiency
        convert(model, size=self.size, flows=flows, rated=self.efficiency, tallies=self.tallies, limits=self.limits)
