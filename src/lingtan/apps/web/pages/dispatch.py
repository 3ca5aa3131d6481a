"""Dispatch: the plan of some hours with its reasons, what binds and what would change it; approved or refused by people."""

from typing import Annotated, Any

import numpy as np
from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lingtan.apps.web import work
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.dispatch_told import (
    assumed,
    bindings,
    broken,
    changes,
    clock,
    condition_word,
    defaults,
    end_of,
    hourly,
    names_of,
    newest,
    node_word,
    one_zone,
    point_word,
    reason_line,
    rounded,
    sources,
    status_of,
    totals,
)
from lingtan.apps.web.pages.forecast import work_part
from lingtan.apps.web.pages.gantt import gantts
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import LingtanError
from lingtan.base.text import say
from lingtan.base.time import iso, parse_instant
from lingtan.services.access.policy import Action, Kind
from lingtan.services.approve_dispatch import approve_dispatch
from lingtan.services.dispatch_flows import contents, flows, needs
from lingtan.services.dispatch_store import active_schedule, description_of, kept_schedule
from lingtan.services.dispatch_words import assumption_text
from lingtan.services.explain_dispatch import LIMITS

room = Room()
ROOM = "dispatch"
READ = Need(Kind.DISPATCH)
WRITE = Need(Kind.DISPATCH, Action.WRITE)
APPROVE = Need(Kind.DISPATCH, Action.APPROVE)
Id = Annotated[str, Query(max_length=80)]


@room.page("/dispatch", READ)
def dispatch(request: Request, schedule: Id = "", node: Id = "") -> Response:
    """The page of a plan."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    known = newest(space)
    values: dict[str, Any] = {
        "work": running(request),
        "one": None,
        "kept": known,
        "defaults": defaults(request),
        "problem": "",
    }
    try:
        description, notes = description_of(space)
    except LingtanError as error:
        return render(request, "dispatch.html", {**values, "problem": error.format(lang)})
    if not known:
        return render(request, "dispatch.html", values)
    one = kept_schedule(space, schedule) if schedule else known[0]
    names = names_of(space.park, description, lang)
    found = flows(description, one)
    nodes = list(dict.fromkeys(f.node for f in found))
    now = portal.clock()
    people = max(1, one.people - 1) if one.people >= 2 else one.people
    active = active_schedule(space, now)
    values |= {
        "one": one, "names": names, "nodes": nodes, "node": node if node in nodes else nodes[0] if nodes else "",
        "gantts": gantts(description, one, one_zone(space)), "status": status_of(one, now), "totals": totals(one, found),
        "contents": bool(contents(description, one)), "end": end_of(one), "mine": actor_of(request).name, "wanted": people,
        "notes": [assumption_text(vars(n), lang, names) for n in notes], "reasons": [reason_line(one, n, names, lang, space) for n in range(len(one.reasons))],
        "bindings": bindings(one, names, lang), "changes": changes(one, names, lang, space), "limits": LIMITS,
        "broken": [broken(b, lang) for b in one.violations], "from": sources(one, lang), "assumed": assumed(one, names, lang), "active": active is not None and active.id == one.id,
    }  # fmt: skip
    return render(request, "dispatch.html", values)


@room.page("/dispatch/supply.json", READ)
def supply(request: Request, schedule: Id = "", node: Id = "") -> Response:
    """What comes into a node and what is taken besides its consumers, stacked."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    description, _ = description_of(space)
    one = kept_schedule(space, schedule)
    names = names_of(space.park, description, lang)
    mine = [f for f in flows(description, one) if f.node == node]
    if not mine:
        return JSONResponse({"empty": say("dispatch-portal.no-flows", lang)})
    groups: dict[tuple[str, bool], list[Any]] = {}
    for f in mine:
        groups.setdefault((f.group, f.into), []).append(f)
    series = []
    for (group, into), held in groups.items():
        name = (
            names.get(held[0].asset, held[0].asset) if len(held) == 1 else say(f"dispatch-portal.group-{group}", lang)
        )
        if group in ("surplus", "unserved", "moved"):
            name = say(f"dispatch-portal.group-{group}", lang)
        if (group, not into) in groups:
            name = say(
                f"dispatch-portal.{group}-{'in' if into else 'out'}"
                if group in ("grid", "store", "fleet")
                else "dispatch-portal.both",
                lang,
                name=name,
            )
        total = np.sum([f.kw for f in held], axis=0) * (1 if into else -1)
        series.append({"name": name, "group": group, "into": into, "values": rounded(total)})
    use = needs(mine, node)
    told = {
        "title": say("dispatch-portal.supply-of", lang, node=node_word(node, lang)), **clock(one, space), "series": series,
        "need": {"name": say("dispatch-portal.need", lang), "values": rounded(use) if use is not None else []},
    }  # fmt: skip
    return JSONResponse(told)


