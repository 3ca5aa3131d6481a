"""Quantities over intervals, and which of two overlapping ones counts.

The finer reading counts; of equally fine ones the newer revision; then the later start. A coarser reading counts, pro rata,
for the time that no finer one covers. Which reading counts at an instant depends on the readings of that instant alone.
"""

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Self

import numpy as np

from lingtan.metering.exact import Bools, Ints


@dataclass(frozen=True)
class Spans:
    """Columns: ``value`` [1/1000 carrier unit] passed in ``seconds`` from ``start`` (seconds since 1970).

    ``low`` and ``high`` bound the part that counts; ``usable`` is False for impossible readings; ``assumed`` says that the
    distribution inside is an assumption; ``rev`` is the newest revision behind the row.
    """

    channel: Ints
    start: Ints
    seconds: Ints
    value: Ints
    estimated: Bools
    assumed: Bools
    usable: Bools
    rev: Ints
    low: Ints
    high: Ints

    @classmethod
    def whole(
        cls,
        channel: Ints,
        start: Ints,
        seconds: Ints,
        value: Ints,
        *,
        estimated: Bools,
        usable: Bools,
        rev: Ints,
    ) -> Self:
        """Spans that count from end to end; those longer than an hour are spread."""
        return cls(channel, start, seconds, value, estimated, seconds > 3600, usable, rev, start, start + seconds)

    def __len__(self) -> int:
        return len(self.channel)

    def take(self, which: Ints | Bools) -> Self:
        """The rows picked by a mask or by indices."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})


def concat(parts: list[Spans]) -> Spans:
    """All rows of several spans, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Spans(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Spans)})


def without_overlaps(spans: Spans) -> Spans:
    """Rows (sorted by channel and start) cut so that no instant of a channel counts twice."""
    meets = (spans.high[:-1] > spans.low[1:]) & (spans.channel[:-1] == spans.channel[1:])
    if not meets.any():
        return spans
    crowded = np.isin(spans.channel, np.unique(spans.channel[:-1][meets]))
    parts = [spans.take(~crowded)]
    rest = spans.take(crowded)
    bounds = np.flatnonzero(np.diff(rest.channel)) + 1
    edges = [0, *bounds.tolist(), len(rest)]
    parts += [_cut(rest.take(np.arange(low, high))) for low, high in pairwise(edges)]
    return concat(parts)


def _cut(one: Spans) -> Spans:
    """The rows of one channel, cut to where each counts."""
    edges = np.unique(np.concatenate([one.low, one.high]))
    first, last = np.searchsorted(edges, one.low), np.searchsorted(edges, one.high)
    counts = np.full(len(edges) - 1, -1, dtype=np.int64)
    # coarse first, so that finer ones paint over them; unusable ones never cover a usable one
    for usable in (False, True):
        for size in np.unique(one.seconds)[::-1].tolist():
            rows = np.flatnonzero((one.seconds == size) & (one.usable == usable))
            rows = rows[np.lexsort((one.value[rows], one.low[rows], one.rev[rows]))]
            _paint(counts, rows, first, last)
    begins = np.flatnonzero(np.concatenate([[True], counts[1:] != counts[:-1]]))
    ends = np.concatenate([begins[1:], [len(counts)]])
    owned = counts[begins] >= 0
    begins, ends = begins[owned], ends[owned]
    return replace(one.take(counts[begins]), low=edges[begins], high=edges[ends])


def _paint(counts: Ints, rows: Ints, first: Ints, last: Ints) -> None:
    """Write each row's index over the stretches it covers, in the order given."""
    by_start = rows[np.argsort(first[rows], kind="stable")]
    if (last[by_start][:-1] <= first[by_start][1:]).all():  # apart from each other: all at once
        sizes = last[by_start] - first[by_start]
        offsets = np.repeat(first[by_start] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        counts[np.arange(len(offsets)) + offsets] = np.repeat(by_start, sizes)
        return
    for row in rows.tolist():
        counts[first[row] : last[row]] = row
