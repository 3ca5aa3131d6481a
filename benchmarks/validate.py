"""How fast readings become hourly activity, and how fast they are checked. Figures are CPU seconds.

python benchmarks/validate.py [--rows 10000000]
"""

import argparse
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.metering.activity import activities
from lingtan.metering.channels import Book
from lingtan.metering.readings import STORED
from lingtan.park.model import Park

START = datetime(2025, 1, 1, tzinfo=UTC)


def park(names: list[str], **channel: Any) -> Park:
    """A park of power channels."""
    own = {"carrier": "electricity", "activity": "use", "unit": "kWh", "max_per_hour": "100000", **channel}
    meters = [{"id": f"m-{name}", "channels": [{"id": name, **own}]} for name in names]
    return Park.model_validate({"park": {"id": "p", "name": "P", "region": "CN-JS"}, "meters": meters})


def readings(names: list[str], each: int, minutes: int) -> pa.Table:
    """A day shape with noise, ``each`` rows a channel, in the order of the store."""
    keys = np.sort(np.array([channel_key(name) for name in names]))
    rng = np.random.default_rng(7)
    at = np.arange(each, dtype=np.int64) * minutes * 60_000_000 + int(START.timestamp()) * 1_000_000
    day = 50_000 + 30_000 * np.sin(np.arange(each) * (2 * np.pi * minutes / 1440))
    value = (np.tile(day, len(names)) * rng.uniform(0.9, 1.1, each * len(names))).astype(np.int64)
    many = len(value)
    return pa.Table.from_arrays(
        [
            pa.array(np.repeat(keys, each)), pa.array(np.tile(at, len(names))).cast(pa.timestamp("us", tz="UTC")),
            pa.array(np.full(many, minutes * 60, dtype=np.int32)), pa.array(value), pa.array(np.zeros(many, dtype=np.int8)),
            pa.array(np.zeros(many, dtype=np.int8)), pa.nulls(many, pa.timestamp("us", tz="UTC")),
            pa.array(np.ones(many, dtype=np.int64)),
        ],
        schema=STORED,
    )  # fmt: skip


def measure(name: str, rows: int, work: Callable[[], Any]) -> None:
    """Print the rate of one piece of work, best of three."""
    best = min(_cpu(work) for _ in range(3))
    print(f"{name:44s} {rows / 1e6:7.1f} M rows {best:7.2f} CPU s {rows / best / 1e6:8.1f} M rows/CPU s")


def _cpu(work: Callable[[], Any]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    print(f"Python {platform.python_version()}, numpy {np.__version__}, pyarrow {pa.__version__}")
    quarter = [f"q{i}" for i in range(max(1, rows // 35_040))]
    table = readings(quarter, 35_040, 15)
    where = Book(park(quarter))
    end = START + timedelta(days=365)
    measure("activities, 15 min, a year a channel", len(table), lambda: activities(table, where, START, end))
    scaled = Book(park(quarter, multiplier="4000.5"))
    measure("activities, 15 min, multiplier 4000.5", len(table), lambda: activities(table, scaled, START, end))
    hourly = [f"h{i}" for i in range(625)]
    piece = readings(hourly, 744, 60)
    book = Book(park(hourly))
    activities(piece, book, START, end)
    measure("activities, hourly, a month of 625 channels", len(piece), lambda: activities(piece, book, START, end))
    states = Book(park(hourly, kind="counter"))
    measure("activities, hourly counters", len(piece), lambda: activities(piece, states, START, end))


if __name__ == "__main__":
    main()
