"""What is known of each channel in each month: kept as columns, since a park may have a hundred thousand of these."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
import pyarrow as pa

from lingtan.base.columns import int64s
from lingtan.carbon.shares import Ints

TOLD = ("covered_s", "estimated_s", "spread_s", "rejected_s", "rev")


@dataclass(frozen=True)
class Coverage:
    """What is known of a channel in a month. [s]"""

    channel: str
    month: int
    expected_s: int
    covered_s: int
    estimated_s: int
    spread_s: int
    rejected_s: int
    rev: int


@dataclass(frozen=True, eq=False)
class Coverages(Sequence[Coverage]):
    """The coverage of ``channels`` in ``months``, by channel, then month; ``told`` has an array (channels, months) a name."""

    channels: tuple[str, ...]
    months: tuple[int, ...]
    expected_s: Ints  # of each month
    told: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.channels) * len(self.months)

    @overload
    def __getitem__(self, at: int) -> Coverage: ...
    @overload
    def __getitem__(self, at: slice) -> list[Coverage]: ...
    def __getitem__(self, at: int | slice) -> Coverage | list[Coverage]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        channel, month = divmod(at % len(self), len(self.months))
        known = (int(self.told[name][channel, month]) for name in TOLD)
        return Coverage(self.channels[channel], self.months[month], int(self.expected_s[month]), *known)

    def __iter__(self) -> Iterator[Coverage]:
        expected = self.expected_s.tolist()
        columns = [self.told[name].tolist() for name in TOLD]
        for channel, *rows in zip(self.channels, *columns, strict=True):
            for month, seconds, *known in zip(self.months, expected, *rows, strict=True):
                yield Coverage(channel, month, seconds, *known)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Coverages):
            return NotImplemented
        same = (self.channels, self.months) == (other.channels, other.months)
        return same and all(np.array_equal(a, b) for a, b in zip(self._arrays(), other._arrays(), strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _arrays(self) -> list[Any]:
        return [self.expected_s, *(self.told[name] for name in TOLD)]

    @cached_property
    def expected_in_all_s(self) -> int:
        """What all channels together should have covered. [s]"""
        return int(self.expected_s.sum()) * len(self.channels)

    @cached_property
    def covered_in_all_s(self) -> int:
        """What all channels together covered. [s]"""
        return int(self.told["covered_s"].sum())

    @cached_property
    def estimated_shares(self) -> dict[str, float]:
        """Of each channel with estimates: the mean over the months of their share in what is covered."""
        covered, estimated = self.told["covered_s"], self.told["estimated_s"]
        found: dict[str, float] = {}
        for i, month in np.argwhere((estimated != 0) & (covered != 0)).tolist():
            share = int(estimated[i, month]) / int(covered[i, month]) / len(self.months)
            found[self.channels[i]] = found.get(self.channels[i], 0.0) + share
        return found

    def thin(self, floor: float) -> Iterator[list[Coverage]]:
        """The months of each channel that covers less than ``floor`` of what is expected of it."""
        expected = int(self.expected_s.sum())
        for i in np.flatnonzero(self.told["covered_s"].sum(axis=1) < floor * expected).tolist():
            yield self[i * len(self.months) : (i + 1) * len(self.months)]


def coverages(names: Mapping[int, str], sums: pa.Table, seconds: Mapping[int, int]) -> Coverages:
    """The coverage of channels (key: id) in months (label: length [s]) as the sums by channel and month tell it."""
    keys, months = np.fromiter(names, np.int64, len(names)), np.fromiter(seconds, np.int64, len(seconds))
    row, known = place(keys, int64s(sums["channel"]))
    column, asked = place(months, int64s(sums["month"]))
    here = known & asked
    told = {name: np.zeros((len(keys), len(months)), np.int64) for name in TOLD}
    for name, array in told.items():
        array[row[here], column[here]] = int64s(sums[name])[here]
    expected = np.fromiter(seconds.values(), np.int64, len(seconds))
    return Coverages(tuple(names.values()), tuple(seconds), expected, told)


def place(keys: Ints, wanted: Ints) -> tuple[Ints, Any]:
    """Where each of ``wanted`` stands in ``keys``, and whether it does at all."""
    if not len(keys):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = order[at]
    return found, keys[found] == wanted
