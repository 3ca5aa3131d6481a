"""Forecasts: kept ones with their quantiles, what came, why; scores; and the work that makes them."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Body, Query
from fastapi import Path as InPath
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import Time
from lingtan.apps.api.work_shapes import WorkShape, started, watched
from lingtan.apps.web.need import Room, SignedIn, actor_of, check_thing
from lingtan.apps.web.pages.forecast import (
    MAKE,
    ROOM,
    TARGET,
    WORK,
    instants,
    one_of,
    outcome_of,
    own,
    own_of,
    visible,
)
from lingtan.apps.web.pages.forecast_scores import own_scores
from lingtan.apps.web.render import language_of
from lingtan.base.time import Period, iso
from lingtan.services.access.policy import Action
from lingtan.services.forecast_names import target_name
from lingtan.services.kept_scores import kept_scores, load_scores
from lingtan.services.run_forecast import MOST_HOURS, kept_forecasts, load_forecast

room = Room()
OWN = SignedIn("lists what the asker may see")
Run = Annotated[str, InPath(max_length=80, description="A kept forecast, or `newest`.")]
Target = Annotated[str, InPath(max_length=120, examples=["park:electricity"])]
Instant = Annotated[
    str, Body(max_length=40, description="ISO 8601; without an offset, in the park's zone. Empty: the newest readings.")
]


class ForecastRow(Shape):
    """A kept forecast by its name."""

    run: str
    issued_at: Time


class TargetRow(Shape):
    """A target of a forecast: the model or rule taken and why, what the data showed, and its first day. [unit]"""

    target: str
    name: str
    kind: str
    level: str
    enterprise: str | None
    carrier: str
    unit: str
    model: str
    reason: str | None
    flags: list[str]
    known_until: Time | None
    mean: float
    p05: float
    p95: float


class ForecastShape(Shape):
    """A forecast: when it was issued, from what; `notes` are what a person should know."""

    run: str
    issued_at: Time
    known_at: Time
    start: Time
    end: Time
    step_s: int
    steps: int
    quantiles: list[float]
    as_of: int
    model: str
    weather: str
    targets: list[TargetRow]
    notes: list[dict[str, Any]]


class QuantileRow(Shape):
    """An interval: quantiles and, where it is known, what came. [unit of the target]"""

    start: Time
    p05: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    p95: float
    came: float | None


class OutcomeShape(Shape):
    """How one forecast went: `known` and `late` are the two days before it, step by step from `before` on."""

    run: str
    target: str
    before: Time
    step_s: int
    known: list[float | None]
    late: list[float | None]
    came: list[float | None]
    score: dict[str, float | int | None] | None


class ReasonsShape(Shape):
    """What moved the median of a day away from habit, and the days that were like it. [unit]"""

    run: str
    target: str
    day: int
    unit: str
    model: str
    reason: str | None
    base: float
    drivers: dict[str, float]
    median_before_sums: float
    similar_days: list[dict[str, Any]]


class ScoreName(Shape):
    """A kept backtest."""

    score: str
    period: str
    sample: bool
    origins: int


class SkillRow(Shape):
    """Losses and coverage of a target at a horizon, and one less the ratio of pinball losses to each simple rule's."""

    target: str
    kind: str
    bucket_h: Annotated[int, Field(description="Up to so many hours ahead.")]
    pinball: float
    crps: float
    mae: float
    covered_90: float
    covered_50: float
    mean_actual: float
    values: int
    skill_weekly_naive: Annotated[float | None, Field(alias="skill_weekly-naive")]
    skill_seasonal_naive: Annotated[float | None, Field(alias="skill_seasonal-naive")]
    skill_climatology: float | None
    skill_similar_days: Annotated[float | None, Field(alias="skill_similar-days")]


