"""What a plan leaves for the next: how long a unit has been on or off, and the heat that is under way."""

import numpy as np
import pytest

from lingtan.optimize.dispatch.inputs import State
from lingtan.optimize.dispatch.planner import Planner, state_after
from lingtan.optimize.dispatch.record import Need, Unit
from tests.unit.optimize.dispatch.parks import description, inputs

GEN = Unit(id="gen", kind="chp", output="el", heat="heat", capacity_kw=100, efficiency=0.5, heat_efficiency=0.0, price_cny_per_kwh=0.2,
           minimum_load=0.6, minimum_up_hours=3, minimum_down_hours=3)  # fmt: skip


def on(state: State, price: list[float], *, minutes: int = 60) -> list[int]:
    described = description(GEN, surplus=["heat"])
    series = {"load": [100] * len(price), "price": price}
    step = Planner(described, gap=1e-6).plan(inputs(described, series, state=state, minutes=minutes))
    return [int(v) for v in np.round(step.series["gen.on"])]


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (State(on={"gen": True}, hours_so={"gen": 1.0}), [1, 1, 0, 0]),  # two hours more
        (State(on={"gen": True}, hours_so={"gen": 3.0}), [0, 0, 0, 0]),
        (State(on={"gen": True}), [0, 0, 0, 0]),  # for long
    ],
)
def test_a_unit_that_was_just_started_runs_on(state: State, wanted: list[int]) -> None:
    assert on(state, [0.1] * 4) == wanted


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (State(on={"gen": False}, hours_so={"gen": 2.0}), [0, 1, 1, 1]),
        (State(on={"gen": False}, hours_so={"gen": 3.0}), [1, 1, 1, 1]),
        (State(), [1, 1, 1, 1]),
    ],
)
def test_a_unit_that_was_just_stopped_rests_on(state: State, wanted: list[int]) -> None:
    assert on(state, [0.9] * 4) == wanted


def test_parts_of_an_hour_count() -> None:
    state = State(on={"gen": True}, hours_so={"gen": 2.25})
    assert on(state, [0.1] * 8, minutes=15) == [1, 1, 1, 0, 0, 0, 0, 0]


def test_rolling_by_the_hour_keeps_the_least_run_that_one_plan_would_keep() -> None:
    described = description(GEN, surplus=["heat"])
    price = [0.1, 0.9] + [0.1] * 10
    planner, state, ran = Planner(described, gap=1e-6), State(), []
    for first in range(6):
        # what is expected turns worse the moment it has started
        seen = [0.9] * 6 if first == 0 else price[2:8]
        step = planner.plan(inputs(described, {"load": [100] * 6, "price": seen}, state=state))
        ran.append(round(step.series["gen.on"][0]))
        state = state_after(described, step, 1)
        if first < 3:
            assert state.hours_so == {"gen": first + 1.0}
    assert ran == [1, 1, 1, 0, 0, 0]


def test_hours_add_up_over_plans_and_begin_anew_with_a_change() -> None:
    described = description(GEN, surplus=["heat"])
    state = State(on={"gen": True}, hours_so={"gen": 5.0})
    step = Planner(described, gap=1e-6).plan(
        inputs(described, {"load": [100] * 6, "price": [0.9, 0.9, 0.1, 0.1, 0.1, 0.1]}, state=state)
    )
    assert np.round(step.series["gen.on"]).tolist() == [1, 1, 0, 0, 0, 0]
    assert state_after(described, step, 2).hours_so == {"gen": 7.0}
    assert state_after(described, step, 3).hours_so == {"gen": 1.0}
    assert state_after(described, step, 6).hours_so == {"gen": 4.0}


def test_heat_under_way_in_a_slow_pipe_arrives_in_the_next_plan_in_its_order() -> None:
    units = [
        Unit(id="boiler", kind="boiler", output="plant", capacity_kw=200, efficiency=1.0, price_cny_per_kwh=0.3),
        Unit(id="pipe", kind="network", input="plant", output="far", capacity_kw=200, loss_per_hour=0.1, delay_steps=2, standing_loss_kw=4.0),
    ]  # fmt: skip
    described = description(*units, needs=[Need(id="far", node="far", series="far")])
    whole = {"load": [0] * 6, "far": [0, 0, 90, 45, 18, 9], "price": [0.5] * 6}
    step = Planner(described).plan(inputs(described, whole))
    sent = [100, 50, 20, 10, 0, 0]  # two hours before, a tenth is lost; and 4 kW keep the pipe warm
    assert step.series["boiler.input"] == pytest.approx([s + 4 for s in sent], abs=1e-6)
    state = state_after(described, step, 2)
    assert state.output_kw == pytest.approx({"pipe": 50.0, "pipe.behind-1": 100.0, "pipe.behind-2": 0.0})
    rest = {k: v[2:] for k, v in whole.items()}
    after = Planner(described).plan(inputs(described, rest, state=state))
    assert after.series["far-unserved.power"] == pytest.approx([0, 0, 0, 0], abs=1e-6)
    assert after.series["boiler.input"] == pytest.approx([24, 14, 4, 4], abs=1e-6)
