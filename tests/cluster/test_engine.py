"""What the ledger relies on in a Spark Connect engine: exact integers, Delta tables and their versions."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import deltalake
import ibis
import pyarrow as pa
import pytest

pytestmark = pytest.mark.cluster


@pytest.fixture
def readings() -> pa.Table:
    """Values whose sum leaves int64, and a negative one."""
    times = [datetime(2025, 1, 1, hour, 30, tzinfo=UTC) for hour in (0, 0, 1, 2)]
    return pa.table(
        {
            "channel": pa.array([7, 7, 7, -3], pa.int64()),
            "start": pa.array(times, pa.timestamp("us", tz="UTC")),
            "value": pa.array([2**62, 2**62, 1, -5], pa.int64()),
        }
    )


def sums(backend: Any, table: Any) -> list[tuple[int, int, int]]:
    total = table.value.cast("decimal(38, 0)").sum()
    rows = backend.to_pyarrow(table.group_by("channel").agg(total=total, rows=table.count())).to_pylist()
    return sorted((row["channel"], int(row["total"]), row["rows"]) for row in rows)


def test_sums_beyond_int64_are_exact_and_the_same_as_on_duckdb(sail: Any, readings: pa.Table, tmp_path: Path) -> None:
    deltalake.write_deltalake(str(tmp_path), readings)
    expected = [(-3, -5, 1), (7, 2**63 + 1, 3)]
    duck = ibis.duckdb.connect()
    assert sums(sail, sail.read_delta(str(tmp_path))) == expected
    duck.con.register("readings", readings)
    assert sums(duck, duck.table("readings")) == expected


def test_an_older_version_of_a_delta_table_can_be_read(sail: Any, readings: pa.Table, tmp_path: Path) -> None:
    deltalake.write_deltalake(str(tmp_path), readings)
    deltalake.write_deltalake(str(tmp_path), readings, mode="append")
    assert sail.read_delta(str(tmp_path)).count().execute() == 8
    assert sail.read_delta(str(tmp_path), versionAsOf=0).count().execute() == 4


def test_an_hour_is_the_hour_in_utc(sail: Any, readings: pa.Table, tmp_path: Path) -> None:
    deltalake.write_deltalake(str(tmp_path), readings)
    table = sail.read_delta(str(tmp_path))
    hours = sail.to_pyarrow(table.select(hour=table.start.truncate("h").epoch_seconds())).column("hour").to_pylist()
    first = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    assert sorted(hours) == [first, first, first + 3600, first + 7200]


def test_a_small_table_can_be_handed_over_from_memory(sail: Any, readings: pa.Table) -> None:
    assert sums(sail, ibis.memtable(readings)) == [(-3, -5, 1), (7, 2**63 + 1, 3)]


def test_a_large_integer_beside_a_missing_value_keeps_its_last_digit(
    sail: Any, as_arrow: Callable[[Any], pa.Table], tmp_path: Path
) -> None:
    deltalake.write_deltalake(str(tmp_path), pa.table({"value": pa.array([2**60 + 1, None], pa.int64())}))
    assert as_arrow(sail.read_delta(str(tmp_path))).column("value").to_pylist() == [2**60 + 1, None]


def test_whole_division_of_a_negative_number_is_the_same_as_on_duckdb(
    sail: Any, as_arrow: Callable[[Any], pa.Table], tmp_path: Path
) -> None:
    values = pa.table({"value": pa.array([-7, -5, -1, 0, 1, 5, 7], pa.int64())})
    deltalake.write_deltalake(str(tmp_path), values)
    duck = ibis.duckdb.connect()
    duck.con.register("numbers", values)
    ours = sail.read_delta(str(tmp_path))
    theirs = duck.table("numbers")
    got = as_arrow(ours.select(quotient=ours.value // 3)).column("quotient").to_pylist()
    assert sorted(got) == sorted(duck.to_pyarrow(theirs.select(quotient=theirs.value // 3))["quotient"].to_pylist())
