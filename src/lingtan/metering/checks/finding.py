"""What a check says: one thing about one channel in a stretch of time, with its evidence and what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np

from lingtan.base.time import iso
from lingtan.metering.exact import Bools
from lingtan.metering.track import moment


class Kind(StrEnum):
    """What may be wrong, or has happened, with readings."""

    GAP = "gap"  # no reading
    OUTAGE = "outage"  # the same gap in several channels
    DUPLICATE = "duplicate"  # two readings for one time, or rows that stood twice in a file
    SENTINEL = "sentinel"  # a number that stands for "no value"
    SPIKE = "spike"  # one or a few readings far above or below all others
    STUCK = "stuck"  # the same value again and again
    ZERO_RUN = "zero_run"  # zeros at times that are never zero
    NEGATIVE = "negative"  # a quantity below zero
    IMPLAUSIBLE = "implausible"  # above the rating
    RESET = "reset"  # a register that fell, usually to zero
    REPLACEMENT = "replacement"  # another register
    ROLLOVER = "rollover"  # a register past its last digit
    TIME_SHIFT = "time_shift"  # the clock is off by whole hours
    LEVEL_SHIFT = "level_shift"  # everything larger or smaller by one factor from a day on
    MULTIPLIER = "multiplier"  # a multiplier that does not fit the meters above and beside
    BALANCE = "balance"  # children and parent do not agree
    LATE = "late"  # came after readings of later times
    STRANGER = "stranger"  # readings of a channel that the park does not know


class Severity(StrEnum):
    """``error``: a value is not to be used; ``warning``: look at it; ``info``: an event, nothing is wrong."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One finding; ``values`` are the evidence, ``suggestion`` the key of what may be done about it."""

    channel: str
    kind: Kind
    start: datetime
    end: datetime
    severity: Severity
    suggestion: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``, reports and scores."""
        return {
            "channel": self.channel,
            "kind": str(self.kind),
            "start": iso(self.start),
            "end": iso(self.end),
            "severity": str(self.severity),
            "suggestion": self.suggestion,
            "values": dict(self.values),
        }


def found(
    channel: str, kind: Kind, start: int, end: int, severity: Severity, suggestion: str, **values: Any
) -> Finding:
    """A finding between two instants in seconds since 1970."""
    return Finding(channel, kind, moment(start), moment(end), severity, suggestion, values)


def stretches(flags: Bools) -> Sequence[tuple[int, int]]:
    """The runs of True as half-open index ranges."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
