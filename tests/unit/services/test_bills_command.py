"""Bills from a park's own readings, end to end, on the command line."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from lingtan.base.ids import channel_key
from lingtan.metering.readings import SCHEMA
from lingtan.wiring import open_workspace

PARK = """
schema: 1
park: {id: p, name: p, region: CN-HB, operator: works}
enterprises: [{id: works, name: works}]
connections: [{id: grid, kind: public_grid}]
meters:
  - id: m
    enterprise: works
    channels: [{id: grid-in, carrier: electricity, activity: import, unit: kWh, step: 15min, connection: grid}]
tariffs:
  - {id: t, connection: grid, region: CN-HB, voltage: 110kV, basis: demand, capacity_kva: 5000,
     average_load_factor: 0.6, power_factor_standard: "0.90", power_factor: 0.95}
"""


@pytest.fixture
def park(tmp_path: Path) -> Path:
    (tmp_path / "park.yaml").write_text(PARK, encoding="utf-8")
    space = open_workspace(tmp_path)
    start = datetime(2025, 12, 31, 16, tzinfo=UTC)  # local midnight of 1 January 2026
    count = 31 * 96
    values = np.full(count, 500_000, np.int64)  # 500 kWh a quarter hour: 2 MW
    values[1000] = 750_000  # 3 MW once
    batch = pa.table(
        {
            "channel": pa.array(np.full(count, channel_key("grid-in")), pa.int64()),
            "start": pa.array(int(start.timestamp()) * 1_000_000 + np.arange(count) * 900_000_000).cast(
                pa.timestamp("us", tz="UTC")
            ),
            "seconds": pa.array(np.full(count, 900), pa.int32()),
            "value": pa.array(values, pa.int64()),
            "quality": pa.array(np.zeros(count), pa.int8()),
            "method": pa.array(np.zeros(count), pa.int8()),
            "available_at": pa.array([None] * count, pa.timestamp("us", tz="UTC")),
        },
        schema=SCHEMA,
    )
    key = str(channel_key("grid-in"))
    space.store.commit(batch, kind="import", at=datetime(2026, 2, 1, tzinfo=UTC), channels={key: "grid-in"})
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    from lingtan.apps.cli.bills import app

    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_a_month_is_billed_by_period_with_its_highest_quarter_hour(park: Path) -> None:
    code, out = run("--period", "2026-01", "--park", str(park), "--json", "--lang", "en")
    assert code == 0, out
    (bill,) = json.loads(out)
    assert Decimal(bill["max_demand_kw"]) == 3000
    assert bill["demand_minutes"] == 15
    assert bill["coverage"] == 1.0
    hours = {"sharp_peak": 2, "peak": 6, "flat": 8, "valley": 8}
    energy = {k: Decimal(v) for k, v in bill["energy_by_period_kwh"].items()}
    assert sum(energy.values()) == 31 * 24 * 2000 + 250
    assert all(abs(energy[p] - 31 * h * 2000) <= 250 for p, h in hours.items())
    prices = {"sharp_peak": "1.012099", "peak": "0.809061", "flat": "0.613986", "valley": "0.395024"}
    expected = sum(energy[p] * Decimal(x) for p, x in prices.items()) + 3000 * 39
    funds = sum(Decimal(line["amount"]) for line in bill["lines"] if line["item"].startswith("fund."))
    adjusted = expected - (expected - funds) * Decimal("0.0075")  # cos phi 0.95 of 0.90: 0.75 % less
    assert abs(Decimal(bill["total_cny"]) - adjusted) < Decimal("0.05")


def test_other_ways_to_pay_are_compared(park: Path) -> None:
    code, out = run("compare", "--period", "2026-01", "--park", str(park), "--json", "--lang", "en")
    assert code == 0, out
    (found,) = json.loads(out)
    totals = {o["option"]: Decimal(o["total_cny"]) for o in found["options"]}
    assert len(totals) == 6
    assert totals["ordinary.contract"] <= totals["ordinary.demand"]
    assert Decimal(found["break_even_kwh_per_month"]) == 2190000
    code, out = run("--period", "2026-01", "--park", str(park), "--lang", "zh")
    assert code == 0
    assert "电费账单" in out


def test_what_is_missing_is_said(park: Path) -> None:
    assert run("--period", "2026-02", "--park", str(park), "--lang", "en")[0] in (2, 3)
    code, out = run("--period", "2026-01", "--park", str(park), "--connection", "x", "--lang", "en")
    assert code == 2
    assert "no tariff" in out