@room.page("/dispatch/content.json", READ)
def content(request: Request, schedule: Id = "") -> Response:
    """The state of charge of every store and fleet."""
    space, lang = request.app.state.portal.space(), language_of(request)
    description, _ = description_of(space)
    one = kept_schedule(space, schedule)
    names = names_of(space.park, description, lang)
    held = contents(description, one)
    if not held:
        return JSONResponse({"empty": say("dispatch-portal.no-stores", lang)})
    series = [{"name": names.get(n, n), "values": rounded(v), "size": size} for n, (v, size) in held.items()]
    return JSONResponse({"title": say("dispatch-portal.content", lang), **clock(one, space), "series": series})


@room.page("/dispatch/prices.json", READ)
def prices(request: Request, schedule: Id = "") -> Response:
    """What a kilowatt-hour more at each node would cost."""
    space, lang = request.app.state.portal.space(), language_of(request)
    one = kept_schedule(space, schedule)
    if not one.prices:
        return JSONResponse({"empty": say("dispatch-portal.no-flows", lang)})
    series = [{"name": node_word(n, lang), "values": [round(float(x), 4) for x in v]} for n, v in one.prices.items()]
    unit = say("dispatch-portal.cny-kwh", lang)
    return JSONResponse(
        {"title": say("dispatch-portal.prices", lang), **clock(one, space), "series": series, "unit": unit}
    )


@room.page("/dispatch/why", READ)
def why(request: Request, schedule: Id = "", number: Annotated[int, Query(ge=0)] = 0) -> Response:
    """Why an asset does what it does in a stretch: a part of the page."""
    space, lang = request.app.state.portal.space(), language_of(request)
    description, _ = description_of(space)
    one = kept_schedule(space, schedule)
    names = names_of(space.park, description, lang)
    number = min(number, len(one.reasons) - 1)
    reason = one.reasons[number]
    asset = reason["asset"]
    line = reason_line(one, number, names, lang, space)
    mine = [b for b in bindings(one, names, lang) if b["asset"] == asset or b["limit"] == reason["code"]]
    moved = [c for c in changes(one, names, lang, space) if c["asset"] == asset]
    values = {
        "one": one, "line": line, "reason": reason, "hourly": hourly(description, one, reason, space), "bindings": mine, "changes": moved,
        "lift": [x for x in dict.fromkeys([reason["code"], *(b["limit"] for b in mine)]) if x in LIMITS],
    }  # fmt: skip
    return render(request, "dispatch-why.html", values)


@room.page("/dispatch/without", READ)
def without(request: Request, schedule: Id = "", limit: Id = "", asset: Id = "") -> Response:
    """The same hours solved again without a limit: a part of the page."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    one = kept_schedule(space, schedule)
    made = portal.background.wait("figures", "dispatch_without", {"schedule": one.id, "limit": limit, "asset": asset})
    names = names_of(space.park, description_of(space)[0], lang)
    shown = [m for m in made["moved"] if ".start" not in m["point"]]
    moved = [{**m, "name": point_word(m["point"], names, lang), "on": m["point"].endswith(".on")} for m in shown[:10]]
    values = {
        "made": made,
        "moved": moved,
        "word": say(f"dispatch.limit-{limit}", lang),
        "name": names.get(asset, asset),
    }
    return render(request, "dispatch-without.html", values)


@room.page("/dispatch/check", READ)
def check(request: Request, schedule: Id = "", asset: Id = "") -> Response:
    """All reasons put to the test: a part of the page."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    one = kept_schedule(space, schedule)
    made = portal.background.wait("figures", "dispatch_check", {"schedule": one.id, "asset": asset})
    names = names_of(space.park, description_of(space)[0], lang)
    doubtful = [c for c in made["reasons"] if c["degenerate"] or c["refuted"] or c["moved"]]
    doubtful.sort(key=lambda c: (-c["refuted"], -c["degenerate"]))
    lines = [{**reason_line(one, c["number"], names, lang, space), **c} for c in doubtful]
    told = {k: f"{made[k]:,}" for k in ("total", "confirmed", "degenerate", "refuted", "moved")}
    return render(request, "dispatch-checked.html", {"text": say("dispatch.checked", lang, **told), "lines": lines})


