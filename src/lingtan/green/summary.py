"""What a trace says in sums: sources by consumer, the ratios of the notices, scores by hour, month and year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lingtan.carbon.shares import Ints
from lingtan.green.rules import Quantities
from lingtan.green.scores import Matching, matching

GREEN_KINDS = frozenset({"direct", "own_nonfossil"})
KINDS = ("direct", "own_nonfossil", "own_other", "grid", "unmetered", "opening")


@dataclass(frozen=True)
class Mix:
    """Energy by kind. [Wh]"""

    name: str
    wh: Mapping[str, int]

    @property
    def total(self) -> int:
        """All kinds."""
        return sum(self.wh.values())

    @property
    def green(self) -> int:
        """Physically green: direct supply and own non-fossil power, storage included by what it was charged with."""
        return sum(v for k, v in self.wh.items() if k in GREEN_KINDS)


def by_kind(rows: Ints, columns: Iterable[str], kinds: Mapping[str, str]) -> dict[str, Ints]:
    """Rows (columns, intervals) added up by kind."""
    found: dict[str, Ints] = {}
    for column, row in zip(columns, rows, strict=True):
        kind = kinds.get(column, column.split("/")[0])
        found[kind] = found.get(kind, 0) + row
    return found


def mix(name: str, rows: Ints, columns: Iterable[str], kinds: Mapping[str, str]) -> Mix:
    """The sums of a consumer."""
    return Mix(name, {k: int(v.sum()) for k, v in by_kind(rows, columns, kinds).items()})


def score(rows: Ints, columns: Iterable[str], kinds: Mapping[str, str], months: Ints, hours: Ints) -> Matching:
    """How well the green part of a consumer's (or several consumers') rows matches its use, by hour, month and year.

    Rows hold what was used, so the hourly score is the green share of use; the green that other hours had to spare is not
    in them and counts for nobody.
    """
    kinds_wh = by_kind(rows, columns, kinds)
    green = np.sum([v for k, v in kinds_wh.items() if k in GREEN_KINDS] or [np.zeros(hours.size, np.int64)], axis=0)
    used = rows.sum(axis=0)
    size = int(hours.max(initial=-1)) + 1
    by_hour = [np.zeros(size, np.int64) for _ in range(2)]
    for target, values in zip(by_hour, (green, used), strict=True):
        np.add.at(target, hours, values)
    first = np.searchsorted(hours, np.arange(size))
    return matching(by_hour[0], by_hour[1], months[first])


def quantities(
    sources: Mapping[str, Ints], kinds: Mapping[str, str], exported: Mapping[str, int], used_wh: int, curtailed_wh: int
) -> Quantities:
    """What the policy ratios are made of: metered sources, the exports by kind, the park's use.

    Parameters
    ----------
    sources : mapping of int64 array
        Energy of each source. [Wh]
    exported : mapping
        Exports by kind, as traced. [Wh]
    used_wh : int
        The park's consumption of electricity, its losses included. [Wh]
    """
    total = dict.fromkeys(KINDS, 0)
    for name, wh in sources.items():
        total[kinds[name]] += int(wh.sum())
    return Quantities(
        direct=total["direct"],
        curtailed=curtailed_wh,
        exported=exported.get("direct", 0),
        own=total["own_nonfossil"] - exported.get("own_nonfossil", 0),
        load=used_wh,
    )
