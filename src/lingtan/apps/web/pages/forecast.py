"""Forecasts: fans beside what came, what was known when, the model taken and why, drivers and similar days; work in the background."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Form, Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lingtan.apps.web import work
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.render import language_of, local, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import nearest
from lingtan.base.text import say
from lingtan.base.time import iso, parse_instant
from lingtan.forecast.record import MEDIAN, Forecast, SeriesForecast
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of
from lingtan.services.forecast_names import owners, target_name
from lingtan.services.run_forecast import MOST_HOURS, Issued, kept_forecasts, load_forecast

room = Room()
ROOM = "forecast"
RunId = Annotated[str, Query(max_length=80)]
KINDS = ("park", "pv", "wind", "price", "load", "meter")
NOTED = ("forecast.reason-", "forecast.flag-")


def own_of(actor: Actor) -> str | None:
    """The enterprise whose forecasts somebody sees; None for all."""
    return actor.enterprise if scope_of(actor, Kind.FORECAST, Action.READ) is Scope.OWN else None


def own(connection: HTTPConnection, actor: Actor) -> Thing:
    """The park's forecasts, or one's own."""
    return Thing(Kind.FORECAST, enterprise=own_of(actor))


def of_target(connection: HTTPConnection, actor: Actor) -> Thing:
    """The owner of the target in the path; one that does not exist is the park's."""
    space = connection.app.state.portal.space()
    return Thing(Kind.FORECAST, enterprise=owners(space.park).get(str(connection.path_params.get("target"))))


FORECASTS = Need(Kind.FORECAST, thing=own)
TARGET = Need(Kind.FORECAST, thing=of_target)
WORK = Need(Kind.FORECAST)
MAKE = Need(Kind.FORECAST, Action.WRITE)


