"""An alarm rule: the condition, whom it speaks of, how urgent it is, and who is told."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lingtan.metering.checks.finding import Kind as FindingKind
from lingtan.metering.checks.finding import Severity as FindingSeverity
from lingtan.park.record import Label, Number, Positive, Record, Share, Slug

Minutes = Annotated[int, Field(ge=0, le=366 * 24 * 60)]


class Severity(StrEnum):
    """How urgent an alarm is, from the least to the most."""

    NOTICE = "notice"  # 提示
    WARNING = "warning"  # 一般
    SERIOUS = "serious"  # 重要
    CRITICAL = "critical"  # 紧急

    @property
    def rank(self) -> int:
        """0 for a notice, 3 for critical."""
        return list(Severity).index(self)


class Limit(Record):
    """A value above or below a limit. Energies are judged by their rate: the channel's unit per hour, kW for kWh.

    With ``of: rating`` the limits are shares of the channel's ``max_per_hour``; channels without one are not judged.
    ``hysteresis`` is the share of the limit by which the value must come back before the condition has gone.
    """

    kind: Literal["limit"] = "limit"
    of: Literal["unit", "rating"] = "unit"
    above: Number | None = None
    below: Number | None = None
    hysteresis: Share = Decimal("0.02")

    @model_validator(mode="after")
    def _some(self) -> "Limit":
        if self.above is None and self.below is None:
            raise PydanticCustomError("alarm.no-limit", "a limit needs above or below")
        return self


class Change(Record):
    """A rate that changes by more than ``by`` from one reading to the next: in the channel's unit per hour, or as a share of the rating."""

    kind: Literal["change"] = "change"
    of: Literal["unit", "rating"] = "rating"
    by: Positive


class Frozen(Record):
    """The same reading again and again for ``hours``; zeros only if asked for, for a plant may rest."""

    kind: Literal["frozen"] = "frozen"
    hours: Positive
    zeros: bool = False
    least_readings: int = Field(default=6, ge=2, le=100_000)


class Missing(Record):
    """No reading for ``steps`` steps of the channel (and its stated delay), but at least ``least_minutes``.

    A channel is measured against the clock; in a synthetic park, whose year is over, against the newest reading of the park.
    """

    kind: Literal["missing"] = "missing"
    steps: int = Field(default=4, ge=1, le=1000)
    least_minutes: Minutes = 24 * 60


class Silence(Record):
    """Nothing at all came from the park for ``minutes``: the line is down, not a meter."""

    kind: Literal["silence"] = "silence"
    minutes: Annotated[int, Field(ge=1, le=366 * 24 * 60)] = 120


class Demand(Record):
    """The month's highest quarter hour at a connection reaches ``share`` of the declared demand, else of the connection's capacity."""

    kind: Literal["demand"] = "demand"
    share: Annotated[Number, Field(gt=0, le=10)]


class Balance(Record):
    """Over ``hours`` a meter and those below it differ by more than its losses and ``share`` of it."""

    kind: Literal["balance"] = "balance"
    share: Share
    hours: Annotated[int, Field(ge=1, le=31 * 24)] = 24


class Found(Record):
    """The checks of readings found something of these kinds, at least this severe."""

    kind: Literal["finding"] = "finding"
    kinds: list[FindingKind] = Field(min_length=1)
    least: FindingSeverity = FindingSeverity.WARNING


class Target(Record):
    """An indicator misses its target, or meets it with less than ``least_probability``."""

    kind: Literal["indicator"] = "indicator"
    indicator: Slug = "core"
    least_probability: Share | None = None


class Clock(Record):
    """Readings that end more than ``minutes`` in the future: a clock is wrong."""

    kind: Literal["clock"] = "clock"
    minutes: Minutes = 30


class Rejected(Record):
    """At least ``cells`` cells of an imported file went into quarantine."""

    kind: Literal["rejected"] = "rejected"
    cells: int = Field(default=1, ge=1)


class Fault(Record):
    """Something that a service tells: ``codes`` are the beginnings of what it may be, such as ``dispatch.alarm-``."""

    kind: Literal["fault"] = "fault"
    codes: list[str] = Field(min_length=1)


Condition = Annotated[
    Limit | Change | Frozen | Missing | Silence | Demand | Balance | Found | Target | Clock | Rejected | Fault,
    Field(discriminator="kind"),
]
KINDS = (
    "limit", "change", "frozen", "missing", "silence", "demand", "balance", "finding", "indicator", "clock", "rejected", "fault",
)  # fmt: skip


class Scope(Record):
    """Whom a rule speaks of: every channel that fits all that is stated; nothing stated is the whole park."""

    channels: list[Slug] = []
    enterprises: list[Slug] = []
    carriers: list[str] = []
    activities: list[str] = []


class Rule(Record):
    """A rule as it stands in the database, in the API and in the packaged defaults.

    ``delay_minutes``: the condition must hold so long. ``quiet_minutes``: after a message none follows about the same
    thing for so long. ``tell``: the targets; None are all that take this severity, an empty list is nobody.
    """

    id: Slug
    name: Label
    condition: Condition
    severity: Severity
    active: bool = True
    scope: Scope = Scope()
    delay_minutes: Minutes = 0
    quiet_minutes: Minutes = 240
    tell: list[Slug] | None = None

    @property
    def kind(self) -> str:
        """The condition's kind."""
        return self.condition.kind
