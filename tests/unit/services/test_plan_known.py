"""A plan of a living installation rests on what had arrived when it begins, to the digit."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from lingtan.forecast.boosted import Effort
from lingtan.services.dispatch_live import LiveOutlook
from lingtan.services.plan_dispatch import plan_dispatch
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace, workspace_audit
from tests.forecast_case import LITTLE, series
from tests.unit.services.test_dispatch_live import AT, DAYS, FIRST, PARK, put

INSTALLED = 38 * 24  # hours of history that were there when it was installed
LAST = 40 * 24 - 6  # the six hours before the plan came a day late
NOW = AT + timedelta(days=2)


def living(folder: Path, late: float) -> Workspace:
    """Two days of readings that came in time, then a file that came late and holds ``late`` more than usual."""
    folder.mkdir()
    folder.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    space = open_workspace(folder)
    values = series(DAYS, level=1000.0)

    def bring(first: int, last: int, at: datetime, part: np.ndarray) -> None:
        put(replace(space, clock=lambda: at), part, FIRST + timedelta(hours=first))

    bring(0, INSTALLED, FIRST + timedelta(hours=INSTALLED), values[:INSTALLED])
    for hour in range(INSTALLED, LAST, 6):
        bring(hour, hour + 6, FIRST + timedelta(hours=hour + 6), values[hour : hour + 6])
    bring(LAST, DAYS * 24, AT + timedelta(days=1), values[LAST:] + late)
    return replace(space, clock=lambda: NOW)


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> Effort:
    fresh = LiveOutlook.__init__
    monkeypatch.setattr(LiveOutlook, "__init__", lambda self, *a, **k: fresh(self, *a, **{"effort": LITTLE, **k}))
    return LITTLE


def test_a_late_import_changes_no_plan_that_began_before_it(tmp_path: Path) -> None:
    plans = [
        plan_dispatch(space, start=AT, by="li", audit=workspace_audit(space.root), hours=24)
        for space in (living(tmp_path / "one", 0.0), living(tmp_path / "two", 5000.0))
    ]
    one, two = (p.schedule for p in plans)
    assert plans[0].inputs.source["load"] == "forecast"
    assert np.array_equal(plans[0].inputs.series["load"], plans[1].inputs.series["load"])
    assert plans[0].inputs.state == plans[1].inputs.state
    assert one.set_points == two.set_points
    assert (one.cost_cny, one.notes) == (two.cost_cny, two.notes)


def test_by_stamp_the_same_import_would_have_been_seen(tmp_path: Path) -> None:
    spaces = [replace(living(tmp_path / n, v), known="stamp") for n, v in (("one", 0.0), ("two", 5000.0))]
    plans = [plan_dispatch(s, start=AT, by="li", audit=workspace_audit(s.root), hours=24) for s in spaces]
    assert not np.array_equal(plans[0].inputs.series["load"], plans[1].inputs.series["load"])
