"""Who and what is told: people's targets and programs' webhooks, made, changed, tried out."""

import re
from collections.abc import Sequence
from dataclasses import replace

from lingtan.base.errors import InputError
from lingtan.base.ids import is_slug, nearest
from lingtan.metering.alarms.rule import Severity
from lingtan.services.alarm_ports import AlarmBook, Delivery, Senders, Target
from lingtan.services.alarms import delivery, event_body
from lingtan.services.announce import EVENTS
from lingtan.services.workspace import Workspace

PEOPLE, WEBHOOK = ("email", "wecom", "dingtalk"), "webhook"
KINDS = (*PEOPLE, WEBHOOK)
MOST = 50


def put_target(workspace: Workspace, target: Target, *, senders: Senders, by: str, new: bool = False) -> Target:
    """Make or change a target; its address and its secret are looked at first.

    Raises
    ------
    InputError
        ``alarm.bad-target`` with what is wrong; ``alarm.target-exists``; ``alarm.address-…``, ``alarm.no-secret``,
        ``alarm.no-smtp`` from the senders.
    """
    book = workspace.alarms()
    known = {t.id: t for t in book.targets()}
    wrong = (
        "id" if not is_slug(target.id)
        else "kind" if target.kind not in KINDS
        else "lang" if target.lang not in ("zh", "en")
        else "least" if target.least not in tuple(Severity)
        else "events" if target.kind == WEBHOOK and (not target.events or set(target.events) - set(EVENTS))
        else "secret" if target.kind in ("wecom", "dingtalk") and not is_slug(target.secret)
        else "address" if target.kind in ("email", WEBHOOK) and not target.address
        else ""
    )  # fmt: skip
    if wrong:
        raise InputError("alarm.bad-target", field=wrong, known=", ".join(EVENTS if wrong == "events" else KINDS))
    if new and target.id in known:
        raise InputError("alarm.target-exists", target=target.id)
    if target.id not in known and len(known) >= MOST:
        raise InputError("alarm.too-many-targets", most=MOST)
    senders.check(target)
    held = known.get(target.id)
    made = replace(
        target,
        generation=held.generation if held else 1,
        made_at=held.made_at if held else workspace.clock(),
        made_by=held.made_by if held else by,
    )
    book.put_target(made)
    return made


def find_target(book: AlarmBook, name: str, kinds: Sequence[str] = KINDS) -> Target:
    """A target by id.

    Raises
    ------
    InputError
        ``alarm.no-target``.
    """
    known = {} if book.fresh() else {t.id: t for t in book.targets() if t.kind in kinds}
    if name not in known:
        raise InputError("alarm.no-target", target=name[:63], nearest=nearest(name, known) or "–")
    return known[name]


def new_secret(workspace: Workspace, name: str) -> Target:
    """Another key for a webhook; messages are signed with it from now on.

    Raises
    ------
    InputError
        ``alarm.no-target``.
    """
    held = find_target(workspace.alarms(), name, (WEBHOOK,))
    made = replace(held, generation=held.generation + 1)
    workspace.alarms().put_target(made)
    return made


def try_target(workspace: Workspace, name: str, *, by: str) -> Delivery:
    """Put a test message on the way.

    Raises
    ------
    InputError
        ``alarm.no-target``.
    """
    target, now = find_target(workspace.alarms(), name), workspace.clock()
    made = delivery(target.id, "test", event_body(workspace, "test", {"by": by}, now), now)
    workspace.alarms().put_deliveries([made])
    return made


def again(workspace: Workspace, name: str, target: str) -> Delivery:
    """Put a delivery to a target on the way once more.

    Raises
    ------
    InputError
        ``alarm.no-delivery``.
    """
    book = workspace.alarms()
    found = (
        None if book.fresh() else next((d for d in book.deliveries(target=target, limit=10_000) if d.id == name), None)
    )
    if found is None:
        raise InputError("alarm.no-delivery", delivery=re.sub(r"[^0-9A-Z]", "", name)[:26])
    made = replace(found, state="waiting", tries=0, next_at=workspace.clock(), detail="")
    book.put_deliveries([made])
    return made
