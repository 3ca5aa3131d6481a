"""More dispatch shared with PyPSA: commitment, stores with loss, several carriers, caps, tariffs, exports; one optimum."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("pypsa", reason="the extra 'oracles' is not installed")

import numpy as np
import pandas as pd
import pypsa

from lingtan.optimize.dispatch.extras import air_cop
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner
from lingtan.optimize.dispatch.record import Description, Fleet, Grid, Limits, Money, Need, Unit
from lingtan.park.tariffs.record import Tariff
from oracles.series import HEAT, HYDROGEN, NEAR, POWER, PRICE, SUN, WIND

STEPS = 72
AT = pd.RangeIndex(STEPS)
START = datetime(2025, 7, 9, 16, tzinfo=UTC)  # midnight in Shanghai
HARD = Limits(unserved_cny_per_kwh=None, surplus_cny_per_kwh=0.0)
SERIES = {
    "power": POWER, "warmth": HEAT, "h2": HYDROGEN, "sun": 15 * SUN, "wind": 12 * WIND, "price": PRICE,
    "air": -2 + 9 * SUN + 3 * WIND,
}  # fmt: skip


def described(*units: Unit, needs: tuple[str, ...] = ("power",), **fields: Any) -> Description:
    """A park with these units, whose needs are hard."""
    nodes = {"power": "el", "warmth": "heat", "h2": "h2"}
    grid = {"id": "grid", "node": "el", "import_kw": 40.0, "price_series": "price", **fields.pop("grid", {})}
    return Description(
        units=list(units), needs=[Need(id=n, node=nodes[n], series=n) for n in needs], grids=[Grid(**grid)], limits=fields.pop("limits", HARD),
        step_minutes=60, **fields,
    )  # fmt: skip


def ours(
    what: Description, state: State | None = None, *, demand: float | None = None, start: datetime = START
) -> float:
    """Our optimum. [CNY]"""
    series = {k: v[:STEPS] for k, v in SERIES.items()}
    horizon = Horizon(start, STEPS, 60)
    prices = all_prices(what, horizon, series)
    if demand is not None:
        months = len(np.unique(horizon.months()))
        prices = {k: replace(p, demand_cny_per_kw=np.full(months, demand)) for k, p in prices.items()}
    step = Planner(what, gap=1e-9, time_limit_s=120).plan(Inputs(horizon, series, prices, state or State()))
    return step.solution.cost


def network(*buses: str, needs: tuple[str, ...] = ("power",), imports: float | None = 40.0) -> pypsa.Network:
    """The same nodes and needs, and a grid at the same prices."""
    found = pypsa.Network(snapshots=AT)
    nodes = {"power": "el", "warmth": "heat", "h2": "h2"}
    for bus in dict.fromkeys(["el", *buses]):
        found.add("Bus", bus)
    for need in needs:
        found.add("Load", need, bus=nodes[need], p_set=series(need))
    if imports is not None:
        found.add("Generator", "import", bus="el", p_nom=imports, marginal_cost=series("price"))
    return found


def series(name: str, factor: float = 1.0) -> pd.Series:
    """On the network's snapshots."""
    return pd.Series(factor * SERIES[name][:STEPS], AT, dtype=float)


def free(found: pypsa.Network, bus: str, name: str = "", **fields: Any) -> None:
    """Energy of a bus may be let go, or is sold at a price."""
    found.add("Generator", name or f"{bus} let go", bus=bus, p_min_pu=-1, p_max_pu=0, **({"p_nom": 1e4} | fields))


