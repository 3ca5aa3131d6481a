"""From readings to hourly activity: what each channel counted in each hour, and how well that is known.

Integers only, so the result is the same in any order and on any machine, and hours add up to the readings exactly.
"""

from datetime import datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa

from lingtan.base.errors import DataError
from lingtan.metering.channels import Book, Terms
from lingtan.metering.columns import MICROSECOND, Columns
from lingtan.metering.counters import changes, differences
from lingtan.metering.exact import Bools, Ints, scaled
from lingtan.metering.hours import HOUR, hourly
from lingtan.metering.spans import Spans, concat, without_overlaps
from lingtan.park.model import Park

ACTIVITY = pa.schema(
    [
        pa.field("channel", pa.int64(), nullable=False),
        pa.field("hour", pa.timestamp("us", tz="UTC"), nullable=False),  # its start
        pa.field(
            "value", pa.int64(), nullable=False
        ),  # 1/1000 of the carrier's metering unit, multiplier and content applied
        pa.field("covered_s", pa.int32(), nullable=False),  # seconds of the hour with a usable value
        pa.field("estimated_s", pa.int32(), nullable=False),  # of those: estimated or edited
        pa.field("spread_s", pa.int32(), nullable=False),  # of those: spread evenly from a longer interval
        pa.field("rejected_s", pa.int32(), nullable=False),  # seconds whose reading is impossible and not used
        pa.field("rev", pa.int64(), nullable=False),  # newest revision behind the row
    ]
)
VERSION = 2  # raised whenever the same readings give other activities; caches carry it


