"""Alarms: the list, one with its story, acknowledge, comment."""

from typing import Annotated, Any, Literal

from fastapi import Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.alarm_shapes import AlarmRow, AlarmShape, Counts
from lingtan.apps.api.answers import Limit, answer, body, rows, table
from lingtan.apps.web.alarm_needs import READ_ONE, WRITE_ONE, own, wanted, whose
from lingtan.apps.web.need import Room, SignedIn, actor_of, check_thing
from lingtan.apps.web.render import language_of
from lingtan.base.time import iso
from lingtan.metering.alarms.rule import Severity
from lingtan.services.access.policy import Action
from lingtan.services.alarm_ports import Alarm
from lingtan.services.alarms import acknowledge, alarm_dict, comment, find_alarm
from lingtan.services.count_alarms import count_alarms
from lingtan.services.say_alarm import alarm_text, subject_text

room = Room()
Name = Annotated[str, Path(max_length=40)]
Words = Annotated[str, Body(embed=True, max_length=2000)]
State = Literal["live", "open", "acknowledged", "cleared", "all"]
OWN = SignedIn("lists what the asker may see")


@room.declared("GET", "/alarms", OWN, tags=["alarms"], responses=table(AlarmRow), response_model=None)
def alarms(
    request: Request,
    state: Annotated[State, Query(description="`live`: what holds, and what nobody has seen.")] = "live",
    severity: Annotated[Severity | None, Query()] = None,
    enterprise: Annotated[str, Query(max_length=63)] = "",
    rule: Annotated[str, Query(max_length=63)] = "",
    channel: Annotated[str, Query(max_length=63)] = "",
    limit: Limit = 200,
    after: Annotated[int, Query(ge=0, le=2**31, description="Where the page begins; `next` carries it.")] = 0,
) -> Response:
    """Alarms, the newest first: all, or one's own."""
    _may_read(request)
    book = request.app.state.portal.space().alarms()
    asked = wanted(request, state, severity.value if severity else "", enterprise, rule, channel)
    count = 0 if book.fresh() else book.count(asked)
    page = book.alarms(asked, limit=limit, after=after) if count else []
    told = [_told(request, a) for a in page]
    follow = after + limit if count > after + limit else 0
    columns = list(AlarmRow.model_fields)
    return rows(request, told, limit=limit, after=after, cursor=follow, count=count, columns=columns)


@room.declared("GET", "/alarms/counts", OWN, tags=["alarms"], responses=body(Counts), response_model=None)
def counts(request: Request) -> Response:
    """How many hold, and how many nobody has seen."""
    _may_read(request)
    return answer(request, count_alarms(request.app.state.portal.space(), whose(request)))


@room.declared("GET", "/alarms/{alarm}", READ_ONE, tags=["alarms"], responses=body(AlarmShape), response_model=None)
def alarm(request: Request, alarm: Name) -> Response:
    """One alarm with its story."""
    return _one(request, alarm)


@room.declared(
    "POST", "/alarms/{alarm}/acknowledge", WRITE_ONE, tags=["alarms"], responses=body(AlarmShape), response_model=None
)
def acknowledged(request: Request, alarm: Name, text: Words = "") -> Response:
    """Say that one has seen it. A second time changes nothing."""
    acknowledge(request.app.state.portal.space(), alarm, by=actor_of(request).name, text=text)
    return _one(request, alarm)


@room.declared(
    "POST", "/alarms/{alarm}/comments", WRITE_ONE, tags=["alarms"], status_code=201, responses=body(AlarmShape, 201, "Kept."),
    response_model=None,
)  # fmt: skip
def comments(
    request: Request, alarm: Name, text: Annotated[str, Body(embed=True, min_length=1, max_length=2000)]
) -> Response:
    """Say something about it; comments are kept for good."""
    comment(request.app.state.portal.space(), alarm, text, by=actor_of(request).name)
    return _one(request, alarm, status=201)


def _may_read(request: Request) -> None:
    check_thing(request, Action.READ, own(request, actor_of(request)))


def _told(request: Request, one: Alarm) -> dict[str, Any]:
    park, lang = request.app.state.portal.space().park, language_of(request)
    told = alarm_dict(one)
    told.pop("told_at")
    return {**told, "text": alarm_text(one, park, lang), "about": subject_text(one, park, lang)}


def _one(request: Request, name: str, status: int = 200) -> Response:
    book = request.app.state.portal.space().alarms()
    found = find_alarm(book, name)
    story = [{"at": iso(n.at), "by": n.by, "act": n.act, "text": n.text} for n in book.notes(found.id)]
    return answer(request, {**_told(request, found), "notes": story}, status=status)
