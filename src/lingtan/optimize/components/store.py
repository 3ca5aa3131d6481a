"""Stores: batteries, hot and cold water, steam, molten salt, hydrogen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from lingtan.optimize.components.conversion import count
from lingtan.optimize.model import Global, Model, Size, Values


@dataclass(frozen=True)
class Store:
    r"""A content with charge, discharge and standing loss.

    .. math:: e_t = (1 - \lambda)^{h_t} e_{t-1} + h_t (\eta_c c_t - d_t / \eta_d)

    The size is the energy [kWh]; charge and discharge stand within ``ratio · size``, or within ``power``.
    """

    id: str
    node: str
    energy: Size | float  # [kWh]
    power: Size | float | None = None  # [kW]; None: ratio times the energy
    ratio: float = 1.0  # kW per kWh, when no power is given
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    loss: float = 0.0  # share of the content lost in an hour
    wear: float = 0.0  # CNY per kWh charged
    minimum_level: float = 0.0  # share of the energy that stays inside
    start: Literal["cyclic"] | float = "cyclic"  # content before the first step [share of a given size]
    end: float | None = None  # least content after the last step [share of a given size]
    out: str | None = None  # node of the discharge, if it is another one
    auxiliary: Mapping[str, float] = field(default_factory=dict)  # kWh drawn from other nodes per kWh charged
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh charged

    def contribute(self, model: Model) -> None:
        """Charge, discharge, content and their balance."""
        energy = model.size(self.energy, "" if self.power is None else "energy")
        if self.power is None:
            within, share = energy, self.ratio
        else:
            within, share = model.size(self.power, "power"), 1.0
        charge = model.column("charge", cost=self.wear, within=within, share=share)
        discharge = model.column("discharge", within=within, share=share)
        content = self._content(model, energy)
        hours = model.timeline.hours
        model.row(
            "content-balance",
            [
                (content, 1.0),
                (charge, -self.charge_efficiency * hours),
                (discharge, hours / self.discharge_efficiency),
            ],
            before=[(content, -((1.0 - self.loss) ** hours))],
            lower=0.0,
            upper=0.0,
        )
        model.supply(self.node, charge, -1.0)
        model.supply(self.out or self.node, discharge)
        for node, per_kwh in self.auxiliary.items():
            model.supply(node, charge, -per_kwh)
        count(model, charge, self.tallies)

    def _content(self, model: Model, energy: Global | float):  # type: ignore[no-untyped-def]
        if isinstance(energy, Global):
            if self.start != "cyclic" or self.end is not None:
                raise ValueError(f"{self.id}: a start or end content needs a given size")
            content = model.column("content", within=energy)
            if self.minimum_level:
                model.row("minimum-level", [(content, 1.0)], fixed=[(energy, -self.minimum_level)], lower=0.0)
            return content
        lower = np.full(len(model.timeline), self.minimum_level * energy)
        if self.end is not None:
            lower[model.timeline.ends] = np.maximum(lower[model.timeline.ends], self.end * energy)
        before = "cyclic" if self.start == "cyclic" else self.start * energy
        return model.column("content", lower=lower, upper=energy, before=before)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Battery(Store):
    """A store of electricity, seen from its AC terminals; power and energy may be sized apart."""


@dataclass(frozen=True)
class ThermalStore(Store):
    """Hot water, cold water or steam; its power follows its energy unless given."""


@dataclass(frozen=True)
class MoltenSalt(Store):
    """Charged by an electric heater or steam, discharged as steam or power to ``out``."""


@dataclass(frozen=True)
class HydrogenTank(Store):
    """Hydrogen under pressure [kWh of lower heating value]; the compressor is an ``auxiliary`` of electricity."""
