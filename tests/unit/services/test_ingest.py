"""Columnar batches: checked as a whole, exact, durable, idempotent."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.services.ingest import Ingest
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace
from tests.file_rows import PARK_FILE

T = [datetime(2025, 1, 1, h, tzinfo=UTC) for h in range(3)]


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    tmp_path.joinpath("park.yaml").write_text(PARK_FILE, encoding="utf-8")
    return open_workspace(tmp_path)


def test_floats_decimals_and_integers_say_the_same(space: Workspace) -> None:
    names = ["shop", "grid-import", "shop"]
    first = Ingest(space).commit(pa.table({"channel": names, "start": T, "value": [0.1, 2.0, 1.5]}))
    exact = [Decimal("0.1"), Decimal("2"), Decimal("1.5")]
    assert Ingest(space).commit(pa.table({"channel": names, "start": T, "value": exact})).duplicate
    keys = [channel_key(n) for n in names]
    again = Ingest(space).commit(pa.table({"channel": keys, "start": T, "value": [100, 2000, 1500]}))
    assert again.duplicate
    assert again.commit.rev == first.commit.rev
    assert sorted(space.store.readings()["value"].to_pylist()) == [100, 1500, 2000]


def test_power_is_energy_of_its_interval_and_tonnes_are_kilograms(space: Workspace) -> None:
    Ingest(space).commit(pa.table({"channel": ["pv"], "start": T[:1], "value": [4.0]}))
    assert space.store.readings()["value"].to_pylist() == [1000]
    month = pa.array([31 * 86400], pa.int32())
    Ingest(space).commit(pa.table({"channel": ["coal"], "start": T[:1], "value": [1.5], "seconds": month}))
    assert 1_500_000 in space.store.readings()["value"].to_pylist()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"channel": ["shpo"], "value": [1.0]}, "import.batch-channel"),
        ({"channel": [5], "value": [1]}, "import.batch-key"),
        ({"channel": ["shop"], "value": [float("nan")]}, "import.batch-value"),
        ({"channel": ["shop"], "value": [1e300]}, "import.batch-value"),
        ({"channel": ["shop"], "value": ["1"]}, "import.batch-column"),
        ({"channel": ["shop"]}, "import.batch-column"),
        ({"channel": ["shop"], "value": pa.array([None], pa.float64())}, "import.batch-null"),
        ({"channel": ["shop"], "value": [1.0], "start": [datetime(2025, 1, 1)]}, "import.batch-column"),
        ({"channel": ["shop"], "value": [1.0], "start": [datetime(1900, 1, 1, tzinfo=UTC)]}, "import.batch-time"),
        ({"channel": ["shop"], "value": [1.0], "seconds": pa.array([0], pa.int32())}, "import.batch-seconds"),
        ({"channel": ["water"], "value": [1.0], "seconds": pa.array([900], pa.int32())}, "import.batch-seconds"),
        ({"channel": ["coal"], "value": [1.0]}, "import.batch-seconds"),
    ],
)
def test_a_wrong_batch_is_refused_whole(space: Workspace, columns: dict[str, Any], code: str) -> None:
    before = space.store.head()
    with pytest.raises(InputError) as caught:
        Ingest(space).commit(pa.table({"start": T[:1], **columns}))
    assert caught.value.code == code
    assert space.store.head() == before


def test_a_batch_without_rows_is_refused(space: Workspace) -> None:
    with pytest.raises(InputError, match="no row"):
        Ingest(space).commit(pa.table({"channel": pa.array([], pa.string())}))
