"""Webhooks: which programs are told of what, the keys that sign, and what became of every message."""

from typing import Annotated, Any

from fastapi import Body, Path
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.alarm_shapes import DeliveryRow, Webhooks, WebhookSecret, WebhookShape
from lingtan.apps.api.answers import After, Limit, answer, body, table
from lingtan.apps.api.routes.alarm_rules import deliveries_of, delivery_dict
from lingtan.apps.web.alarm_needs import HOOKS, SET_HOOKS
from lingtan.apps.web.need import Room, actor_of
from lingtan.services.alarm_ports import Target
from lingtan.services.alarm_targets import WEBHOOK, again, find_target, new_secret, put_target, try_target
from lingtan.services.announce import EVENTS
from lingtan.wiring import message_senders

room = Room()
Name = Annotated[str, Path(max_length=63)]
Url = Annotated[
    str,
    Body(min_length=8, max_length=2000, description="https, of a host that is not inside, unless a setting allows it."),
]
Events = Annotated[
    list[str], Body(min_length=1, max_length=40, description="Such as `alarm.raised`; the list tells all.")
]


@room.declared("GET", "/webhooks", HOOKS, tags=["webhooks"], responses=body(Webhooks), response_model=None)
def webhooks(request: Request) -> Response:
    """All subscriptions; keys are not told."""
    book = request.app.state.portal.space().alarms()
    found = [] if book.fresh() else [t for t in book.targets() if t.kind == WEBHOOK]
    return answer(request, {"rows": [_told(t) for t in found], "events": list(EVENTS)})


@room.declared(
    "POST", "/webhooks", SET_HOOKS, tags=["webhooks"], status_code=201, responses=body(WebhookSecret, 201, "Made; the key is shown once."),
    response_model=None,
)  # fmt: skip
def subscribe(
    request: Request,
    id: Annotated[str, Body(min_length=1, max_length=63)],
    url: Url,
    events: Events,
    label: Annotated[str, Body(max_length=200)] = "",
) -> Response:
    """Subscribe. Messages are signed as the Standard Webhooks specification says, with the key that is told here once."""
    space = request.app.state.portal.space()
    stated = Target(id, WEBHOOK, label, url, events=tuple(dict.fromkeys(events)))
    made = put_target(space, stated, senders=message_senders(space), by=actor_of(request).name, new=True)
    return answer(request, {**_told(made), "secret": message_senders(space).webhook_secret(made)}, status=201)


@room.declared(
    "PATCH", "/webhooks/{webhook}", SET_HOOKS, tags=["webhooks"], responses=body(WebhookShape), response_model=None
)
def change(
    request: Request,
    webhook: Name,
    url: Annotated[str | None, Body(max_length=2000)] = None,
    events: Annotated[list[str] | None, Body(max_length=40)] = None,
    label: Annotated[str | None, Body(max_length=200)] = None,
    active: Annotated[bool | None, Body()] = None,
) -> Response:
    """Change a subscription; what is not stated stays."""
    space = request.app.state.portal.space()
    held = find_target(space.alarms(), webhook, (WEBHOOK,))
    stated = Target(
        held.id, WEBHOOK, held.label if label is None else label, held.address if url is None else url,
        events=held.events if events is None else tuple(dict.fromkeys(events)), active=held.active if active is None else active,
    )  # fmt: skip
    return answer(request, _told(put_target(space, stated, senders=message_senders(space), by=actor_of(request).name)))


@room.declared("DELETE", "/webhooks/{webhook}", SET_HOOKS, tags=["webhooks"], status_code=204, response_model=None)
def end(request: Request, webhook: Name) -> Response:
    """End a subscription; what waits for it is given up."""
    book = request.app.state.portal.space().alarms()
    book.drop_target(find_target(book, webhook, (WEBHOOK,)).id)
    return Response(status_code=204)


@room.declared(
    "POST",
    "/webhooks/{webhook}/secret",
    SET_HOOKS,
    tags=["webhooks"],
    responses=body(WebhookSecret),
    response_model=None,
)
def renew(request: Request, webhook: Name) -> Response:
    """Another key; messages are signed with it from now on."""
    space = request.app.state.portal.space()
    made = new_secret(space, webhook)
    return answer(request, {**_told(made), "secret": message_senders(space).webhook_secret(made)})


@room.declared(
    "POST", "/webhooks/{webhook}/test", SET_HOOKS, tags=["webhooks"], status_code=202, responses=body(DeliveryRow, 202, "On its way."),
    response_model=None,
)  # fmt: skip
def test(request: Request, webhook: Name) -> Response:
    """Put a message of the event `test` on the way."""
    space = request.app.state.portal.space()
    found = find_target(space.alarms(), webhook, (WEBHOOK,))
    return answer(request, delivery_dict(try_target(space, found.id, by=actor_of(request).name)), status=202)


@room.declared(
    "GET", "/webhooks/{webhook}/deliveries", HOOKS, tags=["webhooks"], responses=table(DeliveryRow), response_model=None
)
def deliveries(request: Request, webhook: Name, limit: Limit = 100, after: After = 0) -> Response:
    """Messages to a subscription, the newest first."""
    found = find_target(request.app.state.portal.space().alarms(), webhook, (WEBHOOK,))
    return deliveries_of(request, found, limit, after)


@room.declared(
    "POST", "/webhooks/{webhook}/deliveries/{delivery}/again", SET_HOOKS, tags=["webhooks"], status_code=202,
    responses=body(DeliveryRow, 202, "On its way."), response_model=None,
)  # fmt: skip
def send_again(request: Request, webhook: Name, delivery: Annotated[str, Path(max_length=40)]) -> Response:
    """Put a message that was given up on the way once more."""
    space = request.app.state.portal.space()
    found = find_target(space.alarms(), webhook, (WEBHOOK,))
    return answer(request, delivery_dict(again(space, delivery, found.id)), status=202)


def _told(target: Target) -> dict[str, Any]:
    kept = {k: getattr(target, k) for k in ("id", "label", "active", "generation", "made_at", "made_by")}
    return {**kept, "url": target.address, "events": list(target.events)}
