"""Dispatch by hand: small cases whose best answer can be written down."""

import numpy as np
import pytest

from lingtan.base.errors import DataError, SolveError
from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.inputs import State
from lingtan.optimize.dispatch.planner import Planner, state_after
from lingtan.optimize.dispatch.record import Fleet, Limits, Money, Need, Unit
from lingtan.optimize.solution import Solution
from tests.unit.optimize.dispatch.parks import battery, description, inputs

EMPTY = State(content_kwh={"battery": 0.0})


def test_a_battery_buys_cheap_and_gives_when_dear() -> None:
    described = description(battery())
    step = Planner(described).plan(inputs(described, {"load": [50, 50, 150], "price": [0.2, 0.5, 1.0]}, state=EMPTY))
    # 100 kWh bought at 0.2 instead of 1.0, 0.001 of wear
    assert step.solution.cost == pytest.approx(0.2 * 150 + 0.5 * 50 + 1.0 * 50 + 0.1, abs=1e-6)
    assert step.series["battery.charge"] == pytest.approx([100, 0, 0], abs=1e-6)
    assert step.series["battery.discharge"] == pytest.approx([0, 0, 100], abs=1e-6)


def test_balances_close() -> None:
    described = description(
        battery(efficiency=0.93, loss_per_hour=0.01),
        Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=60, efficiency=0.4, heat_efficiency=0.4,
             price_cny_per_kwh=0.2, minimum_load=0.5, start_cost_cny=5),
        Unit(id="boiler", kind="boiler", output="heat", capacity_kw=90, efficiency=0.9, price_cny_per_kwh=0.3),
        needs=[Need(id="heat", node="heat", series="heat")],
    )  # fmt: skip
    t = np.arange(24)
    series = {"load": 80 + 30 * np.sin(t), "heat": 40 + 10 * np.cos(t), "price": 0.5 + 0.3 * np.sin(t / 4)}
    step = Planner(described).plan(inputs(described, series))
    s = step.series
    electric = (
        s["grid.import"] + 0.4 * s["chp.input"] + s["battery.discharge"] - s["battery.charge"] + s["el-unserved.power"]
    )
    assert np.abs(electric - series["load"]).max() < 1e-6
    heat = 0.4 * s["chp.input"] + 0.9 * s["boiler.input"] + s["heat-unserved.power"]
    assert np.abs(heat - series["heat"]).max() < 1e-6
    before = np.concatenate([[100.0], s["battery.content"][:-1]])
    stored = before * 0.99 + 0.93 * s["battery.charge"] - s["battery.discharge"] / 0.93
    assert np.abs(stored - s["battery.content"]).max() < 1e-6
    assert (s["battery.charge"] * s["battery.discharge"]).max() < 1e-6


def test_at_negative_prices_an_exclusive_battery_goes_one_way_at_a_time() -> None:
    series = {"load": [10, 10, 10, 10], "price": [-0.5, -0.5, -0.5, -0.5]}
    free = description(battery(efficiency=0.8, wear_cny_per_kwh=0.0), grid={"export_kw": 0.0})
    both = Planner(free).plan(inputs(free, series)).series
    assert (both["battery.charge"] * both["battery.discharge"]).max() > 1.0  # burning power pays
    one_way = description(battery(efficiency=0.8, wear_cny_per_kwh=0.0, exclusive=True))
    found = Planner(one_way).plan(inputs(one_way, series)).series
    assert (found["battery.charge"] * found["battery.discharge"]).max() < 1e-6


def test_the_months_peak_so_far_is_free_and_a_new_one_is_not() -> None:
    described = description(battery(energy_kwh=1000.0))
    series = {"load": [100, 300, 100, 100], "price": [0.5] * 4}
    state = State(content_kwh={"battery": 0.0}, peak_kw={"grid": 250.0})
    step = Planner(described).plan(inputs(described, series, state=state, demand=40.0))
    assert step.series["grid.import"].max() == pytest.approx(250.0, abs=1e-5)
    assert step.solution.cost == pytest.approx(0.5 * 600 + 0.001 * 50, abs=1e-5)  # no demand charge at all


def test_the_peak_is_carried_within_a_month_and_forgotten_after_it() -> None:
    from datetime import UTC, datetime

    described = description(battery(capacity_kw=0.0))
    series = {"load": [200] + [100] * 3, "price": [0.5] * 4}
    given = inputs(described, series, demand=40.0)
    step = Planner(described).plan(given)
    assert state_after(described, step, 2).peak_kw == {"grid": pytest.approx(200.0)}
    late = inputs(described, series, demand=40.0, start=datetime(2025, 7, 31, 14, tzinfo=UTC))  # 22:00, 31 July
    after = state_after(described, Planner(described).plan(late), 3)
    assert after.peak_kw == {"grid": pytest.approx(100.0)}  # only what August has seen


