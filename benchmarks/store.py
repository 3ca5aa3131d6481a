"""Import, commit, seal, latest readings, one channel's year."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measure import Figure, tell, watch
from benchmarks.park_year import FIRST, Size, hourly_batches, keys_of, table, write_park
from lingtan.adapters.store import FolderStore
from lingtan.metering.readings import SCHEMA

AT = datetime(2026, 1, 1, tzinfo=UTC)


def imports(folder: Path, size: Size) -> None:
    """Batches of 10,000 readings, checked and durable, through the service; then their month sealed."""
    from lingtan.services.ingest import Ingest
    from lingtan.wiring import open_workspace

    write_park(folder, size)
    space = open_workspace(folder)
    intake = Ingest(space)
    batches = list(hourly_batches(size))
    rows = sum(b.num_rows for b in batches)
    intake.commit(batches[0])
    spent = []
    with watch() as whole:
        for batch in batches[1:]:
            begin = time.perf_counter()
            intake.commit(batch)
            spent.append(time.perf_counter() - begin)
    done = rows - batches[0].num_rows
    tell(
        Figure("import, columns, batches of 10,000, checked and durable", done / whole.cpu, "readings/CPU s", 2e6, True)
    )
    tell(Figure("the same by the wall clock", done / whole.wall, "readings/s"))
    tell(Figure("durable import of a batch, p50", float(np.percentile(spent, 50)) * 1000, "ms"))
    tell(Figure("durable import of a batch, p99", float(np.percentile(spent, 99)) * 1000, "ms", 50))
    with watch() as again:
        for batch in batches[: len(batches) // 10]:
            intake.commit(batch)
    sent = sum(b.num_rows for b in batches[: len(batches) // 10])
    tell(Figure("the same batches sent again", sent / again.cpu, "readings/CPU s"))
    seals(space.store, "seal a month of hourly batches")


def seals(store: FolderStore, name: str) -> None:
    """Seal everything that waits, and tell rows per processor second and bytes."""
    with watch() as spent:
        report = store.seal()
    tell(Figure(name, report.rows / spent.cpu, "readings/CPU s", 2e6, True))
    tell(Figure(f"{name}: size", report.bytes / report.rows, "bytes/reading", 3))


def commits(folder: Path, size: Size) -> None:
    """Batches in the store's own shape: the store alone, without the checks of the service."""
    store = FolderStore(folder / "store")
    ready = [whole(batch) for batch in hourly_batches(size)]
    store.commit(ready[0], kind="import", at=AT)
    spent = []
    with watch() as all_of_them:
        for batch in ready[1:]:
            begin = time.perf_counter()
            store.commit(batch, kind="import", at=AT)
            spent.append(time.perf_counter() - begin)
    rows = sum(b.num_rows for b in ready[1:])
    tell(Figure("commit alone, batches of 10,000", rows / all_of_them.cpu, "readings/CPU s"))
    tell(Figure("commit alone, p50", float(np.percentile(spent, 50)) * 1000, "ms"))
    tell(Figure("commit alone, p99", float(np.percentile(spent, 99)) * 1000, "ms", 50))


def whole(batch: pa.Table) -> pa.Table:
    """A batch with every column of a reading."""
    many = batch.num_rows
    small = pa.array(np.zeros(many, np.int8))
    stamps = pa.nulls(many, SCHEMA.field("available_at").type)
    columns = [
        batch["channel"],
        batch["start"],
        pa.array(np.full(many, 3600, np.int32)),
        batch["value"],
        small,
        small,
        stamps,
    ]
    return pa.table(columns, schema=SCHEMA)


def latest(root: Path, size: Size) -> None:
    """The newest of 1,000 channels from the year's store, opened anew; and after an hour more has come."""
    keys = np.random.default_rng(1).choice(keys_of(size), min(1000, size.channels), replace=False).tolist()
    opened = FolderStore(root)
    with watch() as rebuilt:
        opened.latest(keys)
    tell(Figure("latest, derived table made anew from a year", rebuilt.wall, "s"))
    runs = []
    for _ in range(9):
        fresh = FolderStore(root)
        with watch() as spent:
            found = fresh.latest(keys)
        assert len(found) == len(keys)
        runs.append(spent.wall * 1000)
    tell(Figure("latest of 1,000 channels, store just opened", float(np.median(runs)), "ms", 50))
    channels = keys_of(size)
    hour = int((FIRST + timedelta(hours=24 * size.days)).timestamp()) * 1_000_000
    opened.commit(table(channels, np.full(len(channels), hour), np.full(len(channels), 7)), kind="import", at=AT)
    with watch() as spent:
        found = opened.latest(keys)
    assert {x.value for x in found} == {7}
    tell(Figure("latest of 1,000 channels, an hour of news since", spent.wall * 1000, "ms", 50))


def one_channel(folder: Path, size: Size) -> None:
    """One channel's year at 15 min, out of 2,500 channels (a quarter of the channels at four times the step)."""
    store = FolderStore(folder / "quarter")
    many, day = max(size.channels // 4, 25), 96
    keys = np.sort(np.random.default_rng(2).integers(0, 2**62, many))
    zero = int(FIRST.timestamp()) * 1_000_000
    rng = np.random.default_rng(4)
    for first in range(0, 365, 30):
        days = min(30, 365 - first)
        at = zero + (np.arange(days * day) + first * day) * 900_000_000
        value = rng.integers(1000, 9000, many * days * day) * 10
        batch = table(np.repeat(keys, days * day), np.tile(at, many), value)
        batch = batch.set_column(2, SCHEMA.field(2), pa.array(np.full(batch.num_rows, 900, np.int32)))
        store.commit(batch, kind="import", at=AT)
    store.seal()
    runs = []
    for n in range(12):
        with watch() as spent:
            found = store.readings(channels=[int(keys[n * 7 % many])], start=FIRST, end=FIRST + timedelta(days=365))
        assert found.num_rows == 365 * day
        runs.append(spent.wall * 1000)
    tell(
        Figure(
            f"one channel, one year at 15 min, of {many * 365 * day / 1e6:.1f} M readings",
            float(np.median(runs[1:])),
            "ms",
            60,
        )
    )
