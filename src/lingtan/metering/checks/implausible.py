"""Quantities that cannot be: below zero where there is no sign, or above the rating."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches
from lingtan.metering.checks.look import Look
from lingtan.metering.track import Track


def implausible(track: Track, look: Look | None) -> list[Finding]:
    """Interval readings that the account does not use; nobody vouched for them."""
    if track.terms.kind != "interval" or not len(track) or (look is not None and not look.counts):
        return []
    bad = ~track.possible & track.measured
    negative = track.accounted < 0
    findings = []
    for flags, kind in ((bad & negative, Kind.NEGATIVE), (bad & ~negative, Kind.IMPLAUSIBLE)):
        for a, b in stretches(flags):
            worst = a + int(np.abs(track.accounted[a:b]).argmax())
            values = {"value": track.number(int(track.value[worst]), int(track.seconds[worst])), "readings": b - a}
            if kind is Kind.IMPLAUSIBLE and track.terms.limit is not None:
                values["limit_per_hour"] = track.terms.limit / 1000
            start, end = int(track.at[a]), int(track.at[b - 1] + track.seconds[b - 1])
            findings.append(found(track.terms.id, kind, start, end, Severity.ERROR, "withdraw", **values))
    return findings
