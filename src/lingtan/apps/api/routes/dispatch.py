"""Dispatch: schedules with reasons, approval, what is held by hand, alarms; rolling runs, backtests, the description."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Body, Query
from fastapi import Path as InPath
from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, AnyRow, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import Time
from lingtan.apps.api.work_shapes import WorkShape, started, watched
from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.pages.dispatch import APPROVE, READ, ROOM, WRITE
from lingtan.apps.web.pages.dispatch_told import one_zone, status_of
from lingtan.base.errors import InputError
from lingtan.base.time import iso, parse_instant
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.services.approve_dispatch import approve_dispatch
from lingtan.services.approve_dispatch import override as hold
from lingtan.services.dispatch_store import (
    active_schedule,
    alarms,
    description_of,
    kept_schedule,
    overrides,
    schedule_ids,
)
from lingtan.services.explain_dispatch import LIMITS

room = Room()
Name = Annotated[str, InPath(max_length=80, description="A schedule, or `newest`.")]
Kept = Annotated[str, InPath(max_length=80)]
Instant = Annotated[str, Body(max_length=40, description="ISO 8601; without an offset, in the park's zone.")]
BEGUN = body(WorkShape, 202, "Begun.")


class ApprovalShape(Shape):
    """Somebody who stands for a schedule, or refused it."""

    by: str
    at: Time


class ScheduleRow(Shape):
    """A schedule in short. `status`: proposed, approved, rejected or expired."""

    id: str
    status: str
    start: Time
    end: Time
    step_minutes: int
    made_by: str
    made_at: Time
    valid_until: Time
    cost_cny: float
    emissions_kg: float
    way: str
    approved_by: list[str]


class ScheduleShape(Shape):
    """A schedule with everything that explains it: set-points by column [kW, kWh], reasons, binding limits with shadow prices, changes."""

    model_config = ConfigDict(extra="allow")

    id: str
    status: str
    start: Time
    step_minutes: int
    steps: int
    people: int
    set_points: dict[str, list[float]]
    cost_cny: float
    lower_bound_cny: float
    emissions_kg: float
    reasons: list[dict[str, Any]]
    bindings: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    prices: dict[str, list[float]]
    violations: list[dict[str, Any]]
    approvals: list[ApprovalShape]


class WithoutShape(Shape):
    """The same hours without a limit: what it saves, which set-points move, in how many steps, by how much at most."""

    limit: str
    asset: str
    saves_cny: float
    moved: list[dict[str, Any]]


class CheckedRow(Shape):
    """A reason, by its number in the schedule: at how many steps solving again confirms it, finds it tied, or refutes it."""

    number: int
    confirmed: int
    degenerate: int
    refuted: int
    moved: int


class CheckedShape(Shape):
    """All reasons of a schedule put to the test, with the sums of their steps."""

    schedule: str
    asset: str
    total: int
    confirmed: int
    degenerate: int
    refuted: int
    moved: int
    reasons: list[CheckedRow]


class DecidedShape(Shape):
    """A schedule after somebody decided on it."""

    id: str
    status: str
    approvals: list[ApprovalShape]


class HeldRow(Shape):
    """An asset that is held by hand."""

    asset: str
    kw: float
    until: Time
    by: str
    reason: str


class AlarmRow(Shape):
    """What a person should see."""

    at: Time
    code: str
    values: dict[str, Any]


@room.declared("GET", "/dispatch/schedules", READ, tags=["dispatch"], responses=table(ScheduleRow), response_model=None)
def schedules(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """All schedules, the oldest start first."""
    portal = request.app.state.portal
    space = portal.space()
    names = schedule_ids(space)
    page = [_short(kept_schedule(space, n), portal.clock()) for n in names[after : after + limit]]
    follow = after + limit if after + limit < len(names) else 0
    return rows(request, page, limit=limit, after=after, cursor=follow, count=len(names))


@room.declared(
    "POST", "/dispatch/schedules", WRITE, tags=["dispatch"], status_code=202, responses=BEGUN, response_model=None
)
def plan(
    request: Request,
    at: Instant = "",
    hours: Annotated[int, Body(ge=1, le=168)] = 24,
    step_minutes: Annotated[int | None, Body(description="5, 15, 30 or 60; else as described.")] = None,
    scenarios: Annotated[int, Body(ge=0, le=9)] = 0,
    linear: Annotated[bool, Body()] = False,
) -> Response:
    """Propose set-points for the next hours, in the background; an infeasible case tells the conflict and the cheapest way out."""
    asked: dict[str, Any] = {"hours": hours, "scenarios": scenarios, "linear": linear, "by": actor_of(request).name}
    if at:
        asked["at"] = iso(parse_instant(at, _zone(request)))
    if step_minutes is not None:
        if step_minutes not in (5, 15, 30, 60):
            raise InputError("dispatch.bad-step", step=step_minutes)
        asked["step"] = step_minutes
    return started(request, ROOM, "dispatch_plan", asked)


@room.declared(
    "GET", "/dispatch/schedules/{schedule}", READ, tags=["dispatch"], responses=body(ScheduleShape), response_model=None
)
def schedule(request: Request, schedule: Name) -> Response:
    """A schedule whole."""
    portal = request.app.state.portal
    one = kept_schedule(portal.space(), _name(schedule))
    return answer(request, {**one.as_dict(), "status": status_of(one, portal.clock())})


@room.declared(
    "GET",
    "/dispatch/schedules/{schedule}/set-points",
    READ,
    tags=["dispatch"],
    responses=table(AnyRow, schedule=str),
    response_model=None,
)
def set_points(request: Request, schedule: Name, limit: Limit = 1000, after: After = 0) -> Response:
    """Set-points by step, a column for each: for control systems and spreadsheets. [kW; content in kWh]"""
    one = kept_schedule(request.app.state.portal.space(), _name(schedule))
    found = [
        {
            "start": iso(one.start + timedelta(minutes=one.step_minutes * i)),
            **{n: v[i] for n, v in one.set_points.items()},
        }
        for i in range(one.steps)
    ]
    return rows(request, found, limit=limit, after=after, columns=["start", *one.set_points], schedule=one.id)


@room.declared(
    "GET",
    "/dispatch/schedules/{schedule}/without",
    READ,
    tags=["dispatch"],
    responses=body(WithoutShape),
    response_model=None,
)
def without(
    request: Request,
    schedule: Name,
    limit: Annotated[str, Query(max_length=40, examples=["month-peak"])],
    asset: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Solve the same hours again without a limit."""
    portal = request.app.state.portal
    if limit not in LIMITS:
        raise InputError("dispatch.unknown-limit", limit=limit, known=", ".join(LIMITS))
    one = kept_schedule(portal.space(), _name(schedule))
    asked = {"schedule": one.id, "limit": limit, "asset": asset}
    return answer(request, portal.background.wait("figures", "dispatch_without", asked))