@room.declared("GET", "/forecasts", OWN, tags=["forecast"], responses=table(ForecastRow), response_model=None)
def forecasts(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Kept forecasts, the newest issue first."""
    _may_read(request)
    names = reversed(kept_forecasts(request.app.state.portal.space()))
    found = [{"run": n, "issued_at": _issued(n)} for n in names]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/forecasts/models", WORK, tags=["forecast"], responses=body(list[dict[str, Any]]), response_model=None
)
def models(request: Request) -> Response:
    """Kept models, the newest first."""
    from lingtan.apps.web.pages.forecast import models as kept

    return answer(request, kept(request))


@room.declared(
    "POST",
    "/forecasts",
    MAKE,
    tags=["forecast"],
    status_code=202,
    responses=body(WorkShape, 202, "Begun."),
    response_model=None,
)
def issue(
    request: Request,
    at: Instant = "",
    hours: Annotated[float, Body(ge=0.25, le=MOST_HOURS)] = 48,
    start: Annotated[str, Body(max_length=40, description="Where it begins, if later than issued.")] = "",
    meters: Annotated[bool, Body(description="Sub-meters too.")] = False,
) -> Response:
    """Issue a forecast in the background; a missing model is trained first."""
    return started(
        request, ROOM, "forecast_run", {**instants(request, at=at, start=start), "hours": hours, "meters": meters}
    )


@room.declared(
    "POST",
    "/forecasts/models",
    MAKE,
    tags=["forecast"],
    status_code=202,
    responses=body(WorkShape, 202, "Begun."),
    response_model=None,
)
def train(
    request: Request,
    at: Instant = "",
    days: Annotated[int, Body(ge=21, le=1100)] = 150,
    meters: Annotated[bool, Body()] = False,
) -> Response:
    """Train the models of a time in the background."""
    return started(request, ROOM, "forecast_train", {**instants(request, at=at), "days": days, "meters": meters})


@room.declared(
    "POST",
    "/weather-forecasts",
    MAKE,
    tags=["forecast"],
    status_code=202,
    responses=body(WorkShape, 202, "Begun."),
    response_model=None,
)
def weather(request: Request) -> Response:
    """Fetch weather forecasts in the background."""
    return started(request, ROOM, "forecast_fetch", {})


@room.declared("GET", "/forecasts/work/{work}", WORK, tags=["forecast"], responses=body(WorkShape), response_model=None)
def progress(request: Request, work: Annotated[str, InPath(max_length=40)]) -> Response:
    """How far work is, what came out, or why it failed."""
    return watched(request, ROOM, work)


@room.declared("GET", "/forecasts/scores", OWN, tags=["forecast"], responses=table(ScoreName), response_model=None)
def scores(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Kept backtests of forecasts."""
    _may_read(request)
    space = request.app.state.portal.space()
    made = [load_scores(space, name) for name in kept_scores(space)]
    found = [
        {"score": m["id"], "period": m["period"], "sample": m["sample"], "origins": len(m["origins"])} for m in made
    ]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "POST",
    "/forecasts/scores",
    MAKE,
    tags=["forecast"],
    status_code=202,
    responses=body(WorkShape, 202, "Begun."),
    response_model=None,
)
def score(
    request: Request,
    period: Annotated[str, Body(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", examples=["2025-03"])],
    sample: Annotated[bool, Body(description="Every eleventh day, models every three months.")] = True,
    hours: Annotated[float, Body(ge=1, le=168)] = 48,
    hour: Annotated[int, Body(ge=0, le=23, description="Local hour of issue.")] = 0,
) -> Response:
    """Backtest a period in the background."""
    Period.parse(period, request.app.state.portal.space().park.park.timezone)
    return started(request, ROOM, "forecast_score", {"period": period, "sample": sample, "hours": hours, "hour": hour})


@room.declared(
    "GET", "/forecasts/scores/{score}", OWN, tags=["forecast"], responses=table(SkillRow), response_model=None
)
def skill(
    request: Request, score: Annotated[str, InPath(max_length=80)], limit: Limit = 1000, after: After = 0
) -> Response:
    """Losses, coverage and skill of a kept backtest by target and horizon: all, or one's own."""
    _may_read(request)
    _, found = own_scores(request, score, own_of(actor_of(request)))
    return rows(request, found, limit=limit, after=after)


@room.declared("GET", "/forecasts/{run}", OWN, tags=["forecast"], responses=body(ForecastShape), response_model=None)
def forecast(request: Request, run: Run) -> Response:
    """A kept forecast: all targets, or one's own."""
    from lingtan.apps.web.pages.forecast import NOTED

    _may_read(request)
    space, lang, mine = request.app.state.portal.space(), language_of(request), own_of(actor_of(request))
    made = load_forecast(space, _name(run))
    f = made.forecast
    shown = visible(f, mine)
    first = max(1, round(86_400 / f.step_s))
    targets = [
        {"target": s.target.id, "name": target_name(space.park, s.target, lang), "kind": s.target.kind, "level": s.target.level,
         "enterprise": s.target.enterprise, "carrier": s.target.carrier, "unit": s.target.unit, "model": s.model, "reason": s.reason,
         "flags": list(s.flags), "known_until": iso(s.known_until) if s.known_until else None, "mean": float(s.values[:first, 3].mean()),
         "p05": float(s.values[:first, 0].mean()), "p95": float(s.values[:first, -1].mean())}
        for s in shown.values()
    ]  # fmt: skip
    notes = [
        dict(n) for n in f.notes if mine is None or (str(n["code"]).startswith(NOTED) and n.get("target") in shown)
    ]
    told = {
        "run": made.id, "issued_at": iso(f.issued_at), "known_at": iso(f.known_at), "start": iso(f.start),
        "end": iso(f.start + timedelta(seconds=f.step_s * f.steps)), "step_s": f.step_s, "steps": f.steps, "quantiles": list(f.quantiles),
        "as_of": f.as_of, "model": f.model, "weather": f.weather, "targets": targets, "notes": notes,
    }  # fmt: skip
    return answer(request, told)


@room.declared(
    "GET",
    "/forecasts/{run}/targets/{target}",
    TARGET,
    tags=["forecast"],
    responses=table(QuantileRow, forecast=str, target=str, unit=str),
    response_model=None,
)
def quantiles(request: Request, run: Run, target: Target, limit: Limit = 1000, after: After = 0) -> Response:
    """The quantiles of a target by interval, with what came."""
    portal = request.app.state.portal
    made, series = one_of(portal.space(), _name(run), target)
    came = outcome_of(portal, made.id)["targets"].get(target, {}).get("came", [])
    heads = [f"p{round(q * 100):02d}" for q in made.forecast.quantiles]
    found = [
        {"start": iso(at), **dict(zip(heads, map(float, row), strict=True)), "came": came[i] if i < len(came) else None}
        for i, (at, row) in enumerate(zip(made.forecast.times, series.values, strict=True))
    ]
    return rows(
        request,
        found,
        limit=limit,
        after=after,
        columns=["start", *heads, "came"],
        forecast=made.id,
        target=target,
        unit=series.target.unit,
    )


@room.declared(
    "GET",
    "/forecasts/{run}/targets/{target}/outcome",
    TARGET,
    tags=["forecast"],
    responses=body(OutcomeShape),
    response_model=None,
)
def outcome(request: Request, run: Run, target: Target) -> Response:
    """What was known when it was issued, what is known since, what came, and how good this one forecast was."""
    portal = request.app.state.portal
    made, _ = one_of(portal.space(), _name(run), target)
    told = outcome_of(portal, made.id)
    one = told["targets"].get(target, {"known": [], "late": [], "came": [], "score": None})
    return answer(
        request, {"run": made.id, "target": target, "before": told["before"], "step_s": told["step_s"], **one}
    )


@room.declared(
    "GET",
    "/forecasts/{run}/targets/{target}/reasons",
    TARGET,
    tags=["forecast"],
    responses=body(ReasonsShape),
    response_model=None,
)
def reasons(
    request: Request,
    run: Run,
    target: Target,
    day: Annotated[int, Query(ge=0, le=6, description="After the start.")] = 0,
) -> Response:
    """Drivers and similar days of a target."""
    portal = request.app.state.portal
    made, _ = one_of(portal.space(), _name(run), target)
    return answer(
        request, portal.background.wait("figures", "forecast_why", {"run": made.id, "target": target, "day": day})
    )


def _may_read(request: Request) -> None:
    check_thing(request, Action.READ, own(request, actor_of(request)))


def _name(run: str) -> str:
    return "" if run == "newest" else run


def _issued(name: str) -> str:
    from lingtan.apps.web.pages.forecast import stamp_of

    return iso(stamp_of(name))