def activities(
    readings: pa.Table, park: Park | Book, start: datetime, end: datetime, *, step_s: int = HOUR
) -> pa.Table:
    r"""Hourly activity of every channel from its readings.

    For an interval reading :math:`v` of D seconds the activity is
    :math:`V = \mathrm{round}(v \cdot m \cdot c)`, with multiplier m in force at its start and content c; its share in
    an hour is :math:`C(t_2) - C(t_1)`, :math:`C(t) = \mathrm{round}(V t / D)`, so shares add up to V. A counter gives
    the differences of its states, a level its changes, placed in the hour before the newer instant.

    Parameters
    ----------
    readings : Table
        :data:`~lingtan.metering.readings.STORED` columns, one row per key. Of interval channels at least the rows that
        overlap the period; of counters and levels all rows, because the neighbours beyond the period are needed.
    park : Park or Book
        The park; pass a :class:`~lingtan.metering.channels.Book` where the function is called for many pieces.
    start, end : datetime
        Hours that begin in ``[start, end)`` are returned.
    step_s : int
        Length of what is called an hour here; 900 gives quarter hours. [s]

    Returns
    -------
    Table
        :data:`ACTIVITY` columns by channel and hour; an hour without any reading has no row. Two adjacent periods give
        the same rows as their union.

    Raises
    ------
    DataError
        ``metering.overflow`` if a value leaves int64.

    Notes
    -----
    Not used, and counted in ``rejected_s``: negative values of unsigned channels and values above the channel's rating,
    unless a person confirmed or edited them; steps back of a counter. Where readings overlap, the finer one counts, then
    the newer one (:mod:`lingtan.metering.spans`). Rows of channels that the park does not know, and interval rows
    without a duration, are left out; the checks report them.
    """
    book = park if isinstance(park, Book) else Book(park)
    columns = Columns(readings)
    parts: list[Spans] = []

    plain: list[tuple[int, int, Terms]] = []
    for low, high in columns.runs():
        terms = book.terms(int(columns.channel[low]))
        if terms is None:
            continue
        if terms.kind == "interval":
            plain.append((low, high, terms))
        else:
            states = columns.states(low, high)
            parts.append(differences(terms, states) if terms.kind == "counter" else changes(terms, states))
    if plain:
        parts.append(without_overlaps(_intervals(columns, plain)))
    first, last = (-int(-at.timestamp() // step_s) for at in (start, end))
    if not parts:
        return ACTIVITY.empty_table()
    spans = concat(parts)
    near = (spans.high > first * step_s) & (spans.low < last * step_s)
    if not near.all():  # registers bring the rows of all time with them
        spans = spans.take(near)
    if len(parts) > 1:
        spans = spans.take(np.lexsort((spans.low, spans.channel)))
    return _table(hourly(spans, first, last, step_s), step_s)


def _intervals(columns: Columns, runs: list[tuple[int, int, Terms]]) -> Spans:
    """The interval rows of many channels: value with multiplier and content, and whether it is possible."""
    if sum(high - low for low, high, _ in runs) == len(columns):
        rows: Ints | slice = slice(None)
    else:
        rows = np.concatenate([np.arange(low, high) for low, high, _ in runs])
    channel, start, seconds = columns.channel[rows], columns.start[rows], columns.seconds[rows]
    quality, rev = columns.quality[rows], columns.rev[rows]
    value = _accounted(columns.value[rows], start, runs)
    usable = np.ones(len(value), dtype=np.bool_)
    at = 0
    suspects: list[tuple[int, int, Terms]] = []
    lengths = np.array([high - low for low, high, _ in runs], dtype=np.int64)
    begins = np.cumsum(lengths) - lengths
    lowest, highest = np.minimum.reduceat(value, begins), np.maximum.reduceat(value, begins)
    shortest = np.minimum.reduceat(seconds, begins)
    for i, (low, high, terms) in enumerate(runs):
        at, to = int(begins[i]), int(begins[i]) + high - low
        bound = terms.limit is not None and max(abs(int(lowest[i])), int(highest[i])) * 3600 > terms.limit * int(
            shortest[i]
        )
        if bound or (not terms.signed and lowest[i] < 0):
            suspects.append((at, to, terms))
    for at, to, terms in suspects:
        usable[at:to] = possible(terms, value[at:to], seconds[at:to], columns.trusted(quality[at:to]))
    spans = Spans.whole(channel, start, seconds, value, estimated=columns.estimated(quality), usable=usable, rev=rev)
    return spans if (shortest > 0).all() else spans.take(seconds > 0)


def possible(terms: Terms, value: Ints, seconds: Ints, trusted: Bools) -> Bools:
    """Whether interval values (after the multiplier) can be: sign and rating, unless a person vouched for them."""
    good = np.ones(len(value), dtype=np.bool_) if terms.signed else value >= 0
    if terms.limit is not None and terms.limit < 2**49:  # else beyond any meter, and its product with 3600 beyond int64
        hours = seconds // 3600
        good &= np.abs(value) <= terms.limit * hours + (terms.limit * (seconds - hours * 3600) + 3599) // 3600
    return good | trusted


def _accounted(raw: Ints, start: Ints, runs: list[tuple[int, int, Terms]]) -> Ints:
    """Raw numbers times multiplier (by date) and content."""
    if all(len(terms.eras) == 1 and terms.eras[0].factor == 1 for *_, terms in runs):
        return raw
    num, den, many = [], [], []
    at = 0
    for low, high, terms in runs:
        to = at + high - low
        changes_s = [era.start_s for era in terms.eras[1:]]
        edges = [at, *(np.searchsorted(start[at:to], changes_s) + at).tolist(), to] if changes_s else [at, to]
        for era, begin, end in zip(terms.eras, edges, edges[1:], strict=False):
            num.append(era.factor.numerator)
            den.append(era.factor.denominator)
            many.append(end - begin)
        at = to
    if max(max(num), max(den)) >= 2**62:
        raise DataError("metering.overflow", value=str(max(Fraction(n, d) for n, d in zip(num, den, strict=True))))
    if max(den) == 1:
        return scaled(raw, np.repeat(np.array(num, dtype=np.int64), many), 1)
    return scaled(raw, np.repeat(np.array(num, dtype=np.int64), many), np.repeat(np.array(den, dtype=np.int64), many))


def _table(found: dict[str, Ints], step_s: int) -> pa.Table:
    columns = [
        pa.array(found["channel"]),
        pa.array(found["hour"] * (step_s * MICROSECOND)).cast(pa.timestamp("us", tz="UTC")),
        pa.array(found["value"]),
        *(pa.array(found[name].astype(np.int32)) for name in ("covered_s", "estimated_s", "spread_s", "rejected_s")),
        pa.array(found["rev"]),
    ]
    return pa.Table.from_arrays(columns, schema=ACTIVITY)
