"""Assets whose best dispatch is found by hand, beside those of ``test_plan`` and ``test_every_asset``."""

from datetime import UTC, datetime

import numpy as np
import pytest

from lingtan.optimize.dispatch.inputs import State
from lingtan.optimize.dispatch.planner import Planner, Step, state_after
from lingtan.optimize.dispatch.record import Fleet, Need, Unit
from tests.unit.optimize.dispatch.parks import battery, description, inputs

HEAT = Need(id="heat", node="heat", series="heat")
COLD = Need(id="cold", node="cold", series="cold")


def plan(*units: Unit, series: dict[str, list[float]], state: State | None = None, **fields: object) -> Step:
    """The plan of these units."""
    described = description(*units, **fields)
    return Planner(described, gap=1e-7).plan(
        inputs(described, {"load": [0.0] * len(series["price"]), **series}, state=state)
    )


def test_a_tank_of_heat_is_filled_at_the_cheap_hour_with_what_it_loses_until_it_is_wanted() -> None:
    boiler = Unit(id="eb", kind="electric_boiler", input="el", output="heat", capacity_kw=500, efficiency=0.98)
    tank = Unit(
        id="tank",
        kind="heat_store",
        input="heat",
        capacity_kw=200,
        energy_kwh=300,
        efficiency=0.95,
        loss_per_hour=0.1,
        end_level=0.0,
    )
    step = plan(
        boiler,
        tank,
        needs=[HEAT],
        series={"heat": [0, 0, 50], "price": [0.1, 0.9, 0.9]},
        state=State(content_kwh={"tank": 0.0}),
    )
    # 50 kWh out take 50 / 0.95 inside, two hours earlier / 0.9², and / 0.95 to get there
    charged = 50 / 0.95 / 0.81 / 0.95
    assert step.series["tank.charge"] == pytest.approx([charged, 0, 0], abs=1e-6)
    assert step.series["tank.content"] == pytest.approx([50 / 0.95 / 0.81, 50 / 0.95 / 0.9, 0], abs=1e-6)
    assert step.solution.cost == pytest.approx(0.1 * charged / 0.98)


def test_a_tank_that_loses_more_than_the_spread_stays_empty() -> None:
    boiler = Unit(id="eb", kind="electric_boiler", input="el", output="heat", capacity_kw=500, efficiency=0.98)
    tank = Unit(
        id="tank",
        kind="heat_store",
        input="heat",
        capacity_kw=200,
        energy_kwh=300,
        efficiency=0.95,
        loss_per_hour=0.1,
        end_level=0.0,
    )
    for price, used in ((0.72, True), (0.74, False)):  # 0.9 × 0.95² × 0.9 = 0.731
        step = plan(
            boiler,
            tank,
            needs=[HEAT],
            series={"heat": [0, 50], "price": [price, 0.9]},
            state=State(content_kwh={"tank": 0.0}),
        )
        assert bool(step.series["tank.charge"][0] > 1.0) is used


def test_a_store_keeps_its_least_and_its_last_content() -> None:
    tank = Unit(
        id="tank", kind="heat_store", input="heat", capacity_kw=200, energy_kwh=100, minimum_level=0.2, end_level=0.5
    )
    boiler = Unit(id="b", kind="boiler", output="heat", capacity_kw=500, efficiency=1.0, price_cny_per_kwh=0.3)
    step = plan(
        boiler,
        tank,
        needs=[HEAT],
        series={"heat": [90, 0, 0], "price": [1] * 3},
        state=State(content_kwh={"tank": 80.0}),
    )
    assert step.series["tank.content"].min() >= 20 - 1e-9
    assert step.series["tank.content"][-1] >= 50 - 1e-9
    assert step.series["b.input"].sum() == pytest.approx(90 - 30)  # 80 at the start, 50 at the end


@pytest.mark.parametrize(("air", "cop"), [(35.0, 0.4 * 280.15 / 28.0), (17.0, 0.4 * 280.15 / 15.0)])
def test_a_chillers_cop_follows_the_air_down_to_its_least_lift(air: float, cop: float) -> None:
    chiller = Unit(id="c", kind="chiller", input="el", output="cold", capacity_kw=100, supply_c=7, carnot_share=0.4)
    step = plan(chiller, needs=[COLD], temperature="air", series={"cold": [60], "price": [0.5], "air": [air]})
    assert step.series["c.input"] == pytest.approx([60 / cop])
    assert step.series["grid.import"] == pytest.approx([60 / cop])


