"""The book of alarms behind the port :class:`lingtan.services.alarm_ports.AlarmBook`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, case, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from lingtan.adapters.relational.alarm_tables import alarm_notes, alarm_rules, alarm_targets, alarms, deliveries
from lingtan.adapters.relational.times import aware, naive
from lingtan.metering.alarms.rule import Rule, Severity
from lingtan.services.alarm_ports import STATES, Alarm, Change, Delivery, Note, RuleVersion, Target, Wanted

TIMES = ("begun", "seen", "raised_at", "cleared_at", "acknowledged_at", "told_at", "made_at", "next_at", "sent_at")
DETAIL = 500
MANY = 500  # keys asked for at a time


class RelationalAlarms:
    """In a database; several processes may write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fresh(self) -> bool:
        """Whether there is no database yet; here there is one."""
        return False

    # ---- rules

    def rule_stamp(self) -> int:
        """The number of the newest version of any rule."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.max(alarm_rules.c.seq))).scalar_one() or 0)

    def rule_versions(self, rule: str | None = None) -> Sequence[RuleVersion]:
        """What people stated, oldest first."""
        which = select(alarm_rules).order_by(alarm_rules.c.seq)
        if rule is not None:
            which = which.where(alarm_rules.c.id == rule)
        with self._engine.connect() as connection:
            return [_version(row) for row in connection.execute(which)]

    def put_rule(self, id: str, rule: Rule | None, *, at: datetime, by: str, reason: str) -> RuleVersion:
        """Add a version."""
        with self._engine.begin() as connection:
            last = connection.execute(select(func.max(alarm_rules.c.version)).where(alarm_rules.c.id == id))
            made = RuleVersion(id, int(last.scalar_one() or 0) + 1, at, by, reason, rule)
            text = None if rule is None else rule.model_dump_json()
            values = {"id": id, "version": made.version, "at": naive(at), "by": by, "reason": reason, "rule": text}
            connection.execute(alarm_rules.insert().values(**values))
        return made

    # ---- alarms

    def live(self, keys: Sequence[tuple[str, str]] | None = None) -> Mapping[tuple[str, str], Alarm]:
        """Alarms that hold or that nobody has seen, by (rule, subject)."""
        found: dict[tuple[str, str], Alarm] = {}
        which = select(alarms).where(alarms.c.live.is_not(None))
        names = None if keys is None else [live_key(*k) for k in keys]
        with self._engine.connect() as connection:
            parts = [None] if names is None else [names[i : i + MANY] for i in range(0, len(names), MANY)]
            for part in parts:
                asked = which if part is None else which.where(alarms.c.live.in_(part))
                for row in connection.execute(asked):
                    alarm = _alarm(row)
                    found[alarm.rule, alarm.subject] = alarm
        return found

    def save(self, changes: Sequence[Change], messages: Sequence[Delivery] = ()) -> bool:
        """Write alarms, lines of their stories and messages, all or nothing; False if another process was faster."""
        try:
            with self._engine.begin() as connection:
                for change in changes:
                    alarm = change.alarm
                    key = live_key(alarm.rule, alarm.subject) if change.live else None
                    _put(connection, alarms, {**_plain(vars(alarm)), "values": dict(alarm.values), "live": key})
                lines = [
                    {"alarm": c.alarm.id, "at": naive(c.at), "by": c.by, "act": c.act, "text": c.text}
                    for c in changes
                    if c.act
                ]
                if lines:
                    connection.execute(alarm_notes.insert(), lines)
                for message in messages:
                    _put(connection, deliveries, _message(message))
        except IntegrityError:
            return False
        return True

    def last_told(self, rule: str, subject: str) -> datetime | None:
        """When a message about this was last made."""
        which = select(func.max(alarms.c.told_at)).where(alarms.c.rule == rule, alarms.c.subject == subject)
        with self._engine.connect() as connection:
            return aware(connection.execute(which).scalar_one())

    def alarm(self, id: str) -> Alarm | None:
        """One alarm, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(alarms).where(alarms.c.id == id)).first()
        return None if row is None else _alarm(row)

    def alarms(
        self, wanted: Wanted, *, limit: int = 200, after: int = 0, urgent_first: bool = False
    ) -> Sequence[Alarm]:
        """The newest first; or what holds first, and of that the most urgent."""
        order: tuple[Any, ...] = (alarms.c.raised_at.desc(), alarms.c.id.desc())
        if urgent_first:
            state = case({s: i for i, s in enumerate(STATES)}, value=alarms.c.state, else_=9)
            rank = case({str(s): -s.rank for s in Severity}, value=alarms.c.severity, else_=9)
            order = (state, rank, *order)
        which = _where(select(alarms), wanted).order_by(*order).limit(limit).offset(after)
        with self._engine.connect() as connection:
            return [_alarm(row) for row in connection.execute(which)]

    def count(self, wanted: Wanted) -> int:
        """How many there are."""
        with self._engine.connect() as connection:
            return int(connection.execute(_where(select(func.count()).select_from(alarms), wanted)).scalar_one())

    def counts(self, enterprise: str | None = None) -> Mapping[tuple[str, str, bool], int]:
        """How many by (state, severity, unseen)."""
        unseen = alarms.c.acknowledged_at.is_(None)
        which = select(alarms.c.state, alarms.c.severity, unseen, func.count()).group_by(
            alarms.c.state, alarms.c.severity, unseen
        )
        if enterprise is not None:
            which = which.where(alarms.c.enterprise == enterprise)
        with self._engine.connect() as connection:
            return {(s, v, bool(u)): int(n) for s, v, u, n in connection.execute(which)}

    def notes(self, alarm: str) -> Sequence[Note]:
        """An alarm's story, oldest first."""
        which = select(alarm_notes).where(alarm_notes.c.alarm == alarm).order_by(alarm_notes.c.seq)
        with self._engine.connect() as connection:
            return [Note(**{**row._mapping, "at": _aware(row.at)}) for row in connection.execute(which)]

    def add_note(self, alarm: str, *, at: datetime, by: str, act: str, text: str) -> None:
        """Add a line."""
        with self._engine.begin() as connection:
            connection.execute(alarm_notes.insert().values(alarm=alarm, at=naive(at), by=by, act=act, text=text))

    # ---- targets and deliveries

    def targets(self) -> Sequence[Target]:
        """Everywhere messages go."""
        with self._engine.connect() as connection:
            found = [
                dict(row._mapping) for row in connection.execute(select(alarm_targets).order_by(alarm_targets.c.id))
            ]
        return [Target(**{**v, "events": tuple(v["events"]), "made_at": aware(v["made_at"])}) for v in found]

    def put_target(self, target: Target) -> None:
        """Add or replace a target."""
        with self._engine.begin() as connection:
            _put(connection, alarm_targets, {**_plain(vars(target)), "events": list(target.events)})

    def drop_target(self, id: str) -> None:
        """Take a target away; what waits for it is given up."""
        with self._engine.begin() as connection:
            connection.execute(delete(alarm_targets).where(alarm_targets.c.id == id))
            waiting = (deliveries.c.target == id) & (deliveries.c.state == "waiting")
            connection.execute(update(deliveries).where(waiting).values(state="failed", detail="target dropped"))

    def put_deliveries(self, messages: Sequence[Delivery]) -> None:
        """Add or replace."""
        with self._engine.begin() as connection:
            for message in messages:
                _put(connection, deliveries, _message(message))

    def due(self, at: datetime, *, limit: int = 200) -> Sequence[Delivery]:
        """What waits and may go out now, oldest first."""
        which = select(deliveries).where(deliveries.c.state == "waiting", deliveries.c.next_at <= naive(at))
        with self._engine.connect() as connection:
            return [_delivery(r) for r in connection.execute(which.order_by(deliveries.c.id).limit(limit))]

    def claim(self, id: str, *, until: datetime, at: datetime) -> bool:
        """Take a delivery for oneself until an instant; one whose holder died is free again then."""
        which = (deliveries.c.id == id) & (deliveries.c.state == "waiting") & (deliveries.c.next_at <= naive(at))
        with self._engine.begin() as connection:
            return bool(connection.execute(update(deliveries).where(which).values(next_at=naive(until))).rowcount)

    def deliveries(self, *, target: str | None = None, limit: int = 100, after: int = 0) -> Sequence[Delivery]:
        """The newest first."""
        which = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit).offset(after)
        if target is not None:
            which = which.where(deliveries.c.target == target)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(which)]

    def forget_deliveries(self, before: datetime) -> int:
        """Drop finished deliveries made before an instant."""
        which = delete(deliveries).where(deliveries.c.state != "waiting", deliveries.c.made_at < naive(before))
        with self._engine.begin() as connection:
            return int(connection.execute(which).rowcount)


