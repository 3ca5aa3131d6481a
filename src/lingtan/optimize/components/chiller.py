"""Cooling from electricity or from heat."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import Limits, convert
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class Chiller:
    """Input times ``cop`` gives cooling; ``size`` in kW of cooling."""

    id: str
    source: str
    cooling: str
    size: Size | float
    cop: Values
    rejects: str | None = None  # node that gets the rejected heat, such as a heat pump's cold side
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of input
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The input, the cooling, and the heat that is rejected."""
        flows: dict[str, Values] = {self.source: -1.0, self.cooling: self.cop}
        if self.rejects is not None:
            flows[self.rejects] = 1.0 + self.cop
        convert(model, size=self.size, flows=flows, rated=self.cop, tallies=self.tallies, limits=self.limits)


@dataclass(frozen=True)
class ElectricChiller(Chiller):
    """A compression chiller, ``cop`` by step."""


@dataclass(frozen=True)
class AbsorptionChiller(Chiller):
    """A chiller driven by heat, ``cop`` below 1 for single effect."""
