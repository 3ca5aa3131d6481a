"""Series with the moment at which each value became known, and the one gate through which a forecast looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
DAY = 86_400
STUCK_S = 6 * 3600  # the same number for longer than this is a meter that has stopped
AT_REST = 0.05  # of its usual size
STUCK_SHARE = 0.4  # unless the series is like that for most of the time


@dataclass(frozen=True)
class History:
    """Many series on one grid: a row each, a column for each interval.

    ``values`` are mean rates, NaN where there is none; ``available`` says when each became known. [s since 1970]
    """

    ids: tuple[str, ...]
    start_s: int
    step_s: int
    values: Floats
    available: Ints

    @property
    def end_s(self) -> int:
        """Where the grid ends. [s since 1970]"""
        return self.start_s + self.step_s * int(self.values.shape[1])

    @property
    def day(self) -> int:
        """Steps of a day."""
        return DAY // self.step_s

    def pick(self, ids: Sequence[str]) -> "History":
        """Some of the series, in the order asked for."""
        place = {name: i for i, name in enumerate(self.ids)}
        rows = [place[name] for name in ids]
        return replace(self, ids=tuple(ids), values=self.values[rows], available=self.available[rows])

    def known(self, at: int) -> Bools:
        """Which values were known at an instant: made available by then, of intervals that had ended. [s since 1970]"""
        ends = self.start_s + self.step_s * (np.arange(self.values.shape[1]) + 1)
        return np.isfinite(self.values) & (self.available <= at) & (ends <= at)

    def seen(self, at: int, days: int, *, origin: int | None = None) -> "Seen":
        """What was known at an instant of the ``days`` before ``origin`` (else the instant itself). [s since 1970]

        Nothing else of a history ever reaches a model. Values of intervals that had not ended are never known.
        """
        stop = -((self.start_s - (at if origin is None else origin)) // self.step_s)
        width = days * self.day
        values = np.full((len(self.ids), width), np.nan)
        low, high = max(stop - width, 0), min(stop, self.values.shape[1])
        if high > low:
            part = self.values[:, low:high]
            ends = self.start_s + self.step_s * (np.arange(low, high) + 1)
            known = (self.available[:, low:high] <= at) & (ends <= at)
            values[:, low - (stop - width) : high - (stop - width)] = np.where(known, part, np.nan)
        stuck = stuck_runs(values, STUCK_S // self.step_s)
        return Seen(
            self.ids,
            self.start_s + self.step_s * (stop - width),
            self.step_s,
            np.where(stuck, np.nan, values),
            stuck,
        )

    def labels(self, at: int, origin: int, leads: Ints) -> Floats:
        """The values of the steps ``leads`` after ``origin`` as far as they were known at an instant; else NaN."""
        column = -((self.start_s - origin) // self.step_s) + leads
        inside = (column >= 0) & (column < self.values.shape[1])
        safe = np.where(inside, column, 0)
        known = inside & (self.start_s + self.step_s * (column + 1) <= at) & (self.available[:, safe] <= at)
        return np.where(known, self.values[:, safe], np.nan)


@dataclass(frozen=True)
class Seen:
    """The days before an origin as they were known: NaN where they were not, or where the meter had stopped."""

    ids: tuple[str, ...]
    start_s: int
    step_s: int
    values: Floats
    stuck: Bools

    @property
    def origin_s(self) -> int:
        """Where the first step ahead begins. [s since 1970]"""
        return self.start_s + self.step_s * int(self.values.shape[1])

    @property
    def day(self) -> int:
        """Steps of a day."""
        return DAY // self.step_s

    @property
    def last(self) -> Ints:
        """Steps from the last known value to the origin; the whole width where nothing is known."""
        known = np.isfinite(self.values)
        width = known.shape[1]
        return np.asarray(np.where(known.any(axis=1), np.argmax(known[:, ::-1], axis=1), width), np.int64)


def stuck_runs(values: Floats, least: int) -> Bools:
    """Where a value other than zero stands for ``least`` steps or more, in series that do not usually stand still."""
    count, width = values.shape
    found = np.zeros((count, width), np.bool_)
    if width <= least or least < 2:
        return found
    still = (values[:, 1:] == values[:, :-1]) & (values[:, 1:] != 0)
    suspects = np.flatnonzero(still.sum(axis=1) >= least - 1)
    for row in suspects:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], still[row], [False]]).astype(np.int8)))
        begins, ends = edges[::2], edges[1::2]
        size = float(np.nanmedian(np.abs(values[row])))
        for begin, end in zip(begins, ends, strict=True):
            # next to nothing, hour after hour, is a plant at rest
            if end - begin + 1 >= least and abs(values[row, begin]) >= AT_REST * size:
                found[row, begin : end + 1] = True
        known = np.isfinite(values[row]).sum()
        if found[row].sum() > STUCK_SHARE * known and not found[row, -1]:
            found[row] = False
    return found


def seconds(at: datetime) -> int:
    """An instant as whole seconds since 1970."""
    return int(at.timestamp())


def regular(
    values: Floats, *, start_s: int, step_s: int, delay_s: int = 0, ids: Sequence[str] | None = None
) -> History:
    """A history of complete series whose values are known ``delay_s`` after their interval ended."""
    table = np.atleast_2d(np.asarray(values, float))
    ends = start_s + step_s * (np.arange(table.shape[1]) + 1) + delay_s
    names = tuple(ids) if ids is not None else tuple(f"s{i}" for i in range(len(table)))
    return History(names, start_s, step_s, table, np.broadcast_to(ends, table.shape).astype(np.int64))
