"""The book of factors: finds the one that was asked for, or says what is missing and what there is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from lingtan.base.errors import DataError
from lingtan.base.ids import digest, nearest
from lingtan.carbon.factors.factor import Factor
from lingtan.carbon.factors.packaged import packaged_factors
from lingtan.carbon.factors.stated import DEFAULT_SCHEME, PARK, stated_factors
from lingtan.park.carriers import BUILT_IN, CarrierInfo
from lingtan.park.model import CarrierValue, YearValue


class FactorBook:
    """Factors by measure and subject; never changed: :meth:`with_factors` and :meth:`with_values` make a new one."""

    def __init__(self, factors: Iterable[Factor]) -> None:
        self.factors = tuple(factors)
        self._by_key: dict[tuple[str, str], list[Factor]] = {}
        for factor in self.factors:
            known = self._by_key.setdefault((factor.measure, factor.subject), [])
            for other in known:
                if _collide(factor, other):
                    raise ValueError(f"two factors for the same thing: {other.id} and {factor.id}")
            known.append(factor)

    @classmethod
    def packaged(cls) -> "FactorBook":
        """The factors that come with Lingtan."""
        return _packaged()

    def __len__(self) -> int:
        return len(self.factors)

    def __iter__(self) -> Iterator[Factor]:
        return iter(self.factors)

    @cached_property
    def digest(self) -> str:
        """Of all factors; their order does not matter."""
        return digest(sorted((f.id, f.digest) for f in self.factors))

    @cached_property
    def by_id(self) -> Mapping[str, Factor]:
        """The factors by id."""
        return {f.id: f for f in self.factors}

    def find(
        self,
        measure: str,
        subject: str,
        *,
        sets: Sequence[str],
        region: str | None = None,
        year: int,
        factor_years: Mapping[int, int] | None = None,
        per: str | None = None,
    ) -> Factor:
        """The factor of the first of ``sets`` that has one for this region and the whole of this year.

        Parameters
        ----------
        measure : str
            ``co2``, ``carbon``, ``tce_calorific``, ``tce_equivalent``, ``ncv`` or ``co2e``.
        subject : str
            Carrier, process or power kind.
        sets : sequence of str
            Names of sets, the preferred first.
        region : str, optional
            Such as ``CN-JS``. A factor without a region holds everywhere; another region's is never taken.
        year : int
            Calendar year of the activity.
        factor_years : mapping, optional
            ``accounting.factor_years`` of the park file: years whose factors are those of another year. What the
            park states itself (set ``park``) is still looked up by ``year``.
        per : str, optional
            Metering unit of what will be multiplied; a factor per another unit is an error.

        Raises
        ------
        DataError
            ``factors.*``: what is missing, which regions and years there are, and what can be stated in the
            park file. Neither the nation's factor nor another year's stands in unless the caller asks for it.
        """
        here = [f for f in self._by_key.get((measure, subject), ()) if f.set in sets]
        fitting = [f for f in here if f.region is None or f.region == region]
        taken_year = (factor_years or {}).get(year, year)
        for name in sets:
            when = year if name == PARK else taken_year
            own = [f for f in fitting if f.set == name and f.covers(when)]
            if own:
                return _in_unit(min(own, key=lambda f: f.region is None), per)
            partial = [f for f in fitting if f.set == name and f.touches(when)]
            if partial:
                raise DataError(
                    "factors.part-of-year",
                    measure=measure,
                    subject=subject,
                    year=when,
                    factors=", ".join(f"{f.id} ({f.valid_from or '…'} – {f.valid_to or '…'})" for f in partial),
                )
        raise self._missing(measure, subject, sets, region, taken_year, here, fitting)

    def with_factors(self, factors: Iterable[Factor]) -> "FactorBook":
        """A book with these factors besides."""
        return FactorBook((*self.factors, *factors))

    def with_values(
        self,
        values: Sequence[CarrierValue],
        equivalent: Mapping[int, YearValue] | None = None,
        *,
        carriers: Mapping[str, CarrierInfo] = BUILT_IN,
        scheme: str = DEFAULT_SCHEME,
    ) -> "FactorBook":
        """A book with what a park states under ``accounting``, as the set ``park``.

        ``values`` are its ``carriers``, ``equivalent`` its ``equivalent_kgce_per_kwh``; ``carriers`` are those that
        the park knows. Fuel parameters that were not measured are those of ``scheme``.

        Raises
        ------
        InputError
            ``factors.stated-invalid`` with every contradiction and its place.
        """
        return self.with_factors(stated_factors(values, carriers=carriers, equivalent=equivalent or {}, scheme=scheme))

    def _missing(
        self,
        measure: str,
        subject: str,
        sets: Sequence[str],
        region: str | None,
        year: int,
        here: Sequence[Factor],
        fitting: Sequence[Factor],
    ) -> DataError:
        asked: dict[str, Any] = {
            "measure": measure,
            "subject": subject,
            "year": year,
            "sets": ", ".join(sets),
            "region": region or "–",
        }
        if measure == "tce_equivalent" and subject == "electricity":
            return DataError("factors.no-equivalent", **asked)
        if fitting:
            years = _years(fitting)
            return DataError("factors.no-year", **asked, years=_spans(years), latest=max(years, default=year))
        if here:
            regions = sorted({f.region for f in here if f.region})
            code = "factors.no-region" if region else "factors.region-needed"
            return DataError(
                code,
                **asked,
                regions=", ".join(regions),
                nearest=nearest(region or "", regions) or regions[0],
                years=_spans(_years(here)),
            )
        elsewhere = sorted({f.set for f in self._by_key.get((measure, subject), ())})
        if elsewhere:
            return DataError("factors.other-set", **asked, others=", ".join(elsewhere))
        measures = sorted({m for m, s in self._by_key if s == subject})
        if measures:
            return DataError("factors.no-measure", **asked, measures=", ".join(measures))
        known = sorted({s for m, s in self._by_key if m == measure})
        return DataError("factors.no-subject", **asked, nearest=nearest(subject, known) or "–")


@cache
def _packaged() -> FactorBook:
    return FactorBook(packaged_factors())


def _in_unit(factor: Factor, per: str | None) -> Factor:
    if per is not None and factor.per != per:
        unit = f"{factor.unit} ({factor.basis})" if factor.basis else factor.unit
        raise DataError("factors.other-unit", factor=factor.id, unit=unit, per=per)
    return factor


def _collide(one: Factor, other: Factor) -> bool:
    if (one.set, one.region) != (other.set, other.region):
        return False
    return (one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from is None or one.valid_from < other.valid_to
    )


def _years(factors: Sequence[Factor]) -> list[int]:
    # an open end is shown by the first or last whole year at the other end
    found: set[int] = set()
    for f in factors:
        first = f.valid_from.year if f.valid_from else None
        last = f.valid_to.year - 1 if f.valid_to else None
        ends = (
            range(first, last + 1)
            if first is not None and last is not None
            else [y for y in (first, last) if y is not None]
        )
        found.update(y for y in ends if f.covers(y))
    return sorted(found)


def _spans(years: Sequence[int]) -> str:
    """Years in words: ``2019, 2021–2023``."""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans) or "–"
