"""What the routes on alarms, rules, targets and webhooks answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lingtan.apps.api.answers import Shape
from lingtan.metering.alarms.rule import Rule

Text = Annotated[str, Field(description="In the asker's language.")]


class AlarmRow(Shape):
    """An alarm with its sentence."""

    id: str
    rule: str
    code: str
    severity: str
    state: str
    enterprise: str | None
    channel: str | None
    subject: str
    text: Text
    about: Text
    count: int
    begun: datetime
    seen: datetime
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    values: dict[str, Any]


class NoteShape(Shape):
    """A line of an alarm's story."""

    at: datetime
    by: str
    act: str
    text: str


class AlarmShape(AlarmRow):
    """An alarm with its story."""

    notes: list[NoteShape]


class Counts(Shape):
    """How many alarms hold, and how many nobody has seen, by severity."""

    holding: dict[str, int]
    unseen: int
    stamp: str


class RuleShape(Shape):
    """A rule in force."""

    rule: Rule
    version: int
    packaged: bool


class RuleVersionShape(Shape):
    """A version of a rule; ``rule`` is null where it was taken away."""

    version: int
    at: datetime
    by: str
    reason: str
    rule: Rule | None


class RuleStory(RuleShape):
    """A rule with its versions."""

    versions: list[RuleVersionShape]


class Rules(Shape):
    """All rules."""

    rows: list[RuleShape]


class TargetShape(Shape):
    """Where messages to people go."""

    id: str
    kind: str
    label: str
    address: str
    secret: Annotated[str, Field(description="The name of a secret of the server's environment, never the secret.")]
    lang: str
    least: str
    tell_cleared: bool
    active: bool
    made_at: datetime | None
    made_by: str


class Targets(Shape):
    """All targets."""

    rows: list[TargetShape]


class WebhookShape(Shape):
    """A subscription."""

    id: str
    label: str
    url: str
    events: list[str]
    active: bool
    generation: int
    made_at: datetime | None
    made_by: str


class WebhookSecret(WebhookShape):
    """A subscription with the key that signs its messages."""

    secret: Annotated[
        str, Field(description="whsec_…, for the Standard Webhooks libraries; it can be renewed, not read again.")
    ]


class Webhooks(Shape):
    """All subscriptions, and the events that there are."""

    rows: list[WebhookShape]
    events: list[str]


class DeliveryRow(Shape):
    """One message and what became of it."""

    id: str
    target: str
    event: str
    state: str
    tries: int
    status: int | None
    detail: str
    alarm: str | None
    made_at: datetime
    next_at: datetime
    sent_at: datetime | None
