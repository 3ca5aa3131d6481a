"""What a park states about its carriers and its power."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import InputError
from lingtan.carbon.factors import FactorBook
from lingtan.park.carriers import BUILT_IN, CarrierInfo
from lingtan.park.model import CarrierValue, YearValue

BOOK = FactorBook.packaged()
SETS = ["park", "cn-fuel-2015"]


def value(carrier: str = "natural_gas", **fields: Any) -> CarrierValue:
    return CarrierValue(carrier=carrier, source="laboratory report 17", **fields)


def problems(*values: CarrierValue) -> list[str]:
    with pytest.raises(InputError) as caught:
        BOOK.with_values(list(values))
    for lang in ("en", "zh"):
        assert "accounting.carriers[" in caught.value.format(lang)
    return [p.code for p in caught.value.problems]


def test_a_measured_heating_value_takes_the_place_of_the_schemes_and_the_rest_stays_listed() -> None:
    book = BOOK.with_values([value(ncv_gj_per_unit=Decimal("0.0362"))])
    gas = book.find("co2", "natural_gas", sets=SETS, year=2025)
    assert gas.value == Fraction("0.0362") * Fraction("15.3") * Fraction("0.99") * Fraction(44, 12)
    assert gas.set == "park"
    assert [(p.name, p.source_link) for p in gas.parts] == [
        ("ncv", "stated"),
        ("carbon_content", "inferred"),
        ("oxidation_rate", "inferred"),
        ("co2_per_carbon", "cited"),
    ]
    assert "laboratory report 17" in gas.source
    coal = book.find("tce_calorific", "natural_gas", sets=["park", "gbt2589-2020"], year=2025)
    assert coal.value == Fraction("0.0362") / Fraction("29307.6") * 10**6


def test_a_heating_value_gives_standard_coal_where_the_standard_has_no_coefficient() -> None:
    book = BOOK.with_values([value("anthracite", ncv_gj_per_unit=Decimal("0.0245"))])
    found = book.find("tce_calorific", "anthracite", sets=["park", "gbt2589-2020"], year=2025)
    assert (found.set, found.unit) == ("park", "kgce/kg")


def test_a_carrier_that_the_scheme_does_not_know_needs_all_three() -> None:
    some = BOOK.with_values([value("coking_coal", ncv_gj_per_unit=Decimal("0.028"))])
    assert {f.measure for f in some if f.set == "park"} == {"ncv", "tce_calorific"}
    full = {
        "ncv_gj_per_unit": Decimal("0.028"),
        "carbon_t_per_gj": Decimal("0.0258"),
        "oxidation": Decimal("0.98"),
    }
    book = BOOK.with_values([value("coking_coal", **full)])
    assert book.find("co2", "coking_coal", sets=SETS, year=2025).value == Fraction("28") * Fraction(
        "0.0258"
    ) * Fraction("0.98") * Fraction(44, 12)


def test_a_measured_oxidation_rate_leaves_the_contained_carbon_alone() -> None:
    book = BOOK.with_values([value(oxidation=Decimal("0.995"))])
    assert {f.measure for f in book if f.set == "park"} == {"co2"}
    assert book.find("carbon", "natural_gas", sets=SETS, year=2025).set == "cn-fuel-2015"


def test_a_suppliers_factor_is_taken_as_it_is() -> None:
    book = BOOK.with_values([value(kgco2_per_unit=Decimal("2.05"), kgce_per_unit=Decimal("1.25"))])
    gas = book.find("co2", "natural_gas", sets=SETS, year=2025)
    assert (gas.micro, gas.unit, gas.source, gas.confidence) == (
        2_050_000,
        "kgCO2/m3",
        "laboratory report 17",
        "stated",
    )
    assert book.find("tce_calorific", "natural_gas", sets=["park", "gbt2589-2020"], year=2025).micro == 1_250_000


def test_the_parks_own_carriers_may_be_stated() -> None:
    own = {**BUILT_IN, "syngas": CarrierInfo("syngas", "合成气", "syngas", "fossil", "m3")}
    book = BOOK.with_values([value("syngas", kgco2_per_unit=Decimal("0.9"))], carriers=own)
    assert book.find("co2", "syngas", sets=SETS, year=2025).unit == "kgCO2/m3"


def test_the_equivalent_value_holds_in_its_year_with_the_parks_confidence() -> None:
    equivalent = {2025: YearValue(value=Decimal("0.2856"), source="provincial letter", confidence="unofficial")}
    book = BOOK.with_values([], equivalent)
    found = book.find("tce_equivalent", "electricity", sets=["park"], region="CN-JS", year=2025)
    assert (found.micro, found.unit, found.confidence) == (285_600, "kgce/kWh", "unofficial")
    assert not found.covers(2024)
    assert not found.covers(2026)


def test_what_the_park_states_is_looked_up_by_the_real_year() -> None:
    book = BOOK.with_values([value(kgco2_per_unit=Decimal("2.05"), valid_from=date(2025, 1, 1))])
    found = book.find("co2", "natural_gas", sets=SETS, year=2025, factor_years={2025: 2023})
    assert found.set == "park"


def test_values_of_different_years_stand_side_by_side() -> None:
    book = BOOK.with_values(
        [
            value(kgco2_per_unit=Decimal("2.1"), valid_to=date(2025, 1, 1)),
            value(kgco2_per_unit=Decimal("2.0"), valid_from=date(2025, 1, 1)),
        ]
    )
    micros = [book.find("co2", "natural_gas", sets=SETS, year=y).micro for y in (2024, 2025)]
    assert micros == [2_100_000, 2_000_000]


def test_every_contradiction_is_reported_at_once_with_its_place() -> None:
    found = problems(
        value("natral_gas", kgco2_per_unit=Decimal(2)),
        value("diesel", kgco2_per_unit=Decimal(3), carbon_t_per_gj=Decimal("0.02")),
        value("coke"),
        value("lng", oxidation=Decimal(1), valid_from=date(2025, 1, 1), valid_to=date(2024, 1, 1)),
        value("lpg", ncv_gj_per_unit=Decimal("0.047"), kgce_per_unit=Decimal("1.2")),
        value("crude_oil", kgce_per_unit=Decimal("1.4")),
        value("crude_oil", kgce_per_unit=Decimal("1.5"), valid_from=date(2025, 1, 1)),
    )
    assert found == [
        "factors.stated-carrier",
        "factors.stated-twice",
        "factors.stated-nothing",
        "factors.stated-dates",
        "factors.stated-apart",
        "factors.stated-overlap",
    ]


def test_an_unknown_scheme_names_the_nearest() -> None:
    with pytest.raises(InputError, match="cn-fuel-2015"):
        BOOK.with_values([], scheme="cn-fuel-2016")


@given(
    ncv=st.decimals(min_value="0.001", max_value="0.06", places=5),
    carbon=st.decimals(min_value="0.001", max_value="0.08", places=5),
    oxidation=st.decimals(min_value="0.5", max_value="1", places=3),
)
def test_measured_parameters_multiply_exactly(ncv: Decimal, carbon: Decimal, oxidation: Decimal) -> None:
    book = BOOK.with_values([value(ncv_gj_per_unit=ncv, carbon_t_per_gj=carbon, oxidation=oxidation)])
    burnt = book.find("co2", "natural_gas", sets=SETS, year=2025)
    contained = book.find("carbon", "natural_gas", sets=SETS, year=2025)
    assert burnt.value == Fraction(ncv) * Fraction(carbon) * Fraction(oxidation) * 1000 * Fraction(44, 12)
    assert contained.value * Fraction(oxidation) == burnt.value
    assert all(p.source_link == "stated" for p in burnt.parts[:-1])
