"""One ledger for all engines: the same integers, and so the same digests, on DuckDB and on a Spark Connect server."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.carbon.case import park_of

from lingtan.adapters.engines.choice import engine_of
from lingtan.adapters.engines.duckdb import DuckDBEngine
from lingtan.adapters.store import FolderStore
from lingtan.base.errors import SourceError
from lingtan.base.ids import channel_key
from lingtan.carbon import ledger
from lingtan.carbon.hourly import hourly_rows, hourly_sums, pool_hours, pooled
from lingtan.metering.activity import ACTIVITY
from lingtan.metering.readings import SCHEMA
from lingtan.services.ports import Engine
from lingtan.services.run_account import run_account
from lingtan.wiring import open_workspace

pytestmark = pytest.mark.cluster
HOURS = 8760
YEAR = datetime(2024, 12, 31, 16, tzinfo=UTC)  # 2025 begins in Shanghai
GRID = {"id": "grid", "kind": "public_grid", "carrier": "electricity"}
PV = {"id": "pv", "kind": "pv"}
CHANNELS = {
    "grid": {"carrier": "electricity", "activity": "import", "connection": "grid"},
    "out": {"carrier": "electricity", "activity": "export", "connection": "grid"},
    "roof": {"carrier": "electricity", "activity": "generation", "asset": "pv"},
    "works": {"carrier": "electricity", "activity": "use", "enterprise": "works"},
    "gas": {"carrier": "natural_gas", "activity": "import"},
    "boiler": {"carrier": "natural_gas", "activity": "final", "enterprise": "works"},
}


@pytest.fixture(scope="module")
def spark(server: str) -> Iterator[Engine]:
    engine = engine_of(server)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def duck() -> Iterator[Engine]:
    engine = DuckDBEngine()
    yield engine
    engine.close()


def readings() -> pa.Table:
    """A year of hourly readings with values that no float holds when they are summed."""
    rng = np.random.default_rng(3)
    start = int(YEAR.timestamp()) * 1_000_000 + np.arange(HOURS, dtype=np.int64) * 3_600_000_000
    tables = []
    for name in CHANNELS:
        value = rng.integers(0, 3_000_000, HOURS) * (3 if name == "grid" else 1)
        columns = [
            np.full(HOURS, channel_key(name)),
            start,
            np.full(HOURS, 3600),
            value,
            np.zeros(HOURS),
            np.zeros(HOURS),
        ]
        arrays = [pa.array(c.astype(np.int64)).cast(f.type) for c, f in zip(columns, SCHEMA, strict=False)]
        tables.append(pa.Table.from_arrays([*arrays, pa.nulls(HOURS, SCHEMA.field(6).type)], schema=SCHEMA))
    return pa.concat_tables(tables)


@pytest.fixture(scope="module")
def relations() -> dict[str, pa.Table]:
    """Activities of 40 channels over four months, with lines, roles, and factors by the hour."""
    rng = np.random.default_rng(5)
    hours, channels = 24 * 120, np.sort(rng.integers(0, 2**62, 40))
    many = hours * len(channels)
    at = pa.array(np.tile(np.arange(hours), len(channels)) * 3_600_000_000 + int(YEAR.timestamp()) * 1_000_000)
    small = np.zeros(many, np.int32)
    activity = pa.Table.from_arrays(
        [
            pa.array(np.repeat(channels, hours)), at.cast(pa.timestamp("us", tz="UTC")),
            pa.array(rng.integers(-(2**31), 2**31, many)), pa.array(np.full(many, 3600, np.int32)),
            pa.array(small), pa.array(small), pa.array(small), pa.array(np.arange(many)),
        ],
        schema=ACTIVITY,
    )  # fmt: skip
    months = 202501 + np.arange(hours) // 720
    stamps = [YEAR + timedelta(hours=i) for i in range(hours)]
    calendar = pa.table({"hour": pa.array(stamps, pa.timestamp("us", tz="UTC")), "month": pa.array(months, pa.int32())})
    rows = [
        (f"l{c % 7}-{b}", int(c), m, f"s{c % 3}") for c in channels for b in "ab" for m in sorted(set(months.tolist()))
    ]
    lines = pa.table(
        {
            "line": [r[0] for r in rows],
            "channel": pa.array([r[1] for r in rows], pa.int64()),
            "month": pa.array([r[2] for r in rows], pa.int32()),
            "k": pa.array(rng.integers(-(2**28), 2**28, len(rows)), pa.int64()),
            "series": [r[3] for r in rows],
            "sign": pa.array([1 if i % 3 else -1 for i in range(len(rows))], pa.int64()),
        }
    )
    roles = pa.table({"role": ["in", "in", "out"], "channel": channels[:3], "num": pa.array([1, -1, 2], pa.int64())})
    hourly = pa.table(
        {
            "series": np.repeat(["s0", "s1", "s2"], hours),
            "hour": pa.concat_arrays([calendar["hour"].combine_chunks()] * 3),
            "k": pa.array(rng.integers(1, 2**29, 3 * hours), pa.int64()),
        }
    )
    return {"activity": activity, "calendar": calendar, "lines": lines, "roles": roles, "hourly": hourly}


def forms(engine: Engine, relations: dict[str, pa.Table], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every form of the ledger, as sorted rows."""
    path = folder / "activity.parquet"
    pq.write_table(relations["activity"], path)
    activity = engine.parquet([str(path)])
    calendar, lines, roles, hourly = (engine.table(relations[n]) for n in ("calendar", "lines", "roles", "hourly"))
    pools, shares = (engine.table(t) for t in pooled(relations["lines"]))
    rows = hourly_rows(activity, calendar, lines, hourly)
    by_hour = hourly_sums(pool_hours(activity, calendar, pools), shares, hourly)
    expressions = {
        "rows": ledger.ledger_sums(ledger.ledger_rows(activity, calendar, lines)),
        "first": ledger.sums_first(ledger.channel_months(activity, calendar), lines),
        "months": ledger.channel_months(activity, calendar),
        "flows": ledger.flows(activity, calendar, roles),
        "hourly": by_hour,
        "hourly-rows": rows.group_by("line", "month").agg(ug=rows.ug.cast(ledger.WIDE).sum().cast(ledger.WIDE)),
    }
    found = {}
    for name, expression in expressions.items():
        rows = engine.collect(expression).to_pylist()
        found[name] = sorted(rows, key=lambda row: [str(value) for value in row.values()])
    return found


