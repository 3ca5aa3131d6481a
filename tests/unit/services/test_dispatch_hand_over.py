"""Hand-over and its faults: whatever fails, the park keeps a schedule and a person is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from lingtan.adapters.plants.simulated import SimulatedPlant
from lingtan.base.errors import AccessError, DataError, InputError
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner
from lingtan.optimize.dispatch.record import Approval, Description, Grid, Need, Unit
from lingtan.optimize.dispatch.schedule import Schedule, approve, make_schedule, reject
from lingtan.optimize.solution import Solution
from lingtan.services.hand_over import Supervisor
from lingtan.services.run_dispatch import Rolled, Rolling

NOON = datetime(2025, 7, 10, 4, tzinfo=UTC)
STEPS = 8


@dataclass
class Audit:
    """Keeps what is appended."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def append(self, **line: Any) -> Any:
        self.lines.append(line)

    def entries(self, *, after: int = 0, limit: int = 200) -> Any:
        return self.lines

    def verify(self) -> list[str]:
        return []


def park(people: int = 0) -> Description:
    return Description(
        units=[
            Unit(id="battery", kind="battery", input="el", capacity_kw=100, energy_kwh=400, efficiency=0.95),
            Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=50, efficiency=0.4, heat_efficiency=0.4,
                 price_cny_per_kwh=0.2, minimum_load=0.4, start_cost_cny=2, ramp_per_hour=1.0),
            Unit(id="boiler", kind="boiler", output="heat", capacity_kw=60, efficiency=0.9, price_cny_per_kwh=0.4),
        ],
        needs=[Need(id="load", node="el", series="load"), Need(id="heat", node="heat", series="heat")],
        grids=[Grid(id="grid", node="el", import_kw=500, price_series="price")],
        surplus=["heat"], approval=Approval(people=people),
    )  # fmt: skip


def expect(horizon: Horizon, state: State) -> Inputs:
    t = np.arange(horizon.steps) + round((horizon.start - NOON).total_seconds() / 900)
    series = {
        "load": 120 + 20 * np.sin(t),
        "heat": np.full(horizon.steps, 30.0),
        "price": np.where(t % 8 < 4, 0.3, 1.0),
    }
    return Inputs(horizon, series, all_prices(park(), horizon, series), state)


def schedule(people: int = 0) -> Schedule:
    planner = Planner(park(people))
    step = planner.plan(expect(Horizon(NOON, STEPS, 15), State()))
    return make_schedule(park(people), planner, step, by="zhang", at=NOON)


def rolling(plant: SimulatedPlant) -> Rolling:
    return Rolling(park(), expect, plant, Audit())


def codes(rolled: Rolled) -> list[str]:
    return [a["code"] for a in rolled.alarms]


def test_set_points_reach_the_plant_and_are_audited() -> None:
    plant, audit, one = SimulatedPlant(park(), NOON), Audit(), schedule()
    sent, alarms = Supervisor(park(), audit).hand_over(one, plant, at=NOON)
    assert not alarms
    assert {s.asset: s.acknowledged_kw for s in sent} == plant.asked
    assert plant.asked["battery"] == pytest.approx(
        one.set_points["battery.discharge"][0] - one.set_points["battery.charge"][0]
    )
    assert audit.lines[0]["action"] == "hand-over"


def test_a_proposal_is_not_handed_over() -> None:
    plant = SimulatedPlant(park(1), NOON)
    sent, alarms = Supervisor(park(1), Audit()).hand_over(schedule(people=1), plant, at=NOON)
    assert [a["code"] for a in alarms] == ["dispatch.alarm-no-schedule"]
    assert {s.source for s in sent} == {"fallback"}
    assert plant.asked["battery"] == 0.0


def test_four_eyes_are_two_people() -> None:
    one = schedule(people=2)
    with pytest.raises(AccessError):
        approve(one, by="zhang", at=NOON)
    assert approve(one, by="li", at=NOON).status == "approved"
    with pytest.raises(InputError):
        approve(one, by="li", at=NOON + timedelta(days=3))
    assert reject(one, by="li", at=NOON).status == "rejected"


def test_a_schedule_survives_its_json() -> None:
    one = approve(schedule(people=2), by="li", at=NOON)
    assert Schedule.from_dict(one.as_dict()) == one


def test_limits_and_rate_are_kept_whatever_is_asked() -> None:
    plant, supervisor = SimulatedPlant(park(), NOON), Supervisor(park(), Audit())
    until = (NOON + timedelta(hours=1)).isoformat()
    sent, _ = supervisor.hand_over(
        schedule(), plant, at=NOON, overrides={"battery": {"kw": 900.0, "until": until, "by": "wang"}}
    )
    held = next(s for s in sent if s.asset == "battery")
    assert (held.sent_kw, held.source, held.limited) == (100.0, "override", "capacity")
    supervisor.last["chp"] = before = 0.0
    sent, _ = supervisor.hand_over(
        schedule(),
        plant,
        at=NOON,
        overrides={"chp": {"kw": 125.0, "until": until, "by": "wang"}},
    )
    moved = next(s for s in sent if s.asset == "chp")
    assert moved.limited == "rate"
    assert abs(moved.sent_kw - before) == pytest.approx(125.0 * 0.4)


def test_an_override_ends_by_itself() -> None:
    plant = SimulatedPlant(park(), NOON)
    past: Mapping[str, Mapping[str, Any]] = {"battery": {"kw": 7.0, "until": NOON.isoformat(), "by": "wang"}}
    sent, _ = Supervisor(park(), Audit()).hand_over(schedule(), plant, at=NOON, overrides=past)
    assert next(s for s in sent if s.asset == "battery").source == "schedule"