def store(found: pypsa.Network, name: str, bus: str, unit: Unit, content: float) -> None:
    """A store between two links, its power measured at its terminals, its wear paid when charged."""
    eta, loss = unit.efficiency or 1.0, unit.loss_per_hour
    power, energy = float(unit.capacity_kw or 0), float(unit.energy_kwh or 0)
    found.add("Bus", f"{name} inside")
    found.add(
        "Link",
        f"{name} in",
        bus0=bus,
        bus1=f"{name} inside",
        p_nom=power,
        efficiency=eta,
        marginal_cost=unit.wear_cny_per_kwh,
    )
    found.add("Link", f"{name} out", bus0=f"{name} inside", bus1=bus, p_nom=power / eta, efficiency=eta)
    least = pd.Series(unit.minimum_level, AT, dtype=float)
    least.iloc[-1] = max(unit.minimum_level, unit.end_level or 0.0)
    # PyPSA takes no standing loss from the initial energy in the first step
    found.add(
        "Store",
        name,
        bus=f"{name} inside",
        e_nom=energy,
        e_initial=content * (1 - loss),
        standing_loss=loss,
        e_min_pu=least,
    )


def same(mine: float, found: pypsa.Network, constant: float = 0.0) -> None:
    """Both optima are one."""
    status = found.optimize(solver_name="highs", mip_rel_gap=1e-9)
    assert status[0] == "ok"
    assert mine == pytest.approx(found.objective + constant, rel=NEAR)


pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("least_hours", [1, 4])
def test_commitment_with_least_run_least_rest_and_start_cost(least_hours: int) -> None:
    units = [
        Unit(id=f"chp{i}", kind="chp", output="el", heat="heat", capacity_kw=p, efficiency=e, heat_efficiency=0.42, price_cny_per_kwh=0.28,
             minimum_load=0.5, start_cost_cny=c, minimum_up_hours=least_hours, minimum_down_hours=least_hours)
        for i, (p, e, c) in enumerate([(5, 0.4, 4.0), (3, 0.37, 2.0)])
    ]  # fmt: skip
    units.append(
        Unit(id="boiler", kind="boiler", output="heat", capacity_kw=12, efficiency=0.9, price_cny_per_kwh=0.35)
    )
    mine = ours(described(*units, needs=("power", "warmth"), surplus=["heat"]))
    found = network("heat", "fuel", needs=("power", "warmth"))
    found.add("Generator", "gas", bus="fuel", p_nom=1000, marginal_cost=0.28)
    found.add("Generator", "boiler", bus="heat", p_nom=12, marginal_cost=0.35 / 0.9)
    free(found, "heat")
    for unit in units[:2]:
        found.add(
            "Link", unit.id, bus0="fuel", bus1="el", bus2="heat", p_nom=unit.capacity_kw / unit.efficiency, efficiency=unit.efficiency, efficiency2=0.42,
            committable=True, p_min_pu=0.5, start_up_cost=unit.start_cost_cny, min_up_time=least_hours, min_down_time=least_hours,
            up_time_before=0, down_time_before=least_hours,
        )  # fmt: skip
    same(mine, found)


def test_an_electrolyser_with_a_tank_and_a_fuel_cell() -> None:
    tank = Unit(
        id="tank",
        kind="hydrogen_tank",
        input="h2",
        capacity_kw=6,
        energy_kwh=30,
        efficiency=1.0,
        loss_per_hour=0.001,
        minimum_level=0.1,
        end_level=0.5,
    )
    units = [
        Unit(id="ely", kind="electrolyser", input="el", output="h2", heat="heat", heat_efficiency=0.2, capacity_kw=8, efficiency=0.65,
             minimum_load=0.3, start_cost_cny=1.0),
        tank,
        Unit(id="cell", kind="fuel_cell", input="h2", output="el", heat="heat", heat_efficiency=0.3, capacity_kw=3, efficiency=0.5),
        Unit(id="boiler", kind="electric_boiler", input="el", output="heat", capacity_kw=12, efficiency=0.98),
        Unit(id="wind", kind="wind", output="el", available="wind"),
    ]  # fmt: skip
    mine = ours(described(*units, needs=("power", "warmth", "h2"), surplus=["heat"]), State(content_kwh={"tank": 15.0}))
    found = network("heat", "h2", needs=("power", "warmth", "h2"))
    free(found, "heat")
    found.add("Generator", "wind", bus="el", p_nom=1, p_max_pu=series("wind"))
    found.add(
        "Link", "ely", bus0="el", bus1="h2", bus2="heat", p_nom=8, efficiency=0.65, efficiency2=0.2, committable=True, p_min_pu=0.3,
        start_up_cost=1.0, up_time_before=0, down_time_before=1,
    )  # fmt: skip
    found.add("Link", "cell", bus0="h2", bus1="el", bus2="heat", p_nom=3 / 0.5, efficiency=0.5, efficiency2=0.3)
    found.add("Link", "boiler", bus0="el", bus1="heat", p_nom=12 / 0.98, efficiency=0.98)
    store(found, "tank", "h2", tank, 15.0)
    same(mine, found)


