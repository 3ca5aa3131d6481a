"""How fast meter files and columnar batches become durable readings, end to end.

python benchmarks/import_files.py [--rows 5000000] [--days 20000]

Files go through ``lingtan readings import`` in a process of its own: start, reading, understanding, checks and commit
included. Figures are readings per CPU second of that process and its children (others may share the machine), and per second.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import xlsxwriter

from lingtan.base.ids import channel_key
from lingtan.metering.readings import SCHEMA
from lingtan.services.ingest import Ingest
from lingtan.wiring import open_workspace

YEAR = 35_040
START = datetime(2025, 1, 1)
FLOORS = {"csv, long": 1.0, "csv, wide": 1.0, "excel, 96 points": 0.2, "columnar, batches of 10,000": 2.0}


def park(folder: Path, channels: int) -> None:
    """A workspace with so many channels of electricity."""
    meters = "\n".join(
        f"  - {{id: m{i}, name: {i}#进线, enterprise: e, channels: "
        f"[{{id: power-{i}, carrier: electricity, activity: use, unit: kWh}}]}}"
        for i in range(channels)
    )
    folder.mkdir(parents=True)
    folder.joinpath("park.yaml").write_text(
        "schema: 1\npark: {id: p, name: P, region: CN-JS}\nenterprises: [{id: e, name: E}]\n"
        "accounting: {equivalent_kgce_per_kwh: {2025: {value: 0.2856, source: s}}}\n"
        f"meters:\n{meters}\n",
        encoding="utf-8",
    )


def values(rows: int, seed: int = 1) -> pl.Series:
    """Numbers with two decimals."""
    return pl.Series(np.random.default_rng(seed).integers(1000, 90_000, rows) / 100)


def times() -> pl.Series:
    """A year of quarter hours as text."""
    return pl.datetime_range(START, START + timedelta(minutes=15 * (YEAR - 1)), "15m", eager=True).dt.strftime(
        "%Y-%m-%d %H:%M:%S"
    )


def long_csv(path: Path, rows: int) -> int:
    """Time, meter, value."""
    many = -(-rows // YEAR)
    stamps = times()
    frame = pl.concat(
        [pl.DataFrame({"时间": stamps, "表号": [f"m{i}"] * YEAR, "电量(kWh)": values(YEAR, i)}) for i in range(many)]
    )
    frame.write_csv(path)
    return frame.height


def wide_csv(path: Path, rows: int) -> int:
    """Time and a column a meter."""
    many = -(-rows // YEAR)
    frame = pl.DataFrame({"时间": times(), **{f"{i}#进线": values(YEAR, i) for i in range(many)}})
    frame.write_csv(path)
    return YEAR * many


def day_rows_excel(path: Path, days: int) -> int:
    """Meter, date and 96 columns."""
    many = -(-days // 365)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("曲线")
    labels = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)]
    sheet.write_row(0, 0, ["户号", "数据日期", "单位", *labels])
    numbers = values(days * 96).to_list()
    for row in range(days):
        date = START + timedelta(days=row % 365)
        sheet.write_row(row + 1, 0, [f"m{row // 365}", f"{date:%Y-%m-%d}", "kWh", *numbers[row * 96 : row * 96 + 96]])
    book.close()
    assert many
    return days * 96


def through_cli(name: str, make: Callable[[Path, int], int], suffix: str, size: int, channels: int) -> bool:
    """Import one file with the command and print the rate."""
    with tempfile.TemporaryDirectory() as folder:
        space = Path(folder, "park")
        park(space, channels)
        file = Path(folder, f"data{suffix}")
        rows = make(file, size)
        env = {**os.environ, "POLARS_MAX_THREADS": "1"}
        command = [
            sys.executable,
            "-m",
            "lingtan",
            "readings",
            "import",
            str(file),
            "--park",
            str(space),
            "--lang",
            "en",
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.perf_counter()
        done = subprocess.run([*command, "--yes"], env=env, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if done.returncode or f"{rows} readings" not in done.stdout:
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
        return report(name, rows, cpu, wall)


def report(name: str, rows: int, cpu: float, wall: float) -> bool:
    """Print one line; whether the floor was reached."""
    rate = rows / cpu / 1e6
    print(
        f"{name:30s} {rows / 1e6:6.2f} M readings {cpu:6.2f} CPU s {wall:6.2f} s "
        f"{rate:6.2f} M/CPU s {rows / wall / 1e6:6.2f} M/s  (at least {FLOORS[name]:.1f})"
    )
    return rate >= FLOORS[name]


def columnar(batches: int) -> bool:
    """Batches of 10,000 readings, checked and committed one by one; p99 of the commit."""
    with tempfile.TemporaryDirectory() as folder:
        space = Path(folder, "park")
        park(space, 100)
        taking = Ingest(open_workspace(space))
        keys = np.repeat(np.array([channel_key(f"power-{i}") for i in range(100)]), 100)
        tables = []
        for i in range(batches):
            at = (
                np.tile(np.arange(100) + 100 * i, 100) * 900_000_000
                + int(START.replace(tzinfo=UTC).timestamp()) * 10**6
            )
            value = np.random.default_rng(i).integers(0, 10**6, 10_000)
            tables.append(
                pa.table(
                    [pa.array(keys), pa.array(at).cast(pa.timestamp("us", tz="UTC")), pa.array(np.full(10_000, 900, np.int32)),
                     pa.array(value), pa.array(np.zeros(10_000, np.int8)), pa.array(np.zeros(10_000, np.int8)),
                     pa.nulls(10_000, pa.timestamp("us", tz="UTC"))],
                    schema=SCHEMA,
                )
            )  # fmt: skip
        taking.commit(tables[0])
        took = []
        cpu = time.process_time()
        for table in tables[1:]:
            begin = time.perf_counter()
            taking.commit(table)
            took.append(time.perf_counter() - begin)
        cpu = time.process_time() - cpu
        good = report("columnar, batches of 10,000", 10_000 * len(took), cpu, sum(took))
        p50, p99 = (float(np.quantile(took, q)) * 1000 for q in (0.5, 0.99))
        print(f"{'commit of a batch':30s} p50 {p50:.1f} ms, p99 {p99:.1f} ms  (at most 50)")
        return good and p99 <= 50


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=20_000)
    parser.add_argument("--batches", type=int, default=300)
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, polars {pl.__version__}, pyarrow {pa.__version__}")
    good = [
        through_cli("csv, long", long_csv, ".csv", asked.rows, -(-asked.rows // YEAR)),
        through_cli("csv, wide", wide_csv, ".csv", asked.rows, -(-asked.rows // YEAR)),
        through_cli("excel, 96 points", day_rows_excel, ".xlsx", asked.days, -(-asked.days // 365)),
        columnar(asked.batches),
    ]
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
