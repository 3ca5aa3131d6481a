"""A table of readings as plain arrays."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from lingtan.metering.counters import States
from lingtan.metering.exact import Bools, Ints
from lingtan.metering.readings import Quality

MICROSECOND = 1_000_000


class Columns:
    """Columns as arrays, sorted by channel and start, without null values; ``start`` in seconds since 1970."""

    def __init__(self, readings: pa.Table) -> None:
        if readings["value"].null_count:
            readings = readings.filter(readings["value"].is_valid())
        at = _array(readings["start"].cast(pa.int64()))
        self.channel = _array(readings["channel"])
        self.value, self.rev = _array(readings["value"]), _array(readings["rev"])
        self.seconds = _array(readings["seconds"]).astype(np.int64)
        self.quality = _array(readings["quality"])
        self.start = at // MICROSECOND
        step = np.diff(self.channel)
        if ((step < 0) | ((step == 0) & (np.diff(at) <= 0))).any():
            order = np.lexsort((self.value, self.quality, self.seconds, self.rev, self.start, self.channel))
            for name in ("channel", "value", "rev", "seconds", "quality", "start"):
                setattr(self, name, getattr(self, name)[order])

    def __len__(self) -> int:
        return len(self.channel)

    def runs(self) -> Iterator[tuple[int, int]]:
        """Where the rows of each channel begin and end."""
        if len(self):
            yield from pairwise([0, *(np.flatnonzero(np.diff(self.channel)) + 1).tolist(), len(self)])

    def estimated(self, quality: Ints) -> Bools:
        """Which values were estimated or edited."""
        return np.asarray((quality == Quality.ESTIMATED) | (quality == Quality.EDITED), dtype=np.bool_)

    def trusted(self, quality: Ints) -> Bools:
        """Which values a person vouched for."""
        return np.asarray((quality == Quality.CONFIRMED) | (quality == Quality.EDITED), dtype=np.bool_)

    def states(self, low: int, high: int) -> States:
        """The rows of a counter or level as instants."""
        quality = self.quality[low:high]
        return States(
            self.start[low:high],
            self.value[low:high],
            self.estimated(quality),
            self.trusted(quality),
            self.rev[low:high],
        )


def _array(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
