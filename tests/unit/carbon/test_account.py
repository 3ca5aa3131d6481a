"""The official method on parks that can be computed by hand."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from lingtan.base.units import rounded
from lingtan.carbon.account import Account
from tests.unit.carbon.case import HOURS, account_of, park_of

GRID = {"id": "grid", "kind": "public_grid"}
LINE = {"id": "line", "kind": "direct_line", "source": "wind"}
STEAM = {"id": "steam-net", "kind": "neighbor", "carrier": "steam", "source": "fossil"}
T = 10**12


def power_in(connection: str = "grid", **more: str) -> dict[str, str]:
    return {"carrier": "electricity", "activity": "import", "connection": connection, **more}


def power_out(connection: str = "grid", **more: str) -> dict[str, str]:
    return {"carrier": "electricity", "activity": "export", "connection": connection, **more}


def certificates(kwh: int) -> list[dict[str, object]]:
    return [{"id": "gec-2025", "year": 2025, "kwh": kwh, "source": "test"}]


def tonnes(account: Account, measure: str = "co2", **where: str) -> Fraction:
    return Fraction(account.total(measure, **where), T)


def test_vector_a_of_the_policy_note_to_the_printed_digit() -> None:
    gas = {"carrier": "natural_gas", "activity": "final"}
    park = park_of(
        {"in-grid": power_in(), "in-line": power_in("line"), "gas": gas},
        connections=[GRID, LINE],
        certificates=certificates(380_000_000),
        accounting={"carriers": [{"carrier": "natural_gas", "source": "policy note", "kgco2_per_unit": "2.1622"}]},
    )
    account, found = account_of(park, {"in-grid": 450_000_000, "in-line": 550_000_000, "gas": 20_000_000})
    core = found["core"]
    assert rounded(core.denominator, 1, 0) == 312_200
    assert rounded(tonnes(account, category="power"), 1, 0) == 58_275
    assert rounded(tonnes(account, category="fuel"), 1, 0) == 43_244
    assert rounded(core.numerator, 1, 0) == 101_519
    assert core.value is not None
    assert rounded(core.value, 1, 4) == Decimal("0.3252")
    assert core.target == Fraction("0.2")
    assert core.met is False
    assert rounded(core.target * core.denominator, 1, 0) == 62_440
    assert found["direct_supply"].value == Fraction(55, 100)


def test_vector_b_of_the_policy_note() -> None:
    heat_in = {"carrier": "steam", "activity": "import", "connection": "steam-net"}
    heat_out = {"carrier": "steam", "activity": "export", "connection": "steam-net"}
    park = park_of(
        {
            "in-grid": power_in(),
            "in-line": power_in("line"),
            "out-fossil": power_out(kind_of_power="other"),
            "out-green": power_out(kind_of_power="own_nonfossil"),
            "steam-in": heat_in,
            "steam-out": heat_out,
        },
        connections=[GRID, LINE, STEAM],
        certificates=certificates(200_000_000),
    )
    account, _ = account_of(
        park,
        {
            "in-grid": 300_000_000,
            "in-line": 300_000_000,
            "out-fossil": 20_000_000,
            "out-green": 50_000_000,
            "steam-in": 500_000,
            "steam-out": 100_000,
        },
    )
    assert tonnes(account, category="power") == 66_600
    assert tonnes(account, category="heat") == 44_000


def test_vector_c_grid_power_and_heat_by_unit_of_energy() -> None:
    park = park_of({"in-grid": power_in()}, connections=[GRID])
    _, found = account_of(park, {"in-grid": 1_000_000})
    assert found["core"].value is not None
    assert rounded(found["core"].value, 1, 3) == Decimal("2.915")
    steam = {"carrier": "steam", "activity": "import", "connection": "steam-net"}
    _, found = account_of(park_of({"s": steam}, connections=[STEAM]), {"s": 100_000})
    assert found["core"].value is not None
    assert rounded(found["core"].value, 1, 2) == Decimal("3.22")


@pytest.mark.parametrize(("tce", "limit"), [(199_999, None), (200_000, "0.2"), (999_999, "0.2"), (1_000_000, "0.3")])
def test_c26_vector_d_the_size_class_boundaries(tce: int, limit: str | None) -> None:
    # 1 kgce per kg, so that tonnes are tce to the last digit
    stated = {"carrier": "raw_coal", "source": "test", "kgce_per_unit": "1", "kgco2_per_unit": "0.1"}
    park = park_of({"coal": {"carrier": "raw_coal", "activity": "final"}}, accounting={"carriers": [stated]})
    _, found = account_of(park, {"coal": tce * 1000})
    assert found["core"].denominator == tce
    assert found["core"].target == (Fraction(limit) if limit else None)


def test_c09_a_certificate_covers_no_more_than_what_was_imported() -> None:
    park = park_of({"in-grid": power_in()}, connections=[GRID], certificates=certificates(5_000_000))
    account, _ = account_of(park, {"in-grid": 3_000_000})
    assert account.total("co2") == 0
    assert account.crossing.covered_wh == 3_000_000_000


def test_c11_exported_green_power_earns_no_credit_and_fossil_power_its_own() -> None:
    park = park_of(
        {
            "in-grid": power_in(),
            "pv": {"carrier": "electricity", "activity": "generation", "asset": "pv-a"},
            "out": power_out(),
        },
        connections=[GRID],
        assets=[{"id": "pv-a", "kind": "pv"}],
    )
    # in each hour 2 MWh of grid power and 6 of sun, 4 of the 8 exported: one is grid power
    flat = np.full(HOURS, 1, np.int64)
    account, _ = account_of(park, {"in-grid": flat * 2000, "pv": flat * 6000, "out": flat * 4000})
    assert tonnes(account, category="power") == Fraction("0.8325") * HOURS * (2 - 1)
    # energy: 2 + 6 - 4 MWh at equivalent value
    assert tonnes(account, "tce_equivalent") == Fraction("0.2856") * HOURS * 4
    assert tonnes(account, "tce_calorific") == Fraction("0.1229") * HOURS * 4


def test_c06_power_made_from_fuel_is_not_counted_again() -> None:
    park = park_of(
        {
            "gas-in": {"carrier": "natural_gas", "activity": "import"},
            "gas-chp": {"carrier": "natural_gas", "activity": "thermal_power", "asset": "chp", "enterprise": "plant"},
            "chp-power": {"carrier": "electricity", "activity": "generation", "asset": "chp", "enterprise": "plant"},
            "chp-heat": {"carrier": "steam", "activity": "generation", "asset": "chp", "enterprise": "plant"},
            "a-power": {"carrier": "electricity", "activity": "use", "enterprise": "a"},
            "a-steam": {"carrier": "steam", "activity": "use", "enterprise": "a"},
            "b-power": {"carrier": "electricity", "activity": "use", "enterprise": "b"},
        },
        assets=[{"id": "chp", "kind": "gas_chp", "enterprise": "plant"}],
    )
    quantities = {
        "gas-in": 10_000_000,
        "gas-chp": 10_000_000,
        "chp-power": 36_000_000,  # kWh = 129.6 TJ
        "chp-heat": 129_600,  # GJ: as much energy as the power
        "a-power": 18_000_000,
        "a-steam": 129_600,
        "b-power": 18_000_000,
    }
    account, _ = account_of(park, quantities)
    total = 10_000_000 * Fraction(2162189, 10**6) / 1000
    assert tonnes(account) == total
    assert tonnes(account, "tce_equivalent") == Fraction("1.33") * 10_000_000 / 1000
    assert tonnes(account, enterprise="plant") == total
    after = {e: tonnes(account, enterprise=e, view="transfer") for e in ("plant", "a", "b", "zone")}
    assert after["plant"] == 0
    assert float(after["a"]) == pytest.approx(float(total) * 0.75, rel=1e-6)  # all the heat and half of the power
    assert float(after["b"]) == pytest.approx(float(total) * 0.25, rel=1e-6)
    assert sum(after.values()) == total
    energy = {e: tonnes(account, "tce_equivalent", enterprise=e, view="transfer") for e in ("plant", "a", "b", "zone")}
    assert sum(energy.values()) == tonnes(account, "tce_equivalent")
    assert float(energy["a"]) == pytest.approx(13300 * 0.75, rel=1e-6)


def test_c02_feedstock_carries_no_co2_and_its_energy_follows_the_switch() -> None:
    spec = {
        "gas-in": {"carrier": "natural_gas", "activity": "import"},
        "burnt": {"carrier": "natural_gas", "activity": "final", "enterprise": "a"},
        "feed": {"carrier": "natural_gas", "activity": "feedstock", "enterprise": "a"},
    }
    quantities = {"gas-in": 5_000_000, "burnt": 3_000_000, "feed": 2_000_000}
    account, _ = account_of(park_of(spec), quantities)
    assert tonnes(account) == 3_000_000 * Fraction(2162189, 10**6) / 1000
    assert tonnes(account, "tce_equivalent") == 5_000_000 * Fraction("1.33") / 1000
    account, _ = account_of(park_of(spec, accounting={"feedstock_in_energy": False}), quantities)
    assert tonnes(account, "tce_equivalent") == 3_000_000 * Fraction("1.33") / 1000


def test_c05_conversion_is_a_carbon_balance_at_full_oxidation() -> None:
    spec = {
        "coal": {"carrier": "washed_coal", "activity": "conversion_input"},
        "coke": {"carrier": "coke", "activity": "conversion_output"},
    }
    account, _ = account_of(park_of(spec), {"coal": 1_000_000, "coke": 700_000})
    book = {f.subject: f for f in account.compiled.factors().values() if f.measure == "carbon"}
    expected = (1_000_000 * book["washed_coal"].micro - 700_000 * book["coke"].micro) * 1000
    assert account.total("co2") == expected
    assert expected > 0


def test_c18_a_stock_that_grows_is_not_consumed() -> None:
    spec = {
        "bought": {"carrier": "diesel", "activity": "import"},
        "yard": {"carrier": "diesel", "activity": "stock", "kind": "level"},
        "burnt": {"carrier": "diesel", "activity": "final", "enterprise": "a"},
    }
    account, _ = account_of(park_of(spec), {"bought": 1_000_000, "yard": 100_000, "burnt": 900_000})
    book = account.compiled.use_factors["diesel"]
    assert tonnes(account, "tce_equivalent") == Fraction(900_000 * book.micro * 1000, T)


def test_c04_bunkers_are_in_the_total_and_listed_apart() -> None:
    spec = {
        "ship": {"carrier": "fuel_oil", "activity": "bunker"},
        "boiler": {"carrier": "fuel_oil", "activity": "final"},
    }
    account, _ = account_of(park_of(spec), {"ship": 1_000_000, "boiler": 1_000_000})
    assert account.total("co2", category="bunker") == account.total("co2", category="fuel")
    assert account.total("co2") == 2 * account.total("co2", category="bunker")


def test_c15_process_emissions_follow_the_output() -> None:
    park = park_of(
        {"clinker": {"carrier": "product", "activity": "output", "process": "kiln", "enterprise": "a"}},
        processes=[{"id": "kiln", "enterprise": "a", "factor": "cement_clinker_cn"}],
    )
    account, _ = account_of(park, {"clinker": 1_000_000})
    assert tonnes(account, category="process") == 535


def test_c22_a_sub_meter_explains_and_a_tenant_takes_its_share() -> None:
    use = {"carrier": "electricity", "activity": "use"}
    park = park_of(
        {
            "in-grid": power_in(),
            "a-main": {**use, "enterprise": "a"},
            "a-hall": {**use, "enterprise": "a", "parent": "m-a-main"},
            "tenant": {**use, "enterprise": "b", "parent": "m-a-main"},
        },
        connections=[GRID],
    )
    account, _ = account_of(park, {"in-grid": 1_000_000, "a-main": 1_000_000, "a-hall": 500_000, "tenant": 250_000})
    total = tonnes(account)
    assert tonnes(account, enterprise="b", view="transfer") == pytest.approx(total / 4, rel=1e-9)
    assert tonnes(account, enterprise="a", view="transfer") == pytest.approx(total * 3 / 4, rel=1e-9)


def test_market_and_location_stand_side_by_side() -> None:
    park = park_of(
        {"in-grid": power_in(), "in-line": power_in("line")},
        connections=[GRID, LINE],
        certificates=certificates(400_000),
        accounting={"factor_years": {2025: 2023}},
    )
    account, found = account_of(park, {"in-grid": 1_000_000, "in-line": 500_000}, "ghg-protocol")
    assert tonnes(account, "co2_location") == 1500 * Fraction("0.5827")
    assert tonnes(account, "co2_market") == 600 * Fraction("0.6096")
    assert found == {}


def test_c16_a_year_without_a_factor_is_an_error_that_says_which() -> None:
    from lingtan.base.errors import DataError

    park = park_of({"in-grid": power_in()}, connections=[GRID])
    with pytest.raises(DataError) as caught:
        account_of(park, {"in-grid": 1_000_000}, "ghg-protocol")
    assert "2023" in caught.value.format("en")


def test_c35_the_interval_brackets_the_value_and_gives_a_probability() -> None:
    stated = {"carrier": "raw_coal", "source": "test", "kgce_per_unit": "1", "kgco2_per_unit": "0.199"}
    park = park_of({"coal": {"carrier": "raw_coal", "activity": "final"}}, accounting={"carriers": [stated]})
    _, found = account_of(park, {"coal": 300_000_000})
    band = found["core"].interval
    assert band is not None
    # one meter stands in both E and T: its error cancels
    assert band.sigma == pytest.approx(0, abs=1e-12)
    park = park_of({"in-grid": power_in(), "in-line": power_in("line")}, connections=[GRID, LINE])
    _, found = account_of(park, {"in-grid": 60_000_000, "in-line": 900_000_000})
    band = found["core"].interval
    assert band is not None
    assert found["core"].value is not None
    assert band.low < found["core"].value < band.high
    assert band.probability is not None
    assert 0 < band.probability < 1
