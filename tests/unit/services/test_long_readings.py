"""Readings that last longer than a day in channels of short step: nothing of them is lost at a month's edge."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.services.activities import activity_pieces
from lingtan.services.ingest import Ingest
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace
from tests.file_rows import PARK_FILE

JANUARY = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    tmp_path.joinpath("park.yaml").write_text(PARK_FILE, encoding="utf-8")
    return open_workspace(tmp_path)


def put(space: Workspace, start: datetime, days: int, value: float, channel: str = "shop") -> None:
    columns = {"channel": [channel], "start": [start], "value": [value]}
    Ingest(space).commit(pa.table({**columns, "seconds": pa.array([days * 86400], pa.int32())}))


def by_month(space: Workspace, channel: str = "shop") -> dict[str, int]:
    """Wh of each UTC month of 2025, from the pieces that an account reads."""
    view = Known(space.store, space.store.head())
    found: dict[str, int] = {}
    for piece in activity_pieces(space, space.park, Period.parse("2025", "UTC"), view):
        table = pl.read_parquet(space.blobs.get(piece.name)).filter(pl.col("channel") == channel_key(channel))
        if table.height:
            found[piece.month] = int(table["value"].sum())
    return found


@pytest.mark.parametrize("sealed", [False, True])
def test_a_reading_of_months_keeps_its_tail(space: Workspace, sealed: bool) -> None:
    put(space, JANUARY + timedelta(days=10), 85, 85.0)
    if sealed:
        space.store.seal()
    found = by_month(space)
    assert list(found) == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert sum(found.values()) == 85_000
    assert found["2025-02"] == 28_000


def test_the_pieces_follow_when_a_long_reading_comes_or_is_corrected(space: Workspace) -> None:
    put(space, JANUARY + timedelta(days=40), 1, 5.0)
    assert by_month(space) == {"2025-02": 5_000}
    put(space, JANUARY + timedelta(days=28), 4, 4.0)
    assert by_month(space) == {"2025-01": 3_000, "2025-02": 6_000}
    put(space, JANUARY + timedelta(days=28), 2, 4.0)
    assert by_month(space) == {"2025-01": 4_000, "2025-02": 5_000}


def test_only_channels_with_long_readings_need_all_their_rows(space: Workspace) -> None:
    put(space, JANUARY, 1, 1.0)
    assert not space.store.lasting()
    put(space, JANUARY + timedelta(days=3), 2, 1.0, channel="pv")
    assert space.store.lasting() == {channel_key("pv")}
    space.store.seal()
    assert space.store.lasting() == {channel_key("pv")}
