"""Hand a step's set-points to the plant: limits, rate, time-out, override, fallback; everything audited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lingtan.base.time import iso
from lingtan.optimize.dispatch.record import STORES, Description, Unit
from lingtan.optimize.dispatch.schedule import Schedule, targets
from lingtan.services.access.ports import AuditLog
from lingtan.services.dispatch_ports import Measured, Plant, PlantSilentError

TIMEOUT_S = 2.0
TRIES = 2
FROZEN_STEPS = 4  # so many equal readings under changing set-points: the meter stands still
MOVED_KW = 1.0


@dataclass(frozen=True)
class Sent:
    """What an asset was asked for, and what came back. [kW]"""

    asset: str
    wanted_kw: float
    sent_kw: float
    acknowledged_kw: float | None
    source: str  # schedule | override | fallback
    limited: str = ""  # capacity | rate | ""


@dataclass
class Supervisor:
    """Remembers what was sent, for rates and for meters that stand still."""

    description: Description
    audit: AuditLog
    timeout_s: float = TIMEOUT_S
    last: dict[str, float] = field(default_factory=dict)
    seen: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # asset: (asked, measured)

    def hand_over(
        self,
        schedule: Schedule | None,
        plant: Plant,
        *,
        at: datetime,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        by: str = "dispatch",
    ) -> tuple[list[Sent], list[dict[str, Any]]]:
        """Send the set-points of the step that ``at`` lies in; what was sent, and the alarms.

        Without an approved schedule that covers the instant the fallback is sent: stores rest, units keep what they did
        within their limits. An asset that does not answer is alarmed; the others go on.
        """
        alarms: list[dict[str, Any]] = []
        step = schedule.at(at) if schedule is not None and schedule.status == "approved" else None
        if schedule is None or step is None:
            alarms.append({"code": "dispatch.alarm-no-schedule", "at": iso(at), "values": {}})
            wanted, source = self.fallback(), "fallback"
        else:
            wanted, source = targets(self.description, schedule, step), "schedule"
        sent = []
        held = {a: o for a, o in (overrides or {}).items() if datetime.fromisoformat(o["until"]) > at}
        for asset, kw in wanted.items():
            by_hand = asset in held
            goal = float(held[asset]["kw"]) if by_hand else kw
            value, limited = self._limited(asset, goal, hours=self._step_hours(schedule))
            answered = self._send(plant, asset, value)
            if answered is None:
                alarms.append(
                    {"code": "dispatch.alarm-silent", "at": iso(at), "values": {"asset": asset, "kw": round(value, 1)}}
                )
            else:
                self.last[asset] = answered
            sent.append(Sent(asset, goal, value, answered, "override" if by_hand else source, limited))
        self.audit.append(
            at=at, actor=by, role="operator", action="hand-over", kind="dispatch",
            object=schedule.id if schedule else "fallback",
            detail={s.asset: [round(s.sent_kw, 2), None if s.acknowledged_kw is None else round(s.acknowledged_kw, 2), s.source] for s in sent},
        )  # fmt: skip
        return sent, alarms

    def fallback(self) -> dict[str, float]:
        """Stores and fleets rest; other units keep what they were last asked for."""
        found = {
            u.id: 0.0 if u.kind in STORES else self.last.get(u.id, 0.0)
            for u in self.description.units
            if u.controllable
        }
        return found | {f.id: 0.0 for f in self.description.fleets}

    def measured(self, plant: Plant, at: datetime) -> tuple[Measured | None, list[dict[str, Any]]]:
        """What the plant shows, with an alarm if it is silent or a meter stands still."""
        try:
            found = plant.measure(timeout_s=self.timeout_s)
        except PlantSilentError:
            return None, [{"code": "dispatch.alarm-plant", "at": iso(at), "values": {}}]
        alarms = []
        for asset, kw in found.power_kw.items():
            kept = self.seen.setdefault(asset, [])
            kept.append((self.last.get(asset, 0.0), kw))
            del kept[:-FROZEN_STEPS]
            asked, shown = [a for a, _ in kept], [m for _, m in kept]
            still = len(kept) == FROZEN_STEPS and max(shown) - min(shown) == 0.0
            if still and max(asked) - min(asked) > MOVED_KW:
                alarms.append(
                    {"code": "dispatch.alarm-frozen", "at": iso(at), "values": {"asset": asset, "kw": round(kw, 1)}}
                )
        return found, alarms

    def _send(self, plant: Plant, asset: str, kw: float) -> float | None:
        for _ in range(TRIES):
            try:
                return plant.send(asset, kw, timeout_s=self.timeout_s)
            except PlantSilentError:
                continue
        return None

    def _limited(self, asset: str, kw: float, *, hours: float) -> tuple[float, str]:
        unit = self.description.unit(asset)
        if unit is None or unit.capacity_kw is None:
            return kw, ""
        top = most_kw(unit)
        low = -top if unit.kind in STORES else 0.0
        inside = min(max(kw, low), top)
        limited = "capacity" if abs(inside - kw) > 1e-6 else ""
        if unit.ramp_per_hour is not None and asset in self.last:
            reach = max(unit.ramp_per_hour * hours, unit.minimum_load) * top
            moved = min(max(inside, self.last[asset] - reach), self.last[asset] + reach)
            limited = "rate" if abs(moved - inside) > 1e-6 else limited
            inside = moved
        return inside, limited

    def _step_hours(self, schedule: Schedule | None) -> float:
        return (schedule.step_minutes if schedule else self.description.step_minutes) / 60


def most_kw(unit: Unit) -> float:
    """The largest set-point of a unit, on the side that is set. [kW]"""
    capacity = unit.capacity_kw or 0.0
    return (
        capacity / (unit.efficiency or 1.0)
        if unit.kind in ("chp", "boiler", "electric_boiler", "fuel_cell")
        else capacity
    )
