"""Power and heat together: back-pressure with a fixed ratio, extraction with a choice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lingtan.optimize.components.conversion import Limits, add_ramp, add_running, convert, count
from lingtan.optimize.model import Column, Global, Model, Size, Values


@dataclass(frozen=True)
class BackPressureChp:
    """Power and heat in a fixed ratio (gas engine, back-pressure turbine); ``size`` in kW of electricity."""

    id: str
    source: str | None
    power: str
    heat: str
    size: Size | float
    electric_efficiency: Values
    heat_efficiency: Values
    price: Values = 0.0  # [CNY/kWh of fuel]
    flue: Mapping[str, Values] = field(default_factory=dict)
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh of fuel
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """The fuel, and what it makes."""
        flows = {**self.flue, self.power: self.electric_efficiency, self.heat: self.heat_efficiency}
        if self.source is not None:
            flows[self.source] = -1.0
        convert(
            model,
            size=self.size,
            flows=flows,
            rated=self.electric_efficiency,
            price=self.price,
            tallies=self.tallies,
            limits=self.limits,
        )


@dataclass(frozen=True)
class ExtractionChp:
    r"""A turbine that may give up power for heat; ``size`` in kW of electricity when condensing.

    The fuel is the sum of two modes, condensing (power alone) and full extraction (power and heat); every point of the
    region between them is a mix, and each mode is bounded by the same fuel:
    :math:`f_c + f_e \le S / \eta_c`.
    """

    id: str
    source: str | None
    power: str
    heat: str
    size: Size | float
    condensing_efficiency: float
    extraction_efficiency: float  # power at full extraction
    heat_efficiency: float  # heat at full extraction
    price: Values = 0.0
    flue: Mapping[str, Values] = field(default_factory=dict)
    tallies: Mapping[str, Values] = field(default_factory=dict)
    limits: Limits | None = None

    def contribute(self, model: Model) -> None:
        """Two columns of fuel and the row that bounds their sum."""
        size = model.size(self.size)
        most = model.globals[size.index].upper if isinstance(size, Global) else size
        upper = most / self.condensing_efficiency
        condensing = model.column("condensing", cost=self.price, upper=upper)
        extraction = model.column("extraction", cost=self.price, upper=upper)
        model.supply(self.power, condensing, self.condensing_efficiency)
        model.supply(self.power, extraction, self.extraction_efficiency)
        model.supply(self.heat, extraction, self.heat_efficiency)
        both = [(condensing, 1.0), (extraction, 1.0)]
        for column, _ in both:
            if self.source is not None:
                model.supply(self.source, column, -1.0)
            for node, per_kwh in self.flue.items():
                model.supply(node, column, per_kwh)
            count(model, column, self.tallies)
        if isinstance(size, Global):
            model.row("fuel", both, fixed=[(size, -1.0 / self.condensing_efficiency)], upper=0.0)
        else:
            model.row("fuel", both, upper=upper)
        rated: list[tuple[Column, Values]] = [(column, self.condensing_efficiency) for column, _ in both]
        limits = self.limits or Limits()
        if limits.ramp is not None:
            add_ramp(model, rated, size, limits.ramp)
        if limits.running is not None:
            add_running(model, rated, size, limits.running)