def test_least_load_start_cost_and_least_run_are_kept() -> None:
    unit = Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=100, efficiency=0.5, heat_efficiency=0.4,
                price_cny_per_kwh=0.2, minimum_load=0.6, start_cost_cny=1.0, minimum_up_hours=3)  # fmt: skip
    described = description(unit, surplus=["heat"], needs=[Need(id="heat", node="heat", series="heat")])
    series = {"load": [100] * 6, "heat": [0] * 6, "price": [0.1, 0.1, 0.9, 0.1, 0.1, 0.1]}
    step = Planner(described, gap=1e-6).plan(inputs(described, series))
    on = np.round(step.series["chp.on"])
    assert on.tolist() in ([1, 1, 1, 0, 0, 0], [0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 0])
    assert step.series["chp.input"][on > 0].min() >= 0.6 * 100 / 0.5 - 1e-6


def test_ramps_begin_at_what_the_unit_does_now() -> None:
    unit = Unit(
        id="ely", kind="electrolyser", input="el", output="h2", capacity_kw=100, efficiency=0.6, ramp_per_hour=0.2
    )
    described = description(unit, needs=[Need(id="h2", node="h2", series="h2")])
    series = {"load": [0] * 4, "h2": [60] * 4, "price": [0.1] * 4}
    step = Planner(described).plan(inputs(described, series, state=State(output_kw={"ely": 30.0})))
    assert step.series["ely.input"] == pytest.approx([50, 70, 90, 100], abs=1e-6)
    assert step.series["h2-unserved.power"] == pytest.approx([30, 18, 6, 0], abs=1e-6)


def test_cop_falls_with_the_cold() -> None:
    unit = Unit(id="hp", kind="heat_pump", input="el", output="heat", capacity_kw=100, supply_c=50, carnot_share=0.5)
    described = description(unit, temperature="air", needs=[Need(id="heat", node="heat", series="heat")])
    step = Planner(described).plan(
        inputs(described, {"load": [0, 0], "heat": [50, 50], "price": [0.5, 0.5], "air": [10, -10]})
    )
    lift = np.array([40.0, 60.0])
    assert step.series["hp.input"] == pytest.approx(50 / (0.5 * 323.15 / lift), rel=1e-9)


def test_heat_sent_through_a_slow_network_arrives_later() -> None:
    units = [
        Unit(id="boiler", kind="boiler", output="plant", capacity_kw=100, efficiency=1.0, price_cny_per_kwh=0.3),
        Unit(id="pipe", kind="network", input="plant", output="far", capacity_kw=100, loss_per_hour=0.1, delay_steps=1),
    ]
    described = description(*units, needs=[Need(id="far", node="far", series="far")])
    series = {"load": [0] * 3, "far": [0, 45, 0], "price": [0.5] * 3}
    step = Planner(described).plan(inputs(described, series))
    assert step.series["boiler.input"] == pytest.approx([50, 0, 0], abs=1e-6)


def test_a_fleet_leaves_with_what_it_needs() -> None:
    fleet = Fleet(id="ev", node="el", vehicles=10, charger_kw=10, battery_kwh=50, arrives=0, leaves=5,
                  arrival_level=0.2, departure_level=0.8, efficiency=1.0)  # fmt: skip
    described = description(battery(capacity_kw=0.0), fleets=[fleet])
    step = Planner(described).plan(
        inputs(described, {"load": [0] * 8, "price": [0.9, 0.1, 0.2, 0.1, 0.1, 0.9, 0.9, 0.9]})
    )
    charged = step.series["ev.charge"]
    assert charged.sum() == pytest.approx(300.0, abs=1e-6)  # 60 % of 500 kWh
    assert charged[[1, 3, 4]] == pytest.approx([100, 100, 100], abs=1e-6)
    assert charged[5:].max() < 1e-9


def test_production_is_moved_to_cheap_hours_before_its_deadline() -> None:
    need = Need(id="mill", node="el", series="mill", shiftable=1.0, deadline_hours=4, catch_up_kw=100)
    described = description(battery(capacity_kw=0.0), needs=[need])
    series = {"load": [0] * 8, "mill": [50, 0, 0, 0, 50, 0, 0, 0], "price": [0.9, 0.8, 0.2, 0.7, 0.9, 0.8, 0.7, 0.1]}
    step = Planner(described).plan(inputs(described, series))
    bought = step.series["grid.import"]
    assert bought == pytest.approx([0, 0, 50, 0, 0, 0, 0, 50], abs=1e-6)


