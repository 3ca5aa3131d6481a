"""Parts that only dispatch needs: one way at a time, heat that arrives later, soft limits, fleets by the clock."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.dispatch.inputs import Horizon
from lingtan.optimize.dispatch.record import Fleet
from lingtan.optimize.limits.sums import weighted
from lingtan.optimize.model import Column, FloatArray, Model

ENOUGH = 1e9
LEAST_LIFT_K = 15.0  # a smaller lift does not raise the COP any more
ZERO_C = 273.15


@dataclass(frozen=True)
class Exclusive:
    """Two columns of which at most one is above zero."""

    id: str
    one: str
    other: str
    power_kw: float

    def contribute(self, model: Model) -> None:
        """A whole number that says which."""
        one, other = column_named(model, self.one), column_named(model, self.other)
        which = model.column("which", upper=1.0, integer=True)
        model.row("one", [(one, 1.0), (which, -self.power_kw)], upper=0.0)
        model.row("other", [(other, 1.0), (which, self.power_kw)], upper=self.power_kw)


@dataclass(frozen=True)
class Late:
    """A network whose heat arrives some steps after it was sent.

    ``sent_kw`` is what is under way at the start: sent in the step before, and what is one step further each.
    """

    id: str
    start: str
    end: str
    capacity_kw: float
    loss: float
    sent_kw: tuple[float, ...]

    def contribute(self, model: Model) -> None:
        """A chain of columns, each a step behind the one before."""
        sent = model.column("forth", upper=self.capacity_kw, before=self.sent_kw[0])
        model.supply(self.start, sent, -1.0)
        under_way = sent
        for number, further in enumerate(self.sent_kw[1:], 1):
            behind = model.column(f"behind-{number}", upper=self.capacity_kw, before=further)
            model.row(f"travel-{number}", [(behind, 1.0)], before=[(under_way, -1.0)], lower=0.0, upper=0.0)
            under_way = behind
        model.supply(self.end, under_way, 1.0 - self.loss)


@dataclass(frozen=True)
class SoftCap:
    """A sum that should stay below ``most``; with a penalty it may not, at a price."""

    id: str
    tally: str
    most: float
    penalty: float | None  # CNY per unit above

    def contribute(self, model: Model) -> None:
        """One total, and what lies above it."""
        terms, fixed, constant = weighted(model, {self.tally: 1.0})
        if self.penalty is not None:
            over = model.global_column("over", upper=ENOUGH, cost=self.penalty * float(model.timeline.weight[0]))
            fixed = [*fixed, (over, -1.0)]
        model.total("", terms, fixed=fixed, upper=self.most - constant)


@dataclass(frozen=True)
class SoftPeak:
    """An import that should stay below a target."""

    id: str
    column: str
    target_kw: float
    penalty: float  # CNY per kW above

    def contribute(self, model: Model) -> None:
        """The highest excess of all steps."""
        over = model.global_column("over", upper=ENOUGH, cost=self.penalty * float(model.timeline.weight[0]))
        model.row("", [(column_named(model, self.column), 1.0)], fixed=[(over, -1.0)], upper=self.target_kw)


def column_named(model: Model, name: str) -> Column:
    """A column by its whole name."""
    return Column(next(i for i, c in enumerate(model.columns) if c.name == name))


def air_cop(air_c: FloatArray, supply_c: float, carnot_share: float, *, cooling: bool) -> FloatArray:
    r"""COP of a machine between the outside air and its supply.

    .. math:: \mathrm{COP} = g\,T_s / |T_s - T_a|

    Parameters
    ----------
    air_c : array
        Outside air. [°C]
    supply_c : float
        Hot water of a heat pump, cold water of a chiller. [°C]
    carnot_share : float
        Share of the ideal COP that is reached, g.
    cooling : bool
        A chiller rejects its heat to the air.
    """
    supply_k = supply_c + ZERO_C
    lift = (air_c - supply_c) if cooling else (supply_c - air_c)
    return carnot_share * supply_k / np.maximum(lift, LEAST_LIFT_K)


def fleet_series(fleet: Fleet, horizon: Horizon, content_kwh: float | None) -> dict[str, object]:
    """A fleet's plugged power, room, arrivals and departures by step, and what is in the cars at the start.

    All cars come at one local time and leave at another; what they cannot hold when they leave within the horizon of a
    late start is not asked of them.
    """
    local, h = horizon.day_hours(), horizon.hours
    here_hours = (fleet.leaves - fleet.arrives) % 24 or 24.0
    since = (local - fleet.arrives) % 24
    here = since < here_hours - 1e-9
    arriving = here & ((since < h - 1e-9) if h < here_hours else True)
    leaving = here & (since + h >= here_hours - 1e-9)
    room = float(fleet.vehicles * fleet.battery_kwh)
    power = fleet.vehicles * fleet.charger_kw
    arrives = np.where(arriving, fleet.arrival_level * room, 0.0)
    leaves = np.where(leaving, fleet.departure_level * room, 0.0)
    start = 0.0
    if here[0] and not arriving[0]:
        most = fleet.arrival_level * room + power * fleet.efficiency * since[0]
        known = content_kwh if content_kwh is not None else fleet.arrival_level * room
        start = min(known, most, fleet.departure_level * room)
        first = np.flatnonzero(leaving)
        if len(first):
            reach = start + power * fleet.efficiency * h * (first[0] + 1)
            leaves[first[0]] = min(leaves[first[0]], reach)
    # the cars leave with just what was asked: the content starts anew with the next arrival
    plugged = np.where(here, power, 0.0)
    inside = np.where(here & ~leaving, room, 0.0)
    return {
        "plugged_kw": plugged,
        "room_kwh": inside,
        "arrives_kwh": arrives,
        "leaves_kwh": leaves,
        "start_kwh": start,
    }


def fleet_end_kwh(fleet: Fleet, horizon: Horizon) -> float:
    """What must be in the cars when the horizon ends, for them to be ready in time at full power. [kWh]"""
    here_hours = (fleet.leaves - fleet.arrives) % 24 or 24.0
    end = horizon.local(horizon.steps)
    since = (end.hour + end.minute / 60 - fleet.arrives) % 24
    if not 1e-9 < since < here_hours - 1e-9:
        return 0.0
    power = fleet.vehicles * fleet.charger_kw * fleet.efficiency
    wanted = fleet.departure_level * fleet.vehicles * fleet.battery_kwh - power * (here_hours - since)
    reach = fleet.arrival_level * fleet.vehicles * fleet.battery_kwh + power * min(since, horizon.steps * horizon.hours)
    return max(0.0, min(wanted, 0.98 * reach))
