"""Readings in columns, checked and durable in one step: for the API, for drivers and for whoever has Arrow tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.time import iso
from lingtan.base.units import MILLI
from lingtan.metering.channels import reading_unit
from lingtan.metering.exact import scaled
from lingtan.metering.readings import SCHEMA
from lingtan.metering.shapes.numbers import GOOD, milli
from lingtan.metering.shapes.timing import STEP_SECONDS
from lingtan.park.activities import Activity
from lingtan.park.carriers import carriers
from lingtan.park.model import Park, channels
from lingtan.services.ports import Receipt
from lingtan.services.watch_readings import readings_came
from lingtan.services.workspace import Workspace

Ints = npt.NDArray[np.int64]
STAMP = pa.timestamp("us", tz="UTC")
FIRST, LAST = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for y in (1990, 2201))
LONGEST = 366 * 86400
EXACT = 2**53
NAMED = 1000  # channels that a commit lists by name


@dataclass(frozen=True)
class _Known:
    """A channel as a batch needs it: key, whether its readings last, stated step, stored units in one channel unit."""

    id: str
    key: int
    lasts: bool
    step: int
    size: Fraction


class Ingest:
    """Takes batches for one workspace; what the park file says is prepared once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known = sorted(known_channels(workspace.park).values(), key=lambda k: k.key)
        self._places = {k.id: i for i, k in enumerate(self._known)}
        self._keys = np.array([k.key for k in self._known], np.int64)
        self._lasts = np.array([k.lasts for k in self._known], np.bool_)
        self._steps = np.array([k.step if k.lasts else 0 for k in self._known], np.int32)
        self._sizes = sorted({k.size for k in self._known})
        self._size = np.array([self._sizes.index(k.size) for k in self._known], np.int64)

    def commit(
        self, batch: pa.Table | pa.RecordBatch, *, source: Mapping[str, Any] = {}, again: bool = False
    ) -> Receipt:
        """Check a batch and store it durably.

        Parameters
        ----------
        batch
            Columns ``channel`` (id as text, or key as int64), ``start`` (with a zone) and ``value``: int64 in 1/1000 of the
            reading unit, or float64 or decimal in the channel's unit. Optional: ``seconds`` (else the channel's step),
            ``quality``, ``method``, ``available_at``.

        Raises
        ------
        InputError
            ``import.batch-…`` with the first thing that is wrong; nothing is stored.
        """
        table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        if not table.num_rows:
            raise InputError("import.no-rows")
        places = self._channels(table)
        start = self._start(table)
        seconds = self._seconds(table, places)
        value = self._value(table, places)
        keys = self._keys[places]
        columns = [
            pa.array(keys), start, pa.array(seconds), value, _small(table, "quality"), _small(table, "method"),
            _column(table, "available_at", STAMP) if "available_at" in table.column_names else pa.nulls(len(keys), STAMP),
        ]  # fmt: skip
        made = pa.table(columns, schema=SCHEMA)
        receipt = self._workspace.store.commit(
            made,
            kind="import",
            at=self._workspace.clock(),
            source=dict(source),
            channels=self._names(places),
            again=again,
        )
        readings_came(self._workspace, made, receipt)
        return receipt

    def _channels(self, table: pa.Table) -> Ints:
        """By row, the place of its channel among the park's channels by key."""
        if "channel" not in table.column_names:
            raise _missing("channel", "string | int64", table)
        column = table["channel"]
        if column.null_count:
            raise InputError("import.batch-null", column="channel", nulls=column.null_count)
        if pa.types.is_integer(column.type):
            return self._by_key(column.cast(pa.int64()).to_numpy())
        text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if not (text or pa.types.is_dictionary(column.type)):
            raise _missing("channel", "string | int64", table)
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        coded = coded.combine_chunks() if coded.num_chunks != 1 else coded.chunk(0)
        codes: Ints = coded.indices.to_numpy(zero_copy_only=False)
        if pa.types.is_integer(coded.dictionary.type):
            return self._by_key(coded.dictionary.cast(pa.int64()).to_numpy(zero_copy_only=False))[codes]
        found = []
        for name in coded.dictionary.to_pylist():
            place = self._places.get(name)
            if place is None:
                raise InputError("import.batch-channel", channel=name, nearest=nearest(str(name), self._places) or "–")
            found.append(place)
        return np.array(found, np.int64)[codes]

    def _by_key(self, keys: Ints) -> Ints:
        places = np.searchsorted(self._keys, keys)
        there = self._keys[np.minimum(places, len(self._keys) - 1)] == keys if len(self._keys) else keys != keys
        if not there.all():
            raise InputError("import.batch-key", channel=int(keys[int(there.argmin())]))
        return places

    def _names(self, places: Ints) -> dict[str, str]:
        """Ids by key; none for a wide batch: they follow from the park file, and would outweigh the readings."""
        occurring = np.flatnonzero(np.bincount(places, minlength=len(self._known)))
        if len(occurring) > NAMED:
            return {}
        return {str(self._known[i].key): self._known[i].id for i in occurring}

    @staticmethod
    def _start(table: pa.Table) -> pa.Array:
        column = _column(table, "start", STAMP)
        low, high = pc.min_max(column).as_py().values()
        for at in (low, high):
            if not FIRST <= int(at.timestamp()) * 1_000_000 < LAST:
                raise InputError("import.batch-time", time=iso(at))
        return column

    def _seconds(self, table: pa.Table, places: Ints) -> npt.NDArray[np.int32]:
        lasts = self._lasts[places]
        if "seconds" not in table.column_names:
            steps = self._steps[places]
            wrong = lasts & (steps <= 0)
        else:
            steps = _column(table, "seconds", pa.int32()).to_numpy(zero_copy_only=False)
            wrong = ((steps > 0) != lasts) | (steps > LONGEST) | (steps < 0)
        if wrong.any():
            i = int(wrong.argmax())
            raise InputError("import.batch-seconds", seconds=int(steps[i]), channel=self._known[int(places[i])].id)
        return steps

    def _value(self, table: pa.Table, places: Ints) -> pa.Array:
        if "value" not in table.column_names:
            raise _missing("value", "int64 | float64 | decimal", table)
        kind = table["value"].type
        if pa.types.is_int64(kind):
            return _column(table, "value", pa.int64())
        if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            raise _missing("value", "int64 | float64 | decimal", table)
        column = _column(table, "value", kind)
        size = self._size[places]
        if (size == size[0]).all():
            return pa.array(_fixed(column, self._sizes[int(size[0])]))
        found = np.zeros(len(column), np.int64)
        for number in np.unique(size):
            mine = size == number
            found[mine] = _fixed(column.filter(pa.array(mine)), self._sizes[int(number)])
        return pa.array(found)