def test_a_cap_on_emissions_holds_and_a_soft_one_says_by_how_much_it_is_broken() -> None:
    unit = Unit(
        id="boiler",
        kind="boiler",
        output="heat",
        capacity_kw=100,
        efficiency=1.0,
        price_cny_per_kwh=0.1,
        factor_kgco2_per_kwh=0.2,
    )
    clean = Unit(id="clean", kind="source", output="heat", price_cny_per_kwh=0.5)
    given = {"load": [0] * 24, "heat": [10] * 24, "price": [0.5] * 24}
    needs = [Need(id="heat", node="heat", series="heat")]
    hard = description(unit, clean, needs=needs, limits=Limits(emission_cap_kg_per_day=24.0))
    step = Planner(hard).plan(inputs(hard, given))
    assert step.series["boiler.input"].sum() * 0.2 == pytest.approx(24.0)
    soft = description(unit, needs=needs, limits=Limits(emission_cap_kg_per_day=24.0, emission_penalty_cny_per_kg=0.01))
    broken = Planner(soft).plan(inputs(soft, given))
    assert broken.solution.sizes["emission-cap.over"] == pytest.approx(24.0)


def test_a_carbon_price_turns_the_choice() -> None:
    dirty = Unit(id="dirty", kind="source", output="heat", price_cny_per_kwh=0.10, factor_kgco2_per_kwh=0.5)
    clean = Unit(id="clean", kind="source", output="heat", price_cny_per_kwh=0.14)
    needs = [Need(id="heat", node="heat", series="heat")]
    series = {"load": [0, 0], "heat": [10, 10], "price": [0.5, 0.5]}
    for price, chosen in ((0.07, "dirty"), (0.09, "clean")):
        described = description(dirty, clean, needs=needs, money=Money(carbon_cny_per_kg=price))
        assert Planner(described).plan(inputs(described, series)).series[f"{chosen}.power"].sum() == pytest.approx(20)


def test_a_gap_in_a_series_is_refused_with_its_time() -> None:
    described = description(battery())
    given = inputs(described, {"load": [1, 2, 3], "price": [0.5] * 3})
    given.series["load"][1] = np.nan
    with pytest.raises(DataError) as raised:
        build(described, given)
    assert raised.value.code == "dispatch.gap"
    assert raised.value.values["at"] == "2025-07-10 01:00"


def test_an_updated_model_gives_what_a_fresh_one_gives() -> None:
    described = description(
        battery(efficiency=0.95),
        Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=50, efficiency=0.4, heat_efficiency=0.4,
             price_cny_per_kwh=0.2, minimum_load=0.5, start_cost_cny=4, ramp_per_hour=0.5),
        Unit(id="hp", kind="heat_pump", input="el", output="heat", capacity_kw=80, supply_c=50),
        temperature="air", surplus=["heat"], needs=[Need(id="heat", node="heat", series="heat")],
    )  # fmt: skip
    kept, state, rng = Planner(described, gap=1e-9), State(), np.random.default_rng(5)
    for _ in range(6):
        series = {
            "load": rng.uniform(20, 120, 12), "heat": rng.uniform(5, 40, 12), "price": rng.uniform(0.1, 1.1, 12),
            "air": rng.uniform(-10, 15, 12),
        }  # fmt: skip
        given = inputs(described, series, state=state, demand=3.0)
        step = kept.plan(given)
        fresh = Planner(described, gap=1e-9).plan(given)
        assert step.solution.cost == pytest.approx(fresh.solution.cost, rel=1e-7)
        state = state_after(described, step, 1)


def test_a_solver_out_of_time_keeps_the_last_commitment(monkeypatch: pytest.MonkeyPatch) -> None:
    units = [
        Unit(id=f"chp{i}", kind="chp", output="el", heat="heat", capacity_kw=50 + 7 * i, efficiency=0.38 + 0.01 * i, heat_efficiency=0.4,
             price_cny_per_kwh=0.2, minimum_load=0.6, start_cost_cny=9, minimum_up_hours=3)
        for i in range(4)
    ]  # fmt: skip
    described = description(*units, surplus=["heat"], needs=[Need(id="heat", node="heat", series="heat")])
    t = np.arange(24)
    series = {"load": 150 + 60 * np.sin(t / 3), "heat": 60 + 30 * np.cos(t / 3), "price": 0.5 + 0.3 * np.sin(t / 5)}
    planner = Planner(described)
    first = planner.plan(inputs(described, series))
    monkeypatch.setattr(planner._milp, "run", lambda **_: Solution("unsolved", "highs"))
    again = planner.plan(inputs(described, {**series, "load": series["load"] * 1.1, "price": series["price"] * 0.8}))
    assert again.way == "previous-commitment"
    for i in range(4):
        assert np.round(again.series[f"chp{i}.on"]).tolist() == np.round(first.series[f"chp{i}.on"]).tolist()


def test_hard_needs_that_cannot_be_met_are_an_error() -> None:
    described = description(battery(), grid={"import_kw": 10.0}, limits=Limits(unserved_cny_per_kwh=None))
    with pytest.raises(SolveError) as raised:
        Planner(described).plan(inputs(described, {"load": [500, 500], "price": [0.5, 0.5]}, state=EMPTY))
    assert raised.value.code == "dispatch.infeasible"
