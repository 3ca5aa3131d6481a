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
from lingtan.services.workspace import Workspace

Ints = npt.NDArray[np.int64]
STAMP = pa.timestamp("us", tz="UTC")
FIRST, LAST = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for y in (1990, 2201))
LONGEST = 366 * 86400
EXACT = 2**53


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
        self._by_id = known_channels(workspace.park)
        self._by_key = {k.key: k for k in self._by_id.values()}

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
        keys, codes, known = self._channels(table)
        start = self._start(table)
        seconds = self._seconds(table, codes, known)
        value = self._value(table, codes, known)
        columns = [
            pa.array(keys), start, pa.array(seconds), value, _small(table, "quality"), _small(table, "method"),
            _column(table, "available_at", STAMP) if "available_at" in table.column_names else pa.nulls(len(keys), STAMP),
        ]  # fmt: skip
        return self._workspace.store.commit(
            pa.table(columns, schema=SCHEMA),
            kind="import",
            at=self._workspace.clock(),
            source=dict(source),
            channels={str(k.key): k.id for k in known},
            again=again,
        )

    def _channels(self, table: pa.Table) -> tuple[Ints, Ints, list[_Known]]:
        """Keys by row, and by row the place of its channel in the list of those that occur."""
        if "channel" not in table.column_names:
            raise _missing("channel", "string | int64", table)
        column = table["channel"]
        if column.null_count:
            raise InputError("import.batch-null", column="channel", nulls=column.null_count)
        text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if not (text or pa.types.is_integer(column.type) or pa.types.is_dictionary(column.type)):
            raise _missing("channel", "string | int64", table)
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        coded = coded.combine_chunks() if coded.num_chunks != 1 else coded.chunk(0)
        known = []
        for name in coded.dictionary.to_pylist():
            found = self._by_id.get(name) if isinstance(name, str) else self._by_key.get(name)
            if found is None and isinstance(name, str):
                raise InputError("import.batch-channel", channel=name, nearest=nearest(name, self._by_id) or "–")
            if found is None:
                raise InputError("import.batch-key", channel=name)
            known.append(found)
        codes = coded.indices.to_numpy(zero_copy_only=False)
        return np.array([k.key for k in known], np.int64)[codes], codes, known

    @staticmethod
    def _start(table: pa.Table) -> pa.Array:
        column = _column(table, "start", STAMP)
        low, high = pc.min_max(column).as_py().values()
        for at in (low, high):
            if not FIRST <= int(at.timestamp()) * 1_000_000 < LAST:
                raise InputError("import.batch-time", time=iso(at))
        return column

    def _seconds(self, table: pa.Table, codes: Ints, known: list[_Known]) -> npt.NDArray[np.int32]:
        lasts = np.array([k.lasts for k in known])[codes]
        if "seconds" not in table.column_names:
            steps = np.array([k.step if k.lasts else 0 for k in known], np.int32)[codes]
            wrong = lasts & (steps <= 0)
        else:
            steps = _column(table, "seconds", pa.int32()).to_numpy(zero_copy_only=False)
            wrong = ((steps > 0) != lasts) | (steps > LONGEST) | (steps < 0)
        if wrong.any():
            i = int(wrong.argmax())
            raise InputError("import.batch-seconds", seconds=int(steps[i]), channel=known[int(codes[i])].id)
        return steps

    def _value(self, table: pa.Table, codes: Ints, known: list[_Known]) -> pa.Array:
        if "value" not in table.column_names:
            raise _missing("value", "int64 | float64 | decimal", table)
        kind = table["value"].type
        if pa.types.is_int64(kind):
            return _column(table, "value", pa.int64())
        if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            raise _missing("value", "int64 | float64 | decimal", table)
        column = _column(table, "value", kind)
        sizes = {k.size for k in known}
        if len(sizes) == 1:
            return pa.array(_fixed(column, sizes.pop()))
        found = np.zeros(len(column), np.int64)
        of_row = [k.size for k in known]
        for size in sizes:
            mine = np.array([s == size for s in of_row])[codes]
            found[mine] = _fixed(column.filter(pa.array(mine)), size)
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
