"""A kept schedule's reasons put to the test, and those of a schedule whose reasons were changed."""

from dataclasses import replace

import pytest
from checks.explain_parks import park

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.schedule import Schedule, make_schedule
from lingtan.services import explain_dispatch
from lingtan.services.explain_dispatch import check_reasons


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    described, given = park(6, complete=True)
    planner = Planner(described, gap=1e-4, reserve=RESERVE)
    return make_schedule(described, planner, planner.plan(given), by="zhang", at=given.horizon.start)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_dispatch, "_kept", lambda *_: park(6, complete=True))


@pytest.mark.usefixtures("kept")
def test_every_reason_of_a_kept_schedule_can_be_put_to_the_test(schedule: Schedule) -> None:
    found = check_reasons(None, schedule)  # type: ignore[arg-type]
    assert len(found) == len(schedule.reasons)
    assert sum(c.confirmed for c in found) > 300
    assert sum(c.refuted + c.moved for c in found) == 0


@pytest.mark.usefixtures("kept")
def test_a_changed_set_point_is_not_compared(schedule: Schedule) -> None:
    points = {**schedule.set_points, "battery.discharge": [v + 1.0 for v in schedule.set_points["battery.discharge"]]}
    found = check_reasons(None, replace(schedule, set_points=points), "battery")  # type: ignore[arg-type]
    assert sum(c.moved for c in found if schedule.reasons[c.number]["action"] == "discharge") > 0


def test_a_schedule_without_its_inputs_says_so(schedule: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_dispatch, "description_of", lambda *_: (park(6)[0], []))
    monkeypatch.setattr(explain_dispatch, "kept_inputs", lambda *_: None)
    with pytest.raises(InputError) as told:
        check_reasons(None, schedule)  # type: ignore[arg-type]
    assert told.value.code == "dispatch.inputs-not-kept"