def test_a_heat_pump_whose_cop_follows_the_air_and_a_tank_that_loses_heat() -> None:
    tank = Unit(
        id="tank",
        kind="heat_store",
        input="heat",
        capacity_kw=6,
        energy_kwh=25,
        efficiency=0.98,
        loss_per_hour=0.01,
        end_level=0.4,
    )
    pump = Unit(id="pump", kind="heat_pump", input="el", output="heat", capacity_kw=9, supply_c=55, carnot_share=0.45)
    boiler = Unit(id="boiler", kind="electric_boiler", input="el", output="heat", capacity_kw=8, efficiency=0.99)
    mine = ours(
        described(pump, boiler, tank, needs=("power", "warmth"), temperature="air"), State(content_kwh={"tank": 12.0})
    )
    found = network("heat", needs=("power", "warmth"))
    cop = air_cop(SERIES["air"][:STEPS], 55, 0.45, cooling=False)
    found.add(
        "Link",
        "pump",
        bus0="el",
        bus1="heat",
        p_nom=1.0,
        p_max_pu=pd.Series(9 / cop, AT),
        efficiency=pd.Series(cop, AT),
    )
    found.add("Link", "boiler", bus0="el", bus1="heat", p_nom=8 / 0.99, efficiency=0.99)
    store(found, "tank", "heat", tank, 12.0)
    same(mine, found)


def test_a_tariff_by_periods_with_a_demand_charge() -> None:
    tariff = Tariff(
        id="tou", connection="grid", region="CN-JS", basis="demand", demand_cny_per_kw_month="9.6",
        energy_cny_per_kwh={"sharp_peak": "1.25", "peak": "1.06", "flat": "0.62", "valley": "0.29"},
        windows=[{"period": "peak", "windows": ["14:00-22:00"]}, {"period": "valley", "windows": ["22:00-06:00"]}, {"period": "flat", "windows": ["rest"]},
                 {"period": "sharp_peak", "windows": ["18:00-20:00"], "months": [7, 8]}],
    )  # fmt: skip
    battery = Unit(
        id="battery",
        kind="battery",
        input="el",
        capacity_kw=4,
        energy_kwh=12,
        efficiency=0.94,
        wear_cny_per_kwh=0.01,
        end_level=0.5,
    )
    what = described(battery, grid={"tariff": "tou", "price_series": None}, tariffs=[tariff])
    seen = 10.0
    mine = ours(what, State(content_kwh={"battery": 6.0}, peak_kw={"grid": seen}))
    found = network(imports=None)
    hour = np.arange(STEPS) % 24
    price = np.select(
        [(hour >= 18) & (hour < 20), (hour >= 14) & (hour < 22), (hour >= 22) | (hour < 6)], [1.25, 1.06, 0.29], 0.62
    )
    # the month's peak so far is there already, and only what lies above it is paid for
    found.add(
        "Generator", "import", bus="el", p_nom_extendable=True, p_nom_min=seen, p_nom_max=40, capital_cost=9.6, marginal_cost=pd.Series(price, AT)
    )  # fmt: skip
    store(found, "battery", "el", battery, 6.0)
    same(mine, found, -9.6 * seen)


