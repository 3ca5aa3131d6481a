"""Readings that came after those of later times."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches
from lingtan.metering.track import Track


def late(track: Track) -> list[Finding]:
    """Stretches with a newer revision than what follows them: a file that came late, or a correction."""
    if len(track) < 2:
        return []
    later = np.minimum.accumulate(track.rev[::-1])[::-1]
    flags = np.concatenate([track.rev[:-1] > later[1:], [False]]) & track.measured
    return [
        found(
            track.terms.id, Kind.LATE, int(track.at[a]), int(track.at[b - 1] + (track.seconds[b - 1] or track.step)),
            Severity.INFO, "none", readings=b - a, rev=int(track.rev[a]),
        )
        for a, b in stretches(flags)
    ]  # fmt: skip
