"""Every kind of asset and of price that dispatch knows, in a case whose answer is found by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from lingtan.optimize.dispatch.inputs import Horizon, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner
from lingtan.optimize.dispatch.record import Fleet, Money, Need, Unit
from lingtan.park.tariffs.record import Tariff
from tests.unit.optimize.dispatch.parks import battery, description, inputs

NONE = battery(capacity_kw=0.0)


def test_an_electrolyser_fills_its_tank_at_cheap_hours_at_no_less_than_its_least_load() -> None:
    described = description(
        NONE,
        Unit(id="ely", kind="electrolyser", input="el", output="h2", capacity_kw=100, efficiency=0.5,
             minimum_load=0.6, start_cost_cny=1.0),
        Unit(id="tank", kind="hydrogen_tank", input="h2", capacity_kw=100, energy_kwh=500, efficiency=1.0, end_level=0.0),
        needs=[Need(id="h2", node="h2", series="h2")],
    )  # fmt: skip
    series = {"load": [0] * 5, "h2": [0, 0, 0, 0, 80], "price": [0.9, 0.1, 0.1, 0.9, 0.9]}
    step = Planner(described, gap=1e-6).plan(inputs(described, series, state=State(content_kwh={"tank": 0.0})))
    made = step.series["ely.input"]  # 160 kWh of power in the two cheap hours
    assert made[1:3].sum() == pytest.approx(160)
    assert made[1:3].min() >= 60 - 1e-6
    assert made[[0, 3, 4]].max() < 1e-9
    assert step.series["tank.discharge"][4] == pytest.approx(80)
    assert step.solution.cost == pytest.approx(160 * 0.1 + 1.0, rel=1e-4)


def test_a_fuel_cell_gives_power_when_it_is_dear() -> None:
    described = description(
        NONE,
        Unit(id="cell", kind="fuel_cell", input="h2", output="el", capacity_kw=50, efficiency=0.5),
        Unit(id="tank", kind="hydrogen_tank", input="h2", capacity_kw=500, energy_kwh=500, efficiency=1.0, end_level=0.0),
    )  # fmt: skip
    given = inputs(described, {"load": [60] * 3, "price": [0.3, 1.5, 0.3]}, state=State(content_kwh={"tank": 60.0}))
    step = Planner(described).plan(given)
    assert step.series["grid.import"] == pytest.approx([60, 30, 60], abs=1e-6)


def test_vehicles_give_back_when_it_pays_and_still_leave_full() -> None:
    fleet = Fleet(id="ev", node="el", vehicles=1, charger_kw=20, battery_kwh=100, arrives=0, leaves=4,
                  arrival_level=0.5, departure_level=0.6, efficiency=1.0, back_share=1.0)  # fmt: skip
    described = description(NONE, fleets=[fleet])
    step = Planner(described).plan(inputs(described, {"load": [30] * 5, "price": [0.2, 1.0, 0.2, 0.5, 1.0]}))
    assert step.series["ev.discharge"][1] == pytest.approx(20)
    assert (step.series["ev.charge"] - step.series["ev.discharge"])[:4].sum() == pytest.approx(10)
    assert step.series["ev.charge"][4] == pytest.approx(0)


def test_what_may_be_left_out_is_left_out_above_its_price_and_no_more_than_agreed() -> None:
    need = Need(
        id="melt", node="el", series="melt", curtailable=0.5, curtail_cost_cny_per_kwh=1.0, curtail_limit_kwh=60
    )
    described = description(NONE, needs=[need])
    series = {"load": [0] * 4, "melt": [100] * 4, "price": [0.5, 1.2, 2.0, 0.5]}
    step = Planner(described).plan(inputs(described, series))
    assert step.series["grid.import"] == pytest.approx([100, 90, 50, 100], abs=1e-6)


def test_limits_of_the_connection_hold_both_ways() -> None:
    described = description(
        battery(efficiency=1.0), Unit(id="sun", kind="pv", output="el", available="sun"),
        grid={"import_kw": 80.0, "export_kw": 30.0, "export_price_cny_per_kwh": 0.2},
    )  # fmt: skip
    series = {"load": [20, 20, 120], "sun": [200, 60, 0], "price": [0.5, 0.5, 0.5]}
    step = Planner(described).plan(inputs(described, series, state=State(content_kwh={"battery": 0.0})))
    assert step.series["grid.import"].max() <= 80 + 1e-6
    assert step.series["grid.export"].max() <= 30 + 1e-6
    assert step.series["battery.discharge"][2] >= 40 - 1e-6
    assert step.series["sun.power"][0] == pytest.approx(20 + 30 + step.series["battery.charge"][0])


def test_a_chiller_and_a_cold_store_work_in_the_cool_of_the_night() -> None:
    described = description(
        NONE,
        Unit(id="chiller", kind="chiller", input="el", output="cold", capacity_kw=100, supply_c=7, carnot_share=0.4),
        Unit(id="ice", kind="cold_store", input="cold", capacity_kw=200, energy_kwh=200, efficiency=1.0, end_level=0.0),
        needs=[Need(id="cold", node="cold", series="cold")], temperature="air",
    )  # fmt: skip
    series = {"load": [0, 0], "cold": [0, 100], "price": [0.5, 0.5], "air": [22.0, 40.0]}
    step = Planner(described).plan(inputs(described, series, state=State(content_kwh={"ice": 0.0})))
    assert step.series["ice.charge"][0] == pytest.approx(100)
    assert step.series["grid.import"][1] == pytest.approx(0, abs=1e-6)


def tariff(**fields: object) -> Tariff:
    given = {
        "id": "t", "connection": "grid", "region": "CN-JS", "basis": "demand",
        "energy_cny_per_kwh": {"peak": "1.0", "flat": "0.6", "valley": "0.3", "sharp_peak": "1.25"},
        "windows": [
            {"period": "peak", "windows": ["14:00-22:00"]}, {"period": "valley", "windows": ["00:00-08:00"]},
            {"period": "flat", "windows": ["rest"]},
            {"period": "sharp_peak", "windows": ["18:00-20:00"], "months": [7, 8]},
        ],
        "demand_cny_per_kw_month": "40",
    }  # fmt: skip
    return Tariff.model_validate(given | fields)


def prices_on(day: datetime, **fields: object):  # type: ignore[no-untyped-def]
    described = description(NONE, grid={"price_series": None, "tariff": "t"}, tariffs=[tariff(**fields)])
    horizon = Horizon(day, 24, 60)
    return all_prices(described, horizon, {"load": np.ones(24)})["grid"]


def test_the_sharp_peak_is_paid_in_its_months_and_hours_only() -> None:
    july, june = prices_on(datetime(2025, 7, 9, 16, tzinfo=UTC)), prices_on(datetime(2025, 6, 9, 16, tzinfo=UTC))
    assert july.import_cny_per_kwh[[3, 10, 17, 18, 19, 20]] == pytest.approx([0.3, 0.6, 1.0, 1.25, 1.25, 1.0])
    assert june.import_cny_per_kwh[18] == pytest.approx(1.0)
    assert july.demand_cny_per_kw == pytest.approx([40.0])


def test_under_capacity_billing_a_new_peak_is_free_and_under_a_contract_it_costs_double_above_105_percent() -> None:
    day = datetime(2025, 7, 9, 16, tzinfo=UTC)
    capacity = prices_on(
        day, basis="capacity", demand_cny_per_kw_month=None, capacity_cny_per_kva_month="28", capacity_kva="500"
    )
    assert capacity.demand_cny_per_kw == pytest.approx([0.0])
    contract = prices_on(day, basis="contract", contract_kw="100")
    assert contract.contract_kw == 100.0
    described = description(battery(), grid={"price_series": None, "tariff": "t"}, tariffs=[tariff()])
    given = inputs(described, {"load": [100, 145], "price": [1, 1]}, state=State(content_kwh={"battery": 100.0}))
    given = replace(given, prices={"grid": replace(contract, **{
        "import_cny_per_kwh": np.ones(2), "export_cny_per_kwh": np.zeros(2)})})  # fmt: skip
    step = Planner(described).plan(given)
    assert step.series["grid.import"].max() <= 105 + 1e-6


def test_a_carbon_price_and_certificates_are_added_to_what_is_bought() -> None:
    described = description(
        NONE, grid={"factor_kgco2_per_kwh": 0.5},
        money=Money(carbon_cny_per_kg=0.1, certificate_cny_per_kwh=0.02, certificate_share=0.5),
    )  # fmt: skip
    step = Planner(described).plan(inputs(described, {"load": [100], "price": [0.6]}))
    assert step.solution.cost == pytest.approx(100 * (0.6 + 0.05 + 0.01))


def test_a_spot_price_by_the_hour_moves_the_battery() -> None:
    described = description(battery(), grid={"price_series": None, "tariff": "t"}, tariffs=[tariff()])
    spot = tariff(purchase="spot", energy_cny_per_kwh={}, composition={"purchase": "0.35", "transmission": "0.2"})
    described = described.model_copy(
        update={"tariffs": [spot], "grids": [described.grids[0].model_copy(update={"price_series": "spot"})]}
    )
    given = inputs(
        described,
        {"load": [100] * 3, "spot": [-0.05, 0.4, 0.9], "price": [0] * 3},
        state=State(content_kwh={"battery": 0.0}),
    )
    step = Planner(described).plan(given)
    assert step.series["battery.charge"][0] == pytest.approx(100)
    assert step.series["battery.discharge"][2] == pytest.approx(100)
