"""Heat pumps between two temperature levels, or from the air."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lingtan.optimize.components.conversion import Limits, convert
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class HeatPump:
    """Electricity in, ``cop`` times the heat out; ``size`` in kW of heat."""

    id: str
    power: str
    heat: str
    size: Size | float
    cop: Values  # by step: it falls with the lift
    cold: str | None = None  # node the heat is lifted from (waste heat, a colder level); None: air or ground
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of electricity
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The electricity, the heat, and what is drawn from the cold side."""
        flows: dict[str, Values] = {self.power: -1.0, self.heat: self.cop}
        if self.cold is not None:
            flows[self.cold] = 1.0 - np.asarray(self.cop)
        convert(model, size=self.size, flows=flows, rated=self.cop, tallies=self.tallies, limits=self.limits)
