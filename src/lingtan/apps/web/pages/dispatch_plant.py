"""Handing over: what is held by hand, what the simulated plant was asked for and answered, and what a person should see."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.pages.dispatch import READ, WRITE, Id, begun, running
from lingtan.apps.web.pages.dispatch_told import defaults, names_of, newest, one_zone
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import say
from lingtan.base.time import iso, parse_instant
from lingtan.optimize.dispatch.record import Description
from lingtan.services.approve_dispatch import override
from lingtan.services.dispatch_kept import kept_rolls, load_roll
from lingtan.services.dispatch_store import active_schedule, alarms, description_of, overrides

room = Room()
SHOWN_ALARMS = 40
SHOWN_ROLLS = 30


@room.page("/dispatch/plant", READ)
def plant(request: Request, roll: Id = "") -> Response:
    """The page."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    rolls = kept_rolls(space)
    values: dict[str, Any] = {
        "work": running(request), "rolls": [(r, _stamp(r, one_zone(space))) for r in reversed(rolls[-SHOWN_ROLLS:])], "roll": None,
        "problem": "", "names": {}, "assets": [], "held": {}, "active": None, "defaults": defaults(request), "sent": [], "alarms": [],
    }  # fmt: skip
    try:
        description, _ = description_of(space)
    except LingtanError as error:
        return render(request, "dispatch-plant.html", {**values, "problem": error.format(lang)})
    names = names_of(space.park, description, lang)
    now = portal.clock()
    known = newest(space)
    approved = next((s for s in known if s.status == "approved"), None)
    begins = (approved or known[0]).start if known else None
    values |= {
        "names": names, "assets": _controllable(description), "active": active_schedule(space, now), "approved": approved,
        "held": {a: {**o, "over": datetime.fromisoformat(o["until"]) <= now} for a, o in overrides(space).items()},
        "alarms": [_told(a, names, lang) for a in reversed(alarms(space)[-SHOWN_ALARMS:])],
        "begins": f"{begins.astimezone(ZoneInfo(one_zone(space))):%Y-%m-%dT%H:%M}" if begins else values["defaults"]["at"],
    }  # fmt: skip
    if rolls:
        kept = load_roll(space, roll)
        values |= {
            "roll": kept,
            "sent": _sent(kept, names),
            "rolled_alarms": [_told(a, names, lang) for a in kept["alarms"]],
        }
    return render(request, "dispatch-plant.html", values)


@room.act("/dispatch/override", WRITE)
def hold(
    request: Request,
    asset: Annotated[str, Form(max_length=80)],
    kw: Annotated[float, Form(ge=-1e9, le=1e9)],
    reason: Annotated[str, Form(min_length=2, max_length=300)],
    hours: Annotated[float, Form(gt=0, le=168)] = 1.0,
) -> Response:
    """Hold an asset at a power by hand."""
    return _set(request, asset, kw, hours, reason)


@room.act("/dispatch/release", WRITE)
def release(
    request: Request, asset: Annotated[str, Form(max_length=80)], reason: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """Give an asset back to the schedule."""
    return _set(request, asset, None, 0.0, reason)


def _set(request: Request, asset: str, kw: float | None, hours: float, reason: str) -> Response:
    portal = request.app.state.portal
    space = portal.space()
    until = portal.clock() + timedelta(hours=hours)
    override(
        space, description_of(space)[0], asset, kw, until=until, by=actor_of(request).name, audit=portal.audit, reason=reason.strip()
    )  # fmt: skip
    return RedirectResponse("/dispatch/plant#held", 303)


@room.act("/dispatch/roll", WRITE)
def rolling(
    request: Request,
    at: Annotated[str, Form(min_length=8, max_length=40)],
    steps: Annotated[int, Form(ge=1, le=192)] = 4,
    hours: Annotated[int, Form(ge=1, le=168)] = 24,
    auto: Annotated[bool, Form()] = False,
    silent: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Roll on the simulated plant in the background."""
    space = request.app.state.portal.space()
    known = {name for name, _ in _controllable(description_of(space)[0])} | {"*"}
    deaf = [s for s in silent or [] if s]
    if wrong := [s for s in deaf if s not in known]:
        raise InputError("dispatch.no-asset", asset=wrong[0], nearest="–")
    asked = {
        "at": iso(parse_instant(at, one_zone(space))),
        "steps": steps,
        "hours": hours,
        "auto": auto,
        "silent": deaf,
    }
    return begun(request, "dispatch_roll", asked, "/dispatch/plant")


def _controllable(description: Description) -> list[tuple[str, float | None]]:
    units = [(u.id, u.capacity_kw) for u in description.units if u.controllable]
    return [*units, *((f.id, f.vehicles * f.charger_kw) for f in description.fleets)]


def _sent(kept: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    """By asset what was asked and answered in each step; assets that rest throughout and answer are left out."""
    found: dict[str, dict[str, Any]] = {}
    for step in kept["sent"]:
        for s in step["set_points"]:
            row = found.setdefault(s["asset"], {"name": names.get(s["asset"], s["asset"]), "cells": [], "moved": False})
            row["cells"].append({**s, "at": step["at"]})
            if abs(s["sent_kw"]) > 1e-3 or s["acknowledged_kw"] is None or s["source"] != "schedule" or s["limited"]:
                row["moved"] = True
    return [r for r in found.values() if r["moved"]]


def _told(alarm: dict[str, Any], names: dict[str, str], lang: str) -> dict[str, Any]:
    values = {k: abs(v) if v == 0 else v for k, v in alarm["values"].items()}  # no "-0.0"
    if "asset" in values:
        values["asset"] = names.get(values["asset"], values["asset"])
    return {"at": alarm["at"], "code": alarm["code"], "text": say(alarm["code"], lang, **values)}


def _stamp(name: str, zone: str) -> str:
    at = datetime.strptime(name.split("-")[0] + "+0000", "%Y%m%dT%H%M%SZ%z")
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
