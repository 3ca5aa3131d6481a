"""Park rules that other tools do not have, written out in linopy: demand charge, certificates, intensity, direct share."""

import numpy as np
import pytest

pytest.importorskip("linopy", reason="the extra 'oracles' is not installed")

import linopy
import pandas as pd

from lingtan.optimize.components import Battery, Demand, GridConnection, Pv
from lingtan.optimize.limits import Certificates, IntensityCap, Share
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import solve
from oracles.series import HOUR, HOURS, NEAR, POWER, PRICE, SUN, cost

MONTH = HOUR // max(1, HOURS // 3 + 1)
FACTOR, TCE = 0.8325, 0.2856


def ours(target: float, direct: float | None) -> Model:
    """By our components."""
    model = Model(Timeline.hourly(HOURS, months=MONTH)).add(
        Demand("need", "el", POWER),
        GridConnection(
            "grid", "el", PRICE, 30.0, demand_charge=5.0, import_tallies={"emissions": FACTOR, "energy": TCE, "all": 1.0}
        ),
        Pv("pv", "el", Size(60, cost=cost(290)), SUN, tallies={"energy": TCE, "direct": 1.0, "all": 1.0}),
        Battery(
            "b", "el", Size(200, cost=cost(100)), Size(50, cost=cost(40)), charge_efficiency=0.95,
            discharge_efficiency=0.95,
        ),
        Certificates("green", 1e4, 0.05, {"emissions": -FACTOR}),
        IntensityCap("core", target),
    )  # fmt: skip
    return model if direct is None else model.add(Share("share", "direct", "all", least=direct))


def theirs(target: float, direct: float | None) -> float:
    """Row by row in linopy."""
    m = linopy.Model()
    t = pd.RangeIndex(HOURS, name="t")
    grid, sun, into, out, level = (
        m.add_variables(lower=0, coords=[t], name=name) for name in ("grid", "sun", "into", "out", "level")
    )
    peak = m.add_variables(lower=0, upper=30, coords=[pd.RangeIndex(int(MONTH.max()) + 1, name="month")], name="peak")
    pv = m.add_variables(lower=0, upper=60, name="pv")
    energy = m.add_variables(lower=0, upper=200, name="energy")
    power = m.add_variables(lower=0, upper=50, name="power")
    green = m.add_variables(lower=0, upper=1e4, name="green")
    series = {name: pd.Series(v, index=t) for name, v in (("need", POWER), ("sun", SUN), ("price", PRICE))}
    m.add_constraints(grid + sun + out - into == series["need"], name="balance")
    m.add_constraints(sun - series["sun"] * pv <= 0, name="sun")
    m.add_constraints(into - power <= 0, name="into")
    m.add_constraints(out - power <= 0, name="out")
    m.add_constraints(level - energy <= 0, name="level")
    m.add_constraints(level - level.roll(t=1) - 0.95 * into + (1 / 0.95) * out == 0, name="content")
    for month in range(int(MONTH.max()) + 1):
        mine = np.flatnonzero(month == MONTH)
        m.add_constraints(grid.isel(t=mine) - peak.isel(month=month) <= 0, name=f"peak-{month}")
    m.add_constraints(
        (FACTOR - target * TCE) * grid.sum() - target * TCE * sun.sum() - FACTOR * green <= 0, name="core"
    )
    if direct is not None:
        m.add_constraints((1 - direct) * sun.sum() - direct * grid.sum() >= 0, name="share")
    m.add_objective(
        (series["price"] * grid).sum()
        + 5 * peak.sum()
        + cost(290) * pv
        + cost(100) * energy
        + cost(40) * power
        + 0.05 * green
    )
    status, _ = m.solve("highs", output_flag=False, primal_feasibility_tolerance=1e-9, dual_feasibility_tolerance=1e-9)
    assert status == "ok"
    return float(m.objective.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("target", "direct"), [(0.2, None), (0.3, 0.6), (1.0, 0.5), (2.0, None)])
def test_linopy_finds_the_same_optimum(target: float, direct: float | None) -> None:
    model, best = ours(target, direct), theirs(target, direct)
    assert solve(model, solver="highs").cost == pytest.approx(best, rel=NEAR)
    chain = solve(model, gap=NEAR, solver="chain")
    assert chain.lower_bound <= best * (1 + NEAR) <= chain.cost * (1 + 2 * NEAR)
