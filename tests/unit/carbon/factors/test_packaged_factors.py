"""The factors that come with Lingtan: their values, sources and units."""

from fractions import Fraction

import pytest

from lingtan.base.units import fixed
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.factors.factor import CONFIDENCES, MEASURES, SOURCE_LINKS, Factor
from lingtan.carbon.factors.packaged import PARAMETERS, TABLES, fuel_parameters, fuel_schemes
from lingtan.carbon.factors.tables import table_rows
from lingtan.park.carriers import BUILT_IN

BOOK = FactorBook.packaged()
FUELS = "cn-fuel-2015"


def fuel(subject: str, measure: str = "co2", set_: str = FUELS) -> Factor:
    return BOOK.find(measure, subject, sets=[set_], year=2025)


def test_natural_gas_gives_the_factor_of_the_policy_note() -> None:
    gas = fuel("natural_gas")
    assert (gas.unit, gas.per, gas.micro) == ("kgCO2/m3", "m3", 2_162_189)
    # 21.622 tCO2 per 10 000 m3
    assert fixed(gas.value * 10_000 / 1000, 1000) == 21_622


@pytest.mark.parametrize(
    ("subject", "micro"),
    [
        # NCV × carbon content × oxidation × 44/12, worked apart from the guideline's figures
        ("anthracite", 2_322_768),  # 24.515 × 0.02749 × 0.94 × 44/12
        ("diesel", 3_145_122),  # 43.33 × 0.0202 × 0.98 × 44/12
        ("coke", 2_851_825),  # 28.446 × 0.0294 × 0.93 × 44/12
        ("lpg", 2_953_847),  # 47.31 × 0.0172 × 0.99 × 44/12
        ("blast_furnace_gas", 968_648),  # 37.69 × 0.0708 × 0.99 × 44/12 / 10
    ],
)
def test_composed_factors_equal_the_hand_computation(subject: str, micro: int) -> None:
    assert fuel(subject).micro == micro


def test_a_composed_factor_is_the_exact_product_of_its_parts() -> None:
    composed = [f for f in BOOK if f.measure == "co2" and f.set in fuel_schemes()]
    assert len(composed) > 30
    per = {"GJ/t": 1000, "GJ/1e4 Nm3": 10_000}
    for f in composed:
        part = {p.name: p for p in f.parts}
        ncv, content, rate = (Fraction(part[n].value) for n in ("ncv", "carbon_content", "oxidation_rate"))
        assert f.value == ncv / per[part["ncv"].unit] * content * 1000 * rate * Fraction(44, 12), f.id


def test_conversion_counts_all_carbon() -> None:
    gas = fuel("natural_gas")
    assert fuel("natural_gas", "carbon").value * Fraction("0.99") == gas.value


def test_a_scheme_is_never_mixed_with_another() -> None:
    # the scheme of 2022 prints no oxidation rate for coke: there is carbon, and no combustion factor
    assert {f.measure for f in BOOK if f.set == "mee-fuel-2022" and f.subject == "coke"} == {
        "carbon",
        "ncv",
        "tce_calorific",
    }
    for scheme in fuel_schemes():
        documents = {p.source for params in fuel_parameters(scheme).values() for p in params.values()}
        assert len(documents) == 1


@pytest.mark.parametrize(
    ("measure", "subject", "set_", "value", "unit"),
    [
        ("co2", "power_other", "ndrc-910-2025", "0.8325", "kgCO2/kWh"),
        ("co2", "power_direct_nonfossil", "ndrc-910-2025", "0", "kgCO2/kWh"),
        ("co2", "power_certificate", "ndrc-910-2025", "0", "kgCO2/kWh"),
        ("co2", "heat_fossil", "ndrc-910-2025", "110", "kgCO2/GJ"),
        ("co2", "heat_nonfossil", "ndrc-910-2025", "0", "kgCO2/GJ"),
        ("tce_calorific", "electricity", "gbt2589-2020", "0.1229", "kgce/kWh"),
        ("tce_calorific", "heat", "gbt2589-2020", "34.12", "kgce/GJ"),
        ("tce_calorific", "steam", "gbt2589-2020", "34.12", "kgce/GJ"),
        ("tce_calorific", "natural_gas", "gbt2589-2020", "1.33", "kgce/m3"),
        ("tce_calorific", "raw_coal", "gbt2589-2020", "0.7143", "kgce/kg"),
        ("co2", "cement_clinker_cn", "process", "0.535", "kgCO2/kg"),
    ],
)
def test_official_figures(measure: str, subject: str, set_: str, value: str, unit: str) -> None:
    found = BOOK.find(measure, subject, sets=[set_], region="CN-JS", year=2025)
    assert (found.value, found.unit) == (Fraction(value), unit)


def test_hydrogen_is_turned_from_volume_to_mass_by_the_printed_density() -> None:
    hydrogen = BOOK.find("tce_calorific", "hydrogen", sets=["gbt2589-2020"], year=2025)
    assert hydrogen.value == Fraction("0.3329") / Fraction("0.082")
    assert [p.name for p in hydrogen.parts] == ["printed", "density"]


