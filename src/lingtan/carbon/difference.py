"""The exact difference of two accounts, by view, measure, category, enterprise and month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lingtan.carbon.account import Posting


class Cell(NamedTuple):
    """Where a difference stands. ``view`` is ``direct`` or ``transfer`` (the transfers alone)."""

    view: str
    measure: str
    category: str
    enterprise: str
    month: int


Amounts = Mapping[Cell, int]  # µg


def amounts(postings: Iterable[Posting]) -> dict[Cell, int]:
    """Postings summed by cell. [µg]"""
    found: dict[Cell, int] = defaultdict(int)
    for p in postings:
        found[Cell(p.view, p.measure, p.category, p.enterprise, p.month)] += p.micrograms
    return dict(found)


def difference(before: Amounts, after: Amounts) -> dict[Cell, int]:
    """``after`` less ``before``; cells without a difference are left out. [µg]"""
    found = {c: after.get(c, 0) - before.get(c, 0) for c in sorted({*before, *after})}
    return {c: v for c, v in found.items() if v}


def total(found: Amounts, measure: str) -> int:
    """The park's part of a measure; transfers sum to zero and are left out. [µg]"""
    return sum(v for c, v in found.items() if c.view == "direct" and c.measure == measure)


def along(found: Amounts, measure: str, axis: str, *, after_transfers: bool = False) -> dict[str | int, int]:
    """A measure along ``category``, ``enterprise`` or ``month``, direct or after transfers. [µg]"""
    sums: dict[str | int, int] = defaultdict(int)
    for cell, value in found.items():
        if cell.measure == measure and (cell.view == "direct" or after_transfers):
            sums[getattr(cell, axis)] += value
    return {k: v for k, v in sorted(sums.items(), key=lambda item: str(item[0])) if v}
