"""A rolling run on forecasts of its own series: what fails on the way is survived and told (meter and solver: ``test_dispatch_hand_over``)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from lingtan.adapters.plants.simulated import SimulatedPlant
from lingtan.base.errors import InputError, LingtanError, SourceError
from lingtan.services.forecast_sources import NoSources
from lingtan.services.roll_dispatch import roll_dispatch
from lingtan.services.run_dispatch import Rolled
from lingtan.services.workspace import Workspace
from lingtan.wiring import simulated_plant, workspace_audit
from tests.unit.services.test_dispatch_live import AT, space
from tests.unit.services.test_plan_known import _little

assert space  # fixtures of other files
assert _little
STEPS = 6


class Failing(NoSources):
    """A table of prices that cannot be read from the third step on."""

    def __init__(self, error: LingtanError) -> None:
        self.error, self.fails = error, False

    def prices(self, start: datetime, end: datetime, step_s: int) -> None:
        if self.fails:
            raise self.error


def roll(
    space: Workspace,
    *,
    each: Callable[[int, SimulatedPlant], None] = lambda n, p: None,
    steps: int = STEPS,
    **more: Any,
) -> Rolled:
    def make(*given: Any) -> Any:
        plant = simulated_plant(*given)
        advance, count = plant.advance, [0]

        def step(minutes: float) -> None:
            advance(minutes)
            count[0] += 1
            each(count[0], plant)

        plant.advance = step
        return plant

    audit = workspace_audit(space.root)
    return roll_dispatch(space, AT, make, audit=audit, by="li", steps=STEPS, hours=6, auto=True, **more)


def codes(rolled: Rolled) -> set[str]:
    return {a["code"] for a in rolled.alarms}


def test_a_quiet_run_plans_each_step_on_forecasts(space: Workspace) -> None:
    rolled = roll(space)
    assert not rolled.alarms
    assert [s.sources["load"] for s in rolled.schedules] == ["forecast"] * STEPS


@pytest.mark.parametrize("error", [SourceError("forecast.weather-unreachable"), InputError("forecast.bad-table")])
def test_a_late_or_broken_table_is_stood_in_for_by_the_last_forecast(space: Workspace, error: LingtanError) -> None:
    sources = Failing(error)

    def each(done: int, plant: SimulatedPlant) -> None:
        sources.fails = done >= 2

    rolled = roll(space, sources=sources, each=each)
    assert codes(rolled) == {"dispatch.alarm-late"}
    assert len(rolled.schedules) == STEPS
    assert all(s.source == "schedule" for _, sent in rolled.sent for s in sent)


def test_a_silent_plant_is_told_and_planned_on(space: Workspace) -> None:
    def each(done: int, plant: SimulatedPlant) -> None:
        plant.silent |= {"*"} if done >= 3 else set()

    rolled = roll(space, each=each)
    assert codes(rolled) >= {"dispatch.alarm-plant"}
    assert len(rolled.schedules) == STEPS
