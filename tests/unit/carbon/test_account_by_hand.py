"""A park computed by hand: CHP, export, conversion, heat, certificates, storage; every trap of the method stands in it."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from lingtan.base.units import rounded
from lingtan.carbon.account import Account
from lingtan.carbon.indicators import Indicator
from tests.unit.carbon.case import HOURS, account_of, park_of

T = 10**12
EL, GAS_TCE = Fraction("0.8325"), Fraction("1.33")  # kgCO2/kWh; kgce/m3 of the demo's stated values
GAS = {"carrier": "natural_gas", "source": "policy note", "kgco2_per_unit": "2.1622", "kgce_per_unit": "1.33"}


def tonnes(account: Account, measure: str = "co2", **where: str) -> Fraction:
    return Fraction(account.total(measure, **where), T)


def flat(value: float) -> np.ndarray:
    """The same in each hour, in metering units."""
    return np.full(HOURS, round(value), np.int64)


@pytest.fixture(scope="module")
def park() -> tuple[Account, dict[str, Indicator]]:
    """In each hour: grid 1000, wind line 2000, sun 3000, CHP 2000 kWh; 1600 of the 8000 kWh leave.

    The CHP burns 500 m3 for 2000 kWh and 7 GJ of steam; 2 GJ of steam are bought, 3 of the 9 leave.
    """
    made = park_of(
        {
            "grid-in": {"carrier": "electricity", "activity": "import", "connection": "grid"},
            "line-in": {"carrier": "electricity", "activity": "import", "connection": "line"},
            "pv": {"carrier": "electricity", "activity": "generation", "asset": "pv-a", "enterprise": "a"},
            "out": {"carrier": "electricity", "activity": "export", "connection": "grid"},
            "bat-in": {"carrier": "electricity", "activity": "charge", "asset": "bat"},
            "bat-out": {"carrier": "electricity", "activity": "discharge", "asset": "bat"},
            "gas-in": {"carrier": "natural_gas", "activity": "import"},
            "chp-gas": {"carrier": "natural_gas", "activity": "thermal_power", "asset": "chp", "enterprise": "plant"},
            "chp-power": {"carrier": "electricity", "activity": "generation", "asset": "chp", "enterprise": "plant"},
            "chp-steam": {"carrier": "steam", "activity": "generation", "asset": "chp", "enterprise": "plant"},
            "oven-gas": {"carrier": "natural_gas", "activity": "final", "enterprise": "a"},
            "feed-gas": {"carrier": "natural_gas", "activity": "feedstock", "enterprise": "b"},
            "steam-in": {"carrier": "steam", "activity": "import", "connection": "steam-net"},
            "steam-out": {"carrier": "steam", "activity": "export", "connection": "neighbor"},
            "coal": {"carrier": "washed_coal", "activity": "conversion_input", "enterprise": "b"},
            "coke": {"carrier": "coke", "activity": "conversion_output", "enterprise": "b"},
            "a-use": {"carrier": "electricity", "activity": "use", "enterprise": "a"},
            "b-use": {"carrier": "electricity", "activity": "use", "enterprise": "b"},
            "b-steam": {"carrier": "steam", "activity": "use", "enterprise": "b"},
        },
        connections=[
            {"id": "grid", "kind": "public_grid"},
            {"id": "line", "kind": "direct_line", "source": "wind"},
            {"id": "steam-net", "kind": "neighbor", "carrier": "steam", "source": "fossil"},
            {"id": "neighbor", "kind": "neighbor", "carrier": "steam"},
        ],
        assets=[
            {"id": "pv-a", "kind": "pv", "enterprise": "a"},
            {"id": "chp", "kind": "gas_chp", "enterprise": "plant"},
            {"id": "bat", "kind": "battery"},
        ],
        certificates=[{"id": "gec", "year": 2025, "kwh": 400 * HOURS, "source": "test"}],
        accounting={"carriers": [GAS]},
    )
    quantities = {
        "grid-in": flat(1000), "line-in": flat(2000), "pv": flat(3000), "out": flat(1600), "bat-in": flat(100),
        "bat-out": flat(90), "gas-in": flat(700), "chp-gas": flat(500), "chp-power": flat(2000), "chp-steam": flat(7),
        "oven-gas": flat(150), "feed-gas": flat(50), "steam-in": flat(2), "steam-out": flat(3), "coal": flat(1000),
        "coke": flat(700), "a-use": flat(4000), "b-use": flat(2000), "b-steam": flat(5),
    }  # fmt: skip
    return account_of(made, quantities)


Made = tuple[Account, dict[str, Indicator]]


def test_fuel_is_what_was_burnt_and_never_what_was_fed(park: Made) -> None:
    assert tonnes(park[0], category="fuel") == Fraction("2.1622") * 650 * HOURS / 1000


def test_imports_at_their_kind_less_exports_at_their_own_mix(park: Made) -> None:
    # 400 of the 1000 grid kWh are covered; a fifth of everything leaves: 200 grid (80 covered), 400 wind, 600 sun, 400 CHP
    imported, exported = 600, 120 + 400
    assert tonnes(park[0], category="power") == EL * (imported - exported) * HOURS / 1000
    kinds = {(s, k): sum(v for (p, s2, k2, _), v in park[0].kinds.items() if (p, s2, k2) == ("power", s, k)) for s, k in
             [("out", "direct"), ("out", "own_nonfossil"), ("out", "own_other"), ("out", "certificate"), ("out", "other")]}  # fmt: skip
    assert {k[1]: v // 1000 // HOURS for k, v in kinds.items()} == {
        "direct": 400, "own_nonfossil": 600, "own_other": 400, "certificate": 80, "other": 120,
    }  # fmt: skip


def test_heat_out_is_credited_as_the_mix_of_what_was_made_and_bought(park: Made) -> None:
    # both the CHP's and the bought steam are fossil: 2 GJ in, 3 GJ out
    assert tonnes(park[0], category="heat") == Fraction(110) * (2 - 3) * HOURS / 1000


def test_conversion_balances_carbon(park: Made) -> None:
    book = {f.subject: f for f in park[0].compiled.factors().values() if f.measure == "carbon"}
    balance = (1000 * book["washed_coal"].micro - 700 * book["coke"].micro) * HOURS * 1000
    assert park[0].total("co2", category="conversion") == balance


def test_energy_is_purchases_and_own_sun_less_exports_and_nothing_twice(park: Made) -> None:
    account = park[0]
    kwh = 1000 + 2000 + 3000 - 1600  # CHP power is in the gas, the battery's loss stays in
    coal = {f.subject: f.micro for f in account.compiled.factors().values() if f.measure == "tce_calorific"}
    rest = Fraction(1000 * coal["washed_coal"] - 700 * coal["coke"], 10**6)
    expected = Fraction("0.2856") * kwh + GAS_TCE * 700 + rest
    heat = Fraction(coal["heat"], 10**6) * (2 - 3)
    assert tonnes(account, "tce_equivalent") == (expected + heat) * HOURS / 1000
    less = expected - Fraction("0.2856") * kwh + Fraction("0.1229") * kwh
    assert tonnes(account, "tce_calorific") == (less + heat) * HOURS / 1000


def test_direct_supply_is_over_what_the_park_used(park: Made) -> None:
    found = park[1]["direct_supply"]
    assert found.numerator == (2000 + 3000 - 400 - 600) * HOURS
    assert found.denominator == (8000 - 1600) * HOURS


def test_both_views_sum_to_the_park(park: Made) -> None:
    account = park[0]
    enterprises = {p.enterprise for p in account.postings}
    for measure in ("co2", "tce_equivalent", "tce_calorific"):
        for view in ("direct", "transfer"):
            assert sum(account.total(measure, enterprise=e, view=view) for e in enterprises) == account.total(measure)


def test_a_measured_heat_factor_comes_before_the_default() -> None:
    made = park_of(
        {"s": {"carrier": "steam", "activity": "import", "connection": "net"}},
        connections=[
            {
                "id": "net",
                "kind": "neighbor",
                "carrier": "steam",
                "source": "fossil",
                "factor_kgco2_per_gj": "95",
                "factor_source": "supplier",
            }
        ],
    )
    account, _ = account_of(made, {"s": 100_000})
    assert tonnes(account, category="heat") == 9_500
    factor = account.compiled.factors()[next(p.factor for p in account.postings if p.category == "heat")]
    assert (factor.set, factor.source) == ("park", "supplier")


@pytest.mark.parametrize(
    ("kind", "fuel", "credit"),
    [("electric_boiler", None, 0), ("biomass_chp", None, 0), ("boiler", "natural_gas", 110)],
)
def test_exported_heat_is_credited_at_its_own_kind(kind: str, fuel: str | None, credit: int) -> None:
    channels = {
        "made": {"carrier": "steam", "activity": "generation", "asset": "plant"},
        "out": {"carrier": "steam", "activity": "export", "connection": "net"},
    }
    quantities = {"made": 10_000, "out": 10_000}
    if fuel:
        channels["fuel"] = {"carrier": fuel, "activity": "heat_supply", "asset": "plant"}
        quantities["fuel"] = 300_000
    made = park_of(
        channels,
        assets=[{"id": "plant", "kind": kind}],
        connections=[{"id": "net", "kind": "neighbor", "carrier": "steam"}],
    )
    account, _ = account_of(made, quantities)
    assert tonnes(account, category="heat") == -Fraction(credit) * 10_000 / 1000


def test_vector_c_with_another_equivalent_value_and_the_gas_share() -> None:
    grid = {"id": "grid", "kind": "public_grid"}
    imported = {"carrier": "electricity", "activity": "import", "connection": "grid"}
    stated = {"equivalent_kgce_per_kwh": {"2025": {"value": "0.300", "source": "test"}}}
    _, found = account_of(park_of({"in": imported}, connections=[grid], accounting=stated), {"in": 1_000_000})
    assert found["core"].value is not None
    assert rounded(found["core"].value, 1, 3) == Decimal("2.775")
    gas = {"g": {"carrier": "natural_gas", "activity": "final"}}
    _, found = account_of(park_of(gas, accounting={"carriers": [GAS]}), {"g": 1_000_000})
    assert found["core"].value is not None
    assert rounded(found["core"].value, 1, 2) == Decimal("1.63")
    assert rounded(Fraction("0.2") / found["core"].value * 100, 1, 1) == Decimal("12.3")


def test_a_role_of_thirds_is_rounded_half_away_from_zero() -> None:
    from lingtan.carbon.account import _divided

    values = np.array([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5], np.int64)
    assert _divided(values, 3).tolist() == [-2, -1, -1, -1, 0, 0, 0, 1, 1, 1, 2]
    assert _divided(values, 2).tolist() == [-3, -2, -2, -1, -1, 0, 1, 1, 2, 2, 3]
