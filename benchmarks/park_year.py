"""A synthetic park with many channels, and its hourly readings: load shapes with noise, two decimals, from a seed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.metering.readings import SCHEMA

Ints = npt.NDArray[np.int64]
YEAR = 2025
FIRST = datetime(2024, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
HOUR_US = 3_600_000_000
STAMP = pa.timestamp("us", tz="UTC")
EACH = 100  # channels of an enterprise


@dataclass(frozen=True)
class Size:
    """How much is measured; ``quick`` shows the shape of the figures, not the figures."""

    channels: int
    days: int
    batches: int  # of 10,000 readings, for the import
    baseline_rows: int


FULL = Size(channels=10_000, days=365, batches=744, baseline_rows=300_000)
QUICK = Size(channels=500, days=365, batches=60, baseline_rows=50_000)


def names(size: Size) -> list[str]:
    """Channel ids: of each enterprise 92 of power used, 4 of gas burnt, 2 of power bought, 1 of gas bought, 1 of PV."""
    kinds = ["u"] * 92 + ["g"] * 4 + ["i"] * 2 + ["b"] + ["p"]
    return [f"e{n // EACH:03d}-{kinds[n % EACH]}{n % EACH:02d}" for n in range(size.channels)]


def park_document(size: Size) -> dict[str, Any]:
    """The park file of these channels."""
    forms: dict[str, dict[str, str]] = {
        "u": {"carrier": "electricity", "activity": "use", "unit": "kWh"},
        "g": {"carrier": "natural_gas", "activity": "final", "unit": "m3"},
        "i": {"carrier": "electricity", "activity": "import", "unit": "kWh", "connection": "grid"},
        "b": {"carrier": "natural_gas", "activity": "import", "unit": "m3"},
        "p": {"carrier": "electricity", "activity": "generation", "unit": "kWh", "asset": "pv"},
    }
    meters = [
        {"id": f"m-{name}", "enterprise": name[:4], "channels": [{"id": name, "step": "1h", **forms[name[5]]}]}
        for name in names(size)
    ]
    who = sorted({name[:4] for name in names(size)})
    return {
        "schema": 1,
        "park": {"id": "bench", "name": "Bench", "region": "CN-JS", "operator": who[0], "synthetic": True},
        "enterprises": [{"id": e, "name": e} for e in who],
        "connections": [{"id": "grid", "kind": "public_grid"}],
        "assets": [{"id": "pv", "kind": "pv"}],
        "accounting": {
            "factor_years": {"2025": 2023},
            "equivalent_kgce_per_kwh": {"2025": {"value": "0.2856", "source": "a company's specification, unofficial"}},
        },
        "meters": meters,
    }


def write_park(folder: Path, size: Size) -> None:
    """Write the park file; JSON is YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "park.yaml").write_text(json.dumps(park_document(size), indent=1), encoding="utf-8")


def keys_of(size: Size) -> Ints:
    """Channel keys in the order of the store."""
    return np.sort(np.array([channel_key(name) for name in names(size)]))


def values(channels: int, hours: Ints, rng: np.random.Generator) -> Ints:
    """Watt-hours (of 10 Wh) by channel and hour of the year."""
    base = np.random.default_rng(11).lognormal(2.5, 1.2, channels)
    shape = 0.55 + 0.45 * np.exp(-((((hours + 8) % 24 - 14) / 5.0) ** 2))
    noise = 1 + 0.1 * rng.standard_normal((channels, len(hours)), np.float32)
    found: Ints = np.maximum(np.rint(base[:, None] * shape * noise * 100), 0).astype(np.int64) * 10
    return found


def table(channel: Ints, start: Ints, value: Ints) -> pa.Table:
    """Hourly readings as a batch."""
    many = len(value)
    whole = [
        pa.array(channel), pa.array(start).cast(STAMP), pa.array(np.full(many, 3600, np.int32)), pa.array(value),
        pa.array(np.zeros(many, np.int8)), pa.array(np.zeros(many, np.int8)), pa.nulls(many, STAMP),
    ]  # fmt: skip
    return pa.Table.from_arrays(whole, schema=SCHEMA)


def months(size: Size) -> Iterator[pa.Table]:
    """All readings, a batch a UTC month."""
    keys, rng = keys_of(size), np.random.default_rng(7)
    hour = np.arange(24 * size.days)
    label = [(FIRST + timedelta(hours=int(h))).strftime("%Y-%m") for h in hour]
    zero = int(FIRST.timestamp()) * 1_000_000
    for month in sorted(set(label)):
        here = hour[[one == month for one in label]]
        value = values(len(keys), here, rng)
        yield table(np.repeat(keys, len(here)), np.tile(zero + here * HOUR_US, len(keys)), value.ravel())


def hourly_batches(size: Size, rows: int = 10_000) -> Iterator[pa.Table]:
    """Columns as a gateway sends them: all channels (at most ``rows``) at one hour after another, in no order of channels."""
    keys = keys_of(size)[:rows]
    each = rows // len(keys)  # hours in a batch
    mixed = np.random.default_rng(5).permutation(len(keys))
    zero = int(datetime(YEAR, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    value = values(len(keys), np.arange(size.batches * each), np.random.default_rng(9))
    for n in range(size.batches):
        hours = np.arange(n * each, (n + 1) * each)
        start = pa.array(np.repeat(zero + hours * HOUR_US, len(keys))).cast(STAMP)
        some = value[mixed, n * each : (n + 1) * each]
        yield pa.table({"channel": np.tile(keys[mixed], each), "start": start, "value": some.T.ravel()})
