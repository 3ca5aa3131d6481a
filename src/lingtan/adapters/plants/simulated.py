"""A plant that answers with truth: what stores and units really do with a set-point, and faults on request."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from lingtan.optimize.dispatch.record import STORES, Description
from lingtan.services.dispatch_ports import Measured, PlantSilentError

TRUE_EFFICIENCY = 0.985  # of the stated one: nothing is as good as its plate


class SimulatedPlant:
    """Stores with their true content and losses, units with their ramps and least loads; time moves when told."""

    def __init__(
        self, description: Description, at: datetime, *, content_kwh: Mapping[str, float] | None = None
    ) -> None:
        self.description, self.now = description, at
        self.content = {u.id: 0.5 * (u.energy_kwh or 0.0) for u in description.units if u.kind in STORES}
        self.content |= {f.id: f.arrival_level * f.vehicles * f.battery_kwh for f in description.fleets}
        self.content |= dict(content_kwh or {})
        self.asked: dict[str, float] = {}
        self.power: dict[str, float] = {}
        self.silent: set[str] = set()  # assets that do not answer; "*" is the whole plant
        self.frozen: dict[str, float] = {}  # meters that show this whatever happens
        self.wait_s = 0.0  # how long an answer takes

    def send(self, asset: str, kw: float, *, timeout_s: float) -> float:
        """Take a set-point within what the asset can do."""
        self._answer(asset, timeout_s)
        self.asked[asset] = self._within(asset, kw)
        return self.asked[asset]

    def measure(self, *, timeout_s: float) -> Measured:
        """What the meters show, frozen ones included."""
        self._answer("", timeout_s)
        power = {**self.power, **self.frozen}
        return Measured(self.now, power, dict(self.content), {k: v > 0 for k, v in self.power.items()})

    def advance(self, minutes: float) -> None:
        """Let time pass with the set-points as they are."""
        hours = minutes / 60
        for unit in self.description.units:
            kw = self.asked.get(unit.id, 0.0)
            if unit.kind not in STORES:
                self.power[unit.id] = kw
                continue
            eta = (unit.efficiency or 1.0) * TRUE_EFFICIENCY
            level, energy = self.content[unit.id] * (1 - unit.loss_per_hour) ** hours, unit.energy_kwh or 0.0
            if kw >= 0:
                kw = min(kw, level * eta / hours)
                level -= kw / eta * hours
            else:
                kw = -min(-kw, max(energy - level, 0.0) / (eta * hours))
                level -= kw * eta * hours
            self.content[unit.id], self.power[unit.id] = min(max(level, 0.0), energy), kw
        for fleet in self.description.fleets:
            kw = self.asked.get(fleet.id, 0.0)
            self.content[fleet.id] = max(self.content[fleet.id] - kw * fleet.efficiency * hours, 0.0)
            self.power[fleet.id] = kw
        self.now += timedelta(minutes=minutes)

    def _answer(self, asset: str, timeout_s: float) -> None:
        if "*" in self.silent or asset in self.silent:
            raise PlantSilentError(asset)
        if self.wait_s > timeout_s:
            time.sleep(min(timeout_s, 0.05))
            raise PlantSilentError(asset)

    def _within(self, asset: str, kw: float) -> float:
        unit = self.description.unit(asset)
        if unit is None or unit.capacity_kw is None:
            return kw
        top = unit.capacity_kw / (unit.efficiency or 1.0) if unit.kind in ("chp", "boiler") else unit.capacity_kw
        low = -top if unit.kind in STORES else 0.0
        return min(max(kw, low), top)
