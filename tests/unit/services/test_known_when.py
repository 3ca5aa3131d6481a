"""When a reading counts as known: a late import cannot be used before it came."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.forecast.history import History
from lingtan.forecast.record import Target
from lingtan.forecast.targets import Plan, Source
from lingtan.metering.readings import SCHEMA
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import NoSources
from lingtan.services.known_when import RULES, known_rule
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

START = datetime(2025, 3, 3, 16, tzinfo=UTC)
HOURS = 24
INSTALLED, LATER = START + timedelta(hours=12), START + timedelta(hours=40)
PARK = """
schema: 1
park: {id: small, name: Small, region: CN-JS, operator: zone, synthetic: true}
enterprises: [{id: zone, name: Zone}]
meters:
  - {id: m, channels: [{id: load, carrier: electricity, activity: use, unit: kWh, step: 1h, delay_minutes: 30}]}
"""
WANTED = Plan((Target("load", "load", "park", "kW"),), {"load": (Source("load"),)}, ())


def bring(space: Workspace, first: int, last: int, at: datetime, stamp: datetime | None = None, level: int = 5) -> None:
    rows = [
        {
            "channel": channel_key("load"), "start": START + timedelta(hours=i), "seconds": 3600, "value": level * 1000 + i,
            "quality": 0, "method": 0, "available_at": stamp,
        }
        for i in range(first, last)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    space.store.commit(table, kind="import", at=at, channels={str(channel_key("load")): "load"})


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """Twelve hours of history, imported when the park was installed; the twelve after it came by a late file."""
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    made = open_workspace(tmp_path)
    bring(made, 0, 12, INSTALLED)
    bring(made, 12, HOURS, LATER)
    return made


def seen(space: Workspace, rule: str, at: datetime) -> np.ndarray:
    found: History = read_panel(
        replace(space, known=rule), START, START + timedelta(hours=HOURS), NoSources(), step_s=3600, wanted=WANTED
    ).history
    return np.where(found.known(int(at.timestamp())), found.values, np.nan)[0]


def test_a_late_import_is_not_known_before_it_came(space: Workspace) -> None:
    just_before = seen(space, "live", LATER - timedelta(seconds=1))
    assert np.isfinite(just_before).sum() == 12
    assert np.isfinite(seen(space, "live", LATER)).all()


def test_history_from_before_the_installation_can_be_replayed(space: Workspace) -> None:
    early = START + timedelta(hours=6, minutes=30)
    assert np.isfinite(seen(space, "live", early)).sum() == 6
    assert not np.isfinite(seen(space, "commit", early)).any()


def test_by_interval_or_stamp_a_late_import_counts_as_if_it_had_come_in_time(space: Workspace) -> None:
    for rule in ("stamp", "interval"):
        assert np.isfinite(seen(space, rule, START + timedelta(hours=20, minutes=30))).sum() == 20


def test_what_is_not_known_yet_changes_nothing(space: Workspace, tmp_path: Path) -> None:
    """The late file with other numbers, and a correction after it: what was known before stays to the digit."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "park.yaml").write_text(PARK, "utf-8")
    second = open_workspace(other)
    bring(second, 0, 12, INSTALLED)
    bring(second, 12, HOURS, LATER, level=900)
    bring(second, 14, 16, LATER + timedelta(hours=1), level=901)
    for rule in ("live", "commit"):
        for hours in (6, 12, 20, 39):
            at = START + timedelta(hours=hours, minutes=30)
            assert np.array_equal(seen(space, rule, at), seen(second, rule, at), equal_nan=True)


def test_a_stamp_does_not_make_a_reading_known_before_it_arrived(tmp_path: Path) -> None:
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    made = open_workspace(tmp_path)
    bring(made, 0, 12, INSTALLED)
    bring(made, 12, HOURS, LATER, stamp=START + timedelta(hours=HOURS))
    at = START + timedelta(hours=HOURS)
    assert [int(np.isfinite(seen(made, r, at)).sum()) for r in ("live", "stamp")] == [12, HOURS]


def test_an_unknown_rule_names_the_nearest() -> None:
    assert known_rule("") == "live"
    assert [known_rule(r) for r in RULES] == list(RULES)
    with pytest.raises(InputError) as raised:
        known_rule("stamps")
    assert raised.value.values["nearest"] == "stamp"
