"""Alarms: a person is told. Every service that has something to say calls :func:`tell`.

Keeping and sending are apart: what is to be sent is written down together with the alarm, and goes out by ``deliver.py``.
"""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import record_id
from lingtan.base.time import iso
from lingtan.metering.alarms.rule import Rule, Severity
from lingtan.services.alarm_ports import ACKNOWLEDGED, CLEARED, OPEN, Alarm, AlarmBook, Change, Delivery, Target
from lingtan.services.alarm_rules import fault_rule, rules_in_force
from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
TRIES = 5
OLD_NEWS = timedelta(days=2)  # what has gone by itself before that is listed, and nobody is woken for it
TEXT = 300


@dataclass(frozen=True)
class Sign:
    """What a rule found about one subject: it holds (since ``begun``), or it held and has gone again; ``count`` times.

    ``seen`` is the newest time of the data that shows it. A sign that does not hold and has a count of 0 only clears.
    """

    rule: Rule
    subject: str
    code: str
    begun: datetime
    seen: datetime
    holds: bool = True
    count: int = 1
    enterprise: str | None = None
    channel: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def tell(
    workspace: Workspace,
    code: str,
    *,
    subject: str = "",
    severity: str = "",
    enterprise: str | None = None,
    channel: str | None = None,
    values: Mapping[str, Any] = {},
    at: datetime | None = None,
) -> Alarm | None:
    """Tell people that something is wrong, through the rules; None if the rules keep it back.

    Parameters
    ----------
    code
        Key of the sentence in the locale files, such as ``forecast.late``; ``values`` fill it. The longest beginning of it
        that a rule of kind ``fault`` names decides how urgent it is and who is told.
    subject
        What it is about, such as an asset or a target. While an alarm of this code and subject holds, or nobody has seen it,
        telling again counts it; :func:`settle` clears it.
    severity
        Instead of the rule's: ``notice``, ``warning``, ``serious``, ``critical``.
    enterprise
        Whose it is; None is the park's.
    at
        When it was seen; else now.

    Never raises for a database that does not answer: it is logged, for the work that tells must go on.
    """
    book, now = workspace.alarms(), workspace.clock()
    try:
        rule = fault_rule(rules_in_force(book), code)
        if rule is None:
            return None
        if severity:
            rule = rule.model_copy(update={"severity": Severity(severity)})
        when = at or now
        about = _about(code, subject)
        sign = Sign(rule, about, code, when, when, True, 1, enterprise, channel, _plain(values))
        return next(iter(keep_signs(workspace, [sign])), None)
    except SourceError as error:
        log.error("alarm %s not kept: %s", code, error)
        return None


def settle(workspace: Workspace, code: str, *, subject: str = "", at: datetime | None = None) -> Alarm | None:
    """What :func:`tell` told has gone; the alarm as it is now, or None if there was none."""
    book = workspace.alarms()
    if book.fresh():
        return None
    rule = fault_rule(rules_in_force(book), code)
    if rule is None:
        return None
    when = at or workspace.clock()
    about = _about(code, subject)
    return next(iter(keep_signs(workspace, [Sign(rule, about, code, when, when, False, 0)])), None)


def _about(code: str, subject: str) -> str:
    return f"{code}:{subject}"[:TEXT] if subject else code


def keep_states(workspace: Workspace, holding: Sequence[Sign], judged: Callable[[Alarm], bool]) -> list[Alarm]:
    """Make what holds now hold, and clear the alarms that were ``judged`` and are not among it.

    What held before is not counted again; only its values follow.
    """
    book = workspace.alarms()
    live = {} if book.fresh() else book.live()
    signs, wanted = [], {(s.rule.id, s.subject) for s in holding}
    for sign in holding:
        held = live.get((sign.rule.id, sign.subject))
        if held is None or held.state == CLEARED:
            signs.append(sign)
        elif _plain(sign.values) != held.values:
            signs.append(replace(sign, count=0))
    rules = rules_in_force(book)
    for key, alarm in live.items():
        rule = rules.get(alarm.rule)
        if key not in wanted and alarm.state != CLEARED and rule is not None and judged(alarm):
            signs.append(Sign(rule, alarm.subject, alarm.code, alarm.begun, alarm.seen, False, 0))
    return keep_signs(workspace, signs)


def keep_signs(workspace: Workspace, signs: Sequence[Sign]) -> list[Alarm]:
    """Make alarms of signs: raise, count, raise again, clear; the alarms that changed. All are written at once.

    Raises
    ------
    SourceError
        ``alarm.busy`` if other processes were faster again and again.
    """
    book = workspace.alarms()
    signs = [s for s in signs if s.count or s.holds or not book.fresh()]
    if not signs:
        return []
    for _ in range(TRIES):
        now = workspace.clock()
        live = book.live([(s.rule.id, s.subject) for s in signs])
        targets = [t for t in book.targets() if t.active]
        changes: dict[str, Change] = {}
        messages: list[Delivery] = []
        for sign in signs:
            change, event = _change(sign, live.get((sign.rule.id, sign.subject)), now)
            if change is None:
                continue
            changes[change.alarm.id] = change
            if not event:
                continue
            told = _messages(book, change.alarm, sign.rule, event, targets, now, workspace)
            if any(t.kind != "webhook" for t, _ in told):
                changes[change.alarm.id] = replace(change, alarm=replace(change.alarm, told_at=now))
            messages += [m for _, m in told]
        if not changes:
            return []
        if book.save(list(changes.values()), messages):
            made = [c.alarm for c in changes.values()]
            log.info("%d alarms changed, %d messages", len(made), len(messages))
            return made
    raise SourceError("alarm.busy")


