"""Serial numbers as ranges: letters and dashes, then a number that counts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lingtan.base.errors import DataError
from lingtan.carbon.shares import Ints

_SERIAL = re.compile(r"^(.*?)(\d{1,18})$")


@dataclass(frozen=True)
class Ranges:
    """Ranges of serial numbers, ends included. ``series`` are prefixes with the width of the number, as ``GEC-A-#9``."""

    names: tuple[str, ...]
    series: Ints  # index into names
    first: Ints
    last: Ints

    @property
    def count(self) -> int:
        """How many certificates."""
        return int((self.last - self.first + 1).sum())

    def __len__(self) -> int:
        return len(self.first)

    def text(self, i: int) -> str:
        """A range as people write it."""
        return serial_range(self.names[int(self.series[i])], int(self.first[i]), int(self.last[i]))


def parse_serial(text: str) -> tuple[str, int]:
    """Series and number of a serial.

    Raises
    ------
    DataError
        ``certificates.bad-serial`` if it does not end in a number of at most 18 digits.
    """
    found = _SERIAL.match(text.strip())
    if not found or len(text) > 80:
        raise DataError("certificates.bad-serial", serial=text[:80])
    prefix, digits = found.groups()
    return f"{prefix}#{len(digits)}", int(digits)


def serial(series: str, number: int) -> str:
    """The serial of a number in a series."""
    prefix, _, width = series.rpartition("#")
    return f"{prefix}{number:0{width}d}"


def serial_range(series: str, first: int, last: int) -> str:
    """One serial, or from the first to the last."""
    return serial(series, first) if first == last else f"{serial(series, first)}..{serial(series, last)}"


def ranges(texts: Iterable[str]) -> Ranges:
    """Ranges from text: ``A001``, ``A001..A009`` or ``A001 A009`` with dots, a tilde or 至 between."""
    pairs: list[tuple[str, str]] = []
    for text in texts:
        parts = [p for p in re.split(r"\.\.|~|～|至", text.strip()) if p.strip()]
        if len(parts) not in (1, 2):
            raise DataError("certificates.bad-serial", serial=text[:80])
        pairs.append((parts[0], parts[-1]))
    return from_pairs(pairs)


def from_pairs(pairs: Sequence[tuple[str, str]]) -> Ranges:
    """Ranges from first and last serials.

    Raises
    ------
    DataError
        ``certificates.bad-range`` if the two are of different series or the last comes before the first.
    """
    names: dict[str, int] = {}
    rows = []
    for one, two in pairs:
        series, first = parse_serial(one)
        other, last = parse_serial(two)
        if series != other or last < first:
            raise DataError("certificates.bad-range", first=one[:80], last=two[:80])
        rows.append((names.setdefault(series, len(names)), first, last))
    table = np.array(rows, np.int64).reshape(len(rows), 3)
    return Ranges(tuple(names), table[:, 0], table[:, 1], table[:, 2])
