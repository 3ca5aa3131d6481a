"""A batch in its canonical form: sorted, without duplicate keys, and named by the hash of what it says.

The hash covers the seven columns of ``SCHEMA`` row by row in key order, not bytes of a file, so the same content from
a file of another shape has the same name. Columns with one value throughout are hashed, and kept, as that value.
"""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from lingtan.adapters.store.order import Ints, ints, is_sorted, order
from lingtan.base.errors import DataError, InputError, Problem
from lingtan.base.time import iso
from lingtan.metering.readings import SCHEMA

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALWAYS_KEPT = ("channel", "value")
SHOWN = 20  # problems listed for one batch


@dataclass(frozen=True)
class Batch:
    """Rows sorted by channel and start; ``constants`` holds the columns that have one value."""

    rows: int
    columns: Mapping[str, Any]  # arrow arrays of the columns that vary, and of those always kept
    constants: Mapping[str, int | None]  # instants in microseconds since 1970
    content: str
    extent: tuple[int, int, int, int]  # least and greatest channel, least and greatest start [us]
    parts: Mapping[str, int]


def canonical(table: pa.Table, channels: Mapping[str, str]) -> Batch:
    """``table`` sorted and hashed.

    Raises
    ------
    InputError
        ``store.schema`` if a column is missing, extra, of another type, or null where it may not be;
        ``store.empty-batch`` if there is no row.
    DataError
        ``store.duplicate-key`` if a (channel, start) comes twice.
    """
    _check(table)
    channel, start = ints(table["channel"]), ints(table["start"])
    if not is_sorted(channel, start):
        index = order(channel, start)
        table = table.take(pa.array(index))
        channel, start = channel[index], start[index]
    if channel[0] < 0:
        raise InputError("store.schema", detail="channel < 0")
    same = (channel[1:] == channel[:-1]) & (start[1:] == start[:-1])
    if same.any():
        raise _duplicates(channel[1:][same], start[1:][same], channels)
    columns: dict[str, Any] = {}
    constants: dict[str, int | None] = {}
    hashed = hashlib.sha256(b"lingtan readings 1 %d" % len(channel))
    for name in SCHEMA.names:
        column = table[name]
        array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        _feed(name, array, hashed, constants)
        if name not in constants or name in ALWAYS_KEPT:
            constants.pop(name, None)
            columns[name] = array
    low, high = int(start.min()), int(start.max())
    return Batch(
        rows=len(channel),
        columns=columns,
        constants=constants,
        content=hashed.hexdigest(),
        extent=(int(channel[0]), int(channel[-1]), low, high),
        parts=_parts(channel, start, low, high),
    )


def _check(table: pa.Table) -> None:
    if not table.schema.equals(SCHEMA):
        have = {f.name: str(f.type) for f in table.schema}
        wrong = [f"{f.name}: {have.get(f.name, '–')} ≠ {f.type}" for f in SCHEMA if have.get(f.name) != str(f.type)]
        wrong += [f"{name}: ?" for name in have if name not in SCHEMA.names]
        raise InputError(
            "store.schema", detail="; ".join(wrong) or f"{table.schema.names} ≠ {SCHEMA.names}, or nullable"
        )
    if not table.num_rows:
        raise InputError("store.empty-batch")
    nulls = [f.name for f in SCHEMA if not f.nullable and table[f.name].null_count]
    if nulls:
        raise InputError("store.schema", detail=", ".join(f"{name}: null" for name in nulls))


def _duplicates(channel: Ints, start: Ints, names: Mapping[str, str]) -> DataError:
    """The error that names each key that comes twice (the first twenty)."""
    pairs = [
        (names.get(str(c), str(c)), iso(instant(int(s)))) for c, s in zip(channel[:SHOWN], start[:SHOWN], strict=True)
    ]
    problems = [Problem("store.duplicate-row", values={"channel": c, "time": t}) for c, t in pairs]
    return DataError("store.duplicate-key", problems=problems, channel=pairs[0][0], time=pairs[0][1], keys=len(channel))


def _feed(name: str, array: Any, hashed: Any, constants: dict[str, int | None]) -> None:
    """Add a column to the hash; note it in ``constants`` if it has one value."""
    mask = None
    if array.null_count == len(array):
        constants[name] = None
    else:
        if array.null_count:
            mask = np.asarray(array.is_null().to_numpy(zero_copy_only=False))
            array = array.cast(pa.int64()) if pa.types.is_timestamp(array.type) else array
            array = array.fill_null(0)
        values = ints(array)
        if mask is None and values[0] == values[-1] and (values == values[0]).all():
            constants[name] = int(values[0])
    if name in constants:
        hashed.update(f"|{name}={constants[name]}".encode())
        return
    hashed.update(f"|{name}:".encode())
    hashed.update(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).view(np.uint8).data)
    if mask is not None:
        hashed.update(b"~" + np.packbits(mask).tobytes())


def _parts(channel: Ints, start: Ints, low: int, high: int) -> dict[str, int]:
    """Bucket masks by UTC month."""
    bits = np.left_shift(1, channel >> 59)
    if month(low) == month(high):
        return {month(low): int(np.bitwise_or.reduce(bits))}
    of_row = start.view("M8[us]").astype("M8[M]")
    return {str(one): int(np.bitwise_or.reduce(bits[of_row == one])) for one in np.unique(of_row)}


def month(us: int) -> str:
    """The UTC month of an instant in microseconds."""
    return instant(us).strftime("%Y-%m") if us >= 0 else str(np.datetime64(us, "us").astype("M8[M]"))


@functools.lru_cache(4096)
def month_bounds(label: str) -> tuple[int, int]:
    """A UTC month as ``[start, end)`` in microseconds."""
    first = np.datetime64(label, "M")
    return int(first.astype("M8[us]").astype(np.int64)), int((first + 1).astype("M8[us]").astype(np.int64))


def instant(us: int) -> datetime:
    """Microseconds since 1970 as an instant."""
    return EPOCH + timedelta(microseconds=us)


def microseconds(at: datetime) -> int:
    """An instant as microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)
