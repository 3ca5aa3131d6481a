"""Numbers that stand for "no value": -99, 9999, 65535 and their like."""

from itertools import pairwise

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches
from lingtan.metering.exact import Bools
from lingtan.metering.track import Track

# as loggers, gateways and exports write them; the scaled ones are of registers with one or two decimals
SENTINELS = (
    -99.0, -99.9, -99.99, -999.0, -999.9, -999.99, -9999.0, -99999.0, -32768.0, -3276.8, -327.68, -2147483648.0,
    999.0, 999.9, 999.99, 9999.0, 9999.9, 9999.99, 99999.0, 99999.9, 999999.0, 9999999.0, 99999999.0,
    32767.0, 3276.7, 327.67, 65534.0, 65535.0, 6553.5, 655.35, 2147483647.0, 4294967295.0, 429496729.5,
)  # fmt: skip
WRAPS = (65536.0, 6553.6, 655.36, 4294967296.0, 429496729.6)
WRAPPED = 0.98  # above this share of it


def sentinels(track: Track) -> list[Finding]:
    """Readings that are such a number and lie far outside the channel's other readings."""
    if len(track) < 3 or track.terms.kind == "level":
        return []
    low, high = float(track.value.min()), float(track.value.max())
    sizes = np.unique(track.seconds) if track.terms.kind == "interval" else np.array([track.step])
    flags = np.zeros(len(track), dtype=np.bool_)
    which = np.zeros(len(track))
    for seconds in sizes.tolist():
        size = track.size(int(seconds))
        here = track.seconds == seconds if track.terms.kind == "interval" else np.ones(len(track), dtype=np.bool_)
        for wrap in (
            WRAPS if track.terms.kind == "interval" else ()
        ):  # a register that went below zero, or stands at its end
            if high > WRAPPED * wrap * size:
                hits = here & (track.value > WRAPPED * wrap * size) & (track.value < wrap * size)
                flags |= hits
                which[hits] = wrap
        for number in SENTINELS:
            raw = number * size
            if not low - 1 <= raw <= high + 1:
                continue
            hits = here & (np.abs(track.value - raw) <= 0.5)
            if hits.any():
                flags |= hits
                which[hits] = number
    flags &= track.measured
    if flags.any():
        flags &= _far_out(track, flags)
    return [
        found(
            track.terms.id, Kind.SENTINEL, int(track.at[a]), int(track.at[b - 1] + (track.seconds[b - 1] or track.step)),
            Severity.ERROR, "withdraw", value=float(which[a]), readings=b - a,
        )
        for a, b in _joined(track, flags)
    ]  # fmt: skip


def _far_out(track: Track, flags: Bools) -> Bools:
    """Outside of what the other readings span; of a counter, not between its neighbours."""
    rest = np.flatnonzero(~flags)
    if len(rest) < 0.5 * len(flags):
        return np.zeros(len(flags), dtype=np.bool_)
    if track.terms.kind == "counter":
        at = np.searchsorted(rest, np.arange(len(flags)))
        before = track.value[rest[(at - 1).clip(min=0)]]
        after = track.value[rest[at.clip(max=len(rest) - 1)]]
        return np.asarray((track.value < before) | (track.value > after), dtype=np.bool_)
    low, high = np.quantile(track.value[rest], [0.001, 0.999])
    width = max(high - low, 1.0)
    highest = np.partition(track.value[rest], -4)[-4] if len(rest) >= 4 else high  # beyond a spike or two
    above = (track.value > high + width) & (track.value > 2 * highest)
    below = track.value < low - 0.5 * width
    if track.value[rest].min() >= 0:
        below = track.value < 0  # nothing else is
    return np.asarray(above | below, dtype=np.bool_)


def _joined(track: Track, flags: Bools) -> list[tuple[int, int]]:
    """Runs of flagged rows that also follow each other in time."""
    runs = []
    for a, b in stretches(flags):
        cuts = np.flatnonzero(np.diff(track.at[a:b]) > 1.5 * track.step) + 1
        edges = [0, *cuts.tolist(), b - a]
        runs += [(a + x, a + y) for x, y in pairwise(edges)]
    return runs
