"""A small workspace with a few days of hourly readings, and batches to change it with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.metering.readings import SCHEMA, Quality
from lingtan.services.ports import Receipt
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

# the last hours of January and the first of February in China, so that local and UTC months differ
START = datetime(2025, 1, 30, 16, tzinfo=UTC)
HOURS = 72
CHANNELS = (
    "grid-in",
    "line-in",
    "out",
    "pv",
    "a-use",
    "b-use",
    "gas-in",
    "chp-gas",
    "chp-power",
    "chp-steam",
    "a-steam",
)
PARK = """
schema: 1
park: {id: small, name: small, region: CN-JS, operator: zone, synthetic: true}
enterprises: [{id: zone, name: Zone}, {id: a, name: A}, {id: b, name: B}, {id: plant, name: Plant}]
connections: [{id: grid, kind: public_grid}, {id: line, kind: direct_line, source: wind}]
assets: [{id: pv-a, kind: pv, enterprise: a}, {id: chp, kind: gas_chp, enterprise: plant}]
certificates: [{id: gec, year: 2025, kwh: 40000, source: test}]
accounting: {equivalent_kgce_per_kwh: {2025: {value: 0.2856, source: test}}}
meters:
  - {id: m1, class: 0.5, channels: [{id: grid-in, carrier: electricity, activity: import, unit: kWh, step: 1h, connection: grid}]}
  - {id: m2, class: 0.5, channels: [{id: line-in, carrier: electricity, activity: import, unit: kWh, step: 1h, connection: line}]}
  - {id: m3, channels: [{id: out, carrier: electricity, activity: export, unit: kWh, step: 1h, connection: grid}]}
  - {id: m4, enterprise: a, channels: [{id: pv, carrier: electricity, activity: generation, unit: kWh, step: 1h, asset: pv-a}]}
  - {id: m5, enterprise: a, class: 1, channels: [{id: a-use, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
  - {id: m6, enterprise: b, class: 1, channels: [{id: b-use, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
  - {id: m7, channels: [{id: gas-in, carrier: natural_gas, activity: import, unit: m3, step: 1h}]}
  - {id: m8, enterprise: plant, channels: [{id: chp-gas, carrier: natural_gas, activity: thermal_power, unit: m3, step: 1h, asset: chp}]}
  - {id: m9, enterprise: plant, channels: [{id: chp-power, carrier: electricity, activity: generation, unit: kWh, step: 1h, asset: chp}]}
  - {id: m10, enterprise: plant, channels: [{id: chp-steam, carrier: steam, activity: generation, unit: GJ, step: 1h, asset: chp}]}
  - {id: m11, enterprise: a, channels: [{id: a-steam, carrier: steam, activity: use, unit: GJ, step: 1h}]}
"""


class Clock:
    """Moves on by a minute whenever it is asked."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


def workspace(root: Path, park: str = PARK) -> Workspace:
    """A workspace in ``root``."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "park.yaml").write_text(park, encoding="utf-8")
    return open_workspace(root, clock=Clock())


def batch(values: Mapping[str, Mapping[int, int | None]], quality: Quality = Quality.MEASURED) -> pa.Table:
    """Hourly readings by channel and hour from :data:`START`; None withdraws. [channel unit]"""
    rows = [
        {
            "channel": channel_key(channel),
            "start": START + timedelta(hours=hour),
            "seconds": 3600,
            "value": None if value is None else value * 1000,
            "quality": int(Quality.WITHDRAWN if value is None else quality),
            "method": 0,
            "available_at": None,
        }
        for channel, by_hour in values.items()
        for hour, value in by_hour.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def commit(
    space: Workspace,
    values: Mapping[str, Mapping[int, int | None]],
    quality: Quality = Quality.MEASURED,
    file: str = "file.csv",
    kind: str = "import",
) -> Receipt:
    """Commit a batch of hourly readings."""
    return space.store.commit(
        batch(values, quality),
        kind=kind,
        at=space.clock(),
        source={"file": file, "sha256": "ab" * 32},
        channels={str(channel_key(c)): c for c in values},
        again=True,
    )


def first_readings(leave_out: Sequence[int] = ()) -> dict[str, dict[int, int | None]]:
    """Readings of every channel; those of ``a-use`` without some hours."""
    found: dict[str, dict[int, int | None]] = {}
    for i, name in enumerate(CHANNELS):
        base = 100 + 37 * i
        found[name] = {h: base + (h * (i + 3)) % 53 for h in range(HOURS) if name != "a-use" or h not in leave_out}
    return found


def filled(root: Path, leave_out: Sequence[int] = ()) -> Workspace:
    """A workspace with its first readings."""
    space = workspace(root)
    commit(space, first_readings(leave_out), file="first.csv")
    return space
