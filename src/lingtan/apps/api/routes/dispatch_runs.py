"""Dispatch beyond single plans: rolling runs on the simulated plant, backtests, the description that plans rest on."""

from typing import Annotated, Any

from fastapi import Body
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.routes.dispatch import BEGUN, Instant
from lingtan.apps.api.shapes import Time
from lingtan.apps.api.work_shapes import started
from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.pages.dispatch import READ, ROOM, WRITE
from lingtan.apps.web.pages.dispatch_told import one_zone
from lingtan.base.errors import InputError
from lingtan.base.time import Period, iso, parse_instant
from lingtan.services.backtest_dispatch import WAYS
from lingtan.services.dispatch_file import derive_description, description_text, drop_description, write_description
from lingtan.services.dispatch_kept import kept_backtests, kept_rolls, load_backtest, load_roll

room = Room()
Kept = Annotated[str, InPath(max_length=80)]


class RollRow(Shape):
    """A rolling run on the simulated plant."""

    id: str
    made_at: Time
    made_by: str
    steps: int
    alarms: int


class BacktestRow(Shape):
    """A kept backtest."""

    id: str
    period: str
    made_at: Time
    ways: list[str]


class DescriptionShape(Shape):
    """What plans rest on, as YAML; `own` whether it is a file of the workspace; assumptions where the park file is silent."""

    text: str
    own: bool
    assumptions: list[dict[str, Any]]


@room.declared("GET", "/dispatch/runs", READ, tags=["dispatch"], responses=table(RollRow), response_model=None)
def rolls(request: Request, limit: Limit = 100, after: After = 0) -> Response:
    """Rolling runs on the simulated plant, the oldest first."""
    space = request.app.state.portal.space()
    names = kept_rolls(space)
    made = [load_roll(space, n) for n in names[after : after + limit]]
    page = [
        {
            "id": m["id"],
            "made_at": m["made_at"],
            "made_by": m["made_by"],
            "steps": len(m["sent"]),
            "alarms": len(m["alarms"]),
        }
        for m in made
    ]
    follow = after + limit if after + limit < len(names) else 0
    return rows(request, page, limit=limit, after=after, cursor=follow, count=len(names))


@room.declared(
    "POST", "/dispatch/runs", WRITE, tags=["dispatch"], status_code=202, responses=BEGUN, response_model=None
)
def roll(
    request: Request,
    at: Instant,
    steps: Annotated[int, Body(ge=1, le=192)] = 4,
    hours: Annotated[int, Body(ge=1, le=168)] = 24,
    auto: Annotated[
        bool, Body(description="Approve each plan in the asker's name, unless four eyes are asked for.")
    ] = False,
    silent: Annotated[
        list[str] | None, Body(max_length=50, description="Assets that do not answer; `*` for all.")
    ] = None,
) -> Response:
    """Roll on the simulated plant: measure, plan, hand over, step after step."""
    asked = {
        "at": iso(parse_instant(at, one_zone(request.app.state.portal.space()))),
        "steps": steps,
        "hours": hours,
        "auto": auto,
        "silent": silent or [],
    }
    return started(request, ROOM, "dispatch_roll", {**asked, "by": actor_of(request).name})


@room.declared(
    "GET", "/dispatch/runs/{run}", READ, tags=["dispatch"], responses=body(dict[str, Any]), response_model=None
)
def one_roll(request: Request, run: Kept) -> Response:
    """A rolling run: what was sent and answered in each step, the plans, the alarms."""
    return answer(request, load_roll(request.app.state.portal.space(), run))


@room.declared("GET", "/dispatch/backtests", READ, tags=["dispatch"], responses=table(BacktestRow), response_model=None)
def backtests(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Kept backtests, by period."""
    space = request.app.state.portal.space()
    made = [load_backtest(space, n) for n in kept_backtests(space)]
    found = [
        {"id": m["id"], "period": m["period"], "made_at": m["made_at"], "ways": [o["way"] for o in m["outcomes"]]}
        for m in made
    ]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "POST", "/dispatch/backtests", WRITE, tags=["dispatch"], status_code=202, responses=BEGUN, response_model=None
)
def backtest(
    request: Request,
    period: Annotated[str, Body(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", examples=["2025-07"])],
    ways: Annotated[list[str] | None, Body(max_length=10, description="rules, habit, day-ahead, hourly.")] = None,
    expect: Annotated[
        str,
        Body(
            pattern="^(week|forecast)$", description="What plans expect: last week's values, or forecasts of the time."
        ),
    ] = "forecast",
) -> Response:
    """Replay the past under each way to run, with regret against perfect foresight."""
    chosen = list(dict.fromkeys(ways or ["rules", "habit", "day-ahead"]))
    if wrong := [w for w in chosen if w not in WAYS]:
        raise InputError("dispatch.unknown-way", way=wrong[0][:40], known=", ".join(WAYS))
    Period.parse(period, one_zone(request.app.state.portal.space()))
    return started(request, ROOM, "dispatch_backtest", {"period": period, "ways": chosen, "expect": expect})


@room.declared(
    "GET",
    "/dispatch/backtests/{backtest}",
    READ,
    tags=["dispatch"],
    responses=body(dict[str, Any]),
    response_model=None,
)
def one_backtest(request: Request, backtest: Kept) -> Response:
    """A backtest: cost, emissions, green share, peak, cycles and regret of each way."""
    return answer(request, load_backtest(request.app.state.portal.space(), backtest))


@room.declared(
    "GET", "/dispatch/description", READ, tags=["dispatch"], responses=body(DescriptionShape), response_model=None
)
def description(request: Request) -> Response:
    """What plans rest on."""
    return answer(request, _described(request))


@room.declared(
    "PUT", "/dispatch/description", WRITE, tags=["dispatch"], responses=body(DescriptionShape), response_model=None
)
def write(request: Request, text: Annotated[str, Body(embed=True, max_length=500_000)]) -> Response:
    """Keep a YAML text after every check; what is wrong comes back with its line."""
    portal = request.app.state.portal
    write_description(portal.space(), text, by=actor_of(request).name, audit=portal.audit)
    return answer(request, _described(request))


@room.declared(
    "POST", "/dispatch/description", WRITE, tags=["dispatch"], responses=body(DescriptionShape), response_model=None
)
def derive(request: Request, replace: Annotated[bool, Body(embed=True)] = False) -> Response:
    """Write it from the park file; an old one only with `replace`."""
    portal = request.app.state.portal
    derive_description(portal.space(), by=actor_of(request).name, audit=portal.audit, replace=replace)
    return answer(request, _described(request))


@room.declared(
    "DELETE", "/dispatch/description", WRITE, tags=["dispatch"], responses=body(DescriptionShape), response_model=None
)
def drop(request: Request) -> Response:
    """Take the file away: plans rest on the park file again."""
    portal = request.app.state.portal
    drop_description(portal.space(), by=actor_of(request).name, audit=portal.audit)
    return answer(request, _described(request))


def _described(request: Request) -> dict[str, Any]:
    text, own, notes = description_text(request.app.state.portal.space())
    return {"text": text, "own": own, "assumptions": [vars(n) for n in notes]}