def test_an_absorption_chiller_takes_waste_heat_before_the_electric_one() -> None:
    units = [
        Unit(id="waste", kind="source", output="heat", capacity_kw=50, price_cny_per_kwh=0.01),
        Unit(id="absorption", kind="absorption_chiller", input="heat", output="cold", capacity_kw=100, cop=0.7),
        Unit(id="electric", kind="chiller", input="el", output="cold", capacity_kw=100, cop=4.0),
    ]
    step = plan(*units, needs=[COLD], series={"cold": [60], "price": [0.6]})
    assert step.series["absorption.input"] == pytest.approx([50])  # 35 kW of cold at 0.014, the rest at 0.15
    assert step.series["electric.input"] == pytest.approx([25 / 4])


def test_steam_gives_heat_through_an_exchanger() -> None:
    units = [
        Unit(id="b", kind="boiler", output="steam", capacity_kw=100, efficiency=0.9, price_cny_per_kwh=0.3),
        Unit(id="hx", kind="exchanger", input="steam", output="heat", capacity_kw=40, efficiency=0.96),
    ]
    step = plan(*units, needs=[HEAT], series={"heat": [30, 60], "price": [0.5, 0.5]})
    assert step.series["hx.input"] == pytest.approx([30 / 0.96, 40])  # its size is of the steam
    assert step.series["b.input"] == pytest.approx([30 / 0.96 / 0.9, 40 / 0.9])
    assert step.series["heat-unserved.power"] == pytest.approx([0, 60 - 40 * 0.96], abs=1e-9)


def test_gas_or_power_is_burnt_by_the_hour_whichever_is_cheaper() -> None:
    units = [
        Unit(
            id="gas", kind="boiler", output="heat", capacity_kw=30, efficiency=0.9, price_cny_per_kwh=0.36
        ),  # 0.40 a kWh of heat
        Unit(id="power", kind="electric_boiler", input="el", output="heat", capacity_kw=100, efficiency=0.98),
    ]
    step = plan(*units, needs=[HEAT], series={"heat": [50, 50, 50], "price": [0.30, 0.391, 0.393]})
    assert step.series["gas.input"] == pytest.approx([0, 0, 30 / 0.9], abs=1e-6)  # 0.393 / 0.98 is above 0.40
    assert step.series["power.input"] == pytest.approx([50 / 0.98, 50 / 0.98, 20 / 0.98])


def test_a_boiler_with_a_least_load_leaves_the_small_needs_to_another() -> None:
    units = [
        Unit(
            id="big",
            kind="boiler",
            output="heat",
            capacity_kw=100,
            efficiency=0.95,
            price_cny_per_kwh=0.3,
            minimum_load=0.4,
        ),
        Unit(id="small", kind="electric_boiler", input="el", output="heat", capacity_kw=100, efficiency=1.0),
    ]
    step = plan(*units, needs=[HEAT], series={"heat": [30, 40, 90], "price": [0.6] * 3})
    assert step.series["big.input"] * 0.95 == pytest.approx([0, 40, 90], abs=1e-6)


def test_a_chp_starts_when_what_it_saves_exceeds_its_start() -> None:
    chp = Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=100, efficiency=0.4, heat_efficiency=0.4, price_cny_per_kwh=0.3,
               minimum_load=0.5, start_cost_cny=60.0)  # fmt: skip
    boiler = Unit(id="b", kind="boiler", output="heat", capacity_kw=200, efficiency=1.0, price_cny_per_kwh=0.3)
    # an hour at full load: 250 of fuel for 75 CNY, 100 kWh of power and 100 kWh of heat (30 CNY): power is worth 45 / 100 = 0.45
    for hours, started in ((1, False), (2, False), (3, True)):  # 0.70: 25 CNY an hour against 60
        series = {"load": [100.0] * hours, "heat": [100] * hours, "price": [0.70] * hours}
        step = plan(chp, boiler, needs=[HEAT], series=series)
        assert bool(step.series["chp.on"].max() > 0.5) is started
        cost = hours * (70 + 30) if not started else hours * 75 + 60
        assert step.solution.cost == pytest.approx(cost)


