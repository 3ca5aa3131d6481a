"""Each component alone, with an answer that was found on paper."""

import numpy as np
import pytest

from lingtan.optimize.components import (
    AbsorptionChiller,
    BackPressureChp,
    Battery,
    BiomassBoiler,
    Boiler,
    CarbonCapture,
    Cascade,
    ChargingFleet,
    CurtailableLoad,
    Demand,
    DirectLine,
    ElectricBoiler,
    ElectricChiller,
    Electrolyser,
    ExtractionChp,
    FuelCell,
    GridConnection,
    HeatExchanger,
    HeatPump,
    HydrogenTank,
    Letdown,
    Limits,
    MoltenSalt,
    NetworkLink,
    Orc,
    Pv,
    Running,
    Segment,
    ShiftableLoad,
    Sink,
    Source,
    ThermalStore,
    Vent,
    WasteHeat,
    Wind,
    loss_over,
)
from lingtan.optimize.limits import Cap
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import solve
from unit.optimize.hand import array, both


def test_a_need_is_bought_at_its_price() -> None:
    both(2.0 * 3.0 + 4.0 * 5.0, Demand("works", "el", array(3, 5)), Source("grid", "el", array(2, 4)))


def test_a_minimum_purchase_is_taken_and_the_rest_let_go() -> None:
    found = both(
        8.0, Demand("works", "el", 1.0), Source("contract", "el", 1.0, 10.0, minimum_kw=4.0), Sink("off", "el"), steps=2
    )
    assert found.series["off.power"] == pytest.approx([3, 3])


def test_pv_is_built_while_a_kilowatt_earns_its_cost() -> None:
    # 1 kW costs 3 and saves 2 + 1 = 3.5 of import at 0.7 and 1.4 …: it is built up to the smaller need
    found = both(
        10 * 3.0 + 10 * 2.0,
        Demand("works", "el", array(10, 20)),
        Pv("roof", "el", Size(100, cost=3.0), array(1.0, 1.0)),
        Source("grid", "el", array(2.0, 2.0)),
    )
    assert found.sizes["roof"] == pytest.approx(10)


def test_wind_that_is_not_needed_is_curtailed_for_nothing() -> None:
    found = both(0.0, Demand("works", "el", 1.0), Wind("mill", "el", 10.0, array(0.5, 1.0)))
    assert found.series["mill.power"] == pytest.approx([1, 1])


def test_a_direct_line_delivers_less_its_loss_and_no_more_than_the_line() -> None:
    found = both(
        0.5 * 5 * 0.9 + (10 - 4.5) * 2,
        Demand("works", "el", 10.0),
        DirectLine("green", "el", 8.0, 1.0, 0.5, line=5.0, loss=0.1),
        Source("grid", "el", 2.0),
        steps=1,
    )
    assert found.series["green.power"] == pytest.approx([5])
    both(
        2.0 + 0.5 * 10,
        Demand("works", "el", 10.0),
        DirectLine("green", "el", 20.0, 1.0, 0.5, line=Size(15, cost=0.2)),
        Source("grid", "el", 2.0),
        steps=1,
    )


def test_the_demand_charge_bills_the_peak_of_each_month() -> None:
    found = both(
        1.0 * 16 + 3.0 * 6 + 3.0 * 7,
        Demand("works", "el", array(1, 6, 7, 2)),
        GridConnection("grid", "el", 1.0, 100.0, demand_charge=3.0),
        timeline=Timeline.hourly(4, months=np.array([1, 1, 2, 2])),
    )
    assert [found.sizes["grid.peak-0"], found.sizes["grid.peak-1"]] == pytest.approx([6, 7])


def test_the_billed_demand_has_a_floor_and_remembers_the_peak_so_far() -> None:
    both(
        4 + 3 * 40,
        Demand("works", "el", 2.0),
        GridConnection("grid", "el", 1.0, 100.0, demand_charge=3.0, billed_minimum=0.4),
    )
    both(
        4 + 3 * 9,
        Demand("works", "el", 2.0),
        GridConnection("grid", "el", 1.0, 100.0, demand_charge=3.0, peak_so_far_kw=9.0),
    )
    both(
        4 + 3 * 2 + 1.0 * 2,
        Demand("works", "el", 2.0),
        GridConnection("grid", "el", 1.0, Size(50, cost=1.0), demand_charge=3.0, billed_minimum=0.4),
    )