@room.page("/dispatch/work", READ)
def progress(request: Request, id: Id = "") -> Response:
    """How far a piece of work is: a part of a page."""
    return work_part(request, ROOM, id, "/dispatch/work", link_of, in_words)


@room.act("/dispatch/plan", WRITE)
def plan(
    request: Request,
    at: Annotated[str, Form(max_length=40)] = "",
    hours: Annotated[int, Form(ge=1, le=168)] = 24,
    step: Annotated[int, Form(ge=0, le=60)] = 0,
    scenarios: Annotated[int, Form(ge=0, le=9)] = 0,
    linear: Annotated[bool, Form()] = False,
) -> Response:
    """Plan in the background."""
    zone = one_zone(request.app.state.portal.space())
    asked = {"at": iso(parse_instant(at, zone))} if at else {}
    more = {"step": step} if step else {}
    return begun(
        request,
        "dispatch_plan",
        {**asked, **more, "hours": hours, "scenarios": scenarios, "linear": linear},
        "/dispatch",
    )


@room.act("/dispatch/approve", APPROVE)
def approve(request: Request, schedule: Annotated[str, Form(max_length=80)]) -> Response:
    """Stand for a plan."""
    return _decided(request, schedule, refuse=False)


@room.act("/dispatch/refuse", APPROVE)
def refuse(request: Request, schedule: Annotated[str, Form(max_length=80)]) -> Response:
    """Refuse a plan."""
    return _decided(request, schedule, refuse=True)


def _decided(request: Request, schedule: str, *, refuse: bool) -> Response:
    portal = request.app.state.portal
    made = approve_dispatch(portal.space(), schedule, by=actor_of(request).name, audit=portal.audit, refuse=refuse)
    return RedirectResponse(f"/dispatch?schedule={made.id}", 303)


def begun(request: Request, job: str, arguments: dict[str, Any], where: str) -> Response:
    """Start work in somebody's name and lead to where it is watched."""
    name = actor_of(request).name
    who = {} if job == "dispatch_backtest" else {"by": name}
    work.begin(request.app.state.portal, ROOM, job, {**arguments, **who}, by=name)
    return RedirectResponse(where, 303)


def running(request: Request) -> dict[str, Any] | None:
    """The room's work that runs, or that failed last unless something was done since."""
    told = [work.told(w, language_of(request)) for w in work.works(request.app.state.portal, ROOM)[:6]]
    busy = next((t for t in told if t["state"] == "running"), None)
    found = busy or (told[0] if told and told[0]["state"] == "failed" else None)
    return {**in_words(request, found), "link": link_of(found), "path": "/dispatch/work"} if found else None


def in_words(request: Request, told: dict[str, Any]) -> dict[str, Any]:
    """Work with the conditions of a plan that cannot be named as people call them."""
    problem = told["problem"]
    if problem is None or problem["code"] != "dispatch.infeasible":
        return told
    space, lang = request.app.state.portal.space(), language_of(request)
    try:
        names = names_of(space.park, description_of(space)[0], lang)
    except LingtanError:
        names = {}
    problems = [
        {**p, "text": say(p["code"], lang, **{**p["values"], "name": condition_word(str(p["values"]["name"]), names, lang)})}
        for p in problem["problems"]
    ]  # fmt: skip
    return {**told, "problem": {**problem, "problems": problems}}


def link_of(told: dict[str, Any]) -> str:
    """Where the result of a piece of work is looked at."""
    answer = told["answer"] or {}
    if "schedule" in answer:
        return f"/dispatch?schedule={answer['schedule']}"
    if "roll" in answer:
        return f"/dispatch/plant?roll={answer['roll']}"
    if "backtest" in answer:
        return f"/dispatch/backtests?backtest={answer['backtest']}"
    return "/dispatch"
