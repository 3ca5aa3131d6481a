"""Landing files: one commit each, its record in the schema's metadata, its rows as Arrow.

Columns with one value stand in the metadata, so a batch of one interval is little more than channels and values.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lingtan.adapters.store import record
from lingtan.adapters.store.batch import Batch
from lingtan.adapters.store.disk import disk_errors, write_durably
from lingtan.adapters.store.order import ints
from lingtan.base.errors import SourceError
from lingtan.base.ids import canonical_json
from lingtan.metering.readings import BUCKETS, SCHEMA, STORED
from lingtan.services.ports import Commit

NAME = re.compile(r"(\d{12})-([0-9a-f]{16})\.arrow\Z")
Extent = tuple[int, int, int, int]


@dataclass(frozen=True)
class Landed:
    """A landing file: its commit, the range of its keys, its constant columns."""

    path: Path
    commit: Commit
    extent: Extent | None
    constants: Mapping[str, int | None]

    @property
    def rev(self) -> int:
        return self.commit.rev


def write(folder: Path, commit: Commit, batch: Batch | None) -> Landed:
    """Write a commit durably; when this returns it is acknowledged."""
    head = {
        "commit": record.as_dict(commit),
        "extent": batch.extent if batch else None,
        "constants": batch.constants if batch else {},
    }
    columns = batch.columns if batch else {}
    schema = pa.schema([SCHEMA.field(name) for name in columns], metadata={"lingtan": canonical_json(head)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as file:
        if batch:
            file.write_batch(pa.RecordBatch.from_arrays(list(columns.values()), schema=schema))
    path = folder / f"{commit.rev:012d}-{commit.content[:16]}.arrow"
    write_durably(path, memoryview(sink.getvalue()), new=True)
    return Landed(path, commit, batch.extent if batch else None, batch.constants if batch else {})


def read_head(path: Path) -> Landed:
    """A landing file without its rows; ``FileNotFoundError`` if it is gone."""
    schema = _open(path).schema
    try:
        head = json.loads(schema.metadata[b"lingtan"])
        commit = record.parse(head["commit"])
        extent = head["extent"]
        return Landed(path, commit, tuple(extent) if extent else None, head["constants"])
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError("store.corrupt", path=str(path), detail=str(error)) from error


def read_rows(
    landed: Landed, *, channels: Collection[int] | None = None, start: int | None = None, end: int | None = None
) -> pa.Table:
    """The rows in ``STORED``, sorted by channel and start, of some channels with ``start`` in ``[start, end)``.

    The file is mapped, and what is not asked for is left out before anything is copied.
    """
    if landed.extent is None or not touches(landed.extent, channels=None, start=start, end=end):
        return STORED.empty_table()
    try:
        table = _open(landed.path).read_all()
    except pa.ArrowInvalid as error:
        raise SourceError("store.corrupt", path=str(landed.path), detail=str(error)) from error
    if table.num_rows != landed.commit.rows:
        detail = f"{table.num_rows} ≠ {landed.commit.rows}"
        raise SourceError("store.corrupt", path=str(landed.path), detail=detail)
    table = select(table, channels=channels, start=start, end=end)
    columns = []
    for name, field in zip(STORED.names, STORED, strict=True):
        if name == "rev":
            columns.append(pa.array(np.full(table.num_rows, landed.rev)))
        elif name in landed.constants:
            columns.append(_constant(landed.constants[name], table.num_rows, field.type))
        else:
            columns.append(table[name])
    return pa.table(columns, schema=STORED)


def select(table: pa.Table, *, channels: Collection[int] | None, start: int | None, end: int | None) -> pa.Table:
    """Of rows sorted by channel: those of some channels with ``start`` in ``[start, end)``.

    A table without a column ``start`` has one start, which the caller has looked at.
    """
    keep = None
    if channels is not None:
        channel = ints(table["channel"])
        wanted = np.fromiter(channels, np.int64, len(channels))
        low = int(np.searchsorted(channel, wanted.min(), "left")) if len(wanted) else 0
        high = int(np.searchsorted(channel, wanted.max(), "right")) if len(wanted) else 0
        table = table.slice(low, high - low)
        if len(wanted) > 1:
            keep = np.isin(channel[low:high], wanted)
    if (start is not None or end is not None) and table.num_rows and "start" in table.column_names:
        at = ints(table["start"])
        for limit in (at >= start if start is not None else None, at < end if end is not None else None):
            if limit is not None and not limit.all():
                keep = limit if keep is None else keep & limit
    return table if keep is None else table.filter(pa.array(keep))


def outside(table: pa.Table, landed: Landed, sealed: Mapping[str, int]) -> pa.Table:
    """The rows whose month is not sealed up to this file's revision."""
    done = {label for label in landed.commit.parts if sealed.get(label, 0) >= landed.rev}
    if not done:
        return table
    if len(done) == len(landed.commit.parts):
        return table.slice(0, 0)
    of_row = ints(table["start"]).view("M8[us]").astype("M8[M]")
    return table.filter(pa.array(~np.isin(of_row, np.array(sorted(done), "M8[M]"))))


def touches(extent: Extent | None, *, channels: tuple[int, int] | None, start: int | None, end: int | None) -> bool:
    """Whether a file's range of keys can hold a row that is asked for."""
    if extent is None:
        return False
    if channels is not None and (channels[1] < extent[0] or channels[0] > extent[1]):
        return False
    return not ((start is not None and extent[3] < start) or (end is not None and extent[2] >= end))


def in_buckets(table: pa.Table, first: int, last: int) -> pa.Table:
    """Of rows sorted by channel, those of the buckets ``first`` to ``last``."""
    if (first, last) == (0, BUCKETS - 1):
        return table
    channel = ints(table["channel"])
    low = int(np.searchsorted(channel, first << 59, "left"))
    high = int(np.searchsorted(channel, (last << 59) | ((1 << 59) - 1), "right"))
    return table.slice(low, high - low)


def in_buckets_of_file(file: Any, first: int, last: int) -> pa.Table:
    """The same of a sealed Parquet file, reading only the row groups that can hold them."""
    groups = groups_of(file, first << 59, ((last + 1) << 59) - 1)
    if not groups:
        return STORED.empty_table()
    return in_buckets(file.read_row_groups(groups, columns=STORED.names).cast(STORED), first, last)


def groups_of(file: Any, first: int, last: int) -> list[int]:
    """The row groups of a sealed file that can hold channels from ``first`` to ``last``."""
    at, meta = file.schema_arrow.get_field_index("channel"), file.metadata
    found = []
    for index in range(meta.num_row_groups):
        stats = meta.row_group(index).column(at).statistics
        if stats.max >= first and stats.min <= last:
            found.append(index)
    return found


def _constant(value: int | None, rows: int, kind: pa.DataType) -> pa.Array:
    if value is None:
        return pa.nulls(rows, kind)
    if pa.types.is_timestamp(kind):
        return pa.array(np.full(rows, value, np.int64)).cast(kind)
    return pa.array(np.full(rows, value, kind.to_pandas_dtype()))


def _open(path: Path) -> Any:
    with disk_errors(path):
        try:
            return pa.ipc.open_file(pa.memory_map(str(path)))
        except pa.ArrowInvalid as error:
            raise SourceError("store.corrupt", path=str(path), detail=str(error)) from error
