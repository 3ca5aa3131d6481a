"""Where the year will end: the months that are not known yet by those that are, with how far that may be off.

Method. Where the year before was accounted, a month to come is that of the year before times the ratio of the known months
of both years; else it is the mean of the known months. How far known months lie from that same rule gives the spread of a month,
the covariance of emissions and energy included; the error of the ratio (or mean) itself is added. The interval is that of
Student's t at 95 %. A mean knows no seasons: months to come then err together, and of the known months only half are counted as
independent. The interval speaks of the months to come only: what meters do not know of the past stands in the indicator's own
interval. No interval is given from fewer than three known months.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lingtan.services.keep_run import Run
from lingtan.services.show_overview import YearPath, monthly, year_path

LEAST = 3
# Student's t, two-sided 95 %, by degrees of freedom
T95 = {2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 11: 2.201}


@dataclass(frozen=True)
class Ahead:
    """One month to come: its emissions and energy by the rule. [µg]"""

    month: int
    co2: float
    tce: float


@dataclass(frozen=True)
class YearEnd:
    """The year as it would end. ``basis`` is ``last_year`` or ``mean``; bounds are None without an interval. [µg], core in tCO2/tce"""

    basis: str
    known: int
    months: tuple[Ahead, ...]
    co2: float
    tce: float
    co2_low: float | None
    co2_high: float | None
    core: float
    core_low: float | None
    core_high: float | None
    limit: float | None

    @property
    def gap_co2(self) -> float | None:
        """Emissions above what the limit allows at the energy of the year; negative if there is room. [µg]"""
        return None if self.limit is None else self.co2 - self.limit * self.tce


def year_end(run: Run, before: Run | None = None, *, known: int | None = None, path: YearPath | None = None) -> YearEnd | None:  # fmt: skip
    """The forecast; with ``known`` as if only so many months were known (to look back). None where there is nothing to foresee."""
    way = path or year_path(run)
    there = [m for m in way.months if m.known and m.co2_sum is not None]
    if known is not None:
        there = there[:known]
    ahead = [m.month for m in way.months if m.month not in {x.month for x in there}]
    if not there or not ahead or sum(m.tce for m in there) <= 0:
        return None
    co2, tce = {m.month: m.co2 for m in there}, {m.month: m.tce for m in there}
    earlier = _earlier(before, way, [m.month for m in way.months])
    if earlier is not None:
        basis, rules = "last_year", (_by_ratio(co2, earlier[0], ahead), _by_ratio(tce, earlier[1], ahead))
    else:
        basis, rules = "mean", (_by_mean(co2, ahead), _by_mean(tce, ahead))
    (e_ahead, e_off), (t_ahead, t_off) = rules
    e_rest, t_rest = sum(e_ahead.values()), sum(t_ahead.values())
    e, t = sum(co2.values()) + e_rest, sum(tce.values()) + t_rest
    core = e / t
    n = len(there)
    bounds: tuple[float | None, float | None, float | None, float | None] = (None, None, None, None)
    if n >= LEAST:
        together = basis == "mean"
        quantile = T95[max(2, n // 2 - 1) if together else min(n - 1, 11)]
        var_e = _variance(e_off, e_off, e_ahead, e_ahead, together)
        var_t = _variance(t_off, t_off, t_ahead, t_ahead, together)
        both = _variance(e_off, t_off, e_ahead, t_ahead, together)
        spread = max(0.0, var_e / e**2 + var_t / t**2 - 2 * both / (e * t)) ** 0.5 * core if e else 0.0
        side = quantile * var_e**0.5
        bounds = (e - side, e + side, max(0.0, core - quantile * spread), core + quantile * spread)
    limit = None if way.limit is None else float(way.limit)
    months = tuple(Ahead(m, e_ahead[m], t_ahead[m]) for m in ahead)
    return YearEnd(basis, n, months, e, t, bounds[0], bounds[1], core, bounds[2], bounds[3], limit)


Rule = tuple[dict[int, float], list[float]]  # months to come, and how far known months lie off, relative


def _by_ratio(now: Mapping[int, int], earlier: Mapping[int, int], ahead: Sequence[int]) -> Rule:
    ratio = sum(now.values()) / sum(earlier[_of(m)] for m in now)
    off = [v / (ratio * earlier[_of(m)]) - 1 if earlier[_of(m)] else 0.0 for m, v in now.items()]
    return {m: ratio * earlier[_of(m)] for m in ahead}, off


def _by_mean(now: Mapping[int, int], ahead: Sequence[int]) -> Rule:
    mean = sum(now.values()) / len(now)
    off = [v / mean - 1 if mean else 0.0 for v in now.values()]
    return dict.fromkeys(ahead, mean), off


def _variance(
    off_a: Sequence[float], off_b: Sequence[float], ahead_a: Mapping[int, float], ahead_b: Mapping[int, float], together: bool
) -> float:  # fmt: skip
    """Covariance of two sums of months to come, which err each for itself or ``together``, and of the rule's own error."""
    n = len(off_a)
    mean_a, mean_b = sum(off_a) / n, sum(off_b) / n
    cov = sum((a - mean_a) * (b - mean_b) for a, b in zip(off_a, off_b, strict=True)) / (n - 1)
    whole = sum(ahead_a.values()) * sum(ahead_b.values())
    each = whole if together else sum(ahead_a[m] * ahead_b[m] for m in ahead_a)
    return cov * (each + whole / n)


def _of(month: int) -> int:
    return month % 100


def _earlier(
    before: Run | None, way: YearPath, months: Sequence[int]
) -> tuple[Mapping[int, int], Mapping[int, int]] | None:
    """The year before by month of the year, if all of it is known."""
    if before is None:
        return None
    last = year_path(before)
    if not last.whole or len(last.months) != len(months) or last.measure != way.measure:
        return None
    co2, tce = monthly(before, way.measure), monthly(before, way.energy)
    by = [{_of(m.month): found.get(m.month, 0) for m in last.months} for found in (co2, tce)]
    return None if sum(by[0].values()) <= 0 or sum(by[1].values()) <= 0 else (by[0], by[1])


def gap_by_month(run: Run) -> list[tuple[int, dict[str, int], Fraction]]:
    """Each month's emissions by category and what the limit allows at its energy; the differences sum to the gap. [µg]"""
    way = year_path(run)
    limit = way.limit or Fraction(0)
    found = []
    for m in way.months:
        by: dict[str, int] = {}
        for p in run.account.select(way.measure):
            if p.month == m.month:
                by[p.category] = by.get(p.category, 0) + p.micrograms
        found.append((m.month, {c: v for c, v in by.items() if v}, limit * m.tce))
    return found
