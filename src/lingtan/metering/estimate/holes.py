"""Holes: runs of steps without a reading between or beside readings of a channel."""

from dataclasses import dataclass

import numpy as np

from lingtan.metering.checks.finding import stretches
from lingtan.metering.checks.look import Look
from lingtan.metering.exact import Ints


@dataclass(frozen=True)
class Hole:
    """Steps ``[low, high)`` of a look without a reading.

    Of a counter, ``before`` and ``after`` are the rows of the states around it (-1 at the edge), and the missing states
    are those at the ends of the steps but the last.
    """

    low: int
    high: int
    before: int = -1
    after: int = -1

    def __len__(self) -> int:
        return self.high - self.low


def holes(look: Look, start: int, end: int) -> list[Hole]:
    """The holes of a channel that lie in ``[start, end)`` whole; cut at its edges for interval channels."""
    if look.track.terms.kind == "counter":
        return [h for h in _counter_holes(look) if look.at(h.low) >= start - look.step and look.at(h.high) <= end]
    track = look.track
    index = np.arange(len(look))
    begins = look.first + index * look.step
    reach = np.maximum.accumulate(track.at + track.seconds)
    # a step is free if no reading reaches into it: what begins before its end has ended by its start
    last = np.searchsorted(track.at, begins + look.step, side="left") - 1
    free = (last < 0) | (reach[last.clip(min=0)] <= begins)
    free &= (begins >= start) & (begins + look.step <= end)
    return [Hole(a, b) for a, b in stretches(free)]


def _counter_holes(look: Look) -> list[Hole]:
    at: Ints = look.track.at
    wide = np.flatnonzero(np.diff(at) > look.step)
    found = []
    for i in wide.tolist():
        begin, end = int(at[i]), int(at[i + 1])
        if (begin - look.first) % look.step or (end - look.first) % look.step:
            continue
        found.append(Hole((begin - look.first) // look.step, (end - look.first) // look.step, i, i + 1))
    return found
