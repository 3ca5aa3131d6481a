"""Finding a factor, and what is said when there is none."""

import string
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import DataError
from lingtan.carbon.factors import Factor, FactorBook, stated
from lingtan.carbon.factors.factor import per_metering_unit

BOOK = FactorBook.packaged()


def test_another_years_factor_never_stands_in() -> None:
    with pytest.raises(DataError) as caught:
        BOOK.find("co2", "grid_average", sets=["mee-grid"], region="CN-JS", year=2025)
    assert caught.value.code == "factors.no-year"
    text = caught.value.format("en")
    assert "2021–2023" in text
    assert "factor_years: {2025: 2023}" in text
    assert "CN-JS" in text
    assert "2021–2023" in caught.value.format("zh")


def test_another_year_is_taken_only_when_stated() -> None:
    found = BOOK.find("co2", "grid_average", sets=["mee-grid"], region="CN-JS", year=2025, factor_years={2025: 2023})
    assert found.id == "mee-grid:co2:grid_average:CN-JS:2023"
    assert not found.covers(2025)


def test_the_nation_never_stands_in_for_a_province() -> None:
    with pytest.raises(DataError) as caught:
        BOOK.find("co2", "grid_average", sets=["mee-grid"], region="CN-XZ", year=2023)
    assert caught.value.code == "factors.no-region"
    text = caught.value.format("en")
    assert "CN-XZ" in text
    assert "CN-YN" in text
    with pytest.raises(DataError, match="the regions are CN "):
        BOOK.find("co2", "grid_ex_market_nonfossil", sets=["mee-grid"], region="CN-JS", year=2023)


def test_a_regional_factor_without_a_region_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        BOOK.find("co2", "grid_average", sets=["mee-grid"], year=2023)
    assert caught.value.code == "factors.region-needed"


def test_a_missing_equivalent_value_says_how_to_state_it() -> None:
    with pytest.raises(DataError) as caught:
        BOOK.find("tce_equivalent", "electricity", sets=["park", "gbt2589-2020"], year=2025)
    assert caught.value.code == "factors.no-equivalent"
    assert "equivalent_kgce_per_kwh" in caught.value.format("zh")


@pytest.mark.parametrize(
    ("measure", "subject", "sets", "code", "words"),
    [
        ("tce_calorific", "anthracite", ["park", "gbt2589-2020"], "factors.other-set", "cn-fuel-2015"),
        ("co2", "coal_gangue", ["park", "cn-fuel-2015"], "factors.no-measure", "carbon, ncv, tce_calorific"),
        ("co2", "cement_clinker", ["process"], "factors.no-subject", "cement_clinker_cn"),
        ("co2", "raw_coal", ["park", "cn-fuel-2015"], "factors.no-measure", "tce_calorific"),
    ],
)
def test_what_is_missing_is_named_with_what_there_is(
    measure: str, subject: str, sets: list[str], code: str, words: str
) -> None:
    with pytest.raises(DataError) as caught:
        BOOK.find(measure, subject, sets=sets, region="CN-JS", year=2025)
    assert caught.value.code == code
    for lang in ("en", "zh"):
        assert words in caught.value.format(lang)
        assert subject in caught.value.format(lang)


def test_the_order_of_the_sets_decides() -> None:
    statistics = BOOK.find("tce_calorific", "natural_gas", sets=["nbs-statistics", "gbt2589-2020"], year=2025)
    standard = BOOK.find("tce_calorific", "natural_gas", sets=["gbt2589-2020", "nbs-statistics"], year=2025)
    assert (statistics.set, standard.set) == ("nbs-statistics", "gbt2589-2020")


def test_a_factor_in_another_unit_is_refused() -> None:
    assert BOOK.find("co2", "lime_hydraulic", sets=["process"], year=2025, per="kg")
    with pytest.raises(DataError) as caught:
        BOOK.find("co2", "lime_hydraulic", sets=["process"], year=2025, per="unit")
    assert caught.value.code == "factors.other-unit"
    assert "t lime" in caught.value.format("en")


