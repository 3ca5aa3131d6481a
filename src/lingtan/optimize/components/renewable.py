"""What sun and wind can give at most in each step; what is not taken is curtailed and never counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import count
from lingtan.optimize.model import Model, Size, Values


@dataclass(frozen=True)
class Renewable:
    """A plant with a profile of what each kW of size can give (0–1)."""

    id: str
    node: str
    size: Size | float  # [kW]
    profile: Values
    price: Values = 0.0  # running cost, or the price of its supplier [CNY/kWh]
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh taken

    def contribute(self, model: Model) -> None:
        """The power that is taken, within profile and size."""
        power = model.column("power", cost=self.price, within=model.size(self.size), share=self.profile)
        model.supply(self.node, power)
        count(model, power, self.tallies)


@dataclass(frozen=True)
class Pv(Renewable):
    """Photovoltaics; the profile comes from weather and plane."""


@dataclass(frozen=True)
class Wind(Renewable):
    """Wind turbines; the profile comes from wind speed and power curve."""


@dataclass(frozen=True)
class DirectLine(Renewable):
    """Green supply by a line of its own (绿电直连): the plant behind it has the profile, the line a size and a loss."""

    line: Size | float | None = None  # [kW at the plant]; None: as large as the plant
    loss: float = 0.0  # share lost on the line

    def contribute(self, model: Model) -> None:
        """The power taken at the plant; ``tallies`` and price count what arrives."""
        plant = model.size(self.size)
        arrives = 1.0 - self.loss
        price = self.price * arrives
        power = model.column("power", cost=price, within=plant, share=self.profile)
        model.supply(self.node, power, arrives)
        count(model, power, {name: per_kwh * arrives for name, per_kwh in self.tallies.items()})
        if self.line is not None:
            line = model.size(self.line, "line")
            if isinstance(line, float):
                model.row("line", [(power, 1.0)], upper=line)
            else:
                model.row("line", [(power, 1.0)], fixed=[(line, -1.0)], upper=0.0)
