"""Finance by hand: present value, return, payback, loans, tax and the cash flow that joins them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.optimize.finance.cash_flow import Project, cash_flow
from lingtan.optimize.finance.loan import schedule
from lingtan.optimize.finance.measures import cover, irr, levelised, npv, payback
from lingtan.optimize.study.costs import capital_recovery
from lingtan.optimize.study.record_finance import Finance, Loan

PLAIN = Finance(years=10, tax_rate=0.25, depreciation_years=10, residual_share=0.0)


def test_present_value_by_hand() -> None:
    assert npv(0.10, [-1000, 500, 500, 500]) == pytest.approx(-1000 + 500 / 1.1 + 500 / 1.21 + 500 / 1.331)
    assert npv(0.0, [1, 2, 3]) == 6


def test_return_of_a_perpetual_like_bond_is_its_coupon() -> None:
    assert irr([-100, 7, 7, 7, 7, 107]) == pytest.approx(0.07, abs=1e-9)


@pytest.mark.parametrize("flows", [[100, 50], [-100, -50], [-100, 230, -132], []])
def test_no_return_is_named_where_there_is_none_or_two(flows: list[float]) -> None:
    assert irr(flows) is None


@given(st.floats(-0.5, 1.0), st.integers(2, 30))
def test_at_the_return_the_present_value_is_nil(rate: float, years: int) -> None:
    flows = [-1000.0] + [0.0] * (years - 1) + [1000.0 * (1 + rate) ** years]
    found = irr(flows)
    assert found == pytest.approx(rate, abs=1e-6)


def test_payback_static_and_discounted() -> None:
    assert payback([-100, 30, 30, 30, 30]) == pytest.approx(3 + 10 / 30)
    assert payback([-100, 10, 10]) is None
    # 110/1.1 pays back exactly at the end of year 1
    assert payback([-100, 110], 0.10) == pytest.approx(1.0)


def test_levelised_cost_of_a_plant_that_runs_evenly() -> None:
    found = levelised(0.06, [1000.0] + [20.0] * 20, [0.0] + [500.0] * 20)
    assert found == pytest.approx((1000 * capital_recovery(0.06, 20) + 20) / 500)


def test_loans_repay_what_was_lent() -> None:
    for kind in ("annuity", "principal", "bullet"):
        found = schedule(1200.0, 0.05, 6, repayment=kind, grace_years=1)  # type: ignore[arg-type]
        assert sum(i.principal for i in found) == pytest.approx(1200)
        assert found[0].principal == 0
        assert found[0].interest == pytest.approx(60)
        assert npv(0.05, [-1200.0] + [i.service for i in found]) == pytest.approx(0, abs=1e-6)


def test_cover_is_over_the_years_with_debt() -> None:
    assert cover([0, 120, 150, 100], [0, 100, 100, 0]) == (pytest.approx(1.2), pytest.approx(1.35))
    assert cover([1, 2], [0, 0]) == (None, None)


def test_cash_flow_by_hand_without_debt() -> None:
    # 1000 built, 250 a year less 50: 200; depreciation 100; tax 25 % of 100 = 25; after tax 175
    made = cash_flow(Project("p", 1000, 250, 50, 10), PLAIN, 0.06)
    assert [y.after_tax for y in made.years] == pytest.approx([-1000] + [175] * 10)
    assert made.payback == pytest.approx(1000 / 175)
    assert made.npv == pytest.approx(-1000 + 175 / capital_recovery(0.06, 10))
    assert made.irr_before_tax == pytest.approx(0.15098, abs=1e-5)
    assert made.dscr_least is None


def test_cash_flow_by_hand_with_a_loan() -> None:
    terms = PLAIN.model_copy(update={"loan": Loan(share=0.5, rate=0.04, years=5, repayment="principal")})
    made = cash_flow(Project("p", 1000, 250, 50, 10), terms, 0.06)
    first = made.years[1]
    assert (first.interest, first.principal) == (pytest.approx(20), pytest.approx(100))
    assert first.tax == pytest.approx((250 - 50 - 100 - 20) * 0.25)
    assert first.equity == pytest.approx(200 - 20 - 20 - 100)
    assert made.years[0].equity == pytest.approx(-500)
    assert made.dscr_least == pytest.approx((200 - 20) / 120)


def test_losses_are_carried_forward_and_the_holiday_is_free() -> None:
    loss = cash_flow(Project("p", 1000, 120, 50, 10), PLAIN, 0.06)  # 70 - 100: a loss of 30 a year
    assert all(y.tax == 0 for y in loss.years)
    free = PLAIN.model_copy(update={"tax_holiday_years": 3, "tax_half_years": 3})
    made = cash_flow(Project("p", 1000, 250, 50, 10), free, 0.06)
    assert [round(y.tax, 2) for y in made.years[1:8]] == [0, 0, 0, 12.5, 12.5, 12.5, 25]


def test_equipment_that_dies_is_built_anew_and_its_rest_counts_at_the_end() -> None:
    terms = PLAIN.model_copy(update={"years": 15, "tax_rate": 0.0})
    made = cash_flow(Project("p", 1000, 300, 0, 10), terms, 0.0)
    assert [y.year for y in made.years if y.investment and y.year] == [11]
    assert made.years[-1].residual == pytest.approx(500)
    assert made.npv == pytest.approx(15 * 300 - 2000 + 500)


def test_abatement_cost_is_cost_over_saved_tonnes() -> None:
    terms = PLAIN.model_copy(update={"tax_rate": 0.0})
    made = cash_flow(Project("p", 1000, 50, 0, 10, emissions_saved_t=10), terms, 0.06)
    annuity = 1 / capital_recovery(0.06, 10)
    assert made.abatement_cost == pytest.approx((1000 - 50 * annuity) / (10 * annuity))
