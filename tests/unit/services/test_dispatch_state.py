"""Where assets stand when a plan begins, from the readings that were known then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from lingtan.optimize.dispatch.derive import derive
from lingtan.optimize.dispatch.record import Description
from lingtan.services.dispatch_state import state_at
from lingtan.services.ingest import Ingest
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

PARK = """\
schema: 1
park: {id: p, name: 测试园区, region: CN-JS}
connections: [{id: grid, kind: public_grid, capacity: 10 MVA, price_cny_per_kwh: 0.6}]
assets:
  - {id: battery, kind: battery, capacity: 1 MW, energy: 2 MWh, efficiency: 0.9}
  - {id: chp, kind: gas_chp, capacity: 2 MW, min_load: 0.4}
meters:
  - {id: m1, channels: [{id: grid-import, carrier: electricity, activity: import, unit: kWh, connection: grid}]}
  - {id: m2, channels: [
      {id: in, carrier: electricity, activity: charge, unit: kWh, asset: battery},
      {id: out, carrier: electricity, activity: discharge, unit: kWh, asset: battery}]}
  - {id: m3, channels: [{id: made, carrier: electricity, activity: generation, unit: kWh, asset: chp, delay_minutes: 15}]}
  - {id: m4, channels: [{id: soc, carrier: electricity, activity: reference, unit: MWh, kind: level, asset: battery}]}
"""
NOON = datetime(2025, 7, 1, 4, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    tmp_path.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    return open_workspace(tmp_path)


@pytest.fixture
def description(space: Workspace) -> Description:
    return derive(space.park)[0]


def put(space: Workspace, channel: str, values: list[float], *, end: datetime = NOON, seconds: int = 900) -> None:
    """Quarter hours that end at an instant; levels stand at it."""
    start = [end - QUARTER * (len(values) - i) for i in range(len(values))]
    columns = {"channel": [channel] * len(values), "start": start, "value": values}
    Ingest(space).commit(pa.table({**columns, "seconds": pa.array([seconds] * len(values), pa.int32())}))


def flows(space: Workspace) -> None:
    """A battery that was filled in three hours, and then gave 450 kWh in an hour."""
    put(space, "in", [250.0] * 12 + [0.0] * 4)
    put(space, "out", [0.0] * 12 + [112.5] * 4)


def test_the_content_follows_from_what_went_in_and_out(space: Workspace, description: Description) -> None:
    flows(space)
    state, contents = state_at(space, description, NOON)
    assert contents[0].how == "flows"
    assert state.content_kwh["battery"] == pytest.approx(2000 - 450 / 0.9)
    assert contents[0].note() == {
        "code": "dispatch.content-flows",
        "asset": "battery",
        "kwh": 1500,
        "low": 1500,
        "high": 1500,
    }


def test_a_level_meter_is_believed_first_and_only_while_it_is_new(space: Workspace, description: Description) -> None:
    flows(space)
    put(space, "soc", [1.2], end=NOON, seconds=0)
    assert state_at(space, description, NOON)[0].content_kwh["battery"] == pytest.approx(1200)
    assert state_at(space, description, NOON + timedelta(hours=4))[1][0].how != "level"


def test_a_store_without_readings_counts_as_half_full_and_says_so(space: Workspace, description: Description) -> None:
    state, contents = state_at(space, description, NOON)
    assert contents[0].how == "unknown"
    assert state.content_kwh["battery"] == 1000.0


def test_a_unit_is_on_when_its_newest_known_power_says_so(space: Workspace, description: Description) -> None:
    put(space, "made", [0.0, 0.0, 300.0])
    state, _ = state_at(space, description, NOON + QUARTER)
    assert (state.on["chp"], state.output_kw["chp"]) == (True, 1200.0)
    before, _ = state_at(space, description, NOON)  # the last quarter comes a quarter late
    assert (before.on["chp"], before.output_kw["chp"]) == (False, 0.0)
    assert "chp" not in state_at(space, description, NOON + timedelta(hours=4))[0].on


def test_what_comes_later_changes_nothing(space: Workspace, description: Description) -> None:
    flows(space)
    before = state_at(space, description, NOON)
    put(space, "out", [250.0] * 2, end=NOON + 2 * QUARTER)
    put(space, "soc", [0.1], end=NOON + 2 * QUARTER, seconds=0)
    assert state_at(space, description, NOON) == before


def test_a_level_that_arrived_late_was_not_known(space: Workspace, description: Description) -> None:
    flows(space)
    put(space, "soc", [1.2], end=NOON - 8 * QUARTER, seconds=0)
    late = replace(space, known="commit")  # it was imported just now
    assert state_at(space, description, NOON)[1][0].how == "level"
    assert state_at(late, description, NOON)[1][0].how == "unknown"
