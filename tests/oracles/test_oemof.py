"""The same parks in oemof.solph: the same optimum."""

from typing import Any

import pytest

pytest.importorskip("oemof.solph", reason="the extra 'oracles' is not installed")

import pandas as pd
from oemof import solph
from pyomo.environ import SolverFactory

from lingtan.optimize.components import Battery, Demand, ElectricBoiler, GridConnection, HeatPump, Pv
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import solve
from oracles.series import COP, HEAT, HOURS, NEAR, POWER, PRICE, SUN, cost


def optimum(*nodes: Any) -> float:
    """By HiGHS through pyomo."""
    system = solph.EnergySystem(
        timeindex=pd.date_range("2025-01-01", periods=HOURS + 1, freq="h"), infer_last_interval=False
    )
    system.add(*nodes)
    model = solph.Model(system)
    highs = SolverFactory("appsi_highs")
    highs.highs_options = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
    model.receive_duals()
    highs.solve(model)
    return float(model.objective())


def invest(most: float, per_year: float) -> Any:
    """A size to be chosen."""
    return solph.Investment(ep_costs=cost(per_year), maximum=most)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("heat", [False, True])
def test_oemof_finds_the_same_optimum(heat: bool) -> None:
    model = Model(Timeline.hourly(HOURS)).add(
        Demand("need", "el", POWER),
        GridConnection("grid", "el", PRICE, 50.0),
        Pv("pv", "el", Size(60, cost=cost(290)), SUN),
        Battery("b", "el", Size(200, cost=cost(100)), None, 0.25, 0.95, 0.9, 0.001),
    )
    el = solph.Bus("el")
    nodes = [
        el,
        solph.components.Sink("need", inputs={el: solph.Flow(nominal_capacity=1, fix=POWER)}),
        solph.components.Source("grid", outputs={el: solph.Flow(nominal_capacity=50, variable_costs=PRICE)}),
        solph.components.Source("pv", outputs={el: solph.Flow(nominal_capacity=invest(60, 290), max=SUN)}),
        solph.components.GenericStorage(
            label="b",
            inputs={el: solph.Flow(nominal_capacity=solph.Investment())},
            outputs={el: solph.Flow(nominal_capacity=solph.Investment())},
            nominal_capacity=invest(200, 100),
            invest_relation_input_capacity=0.25,
            invest_relation_output_capacity=0.25,
            inflow_conversion_factor=0.95,
            outflow_conversion_factor=0.9,
            loss_rate=0.001,
            balanced=True,
        ),
    ]
    if heat:
        model.add(
            Demand("warm", "heat", HEAT),
            HeatPump("hp", "el", "heat", Size(5, cost=cost(350)), COP),
            ElectricBoiler("eb", "el", "heat", Size(20, cost=cost(70)), 0.98),
        )
        warm = solph.Bus("heat")
        nodes += [
            warm,
            solph.components.Sink("warm", inputs={warm: solph.Flow(nominal_capacity=1, fix=HEAT)}),
            solph.components.Converter(
                "hp",
                inputs={el: solph.Flow()},
                outputs={warm: solph.Flow(nominal_capacity=invest(5, 350))},
                conversion_factors={warm: COP},
            ),
            solph.components.Converter(
                "eb",
                inputs={el: solph.Flow()},
                outputs={warm: solph.Flow(nominal_capacity=invest(20, 70))},
                conversion_factors={warm: 0.98},
            ),
        ]
    theirs = optimum(*nodes)
    assert solve(model, solver="highs").cost == pytest.approx(theirs, rel=NEAR)
    chain = solve(model, gap=NEAR, solver="chain")
    assert chain.lower_bound <= theirs * (1 + NEAR) <= chain.cost * (1 + 2 * NEAR)
