"""Roll the dispatch of a workspace on a plant: every step measured, planned, approved or not, handed over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.optimize.dispatch.schedule import approve as stand_for
from lingtan.services.access.ports import AuditLog
from lingtan.services.dispatch_expected import (
    expected_inputs,
    month_peaks,
    planning_state,
    recent,
    usual_month_peaks,
)
from lingtan.services.dispatch_live import LiveOutlook, shaped
from lingtan.services.dispatch_ports import Plant
from lingtan.services.dispatch_state import state_at
from lingtan.services.dispatch_store import (
    active_schedule,
    description_of,
    keep_inputs,
    keep_schedule,
    overrides,
    put_alarms,
)
from lingtan.services.forecast_sources import ForecastSources, NoSources
from lingtan.services.ports import Listener
from lingtan.services.ports import silent as quiet
from lingtan.services.run_dispatch import Rolled, Rolling
from lingtan.services.tell_dispatch import tell_dispatch
from lingtan.services.workspace import Workspace


class Simulated(Plant, Protocol):
    """A plant whose time is moved by hand, and whose assets can be made silent."""

    silent: set[str]

    def advance(self, minutes: float) -> None:
        """Let time pass."""
        ...


def roll_dispatch(
    workspace: Workspace,
    at: datetime,
    make_plant: Callable[[Description, datetime, Mapping[str, float]], Simulated],
    *,
    audit: AuditLog,
    by: str,
    steps: int = 4,
    hours: int = 24,
    auto: bool = False,
    silent: Sequence[str] = (),
    sources: ForecastSources | None = None,
    file: Path | None = None,
    listener: Listener = quiet,
) -> Rolled:
    """Roll ``steps`` steps from ``at``. With ``auto`` each plan is approved by ``by``, unless four eyes are asked for."""
    description, _ = description_of(workspace, file)
    minutes = description.step_minutes
    at = at - timedelta(minutes=at.minute % minutes, seconds=at.second, microseconds=at.microsecond)
    plant = make_plant(description, at, state_at(workspace, description, at)[0].content_kwh)
    plant.silent |= set(silent)
    usual: dict[str, float] = {}
    outlook = LiveOutlook(workspace, description, sources or NoSources(), listener)

    def expect(horizon: Horizon, state: State) -> Inputs:
        known = recent(workspace, description, horizon.start, sources=sources)
        if not usual:
            usual.update(usual_month_peaks(description, known))
        seen = outlook.expected(horizon.start, horizon.start, horizon.steps, horizon.step_minutes)
        seen = shaped(seen, known, horizon, description) if seen else None
        return expected_inputs(
            workspace, description, horizon, planning_state(state, usual), forecast=seen, known=known
        )

    def approve(schedule: Schedule) -> Schedule:
        if auto and schedule.status == "proposed" and schedule.people == 1:
            schedule = stand_for(schedule, by=by, at=schedule.made_at)
        keep_schedule(workspace, schedule)
        if rolling.inputs is not None:
            keep_inputs(workspace, schedule.id, rolling.inputs)
        return schedule

    rolling, rolled = Rolling(description, expect, plant, audit), Rolled()
    rolling.note_peak(month_peaks(workspace, description, at))
    rolling.approved = active_schedule(workspace, at)
    for _ in range(steps):
        rolling.step(at, rolled, steps=hours * 60 // minutes, by=by, approve=approve, overrides=overrides(workspace))
        plant.advance(minutes)
        at += timedelta(minutes=minutes)
    put_alarms(workspace, rolled.alarms)
    tell_dispatch(workspace, rolled.alarms, at - timedelta(minutes=minutes))
    return rolled
