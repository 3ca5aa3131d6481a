"""Alarms: the list with its filters, one with its story, acknowledge, comment."""

from typing import Annotated, Any

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.alarm_needs import LIVE, READ, READ_ONE, WRITE, WRITE_ONE, own, wanted, whose
from lingtan.apps.web.need import Room, actor_of, check_thing
from lingtan.apps.web.render import language_of, render
from lingtan.base.text import label
from lingtan.metering.alarms.rule import Severity
from lingtan.services.access.policy import Action, Kind, Thing, allowed
from lingtan.services.alarm_ports import Alarm
from lingtan.services.alarm_rules import rules_in_force
from lingtan.services.alarms import acknowledge, comment, find_alarm
from lingtan.services.count_alarms import count_alarms
from lingtan.services.say_alarm import alarm_text, enterprise_text, subject_text

room = Room()
PAGE = 50
STATES = (LIVE, "open", "acknowledged", "cleared", "all")
Short = Annotated[str, Query(max_length=63)]
Words = Annotated[str, Form(max_length=2000)]


@room.page("/alarms", READ)
def alarms(
    request: Request,
    state: Short = LIVE,
    severity: Short = "",
    enterprise: Short = "",
    rule: Short = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """The list."""
    space, lang = request.app.state.portal.space(), language_of(request)
    values = _list(request, state, severity, enterprise, rule, page)
    members = [(e.id, label(e.name, lang, e.id)) for e in space.park.enterprises] if whose(request) is None else []
    values |= {
        "counts": count_alarms(space, whose(request)),
        "members": members,
        "severities": [str(s) for s in Severity],
        "states": STATES,
    }
    return render(request, "alarms.html", values)


@room.page("/alarms/list", READ)
def listed(
    request: Request,
    state: Short = LIVE,
    severity: Short = "",
    enterprise: Short = "",
    rule: Short = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """The rows alone, for a page that is open while something happens."""
    return render(request, "alarms-list.html", _list(request, state, severity, enterprise, rule, page))


@room.act("/alarms/acknowledge", WRITE)
def acknowledge_some(
    request: Request,
    alarm: Annotated[list[str], Form(max_length=200)],
    text: Words = "",
    back: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Acknowledge what was ticked; what is not one's own is refused as a whole, before anything is done."""
    space, actor = request.app.state.portal.space(), actor_of(request)
    found = [find_alarm(space.alarms(), name) for name in alarm]
    for one in found:
        thing = Thing(Kind.ALARM, enterprise=one.enterprise)
        if not allowed(actor, Action.WRITE, thing):
            check_thing(request, Action.WRITE, thing)
    for one in found:
        acknowledge(space, one.id, by=actor.name, text=text.strip())
        _note(request, one, "acknowledge")
    return RedirectResponse(f"/alarms?{back}" if back and "\\" not in back else "/alarms", 303)


@room.page("/alarms/one/{alarm}", READ_ONE)
def one(request: Request, alarm: str) -> Response:
    """One alarm with its story."""
    space = request.app.state.portal.space()
    found = find_alarm(space.alarms(), alarm)
    rule = rules_in_force(space.alarms()).get(found.rule)
    values = {
        "alarm": _row(request, found),
        "notes": space.alarms().notes(found.id),
        "rule": rule,
        "own": own(request, actor_of(request)).enterprise,
    }
    return render(request, "alarm.html", values)


@room.act("/alarms/one/{alarm}/acknowledge", WRITE_ONE)
def acknowledge_one(request: Request, alarm: str, text: Words = "") -> Response:
    """Say that one has seen it."""
    done = acknowledge(request.app.state.portal.space(), alarm, by=actor_of(request).name, text=text.strip())
    return RedirectResponse(f"/alarms/one/{done.id}", 303)


@room.act("/alarms/one/{alarm}/comments", WRITE_ONE)
def comment_one(request: Request, alarm: str, text: Words = "") -> Response:
    """Say something about it."""
    done = comment(request.app.state.portal.space(), alarm, text, by=actor_of(request).name)
    return RedirectResponse(f"/alarms/one/{done.id}", 303)


def _list(request: Request, state: str, severity: str, enterprise: str, rule: str, page: int) -> dict[str, Any]:
    space = request.app.state.portal.space()
    book = space.alarms()
    state = state if state in STATES else LIVE
    severity = severity if severity in tuple(Severity) else ""
    asked = wanted(request, state, severity, enterprise, rule)
    total = 0 if book.fresh() else book.count(asked)
    found = book.alarms(asked, limit=PAGE, after=(page - 1) * PAGE, urgent_first=state == LIVE) if total else []
    rules = rules_in_force(book)
    return {
        "rows": [_row(request, a) for a in found], "total": total, "page": page, "pages": max(1, -(-total // PAGE)), "state": state,
        "severity": severity, "enterprise": enterprise, "rule": rule, "rules": {r.id: label(r.name, language_of(request), r.id) for r in rules.values()},
    }  # fmt: skip


def _row(request: Request, alarm: Alarm) -> dict[str, Any]:
    park, lang = request.app.state.portal.space().park, language_of(request)
    return {
        "it": alarm, "text": alarm_text(alarm, park, lang), "about": subject_text(alarm, park, lang),
        "whose": enterprise_text(alarm, park, lang),
    }  # fmt: skip


def _note(request: Request, alarm: Alarm, action: str) -> None:
    request.app.state.portal.note(actor_of(request), action, "alarm", alarm.id, {"enterprise": alarm.enterprise or ""})
