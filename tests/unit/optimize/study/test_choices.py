"""Ways to pay that a plan chooses between: each solved with its proof, the cheapest kept, the bound over all."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from lingtan.optimize.components import Demand, GridConnection
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import solve
from lingtan.optimize.study import choices
from lingtan.optimize.study.bills import plan_bills
from lingtan.optimize.study.plan import solve_case
from lingtan.services.studies import check_study_file
from study_case import SMALL, opened, write

PRICED = SMALL.replace("hours: 336", "hours: 744").replace(
    "    demand_cny_per_kw_month: 39\n",
    "    demand_cny_per_kw_month: 39\n    capacity_cny_per_kva_month: 24.4\n    average_load_factor: 0.6\n",
)
CHOICE = PRICED.replace(
    "connection_kw: 4000,",
    "connection_kw: 4000, choose_basis: [demand, contract, capacity], choose_pricing: [ordinary, direct_1192],",
)


def test_a_contract_bills_itself_and_twice_what_lies_above_it() -> None:
    """Two months of 100 and 200 kW at 10 CNY: contract C costs 20 C + 20 (100 - 1.05 C)+ + 20 (200 - 1.05 C)+."""
    power = np.array([100.0] * 24 + [200.0] * 24)
    months = np.array([1] * 24 + [2] * 24)
    model = Model(Timeline.hourly(48, months=months)).add(
        Demand("need", "el", power),
        GridConnection("grid", "el", 0.0, 500.0, demand_charge=10.0, contract=Size(500.0)),
    )
    found = solve(model, gap=1e-7)
    # above 100/1.05 the slope is 20 - 21 < 0, above 200/1.05 it is 20: so C = 200/1.05
    assert found.cost == pytest.approx(20 * 200 / 1.05, rel=1e-5)
    assert found.sizes["grid.contract"] == pytest.approx(200 / 1.05, rel=1e-4)
    given = Model(Timeline.hourly(48, months=months)).add(
        Demand("need", "el", power), GridConnection("grid", "el", 0.0, 500.0, demand_charge=10.0, contract=120.0)
    )
    assert solve(given, gap=1e-7).cost == pytest.approx(20 * 120 + 20 * (200 - 126), rel=1e-5)


def test_the_cheapest_way_to_pay_is_kept_with_a_bound_over_all(tmp_path: Path) -> None:
    study = opened(tmp_path, CHOICE)
    plan = solve_case(study.case(), study.rules)
    assert [w.name for w in plan.ways] == [
        "t", "t-contract", "t-capacity", "t-1192", "t-contract-1192", "t-capacity-1192",
    ]  # fmt: skip
    (chosen,) = [w for w in plan.ways if w.chosen]
    assert chosen.cost == min(w.cost for w in plan.ways)
    assert plan.lower_bound <= min(w.lower_bound for w in plan.ways)
    assert plan.lower_bound <= plan.cost
    for way in choices.ways(study.study):
        alone = solve_case(replace(study.case(), study=way.study), study.rules, gap=1e-4, tidy=False)
        (tried,) = [w for w in plan.ways if w.name == way.name]
        assert tried.lower_bound <= alone.cost
        assert plan.cost <= alone.cost * (1 + 2e-3)


def test_what_a_way_costs_is_what_its_bill_says(tmp_path: Path) -> None:
    """The plan's cost of the grid in a month of 31 days against the one bill function, for every way."""
    study = opened(tmp_path, CHOICE.replace("export_kw: 500, export_price: 0.2", "export_kw: 0"))
    for way in choices.ways(study.study):
        case = replace(study.case(), study=way.study)
        plan = solve_case(case, study.rules, gap=1e-5)
        (bill,) = plan_bills(case, plan)
        fixed = plan.items.get("fixed", 0.0) / case.hours_share / 12  # yearly fixed charges as one month
        ours = sum(v for k, v in plan.items.items() if k.startswith("grid.")) + fixed
        assert float(bill.total) == pytest.approx(ours, rel=2e-4)


def test_bill_lines_follow_the_way(tmp_path: Path) -> None:
    study = opened(tmp_path, CHOICE)
    lines = {}
    for way in choices.ways(study.study):
        case = replace(study.case(), study=way.study)
        (bill,) = plan_bills(case, solve_case(case, study.rules, gap=1e-2))
        lines[way.name] = {line.item: line.amount for line in bill.lines}
    assert lines["t-capacity"]["capacity"] == Decimal("97600.00")  # 24.4 × 4000 kVA of the connection
    # 0.0884 × 0.60 × 730 h × 4000 kVA
    assert lines["t-1192"]["grid_fee_1192"] == Decimal("154876.80")
    assert "transmission" not in lines["t-1192"]
    assert "transmission" in lines["t"]


def test_other_tariffs_are_tried_too_and_unknown_ones_are_named(tmp_path: Path) -> None:
    other = PRICED.replace(
        "grids:\n", "  - {id: flat, connection: grid, region: CN-HB, basis: demand, demand_cny_per_kw_month: 1,\n"
        "     energy_cny_per_kwh: {flat: 0.4}, source: made up}\ngrids:\n"
    ).replace("connection_kw: 4000,", "connection_kw: 4000, choose_tariff: [flat],")  # fmt: skip
    study = opened(tmp_path, other)
    plan = solve_case(study.case(), study.rules, gap=1e-2)
    assert [w.name for w in plan.ways if w.chosen] == ["flat"]
    assert choices.settled(study.case(), plan.ways).study.grids[0].tariff == "flat"
    bad = other.replace("choose_tariff: [flat]", "choose_tariff: [flta]")
    _, problems = check_study_file(write(tmp_path, bad))
    assert [(p.code, p.values["nearest"]) for p in problems] == [("study.unknown", "flat")]


def test_a_way_that_has_no_price_is_named_before_anything_is_solved(tmp_path: Path) -> None:
    bad = PRICED.replace("    average_load_factor: 0.6\n", "").replace(
        "connection_kw: 4000,", "connection_kw: 4000, choose_pricing: [direct_1192],"
    )
    bad = bad.replace("region: CN-HB\n    basis", "region: CN-XZ\n    basis")
    _, problems = check_study_file(write(tmp_path, bad))
    assert any(p.values.get("what") == "average_load_factor" for p in problems)
