"""Webhooks: which programs are told of what, and what became of every message."""

from dataclasses import replace
from typing import Annotated

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.alarm_needs import HOOKS, SET_HOOKS
from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import LingtanError
from lingtan.services.alarm_ports import Target
from lingtan.services.alarm_targets import WEBHOOK, again, find_target, new_secret, put_target, try_target
from lingtan.services.announce import EVENTS
from lingtan.wiring import message_senders

room = Room()
Id = Annotated[str, Form(max_length=63)]


@room.page("/webhooks", HOOKS)
def webhooks(request: Request) -> Response:
    """All subscriptions and the newest messages."""
    return _page(request)


@room.act("/webhooks", SET_HOOKS)
def subscribe(
    request: Request,
    id: Id,
    url: Annotated[str, Form(max_length=2000)],
    events: Annotated[list[str] | None, Form(max_length=40)] = None,
    label: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Another subscription; its key is shown once."""
    space = request.app.state.portal.space()
    stated = Target(id.strip(), WEBHOOK, label.strip(), url.strip(), events=tuple(dict.fromkeys(events or ())))
    try:
        made = put_target(space, stated, senders=message_senders(space), by=actor_of(request).name, new=True)
    except LingtanError as error:
        return _page(request, failure=error.format(language_of(request)), given=stated, status=error.http_status)
    return _page(request, secret=(made.id, message_senders(space).webhook_secret(made)))


@room.act("/webhooks/{webhook}/secret", SET_HOOKS)
def renew(request: Request, webhook: str) -> Response:
    """Another key, shown once."""
    space = request.app.state.portal.space()
    made = new_secret(space, webhook)
    return _page(request, secret=(made.id, message_senders(space).webhook_secret(made)))


@room.act("/webhooks/{webhook}/active", SET_HOOKS)
def active(request: Request, webhook: str, active: Annotated[bool, Form()]) -> Response:
    """Turn a subscription off or on."""
    book = request.app.state.portal.space().alarms()
    book.put_target(replace(find_target(book, webhook, (WEBHOOK,)), active=active))
    return RedirectResponse("/webhooks", 303)


@room.act("/webhooks/{webhook}/test", SET_HOOKS)
def test(request: Request, webhook: str) -> Response:
    """Put a test message on the way."""
    space = request.app.state.portal.space()
    try_target(space, find_target(space.alarms(), webhook, (WEBHOOK,)).id, by=actor_of(request).name)
    return RedirectResponse("/webhooks#deliveries", 303)


@room.act("/webhooks/{webhook}/drop", SET_HOOKS)
def drop(request: Request, webhook: str) -> Response:
    """End a subscription."""
    book = request.app.state.portal.space().alarms()
    book.drop_target(find_target(book, webhook, (WEBHOOK,)).id)
    return RedirectResponse("/webhooks", 303)


@room.act("/webhooks/{webhook}/deliveries/{delivery}/again", SET_HOOKS)
def send_again(request: Request, webhook: str, delivery: str) -> Response:
    """Put a message that was given up on the way once more."""
    space = request.app.state.portal.space()
    again(space, delivery, find_target(space.alarms(), webhook, (WEBHOOK,)).id)
    return RedirectResponse("/webhooks#deliveries", 303)


def _page(
    request: Request,
    *,
    failure: str = "",
    given: Target | None = None,
    secret: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    book = request.app.state.portal.space().alarms()
    found = [] if book.fresh() else [t for t in book.targets() if t.kind == WEBHOOK]
    names = {t.id for t in found}
    sent = [] if book.fresh() else [d for d in book.deliveries(limit=200) if d.target in names][:50]
    values = {
        "hooks": found, "deliveries": sent, "events": EVENTS, "failure": failure, "secret": secret,
        "given": given or Target("", WEBHOOK, "", events=("alarm.raised",)),
    }  # fmt: skip
    return render(request, "webhooks.html", values, status=status)
