"""Drill into the ledger of a run: enterprise, month, category and carrier, entries; each line with the address of its figure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lingtan.carbon.account import Posting
from lingtan.carbon.address import KEYS, month_text
from lingtan.services.keep_run import Run

NONE = "-"  # what a posting has no carrier or category by
LEVELS = ("enterprise", "month", "category", "carrier")


@dataclass(frozen=True)
class Line:
    """A sum at one level, or, at the last, an entry."""

    key: str
    value: str
    micrograms: int
    count: int
    address: str  # empty for a sum that has none
    entry: Posting | None = None


@dataclass(frozen=True)
class Drilled:
    """The lines of the next level under ``where``, and their exact sum."""

    measure: str
    view: str
    where: Mapping[str, str]
    level: str  # of LEVELS, or "entry"
    lines: tuple[Line, ...]
    micrograms: int
    address: str


def drill(run: Run, measure: str, view: str, where: Mapping[str, str]) -> Drilled:
    """The next level below ``where`` (keys of :data:`LEVELS`; months as ``YYYY-MM``)."""
    mine = [
        p
        for p in run.account.postings
        if p.measure == measure
        and (p.view == "direct" or view == "transfer")
        and all(_text(p, k) == v for k, v in where.items())
    ]
    level = next((k for k in LEVELS if k not in where and any(_text(p, k) != NONE for p in mine)), "entry")
    if level == "entry":
        lines = [Line("entry", p.point, p.micrograms, 1, _address(measure, view, _keys(p)), p) for p in mine]
    else:
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for p in mine:
            found = sums[_text(p, level)]
            found[0] += p.micrograms
            found[1] += 1
        lines = [Line(level, v, s, n, _address(measure, view, {**where, level: v})) for v, (s, n) in sums.items()]
    ordered = sorted(lines, key=lambda x: (0 if x.key == "month" else -abs(x.micrograms), x.value))
    total = sum(p.micrograms for p in mine)
    return Drilled(measure, view, where, level, tuple(ordered), total, _address(measure, view, where))


def _text(posting: Posting, key: str) -> str:
    value = getattr(posting, key)
    return month_text(value) if key == "month" else str(value) or NONE


def _keys(posting: Posting) -> dict[str, str]:
    keys = [k for k in KEYS["measure"] if k not in ("view", "factor")]
    return {k: _text(posting, k) for k in keys if getattr(posting, k) != ""}


def _address(measure: str, view: str, where: Mapping[str, str]) -> str:
    if NONE in where.values():
        return ""  # such a sum has no address of its own
    keys = "".join(f"/{k}={where[k]}" for k in KEYS["measure"] if where.get(k))
    return f"{measure}{'/view=transfer' if view == 'transfer' else ''}{keys}"
