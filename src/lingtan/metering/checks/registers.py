"""Registers that fell or jumped: rolled over, reset, replaced, or one bad state."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.counters import era_index, rolled_over
from lingtan.metering.exact import Ints
from lingtan.metering.track import Track

NEARLY_NOTHING = 0.02  # of the old state: a register that begins anew
JUMP = 50  # times the largest usual step


def registers(track: Track) -> list[Finding]:
    """What happened to a counter's register between two states."""
    if track.terms.kind != "counter" or len(track) < 3:
        return []
    name, value, at = track.terms.id, track.value, track.at
    findings = [
        found(name, Kind.REPLACEMENT, era.start_s, era.start_s + track.step, Severity.INFO, "none", declared=True)
        for era in track.terms.eras[1:]
        if era.swapped and track.start <= era.start_s < track.end
    ]
    era = era_index(track.terms, at)
    moved = np.diff(value)
    within = era[1:] == era[:-1]
    forward = np.sort(moved[within & (moved >= 0)])
    usual = int(forward[-max(2, len(forward) // 1000) - 1]) if len(forward) > 10 else 0
    leaps = (moved > JUMP * usual) if usual > 0 and not track.terms.signed else np.zeros(len(moved), dtype=np.bool_)
    back = (moved < 0) if not track.terms.signed else np.zeros(len(moved), dtype=np.bool_)
    skip = -1
    for i in np.flatnonzero(within & (back | leaps) & track.measured[1:]).tolist():
        if i <= skip:
            continue
        finding, skip = _named(track, i, usual, moved, track.terms.eras[int(era[i])].modulus)
        if finding is not None:
            findings.append(finding)
    return findings


def _named(track: Track, i: int, usual: int, steps: Ints, modulus: int | None) -> tuple[Finding | None, int]:
    """The finding about the step from state i to i+1, and the last step that it explains."""
    name, start, end = track.terms.id, int(track.at[i]), int(track.at[i + 1])
    before, after, moved = int(track.value[i]), int(track.value[i + 1]), int(steps[i])
    most = JUMP * max(usual, 1) * max(1, (end - start) // track.step)
    values = {"before": track.number(before), "after": track.number(after)}
    following = steps[i + 1 : i + 4]
    turns = np.flatnonzero(np.sign(following) == -np.sign(moved))
    for turn in turns.tolist():
        if abs(moved + int(steps[i + 1 : i + 2 + turn].sum())) <= max(abs(moved) // 20, 1):
            at_end = int(track.at[i + 2 + turn])
            direction = "up" if moved > 0 else "down"
            bad = found(name, Kind.SPIKE, end, at_end, Severity.WARNING, "withdraw", direction=direction, **values)
            return bad, i + 1 + turn
    if moved > 0:
        return found(name, Kind.REPLACEMENT, start, end, Severity.WARNING, "change-meter", **values), i
    counted = modulus is not None and bool(rolled_over(track.terms, modulus, steps[i : i + 1])[0])
    if counted and modulus is not None and moved + modulus <= most:
        return found(name, Kind.ROLLOVER, start, end, Severity.INFO, "none", **values), i
    digits = len(str(before))
    if modulus is None and after < before * NEARLY_NOTHING and before > 0.98 * 10**digits:
        return found(name, Kind.ROLLOVER, start, end, Severity.WARNING, "state-digits", **values), i
    kind = Kind.RESET if after <= before * NEARLY_NOTHING else Kind.REPLACEMENT
    return found(name, kind, start, end, Severity.ERROR, "change-meter", **values), i
