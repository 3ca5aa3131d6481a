"""Alarm rules with their history, and the people who are told."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.alarm_needs import RULES, SET_RULES
from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.render import language_of, render
from lingtan.apps.web.rule_form import FIELDS, rule_of, shown_fields
from lingtan.base.errors import LingtanError
from lingtan.base.text import label
from lingtan.metering.alarms.rule import KINDS, Rule, Severity
from lingtan.services.alarm_ports import Target
from lingtan.services.alarm_rules import PACKAGED, drop_rule, find_rule, put_rule, rule_history, rules_in_force
from lingtan.services.alarm_targets import PEOPLE, find_target, put_target, try_target
from lingtan.wiring import message_senders

room = Room()
Id = Annotated[str, Form(max_length=63)]


@room.page("/alarms/rules", RULES)
def rules(request: Request) -> Response:
    """Every rule in force."""
    book, lang = request.app.state.portal.space().alarms(), language_of(request)
    versions: dict[str, int] = {}
    for version in [] if book.fresh() else book.rule_versions():
        versions[version.id] = version.version
    rows = [
        {"rule": r, "name": label(r.name, lang, r.id), "version": versions.get(r.id, 0), "packaged": r.id in PACKAGED}
        for r in rules_in_force(book).values()
    ]
    return render(request, "alarm-rules.html", {"rows": rows, "kinds": [k for k in KINDS if k in FIELDS]})


@room.page("/alarms/rules/new", RULES)
def new_rule(request: Request, kind: str = "limit") -> Response:
    """The form for another rule."""
    return _form(request, None, kind if kind in FIELDS else "limit")


@room.page("/alarms/rules/{rule}", RULES)
def rule(request: Request, rule: str) -> Response:
    """One rule with its history."""
    found = find_rule(request.app.state.portal.space().alarms(), rule)
    return _form(request, found, found.kind)


@room.act("/alarms/rules", SET_RULES)
async def set_rule(request: Request) -> Response:
    """State a rule."""
    from starlette.concurrency import run_in_threadpool

    form = {k: [str(v) for v in values] for k, values in _multi(await request.form()).items()}
    return await run_in_threadpool(_set, request, form)


def _set(request: Request, form: dict[str, list[str]]) -> Response:
    space, kind = request.app.state.portal.space(), form.get("kind", [""])[0]
    kind = kind if kind in FIELDS else "limit"
    try:
        stated = rule_of(form, kind)
        reason = form.get("reason", [""])[0].strip()
        put_rule(space, stated, by=actor_of(request).name, reason=reason[:500] or "–")
    except LingtanError as error:
        held = rules_in_force(space.alarms()).get(form.get("id", [""])[0])
        return _form(
            request, held, kind, failure=error.format(language_of(request)), given=form, status=error.http_status
        )
    return RedirectResponse(f"/alarms/rules/{stated.id}", 303)


def _multi(form: Any) -> dict[str, list[Any]]:
    return {k: form.getlist(k) for k in form}


@room.act("/alarms/rules/{rule}/drop", SET_RULES)
def drop(request: Request, rule: str, reason: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Take a rule out of force; its history stays."""
    drop_rule(request.app.state.portal.space(), rule, by=actor_of(request).name, reason=reason.strip() or "–")
    return RedirectResponse("/alarms/rules", 303)


def _form(
    request: Request,
    held: Rule | None,
    kind: str,
    *,
    failure: str = "",
    given: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    space, lang = request.app.state.portal.space(), language_of(request)
    book = space.alarms()
    values = {
        "held": held, "kind": kind, "failure": failure, "fields": shown_fields(kind, held, given), "given": given or {},
        "targets": [] if book.fresh() else [t for t in book.targets() if t.active and t.kind in PEOPLE],
        "versions": list(reversed(rule_history(book, held.id))) if held else [], "severities": [str(s) for s in Severity],
        "members": [(e.id, label(e.name, lang, e.id)) for e in space.park.enterprises], "packaged": held is not None and held.id in PACKAGED,
        "channels": [(c.id, label(c.name, lang, c.id)) for m in space.park.meters for c in m.channels],
        "name": label(held.name, lang, held.id) if held else "",
    }  # fmt: skip
    return render(request, "alarm-rule.html", values, status=status)


@room.page("/alarms/targets", RULES)
def targets(request: Request) -> Response:
    """Who is told, and what became of the messages."""
    return _targets(request)


@room.act("/alarms/targets", SET_RULES)
def add_target(
    request: Request,
    id: Id,
    kind: Id,
    label_: Annotated[str, Form(alias="label", max_length=200)] = "",
    address: Annotated[str, Form(max_length=254)] = "",
    secret: Id = "",
    lang: Annotated[str, Form(max_length=2)] = "zh",
    least: Id = "warning",
    tell_cleared: Annotated[bool, Form()] = False,
) -> Response:
    """Another target; its address and its secret are looked at first."""
    space = request.app.state.portal.space()
    stated = Target(
        id.strip(),
        kind if kind in PEOPLE else "",
        label_.strip(),
        address.strip(),
        secret.strip(),
        lang,
        least,
        (),
        tell_cleared,
    )
    try:
        put_target(space, stated, senders=message_senders(space), by=actor_of(request).name, new=True)
    except LingtanError as error:
        return _targets(request, failure=error.format(language_of(request)), given=stated, status=error.http_status)
    return RedirectResponse("/alarms/targets", 303)


@room.act("/alarms/targets/{person}/active", SET_RULES)
def active(request: Request, person: str, active: Annotated[bool, Form()]) -> Response:
    """Turn a target off or on."""
    book = request.app.state.portal.space().alarms()
    book.put_target(replace(find_target(book, person, PEOPLE), active=active))
    return RedirectResponse("/alarms/targets", 303)


@room.act("/alarms/targets/{person}/test", SET_RULES)
def test(request: Request, person: str) -> Response:
    """Put a test message on the way."""
    space = request.app.state.portal.space()
    try_target(space, find_target(space.alarms(), person, PEOPLE).id, by=actor_of(request).name)
    return RedirectResponse("/alarms/targets#deliveries", 303)


@room.act("/alarms/targets/{person}/drop", SET_RULES)
def drop_target(request: Request, person: str) -> Response:
    """Take a target away."""
    book = request.app.state.portal.space().alarms()
    book.drop_target(find_target(book, person, PEOPLE).id)
    return RedirectResponse("/alarms/targets", 303)


def _targets(request: Request, *, failure: str = "", given: Target | None = None, status: int = 200) -> Response:
    book = request.app.state.portal.space().alarms()
    found = [] if book.fresh() else [t for t in book.targets() if t.kind in PEOPLE]
    names = {t.id for t in found}
    sent = [] if book.fresh() else [d for d in book.deliveries(limit=200) if d.target in names][:50]
    values = {
        "targets": found, "deliveries": sent, "kinds": PEOPLE, "severities": [str(s) for s in Severity], "failure": failure,
        "given": given or Target("", "email", ""),
    }  # fmt: skip
    return render(request, "alarm-targets.html", values, status=status)