def test_each_month_of_the_horizon_has_its_own_peak() -> None:
    battery = Unit(
        id="battery", kind="battery", input="el", capacity_kw=4, energy_kwh=12, efficiency=0.94, end_level=0.5
    )
    start = datetime(2025, 7, 30, 16, tzinfo=UTC)  # 24 hours of July, 48 of August
    mine = ours(described(battery), State(content_kwh={"battery": 6.0}), demand=12.0, start=start)
    found = network(imports=None)
    for name, inside in (("july", AT < 24), ("august", AT >= 24)):
        found.add(
            "Generator", name, bus="el", p_nom_extendable=True, p_nom_max=40, capital_cost=12.0, marginal_cost=series("price"),
            p_max_pu=pd.Series(inside.astype(float), AT),
        )  # fmt: skip
    store(found, "battery", "el", battery, 6.0)
    same(mine, found)


@pytest.mark.parametrize("share", [0.55, 0.75])
def test_an_emission_cap(share: float) -> None:
    units = [
        Unit(id="gas", kind="boiler", output="heat", capacity_kw=12, efficiency=0.9, price_cny_per_kwh=0.2, factor_kgco2_per_kwh=0.2),
        Unit(id="pump", kind="heat_pump", input="el", output="heat", capacity_kw=9, cop=2.0),
        Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=4, efficiency=0.4, heat_efficiency=0.42, price_cny_per_kwh=0.3,
             factor_kgco2_per_kwh=0.2),
        Unit(id="wind", kind="direct_line", output="el", available="wind", price_cny_per_kwh=0.95),
    ]  # fmt: skip
    most = share * 0.58 * float(POWER[:STEPS].sum())
    limits = HARD.model_copy(update={"emission_cap_kg_per_day": most / (STEPS / 24)})
    what = described(
        *units, needs=("power", "warmth"), surplus=["heat"], grid={"factor_kgco2_per_kwh": 0.58}, limits=limits
    )
    mine = ours(what)
    found = network("heat", "gas", needs=("power", "warmth"), imports=None)
    found.add("Carrier", "mix", co2_emissions=0.58)
    found.add("Carrier", "gas", co2_emissions=0.2)
    found.add("Generator", "import", bus="el", carrier="mix", p_nom=40, marginal_cost=series("price"))
    found.add("Generator", "gas", bus="gas", carrier="gas", p_nom=1000, marginal_cost=0.0)
    found.add("Link", "boiler", bus0="gas", bus1="heat", p_nom=12 / 0.9, efficiency=0.9, marginal_cost=0.2)
    found.add(
        "Link",
        "chp",
        bus0="gas",
        bus1="el",
        bus2="heat",
        p_nom=4 / 0.4,
        efficiency=0.4,
        efficiency2=0.42,
        marginal_cost=0.3,
    )
    found.add("Link", "pump", bus0="el", bus1="heat", p_nom=9 / 2.0, efficiency=2.0)
    found.add("Generator", "wind", bus="el", p_nom=1, p_max_pu=series("wind"), marginal_cost=0.95)
    free(found, "heat")
    found.add(
        "GlobalConstraint", "cap", type="primary_energy", carrier_attribute="co2_emissions", sense="<=", constant=most
    )
    same(mine, found)


def test_a_carbon_price_and_certificates() -> None:
    units = [Unit(id="wind", kind="direct_line", output="el", available="wind", price_cny_per_kwh=0.5)]
    money = Money(carbon_cny_per_kg=0.15, certificate_cny_per_kwh=0.03, certificate_share=0.4)
    mine = ours(described(*units, grid={"factor_kgco2_per_kwh": 0.58}, money=money))
    found = network(imports=None)
    found.add("Generator", "import", bus="el", p_nom=40, marginal_cost=series("price") + 0.15 * 0.58 + 0.4 * 0.03)
    found.add("Generator", "wind", bus="el", p_nom=1, p_max_pu=series("wind"), marginal_cost=0.5)
    same(mine, found)