def test_the_capacity_charge_bills_the_connection() -> None:
    both(
        3 + 2 * 2.0, Demand("works", "el", array(1, 2)), GridConnection("grid", "el", 1.0, Size(9), capacity_charge=2.0)
    )
    both(3 + 9 * 2.0, Demand("works", "el", array(1, 2)), GridConnection("grid", "el", 1.0, 9.0, capacity_charge=2.0))


def test_export_earns_within_its_limit() -> None:
    both(
        -0.3 * 4,
        Demand("works", "el", 1.0),
        Pv("roof", "el", 10.0, 1.0),
        GridConnection("grid", "el", 1.0, 10.0, export_price=0.3, export_limit=2.0),
    )


def test_while_the_connection_is_out_nothing_is_imported() -> None:
    both(
        1 + 5,
        Demand("works", "el", 1.0),
        GridConnection("grid", "el", 1.0, 10.0, import_available=array(1, 0)),
        Source("diesel", "el", 5.0),
    )
    both(
        1 + 5 + 2,
        Demand("works", "el", 1.0),
        GridConnection("grid", "el", 1.0, 10.0, demand_charge=2.0, import_available=array(1, 0)),
        Source("diesel", "el", 5.0),
    )


@pytest.mark.parametrize("kind", [Boiler, BiomassBoiler, ElectricBoiler])
def test_a_boiler_turns_its_input_into_heat(kind: type[Boiler]) -> None:
    both(
        2 * 9 / 0.9 + 9 * 0.5, Demand("works", "heat", array(9)), Source("fuel", "fuel", 2.0),
        kind("boiler", "fuel", "heat", Size(20, cost=0.5), 0.9), steps=1,
    )  # fmt: skip
    both(3 * 9 / 0.9, Demand("works", "heat", array(9)), kind("boiler", None, "heat", 10.0, 0.9, price=3.0), steps=1)


def test_part_load_uses_the_best_stretch_first() -> None:
    # 6 of 10 at full efficiency, the other 2 at half of it
    curve = Limits(segments=(Segment(0.6, 1.0), Segment(0.4, 0.5)))
    both(
        6 / 0.8 + 2 / 0.4,
        Demand("works", "heat", 8.0),
        Boiler("b", None, "heat", 10.0, 0.8, 1.0, limits=curve),
        steps=1,
    )
    with pytest.raises(ValueError, match="best"):
        Limits(segments=(Segment(0.5, 0.5), Segment(0.5, 1.0)))


def test_a_ramp_makes_a_boiler_start_early() -> None:
    # 2 → 8 within 4 a step: 4 in the step before, the rest let go
    parts = (
        Demand("works", "heat", array(2, 2, 8, 4)),
        Sink("off", "heat"),
    )
    both(2 + 4 + 8 + 4, *parts, Boiler("b", None, "heat", 10.0, 1.0, 1.0, limits=Limits(ramp=0.4)), steps=4)
    both(2 + 4 + 8 + 4, *parts, Boiler("b", None, "heat", Size(10, 10), 1.0, 1.0, limits=Limits(ramp=0.4)), steps=4)


def test_a_minimum_load_forces_off_or_enough() -> None:
    running = Limits(running=Running(minimum_load=0.5, was_on=0.0, start_cost=1.0))
    model = Model(Timeline.hourly(3)).add(
        Demand("works", "heat", array(2, 8, 2)),
        Sink("off", "heat"),
        Boiler("good", None, "heat", 10.0, 1.0, 1.0, limits=running),
        Source("dear", "heat", 3.0),
    )
    found = solve(model)
    # 8 by the boiler; 2 costs 5 by the boiler at minimum load, 6 bought: on all three steps, one start
    assert found.cost == pytest.approx(5 + 8 + 5 + 1)
    assert solve(model, solver="chain").lower_bound <= found.cost


