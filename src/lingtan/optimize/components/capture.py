"""Carbon capture: CO2 as a node [kg/h] that plants send their flue gas to and a vent lets go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import Limits, convert, count
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class Vent:
    """CO2 that is let go: it counts in ``emissions``."""

    id: str
    node: str
    tally: str = "emissions"

    def contribute(self, model: Model) -> None:
        """One column out of the node, counted as emitted."""
        out = model.column("flow")
        model.supply(self.node, out, -1.0)
        count(model, out, {self.tally: 1.0})


@dataclass(frozen=True)
class CarbonCapture:
    """Takes CO2 from a node with power and heat; what it cannot take goes on to the vent. ``size`` in kg/h taken in."""

    id: str
    node: str
    size: Size | float
    draws: Mapping[str, float]  # kWh of each node per kg taken in
    rate: float = 0.9  # share of what is taken in that stays away
    price: Values = 0.0  # transport and storage, or the price of its use [CNY/kg taken in]
    tally: str = "emissions"
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kg taken in
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The stream taken in; the part that slips counts as emitted."""
        flows: dict[str, Values] = {self.node: -1.0, **{n: -v for n, v in self.draws.items()}}
        tallies = {**self.tallies, self.tally: 1.0 - self.rate}
        convert(model, size=self.size, flows=flows, rated=1.0, price=self.price, tallies=tallies, limits=self.limits)
