"""The bill function: the published Hubei table to its digits, the rules of demand, 1192 and power factor by hand."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import InputError
from lingtan.park.tariffs.bill import Usage, bill, money
from lingtan.park.tariffs.charge import billed_demand, break_even_kwh, grid_fee_1192, least_contract
from lingtan.park.tariffs.compare import best_contract, compare
from lingtan.park.tariffs.power_factor import adjustment, power_factor
from lingtan.park.tariffs.record import PERIODS, Tariff
from lingtan.park.tariffs.terms import resolve, tariff_for

D = Decimal
JANUARY = date(2026, 1, 1)
# official table of January 2026: flat, sharp peak, peak, valley
HUBEI = {
    "1-10kV": ("0.651886", "1.049999", "0.848961", "0.432924"),
    "35kV": ("0.632086", "1.030199", "0.827161", "0.413124"),
    "110kV": ("0.613986", "1.012099", "0.809061", "0.395024"),
    "220kV": ("0.594986", "0.993099", "0.790061", "0.376024"),
}
COLUMNS = ("flat", "sharp_peak", "peak", "valley")


def hubei(voltage: str = "110kV", **more: object) -> Tariff:
    return Tariff.model_validate(
        {"id": "hb", "connection": "grid", "region": "CN-HB", "voltage": voltage, "basis": "demand", **more}
    )


@pytest.mark.parametrize("voltage", HUBEI)
def test_the_published_hubei_table_is_rebuilt_to_its_digits(voltage: str) -> None:
    terms = resolve(hubei(voltage), JANUARY)
    assert tuple(str(terms.energy(p)) for p in COLUMNS) == HUBEI[voltage]


@pytest.mark.parametrize("voltage", HUBEI)
def test_the_parts_of_the_hubei_table_give_its_prices_but_for_one_cell(voltage: str) -> None:
    terms = resolve(hubei(voltage), JANUARY)
    wrong = {p: str(d) for p, d in terms.differences().items()}
    assert wrong == ({"peak": "0.002000"} if voltage == "1-10kV" else {})
    assert terms.funds() == D("0.0452")


def test_a_bill_of_one_megawatt_hour_a_period_adds_up_to_the_published_prices() -> None:
    terms = resolve(hubei("1-10kV"), JANUARY)
    made = bill(terms, Usage({p: D(1_000_000) for p in COLUMNS}, max_kw=D(1000)))
    assert made.total == sum(D(x) for x in HUBEI["1-10kV"]) * 1_000_000 + D("42.0") * 1000
    assert abs(made.amount("difference") - 2000) < 1  # the cell that its parts do not explain, and the sixth places
    assert {line.item for line in made.lines} >= {"purchase", "line_loss", "transmission", "fund.renewable", "demand"}


def test_the_price_table_is_not_used_beyond_its_month() -> None:
    with pytest.raises(InputError) as refused:
        resolve(hubei(), date(2026, 2, 1))
    assert refused.value.code == "tariff.incomplete"
    assert "2026-01-01" in str(refused.value)


def test_1192_check_of_the_policy_note() -> None:
    fee = grid_fee_1192(D("0.0884"), D("0.60"), D(100_000))
    assert fee == D(3_871_920)
    terms = resolve(
        hubei(pricing="direct_1192", basis="capacity", capacity_kva=100_000, average_load_factor="0.60"), JANUARY
    )
    made = bill(terms, Usage({"flat": D(43_800_000)}))
    assert made.amount("capacity", "grid_fee_1192") == D("6311920.00")  # 6.312 M a month
    assert break_even_kwh(D("0.60"), D(100_000)) == D(43_800_000)
    assert made.amount("transmission") == 0


@given(st.integers(1, 90_000_000))
def test_1192_is_dearer_below_the_break_even_and_cheaper_above(kwh: int) -> None:
    more = {"basis": "capacity", "capacity_kva": 100_000, "average_load_factor": "0.60"}
    usage = Usage({"flat": D(kwh)})
    plain = bill(resolve(hubei(**more), JANUARY), usage).total
    direct = bill(resolve(hubei(**more, pricing="direct_1192"), JANUARY), usage).total
    difference = direct - plain
    assert abs(difference - D("0.0884") * (43_800_000 - kwh)) <= D("0.02")


@pytest.mark.parametrize(
    ("peak", "contract", "billed"),
    [
        (D(900), D(1000), D(1000)),  # below the contract: the contract
        (D(1050), D(1000), D(1000)),  # up to 105 %
        (D(1150), D(1000), D(1200)),  # 100 kW above 1050 at double rate
        (D(1150), None, D(1150)),  # actual demand
    ],
)
def test_contract_demand_and_the_105_percent_rule(peak: D, contract: D | None, billed: D) -> None:
    assert billed_demand(peak, contract) == billed


def test_the_least_contract_is_40_percent_of_the_installed_capacity() -> None:
    assert least_contract(D(20_000)) == D(8000)


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=12), st.integers(0, 60_000))
def test_no_contract_is_cheaper_than_the_best_one(peaks: list[int], other: int) -> None:
    demands = [D(p) for p in peaks]
    best = best_contract(demands, None)
    cost = sum(billed_demand(p, best) for p in demands)
    assert cost <= sum(billed_demand(p, D(other)) for p in demands) + D("0.3") * len(peaks)


@pytest.mark.parametrize(
    ("standard", "factor", "share"),
    [
        ("0.90", "0.90", "0"), ("0.90", "0.95", "-0.0075"), ("0.90", "1.00", "-0.0075"), ("0.90", "0.89", "0.005"),
        ("0.90", "0.70", "0.10"), ("0.90", "0.65", "0.15"), ("0.90", "0.64", "0.17"), ("0.85", "0.94", "-0.011"),
        ("0.85", "0.80", "0.025"), ("0.80", "0.92", "-0.013"), ("0.80", "0.60", "0.10"),
    ],
)  # fmt: skip
def test_power_factor_table_of_1983(standard: str, factor: str, share: str) -> None:
    assert adjustment(standard, D(factor)) == D(share)


def test_power_factor_adjusts_everything_but_the_funds() -> None:
    terms = resolve(hubei(power_factor_standard="0.90"), JANUARY)
    usage = Usage({"flat": D(100_000)}, max_kw=D(200), reactive_kvarh=D(75_000))  # cos phi 0.80: +5 %
    assert power_factor(D(100_000), D(75_000)) == D("0.80")
    made = bill(terms, usage)
    funds = sum(line.amount for line in made.lines if line.item.startswith("fund."))
    assert made.amount("power_factor") == money((made.total - made.amount("power_factor") - funds) * D("0.05"))


def test_the_discount_for_well_used_capacity() -> None:
    terms = resolve(hubei(demand_discount=True, capacity_kva=1000), JANUARY)
    used = bill(terms, Usage({"flat": D(260_000)}, max_kw=D(800)))
    idle = bill(terms, Usage({"flat": D(259_999)}, max_kw=D(800)))
    assert (used.amount("demand"), idle.amount("demand")) == (D("28080.00"), D("31200.00"))


def test_spot_purchase_replaces_the_purchase_price_alone() -> None:
    terms = resolve(hubei(purchase="spot"), JANUARY)
    made = bill(terms, Usage({"flat": D(1000), "peak": D(1000)}, max_kw=D(10), spot_cny=D("-35.505")))
    assert made.amount("purchase") == D("-35.51")
    assert made.amount("transmission") == D("176.80")


def test_everything_that_a_tariff_lacks_is_named_at_once() -> None:
    bare = Tariff.model_validate({"id": "x", "connection": "grid", "region": "CN-XJ", "basis": "capacity"})
    with pytest.raises(InputError) as refused:
        resolve(bare, JANUARY)
    assert {p.code for p in refused.value.problems} == {"tariff.not-known"}
    assert len(refused.value.problems) == 2


def test_the_tariff_of_the_day_is_found_and_two_are_refused() -> None:
    old, new = hubei(valid_to="2025-12-31"), hubei(valid_from="2026-01-01")
    assert tariff_for([old, new], "grid", JANUARY) is new
    with pytest.raises(InputError, match="several"):
        tariff_for([old, hubei()], "grid", date(2025, 5, 1))
    with pytest.raises(InputError, match="no tariff"):
        tariff_for([old], "grid", JANUARY)


def test_comparison_names_the_cheapest_and_what_is_not_possible() -> None:
    terms = resolve(hubei(capacity_kva=20_000), JANUARY)
    found = compare([(terms, Usage({"flat": D(2_000_000)}, max_kw=D(6000)))])
    assert found.cheapest is not None
    assert found.cheapest.basis == "demand"
    assert {o.pricing for o in found.options if o.total is None} == {"direct_1192"}  # Hubei's load factor is not known
    assert len(found.options) == 6


@given(st.dictionaries(st.sampled_from(COLUMNS), st.integers(0, 10**9), min_size=1))
def test_more_energy_never_costs_less_and_lines_sum_to_the_total(milli: dict[str, int]) -> None:
    terms = resolve(hubei(), JANUARY)
    usage = Usage({p: D(v) / 1000 for p, v in milli.items()}, max_kw=D(1))  # type: ignore[misc]
    more = Usage({p: D(v) / 1000 + 1 for p, v in milli.items()}, max_kw=D(1))  # type: ignore[misc]
    first, second = bill(terms, usage), bill(terms, more)
    assert first.total == sum(line.amount for line in first.lines)
    assert second.total >= first.total
    assert all(p in PERIODS for p in milli)
