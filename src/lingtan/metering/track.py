"""One channel's readings in a period, as the checks and the estimates see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from lingtan.metering.activity import possible
from lingtan.metering.channels import Book, Terms
from lingtan.metering.columns import Columns
from lingtan.metering.exact import Bools, Ints, scaled

STEP_S = {"1min": 60, "5min": 300, "10min": 600, "15min": 900, "30min": 1800, "1h": 3600, "1d": 86400}
HOURS_A_WEEK = 168
EPOCH_HOUR = 72  # 1970-01-01 was a Thursday: hours since the Monday before


@dataclass(frozen=True)
class Track:
    """Rows of one channel sorted by time; instants in seconds since 1970, values as read. [1/1000 reading unit]

    ``offset_s`` is the park's distance to UTC at the start of the period.
    """

    terms: Terms
    start: int
    end: int
    offset_s: int
    at: Ints
    seconds: Ints
    value: Ints
    quality: Ints
    rev: Ints

    def __len__(self) -> int:
        return len(self.at)

    @cached_property
    def step(self) -> int:
        """The usual distance of two readings: as stated, else (months, years) as found. [s]"""
        stated = STEP_S.get(self.terms.channel.step)
        if stated and self.terms.kind == "interval":
            return stated
        found = int(np.median(np.diff(self.at))) if len(self) > 2 else 0
        return found or stated or 31 * 86400

    @cached_property
    def slot(self) -> Ints:
        """Hour of the local week of each reading, 0 on Monday at midnight."""
        return ((self.at + self.offset_s) // 3600 + EPOCH_HOUR) % HOURS_A_WEEK

    @cached_property
    def accounted(self) -> Ints:
        """Values with multiplier and content. [1/1000 carrier unit]"""
        if len(self.terms.eras) == 1:
            factor = self.terms.eras[0].factor
            return scaled(self.value, factor.numerator, factor.denominator)
        found = np.zeros(len(self), dtype=np.int64)
        begins = [*(era.start_s for era in self.terms.eras), 2**62]
        for i, era in enumerate(self.terms.eras):
            here = (self.at >= begins[i]) & (self.at < begins[i + 1])
            if here.any():
                found[here] = scaled(self.value[here], era.factor.numerator, era.factor.denominator)
        return found

    @cached_property
    def possible(self) -> Bools:
        """Interval values that the account would use."""
        trusted = (self.quality == 2) | (self.quality == 3)
        return possible(self.terms, self.accounted, self.seconds, trusted)

    @cached_property
    def measured(self) -> Bools:
        """Values that nobody estimated, edited or confirmed: the ones to look at."""
        return np.asarray(self.quality == 0, dtype=np.bool_)

    def number(self, raw: int, seconds: int | None = None) -> float:
        """A raw value in channel units, for people; power channels as mean power."""
        size = self.size(seconds)
        return round(raw / size, 6) if size else float(raw)

    def size(self, seconds: int | None = None) -> float:
        """Raw units in one channel unit."""
        from lingtan.base.units import canonical_unit, dimension, ratio

        unit = self.terms.channel.unit
        if canonical_unit(unit) is None:
            return 1000.0
        if dimension(unit) == "power":
            hours = (seconds or self.step) / 3600
            return float(ratio(unit, "kW") * ratio("kWh", self.terms.unit)) * 1000 * hours
        return float(ratio(unit, self.terms.unit)) * 1000


def moment(seconds: int) -> datetime:
    """Seconds since 1970 as an instant."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def tracks(readings: pa.Table, book: Book, start: datetime, end: datetime) -> Iterator[Track]:
    """The tracks of all channels that the park knows, those without a reading included, by key."""
    columns = Columns(readings)
    low_s, high_s = int(start.timestamp()), int(end.timestamp())
    offset = start.astimezone(ZoneInfo(book.park.park.timezone)).utcoffset()
    offset_s = int(offset.total_seconds()) if offset else 0
    runs = {int(columns.channel[low]): (low, high) for low, high in columns.runs()}
    for key in sorted({*book, *runs}):
        terms = book.terms(key)
        if terms is None:
            continue
        low, high = runs.get(key, (0, 0))
        here = slice(low, high)
        at, seconds = columns.start[here], columns.seconds[here]
        keep = (at < high_s) & (at + np.maximum(seconds, 1) > low_s)
        rows = slice(None) if keep.all() else keep
        yield Track(
            terms, low_s, high_s, offset_s, at[rows], seconds[rows], columns.value[here][rows],
            columns.quality[here][rows], columns.rev[here][rows],
        )  # fmt: skip


def strangers(readings: pa.Table, book: Book) -> dict[int, int]:
    """Rows of channels that the park does not know: key and count."""
    columns = Columns(readings)
    return {
        int(columns.channel[low]): high - low for low, high in columns.runs() if int(columns.channel[low]) not in book
    }
