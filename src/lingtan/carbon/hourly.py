"""The ledger with factors by the hour, as relations; see :mod:`lingtan.carbon.ledger` for ``activity`` and ``calendar``.

``lines(line, channel, month, series, sign)``   which series of factors a channel's quantity meets in a month, in which line
``hourly(series, hour, k)``                     the factors, micro kg per unit
``pools(channel, month, pool)``                 channels that stand in the same lines with the same signs share a pool
``shares(pool, month, line, series, sign)``     what a pool's quantity is multiplied with

Because integers distribute, a pool's quantity of an hour is summed once and multiplied once for each of its lines.
"""

from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from lingtan.carbon.ledger import WIDE


def hourly_rows(activity: ir.Table, calendar: ir.Table, lines: ir.Table, hourly: ir.Table) -> ir.Table:
    """The row-level ledger: one entry for each line and hour of a channel. [µg]"""
    a = activity.join(calendar, "hour").select("channel", "hour", "month", "value")
    stands = lines.select("line", "channel", "month", "series", "sign")
    joined = a.join(stands, ["channel", "month"]).join(hourly, ["series", "hour"])
    signed = joined.mutate(k=joined.k * joined.sign)
    return signed.select("line", "channel", "hour", "month", "value", "k", ug=signed.value * signed.k)


def pooled(lines: pa.Table) -> tuple[pa.Table, pa.Table]:
    """``lines`` as ``pools`` and ``shares``: small tables, made before the engine sees them."""
    standing: dict[tuple[int, int], list[tuple[str, str, int]]] = {}
    columns = [lines[name].to_pylist() for name in ("channel", "month", "line", "series", "sign")]
    for channel, month, *share in zip(*columns, strict=True):
        standing.setdefault((channel, month), []).append(tuple(share))
    numbers: dict[tuple[Any, ...], int] = {}
    members = [
        (channel, month, numbers.setdefault((month, *sorted(stands)), len(numbers)))
        for (channel, month), stands in sorted(standing.items())
    ]
    pools = pa.table(
        {
            "channel": pa.array([m[0] for m in members], pa.int64()),
            "month": pa.array([m[1] for m in members], lines["month"].type),
            "pool": pa.array([m[2] for m in members], pa.int64()),
        }
    )
    rows = [(number, key[0], *share) for key, number in numbers.items() for share in key[1:]]
    shares = pa.table(
        {
            "pool": pa.array([r[0] for r in rows], pa.int64()),
            "month": pa.array([r[1] for r in rows], lines["month"].type),
            "line": pa.array([r[2] for r in rows], pa.string()),
            "series": pa.array([r[3] for r in rows], pa.string()),
            "sign": pa.array([r[4] for r in rows], pa.int64()),
        }
    )
    return pools, shares


def pool_hours(activity: ir.Table, calendar: ir.Table, pools: ir.Table) -> ir.Table:
    """Quantities by pool and hour. [1/1000 unit]"""
    a = activity.select("channel", "hour", "value").join(calendar, "hour")
    joined = a.join(pools, ["channel", "month"])
    return joined.group_by("pool", "hour").agg(value=joined.value.sum().cast("int64"))


def hourly_sums(by_hour: ir.Table, shares: ir.Table, hourly: ir.Table) -> ir.Table:
    """Sums of :func:`hourly_rows` by line and month, from :func:`pool_hours`. [µg]"""
    joined = by_hour.join(shares, "pool").join(hourly, ["series", "hour"])
    product = joined.value.cast(WIDE) * (joined.k * joined.sign).cast(WIDE)
    return joined.group_by("line", "month").agg(ug=product.sum().cast(WIDE))
