"""The overview of a run: the way of the core indicator through the year, where it leads, and what the gap is made of."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lingtan.carbon.indicators import Indicator
from lingtan.services.keep_run import Run

KNOWN = Fraction(1, 2)  # a month counts as known from this coverage on


@dataclass(frozen=True)
class Month:
    """One month: what it emitted and used, and the sums since January. None where nothing is known."""

    month: int
    known: bool
    co2: int  # µg
    tce: int  # µg
    co2_sum: int | None
    tce_sum: int | None


@dataclass(frozen=True)
class YearPath:
    """The months of the year, the limit, and the straight line to its end.

    ``end_co2`` and ``end_tce`` are the known months' mean times twelve: a straight line, no forecast model; None if the year is whole.
    """

    months: tuple[Month, ...]
    limit: Fraction | None  # tCO2/tce
    end_co2: Fraction | None  # µg
    end_tce: Fraction | None  # µg
    measure: str
    energy: str

    @property
    def whole(self) -> bool:
        """Whether every month is known."""
        return all(m.known for m in self.months)


@dataclass(frozen=True)
class Part:
    """One category of the emissions. [µg]"""

    category: str
    micrograms: int
    address: str


def core_of(run: Run) -> Indicator | None:
    """The core indicator of a run, if its rules have one."""
    return next((i for i in run.indicators if i.id == "core"), None)


def year_path(run: Run) -> YearPath:
    """The way through the year."""
    core = run.rules.core
    measure, energy = core["emissions"], core["energy"]
    co2, tce = monthly(run, measure), monthly(run, energy)
    shares = coverage_by_month(run)
    found: list[Month] = []
    sums, going = [0, 0], True
    for month in sorted(run.account.months):
        known = shares.get(month, Fraction(0)) >= KNOWN
        going = going and known
        sums = [sums[0] + co2.get(month, 0), sums[1] + tce.get(month, 0)]
        both = (sums[0], sums[1]) if going else (None, None)
        found.append(Month(month, known, co2.get(month, 0), tce.get(month, 0), *both))
    there = [m for m in found if m.known]
    limit = next((i.target for i in run.indicators if i.id == "core"), None)
    part = bool(there) and len(there) < len(found)
    ends = [
        Fraction(sum(getattr(m, n) for m in there) * len(found), len(there)) if part else None for n in ("co2", "tce")
    ]
    return YearPath(tuple(found), limit, ends[0], ends[1], measure, energy)


def monthly(run: Run, measure: str) -> Mapping[int, int]:
    """A measure by month. [µg]"""
    sums: dict[int, int] = defaultdict(int)
    for p in run.account.select(measure):
        sums[p.month] += p.micrograms
    return sums


def coverage_by_month(run: Run) -> Mapping[int, Fraction]:
    """The share of the expected time that is known, over all channels."""
    expected: dict[int, int] = defaultdict(int)
    covered: dict[int, int] = defaultdict(int)
    for c in run.account.coverage:
        expected[c.month] += c.expected_s
        covered[c.month] += c.covered_s
    return {m: Fraction(covered[m], s) for m, s in expected.items() if s}


def parts_of_emissions(run: Run) -> list[Part]:
    """What the emissions are made of, the largest first."""
    measure = run.rules.core["emissions"]
    sums: dict[str, int] = defaultdict(int)
    for p in run.account.select(measure):
        sums[p.category] += p.micrograms
    found = [Part(c, v, f"{measure}/category={c}") for c, v in sums.items()]
    return sorted(found, key=lambda p: -abs(p.micrograms))


@dataclass(frozen=True)
class Quality:
    """How much is known and how: shares of the expected time, and the channels that know least."""

    covered: Fraction
    estimated: Fraction
    rejected_s: int
    thinnest: tuple[tuple[str, Fraction, Fraction], ...]  # channel, covered, estimated


def data_quality(run: Run, channels: frozenset[str] | None = None, worst: int = 5) -> Quality:
    """The data quality of a run, over all channels or some."""
    by: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for c in run.account.coverage:
        if channels is None or c.channel in channels:
            for i, seconds in enumerate((c.expected_s, c.covered_s, c.estimated_s, c.rejected_s)):
                by[c.channel][i] += seconds
    total = [sum(v[i] for v in by.values()) for i in range(4)]
    each = [(c, Fraction(v[1], v[0]), Fraction(v[2], v[0])) for c, v in by.items() if v[0]]
    thin = sorted(each, key=lambda t: (t[1] - t[2], t[0]))[:worst]
    whole = total[0] or 1
    return Quality(
        Fraction(total[1], whole), Fraction(total[2], whole), total[3], tuple(t for t in thin if t[1] < 1 or t[2])
    )
