"""The account of a park-year: from readings, from kept activities, row by row, summed first, with factors by the hour."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.measure import Figure, peak_gib, tell, watch
from benchmarks.park_year import FIRST, HOUR_US, YEAR, Size, keys_of, months, names, table, write_park
from lingtan.adapters.engines.duckdb import DuckDBEngine
from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.carbon import ledger
from lingtan.carbon.hourly import hourly_sums, pool_hours, pooled
from lingtan.services.activities import Piece, activity_pieces
from lingtan.services.basis import basis_as_of
from lingtan.services.month_sums import calendar
from lingtan.services.run_account import run_account
from lingtan.wiring import open_workspace

RULES = ("ndrc-910-2025", "ghg-protocol")


def build(folder: Path, size: Size) -> None:
    """The workspace of a park-year, sealed."""
    from benchmarks.store import seals

    write_park(folder, size)
    space = open_workspace(folder)
    rows = 0
    with watch() as spent:
        for batch in months(size):
            space.store.commit(batch, kind="import", at=datetime(2026, 1, 1, tzinfo=UTC))
            rows += batch.num_rows
    tell(
        Figure(
            "build: make and commit a year, a batch a month",
            rows / spent.cpu,
            "readings/CPU s",
            note=f"{rows / 1e6:.1f} M",
        )
    )
    seals(space.store, "seal a year of monthly batches")
    tell(Figure("peak memory of building and sealing", peak_gib(), "GiB", 4))


def cold(folder: Path, size: Size) -> None:
    """Everything from the readings: activities, sums, both accounts."""
    shutil.rmtree(folder / ".lingtan" / "cache", ignore_errors=True)
    space = open_workspace(folder)
    with watch() as made:
        _pieces(space)
    rows = size.channels * size.days * 24
    tell(Figure("hourly activities of the year from its readings, once", made.wall, "s", note=f"{made.cpu:.1f} CPU s"))
    tell(Figure("the same, as a rate", rows / made.cpu, "readings/CPU s"))
    with watch() as spent:
        for rules in RULES:
            run_account(space, str(YEAR), rules=rules)
    tell(Figure("account, two rule sets, whole service, sums first", spent.wall, "s", 5, note=f"{spent.cpu:.1f} CPU s"))
    rate = rows * len(RULES) / spent.cpu
    tell(Figure("the same, as a rate", rate, "ledger rows/CPU s"))
    tell(Figure("from readings to two accounts", 2 * rows / (made.cpu + spent.cpu), "ledger rows/CPU s"))
    tell(Figure("peak memory of activities and account", peak_gib(), "GiB", 4))


def plain(folder: Path, size: Size) -> None:
    """The row-level ledger of two rule sets through plain Ibis; and both forms give the same digits."""
    space, activity, dates, engine = _opened(folder)
    lines = engine.table(_lines(space))
    with watch() as slow:
        rows = engine.collect(ledger.ledger_sums(ledger.ledger_rows(activity, dates, lines)))
    tell(Figure("account, two rule sets, plain Ibis row by row", slow.wall, "s", 15, note=f"{slow.cpu:.1f} CPU s"))
    with watch() as fast:
        summed = engine.collect(ledger.sums_first(ledger.channel_months(activity, dates), lines))
    tell(Figure("account, two rule sets, plain Ibis sums first", fast.wall, "s", 5, note=f"{fast.cpu:.1f} CPU s"))
    order = [("line", "ascending"), ("month", "ascending")]
    assert rows.sort_by(order).to_pylist() == summed.sort_by(order).to_pylist()
    tell(Figure("peak memory of the row-level ledger", peak_gib(), "GiB", 4))
    engine.close()


def hourly(folder: Path, size: Size) -> None:
    """Two bases with factors by the hour: five series a basis, 8,760 hours."""
    space, activity, dates, engine = _opened(folder)
    year = Period.parse(str(YEAR), space.park.park.timezone)
    rng = np.random.default_rng(8)
    hours = calendar(year)["hour"].combine_chunks()
    series = [f"{basis}-{region}" for basis in ("location", "market") for region in range(5)]
    factors = pa.table(
        {
            "series": np.repeat(series, len(hours)),
            "hour": pa.concat_arrays([hours] * len(series)),
            "k": rng.integers(200_000, 900_000, len(series) * len(hours)),
        }
    )
    labels = sorted({int(m.label.replace("-", "")) for m in year.months()})
    keys = keys_of(size)
    rows = [
        (int(key), f"{basis}-{i % 5}", i % 100, basis) for basis in ("location", "market") for i, key in enumerate(keys)
    ]
    lines = pa.table(
        {
            "line": [f"{basis}-{who:03d}" for _, _, who, basis in rows for _ in labels],
            "channel": pa.array([key for key, *_ in rows for _ in labels], pa.int64()),
            "month": pa.array([m for _ in rows for m in labels], pa.int32()),
            "series": [name for _, name, *_ in rows for _ in labels],
            "sign": pa.array([1] * (len(rows) * len(labels)), pa.int64()),
        }
    )
    with watch() as spent:
        pools, shares = (engine.table(t) for t in pooled(lines))
        by_hour = pool_hours(activity, dates, pools)
        found = engine.collect(hourly_sums(by_hour, shares, engine.table(factors)))
    assert found.num_rows > 0
    tell(Figure("account, two bases, factors by the hour", spent.wall, "s", 15, note=f"{spent.cpu:.1f} CPU s"))
    tell(Figure("peak memory with factors by the hour", peak_gib(), "GiB", 4))
    engine.close()


def late(folder: Path, size: Size) -> None:
    """One late day of one channel in a closed year: accounted again, and restated with its causes."""
    from lingtan.services.close_period import close_period
    from lingtan.services.restate_period import restate_period

    space = open_workspace(folder)
    with watch() as closed:
        run_account(space, str(YEAR))
        close_period(space, str(YEAR))
    tell(Figure("close the year", closed.wall, "s"))
    for n, name in enumerate(("account again", "restate with causes")):
        day = int((FIRST + timedelta(days=100 + n)).timestamp()) * 1_000_000 + np.arange(24, dtype=np.int64) * HOUR_US
        key = keys_of(size)[size.channels // 3]
        batch = table(np.full(24, key), day, np.full(24, 123_450 + n))
        named = {
            str(key): name for name in names(size) if channel_key(name) == key
        }  # as every import names its channels
        space.store.commit(batch, kind="import", at=datetime(2026, 2, 1 + n, tzinfo=UTC), channels=named)
        with watch() as spent:
            run_account(space, str(YEAR)) if n == 0 else restate_period(space, str(YEAR))
        tell(
            Figure(
                f"one late day of one channel in a closed year: {name}",
                spent.wall,
                "s",
                2,
                note=f"{spent.cpu:.1f} CPU s",
            )
        )
    tell(Figure("peak memory of restating", peak_gib(), "GiB", 4))


def _opened(folder: Path) -> tuple[Any, Any, Any, DuckDBEngine]:
    space = open_workspace(folder)
    year = Period.parse(str(YEAR), space.park.park.timezone)
    paths = [space.blobs.path(p.name) for p in _pieces(space)]
    engine = DuckDBEngine()
    return space, engine.parquet(paths), engine.table(calendar(year)), engine


def _pieces(space: Any) -> list[Piece]:
    basis = basis_as_of(space, RULES[0], space.store.head())
    year = Period.parse(str(YEAR), space.park.park.timezone)
    return activity_pieces(space, basis.park, year, basis.view)


def _lines(space: Any) -> pa.Table:
    """The compiled lines of both rule sets."""
    from lingtan.carbon.account import compile_account

    year = Period.parse(str(YEAR), space.park.park.timezone)
    labels: Sequence[int] = [int(m.label.replace("-", "")) for m in year.months()]
    tables = []
    for rules in RULES:
        basis = basis_as_of(space, rules, space.store.head())
        found = compile_account(basis.park, basis.rules, basis.book, YEAR).line_table(labels)
        names = pa.array([f"{rules}/{line}" for line in found["line"].to_pylist()])
        tables.append(found.set_column(found.schema.get_field_index("line"), "line", names))
    return pa.concat_tables(tables)
