"""What the past would have cost under each way to run: rules, habit, plans, perfect foresight; with the regret."""

from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages.dispatch import READ, WRITE, Id, begun, running
from lingtan.apps.web.pages.dispatch_told import names_of, one_zone
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import say
from lingtan.base.time import Period
from lingtan.services.backtest_dispatch import WAYS
from lingtan.services.dispatch_kept import kept_backtests, load_backtest
from lingtan.services.dispatch_store import description_of

room = Room()


@room.page("/dispatch/backtests", READ)
def backtests(request: Request, backtest: Id = "") -> Response:
    """The page of a kept backtest."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    ids = kept_backtests(space)
    values: dict[str, Any] = {
        "work": running(request), "ids": list(reversed(ids)), "made": None, "ways": list(WAYS), "year": next(iter(portal.years()), ""), "names": {},
    }  # fmt: skip
    if ids:
        made = load_backtest(space, backtest)
        try:
            names = names_of(space.park, description_of(space)[0], lang)
        except LingtanError:
            names = {}
        best = (
            min(o["cost_cny"] for o in made["outcomes"] if not o["bound"])
            if any(not o["bound"] for o in made["outcomes"])
            else None
        )
        values |= {
            "made": made,
            "names": names,
            "best": best,
            "expected": say(f"dispatch.expected-{made['expected_from'].split()[0]}", lang),
            "habit": say(f"dispatch.habit-{made['habit_from']}", lang),
        }
    return render(request, "dispatch-backtests.html", values)


@room.page("/dispatch/backtests/ways.json", READ)
def ways(request: Request, backtest: Id = "") -> Response:
    """Cost by part and emissions of each way, for the chart."""
    space, lang = request.app.state.portal.space(), language_of(request)
    if not kept_backtests(space):
        return JSONResponse({"empty": say("dispatch-portal.no-backtests", lang)})
    made = load_backtest(space, backtest)
    told = made["outcomes"]
    return JSONResponse(
        {
            "title": say("dispatch.backtest", lang, period=made["period"]), "ways": [say(f"dispatch.way-{o['way']}", lang) for o in told],
            "regret": [o["regret_cny"] for o in told], "tonnes": [o["regret_t"] for o in told],
            "words": {k: say(f"dispatch-portal.{k}", lang) for k in ("regret-cny", "regret-t", "ten-thousand")}, "lang": lang,
        }
    )  # fmt: skip


@room.page("/dispatch/backtests/peaks.json", READ)
def peaks(request: Request, backtest: Id = "") -> Response:
    """The highest purchase of each month under each way, for the chart."""
    space, lang = request.app.state.portal.space(), language_of(request)
    if not kept_backtests(space):
        return JSONResponse({"empty": say("dispatch-portal.no-backtests", lang)})
    made = load_backtest(space, backtest)
    months = sorted({m for o in made["outcomes"] for m in o["peaks_kw"]})
    series = [
        {"name": say(f"dispatch.way-{o['way']}", lang), "values": [_mw(o["peaks_kw"].get(m)) for m in months]}
        for o in made["outcomes"]
    ]
    return JSONResponse({"title": say("dispatch-portal.peaks", lang), "months": months, "series": series, "unit": "MW"})


@room.act("/dispatch/backtests", WRITE)
def start(
    request: Request,
    period: Annotated[str, Form(min_length=4, max_length=10)],
    way: Annotated[list[str] | None, Form()] = None,
    expect: Annotated[str, Form(pattern="^(week|forecast)$")] = "forecast",
) -> Response:
    """Backtest a period in the background."""
    chosen = [w for w in WAYS if w in (way or [])]
    if not chosen:
        raise InputError("dispatch.unknown-way", way=", ".join(way or []) or "–", known=", ".join(WAYS))
    Period.parse(period, one_zone(request.app.state.portal.space()))
    return begun(
        request, "dispatch_backtest", {"period": period, "ways": chosen, "expect": expect}, "/dispatch/backtests"
    )


def _mw(kw: float | None) -> float | None:
    return None if kw is None else round(kw / 1000, 2)