def test_a_stopped_chp_rests_for_its_least_time() -> None:
    chp = Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=100, efficiency=0.5, heat_efficiency=0.3, price_cny_per_kwh=0.2,
               minimum_load=0.5, minimum_down_hours=3)  # fmt: skip
    # power is made for 0.4; it loses 20 CNY in the second hour at full load, 10 at half, and would miss 40 in each of two hours of rest
    step = plan(
        chp,
        surplus=["heat"],
        series={"load": [100.0] * 5, "price": [0.8, 0.2, 0.8, 0.8, 0.8]},
        state=State(on={"chp": True}),
    )
    assert np.round(step.series["chp.on"]).tolist() == [1] * 5
    assert step.series["chp.input"][1] == pytest.approx(100.0)  # its least load: half of 100 / 0.5
    # now it loses much more: it rests for three hours
    step = plan(
        chp,
        surplus=["heat"],
        series={"load": [100.0] * 5, "price": [0.8, -3.0, 0.8, 0.8, 0.8]},
        state=State(on={"chp": True}),
    )
    assert np.round(step.series["chp.on"]).tolist() == [1, 0, 0, 0, 1]


def test_a_fuel_cells_heat_is_used_too() -> None:
    cell = Unit(
        id="cell",
        kind="fuel_cell",
        input="h2",
        output="el",
        heat="heat",
        capacity_kw=50,
        efficiency=0.5,
        heat_efficiency=0.4,
    )
    source = Unit(id="h2", kind="source", output="h2", price_cny_per_kwh=0.5)
    boiler = Unit(id="b", kind="boiler", output="heat", capacity_kw=100, efficiency=1.0, price_cny_per_kwh=0.4)
    # a kWh of hydrogen at 0.50: 0.5 of power and 0.4 of heat, worth 0.16; so power at 0.68
    for price, runs in ((0.67, False), (0.69, True)):
        step = plan(cell, source, boiler, needs=[HEAT], series={"load": [50.0], "heat": [60], "price": [price]})
        assert step.series["cell.input"] == pytest.approx([100.0 if runs else 0.0], abs=1e-6)
        assert step.series["b.input"] == pytest.approx([20.0 if runs else 60.0])


def test_what_must_be_taken_of_a_source_is_taken_and_let_go() -> None:
    source = Unit(id="steam", kind="source", output="heat", capacity_kw=100, price_cny_per_kwh=0.2, minimum_kw=40)
    step = plan(source, needs=[HEAT], surplus=["heat"], series={"heat": [30, 70], "price": [0.5, 0.5]})
    assert step.series["steam.power"] == pytest.approx([40, 70])
    assert step.series["heat-surplus.power"] == pytest.approx([10, 0], abs=1e-9)


def test_wind_that_cannot_be_held_back_is_taken_though_it_costs() -> None:
    grid = {"export_kw": 100.0, "export_price_cny_per_kwh": -0.1}
    for free, exported in ((True, 0.0), (False, 50.0)):
        wind = Unit(id="wind", kind="wind", output="el", available="wind", controllable=free)
        step = plan(wind, grid=grid, series={"load": [30.0], "wind": [80.0], "price": [0.5]})
        assert step.series["grid.export"] == pytest.approx([exported], abs=1e-9)


def test_the_dearest_generation_is_curtailed_first() -> None:
    units = [
        Unit(id="roof", kind="pv", output="el", available="roof"),
        Unit(id="line", kind="direct_line", output="el", available="line", price_cny_per_kwh=0.35, capacity_kw=60),
    ]
    step = plan(*units, series={"load": [70.0, 130.0], "roof": [50, 50], "line": [90, 90], "price": [0.6, 0.6]})
    assert step.series["roof.power"] == pytest.approx([50, 50])
    assert step.series["line.power"] == pytest.approx([20, 60])
    assert step.series["grid.import"] == pytest.approx([0, 20], abs=1e-9)