def live_key(rule: str, subject: str) -> str:
    """By what a live alarm is told from others."""
    return f"{rule}|{subject}"


def _put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    if not connection.execute(update(table).where(table.c.id == values["id"]).values(**values)).rowcount:
        connection.execute(table.insert().values(**values))


def _message(message: Delivery) -> dict[str, Any]:
    return {**_plain(vars(message)), "body": dict(message.body), "detail": message.detail[:DETAIL]}


def _where(which: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.states is not None:
        which = which.where(alarms.c.state.in_(list(wanted.states)))
    if wanted.severities is not None:
        which = which.where(alarms.c.severity.in_(list(wanted.severities)))
    if wanted.live is not None:
        gone = alarms.c.live.is_(None)
        which = which.where(~gone if wanted.live else gone)
    for name in ("enterprise", "rule", "channel"):
        value = getattr(wanted, name)
        if value is not None:
            which = which.where(alarms.c[name] == value)
    return which


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: naive(v) if isinstance(v, datetime) else v for k, v in values.items()}


def _aware(at: datetime) -> datetime:
    found = aware(at)
    assert found is not None
    return found


def _timed(row: Any) -> dict[str, Any]:
    return {k: aware(v) if k in TIMES else v for k, v in row._mapping.items()}


def _alarm(row: Any) -> Alarm:
    values = _timed(row)
    values.pop("live")
    return Alarm(**values)


def _delivery(row: Any) -> Delivery:
    return Delivery(**_timed(row))


def _version(row: Any) -> RuleVersion:
    rule = None if row.rule is None else Rule.model_validate_json(row.rule)
    return RuleVersion(row.id, row.version, _aware(row.at), row.by, row.reason, rule)