@pytest.mark.parametrize(("year", "value"), [(2021, "0.5568"), (2022, "0.5366"), (2023, "0.5306")])
def test_a_grid_factor_holds_in_its_year_alone(year: int, value: str) -> None:
    found = BOOK.find("co2", "grid_average", sets=["mee-grid"], region="CN", year=year)
    assert found.value == Fraction(value)
    assert found.covers(year)
    assert not found.touches(year - 1)
    assert not found.touches(year + 1)


def test_each_year_has_the_nation_seven_grids_and_thirty_provinces() -> None:
    for year in (2021, 2022, 2023):
        here = [f for f in BOOK if f.set == "mee-grid" and f.subject == "grid_average" and f.covers(year)]
        regions = {f.region or "" for f in here}
        assert len(here) == len(regions) == 38
        assert sum(r.startswith("CN-GRID-") for r in regions) == 7
        assert "CN" in regions
        assert "CN-XZ" not in regions


def test_no_equivalent_value_of_electricity_is_packaged() -> None:
    assert not [f for f in BOOK if f.measure == "tce_equivalent"]


def test_footprint_factors_cannot_be_found_as_emissions() -> None:
    footprint = [f for f in BOOK if f.set == "footprint"]
    assert footprint
    assert {f.measure for f in footprint} == {"co2e"}
    assert not [f for f in BOOK if f.measure == "co2e" and f.set != "footprint"]


def test_every_row_says_where_it_comes_from() -> None:
    rows = [(table, row) for table in (*TABLES, PARAMETERS, "uncertainty.csv") for row in table_rows(table)]
    assert len(rows) > 400
    for table, row in rows:
        where = f"{table}: {row['subject']}"
        assert row["source_document"], where
        assert row["source_ref"], where
        assert row["confidence"] in ("official-seen", "quoted-seen", "general-knowledge"), where
        assert row["source_link"] in ("cited", "inferred", "recalled"), where
        assert row["edition"], where
        assert (row["confidence"] == "general-knowledge") == (row["source_link"] == "recalled"), where
        assert row.get("seen_in") or row["confidence"] == "general-knowledge", where


def test_recalled_rows_stay_marked_in_the_book() -> None:
    recalled = {
        (row["set"], row["subject"])
        for table in TABLES
        for row in table_rows(table)
        if row["confidence"] == "general-knowledge"
    }
    assert recalled
    for f in BOOK:
        assert f.source
        assert f.confidence in CONFIDENCES
        assert f.source_link in SOURCE_LINKS
        if (f.set, f.subject) in recalled and f.set in ("process", "gbt2589-2020"):
            assert (f.confidence, f.source_link) == ("general-knowledge", "recalled"), f.id


def test_a_composed_factor_is_as_sure_as_its_weakest_part() -> None:
    gas = fuel("natural_gas")
    assert (gas.confidence, gas.source_link) == ("quoted-seen", "inferred")


def test_units_are_the_metering_units_of_the_carriers() -> None:
    checked = 0
    for f in BOOK:
        assert f.measure in MEASURES
        assert f.unit.endswith(f"/{f.per}")
        kind = {"ncv": "GJ", "tce_calorific": "kgce", "co2e": "kgCO2e"}.get(f.measure, "kgCO2")
        assert f.unit.startswith(f"{kind}/"), f.id
        if f.subject in BUILT_IN and f.set != "process":
            assert f.per == BUILT_IN[f.subject].unit, f.id
            checked += 1
        elif f.set == "process":
            assert f.per == "kg", f.id
            assert f.basis, f.id
        elif f.subject.startswith("heat_"):
            assert f.per == "GJ", f.id
        elif f.set in ("mee-grid", "ndrc-910-2025", "footprint"):
            assert f.per == "kWh", f.id
    assert checked > 100


def test_heating_values_and_coefficients_agree_within_five_percent() -> None:
    # two tables of different origin; hydrogen and the ranges are apart by definition
    apart = {"lng", "converter_gas", "coal_gangue", "gasoline", "natural_gas", "blast_furnace_gas", "lpg"}
    compared = 0
    for f in BOOK:
        if f.set == "gbt2589-2020" and f.subject in fuel_parameters(FUELS) and f.subject not in apart:
            ratio = fuel(f.subject, "tce_calorific").value / f.value
            assert Fraction(95, 100) < ratio < Fraction(105, 100), (f.subject, float(ratio))
            compared += 1
    assert compared >= 8


def test_uncertainty_has_a_source_or_is_not_given() -> None:
    given = [f for f in BOOK if f.uncertainty is not None]
    assert len(given) > 50
    for f in given:
        assert f.uncertainty_source, f.id
    assert not [f for f in BOOK if f.uncertainty_source and f.uncertainty is None]
    assert all(f.uncertainty is None for f in BOOK if f.set in ("mee-grid", "ndrc-910-2025"))


def test_uncertainties_of_a_product_add_in_squares_rounded_up() -> None:
    gas = fuel("natural_gas")
    # 48.0 (46.5–50.4): 5 %; 56 100 (54 300–58 300): 3.9216 %
    exact = (Fraction(24, 480) ** 2 + Fraction(2200, 56_100) ** 2) ** 1
    assert gas.uncertainty is not None
    assert gas.uncertainty**2 >= exact > (gas.uncertainty - Fraction(1, 10_000)) ** 2
