"""Two readings for the same time, and days that are copies of the day before."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches
from lingtan.metering.checks.look import Look
from lingtan.metering.track import Track

LEAST_DISTINCT = 12  # different values in a day that can be recognised as a copy


def overlaps(track: Track) -> list[Finding]:
    """Stretches that more than one interval reading covers; the account counts the finer, then the newer one."""
    if track.terms.kind != "interval" or len(track) < 2:
        return []
    ends = np.maximum.accumulate(track.at + track.seconds)
    twice = np.concatenate([[False], track.at[1:] < ends[:-1]])
    return [
        found(
            track.terms.id, Kind.DUPLICATE, int(track.at[a]), int((track.at + track.seconds)[b - 1]),
            Severity.WARNING, "withdraw", readings=b - a, what="overlap",
        )
        for a, b in stretches(twice)
    ]  # fmt: skip


def copied_days(look: Look) -> list[Finding]:
    """Days whose every value is that of the day before: a file that was delivered under two dates."""
    if look.per_day < 24 or not look.counts:
        return []
    days = look.by_day
    same = (days[1:] == days[:-1]).all(axis=1) & look.eligible.reshape(days.shape)[1:].all(axis=1)
    rich = np.array([len(np.unique(days[i + 1])) >= LEAST_DISTINCT if same[i] else False for i in range(len(same))])
    if rich.sum() > 0.2 * len(rich):  # a plan that repeats, not a meter
        return []
    return [
        found(
            look.name, Kind.DUPLICATE, look.at((a + 1) * look.per_day), look.at((b + 1) * look.per_day),
            Severity.WARNING, "withdraw", days=b - a, what="copy",
        )
        for a, b in stretches(rich)
    ]  # fmt: skip