def test_a_factor_that_changes_within_the_year_is_refused() -> None:
    book = BOOK.with_factors(
        [stated("co2", "natural_gas", Fraction(2), unit="kgCO2/m3", source="lab", valid_from=date(2025, 7, 1))]
    )
    with pytest.raises(DataError) as caught:
        book.find("co2", "natural_gas", sets=["park", "cn-fuel-2015"], year=2025)
    assert caught.value.code == "factors.part-of-year"
    assert "2025-07-01" in caught.value.format("en")
    assert book.find("co2", "natural_gas", sets=["park", "cn-fuel-2015"], year=2024).set == "cn-fuel-2015"
    assert book.find("co2", "natural_gas", sets=["park", "cn-fuel-2015"], year=2026).set == "park"


def test_no_two_factors_for_the_same_thing() -> None:
    seen = set()
    for f in BOOK:
        key = (f.set, f.measure, f.subject, f.region, f.valid_from)
        assert key not in seen, f.id
        seen.add(key)
    assert len({f.id for f in BOOK}) == len(BOOK) == len(seen)
    with pytest.raises(ValueError, match="two factors for the same thing"):
        BOOK.with_factors([next(iter(BOOK))])


def test_a_book_is_never_changed() -> None:
    before = BOOK.digest
    other = BOOK.with_factors([stated("co2", "x", Fraction(1), unit="kgCO2/kg", source="lab")])
    assert BOOK.digest == before != other.digest
    assert len(other) == len(BOOK) + 1


def test_the_digest_does_not_depend_on_the_order() -> None:
    assert FactorBook(reversed(BOOK.factors)).digest == BOOK.digest


def test_a_factor_survives_being_written_and_read() -> None:
    for f in BOOK:
        again = Factor.from_dict(f.as_dict())
        assert again == f
        assert again.digest == f.digest
    assert len({f.digest for f in BOOK}) == len(BOOK)


@given(
    text=st.decimals(min_value=0, max_value=10_000, places=6),
    unit=st.sampled_from([("tCO2/t", "kgCO2/kg", 1), ("tCO2/GJ", "kgCO2/GJ", 1000), ("kgce/MJ", "kgce/GJ", 1000)]),
)
def test_printed_units_become_metering_units_exactly(text: Fraction, unit: tuple[str, str, int]) -> None:
    printed, metered, times = unit
    value, found, per = per_metering_unit(Fraction(text), printed)
    assert (value, found, per) == (Fraction(text) * times, metered, metered.rsplit("/", 1)[1])


DAYS = st.integers(0, 3000).map(lambda n: date(2018, 1, 1) + timedelta(days=n))


@given(start=st.none() | DAYS, end=st.none() | DAYS, year=st.integers(2015, 2030))
def test_a_factor_covers_a_year_only_if_it_holds_on_each_of_its_days(
    start: date | None, end: date | None, year: int
) -> None:
    f = stated("co2", "x", Fraction(1), unit="kgCO2/kg", source="lab", valid_from=start, valid_to=end)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    holds = [(start is None or start <= d) and (end is None or d < end) for d in days]
    assert f.covers(year) == all(holds)
    if start is None or end is None or start < end:
        assert f.touches(year) == any(holds)


@given(
    subject=st.text(string.ascii_lowercase + "_", min_size=1, max_size=12),
    region=st.sampled_from([None, "CN", "CN-JS", "CN-XZ", "XX"]),
    year=st.integers(2000, 2040),
    sets=st.lists(st.sampled_from(["park", "mee-grid", "cn-fuel-2015", "process", "none"]), max_size=3),
)
def test_whatever_is_asked_the_answer_fits_or_is_an_error_with_a_sentence(
    subject: str, region: str | None, year: int, sets: list[str]
) -> None:
    for name in (subject, "grid_average", "natural_gas"):
        found, said = asked(name, sets, region, year)
        if found is None:
            assert all("{" not in text.replace("{" + str(year), "") for text in said)
            assert all(not text.startswith("factors.") for text in said)
        else:
            assert found.set in sets
            assert found.region in (None, region)
            assert found.covers(year)


def asked(subject: str, sets: list[str], region: str | None, year: int) -> tuple[Factor | None, list[str]]:
    try:
        return BOOK.find("co2", subject, sets=sets, region=region, year=year), []
    except DataError as error:
        return None, [error.format(lang) for lang in ("en", "zh")]