def test_minimum_times_keep_a_unit_up_and_down() -> None:
    def park(**times: int) -> float:
        running = Limits(running=Running(minimum_load=1.0, was_on=0.0, start_cost=0.5, **times))
        model = Model(Timeline.hourly(6)).add(
            Demand("works", "heat", array(4, 0, 0, 4, 0, 4)),
            Sink("off", "heat"),
            Boiler("b", None, "heat", 4.0, 1.0, 1.0, limits=running),
            Source("dear", "heat", 3.0),
        )
        return solve(model, gap=0.0).cost

    assert park() == pytest.approx(3 * 4 + 3 * 0.5)  # three starts of one step each
    # on for four steps, then a start whose time ends with the last step
    assert park(minimum_up_steps=3) == pytest.approx(5 * 4 + 2 * 0.5)
    assert park(minimum_down_steps=3) > park()


def test_back_pressure_gives_power_with_its_heat() -> None:
    # 8 heat need 20 fuel, which give 6 power: 4 are bought
    both(
        20 * 1.0 + 4 * 2.0,
        Demand("heat", "heat", 8.0),
        Demand("power", "el", 10.0),
        BackPressureChp("chp", None, "el", "heat", 10.0, 0.3, 0.4, price=1.0),
        Source("grid", "el", 2.0),
        steps=1,
    )


def test_extraction_gives_up_power_for_heat() -> None:
    # fuel 20: 5 in condensing (0.5) and 15 in extraction (0.4 and 0.4) give 8.5 power and 6 heat
    found = both(
        20.0,
        Demand("heat", "heat", 6.0),
        Demand("power", "el", 8.5),
        ExtractionChp("chp", None, "el", "heat", 10.0, 0.5, 0.4, 0.4, price=1.0),
        steps=1,
    )
    assert found.series["chp.extraction"] == pytest.approx([15])
    both(
        20.0 + 10 * 2.0,
        Demand("heat", "heat", 6.0),
        Demand("power", "el", 8.5),
        ExtractionChp("chp", None, "el", "heat", Size(30, cost=2.0), 0.5, 0.4, 0.4, price=1.0),
        steps=1,
    )


def test_a_heat_pump_lifts_heat_by_its_cop() -> None:
    both(
        6 / 3 + 6 / 2,
        Demand("works", "heat", 6.0),
        HeatPump("hp", "el", "heat", 6.0, array(3, 2)),
        Source("grid", "el", 1.0),
    )
    found = both(
        2.0,
        Demand("works", "heat", 6.0),
        HeatPump("hp", "el", "heat", 6.0, 3.0, cold="waste"),
        WasteHeat("furnace", "waste", 10.0, 10.0),
        Source("grid", "el", 1.0),
        steps=1,
    )
    assert found.series["furnace.power"] == pytest.approx([4])


def test_heat_only_falls() -> None:
    parts = (Demand("hot", "90", 1.0), Demand("warm", "60", 2.0), Cascade("levels", ("90", "60")))
    both(3.0, *parts, Source("a", "90", 1.0), Source("b", "60", 5.0), steps=1)
    both(2.0 + 5.0, *parts, Source("a", "90", 5.0), Source("b", "60", 1.0), steps=1)
    both(10 / 0.8, Demand("w", "60", 10.0), Source("s", "90", 1.0), HeatExchanger("x", "90", "60", 20.0, 0.8), steps=1)
    both(10 / 1.1, Demand("w", "low", 10.0), Source("s", "high", 1.0), Letdown("v", "high", "low", 20.0, 1.1), steps=1)


def test_waste_heat_is_recovered_within_size_and_supply() -> None:
    found = both(
        0.5 * 4 + 2.0 * 3,
        Demand("works", "heat", array(4, 4)),
        WasteHeat("furnace", "heat", array(5, 1), Size(10, cost=0.5)),
        Source("gas", "heat", 2.0),
    )  # fmt: skip
    assert found.series["furnace.power"] == pytest.approx([4, 1])


