"""A channel as an even grid of quantities per step, which is what most checks look at."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lingtan.metering.counters import States, differences
from lingtan.metering.days import day_kinds
from lingtan.metering.exact import Bools, Ints
from lingtan.metering.track import Track
from lingtan.park.activities import Activity

Floats = npt.NDArray[np.float64]
DAY = 86400


@dataclass(frozen=True)
class Look:
    """Quantities by step from a local midnight on; ``flow`` is NaN where there is none. [1/1000 carrier unit per step]

    ``eligible`` are steps that were measured and that nobody vouched for or estimated; only those can be at fault.
    ``row`` is the reading behind the step (of a counter the state at its end), -1 without one.
    """

    track: Track
    zone: str
    first: int
    step: int
    flow: Floats
    eligible: Bools
    row: Ints

    def __len__(self) -> int:
        return len(self.flow)

    @property
    def name(self) -> str:
        """The channel's id."""
        return self.track.terms.id

    @property
    def per_day(self) -> int:
        """Steps in a day; 0 for steps longer than a day."""
        return DAY // self.step if DAY % self.step == 0 else 0

    @property
    def by_day(self) -> Floats:
        """``flow`` with a row for each local day."""
        return self.flow.reshape(-1, self.per_day)

    @cached_property
    def kinds(self) -> Ints:
        """The kind of each local day."""
        return day_kinds((self.first + self.track.offset_s) // DAY, len(self) // self.per_day, self.zone)

    @property
    def counts(self) -> bool:
        """Whether the channel is a quantity that is counted, not a level or a reference such as a temperature."""
        return self.track.terms.kind != "level" and self.track.terms.channel.activity is not Activity.REFERENCE

    def at(self, index: int) -> int:
        """When a step begins. [s since 1970]"""
        return self.first + index * self.step

    def without(self, start: int, end: int) -> "Look":
        """The look with the steps between two instants taken out."""
        flow = self.flow.copy()
        low, high = (start - self.first) // self.step, -((self.first - end) // self.step)
        flow[max(low, 0) : max(high, 0)] = np.nan
        return replace(self, flow=flow)

    def value(self, index: int) -> float:
        """The reading behind a step in channel units, for people (of a counter the quantity, in carrier units)."""
        if self.track.terms.kind == "counter":
            return round(float(self.flow[index]) / 1000, 6)
        row = int(self.row[index])
        return self.track.number(int(self.track.value[row]), int(self.track.seconds[row]))


def look_at(track: Track, zone: str) -> Look | None:
    """The grid of a channel; None where a grid makes no sense (too few readings, levels, months)."""
    if len(track) < 8 or track.terms.kind == "level":
        return None
    if track.terms.kind == "interval":
        at, seconds, value, row = track.at, track.seconds, track.accounted.astype(np.float64), np.arange(len(track))
        good = np.ones(len(track), dtype=np.bool_)
    else:
        states = States(
            track.at, track.value, track.quality == 1, (track.quality == 2) | (track.quality == 3), track.rev
        )
        spans = differences(track.terms, states)
        at, seconds, value, good = spans.start, spans.seconds, spans.value.astype(np.float64), spans.usable
        row = np.searchsorted(track.at, at + seconds).clip(max=len(track) - 1)
        if len(at) < 8:
            return None
    sizes, many = np.unique(seconds, return_counts=True)
    step = int(sizes[many.argmax()])
    if step <= 0 or step > DAY or DAY % step:
        return None
    usual = (seconds == step) & good
    first = (track.start + track.offset_s) // DAY * DAY - track.offset_s
    phases, often = np.unique((at[usual] - first) % step, return_counts=True)
    if not len(phases):
        return None
    first += int(phases[often.argmax()])
    usual &= ((at - first) % step == 0) & (at >= first)
    days = -(-(track.end - first) // DAY)
    flow = np.full(days * (DAY // step), np.nan)
    rows = np.full(len(flow), -1, dtype=np.int64)
    index = (at[usual] - first) // step
    inside = index < len(flow)
    flow[index[inside]], rows[index[inside]] = value[usual][inside], row[usual][inside]
    eligible = np.zeros(len(flow), dtype=np.bool_)
    eligible[rows >= 0] = track.measured[rows[rows >= 0]]
    return Look(track, zone, first, step, flow, eligible, rows)


def filled(flow: Floats) -> Floats:
    """NaN bridged by the neighbours' line, so that shapes can be compared."""
    known = np.isfinite(flow)
    if known.all() or not known.any():
        return flow
    x = np.arange(len(flow))
    return np.interp(x, x[known], flow[known])
