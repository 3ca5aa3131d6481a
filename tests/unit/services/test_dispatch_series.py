"""Series of dispatch from readings: amounts become power, states stay what they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lingtan.base.time import Period
from lingtan.services.dispatch_series import hourly_power
from lingtan.services.ingest import Ingest
from lingtan.wiring import open_workspace

PARK = """\
schema: 1
park: {id: p, name: 测试园区, region: CN-JS}
meters:
  - {id: m1, channels: [{id: shop, carrier: electricity, activity: use, unit: kWh}]}
  - {id: m2, channels: [{id: air, carrier: temperature, activity: reference, unit: °C}]}
"""
START = datetime(2025, 7, 1, tzinfo=UTC)


def test_quarter_hours_of_energy_add_up_and_of_temperature_are_averaged(tmp_path: Path) -> None:
    tmp_path.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    space = open_workspace(tmp_path)
    for channel, values in (("shop", [10.0, 20.0, 30.0, 40.0]), ("air", [20.0, 22.0, 24.0, 26.0])):
        start = [START + timedelta(minutes=15 * i) for i in range(4)]
        columns = {"channel": [channel] * 4, "start": start, "value": values}
        Ingest(space).commit(pa.table({**columns, "seconds": pa.array([900] * 4, pa.int32())}))
    found = hourly_power(space, ["shop", "air"], Period("two hours", START, START + timedelta(hours=2), "UTC"))
    assert found["shop"] == pytest.approx([100.0, np.nan], nan_ok=True)
    assert found["air"] == pytest.approx([23.0, np.nan], nan_ok=True)
