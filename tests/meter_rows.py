"""Small parks and tables of readings for tests of metering."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.metering.readings import STORED, Quality
from lingtan.park.model import Park

T0 = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def park(*channels: dict[str, Any], **meter: Any) -> Park:
    """A park with one meter a channel; a channel says only what differs from a 15-minute power channel."""
    meters = []
    for given in channels:
        channel = {"id": "a", "carrier": "electricity", "activity": "use", "unit": "kWh", **given}
        own = {key: channel.pop(key) for key in ("parent", "loss_share", "rating") if key in channel}
        meters.append({"id": f"m-{channel['id']}", "channels": [channel], **meter, **own})
    return Park.model_validate({"park": {"id": "p", "name": "P", "region": "CN-JS"}, "meters": meters})


def table(rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows (channel id, minutes from T0, minutes it lasts, value, quality=0, rev=1) in the order of the store."""
    full = [(*row, *((0, 1)[len(row) - 4 :])) for row in rows]
    full.sort(key=lambda row: (channel_key(row[0]), row[1]))
    return pa.Table.from_pylist(
        [
            {
                "channel": channel_key(channel), "start": T0 + timedelta(minutes=start), "seconds": int(minutes * 60),
                "value": value, "quality": int(Quality(quality)), "method": 0, "available_at": None, "rev": rev,
            }
            for channel, start, minutes, value, quality, rev in full
        ],
        schema=STORED,
    )  # fmt: skip


def by_hour(found: pa.Table, column: str = "value") -> dict[int, int]:
    """One column by hours from T0 (of a table with one channel)."""
    return {round((row["hour"] - T0) / HOUR): row[column] for row in found.select(["hour", column]).to_pylist()}
