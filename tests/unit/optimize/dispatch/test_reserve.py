"""Robust plans: a reserve among plans that cost the same, the peak of the month, what is done between two plans."""

from datetime import UTC, datetime

import numpy as np
import pytest

from lingtan.optimize.dispatch.inputs import Horizon, State
from lingtan.optimize.dispatch.peaks import SHARE, usual_peaks
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.settle import Settlement
from lingtan.park.tariffs.record import Tariff
from tests.unit.optimize.dispatch.parks import battery, description, inputs


def test_of_plans_that_cost_the_same_the_one_that_keeps_more_at_hand_is_taken() -> None:
    described = description(battery(energy_kwh=100.0))
    given = inputs(described, {"load": [200] * 6, "price": [0.3, 0.3, 1, 1, 1, 1]}, state=State({"battery": 0.0}))
    plain, careful = Planner(described).plan(given), Planner(described, reserve=RESERVE).plan(given)
    assert careful.series["battery.charge"] == pytest.approx([100, 0, 0, 0, 0, 0])
    assert careful.series["battery.discharge"] == pytest.approx([0, 0, 0, 0, 0, 100])
    assert careful.solution.cost == pytest.approx(plain.solution.cost, rel=1e-9)  # the reserve is no money
    assert careful.solution.lower_bound <= careful.solution.cost


def test_a_store_gives_more_than_planned_to_hold_the_peak_and_nothing_else_moves_it() -> None:
    described = description(battery())
    settlement = Settlement(described)
    plan = {"battery.charge": np.zeros(1), "battery.discharge": np.array([20.0])}
    full = State(content_kwh={"battery": 200.0}, peak_kw={"grid": 150.0})
    calm = settlement.settle(inputs(described, {"load": [120], "price": [1.0]}, state=full, demand=40.0), plan)
    assert calm.series["battery.discharge"][0] == pytest.approx(20)
    assert calm.deviation_kwh == pytest.approx(0)
    storm = settlement.settle(inputs(described, {"load": [240], "price": [1.0]}, state=full, demand=40.0), plan)
    assert storm.series["grid.import"][0] == pytest.approx(150)
    assert storm.series["battery.discharge"][0] == pytest.approx(90)
    assert storm.deviation_kwh == pytest.approx(70)
    planned = settlement.settle(
        inputs(described, {"load": [240], "price": [1.0]}, state=full, demand=40.0), plan, planned_peak_kw={"grid": 200}
    )
    assert planned.series["grid.import"][0] == pytest.approx(200)


def tariff() -> Tariff:
    return Tariff(
        id="t", connection="grid", region="CN-JS", basis="demand", energy_cny_per_kwh={"flat": "0.6"},
        windows=[{"period": "flat", "windows": ["rest"]}], demand_cny_per_kw_month="40",
    )  # fmt: skip


def test_the_usual_peak_is_what_the_weeks_before_could_not_avoid() -> None:
    described = description(battery(energy_kwh=100.0), grid={"price_series": None, "tariff": "t"}, tariffs=[tariff()])
    horizon = Horizon(datetime(2025, 6, 24, 16, tzinfo=UTC), 24 * 10, 60)  # over the end of a month
    load = np.where(np.arange(240) == 150, 200.0, 100.0)  # one hour of 200; the battery takes half of it off
    found = usual_peaks(described, horizon, {"load": load})
    assert found["grid"] == pytest.approx(SHARE * 100.8, rel=0.02)
    assert usual_peaks(described, Horizon(horizon.start, 24 * 3, 60), {"load": load[:72]}) == {}


def test_where_no_peak_is_paid_for_none_is_usual() -> None:
    described = description(battery())
    horizon = Horizon(datetime(2025, 6, 24, 16, tzinfo=UTC), 24 * 8, 60)
    assert usual_peaks(described, horizon, {"load": np.full(192, 50.0), "price": np.ones(192)}) == {}