@room.page("/forecast", FORECASTS)
def forecast(
    request: Request, run: RunId = "", target: RunId = "", day: Annotated[int, Query(ge=0, le=6)] = 0
) -> Response:
    """The page."""
    portal, lang = request.app.state.portal, language_of(request)
    space, mine = portal.space(), own_of(actor_of(request))
    names = kept_forecasts(space)
    values: dict[str, Any] = {
        "names": [(n, issued_in(n, space.park.park.timezone)) for n in reversed(names)],
        "made": None,
    }
    values["work"] = running(request)
    if not names:
        return render(request, "forecast.html", {**values, "defaults": defaults(request)})
    made = load_forecast(space, run)
    shown = visible(made.forecast, mine)
    if not shown:
        return render(request, "forecast.html", {**values, "made": made, "groups": {}, "target": ""})
    groups: dict[str, list[tuple[str, str]]] = {}
    for s in shown.values():
        groups.setdefault(group_of(s), []).append((s.target.id, target_name(space.park, s.target, lang)))
    chosen = target if target in shown else next((t for t in shown if t == "park:electricity"), next(iter(shown)))
    values |= {
        "made": made, "groups": {k: groups[k] for k in KINDS if k in groups}, "target": chosen, "day": day,
        "series": shown[chosen], "name": target_name(space.park, shown[chosen].target, lang),
        "rows": [row_of(space.park, made.forecast, s, lang) for s in shown.values()],
        "notes": notes_of(made.forecast, shown, lang, mine), "end": end_of(made.forecast),
        "days": -(-made.forecast.steps * made.forecast.step_s // 86_400), "reason": reason_of(shown[chosen], values, lang),
    }  # fmt: skip
    return render(request, "forecast.html", values)


@room.page("/forecast/series/{target}", TARGET)
def series(request: Request, target: str, run: RunId = "") -> Response:
    """A target's quantiles with what was known and what came, for the chart."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    made, found = one_of(space, run, target)
    told = outcome_of(portal, made.id)["targets"].get(target, {})
    zone = ZoneInfo(made.forecast.zone)
    words = {
        k: say(f"forecast-portal.{k}", lang)
        for k in ("median", "band-90", "band-50", "known", "late", "came", "issued")
    }
    return JSONResponse(
        {
            "title": target_name(space.park, found.target, lang), "unit": written(found.target.unit),
            "start": int(made.forecast.start.timestamp()), "step": made.forecast.step_s,
            "offset": int((made.forecast.start.astimezone(zone).utcoffset() or timedelta()).total_seconds()),
            "issued": int(made.forecast.issued_at.timestamp()), "quantiles": list(made.forecast.quantiles),
            "values": [[round(float(v), 3) for v in row] for row in found.values.T], "words": words,
            "known": told.get("known", []), "late": told.get("late", []), "came": told.get("came", []),
            "earlier": earlier_issue(space, made, target, lang),
        }
    )  # fmt: skip


@room.page("/forecast/why/{target}", TARGET)
def why(request: Request, target: str, run: RunId = "", day: Annotated[int, Query(ge=0, le=6)] = 0) -> Response:
    """What moved a forecast, the days that were like it, and how it went: a part of the page."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    made, found = one_of(space, run, target)
    values: dict[str, Any] = {
        "series": found,
        "told": None,
        "refused": "",
        "day": day,
        "unit": written(found.target.unit),
    }
    values["score"] = outcome_of(portal, made.id)["targets"].get(target, {}).get("score")
    try:
        told = portal.background.wait("figures", "forecast_why", {"run": made.id, "target": target, "day": day})
        drivers = sorted(((k, v) for k, v in told["drivers"].items() if v), key=lambda d: -abs(d[1]))
        most = max((abs(v) for _, v in drivers), default=1.0)
        values |= {"told": told, "drivers": [(k, v, 100 * abs(v) / most) for k, v in drivers]}
    except InputError as error:
        values["refused"] = error.format(lang)
    return render(request, "forecast-why.html", values)


@room.page("/forecast/run", WORK)
def work_page(request: Request) -> Response:
    """Issue, train, fetch weather: the forms, and what runs."""
    found = [work.told(w, language_of(request)) for w in work.works(request.app.state.portal, ROOM)]
    values = {"work": running(request), "works": found[:12], "defaults": defaults(request), "models": models(request)}
    return render(request, "forecast-run.html", values)


@room.page("/forecast/work", WORK)
def progress(request: Request, id: RunId = "") -> Response:
    """How far a piece of work is: a part of a page; leads on when it is done."""
    return work_part(request, ROOM, id, "/forecast/work", link_of)


def work_part(
    request: Request, where: str, name: str, path: str, link: Any, words: Any = lambda request, told: told
) -> Response:
    """The part that shows a piece of work; once it is done the browser is sent to its result."""
    told = words(request, work.told(work.find(request.app.state.portal, where, name), language_of(request)))
    answer = render(request, "work.html", {"work": {**told, "link": link(told), "path": path}})
    if told["state"] == "done" and request.headers.get("hx-request") == "true":
        answer.headers["hx-redirect"] = link(told)
    return answer


@room.act("/forecast/run", MAKE)
def issue(
    request: Request,
    at: Annotated[str, Form(max_length=40)] = "",
    hours: Annotated[float, Form(ge=0.25, le=MOST_HOURS)] = 48,
    start: Annotated[str, Form(max_length=40)] = "",
    meters: Annotated[bool, Form()] = False,
) -> Response:
    """Issue a forecast in the background."""
    return begun(request, "forecast_run", {**instants(request, at=at, start=start), "hours": hours, "meters": meters})


@room.act("/forecast/train", MAKE)
def train(
    request: Request,
    at: Annotated[str, Form(max_length=40)] = "",
    days: Annotated[int, Form(ge=21, le=1100)] = 150,
    meters: Annotated[bool, Form()] = False,
) -> Response:
    """Train in the background."""
    return begun(request, "forecast_train", {**instants(request, at=at), "days": days, "meters": meters})


@room.act("/forecast/weather", MAKE)
def fetch(request: Request) -> Response:
    """Fetch weather forecasts in the background."""
    return begun(request, "forecast_fetch", {})


def begun(request: Request, job: str, arguments: dict[str, Any]) -> Response:
    """Start work and lead to where it is watched."""
    made = work.begin(request.app.state.portal, ROOM, job, arguments, by=actor_of(request).name)
    return RedirectResponse(f"/forecast/run?work={made.id}", 303)


def instants(request: Request, **asked: str) -> dict[str, str]:
    """Local instants of a form, checked and in UTC; what is empty is left out."""
    zone = request.app.state.portal.space().park.park.timezone
    return {k: iso(parse_instant(v, zone)) for k, v in asked.items() if v}


def running(request: Request) -> dict[str, Any] | None:
    """The room's work that runs or that failed last, unless something was done since; for those who may read the park's."""
    if scope_of(actor_of(request), Kind.FORECAST, Action.READ) is not Scope.ALL:
        return None
    found = work.works(request.app.state.portal, ROOM)
    told = [work.told(w, language_of(request)) for w in found[:6]]
    busy = next((t for t in told if t["state"] == "running"), None)
    newest = busy or (told[0] if told and told[0]["state"] == "failed" else None)
    return {**newest, "link": link_of(newest), "path": "/forecast/work"} if newest else None


def link_of(told: dict[str, Any]) -> str:
    """Where the result of a piece of work is looked at."""
    answer = told["answer"] or {}
    if "run" in answer:
        return f"/forecast?run={answer['run']}"
    if "score" in answer:
        return f"/forecast/scores?score={answer['score']}"
    return "/forecast/run"


def defaults(request: Request) -> dict[str, str]:
    """What the forms propose: the moment where the readings end, or now."""
    from lingtan.services.forecast_models import default_at

    space = request.app.state.portal.space()
    try:
        at = default_at(space)
    except LingtanError:
        return {"at": ""}
    return {"at": f"{at.astimezone(ZoneInfo(space.park.park.timezone)):%Y-%m-%dT%H:%M}"}


LEVELS = {"e": "enterprises", "m": "meters", "d": "dispatch"}  # by the first letter of what a model is of


def models(request: Request) -> list[dict[str, Any]]:
    """Kept models, the newest first, by their names."""
    from lingtan.services.forecast_models import FOLDER

    space = request.app.state.portal.space()
    found = []
    for name in reversed(space.blobs.names(FOLDER)):
        stamp, kind, *rest = name.removeprefix(FOLDER).removesuffix(".json.gz").split("-")
        found.append({"trained_for": stamp_of(stamp), "level": LEVELS[kind[0]], "digest": rest[0] if rest else ""})
    return found


def one_of(space: Any, run: str, target: str) -> tuple[Issued, SeriesForecast]:
    """A kept forecast and one of its series.

    Raises
    ------
    InputError
        ``forecast.no-target`` with the nearest one.
    """
    made = load_forecast(space, run)
    if target not in made.forecast.series:
        near = nearest(target, made.forecast.series) or "–"
        raise InputError("forecast.no-target", target=target, nearest=near)
    return made, made.forecast.series[target]


def earlier_issue(space: Any, made: Issued, target: str, lang: str) -> dict[str, Any] | None:
    """What the issue before said of the same hours: its median; None where there is none."""
    names = kept_forecasts(space)
    before = names[: names.index(made.id)] if made.id in names else []
    this = made.forecast
    for name in reversed(before[-3:]):
        that = load_forecast(space, name).forecast
        shift = int((this.start - that.start).total_seconds())
        if (
            that.issued_at >= this.issued_at
            or that.step_s != this.step_s
            or target not in that.series
            or shift % that.step_s
        ):
            continue
        first = shift // that.step_s
        if 0 <= first < that.steps:
            median = that.series[target].values[first : first + this.steps, MEDIAN]
            name_of = say("forecast-portal.earlier", lang, at=issued_in(name, this.zone)[5:])
            return {"name": name_of, "values": [round(float(v), 3) for v in median]}
    return None


def outcome_of(portal: Any, run: str) -> dict[str, Any]:
    """What was known and what came, worked out in a child process once."""
    made: dict[str, Any] = portal.background.wait("figures", "forecast_outcome", {"run": run})
    return made


def visible(made: Forecast, mine: str | None) -> dict[str, SeriesForecast]:
    """The series that somebody sees: all, or one enterprise's; the park's own first."""
    order = {"park": 0, "enterprise": 1, "meter": 2}
    found = [s for s in made.series.values() if mine is None or s.target.enterprise == mine]
    return {s.target.id: s for s in sorted(found, key=lambda s: (order[s.target.level], s.target.kind != "load"))}


def group_of(s: SeriesForecast) -> str:
    """Under which heading a target stands."""
    if s.target.level == "park":
        return "park"
    if s.target.kind != "load":
        return s.target.kind
    return "load" if s.target.level == "enterprise" else "meter"


def row_of(park: Any, made: Forecast, s: SeriesForecast, lang: str) -> dict[str, Any]:
    """A line of the table of all targets: its first day."""
    first = s.values[: min(made.steps, round(86_400 / made.step_s))]
    return {
        "id": s.target.id, "name": target_name(park, s.target, lang), "unit": written(s.target.unit), "model": s.model,
        "reason": s.reason, "flags": list(s.flags), "known_until": s.known_until, "mean": float(first[:, MEDIAN].mean()),
        "low": float(first[:, 0].mean()), "high": float(first[:, -1].mean()), "peak": float(first[:, MEDIAN].max()),
        "digits": digits_of(float(first[:, MEDIAN].max())),
    }  # fmt: skip


def notes_of(made: Forecast, shown: dict[str, SeriesForecast], lang: str, mine: str | None) -> list[str]:
    """What a person should know, in sentences; those of others' targets are left out."""
    found = []
    for note in made.notes:
        code = str(note["code"])
        if code.startswith(NOTED) and note.get("target") not in shown:
            continue
        if mine is not None and not code.startswith(NOTED):
            continue
        values = {k: v for k, v in note.items() if k != "code"}
        if "model" in values:
            values["model"] = say(f"forecast-model.{values['model']}", lang)
        found.append(say(code, lang, **values))
    return found


def reason_of(s: SeriesForecast, values: dict[str, Any], lang: str) -> str:
    """Why not the first choice, in words; empty for the first choice."""
    if not s.reason:
        return ""
    return say(f"forecast.reason-{s.reason}", lang, target=s.target.id, model=say(f"forecast-model.{s.model}", lang))


def written(unit: str) -> str:
    """A unit of forecasts as it is written."""
    return unit.replace("m3", "m³")


def digits_of(size: float) -> int:
    """Sensible decimals for values of a size."""
    return 0 if abs(size) >= 100 else 1 if abs(size) >= 1 else 3


def issued_in(name: str, zone: str) -> str:
    """The moment of issue in a kept forecast's name, in the park's zone."""
    return local(stamp_of(name), zone)


def end_of(made: Forecast) -> datetime:
    """Where a forecast ends."""
    return made.start + timedelta(seconds=made.step_s * made.steps)


def stamp_of(name: str) -> datetime:
    """The moment that the name of a kept forecast or model begins with."""
    return datetime.strptime(name.split("-")[0] + "+0000", "%Y%m%dT%H%M%SZ%z")