def test_a_silent_asset_is_told_and_the_others_go_on() -> None:
    plant = SimulatedPlant(park(), NOON)
    plant.silent.add("chp")
    sent, alarms = Supervisor(park(), Audit()).hand_over(schedule(), plant, at=NOON)
    assert [(a["code"], a["values"]["asset"]) for a in alarms] == [("dispatch.alarm-silent", "chp")]
    assert next(s for s in sent if s.asset == "battery").acknowledged_kw is not None


def test_a_slow_plant_counts_as_silent() -> None:
    plant = SimulatedPlant(park(), NOON)
    plant.wait_s = 60.0
    _, alarms = Supervisor(park(), Audit(), timeout_s=0.01).hand_over(schedule(), plant, at=NOON)
    assert {a["code"] for a in alarms} == {"dispatch.alarm-silent"}


def run(rolling: Rolling, plant: SimulatedPlant, count: int = 3, rolled: Rolled | None = None) -> Rolled:
    rolled = rolled or Rolled()
    for _ in range(count):
        rolling.step(plant.now, rolled, steps=STEPS, by="zhang")
        plant.advance(15)
    return rolled


def test_a_rolling_run_follows_the_true_content() -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)
    rolled = run(one, plant, 6)
    assert not rolled.alarms
    assert len(rolled.schedules) == 6
    assert one._state.content_kwh["battery"] <= 400.0
    assert plant.content["battery"] != 200.0


def test_a_late_forecast_is_stood_in_for_by_the_last_one() -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)
    rolled = run(one, plant, 1)

    def late(horizon: Horizon, state: State) -> Inputs:
        raise DataError("dispatch.no-history")

    one.expect = late
    run(one, plant, 2, rolled)
    assert codes(rolled) == ["dispatch.alarm-late"] * 2
    assert len(rolled.schedules) == 3
    assert all(s.source == "schedule" for _, sent in rolled.sent for s in sent)


def test_without_any_forecast_the_fallback_is_sent() -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)

    def late(horizon: Horizon, state: State) -> Inputs:
        raise DataError("dispatch.no-history")

    one.expect = late
    rolled = run(one, plant, 1)
    assert codes(rolled) == ["dispatch.alarm-late", "dispatch.alarm-no-schedule"]
    assert plant.asked["battery"] == 0.0


def test_a_solver_out_of_time_is_told_and_a_feasible_plan_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)
    rolled = run(one, plant, 1)
    monkeypatch.setattr(one.planner._milp, "run", lambda **_: Solution("unsolved", "highs"))
    run(one, plant, 1, rolled)
    assert codes(rolled) == ["dispatch.alarm-slow"]
    assert rolled.ways[-1] == "previous-commitment"
    assert rolled.schedules[-1].violations == []


def test_a_plant_that_does_not_answer_is_told_and_the_plan_goes_on() -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)
    rolled = run(one, plant, 1)
    plant.silent.add("*")
    run(one, plant, 1, rolled)
    assert set(codes(rolled)) == {"dispatch.alarm-plant", "dispatch.alarm-silent"}
    assert len(rolled.schedules) == 2


def test_a_meter_that_stands_still_is_told() -> None:
    plant = SimulatedPlant(park(), NOON)
    plant.frozen["battery"] = 12.0
    rolled = run(rolling(plant), plant, 8)
    frozen = [a for a in rolled.alarms if a["code"] == "dispatch.alarm-frozen"]
    assert frozen
    assert {a["values"]["asset"] for a in frozen} == {"battery"}


def test_a_roll_carries_the_peak_that_it_makes() -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)
    one.note_peak({"grid": 10.0})
    rolled = run(one, plant, 3)
    made = [max(s.set_points["grid.import"][0] for s in rolled.schedules[: n + 1]) for n in range(3)]
    assert one._state.peak_kw["grid"] == pytest.approx(max(made[-1], 10.0))
    assert one._state.peak_kw["grid"] > 10.0


def test_a_plant_that_stays_silent_is_taken_to_follow_the_plan() -> None:
    plant = SimulatedPlant(park(), NOON)
    one = rolling(plant)
    rolled = run(one, plant, 1)
    plant.silent.add("*")
    run(one, plant, 3, rolled)
    assert one._state.content_kwh["battery"] == pytest.approx(
        rolled.schedules[-2].set_points["battery.content"][0], abs=1e-3
    )


def test_what_a_roll_puts_off_it_does_later() -> None:
    milled = Need(id="mill", node="el", series="mill", shiftable=1.0, deadline_hours=1, catch_up_kw=100.0)
    described = park().model_copy(update={"needs": [*park().needs, milled]})

    def dear_at_first(horizon: Horizon, state: State) -> Inputs:
        given = expect(horizon, state)
        ahead = np.arange(horizon.steps) + round((horizon.start - NOON).total_seconds() / 900)
        series = {**given.series, "mill": np.where(ahead == 0, 80.0, 0.0), "price": np.where(ahead < 2, 1.5, 0.2)}
        return Inputs(horizon, series, all_prices(described, horizon, series), state)

    plant = SimulatedPlant(described, NOON)
    one = Rolling(described, dear_at_first, plant, Audit())
    rolled = run(one, plant, 4)
    off = [s.set_points["mill-shift.put-off"][0] for s in rolled.schedules]
    on = [s.set_points["mill-shift.caught-up"][0] for s in rolled.schedules]
    assert off == pytest.approx([80, 0, 0, 0], abs=1e-6)
    assert sum(on) == pytest.approx(80.0, abs=1e-6)
    assert sum(on[:2]) == pytest.approx(0.0, abs=1e-6)
