"""A plan as something that can be approved and handed over: set-points, reasons, what it costs, who stands for it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np

from lingtan.base.errors import AccessError, InputError
from lingtan.base.ids import digest
from lingtan.base.time import iso
from lingtan.optimize.dispatch.bindings import bindings, changes, node_prices
from lingtan.optimize.dispatch.planner import Planner, Step
from lingtan.optimize.dispatch.reasons import reasons
from lingtan.optimize.dispatch.record import STORES, Description
from lingtan.optimize.dispatch.settle import emissions

SAME = 1e-7  # relative: plans that cost the same
Status = Literal["proposed", "approved", "rejected", "expired"]
SHOWN = (
    "charge",
    "discharge",
    "power",
    "input",
    "forth",
    "import",
    "export",
    "put-off",
    "caught-up",
    "left-out",
    "content",
    "on",
)


@dataclass(frozen=True)
class Approved:
    """Somebody who stands for it."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Schedule:
    """Set-points by column name (``battery.charge``), with everything that explains them. JSON in, JSON out."""

    id: str
    made_by: str
    made_at: datetime
    start: datetime
    step_minutes: int
    steps: int
    status: Status
    people: int
    valid_until: datetime
    set_points: Mapping[str, list[float]]
    cost_cny: float
    lower_bound_cny: float
    way: str
    emissions_kg: float
    reasons: list[dict[str, Any]]
    bindings: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    prices: Mapping[str, list[float]]
    violations: list[dict[str, Any]]
    sources: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[Approved, ...] = ()
    notes: tuple[Mapping[str, Any], ...] = ()  # what it was planned with: ``code`` of a sentence, and its values

    def as_dict(self) -> dict[str, Any]:
        """For files and ``--json``."""
        told = asdict(self)
        for key in ("made_at", "start", "valid_until"):
            told[key] = iso(getattr(self, key))
        told["approvals"] = [{"by": a.by, "at": iso(a.at)} for a in self.approvals]
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Schedule":
        """The schedule of :meth:`as_dict`."""
        values = dict(data)
        for key in ("made_at", "start", "valid_until"):
            values[key] = datetime.fromisoformat(values[key])
        values["approvals"] = tuple(Approved(a["by"], datetime.fromisoformat(a["at"])) for a in values["approvals"])
        values["notes"] = tuple(n for n in values["notes"] if isinstance(n, Mapping))
        return cls(**values)

    def at(self, now: datetime) -> int | None:
        """The step that an instant lies in."""
        step = int((now - self.start).total_seconds() // (60 * self.step_minutes))
        return step if 0 <= step < self.steps else None


def make_schedule(
    description: Description,
    planner: Planner,
    step: Step,
    *,
    by: str,
    at: datetime,
    notes: tuple[Mapping[str, Any], ...] = (),
) -> Schedule:
    """The proposal of a plan; approved at once where nobody needs to approve."""
    priced = planner.price(step)
    # of several plans that cost the same the one that the reasons speak of is told
    if abs(priced.solution.cost - step.solution.cost) <= SAME * max(abs(step.solution.cost), 1.0):
        step = replace(
            step, model=priced.model, solution=replace(priced.solution, lower_bound=step.solution.lower_bound)
        )
    horizon = step.inputs.horizon
    points = {
        name: [round(float(v), 6) for v in values]
        for name, values in step.series.items()
        if name.rsplit(".", 1)[-1] in SHOWN and not name.startswith("~")
    }
    people = description.approval.people
    return Schedule(
        f"{horizon.start:%Y%m%dT%H%M}-{digest({'at': iso(at), 'points': points})[:8]}",
        by,
        at,
        horizon.start,
        horizon.step_minutes,
        horizon.steps,
        "proposed" if people else "approved",
        people,
        at + timedelta(hours=description.approval.valid_hours),
        points,
        step.solution.cost,
        step.solution.lower_bound,
        step.way,
        emissions(step.model, step.series),
        [asdict(r) for r in reasons(description, priced)],
        [asdict(b) for b in bindings(description, priced)],
        [asdict(c) for c in changes(description, priced)],
        {n: [round(float(v), 6) for v in p] for n, p in node_prices(step.model, priced).items()},
        violations(step),
        dict(step.inputs.source),
        notes=notes,
    )


def violations(step: Step) -> list[dict[str, Any]]:
    """Soft limits that the plan breaks: which, when first, by how much."""
    found, hours = [], step.inputs.horizon.hours
    for name, values in step.series.items():
        if name.endswith("-unserved.power") and values.max() > 1e-4:
            at = int(np.argmax(values > 1e-4))
            found.append(
                {"limit": name.removesuffix(".power"), "step": at, "amount": float(values.sum() * hours), "unit": "kWh"}
            )
    for name, value in step.solution.sizes.items():
        if name.endswith(".over") and value > 1e-4:
            unit = "kg" if name.startswith("emission") else "kW"
            found.append({"limit": name.removesuffix(".over"), "step": 0, "amount": value, "unit": unit})
    return found


def approve(schedule: Schedule, *, by: str, at: datetime) -> Schedule:
    """The schedule with one more person behind it; approved when there are enough.

    Raises
    ------
    InputError
        ``dispatch.not-proposed``, ``dispatch.expired``.
    AccessError
        ``dispatch.four-eyes`` if somebody approves twice, or who made it counts as the second pair of eyes.
    """
    if schedule.status != "proposed":
        raise InputError("dispatch.not-proposed", id=schedule.id, status=schedule.status)
    if at >= schedule.valid_until:
        raise InputError("dispatch.expired", id=schedule.id, until=iso(schedule.valid_until))
    if any(a.by == by for a in schedule.approvals) or (schedule.people >= 2 and by == schedule.made_by):
        raise AccessError("dispatch.four-eyes", by=by)
    approvals = (*schedule.approvals, Approved(by, at))
    needed = max(1, schedule.people - 1) if schedule.people >= 2 else schedule.people
    status: Status = "approved" if len(approvals) >= needed else "proposed"
    return replace(schedule, approvals=approvals, status=status)


def reject(schedule: Schedule, *, by: str, at: datetime) -> Schedule:
    """The schedule as refused; nothing of it is handed over any more."""
    if schedule.status not in ("proposed", "approved"):
        raise InputError("dispatch.not-proposed", id=schedule.id, status=schedule.status)
    return replace(schedule, status="rejected", approvals=(*schedule.approvals, Approved(by, at)))


def targets(description: Description, schedule: Schedule, step: int) -> dict[str, float]:
    """What each controllable unit is asked for in a step; for a store positive gives, negative takes. [kW]"""
    found = {}
    points = schedule.set_points
    for unit in description.units:
        if not unit.controllable:
            continue
        if unit.kind in STORES:
            found[unit.id] = points[f"{unit.id}.discharge"][step] - points[f"{unit.id}.charge"][step]
        else:
            name = next((n for n in (f"{unit.id}.input", f"{unit.id}.power", f"{unit.id}.forth") if n in points), None)
            if name is not None:
                found[unit.id] = points[name][step]
    for fleet in description.fleets:
        back = points.get(f"{fleet.id}.discharge")
        found[fleet.id] = (back[step] if back else 0.0) - points[f"{fleet.id}.charge"][step]
    return found
