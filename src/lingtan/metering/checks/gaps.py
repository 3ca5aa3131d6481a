"""Times without a reading, and gaps that several channels share."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.track import Track

OUTAGE_CHANNELS = 3
COARSE_S = 25 * 86400  # months and years
SLACK = 1.5  # of a step, before two states of a register are a gap apart


def gaps(track: Track) -> list[Finding]:
    """Stretches of the period in which the channel has no reading.

    Of a counter the missing states: nothing is lost if the register goes on, so it is a warning, not an error.
    """
    kind = track.terms.kind
    if kind == "level" or (kind == "counter" and len(track) == 0):
        return [] if kind == "level" else [_gap(track, track.start, track.end, Severity.ERROR)]
    if kind == "interval":
        begins, ends = np.maximum(track.at, track.start), np.minimum(track.at + track.seconds, track.end)
        reached = (
            np.concatenate([[track.start], np.maximum.accumulate(ends)]) if len(track) else np.array([track.start])
        )
        following = np.concatenate([begins, [track.end]])
        open_ = np.flatnonzero(following > reached)
        return [_gap(track, int(reached[i]), int(following[i]), Severity.ERROR) for i in open_.tolist()]
    step = track.step
    wide = np.flatnonzero(np.diff(track.at) > SLACK * step)
    lost = [(int(track.at[i]) + step, int(track.at[i + 1])) for i in wide.tolist()]
    if track.at[0] - track.start > SLACK * step:
        lost.insert(0, (track.start, int(track.at[0])))
    if track.end - track.at[-1] > SLACK * step:
        lost.append((int(track.at[-1]) + step, track.end))
    return [_gap(track, a, b, Severity.WARNING) for a, b in lost]


def _gap(track: Track, start: int, end: int, severity: Severity) -> Finding:
    suggestion = "import" if len(track) == 0 or end - start >= COARSE_S else "estimate"
    missing = max(1, round((end - start) / track.step))
    return found(track.terms.id, Kind.GAP, start, end, severity, suggestion, missing=missing)


def outages(findings: Sequence[Finding]) -> list[Finding]:
    """Gaps of three or more channels with the same beginning and end are one outage each."""
    together: dict[tuple[object, object], list[int]] = defaultdict(list)
    for i, finding in enumerate(findings):
        if finding.kind is Kind.GAP:
            together[finding.start, finding.end].append(i)
    changed = list(findings)
    for members in together.values():
        if len(members) >= OUTAGE_CHANNELS:
            for i in members:
                changed[i] = replace(
                    findings[i], kind=Kind.OUTAGE, values={**findings[i].values, "channels": len(members)}
                )
    return changed