def _change(sign: Sign, held: Alarm | None, now: datetime) -> tuple[Change | None, str]:
    """What becomes of the alarm, and the event that it is."""
    if held is None:
        if not sign.count:
            return None, ""
        state = OPEN if sign.holds else CLEARED
        made = Alarm(
            record_id(now, secrets.randbits(80)), sign.rule.id, sign.code, str(sign.rule.severity), sign.subject,
            sign.enterprise, sign.channel, _plain(sign.values), state, sign.count, sign.begun, sign.seen, now,
            None if sign.holds else now,
        )  # fmt: skip
        return Change(made, "raised", now), "alarm.raised"
    if not sign.holds and not sign.count:
        if held.state == CLEARED:
            return None, ""
        return Change(replace(held, state=CLEARED, cleared_at=now), "cleared", now), "alarm.cleared"
    again = replace(
        held,
        code=sign.code,
        severity=str(sign.rule.severity),
        values=_plain(sign.values),
        seen=max(held.seen, sign.seen),
        count=held.count + sign.count,
    )
    if held.state != CLEARED:
        if sign.holds:
            # it still holds; a new line only where it came back in between
            return Change(again, "again" if sign.count > 1 else "", now), ""
        return Change(replace(again, state=CLEARED, cleared_at=now), "cleared", now), "alarm.cleared"
    if not sign.count:
        return None, ""
    state, gone = (OPEN, None) if sign.holds else (CLEARED, now)
    return Change(replace(again, state=state, cleared_at=gone), "again", now), "alarm.raised"


def _messages(
    book: AlarmBook,
    alarm: Alarm,
    rule: Rule,
    event: str,
    targets: Sequence[Target],
    now: datetime,
    workspace: Workspace,
) -> list[tuple[Target, Delivery]]:
    """Who is told of it."""
    found = []
    rank = Severity(alarm.severity).rank
    fresh_news = alarm.state != CLEARED or alarm.seen >= now - OLD_NEWS
    quiet = None
    body = event_body(workspace, event, {"alarm": alarm_dict(alarm)}, now)
    for target in targets:
        if target.kind == "webhook":
            wanted = event in target.events or (rule.tell is not None and target.id in rule.tell)
        else:
            meant = rank >= Severity(target.least).rank if rule.tell is None else target.id in rule.tell
            wanted = meant and (
                fresh_news if event == "alarm.raised" else target.tell_cleared and alarm.told_at is not None
            )
            if wanted and event == "alarm.raised":
                if quiet is None:
                    last = alarm.told_at or book.last_told(alarm.rule, alarm.subject)
                    quiet = last is not None and now - last < timedelta(minutes=rule.quiet_minutes)
                wanted = not quiet
        if wanted:
            found.append((target, delivery(target.id, event, body, now, alarm.id)))
    return found


def delivery(target: str, event: str, body: Mapping[str, Any], now: datetime, alarm: str | None = None) -> Delivery:
    """A message that waits to go out."""
    return Delivery(record_id(now, secrets.randbits(80)), target, event, body, now, now, alarm=alarm)


def event_body(workspace: Workspace, event: str, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """An event as programs are told of it."""
    return {"event": event, "at": iso(at), "park": workspace.park.park.id, "data": _plain(data)}


def alarm_dict(alarm: Alarm) -> dict[str, Any]:
    """An alarm as plain values."""
    return {k: iso(v) if isinstance(v, datetime) else v for k, v in vars(alarm).items()}


def find_alarm(book: AlarmBook, name: str) -> Alarm:
    """One alarm.

    Raises
    ------
    InputError
        ``alarm.no-alarm``.
    """
    found = None if book.fresh() else book.alarm(name[:26])
    if found is None:
        raise InputError("alarm.no-alarm", alarm=name[:40])
    return found


def acknowledge(workspace: Workspace, name: str, *, by: str, text: str = "") -> Alarm:
    """Somebody has seen it; a second time changes nothing.

    Raises
    ------
    InputError
        ``alarm.no-alarm``.
    """
    book, now = workspace.alarms(), workspace.clock()
    alarm = find_alarm(book, name)
    if not alarm.unseen:
        return alarm
    state = CLEARED if alarm.state == CLEARED else ACKNOWLEDGED
    seen = replace(alarm, state=state, acknowledged_at=now, acknowledged_by=by)
    body = event_body(workspace, "alarm.acknowledged", {"alarm": alarm_dict(seen)}, now)
    told = [
        delivery(t.id, "alarm.acknowledged", body, now, alarm.id)
        for t in book.targets()
        if t.active and t.kind == "webhook" and "alarm.acknowledged" in t.events
    ]
    if not book.save([Change(seen, "acknowledged", now, by, text)], told):
        raise SourceError("alarm.busy")
    return seen


def comment(workspace: Workspace, name: str, text: str, *, by: str) -> Alarm:
    """Say something about an alarm; it is kept for good.

    Raises
    ------
    InputError
        ``alarm.no-alarm``, ``alarm.empty-comment``.
    """
    book = workspace.alarms()
    alarm = find_alarm(book, name)
    if not text.strip():
        raise InputError("alarm.empty-comment")
    book.add_note(alarm.id, at=workspace.clock(), by=by, act="comment", text=text.strip())
    return alarm


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    return {str(k): plain(v) for k, v in values.items()}
