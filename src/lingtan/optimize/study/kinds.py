"""The kinds of technology a study may name, each as the component that it becomes.

To add one: write the component (``optimize/components``), add its word to ``record.Kind``, and a function here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lingtan.optimize import components as parts
from lingtan.optimize.components.network import loss_over
from lingtan.optimize.model import Contributes, Model, Size, Values
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.record import TechnologyEntry

NON_FOSSIL = ("pv", "wind", "direct_line")


@dataclass(frozen=True)
class Making:
    """What a function gets: the case, the model, the entry and its size."""

    case: Case
    model: Model
    entry: TechnologyEntry
    size: Size | float

    @property
    def id(self) -> str:
        return self.entry.id

    def limits(self) -> parts.Limits | None:
        """Part load, ramp and minimum load, if any."""
        entry = self.entry
        running = parts.Running(minimum_load=entry.minimum_load) if entry.minimum_load else None
        segments = [parts.Segment(s.share, s.relative) for s in entry.segments]
        if running is None and entry.ramp is None and not segments:
            return None
        return parts.Limits(segments, running, entry.ramp)

    def profile(self) -> Values:
        """The profile, with the mean loss of output over the life."""
        assert self.entry.profile is not None
        return self.case.series(self.entry.profile) * self.kept()

    def kept(self) -> float:
        """Mean output over the life against new."""
        entry = self.entry
        if not entry.degradation:
            return 1.0
        years = int(self.case.costs(entry).lifetime) if entry.maximum > entry.existing else 20
        return float(np.mean((1 - entry.degradation) ** np.arange(max(years, 1))))

    def cop(self) -> Values:
        """COP as a number or by step."""
        if self.entry.cop_profile is not None:
            return self.case.series(self.entry.cop_profile)
        assert self.entry.cop is not None
        return self.entry.cop

    def loss(self) -> float:
        """Loss of a line: stated, or over its distance by kilometre."""
        return loss_over(self.entry.distance_km, self.entry.loss) if self.entry.distance_km else self.entry.loss

    def power_tallies(self) -> dict[str, Values]:
        """Non-fossil electricity at the point where it is taken."""
        k = self.case.factors.electricity
        return {"energy": k, "clean": k, "electricity": 1.0, "direct": 1.0, "self_use": 1.0}


def _renewable(m: Making) -> Contributes:
    kind = parts.Pv if m.entry.kind == "pv" else parts.Wind
    price = m.entry.price + m.entry.variable_om
    return kind(m.id, m.entry.node, m.size, m.profile(), price=price, tallies=m.power_tallies())


def _direct_line(m: Making) -> Contributes:
    price = m.entry.price + m.entry.variable_om
    return parts.DirectLine(
        m.id, m.entry.node, m.size, m.profile(), price=price, tallies=m.power_tallies(), loss=m.loss()
    )


def _chp(m: Making) -> Contributes:
    e = m.entry
    electric, tallies = e.efficiency or 0.0, _chp_tallies(m, e.efficiency or 0.0)
    return parts.BackPressureChp(
        m.id,
        e.source,
        e.node,
        str(e.heat),
        m.size,
        electric,
        e.heat_efficiency or 0.0,
        price=e.variable_om * electric,
        tallies=tallies,
        limits=m.limits(),
    )


def _chp_tallies(m: Making, electric: float) -> dict[str, Values]:
    tallies: dict[str, Values] = {"electricity": electric}
    if m.entry.kind == "biomass_chp":
        tallies |= {"direct": electric, "self_use": 0.0}
    return tallies


def _extraction(m: Making) -> Contributes:
    e = m.entry
    return parts.ExtractionChp(
        m.id,
        e.source,
        e.node,
        str(e.heat),
        m.size,
        e.efficiency or 0.0,
        e.extraction_efficiency or 0.0,
        e.heat_efficiency or 0.0,
        price=e.variable_om * (e.efficiency or 0.0),
        tallies=_chp_tallies(m, e.extraction_efficiency or 0.0),
        limits=m.limits(),
    )


def _boiler(m: Making) -> Contributes:
    kinds = {"electric_boiler": parts.ElectricBoiler, "biomass_boiler": parts.BiomassBoiler}
    made = kinds.get(m.entry.kind, parts.Boiler)
    efficiency = m.entry.efficiency or 1.0
    price = m.entry.variable_om * efficiency
    return made(m.id, m.entry.source, m.entry.node, m.size, efficiency, price=price, limits=m.limits())


def _heat_pump(m: Making) -> Contributes:
    return parts.HeatPump(
        m.id, str(m.entry.source), m.entry.node, m.size, m.cop(), cold=m.entry.heat, limits=m.limits()
    )


def _waste_heat(m: Making) -> Contributes:
    """The profile is what there is for each kW of the largest recovery."""
    there = np.asarray(m.profile()) * max(m.entry.maximum, m.entry.existing)
    return parts.WasteHeat(m.id, m.entry.node, there, m.size, price=m.entry.price + m.entry.variable_om)


def _orc(m: Making) -> Contributes:
    return parts.Orc(
        m.id,
        str(m.entry.source),
        m.entry.node,
        m.size,
        m.entry.efficiency or 0.0,
        rejects=m.entry.heat,
        tallies={"electricity": m.entry.efficiency or 0.0},
        limits=m.limits(),
    )


def _exchanger(m: Making) -> Contributes:
    return parts.HeatExchanger(m.id, str(m.entry.source), m.entry.node, m.size, m.entry.efficiency or 1.0)


def _letdown(m: Making) -> Contributes:
    return parts.Letdown(m.id, str(m.entry.source), m.entry.node, m.size, m.entry.efficiency or 1.0)


def _chiller(m: Making) -> Contributes:
    kind = parts.ElectricChiller if m.entry.kind == "electric_chiller" else parts.AbsorptionChiller
    return kind(m.id, str(m.entry.source), m.entry.node, m.size, m.cop(), rejects=m.entry.heat, limits=m.limits())


_STORES = {
    "battery": parts.Battery,
    "heat_store": parts.ThermalStore,
    "cold_store": parts.ThermalStore,
    "steam_store": parts.ThermalStore,
    "molten_salt": parts.MoltenSalt,
    "hydrogen_tank": parts.HydrogenTank,
}


def _store(m: Making) -> Contributes:
    e = m.entry
    power = m.case.size(e, m.model, power=True) if e.power_maximum is not None else None
    return _STORES[e.kind](
        m.id,
        e.node,
        m.size,
        power=power,
        ratio=e.kw_per_kwh,
        charge_efficiency=e.charge_efficiency if e.charge_efficiency is not None else 0.95,
        discharge_efficiency=e.discharge_efficiency if e.discharge_efficiency is not None else 0.95,
        loss=e.loss_per_hour,
        wear=e.wear + e.variable_om,
        minimum_level=e.minimum_level,
        out=e.out,
        auxiliary=dict(e.draws),
    )


def _electrolyser(m: Making) -> Contributes:
    e = m.entry
    return parts.Electrolyser(
        m.id,
        str(e.source),
        e.node,
        m.size,
        e.efficiency or 0.0,
        heat=e.heat,
        heat_efficiency=e.heat_efficiency or 0.0,
        limits=m.limits(),
    )


def _fuel_cell(m: Making) -> Contributes:
    e = m.entry
    return parts.FuelCell(
        m.id,
        str(e.source),
        e.node,
        m.size,
        e.efficiency or 0.0,
        heat=e.heat,
        heat_efficiency=e.heat_efficiency or 0.0,
        tallies={"electricity": e.efficiency or 0.0},
        limits=m.limits(),
    )


def _link(m: Making) -> Contributes:
    e = m.entry
    return parts.NetworkLink(
        m.id, str(e.source), e.node, m.size, loss=m.loss(), both_ways=e.both_ways, price=e.variable_om
    )


def _capture(m: Making) -> Contributes:
    e = m.entry
    return parts.CarbonCapture(m.id, e.node, m.size, e.draws, rate=e.capture_rate, price=e.price + e.variable_om)


def _fleet(m: Making) -> Contributes:
    """Cars that come in the evening with what the day left in them and go full in the morning."""
    e = m.entry
    need = np.asarray(m.profile(), float)  # kWh used by the cars of each hour away, for each kW of chargers
    size = m.size if isinstance(m.size, float) else m.size.maximum
    here = np.tile(np.where((np.arange(24) >= 18) | (np.arange(24) < 8), 1.0, 0.15), len(need) // 24 + 1)[: len(need)]
    hours = len(need)
    leaves = np.zeros(hours)
    for start in range(0, hours, 24):
        leaves[min(start + 7, hours - 1)] = need[start : start + 24].sum() * size
    return parts.ChargingFleet(
        m.id,
        e.node,
        here * size,
        np.full(hours, 8.0 * size),
        np.zeros(hours),
        leaves,
        efficiency=e.efficiency or 0.95,
        back_share=e.back_share,
        wear=e.wear,
    )


KINDS: Mapping[str, Callable[[Making], Contributes]] = {
    "pv": _renewable,
    "wind": _renewable,
    "direct_line": _direct_line,
    "gas_chp": _chp,
    "biomass_chp": _chp,
    "extraction_chp": _extraction,
    "gas_boiler": _boiler,
    "biomass_boiler": _boiler,
    "electric_boiler": _boiler,
    "heat_pump": _heat_pump,
    "waste_heat": _waste_heat,
    "orc": _orc,
    "heat_exchanger": _exchanger,
    "letdown": _letdown,
    "electric_chiller": _chiller,
    "absorption_chiller": _chiller,
    **dict.fromkeys(_STORES, _store),
    "electrolyser": _electrolyser,
    "fuel_cell": _fuel_cell,
    "link": _link,
    "carbon_capture": _capture,
    "charging_fleet": _fleet,
}
