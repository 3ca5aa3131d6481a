"""Scenarios and replays: laws that hold whatever the day brings."""

from datetime import UTC, datetime

import numpy as np
import pytest

from lingtan.optimize.dispatch.inputs import Horizon, State
from lingtan.optimize.dispatch.record import Need, Unit
from lingtan.optimize.dispatch.replay import (
    Past,
    by_habit,
    by_rules,
    day_ahead,
    hourly,
    on_scenarios,
    perfect,
    weekly_naive,
)
from lingtan.optimize.dispatch.scenarios import Scenario, quantile_scenarios, two_stage
from lingtan.park.tariffs.record import Tariff
from tests.unit.optimize.dispatch.parks import battery, description, inputs

DAYS = 16


def past() -> Past:
    """Two weeks with sun, a battery, a CHP and a demand charge, over the end of a month."""
    tariff = Tariff(
        id="tou", connection="grid", region="CN-JS", basis="demand",
        energy_cny_per_kwh={"peak": "1.06", "flat": "0.62", "valley": "0.29"},
        windows=[{"period": "peak", "windows": ["14:00-22:00"]}, {"period": "valley", "windows": ["22:00-06:00"]}, {"period": "flat", "windows": ["rest"]}],
        demand_cny_per_kw_month="42",
    )  # fmt: skip
    described = description(
        battery(efficiency=0.95, end_level=None),
        Unit(id="sun", kind="pv", output="el", available="sun"),
        Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=50, efficiency=0.4, heat_efficiency=0.4,
             price_cny_per_kwh=0.25, minimum_load=0.4, start_cost_cny=20, minimum_up_hours=2, factor_kgco2_per_kwh=0.2),
        Unit(id="boiler", kind="boiler", output="heat", capacity_kw=100, efficiency=0.9, price_cny_per_kwh=0.3, factor_kgco2_per_kwh=0.2),
        needs=[Need(id="heat", node="heat", series="heat")], surplus=["heat"], tariffs=[tariff],
        grid={"price_series": None, "tariff": "tou", "import_kw": 400.0, "export_kw": 50.0, "factor_kgco2_per_kwh": 0.5},
    )  # fmt: skip
    whole = Horizon(datetime(2025, 6, 22, 16, tzinfo=UTC), 24 * DAYS, 60)
    t, rng = whole.day_hours(), np.random.default_rng(3)
    cloud = np.repeat(rng.uniform(0.2, 1.0, DAYS), 24)
    actual = {
        "sun": np.maximum(0.0, 220 * np.sin((t - 6) / 12 * np.pi)) * cloud,
        "load": 100 + 30 * np.sin(t / 24 * 2 * np.pi) + 10 * rng.standard_normal(len(t)),
        "heat": 30 + 5 * rng.standard_normal(len(t)),
    }
    return Past(described, whole, actual, weekly_naive(actual, 1.0))


def test_no_way_to_run_beats_perfect_foresight() -> None:
    given = past()
    bound = perfect(given)
    for run in (by_rules, by_habit, day_ahead, on_scenarios, hourly):
        outcome = run(given)
        assert outcome.cost_cny >= bound.cost_cny - 1e-3 * abs(bound.cost_cny), outcome.name
        assert outcome.unserved_kwh < 1e-6
        assert set(outcome.peaks_kw) == {2025 * 12 + 6, 2025 * 12 + 7}
        assert 0 < outcome.green_share < 1


def test_the_days_add_up_to_what_the_time_has_cost() -> None:
    outcome = on_scenarios(past())
    assert len(outcome.days_cny) == DAYS
    assert sum(outcome.days_cny) == pytest.approx(outcome.energy_cny + outcome.demand_cny, rel=1e-9)
    assert 0 < outcome.fallbacks < DAYS  # the first days have no past to take courses from


def test_a_plan_with_the_truth_comes_near_the_bound() -> None:
    given = past()
    knowing = Past(
        given.description, given.start, given.actual,
        lambda first, steps: {k: v[first : first + steps] for k, v in given.actual.items()},
    )  # fmt: skip
    naive, known, bound = day_ahead(given), day_ahead(knowing), perfect(given)
    assert known.cost_cny < naive.cost_cny
    assert known.cost_cny < 1.06 * bound.cost_cny


def test_what_was_expected_does_not_see_the_future() -> None:
    rng = np.random.default_rng(1)
    actual = {"load": rng.uniform(1, 2, 24 * 20)}
    changed = {"load": actual["load"].copy()}
    for first in (1, 5, 30, 24 * 9):
        changed["load"][first:] = 1e6
        assert np.array_equal(
            weekly_naive(actual, 1.0)(first, 40)["load"], weekly_naive(changed, 1.0)(first, 40)["load"]
        )
        changed["load"][first:] = actual["load"][first:]


def test_scenarios_are_never_worse_than_the_mean_and_knowing_is_never_worse_than_either() -> None:
    described = description(
        battery(energy_kwh=400.0, end_level=0.0), Unit(id="sun", kind="pv", output="el", available="sun")
    )
    t = np.arange(12)
    given = inputs(
        described,
        {"load": 100 + 10 * np.sin(t), "sun": 60 + 20 * np.sin(t / 4), "price": np.where(t > 7, 1.0, 0.3)},
        state=State(content_kwh={"battery": 0.0}), demand=10.0,
    )  # fmt: skip
    tables = {
        "load": np.stack([given.series["load"] * f for f in (0.7, 1.0, 1.4)], axis=1),
        "sun": np.stack([given.series["sun"] * f for f in (0.2, 1.0, 1.3)], axis=1),
    }
    made = quantile_scenarios(given, described, (0.1, 0.5, 0.9), tables, opposite=["sun"])
    # the price series is the tariff here, and the demand charge is set by hand
    scenarios = [
        Scenario(type(s.inputs)(given.horizon, s.inputs.series, given.prices, given.state), s.weight) for s in made
    ]
    assert scenarios[2].inputs.series["load"].sum() > scenarios[0].inputs.series["load"].sum()
    assert scenarios[2].inputs.series["sun"].sum() < scenarios[0].inputs.series["sun"].sum()
    found = two_stage(described, scenarios)
    assert found.worth_of_scenarios >= -1e-6
    assert found.worth_of_knowing >= -1e-6


def test_one_scenario_is_the_plan_itself() -> None:
    described = description(battery())
    given = inputs(described, {"load": [50, 50, 150], "price": [0.2, 0.5, 1.0]}, demand=3.0)
    found = two_stage(described, [Scenario(given, 1.0)])
    assert found.cost == pytest.approx(found.known_cost, rel=1e-7)
    assert found.mean_plan_cost == pytest.approx(found.cost, rel=1e-7)
