"""Courses as scenarios: they keep what the forecast says and what the past knew together, and never look ahead."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.optimize.dispatch.inputs import State
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.scenarios import Scenario, course_scenarios, two_stage
from lingtan.optimize.dispatch.trajectories import PastErrors, past_errors, reduced, trajectories
from tests.unit.optimize.dispatch.parks import battery, description, inputs

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def errors(members: int = 40, steps: int = 24) -> PastErrors:
    """A load and a sun that err together: much sun, little load; each hour like the one before."""
    rng = np.random.default_rng(4)
    common = np.cumsum(rng.standard_normal((members, steps)), axis=1)
    noise = 0.1 * rng.standard_normal((members, steps))
    return PastErrors({"load": common + noise, "sun": -3 * common})


def tables(steps: int = 24) -> dict[str, np.ndarray]:
    width = 1 + np.arange(steps)[:, None] / 4
    spread = np.array([-4.0, -1.0, 0.0, 1.5, 6.0])
    return {"load": 100 + width * spread, "sun": 60 + width * spread}


def test_courses_have_the_quantiles_of_the_forecast() -> None:
    found = trajectories(
        {"load": np.full(24, 100.0), "sun": np.full(24, 60.0)}, errors(), quantiles=QUANTILES, tables=tables()
    )
    for name, table in tables().items():
        for t in range(24):
            for number, level in enumerate(QUANTILES):
                below = float(np.mean(found[name][:, t] <= table[t, number] + 1e-9))
                assert below == pytest.approx(level, abs=1 / 40)


def test_courses_keep_what_belongs_together() -> None:
    found = trajectories(
        {"load": np.full(24, 100.0), "sun": np.full(24, 60.0)}, errors(), quantiles=QUANTILES, tables=tables()
    )
    assert np.corrcoef(found["load"][:, 12], found["load"][:, 13])[0, 1] > 0.8
    assert np.corrcoef(found["load"][:, 12], found["sun"][:, 12])[0, 1] < -0.8


def test_courses_stay_within_what_is_possible() -> None:
    found = trajectories({"sun": np.full(24, 2.0)}, errors(), highest={"sun": 5.0})
    assert found["sun"].min() == 0.0
    assert found["sun"].max() == 5.0


def test_a_series_without_errors_stays_as_expected() -> None:
    found = trajectories({"rate": np.arange(24.0)}, errors())
    assert found["rate"].shape == (40, 24)
    assert np.array_equal(found["rate"][7], np.arange(24.0))


@given(st.integers(24 * 9, 24 * 30), st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_past_errors_do_not_see_the_future(first: int, steps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    actual = {"load": rng.uniform(1, 2, 24 * 33)}
    changed = {"load": actual["load"].copy()}
    changed["load"][first:] = 1e6
    asked: list[int] = []

    def expected(at: int, count: int) -> dict[str, np.ndarray]:
        asked.append(at + count)
        return {"load": np.full(count, 1.5)}

    one = past_errors(expected, actual, first, steps, day=24)
    other = past_errors(expected, changed, first, steps, day=24)
    assert max(asked, default=0) <= first
    if one is None or other is None:
        assert one is other
    else:
        assert np.array_equal(one.by_series["load"], other.by_series["load"])


def test_too_short_a_past_has_no_courses() -> None:
    actual = {"load": np.ones(24 * 40)}

    def expected(at: int, count: int) -> dict[str, np.ndarray]:
        return {"load": np.ones(count)}

    assert past_errors(expected, actual, 24 * 7, 36, day=24) is None
    assert past_errors(expected, actual, 24 * 9, 36, day=24) is not None


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_weights_of_the_reduced_sum_to_one(members: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    courses = np.round(rng.standard_normal((members, 5)))  # some are equal
    kept, weights = reduced(courses, count)
    assert len(kept) == len(set(kept.tolist())) == min(count, members)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.all(weights > 0)


def test_two_groups_are_stood_for_by_one_of_each() -> None:
    courses = np.array([[0.0], [0.1], [0.2], [0.1], [9.0], [9.1]])
    kept, weights = reduced(courses, 2)
    assert sorted(courses[kept, 0].round().tolist()) == [0.0, 9.0]
    assert sorted(weights.tolist()) == pytest.approx([2 / 6, 4 / 6])


def newsvendor(cheap: float) -> tuple[Description, list[Scenario]]:
    """Fill an empty battery in the first hour; in the second a kilowatt-hour costs 1 CNY and 100 or 50 kW are needed.

    What the battery gives beyond the need is lost.
    """
    described = description(
        battery(energy_kwh=100.0, wear_cny_per_kwh=0.0, end_level=0.0),
        surplus=["el"],
        limits={"surplus_cny_per_kwh": 0.0},
    )
    much = inputs(described, {"load": [0.0, 100.0], "price": [cheap, 1.0]}, state=State(content_kwh={"battery": 0.0}))
    little = replace(much, series={**much.series, "load": np.array([0.0, 50.0])})
    return described, [Scenario(much, 0.5), Scenario(little, 0.5)]


@pytest.mark.parametrize(("cheap", "bought", "cost"), [(0.4, 100.0, 40.0), (0.6, 50.0, 55.0)])
def test_two_stages_buy_what_is_worth_it_on_average(cheap: float, bought: float, cost: float) -> None:
    """The fifty kilowatt-hours more are needed every second time: worth 0.5 CNY each."""
    described, scenarios = newsvendor(cheap)
    found = two_stage(described, scenarios)
    assert found.plan["battery.charge"][0] == pytest.approx(bought)
    assert found.cost == pytest.approx(cost)
    assert found.mean_plan_cost == pytest.approx(75 * cheap + 12.5)
    assert found.known_cost == pytest.approx(75 * cheap)


def test_a_plan_is_judged_by_days_that_it_was_not_made_for() -> None:
    described, (much, little) = newsvendor(0.4)
    found = two_stage(described, [replace(much, weight=1.0)], tested=[replace(little, weight=1.0)], mean=little.inputs)
    assert found.promised_cost == pytest.approx(40.0)
    assert found.cost == pytest.approx(40.0)
    assert found.mean_plan_cost == pytest.approx(20.0)
    assert found.worth_of_scenarios == pytest.approx(-20.0)
    assert found.as_dict()["tested"] == 1


def test_what_is_kept_for_the_test_is_not_planned_on() -> None:
    described = description(battery())
    t = np.arange(24)
    given_ = inputs(described, {"load": 100 + 10 * np.sin(t), "price": np.where(t > 12, 1.0, 0.3)})
    past = PastErrors({"load": np.random.default_rng(2).standard_normal((20, 24))})
    made = course_scenarios(given_, described, past, count=4, test=True)
    assert len(made.planned) == 4
    assert len(made.tested) == 10
    assert sum(s.weight for s in made.planned) == pytest.approx(1.0)
    assert sum(s.weight for s in made.tested) == pytest.approx(1.0)
    tested = {s.inputs.series["load"].tobytes() for s in made.tested}
    assert not any(s.inputs.series["load"].tobytes() in tested for s in made.planned)
    assert all(np.array_equal(s.inputs.series["price"], given_.series["price"]) for s in made.planned)
