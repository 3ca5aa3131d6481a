"""Spans summed into hours: short ones whole, longer ones by exact shares."""

from collections.abc import Mapping

import numpy as np

from lingtan.metering.exact import Ints, until
from lingtan.metering.spans import Spans

HOUR = 3600
SUMS = ("value", "covered_s", "estimated_s", "spread_s", "rejected_s")


def hourly(spans: Spans, first: int, last: int, step_s: int = HOUR) -> dict[str, Ints]:
    """Sums by channel and hour for hours ``first`` to ``last`` (exclusive; hours since 1970), sorted.

    With another ``step_s`` every "hour" is a step of so many seconds.

    Columns: channel, hour, value, covered_s, estimated_s, spread_s, rejected_s, rev.
    """
    begin = spans.low // step_s
    inside = (spans.high - 1) // step_s == begin
    inside &= spans.high - spans.low == spans.seconds
    if inside.all():
        return _summed(_columns(spans, begin, spans.seconds, spans.value), first, last, step_s)
    short, long = spans.take(inside), spans.take(~inside)
    whole = _columns(short, begin[inside], short.seconds, short.value)
    split = _split(long, first, last, step_s)
    parts = {name: np.concatenate([whole[name], split[name]]) for name in whole}
    order = np.lexsort((parts["hour"], parts["channel"]))
    return _summed({name: column[order] for name, column in parts.items()}, first, last, step_s)


def _columns(spans: Spans, hour: Ints, seconds: Ints, value: Ints) -> dict[str, Ints]:
    every = bool(spans.usable.all())
    used = seconds if every else np.where(spans.usable, seconds, 0)
    nothing = np.zeros(1, dtype=np.int64)  # stands for a column of zeros until it is known how long
    return {
        "channel": spans.channel,
        "hour": hour,
        "value": value if every else np.where(spans.usable, value, 0),
        "covered_s": used,
        "estimated_s": np.where(spans.estimated, used, 0)
        if spans.estimated.any()
        else np.broadcast_to(nothing, len(hour)),
        "spread_s": np.where(spans.assumed, used, 0) if spans.assumed.any() else np.broadcast_to(nothing, len(hour)),
        "rejected_s": np.broadcast_to(nothing, len(hour)) if every else seconds - used,
        "rev": spans.rev,
    }


def _split(spans: Spans, first: int, last: int, step_s: int) -> dict[str, Ints]:
    """Spans cut at the full hours inside ``[first, last)``; the shares of a span add up to its value."""
    low = np.maximum(spans.low // step_s, first)
    high = np.minimum((spans.high - 1) // step_s + 1, last)
    many = np.maximum(high - low, 0)
    row = np.repeat(np.arange(len(spans)), many)
    hour = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + low[row]
    cut = spans.take(row)
    begin = np.maximum(hour * step_s, cut.low) - cut.start
    end = np.minimum(hour * step_s + step_s, cut.high) - cut.start
    value = until(cut.value, end, cut.seconds) - until(cut.value, begin, cut.seconds)
    return _columns(cut, hour, end - begin, value)


def _summed(rows: Mapping[str, Ints], first: int, last: int, step_s: int) -> dict[str, Ints]:
    """Rows sorted by channel and hour, one for each; seconds that were rejected but covered otherwise do not count."""
    hour = rows["hour"]
    if len(hour) and (hour.min() < first or hour.max() >= last):
        wanted = (hour >= first) & (hour < last)
        rows = {name: column[wanted] for name, column in rows.items()}
        hour = rows["hour"]
    new = np.ones(len(hour), dtype=np.bool_)
    new[1:] = (hour[1:] != hour[:-1]) | (rows["channel"][1:] != rows["channel"][:-1])
    starts = np.flatnonzero(new)
    if len(starts) == len(hour):
        found = dict(rows)
    else:
        found = {name: rows[name][starts] for name in ("channel", "hour")}
        for name in SUMS:
            column = rows[name]
            flat = column.strides[0] == 0  # all zeros
            found[name] = column[: len(starts)] if flat else np.add.reduceat(column, starts)
        found["rev"] = np.maximum.reduceat(rows["rev"], starts)
    if found["rejected_s"].any():
        found["rejected_s"] = np.minimum(found["rejected_s"], step_s - found["covered_s"])
    return found