def test_exports_limited_in_power_and_by_share_of_generation() -> None:
    battery = Unit(
        id="battery",
        kind="battery",
        input="el",
        capacity_kw=3,
        energy_kwh=9,
        efficiency=0.95,
        wear_cny_per_kwh=0.01,
        end_level=0.5,
    )
    units = [
        Unit(id="sun", kind="pv", output="el", available="sun"),
        Unit(id="wind", kind="wind", output="el", available="wind"),
        battery,
    ]
    limits = HARD.model_copy(update={"export_share": 0.08})
    what = described(*units, grid={"export_kw": 4.0, "export_price_cny_per_kwh": 0.35}, limits=limits)
    mine = ours(what, State(content_kwh={"battery": 4.5}))
    found = network()
    found.add("Generator", "sun", bus="el", p_nom=1, p_max_pu=series("sun"))
    found.add("Generator", "wind", bus="el", p_nom=1, p_max_pu=series("wind"))
    free(found, "el", "export", p_nom=4.0, marginal_cost=0.35)
    store(found, "battery", "el", battery, 4.5)

    def share(network: pypsa.Network, snapshots: pd.Index) -> None:
        power = network.model["Generator-p"]
        name = "name" if "name" in power.dims else "Generator"
        made = power.sel({name: ["sun", "wind"]}).sum()
        network.model.add_constraints(-1 * power.sel({name: "export"}).sum() - 0.08 * made <= 0, name="share")

    status = found.optimize(solver_name="highs", extra_functionality=share)
    assert status[0] == "ok"
    assert mine == pytest.approx(found.objective, rel=NEAR)
    assert found.generators_t.p["export"].min() < -1e-3  # the share binds, it does not forbid


def test_a_fleet_that_gives_back_and_a_network_that_loses() -> None:
    fleet = Fleet(id="ev", node="el", vehicles=2, charger_kw=3, battery_kwh=20, arrives=19, leaves=7, arrival_level=0.3, departure_level=0.8,
                  efficiency=0.95, back_share=1.0, wear_cny_per_kwh=0.02)  # fmt: skip
    pipe = Unit(
        id="pipe",
        kind="network",
        input="plant",
        output="heat",
        capacity_kw=14,
        loss_per_hour=0.06,
        standing_loss_kw=0.3,
    )
    boiler = Unit(id="boiler", kind="boiler", output="plant", capacity_kw=14, efficiency=0.9, price_cny_per_kwh=0.3)
    mine = ours(described(boiler, pipe, needs=("power", "warmth"), fleets=[fleet]), State(content_kwh={"ev": 12.0}))
    found = network("heat", "plant", "cars", needs=("power", "warmth"))
    found.add("Generator", "boiler", bus="plant", p_nom=14, marginal_cost=0.3 / 0.9)
    found.add("Load", "warm pipe", bus="plant", p_set=0.3)
    found.add("Link", "pipe", bus0="plant", bus1="heat", p_nom=14, efficiency=0.94)
    hour = np.arange(STEPS) % 24
    here = ((hour >= 19) | (hour < 7)).astype(float)
    room, power = 40.0, 6.0
    found.add("Link", "plugged", bus0="el", bus1="cars", p_nom=power, p_max_pu=pd.Series(here, AT), efficiency=0.95)
    found.add(
        "Link",
        "back",
        bus0="cars",
        bus1="el",
        p_nom=power / 0.95,
        p_max_pu=pd.Series(here, AT),
        efficiency=0.95,
        marginal_cost=0.02 * 0.95,
    )
    arriving, leaving = hour == 19, hour == 6
    brought = np.where(arriving, 0.3 * room, 0.0) - np.where(leaving, 0.8 * room, 0.0)
    found.add("Load", "trips", bus="cars", p_set=pd.Series(-brought, AT))
    inside = np.where((here > 0) & ~leaving, 1.0, 0.0)
    found.add("Store", "ev", bus="cars", e_nom=room, e_initial=12.0, e_max_pu=pd.Series(inside, AT), e_cyclic=False)
    same(mine, found)