def test_an_orc_makes_power_of_heat_and_leaves_the_rest() -> None:
    both(
        0.0,
        Demand("power", "el", 1.0),
        Demand("warm", "40", 9.0),
        WasteHeat("furnace", "150", 10.0, 10.0),
        Orc("orc", "150", "el", 5.0, 0.1, rejects="40"),
        steps=1,
    )


@pytest.mark.parametrize("kind", [ElectricChiller, AbsorptionChiller])
def test_a_chiller_cools_by_its_cop(kind: type[ElectricChiller]) -> None:
    both(6 / 4, Demand("works", "cold", 6.0), kind("c", "in", "cold", 6.0, 4.0), Source("s", "in", 1.0), steps=1)
    found = both(
        1.0,
        Demand("works", "cold", 4.0),
        Demand("warm", "40", 5.0),
        kind("c", "in", "cold", 6.0, 4.0, rejects="40"),
        Source("s", "in", 1.0),
        steps=1,
    )
    assert found.series["c.input"] == pytest.approx([1])


def test_a_battery_moves_energy_at_the_cost_of_its_losses() -> None:
    # 1 kWh needed at the dear step takes 1 / 0.81 at the cheap one
    found = both(
        0.2 / 0.81 + 0.1 / 0.81,
        Demand("works", "el", array(0, 1)),
        Source("grid", "el", array(0.2, 9.0)),
        Battery("b", "el", 5.0, 5.0, charge_efficiency=0.9, discharge_efficiency=0.9, wear=0.1),
    )
    assert found.series["b.charge"] == pytest.approx([1 / 0.81, 0])


def test_battery_power_and_energy_are_sized_apart() -> None:
    # 2 kWh through 1 kW in two steps each: energy 2 at 3.0, power 1 at 1.0
    found = both(
        2 * 3.0 + 1.0,
        Demand("works", "el", array(0, 0, 1, 1)),
        Pv("roof", "el", 1.0, array(1, 1, 0, 0)),
        Battery("b", "el", Size(9, cost=3.0), Size(9, cost=1.0)),
        steps=4,
    )
    assert [found.sizes["b.energy"], found.sizes["b.power"]] == pytest.approx([2, 1])


def test_a_store_starts_and_ends_where_it_is_told_and_keeps_its_least() -> None:
    found = both(
        3.0 - 3.0 + 1.0 * 2,
        Demand("works", "el", array(1, 1)),
        Source("grid", "el", 1.0),
        Battery("b", "el", 10.0, 5.0, start=0.4, end=0.4, minimum_level=0.2),
    )
    assert found.series["b.content"][-1] == pytest.approx(4)
    both(0.0, Demand("works", "el", array(1, 1)), Source("grid", "el", 1.0), Battery("b", "el", 10.0, 5.0, start=0.4))
    with pytest.raises(ValueError, match="given size"):
        both(0.0, Battery("b", "el", Size(10.0), 5.0, start=0.4))


def test_a_tank_loses_heat_and_its_power_follows_its_size() -> None:
    # 2 kWh needed one step after: 2 / 0.9 charged, and a power of a quarter of the size asks for 4 · 2 / 0.9
    found = both(
        2 / 0.9 + 0.1 * 4 * 2 / 0.9,
        Demand("works", "heat", array(0, 2)),
        Source("s", "heat", array(1.0, 99.0)),
        ThermalStore("tank", "heat", Size(100, cost=0.1), ratio=0.25, loss=0.1),
    )
    assert found.sizes["tank"] == pytest.approx(8 / 0.9)


def test_molten_salt_takes_power_and_gives_steam() -> None:
    both(
        2 / 0.8,
        Demand("works", "steam", array(0, 2)),
        Source("grid", "el", array(1, 9)),
        MoltenSalt("salt", "el", 10.0, 5.0, charge_efficiency=0.8, out="steam"),
    )


