"""The known truth: what every channel would have counted without error, hour by hour, and the list of faults."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lingtan.base.ids import channel_key
from lingtan.demo.faults import Fault
from lingtan.demo.point import Point
from lingtan.demo.span import LOCAL, PER_HOUR, YEAR, Ints, Span
from lingtan.metering.activity import ACTIVITY

ACTIVITY_FILE, FAULTS_FILE = "activity.parquet", "faults.csv"
_HOUR_US = 3_600_000_000


def write_truth(points: Sequence[Point], faults: Sequence[Fault], span: Span, folder: Path) -> None:
    """Write the true activities in the ledger's own shape, and the faults as a table."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(true_activity(points, span), folder / ACTIVITY_FILE, compression="zstd", row_group_size=200_000)
    rows = [(f.channel, f.kind, f.start.isoformat(), f.end.isoformat(), f.detail) for f in faults]
    names = ["channel", "kind", "start", "end", "detail"]
    (folder / FAULTS_FILE).write_text(pl.DataFrame(rows, schema=names, orient="row").write_csv(), encoding="utf-8")


def true_activity(points: Sequence[Point], span: Span) -> pa.Table:
    """Hourly true activities of all channels, in the columns of a ledger's activities."""
    first = int(span.start.timestamp()) // 3600
    channels, hours, values = [], [], []
    for point in sorted(points, key=lambda p: channel_key(p.id)):
        hour, value = _hourly(point, span, first)
        channels.append(np.full(hour.size, channel_key(point.id)))
        hours.append(hour)
        values.append(value)
    size = sum(h.size for h in hours)
    nothing, whole = np.zeros(size, np.int32), np.full(size, 3600, np.int32)
    return pa.table(
        [
            pa.array(np.concatenate(channels)),
            pa.array(np.concatenate(hours) * _HOUR_US).cast(pa.timestamp("us", tz="UTC")),
            pa.array(np.concatenate(values)),
            pa.array(whole),
            pa.array(nothing),
            pa.array(nothing),
            pa.array(nothing),
            pa.array(np.zeros(size, np.int64)),
        ],
        schema=ACTIVITY,
    )


def _hourly(point: Point, span: Span, first: int) -> tuple[Ints, Ints]:
    """Hours since 1970, and what was counted in them."""
    if point.step == "15min":
        value = point.truth.reshape(-1, PER_HOUR).sum(axis=1)
        return first + np.arange(value.size), value
    if point.step == "1h":
        return first + np.arange(point.truth.size), point.truth
    if point.kind == "level":  # a change of stock stands in the last hour of its month
        ends = np.array([_month_hour(m + 1) for m, _, _ in span.months])
        return ends - 1, np.diff(point.truth)
    if point.step == "1d":
        edges = first + 24 * np.arange(point.truth.size + 1)
    elif point.step == "1month":
        edges = np.array([_month_hour(m) for m in [m for m, _, _ in span.months] + [span.months[-1][0] + 1]])
    else:
        years = range(YEAR - point.truth.size + 1, YEAR + 2)
        edges = np.array([int(datetime(y, 1, 1, tzinfo=LOCAL).timestamp()) // 3600 for y in years])
    return np.arange(edges[0], edges[-1]), _spread(point.truth, np.diff(edges))


def _month_hour(month: int) -> int:
    return int(datetime(YEAR + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=LOCAL).timestamp()) // 3600


def _spread(values: Ints, hours: Ints) -> Ints:
    """Sums spread evenly over their hours, exactly."""
    row = np.repeat(np.arange(values.size), hours)
    at = np.arange(row.size) - np.repeat(np.cumsum(hours) - hours, hours)
    value, length = values[row], hours[row]
    return np.asarray((at + 1) * value // length - at * value // length)
