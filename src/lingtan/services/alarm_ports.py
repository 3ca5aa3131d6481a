"""Alarms as records, and what the services ask of the book that keeps them and of the senders that carry messages out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from lingtan.metering.alarms.rule import Rule

OPEN, ACKNOWLEDGED, CLEARED = "open", "acknowledged", "cleared"
STATES = (OPEN, ACKNOWLEDGED, CLEARED)


@dataclass(frozen=True)
class Alarm:
    """One thing that a person should know. ``code`` is the key of its sentence, ``values`` fill it.

    ``open``: it holds and nobody has seen it; ``acknowledged``: it holds and somebody has; ``cleared``: it has gone.
    ``count`` is the number of times it held since it was raised; ``begun`` and ``seen`` are times of the data.
    """

    id: str
    rule: str
    code: str
    severity: str
    subject: str
    enterprise: str | None
    channel: str | None
    values: Mapping[str, Any]
    state: str
    count: int
    begun: datetime
    seen: datetime
    raised_at: datetime
    cleared_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    told_at: datetime | None = None

    @property
    def unseen(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.acknowledged_at is None


@dataclass(frozen=True)
class Note:
    """A line of an alarm's story: raised, again, acknowledged, comment, cleared, told."""

    seq: int
    alarm: str
    at: datetime
    by: str
    act: str
    text: str


@dataclass(frozen=True)
class RuleVersion:
    """A rule as somebody stated it; ``rule`` is None where it was taken away. Versions are only added."""

    id: str
    version: int
    at: datetime
    by: str
    reason: str
    rule: Rule | None


@dataclass(frozen=True)
class Target:
    """Where messages go: ``email``, ``wecom`` and ``dingtalk`` to people, ``webhook`` to programs.

    ``address`` is an e-mail address or a webhook's URL; robots have none. ``secret`` names a secret of the environment, it is
    none itself. ``generation`` counts the keys of a webhook.
    """

    id: str
    kind: str
    label: str
    address: str = ""
    secret: str = ""
    lang: str = "zh"
    least: str = "warning"
    events: tuple[str, ...] = ()
    tell_cleared: bool = False
    generation: int = 1
    active: bool = True
    made_at: datetime | None = None
    made_by: str = ""


@dataclass(frozen=True)
class Delivery:
    """One message to one target: waiting, sent, or given up. ``body`` is what the event says."""

    id: str
    target: str
    event: str
    body: Mapping[str, Any]
    made_at: datetime
    next_at: datetime
    state: str = "waiting"  # waiting | sent | failed
    tries: int = 0
    alarm: str | None = None
    status: int | None = None
    detail: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """What became of a message: ``again`` where it makes sense to try once more, ``wait_s`` if the other side said when."""

    sent: bool
    status: int | None = None
    detail: str = ""
    again: bool = True
    wait_s: float | None = None


@dataclass(frozen=True)
class Wanted:
    """Which alarms are asked for; None is any."""

    states: Sequence[str] | None = None
    severities: Sequence[str] | None = None
    enterprise: str | None = None
    rule: str | None = None
    channel: str | None = None
    live: bool | None = None  # it holds, or nobody has seen it


@dataclass(frozen=True)
class Change:
    """An alarm as it is now, and the line that says what happened. ``live``: it holds, or nobody has seen it."""

    alarm: Alarm
    act: str
    at: datetime
    by: str = ""
    text: str = ""

    @property
    def live(self) -> bool:
        """Whether what comes next about the same thing belongs to it."""
        return self.alarm.state != CLEARED or self.alarm.unseen


class AlarmBook(Protocol):
    """Rules, alarms, targets and deliveries of a workspace."""

    def fresh(self) -> bool:
        """Whether there is no database yet, so that nothing can stand in it."""
        ...

    def rule_stamp(self) -> int:
        """Changes whenever a rule does."""
        ...

    def rule_versions(self, rule: str | None = None) -> Sequence[RuleVersion]:
        """What people stated, oldest first."""
        ...

    def put_rule(self, id: str, rule: Rule | None, *, at: datetime, by: str, reason: str) -> RuleVersion: ...

    def live(self, keys: Sequence[tuple[str, str]] | None = None) -> Mapping[tuple[str, str], Alarm]:
        """Alarms that hold or that nobody has seen, by (rule, subject)."""
        ...

    def save(self, changes: Sequence[Change], messages: Sequence[Delivery] = ()) -> bool:
        """Write alarms, lines of their stories and messages, all or nothing; False if another process was faster with a live one."""
        ...

    def last_told(self, rule: str, subject: str) -> datetime | None:
        """When a message about this was last made."""
        ...

    def alarm(self, id: str) -> Alarm | None: ...

    def alarms(
        self, wanted: Wanted, *, limit: int = 200, after: int = 0, urgent_first: bool = False
    ) -> Sequence[Alarm]:
        """The newest first; or what holds first, and of that the most urgent."""
        ...

    def count(self, wanted: Wanted) -> int: ...

    def counts(self, enterprise: str | None = None) -> Mapping[tuple[str, str, bool], int]:
        """How many by (state, severity, unseen)."""
        ...

    def notes(self, alarm: str) -> Sequence[Note]: ...

    def add_note(self, alarm: str, *, at: datetime, by: str, act: str, text: str) -> None: ...

    def targets(self) -> Sequence[Target]: ...

    def put_target(self, target: Target) -> None: ...

    def drop_target(self, id: str) -> None: ...

    def put_deliveries(self, messages: Sequence[Delivery]) -> None:
        """Add or replace."""
        ...

    def due(self, at: datetime, *, limit: int = 200) -> Sequence[Delivery]:
        """What waits and may go out now, oldest first."""
        ...

    def claim(self, id: str, *, until: datetime, at: datetime) -> bool:
        """Take a delivery for oneself; False if another process has it."""
        ...

    def deliveries(self, *, target: str | None = None, limit: int = 100, after: int = 0) -> Sequence[Delivery]:
        """The newest first."""
        ...

    def forget_deliveries(self, before: datetime) -> int:
        """Drop finished deliveries made before an instant; how many."""
        ...


@dataclass(frozen=True)
class Message:
    """Some alarms for people, in one message and one language."""

    title: str
    lines: Sequence[str]
    link: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


class Senders(Protocol):
    """Carries messages out; every failure is an answer, not an exception."""

    def tell_people(self, target: Target, message: Message) -> Said:
        """By e-mail or through a robot."""
        ...

    def post(self, target: Target, delivery: Delivery, body: bytes, at: datetime) -> Said:
        """To a webhook, signed."""
        ...

    def webhook_secret(self, target: Target) -> str:
        """The key that signs a webhook's messages, to be shown to whoever made it."""
        ...

    def check(self, target: Target) -> None:
        """Refuse an address that may not be reached, or a secret that is not there.

        Raises
        ------
        InputError
            ``alarm.address-…``, ``alarm.no-secret``, ``alarm.no-smtp``.
        """
        ...