def test_hydrogen_goes_through_electrolyser_tank_and_fuel_cell() -> None:
    # 1 power back = 2 H2; 2 H2 = 4 power, plus 0.1 each for the compressor; the heat of both is used
    found = both(
        (4 + 0.2) * 1.0,
        Demand("works", "el", array(0, 1)),
        Demand("warm", "heat", array(0.4, 0.6)),
        Source("grid", "el", array(1.0, 99.0)),
        Electrolyser("ely", "el", "h2", 10.0, 0.5, heat="heat", heat_efficiency=0.1),
        HydrogenTank("tank", "h2", 10.0, 10.0, auxiliary={"el": 0.1}),
        FuelCell("fc", "h2", "el", 10.0, 0.5, heat="heat", heat_efficiency=0.3),
    )
    assert found.series["ely.input"] == pytest.approx([4, 0])


def test_a_shiftable_load_waits_until_its_deadline() -> None:
    found = both(
        4 * 1.0 + 2 * 0.01,
        ShiftableLoad("mill", "el", array(1, 1, 1, 1), 1.0, 1.0, np.array([1, 3]), cost=0.01),
        Source("grid", "el", array(9, 1, 9, 1)),
        steps=4,
    )
    assert found.series["mill.backlog"] == pytest.approx([1, 0, 1, 0])


def test_a_curtailable_load_is_left_out_while_that_is_cheaper() -> None:
    load = CurtailableLoad("shop", "el", array(2, 2), share=0.5, cost=3.0, energy_kwh=1.0)
    both(4 * 3 + 3.0, load, Source("grid", "el", array(4, 4)))


def test_a_fleet_leaves_with_what_it_needs() -> None:
    # cars come with 2 and go with 5 at the end of step 2; charging costs 1 at night, 9 by day
    found = both(
        3 / 0.9,
        ChargingFleet(
            "cars", "el", array(5, 5, 0), array(10, 10, 0), array(2, 0, 0), array(0, 0, 5), 0.9, start_kwh=0.0
        ),
        Source("grid", "el", array(9, 1, 9)),
        steps=3,
    )
    assert found.series["cars.charge"] == pytest.approx([0, 3 / 0.9, 0])


def test_a_fleet_gives_back_when_that_earns() -> None:
    both(
        0.1 * 2,
        Demand("works", "el", array(2, 0)),
        ChargingFleet("cars", "el", array(4, 4), array(9, 9), array(4, 0), array(0, 2), 1.0, 0.5, 0.1, start_kwh=0.0),
        Source("grid", "el", array(9, 9)),
    )


def test_a_link_loses_on_the_way_and_has_a_standing_loss() -> None:
    both(
        (9 / 0.9 + 1) * 2.0 + 0.1 * 10,
        Demand("works", "far", 9.0),
        Source("plant", "near", 2.0),
        NetworkLink("pipe", "near", "far", 20.0, 0.1, 1.0, price=0.1),
        steps=1,
    )
    both(
        5.0,
        Demand("a", "near", 5.0),
        Source("plant", "far", 1.0),
        NetworkLink("l", "near", "far", 9.0, both_ways=True),
        steps=1,
    )
    assert loss_over(2.0, 0.1) == pytest.approx(0.19)


def test_captured_carbon_stays_away_from_the_cap() -> None:
    # 10 kg flue; at most 2.8 may go: take in 8 at 90 % leaves 2 + 0.8
    found = both(
        8 * (0.3 + 0.2),
        Demand("works", "heat", 10.0),
        Boiler("b", None, "heat", 10.0, 1.0, flue={"co2": 1.0}),
        Vent("stack", "co2"),
        CarbonCapture("ccus", "co2", 10.0, {"el": 0.3}, 0.9, 0.2),
        Source("grid", "el", 1.0),
        Cap("budget", "emissions", most=2.8),
        steps=1,
    )
    assert found.series["ccus.input"] == pytest.approx([8])


def test_existing_size_costs_nothing_and_units_are_whole() -> None:
    both(
        2 * 1.0,
        Demand("works", "heat", 7.0),
        Boiler("b", None, "heat", Size(20, cost=1.0, existing=5.0), 1.0),
        steps=1,
    )
    model = Model(Timeline.hourly(1)).add(
        Demand("works", "heat", 7.0), Boiler("b", None, "heat", Size(20, cost=1.0, unit=4.0), 1.0)
    )
    assert solve(model).sizes["b"] == pytest.approx(8)
    assert solve(model, solver="chain").lower_bound <= 8
