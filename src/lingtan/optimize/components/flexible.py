"""Production that can be moved or left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from lingtan.optimize.components.conversion import count
from lingtan.optimize.model import Column, FloatArray, IntArray, Model, Values


@dataclass(frozen=True)
class ShiftableLoad:
    """A need of which a share may be done later; all that was put off is done by each deadline.

    ``deadlines`` are the steps after which nothing is left to do; without any, the last step of each chain.
    """

    id: str
    node: str
    power_kw: FloatArray  # the plan without shifting
    share: Values = 1.0  # part that may be put off at each step
    catch_up_kw: Values = np.inf  # most that can be done on top
    deadlines: IntArray | None = None
    cost: float = 0.0  # CNY per kWh put off

    def contribute(self, model: Model) -> None:
        """The plan as a need, what is put off, what is caught up, and the backlog between them."""
        plan = np.broadcast_to(np.asarray(self.power_kw, float), (len(model.timeline),))
        model.need(self.node, plan)
        off = model.column("put-off", upper=plan * np.asarray(self.share), cost=self.cost)
        most = float((plan * model.timeline.hours).sum())
        room = np.full(len(plan), most)
        room[model.timeline.ends if self.deadlines is None else self.deadlines] = 0.0
        room[model.timeline.ends] = 0.0
        on = model.column("caught-up", upper=self.catch_up_kw)
        backlog = model.column("backlog", upper=room, before=0.0)
        hours = model.timeline.hours
        now: list[tuple[Column, Values]] = [(backlog, 1.0), (off, -hours), (on, hours)]
        model.row("backlog-balance", now, before=[(backlog, -1.0)], lower=0.0, upper=0.0)
        model.supply(self.node, off)
        model.supply(self.node, on, -1.0)


@dataclass(frozen=True)
class CurtailableLoad:
    """A need that may be left undone in part, at a cost; ``energy_kwh`` bounds it over the whole model."""

    id: str
    node: str
    power_kw: Values
    share: Values = 1.0
    cost: Values = 0.0  # CNY per kWh not done
    energy_kwh: float = np.inf
    tallies: Mapping[str, Values] = field(default_factory=dict)  # per kWh served

    def contribute(self, model: Model) -> None:
        """The need, and what is left undone of it."""
        plan = np.broadcast_to(np.asarray(self.power_kw, float), (len(model.timeline),))
        model.need(self.node, plan)
        left = model.column("left-out", upper=plan * np.asarray(self.share), cost=self.cost)
        model.supply(self.node, left)
        if np.isfinite(self.energy_kwh):
            model.total("left-out-energy", [(left, 1.0)], upper=self.energy_kwh)
        for name, per_kwh in self.tallies.items():
            model.tally_constant(name, float((plan * per_kwh * model.timeline.counted_hours).sum()))
        count(model, left, {name: -np.asarray(per_kwh) for name, per_kwh in self.tallies.items()})


@dataclass(frozen=True)
class ChargingFleet:
    """Vehicles as one store that cars bring energy into and take energy out of.

    ``plugged_kw`` is the charging power of all cars present, ``room_kwh`` the capacity of their batteries;
    ``arrives_kwh`` comes with the cars of a step, ``leaves_kwh`` must be in them when they go at its end.
    """

    id: str
    node: str
    plugged_kw: FloatArray
    room_kwh: FloatArray
    arrives_kwh: FloatArray
    leaves_kwh: FloatArray
    efficiency: float = 1.0  # one way
    back_share: float = 0.0  # part of the charging power that can be given back (V2G)
    wear: float = 0.0  # CNY per kWh given back
    start_kwh: float | Literal["cyclic"] = "cyclic"

    def contribute(self, model: Model) -> None:
        """Charge, perhaps discharge, content, and the balance with arrivals and departures."""
        hours = model.timeline.hours
        charge = model.column("charge", upper=self.plugged_kw)
        content = model.column("content", upper=self.room_kwh, before=self.start_kwh)
        now: list[tuple[Column, Values]] = [(content, 1.0), (charge, -self.efficiency * hours)]
        model.supply(self.node, charge, -1.0)
        if self.back_share:
            back = model.column("discharge", upper=self.back_share * self.plugged_kw, cost=self.wear)
            now.append((back, hours / self.efficiency))
            model.supply(self.node, back)
        change = np.asarray(self.arrives_kwh, float) - np.asarray(self.leaves_kwh, float)
        model.row("content-balance", now, before=[(content, -1.0)], lower=change, upper=change)
