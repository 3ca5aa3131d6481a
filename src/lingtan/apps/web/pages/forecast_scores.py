"""How good forecasts would have been over a past period: skill against simple rules and coverage, by target and horizon."""

from typing import Annotated, Any

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.pages.forecast import (
    FORECASTS,
    MAKE,
    begun,
    digits_of,
    own_of,
    running,
    written,
)
from lingtan.apps.web.render import language_of, render
from lingtan.base.text import say
from lingtan.base.time import Period
from lingtan.forecast.targets import plan
from lingtan.services.forecast_names import name_of_id, owners
from lingtan.services.kept_scores import RIVALS, kept_scores, load_scores, skill_rows

room = Room()
ScoreId = Annotated[str, Query(max_length=80)]


@room.page("/forecast/scores", FORECASTS)
def scores(request: Request, score: ScoreId = "", target: ScoreId = "") -> Response:
    """The page of charts from a kept backtest."""
    portal, lang = request.app.state.portal, language_of(request)
    space, mine = portal.space(), own_of(actor_of(request))
    names = kept_scores(space)
    year = next(iter(portal.years()), "")
    values: dict[str, Any] = {"names": list(reversed(names)), "record": None, "work": running(request), "year": year}
    if not names:
        return render(request, "forecast-scores.html", values)
    record, rows = own_scores(request, score, mine)
    targets = {t.id: t for t in plan(space.park, meters=True).targets}
    people = {r["target"]: name_of_id(space.park, r["target"], r["kind"], lang, targets) for r in rows}
    units = {r["target"]: written(targets[r["target"]].unit) if r["target"] in targets else "" for r in rows}
    chosen = (
        target if target in people else next((t for t in people if t == "park:electricity"), next(iter(people), ""))
    )
    falls = [(people[t], by) for t, by in record["fallbacks"].items() if t in people]
    values |= {
        "record": record, "rows": [{**r, "digits": digits_of(r["mean_actual"])} for r in rows if r["target"] == chosen],
        "targets": people, "units": units, "target": chosen, "rivals": RIVALS, "falls": falls,
        "worse": sum(1 for r in rows if (r["skill_weekly-naive"] or 0) < 0), "all": len(rows),
    }  # fmt: skip
    return render(request, "forecast-scores.html", values)


@room.page("/forecast/scores/matrix.json", FORECASTS)
def matrix(
    request: Request,
    score: ScoreId = "",
    what: Annotated[str, Query(pattern="^(skill|coverage)$")] = "skill",
    against: Annotated[str, Query(max_length=30)] = "weekly-naive",
) -> Response:
    """Every target by horizon: skill against a rule, or the coverage of the 90 % band."""
    space, lang = request.app.state.portal.space(), language_of(request)
    _, rows = own_scores(request, score, own_of(actor_of(request)))
    if not rows:
        return JSONResponse({"empty": say("forecast-portal.no-scores", lang)})
    key = f"skill_{against if against in RIVALS else 'weekly-naive'}" if what == "skill" else "covered_90"
    targets = {t.id: t for t in plan(space.park, meters=True).targets}
    ids = list(dict.fromkeys(r["target"] for r in rows))
    size = {r["target"]: r["mean_actual"] for r in rows}
    ids.sort(key=lambda t: (not t.startswith("park:"), t in targets and targets[t].kind != "load", -size[t]))
    hours = sorted({r["bucket_h"] for r in rows})
    cells = [[hours.index(r["bucket_h"]), ids.index(r["target"]), r[key]] for r in rows if r[key] is not None]
    kinds = {r["target"]: r["kind"] for r in rows}
    told = {
        "title": say(f"forecast-portal.matrix-{what}", lang, rule=say(f"forecast-model.{key[6:]}", lang) if what == "skill" else ""),
        "rows": [name_of_id(space.park, t, kinds[t], lang, targets) for t in ids],
        "columns": [say("forecast-portal.up-to", lang, hours=h) for h in hours], "cells": cells, "what": what,
        "words": {k: say(f"forecast-portal.{k}", lang) for k in ("better", "worse", "want")},
    }  # fmt: skip
    return JSONResponse(told)


@room.page("/forecast/scores/horizon.json", FORECASTS)
def horizon(request: Request, score: ScoreId = "", target: ScoreId = "") -> Response:
    """One target by horizon: skill against each simple rule, and coverage."""
    lang = language_of(request)
    _, rows = own_scores(request, score, own_of(actor_of(request)))
    mine = sorted((r for r in rows if r["target"] == target), key=lambda r: r["bucket_h"])
    if not mine:
        return JSONResponse({"empty": say("forecast-portal.no-scores", lang)})
    return JSONResponse(
        {
            "title": say("forecast-portal.by-horizon", lang),
            "columns": [say("forecast-portal.up-to", lang, hours=r["bucket_h"]) for r in mine],
            "skill": [{"name": say(f"forecast-model.{k}", lang), "values": [r[f"skill_{k}"] for r in mine]} for k in RIVALS],
            "coverage": {"90": [r["covered_90"] for r in mine], "50": [r["covered_50"] for r in mine]},
            "words": {k: say(f"forecast-portal.{k}", lang) for k in ("skill-axis", "covered-90", "covered-50", "want")},
        }
    )  # fmt: skip


@room.act("/forecast/scores", MAKE)
def backtest(
    request: Request,
    period: Annotated[str, Form(min_length=4, max_length=10)],
    sample: Annotated[bool, Form()] = False,
    hours: Annotated[float, Form(ge=1, le=168)] = 48,
    hour: Annotated[int, Form(ge=0, le=23)] = 0,
) -> Response:
    """Backtest a period in the background."""
    Period.parse(period, request.app.state.portal.space().park.park.timezone)
    return begun(request, "forecast_score", {"period": period, "sample": sample, "hours": hours, "hour": hour})


def own_scores(request: Request, score: str, mine: str | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A kept backtest and its rows that somebody sees."""
    space = request.app.state.portal.space()
    record = load_scores(space, score)
    who = owners(space.park)
    return record, [r for r in skill_rows(record) if mine is None or who.get(r["target"]) == mine]
