"""A day from which on a channel is larger or smaller by one factor."""

from fractions import Fraction

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.checks.look import Look

SIDE = 14  # like days on each side
LEAST = 0.25  # of the logarithm: 28 %
NOISES = 6.0  # times the scatter of the days
DRIFT = 0.35  # of the jump that may also happen within a side
NICE = 0.02  # a ratio so near to a simple fraction is probably a multiplier


def level_shifts(look: Look) -> list[Finding]:
    """Days at which the median of the next two weeks of workdays leaves that of the last two, abruptly and for good."""
    if look.per_day < 1 or not look.counts:
        return []
    days = look.by_day
    enough = np.isfinite(days).mean(axis=1) > 0.9
    total = np.nanmean(np.where(enough[:, None], days, 0.0), axis=1)
    rows = np.flatnonzero(enough & (look.kinds == 0) & (total > 0))
    if len(rows) < 4 * SIDE:
        return []
    level = np.log(total[rows])
    windows = np.lib.stride_tricks.sliding_window_view(level, SIDE)
    median = np.median(windows, axis=1)
    scatter = np.median(np.abs(windows - median[:, None]), axis=1) * 1.4826
    at = np.arange(2 * SIDE, len(rows) - 2 * SIDE + 1)
    before, after = median[at - SIDE], median[at]
    earlier, later = median[at - 2 * SIDE], median[at + SIDE] if len(at) else median[:0]
    jump = after - before
    noise = np.maximum(np.maximum(scatter[at - SIDE], scatter[at]), 0.01)
    near = np.array([np.median(level[i : i + 4]) - np.median(level[i - 4 : i]) for i in at.tolist()])
    drift = np.maximum(np.abs(before - earlier), np.abs(later - after))
    strong = (np.abs(jump) > LEAST) & (np.abs(jump) > NOISES * noise) & (drift < DRIFT * np.abs(jump))
    strong &= near * np.sign(jump) > 0.8 * np.abs(jump)
    for k in np.flatnonzero(strong).tolist():  # a channel that swings as much by itself shows nothing
        sides = (median[max(at[k] - 5 * SIDE, 0) : at[k] - SIDE + 1], median[at[k] : at[k] + 4 * SIDE])
        strong[k] = abs(jump[k]) > max(float(np.quantile(s, 0.9) - np.quantile(s, 0.1)) for s in sides)
    findings = []
    i = 0
    picks = np.flatnonzero(strong)
    while i < len(picks):
        group = picks[i : i + int(np.searchsorted(picks[i:], picks[i] + SIDE))]
        i += len(group)
        step = np.abs(np.diff(level))
        best = max(group.tolist(), key=lambda k: step[at[k] - 1])
        ratio = float(np.exp(jump[best]))
        day = int(rows[at[best]])
        values = {"ratio": round(ratio, 4), "multiplier": nice(ratio)}
        suggestion = "multiplier" if values["multiplier"] else "confirm"
        start = look.at(day * look.per_day)
        findings.append(
            found(look.name, Kind.LEVEL_SHIFT, start, look.track.end, Severity.WARNING, suggestion, **values)
        )
    return findings


def nice(ratio: float) -> str | None:
    """The simple fraction that a ratio is within two percent of, as a multiplier would be; None if there is none."""
    exact = Fraction(ratio).limit_denominator(10) if ratio >= 1 else 1 / Fraction(1 / ratio).limit_denominator(10)
    simple = exact.numerator in (1, 10) or exact.denominator in (1, 2, 4, 5, 10)
    if not simple or abs(float(exact) / ratio - 1) > NICE or exact == 1:
        return None
    return str(round(float(exact), 6))
