"""What crosses the boundary of the model: needs, purchases, sales and surplus."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lingtan.optimize.components.conversion import count
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class Demand:
    """A need that must be met at every step."""

    id: str
    node: str
    power_kw: Values
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of the need

    def contribute(self, model: Model) -> None:
        """Draw the need from the node and count it as a fixed amount."""
        model.need(self.node, self.power_kw)
        for name, per_kwh in self.tallies.items():
            amount = np.sum(np.asarray(per_kwh) * np.asarray(self.power_kw) * model.timeline.counted_hours)
            model.tally_constant(name, float(amount))


@dataclass(frozen=True)
class Source:
    """Bought or free energy: fuel, heat of a neighbour, hydrogen; ``profile`` is what each kW of size can give."""

    id: str
    node: str
    price: Values = 0.0  # [CNY/kWh]
    power: Size | float | None = None  # None: as much as is asked for
    profile: Values = 1.0
    minimum_kw: Values = 0.0  # what must be taken
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh delivered

    def contribute(self, model: Model) -> None:
        """One column into the node."""
        size = None if self.power is None else model.size(self.power)
        flow = model.column("power", lower=self.minimum_kw, cost=self.price, within=size, share=self.profile)
        model.supply(self.node, flow)
        count(model, flow, self.tallies)


@dataclass(frozen=True)
class Sink:
    """Energy sold (a price) or let go (no price); never a need."""

    id: str
    node: str
    price: Values = 0.0  # revenue [CNY/kWh]
    power: Size | float | None = None
    profile: Values = 1.0
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh taken

    def contribute(self, model: Model) -> None:
        """One column out of the node."""
        size = None if self.power is None else model.size(self.power)
        cost = -np.asarray(self.price, float) if np.any(self.price) else 0.0
        flow = model.column("power", cost=cost, within=size, share=self.profile)
        model.supply(self.node, flow, -1.0)
        count(model, flow, self.tallies)
