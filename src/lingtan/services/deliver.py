"""Carry out what waits: alarms to people, some at a time in one message; events to programs, one by one.

Each target gets at most one message to people in ``PAUSE``, with everything that waits for it: that is the rate limit. What fails
is tried again, later and later, for about a day.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lingtan.base.text import label, say
from lingtan.base.time import parse_instant
from lingtan.metering.alarms.rule import Severity
from lingtan.services.alarm_ports import Alarm, Delivery, Message, Said, Senders
from lingtan.services.say_alarm import alarm_text, enterprise_text, subject_text
from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
BACK_OFF = (30, 120, 600, 1800, 7200, 14400, 28800, 28800)  # [s]; then it is given up
PAUSE = timedelta(seconds=30)
HOLD = timedelta(seconds=120)  # how long a delivery belongs to the process that took it
MOST_LINES = 20
KEEP = timedelta(days=90)


@dataclass
class Delivered:
    """What a round did."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0


def deliver_due(workspace: Workspace, senders: Senders, *, portal: str = "") -> Delivered:
    """Send what is due now, with the portal's address; deliveries that another process has taken are left to it."""
    book, done = workspace.alarms(), Delivered()
    if book.fresh():
        return done
    now = workspace.clock()
    due = book.due(now)
    if not due:
        return done
    targets = {t.id: t for t in book.targets()}
    people: dict[str, list[Delivery]] = {}
    for one in due:
        target = targets.get(one.target)
        if target is None or not target.active:
            book.put_deliveries(
                [replace(one, state="failed", detail="no such target" if target is None else "target is off")]
            )
            done.failed += 1
        elif target.kind != "webhook":
            people.setdefault(one.target, []).append(one)
        elif book.claim(one.id, until=now + HOLD, at=now):
            body = json.dumps({"id": one.id, **one.body}, ensure_ascii=False, separators=(",", ":")).encode()
            _note(workspace, [one], senders.post(target, one, body, now), now, done)
    for name, waiting in people.items():
        last = _last_sent(workspace, name)
        if last is not None and now - last < PAUSE:
            done.waiting += len(waiting)
            continue
        taken = [d for d in waiting if book.claim(d.id, until=now + HOLD, at=now)]
        if taken:
            message = message_of(workspace, taken, targets[name].lang, now, portal)
            _note(workspace, taken, senders.tell_people(targets[name], message), now, done)
    return done


def _last_sent(workspace: Workspace, target: str) -> datetime | None:
    sent = [d.sent_at for d in workspace.alarms().deliveries(target=target, limit=20) if d.sent_at is not None]
    return max(sent, default=None)


def _note(workspace: Workspace, taken: Sequence[Delivery], said: Said, now: datetime, done: Delivered) -> None:
    """Write down what became of deliveries."""
    kept = []
    for one in taken:
        tries = one.tries + 1
        if said.sent:
            kept.append(
                replace(one, state="sent", tries=tries, status=said.status, detail="", sent_at=workspace.clock())
            )
            done.sent += 1
        elif said.again and tries <= len(BACK_OFF):
            wait = max(float(BACK_OFF[tries - 1]), min(said.wait_s or 0.0, 86400.0))
            later = now + timedelta(seconds=wait)
            kept.append(replace(one, tries=tries, status=said.status, detail=said.detail, next_at=later))
            done.waiting += 1
        else:
            kept.append(replace(one, state="failed", tries=tries, status=said.status, detail=said.detail))
            done.failed += 1
    workspace.alarms().put_deliveries(kept)
    if not said.sent:
        log.warning("%d messages to %s: %s", len(taken), taken[0].target, said.detail)


def message_of(workspace: Workspace, taken: Sequence[Delivery], lang: str, now: datetime, portal: str = "") -> Message:
    """Some alarms in words, the most urgent first."""
    park = workspace.park
    name = label(park.park.name, lang, park.park.id)
    link = portal.rstrip("/")
    tests = [d for d in taken if d.event == "test"]
    if tests and len(tests) == len(taken):
        return Message(
            say("alarm.message-test", lang, park=name), [say("alarm.message-test-says", lang)], link, {"at": now}
        )
    told = [(d.event, _alarm(d.body["data"]["alarm"])) for d in taken if d.event != "test"]
    told.sort(key=lambda t: (-Severity(t[1].severity).rank, t[1].raised_at))
    worst = say(f"alarm.severity-{told[0][1].severity}", lang)
    if len(told) == 1:
        title = say("alarm.message-one", lang, park=name, severity=worst, subject=subject_text(told[0][1], park, lang))
    else:
        title = say("alarm.message-some", lang, park=name, severity=worst, count=len(told))
    lines = [line_of(workspace, alarm, event, lang) for event, alarm in told[:MOST_LINES]]
    if len(told) > MOST_LINES:
        lines.append(say("alarm.message-more", lang, count=len(told) - MOST_LINES))
    if park.park.synthetic:
        lines.append(say("portal.synthetic-long", lang))
    return Message(title, lines, f"{link}/alarms" if link else "", {"at": now})


def line_of(workspace: Workspace, alarm: Alarm, event: str, lang: str) -> str:
    """One alarm in one line: how urgent, what, whose, what is the matter."""
    key = "alarm.message-cleared" if event == "alarm.cleared" else "alarm.message-line"
    return say(
        key, lang, severity=say(f"alarm.severity-{alarm.severity}", lang), subject=subject_text(alarm, workspace.park, lang),
        enterprise=enterprise_text(alarm, workspace.park, lang), text=alarm_text(alarm, workspace.park, lang),
    )  # fmt: skip


def _alarm(told: dict[str, Any]) -> Alarm:
    times = ("begun", "seen", "raised_at", "cleared_at", "acknowledged_at", "told_at")
    values: dict[str, Any] = {k: parse_instant(v) if k in times and v else v for k, v in told.items()}
    return Alarm(**values)
