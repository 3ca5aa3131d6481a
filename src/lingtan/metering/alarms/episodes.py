"""Stretches in which a condition held, of one channel's readings in their order; with hysteresis, and cut at gaps."""

from dataclasses import dataclass

import numpy as np

from lingtan.metering.checks.look import Floats
from lingtan.metering.exact import Bools, Ints


@dataclass
class Pending:
    """A condition that held at the end of the last readings: since when, how far at most, and whether it was told."""

    begin: int
    peak: float
    raised: bool = False


@dataclass(frozen=True)
class Episodes:
    """What one feed of readings showed: how many new episodes, whether the last one goes on, whether a told one has ended."""

    count: int = 0
    holds: bool = False
    ended: bool = False
    begin: int = 0
    end: int = 0
    peak: float = 0.0
    pending: Pending | None = None


@dataclass(frozen=True)
class Rows:
    """Rows of one channel: ``since`` is where an episode that begins in a row began. [s since 1970]"""

    since: Ints
    end: Ints
    value: Floats
    over: Bools  # the condition begins here
    back: Bools  # it has gone here
    gap: Bools  # before this row readings are missing


def episodes(rows: Rows, held: Pending | None, *, delay_s: int, upward: bool) -> Episodes:
    """Go through the rows once; an episode counts when it has held for ``delay_s``."""
    many = len(rows.end)
    overs, stops = np.flatnonzero(rows.over), np.flatnonzero(rows.back | rows.gap)
    count, ended, first, last, peak = 0, False, 0, 0, 0.0
    told = False
    now = None if held is None else Pending(held.begin, held.peak, held.raised)
    at = 0
    while at < many:
        inside = now is not None
        if now is None:
            i = int(np.searchsorted(overs, at))
            if i == len(overs):
                break
            at = int(overs[i])
            now = Pending(int(rows.since[at]), float(rows.value[at]))
        # the row in which an episode begins may follow a gap; one that is carried over ends there
        j = int(np.searchsorted(stops, at if inside else at + 1))
        stop = int(stops[j]) if j < len(stops) else many
        part = rows.value[at:stop]
        if len(part):
            now.peak = max(now.peak, float(part.max())) if upward else min(now.peak, float(part.min()))
        until = int(rows.end[stop - 1]) if stop > 0 and stop > at else now.begin
        long_enough = until - now.begin >= delay_s
        if long_enough and not now.raised:
            now.raised, count = True, count + 1
        if now.raised and (len(part) or stop < many):
            worse = not told or (now.peak > peak if upward else now.peak < peak)
            peak, told = (now.peak if worse else peak), True
            first, last = now.begin, max(until, last)
        if stop == many:
            break
        ended = ended or now.raised
        now, at = None, stop
    holds = now is not None and now.raised
    return Episodes(count, holds, ended and not holds, first, last, peak, now)