@room.declared(
    "GET",
    "/dispatch/schedules/{schedule}/check",
    READ,
    tags=["dispatch"],
    responses=body(CheckedShape),
    response_model=None,
)
def check(request: Request, schedule: Name, asset: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Put every step of a schedule's reasons to the test, by solving again without what it names."""
    portal = request.app.state.portal
    one = kept_schedule(portal.space(), _name(schedule))
    return answer(request, portal.background.wait("figures", "dispatch_check", {"schedule": one.id, "asset": asset}))


@room.declared(
    "POST",
    "/dispatch/schedules/{schedule}/decision",
    APPROVE,
    tags=["dispatch"],
    responses=body(DecidedShape),
    response_model=None,
)
def decide(request: Request, schedule: Name, approve: Annotated[bool, Body(embed=True)]) -> Response:
    """Approve a schedule, or refuse it. With four eyes, who made it cannot approve it."""
    portal = request.app.state.portal
    made = approve_dispatch(
        portal.space(), _name(schedule), by=actor_of(request).name, audit=portal.audit, refuse=not approve
    )
    told = made.as_dict()
    return answer(request, {"id": made.id, "status": made.status, "approvals": told["approvals"]})


@room.declared("GET", "/dispatch/active", READ, tags=["dispatch"], responses=body(dict[str, Any]), response_model=None)
def active(
    request: Request, at: Annotated[str, Query(max_length=40, description="An instant; else now.")] = ""
) -> Response:
    """The approved schedule that covers an instant; null for none, when the fallback is handed over."""
    portal = request.app.state.portal
    when = parse_instant(at, _zone(request)) if at else portal.clock()
    one = active_schedule(portal.space(), when)
    return answer(request, {"at": iso(when), "schedule": None if one is None else _short(one, portal.clock())})


@room.declared("GET", "/dispatch/overrides", READ, tags=["dispatch"], responses=table(HeldRow), response_model=None)
def held(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Assets that are held by hand."""
    found = [{"asset": a, "reason": "", **o} for a, o in overrides(request.app.state.portal.space()).items()]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "POST", "/dispatch/overrides", WRITE, tags=["dispatch"], responses=body(dict[str, Any]), response_model=None
)
def override(
    request: Request,
    asset: Annotated[str, Body(max_length=80)],
    kw: Annotated[float | None, Body(ge=-1e9, le=1e9, description="Null gives the asset back.")] = None,
    hours: Annotated[float, Body(gt=0, le=168)] = 1.0,
    reason: Annotated[str, Body(max_length=300)] = "",
) -> Response:
    """Hold an asset at a power for some hours, or give it back; audited with the reason."""
    portal = request.app.state.portal
    space, until = portal.space(), portal.clock() + timedelta(hours=hours)
    name = actor_of(request).name
    hold(space, description_of(space)[0], asset, kw, until=until, by=name, audit=portal.audit, reason=reason)
    return answer(request, {"asset": asset, "kw": kw, "until": iso(until) if kw is not None else None})


@room.declared("GET", "/dispatch/alarms", READ, tags=["dispatch"], responses=table(AlarmRow), response_model=None)
def alarmed(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """What a person should see, the oldest first."""
    return rows(request, alarms(request.app.state.portal.space()), limit=limit, after=after)


@room.declared("GET", "/dispatch/work/{work}", READ, tags=["dispatch"], responses=body(WorkShape), response_model=None)
def progress(request: Request, work: Annotated[str, InPath(max_length=40)]) -> Response:
    """How far work is, what came out, or why it failed."""
    return watched(request, ROOM, work)


def _short(one: Schedule, now: Any) -> dict[str, Any]:
    return {
        "id": one.id, "status": status_of(one, now), "start": iso(one.start), "end": iso(one.start + timedelta(minutes=one.step_minutes * one.steps)),
        "step_minutes": one.step_minutes, "made_by": one.made_by, "made_at": iso(one.made_at), "valid_until": iso(one.valid_until),
        "cost_cny": one.cost_cny, "emissions_kg": one.emissions_kg, "way": one.way, "approved_by": [a.by for a in one.approvals],
    }  # fmt: skip


def _name(schedule: str) -> str:
    return "" if schedule == "newest" else schedule


def _zone(request: Request) -> str:
    return one_zone(request.app.state.portal.space())
