"""Plan a horizon: series, state, solve; keep the proposal. And why there is no plan, if there is none."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lingtan.base.errors import InputError, Problem, SolveError
from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.conflict import explain_infeasible
from lingtan.optimize.dispatch.derive import Note
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.record import GENERATION, Description
from lingtan.optimize.dispatch.scenarios import TwoStage, course_scenarios, quantile_scenarios, two_stage
from lingtan.optimize.dispatch.schedule import Schedule, make_schedule
from lingtan.services.access.ports import AuditLog
from lingtan.services.dispatch_courses import week_errors
from lingtan.services.dispatch_expected import (
    Recent,
    expected_inputs,
    month_peaks,
    planning_state,
    recent,
    usual_month_peaks,
)
from lingtan.services.dispatch_live import Expectation, LiveOutlook, shaped
from lingtan.services.dispatch_state import Content, state_at
from lingtan.services.dispatch_store import description_of, keep_inputs, keep_schedule
from lingtan.services.forecast_sources import ForecastSources, NoSources
from lingtan.services.ports import Listener, silent
from lingtan.services.workspace import Workspace

LEAST_HOURS, MOST_HOURS = 1, 168


@dataclass(frozen=True)
class Planned:
    """A proposal with what it was made from."""

    schedule: Schedule
    description: Description
    inputs: Inputs
    notes: list[Note]
    two_stage: TwoStage | None = None


def plan_dispatch(
    workspace: Workspace,
    *,
    start: datetime,
    by: str,
    audit: AuditLog,
    hours: int | None = None,
    step_minutes: int | None = None,
    file: Path | None = None,
    state: State | None = None,
    sources: ForecastSources | None = None,
    scenarios: int = 0,
    linear: bool = False,
    time_limit_s: float = 30.0,
    listener: Listener = silent,
) -> Planned:
    """A proposal for the horizon that begins at ``start``, kept and audited.

    Raises
    ------
    InputError
        ``dispatch.bad-hours``; what the description lacks.
    DataError
        ``dispatch.no-history`` and kin.
    SolveError
        ``dispatch.infeasible`` with the conflicting conditions and the cheapest way out as problems.
    """
    description, notes = description_of(workspace, file)
    hours = hours or description.horizon_hours
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise InputError("dispatch.bad-hours", hours=hours)
    minutes = step_minutes or description.step_minutes
    floored = start - timedelta(minutes=start.minute % minutes, seconds=start.second, microseconds=start.microsecond)
    horizon = Horizon(floored, hours * 60 // minutes, minutes, description.timezone)
    contents: list[Content] = []
    if state is None:
        state, contents = state_at(workspace, description, floored)
        state = replace(state, peak_kw=month_peaks(workspace, description, floored))
    known = recent(workspace, description, floored, sources=sources)
    usual = usual_month_peaks(description, known)
    state = planning_state(state, usual)
    outlook = LiveOutlook(workspace, description, sources or NoSources(), listener)
    forecast = outlook.expected(min(floored, workspace.clock()), horizon.start, horizon.steps, minutes)
    forecast = shaped(forecast, known, horizon, description) if forecast else None
    inputs = expected_inputs(workspace, description, horizon, state, forecast=forecast, known=known)
    planner = Planner(description, time_limit_s=time_limit_s, reserve=RESERVE)
    found = None
    try:
        if scenarios:
            if forecast is None:
                raise InputError("dispatch.no-forecast")
            found = on_scenarios(description, inputs, forecast, known, scenarios, time_limit_s)
        step = planner.plan(inputs, linear=linear, held=found.plan if found else None)
    except SolveError as error:
        if error.code != "dispatch.infeasible":
            raise
        raise SolveError("dispatch.infeasible", problems=why_not(description, inputs)) from None
    at = workspace.clock()
    told = [{"code": "dispatch.usual-peak", "asset": grid, "kw": round(kw)} for grid, kw in usual.items()]
    told += [c.note() for c in contents]
    told += [dict(n) for n in forecast.notes] if forecast else []
    schedule = make_schedule(description, planner, step, by=by, at=at, notes=tuple(told))
    keep_schedule(workspace, schedule)
    keep_inputs(workspace, schedule.id, inputs)
    audit.append(
        at=at, actor=by, role="operator", action="propose", kind="dispatch", object=schedule.id,
        detail={"start": f"{schedule.start:%Y-%m-%dT%H:%MZ}", "steps": schedule.steps, "cost_cny": round(schedule.cost_cny, 2)},
    )  # fmt: skip
    return Planned(schedule, description, inputs, notes, found)


def on_scenarios(
    description: Description, inputs: Inputs, forecast: Expectation, known: Recent, count: int, time_limit_s: float
) -> TwoStage:
    """The two-stage plan on courses of the last weeks within the forecast's quantiles, tested on courses kept from it.

    Where the past is too short, on scenarios along the quantiles; sun and wind run against the loads there.
    """
    errors = week_errors(known, inputs.horizon, [n for n in forecast.tables if n in inputs.series])
    if errors is None:
        opposite = [u.available for u in description.units if u.kind in GENERATION and u.available]
        made = quantile_scenarios(
            inputs, description, forecast.quantiles, forecast.tables, count=count, opposite=opposite
        )
        return two_stage(description, made, time_limit_s=max(60.0, time_limit_s))
    courses = course_scenarios(
        inputs, description, errors, quantiles=forecast.quantiles, tables=forecast.tables, count=count, test=True
    )
    return two_stage(
        description, courses.planned, tested=courses.tested, mean=inputs, reserve=RESERVE,
        time_limit_s=max(60.0, time_limit_s),
    )  # fmt: skip


def why_not(description: Description, inputs: Inputs) -> list[Problem]:
    """The conditions that cannot hold together, and the least that must give way."""
    weather = {u.id for u in description.units if u.kind in GENERATION}
    why = explain_infeasible(build(description, inputs), given=weather)
    if why is None:
        return []
    found = [Problem(f"dispatch.conflict-{c.kind}", values={"name": c.name}) for c in why.conflict]
    for way in why.relaxation:
        at = f"{inputs.horizon.local(min(way.first, inputs.horizon.steps - 1)):%m-%d %H:%M}"
        values: dict[str, Any] = {
            "name": way.condition.name, "amount": f"{way.amount:,.1f}", "at": at, "largest": f"{way.largest:,.1f}",
        }  # fmt: skip
        found.append(Problem(f"dispatch.way-{way.condition.kind}", values=values, severity="warning"))
    return found
