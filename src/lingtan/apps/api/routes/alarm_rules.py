"""Alarm rules with their history, and the people who are told."""

from typing import Annotated, Any, Literal

from fastapi import Body, Path
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.alarm_shapes import DeliveryRow, Rules, RuleStory, Targets, TargetShape
from lingtan.apps.api.answers import After, Limit, answer, body, rows, table
from lingtan.apps.web.alarm_needs import RULES, SET_RULES
from lingtan.apps.web.need import Room, actor_of
from lingtan.base.errors import InputError
from lingtan.base.time import iso
from lingtan.metering.alarms.rule import Rule, Severity
from lingtan.services.alarm_ports import Delivery, Target
from lingtan.services.alarm_rules import PACKAGED, drop_rule, find_rule, put_rule, rule_history, rules_in_force
from lingtan.services.alarm_targets import PEOPLE, find_target, put_target, try_target
from lingtan.wiring import message_senders

room = Room()
Name = Annotated[str, Path(max_length=63)]
Reason = Annotated[str, Body(min_length=3, max_length=500)]


@room.declared("GET", "/alarm-rules", RULES, tags=["alarms"], responses=body(Rules), response_model=None)
def rules(request: Request) -> Response:
    """Every rule in force, inactive ones included."""
    book = request.app.state.portal.space().alarms()
    return answer(request, {"rows": [_rule(book, r) for r in rules_in_force(book).values()]})


@room.declared("GET", "/alarm-rules/{rule}", RULES, tags=["alarms"], responses=body(RuleStory), response_model=None)
def rule(request: Request, rule: Name) -> Response:
    """One rule with its versions."""
    return _story(request, rule)


@room.declared("PUT", "/alarm-rules/{rule}", SET_RULES, tags=["alarms"], responses=body(RuleStory), response_model=None)
def set_rule(request: Request, rule: Name, stated: Annotated[Rule, Body(alias="rule")], reason: Reason) -> Response:
    """State a rule: a new one, or the next version; who, when and why are kept."""
    if stated.id != rule:
        raise InputError("alarm.other-id", path=rule, stated=stated.id)
    put_rule(request.app.state.portal.space(), stated, by=actor_of(request).name, reason=reason)
    return _story(request, rule)


@room.declared("DELETE", "/alarm-rules/{rule}", SET_RULES, tags=["alarms"], status_code=204, response_model=None)
def end_rule(request: Request, rule: Name) -> Response:
    """Take a rule out of force; its history stays."""
    drop_rule(request.app.state.portal.space(), rule, by=actor_of(request).name, reason="API")
    return Response(status_code=204)


@room.declared("GET", "/alarm-targets", RULES, tags=["alarms"], responses=body(Targets), response_model=None)
def targets(request: Request) -> Response:
    """Where messages to people go."""
    book = request.app.state.portal.space().alarms()
    found = [] if book.fresh() else [t for t in book.targets() if t.kind in PEOPLE]
    return answer(request, {"rows": [_target(t) for t in found]})


@room.declared(
    "PUT", "/alarm-targets/{person}", SET_RULES, tags=["alarms"], responses=body(TargetShape), response_model=None
)
def set_target(
    request: Request,
    person: Name,
    kind: Annotated[Literal["email", "wecom", "dingtalk"], Body()],
    label: Annotated[str, Body(max_length=200)] = "",
    address: Annotated[str, Body(max_length=254, description="Of an e-mail.")] = "",
    secret: Annotated[
        str, Body(max_length=63, description="The name of a robot's secret in the server's environment.")
    ] = "",
    lang: Annotated[Literal["zh", "en"], Body()] = "zh",
    least: Annotated[Severity, Body()] = Severity.WARNING,
    tell_cleared: Annotated[bool, Body()] = False,
    active: Annotated[bool, Body()] = True,
) -> Response:
    """Make or change a target; its address and its secret are looked at first."""
    space = request.app.state.portal.space()
    stated = Target(person, kind, label, address, secret, lang, str(least), (), tell_cleared, active=active)
    made = put_target(space, stated, senders=message_senders(space), by=actor_of(request).name)
    return answer(request, _target(made))


@room.declared("DELETE", "/alarm-targets/{person}", SET_RULES, tags=["alarms"], status_code=204, response_model=None)
def end_target(request: Request, person: Name) -> Response:
    """Take a target away; what waits for it is given up."""
    book = request.app.state.portal.space().alarms()
    book.drop_target(find_target(book, person, PEOPLE).id)
    return Response(status_code=204)


@room.declared(
    "POST", "/alarm-targets/{person}/test", SET_RULES, tags=["alarms"], status_code=202, responses=body(DeliveryRow, 202, "On its way."),
    response_model=None,
)  # fmt: skip
def test_target(request: Request, person: Name) -> Response:
    """Put a test message on the way; what became of it stands in the deliveries."""
    space = request.app.state.portal.space()
    found = find_target(space.alarms(), person, PEOPLE)
    return answer(request, delivery_dict(try_target(space, found.id, by=actor_of(request).name)), status=202)


@room.declared(
    "GET",
    "/alarm-targets/{person}/deliveries",
    RULES,
    tags=["alarms"],
    responses=table(DeliveryRow),
    response_model=None,
)
def target_deliveries(request: Request, person: Name, limit: Limit = 100, after: After = 0) -> Response:
    """Messages to a target, the newest first."""
    return deliveries_of(request, find_target(request.app.state.portal.space().alarms(), person, PEOPLE), limit, after)


def deliveries_of(request: Request, target: Target, limit: int, after: int) -> Response:
    """A page of what was sent to a target."""
    found = (
        request.app.state.portal.space().alarms().deliveries(target=target.id, limit=limit + 1, after=min(after, 2**31))
    )
    follow = after + limit if len(found) > limit else 0
    page = [delivery_dict(d) for d in found[:limit]]
    return rows(
        request,
        page,
        limit=limit,
        after=after,
        cursor=follow,
        count=after + len(found),
        columns=list(DeliveryRow.model_fields),
    )


def delivery_dict(delivery: Delivery) -> dict[str, Any]:
    """A delivery without what it says."""
    return {k: getattr(delivery, k) for k in DeliveryRow.model_fields}


def _rule(book: Any, rule: Rule) -> dict[str, Any]:
    versions = rule_history(book, rule.id)
    return {
        "rule": rule.model_dump(mode="json"),
        "version": versions[-1].version if versions else 0,
        "packaged": rule.id in PACKAGED,
    }


def _story(request: Request, name: str) -> Response:
    book = request.app.state.portal.space().alarms()
    found = find_rule(book, name)
    versions = [
        {
            "version": v.version,
            "at": iso(v.at),
            "by": v.by,
            "reason": v.reason,
            "rule": None if v.rule is None else v.rule.model_dump(mode="json"),
        }
        for v in rule_history(book, name)
    ]
    return answer(request, {**_rule(book, found), "versions": versions})


def _target(target: Target) -> dict[str, Any]:
    return {k: getattr(target, k) for k in TargetShape.model_fields}