def ingest(workspace: Workspace, batch: pa.Table, *, source: Mapping[str, Any] = {}, again: bool = False) -> Receipt:
    """Check and store one batch; see :meth:`Ingest.commit`."""
    return Ingest(workspace).commit(batch, source=source, again=again)


def known_channels(park: Park) -> dict[str, _Known]:
    """The channels of a park as batches need them."""
    info = carriers(park)
    found = {}
    for name, (_, channel) in channels(park).items():
        step = STEP_SECONDS[channel.step]
        power = channel.activity is not Activity.REFERENCE and channel.unit.lower() in ("kw", "mw", "w", "gw")
        size = reading_unit(channel, info)[1]
        seconds = step if isinstance(step, int) else 0
        # a channel of power states the mean of its interval
        found[name] = _Known(
            name, channel_key(name), channel.kind == "interval", seconds, size * seconds / 3600 if power else size
        )
    return found


def _fixed(column: pa.Array, size: Fraction) -> Ints:
    """Numbers in channel units as integers of 1/1000 stored units, by their shortest decimal text."""
    if pa.types.is_floating(column.type):
        number = column.to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.rint(number * MILLI)
            # the float next to a decimal of three places is that decimal
            exact = (near / MILLI == number) & (np.abs(near) < EXACT)
        if exact.all():
            whole = near.astype(np.int64)
            return whole if size == 1 else scaled(whole, size.numerator, size.denominator)
    made = milli(pl.Series(pl.from_arrow(column)).cast(pl.String), size)
    bad = made["state"] != GOOD
    if bad.any():
        raise InputError("import.batch-value", value=str(column[int(bad.arg_max() or 0)].as_py()))
    return made["value"].to_numpy()


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """A column without nulls as one array of a type."""
    if name not in table.column_names:
        raise _missing(name, str(kind), table)
    column = table[name]
    if column.null_count and name != "available_at":
        raise InputError("import.batch-null", column=name, nulls=column.null_count)
    aware = not pa.types.is_timestamp(kind) or (pa.types.is_timestamp(column.type) and column.type.tz)
    if column.type != kind:
        try:
            column = column.cast(kind) if aware else None
        except pa.ArrowException:
            column = None
        if column is None:
            raise _missing(name, str(kind), table)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _small(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        return pa.array(np.zeros(table.num_rows, np.int8))
    return _column(table, name, pa.int8())


def _missing(name: str, kind: str, table: pa.Table) -> InputError:
    found = str(table[name].type) if name in table.column_names else "–"
    return InputError("import.batch-column", column=name, type=kind, found=found)