def test_a_fleet_that_is_already_here_is_charged_from_what_it_has_and_one_that_comes_later_waits() -> None:
    early = Fleet(
        id="early",
        node="el",
        vehicles=1,
        charger_kw=20,
        battery_kwh=100,
        arrives=22,
        leaves=3,
        departure_level=0.6,
        efficiency=1.0,
    )
    late = Fleet(id="late", node="el", vehicles=1, charger_kw=20, battery_kwh=100, arrives=2, leaves=6, arrival_level=0.4, departure_level=0.8,
                 efficiency=1.0)  # fmt: skip
    step = plan(
        battery(capacity_kw=0.0),
        fleets=[early, late],
        series={"price": [0.9, 0.2, 0.3, 0.9, 0.1, 0.1, 0.1, 0.1]},
        state=State(content_kwh={"early": 30.0}),
    )
    assert step.series["early.charge"] == pytest.approx(
        [0, 20, 10, 0, 0, 0, 0, 0], abs=1e-6
    )  # 30 to 60 kWh before 3 o'clock
    assert step.series["late.charge"] == pytest.approx([0, 0, 0, 0, 20, 20, 0, 0], abs=1e-6)  # 40 to 80 between 2 and 6


def test_a_fleet_gives_back_no_more_than_its_share_and_pays_for_its_wear() -> None:
    fleet = Fleet(id="ev", node="el", vehicles=1, charger_kw=20, battery_kwh=100, arrives=0, leaves=4, arrival_level=0.5, departure_level=0.5,
                  efficiency=1.0, back_share=0.5, wear_cny_per_kwh=0.1)  # fmt: skip
    for dear, given in ((0.31, 10.0), (0.29, 0.0)):
        step = plan(
            battery(capacity_kw=0.0), fleets=[fleet], series={"load": [30.0] * 4, "price": [dear, 0.2, 0.2, 0.2]}
        )
        assert step.series["ev.discharge"][0] == pytest.approx(given, abs=1e-6)


def test_what_was_put_off_is_carried_into_the_next_plan_and_done_by_its_deadline() -> None:
    need = Need(
        id="mill",
        node="el",
        series="mill",
        shiftable=1.0,
        shift_cost_cny_per_kwh=0.05,
        deadline_hours=4,
        catch_up_kw=60,
    )
    described = description(battery(capacity_kw=0.0), needs=[need])
    series = {"load": [0] * 4, "mill": [50, 0, 0, 0], "price": [0.9, 0.8, 0.7, 0.2]}
    step = Planner(described).plan(inputs(described, series))
    assert step.series["grid.import"] == pytest.approx([0, 0, 0, 50], abs=1e-6)
    assert step.solution.cost == pytest.approx(50 * (0.2 + 0.05))
    state = state_after(described, step, 2)
    assert state.backlog_kwh == {"mill": pytest.approx(50.0)}
    rest = {"load": [0] * 4, "mill": [0] * 4, "price": [0.7, 0.2, 0.1, 0.1]}
    after = Planner(described).plan(inputs(described, rest, state=state, start=datetime(2025, 7, 9, 18, tzinfo=UTC)))
    assert after.series["grid.import"] == pytest.approx(
        [0, 50, 0, 0], abs=1e-6
    )  # the deadline is 4 o'clock: the second hour


def test_production_moves_only_when_the_spread_pays_for_it() -> None:
    for cost, moved in ((0.39, 50.0), (0.41, 0.0)):
        need = Need(id="mill", node="el", series="mill", shiftable=0.5, shift_cost_cny_per_kwh=cost, deadline_hours=4)
        step = plan(
            battery(capacity_kw=0.0), needs=[need], series={"mill": [100, 0, 0, 0], "price": [0.6, 0.2, 0.3, 0.4]}
        )
        assert step.series["grid.import"] == pytest.approx([100 - moved, moved, 0, 0], abs=1e-6)


def test_what_was_put_off_is_done_by_its_deadline_though_nothing_new_is_planned() -> None:
    need = Need(
        id="mill", node="el", series="mill", shiftable=1.0, deadline_hours=4
    )  # catches up as fast as it was planned
    described = description(battery(capacity_kw=0.0), needs=[need])
    series = {"load": [0] * 4, "mill": [0] * 4, "price": [0.2, 0.3, 0.1, 0.1]}
    start = datetime(2025, 7, 9, 18, tzinfo=UTC)  # 2 o'clock: two hours are left
    step = Planner(described).plan(inputs(described, series, state=State(backlog_kwh={"mill": 50.0}), start=start))
    assert step.series["grid.import"] == pytest.approx([25, 25, 0, 0], abs=1e-6)
