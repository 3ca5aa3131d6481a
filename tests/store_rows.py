"""Small batches of readings for tests of the store."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from lingtan.metering.readings import SCHEMA, Quality

T0 = datetime(2025, 1, 1, tzinfo=UTC)
AT = datetime(2026, 1, 1, tzinfo=UTC)
FAR = 1 << 59  # two channels this far apart lie in neighboring buckets


def batch(rows: Sequence[tuple[int, int, int | None]], **columns: Any) -> pa.Table:
    """Rows (channel, hours from T0, value) as a batch; ``columns`` replace whole columns."""
    values = [row[2] for row in rows]
    plain: dict[str, Any] = {
        "channel": [row[0] for row in rows],
        "start": [T0 + timedelta(hours=row[1]) for row in rows],
        "seconds": [3600] * len(rows),
        "value": values,
        "quality": [int(Quality.MEASURED if v is not None else Quality.WITHDRAWN) for v in values],
        "method": [0] * len(rows),
        "available_at": [None] * len(rows),
        **columns,
    }
    return pa.table({f.name: pa.array(plain[f.name], f.type) for f in SCHEMA}, schema=SCHEMA)


def shown(table: pa.Table) -> list[tuple[int, int, int | None]]:
    """What a view holds, as (channel, hours from T0, value)."""
    rows = table.select(["channel", "start", "value"]).to_pylist()
    return [(r["channel"], round((r["start"] - T0) / timedelta(hours=1)), r["value"]) for r in rows]
