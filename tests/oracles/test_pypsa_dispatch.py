"""The same dispatch in PyPSA: the same optimum, units switched on and off included."""

from datetime import UTC, datetime

import pytest

pytest.importorskip("pypsa", reason="the extra 'oracles' is not installed")

import numpy as np
import pandas as pd
import pypsa

from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner
from lingtan.optimize.dispatch.record import Description, Grid, Limits, Need, Unit
from oracles.series import HEAT, NEAR, POWER, PRICE, SUN

STEPS = 96
AT = pd.RangeIndex(STEPS)


def shared(*, whole: bool) -> tuple[Description, dict[str, np.ndarray]]:
    """A battery, sun, a CHP and a boiler, with losses and an export price."""
    running = {"minimum_load": 0.5, "start_cost_cny": 3.0} if whole else {}
    units = [
        Unit(id="battery", kind="battery", input="el", capacity_kw=5, energy_kwh=20, efficiency=0.93, loss_per_hour=0.002, wear_cny_per_kwh=0.01, end_level=0.5),
        Unit(id="sun", kind="pv", output="el", available="sun"),
        Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=4, efficiency=0.4, heat_efficiency=0.42, price_cny_per_kwh=0.3, **running),
        Unit(id="boiler", kind="boiler", output="heat", capacity_kw=12, efficiency=0.9, price_cny_per_kwh=0.35),
    ]  # fmt: skip
    described = Description(
        units=units,
        needs=[Need(id="power", node="el", series="power"), Need(id="heat", node="heat", series="warmth")],
        grids=[Grid(id="grid", node="el", import_kw=40, export_kw=3, price_series="price", export_price_cny_per_kwh=0.2)],
        surplus=["heat"], limits=Limits(unserved_cny_per_kwh=None, surplus_cny_per_kwh=0.0), step_minutes=60,
    )  # fmt: skip
    series = {"power": POWER, "warmth": HEAT, "sun": 15 * SUN, "price": PRICE}
    return described, {k: v[:STEPS] for k, v in series.items()}


def network(series: dict[str, np.ndarray], *, whole: bool) -> pypsa.Network:
    found = pypsa.Network(snapshots=AT)
    for bus in ("el", "heat", "fuel", "inside"):
        found.add("Bus", bus)
    found.add("Load", "power", bus="el", p_set=pd.Series(series["power"], AT))
    found.add("Load", "warmth", bus="heat", p_set=pd.Series(series["warmth"], AT))
    found.add("Generator", "import", bus="el", p_nom=40, marginal_cost=pd.Series(series["price"], AT))
    found.add("Generator", "export", bus="el", p_nom=3, p_min_pu=-1, p_max_pu=0, marginal_cost=0.2)
    found.add("Generator", "sun", bus="el", p_nom=1, p_max_pu=pd.Series(series["sun"], AT))
    found.add("Generator", "gas", bus="fuel", p_nom=1000, marginal_cost=0.3)
    found.add("Generator", "boiler", bus="heat", p_nom=12, marginal_cost=0.35 / 0.9)
    found.add("Generator", "let go", bus="heat", p_nom=1000, p_min_pu=-1, p_max_pu=0)
    running = (
        {"committable": True, "p_min_pu": 0.5, "start_up_cost": 3.0, "up_time_before": 0, "down_time_before": 1}
        if whole
        else {}
    )
    found.add("Link", "chp", bus0="fuel", bus1="el", bus2="heat", p_nom=10, efficiency=0.4, efficiency2=0.42, **running)
    found.add("Link", "in", bus0="el", bus1="inside", p_nom=5, efficiency=0.93, marginal_cost=0.01)
    found.add("Link", "out", bus0="inside", bus1="el", p_nom=5 / 0.93, efficiency=0.93)
    least = pd.Series(0.0, AT)
    least.iloc[-1] = 0.5
    # PyPSA takes no standing loss from the initial energy in the first step
    found.add("Store", "battery", bus="inside", e_nom=20, e_initial=10 * 0.998, standing_loss=0.002, e_min_pu=least)
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("whole", [False, True])
def test_the_same_dispatch_has_the_same_optimum(whole: bool) -> None:
    described, series = shared(whole=whole)
    horizon = Horizon(datetime(2025, 7, 9, 16, tzinfo=UTC), STEPS, 60)
    given = Inputs(horizon, series, all_prices(described, horizon, series), State(content_kwh={"battery": 10.0}))
    ours = Planner(described, gap=1e-8, time_limit_s=60).plan(given).solution.cost
    theirs = network(series, whole=whole)
    theirs.optimize(solver_name="highs", mip_rel_gap=1e-8)
    assert ours == pytest.approx(theirs.objective, rel=NEAR)