def test_every_form_of_the_ledger_is_the_same_on_both_engines(
    spark: Engine, duck: Engine, relations: dict[str, pa.Table], tmp_path: Path
) -> None:
    ours, theirs = forms(duck, relations, tmp_path), forms(spark, relations, tmp_path)
    assert all(ours.values())
    for name in ours:
        assert theirs[name] == ours[name], name


def test_summing_first_gives_the_same_digits_on_each_engine(
    spark: Engine, duck: Engine, relations: dict[str, pa.Table], tmp_path: Path
) -> None:
    for engine in (duck, spark):
        found = forms(engine, relations, tmp_path)
        assert found["rows"] == found["first"]
        assert found["hourly-rows"] == found["hourly"]


def test_both_engines_read_the_stores_delta_tables(spark: Engine, duck: Engine, tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.commit(readings(), kind="import", at=YEAR)
    store.seal()
    path = str(store.root / "readings")
    sums = []
    for engine in (duck, spark):
        table = engine.delta(path)
        total = table.value.cast("decimal(38, 0)").sum()
        rows = engine.collect(table.group_by("channel").agg(total=total, rows=table.count())).to_pylist()
        sums.append(sorted((r["channel"], int(r["total"]), r["rows"]) for r in rows))
    assert sums[0] == sums[1]
    assert len(sums[0]) == len(CHANNELS)


@pytest.mark.parametrize("rules", ["ndrc-910-2025", "ghg-protocol"])
@pytest.mark.parametrize("sealed", [False, True])
def test_an_account_has_the_same_digest_on_both_engines(
    server: str, tmp_path: Path, write_park: Callable[[Path], None], rules: str, sealed: bool
) -> None:
    write_park(tmp_path)
    space = open_workspace(tmp_path, lang="en")
    space.store.commit(readings(), kind="import", at=datetime.now(UTC))
    if sealed:
        space.store.seal()
    ours = run_account(space, "2025", rules=rules)
    for kept in (tmp_path / ".lingtan" / "cache").rglob("*.parquet"):
        kept.unlink()
    theirs = run_account(replace(space, engine=lambda: engine_of(server)), "2025", rules=rules)
    assert (ours.record["engine"], theirs.record["engine"]) == ("duckdb", "spark")
    assert theirs.account.digest == ours.account.digest
    assert len(ours.account.postings) > 20


@pytest.fixture
def write_park() -> Callable[[Path], None]:
    """Writes the park file of these channels."""

    def write(folder: Path) -> None:
        from ruamel.yaml import YAML

        plain = park_of(
            CHANNELS, connections=[GRID], assets=[PV], accounting={"factor_years": {2025: 2023}}
        ).model_dump(mode="json", by_alias=True, exclude_defaults=True)
        plain["schema"] = 1
        with open(folder / "park.yaml", "w", encoding="utf-8") as file:
            YAML(typ="safe").dump(plain, file)

    return write


def test_the_environment_chooses_the_engine(
    server: str, tmp_path: Path, write_park: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_park(tmp_path)
    monkeypatch.setenv("LINGTAN_ENGINE", server)
    engine = open_workspace(tmp_path).engine()
    assert engine.name == "spark"
    engine.close()


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "GRPC_VERBOSITY", "NONE")
    with pytest.raises(SourceError) as caught:
        engine_of("spark://127.0.0.1:9/;token=secret")
    assert caught.value.code == "engine.no-answer"
    assert "secret" not in str(caught.value)
