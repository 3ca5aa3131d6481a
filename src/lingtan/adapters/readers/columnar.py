"""Parquet and Arrow files: typed columns, bounded before they are unfolded."""

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lingtan.adapters.readers.limits import Limits
from lingtan.base.errors import InputError
from lingtan.metering.shapes.sheet import Sheet


def read_columns(path: Path, kind: str, file: str, limits: Limits) -> Sheet:
    """A columnar file as a sheet with typed columns; nested columns are left out.

    Raises
    ------
    InputError
        ``import.damaged`` if it cannot be read, ``import.too-big``, ``import.too-wide``, ``import.empty``.
    """
    try:
        table = _parquet(path, file, limits) if kind == "parquet" else _arrow(path, kind, file, limits)
    except (pa.ArrowException, OSError, ValueError, KeyError, NotImplementedError, OverflowError) as error:
        raise InputError("import.damaged", file=file, detail=_first_line(error)) from None
    columns: list[pl.Series] = []
    header: list[str] = []
    for name in table.column_names:
        column = table[name]
        if pa.types.is_nested(column.type):
            continue
        try:
            series = pl.Series(f"c{len(columns)}", _simple(column))
        except (pa.ArrowException, pl.exceptions.PolarsError, ValueError, TypeError) as error:
            raise InputError("import.damaged", file=file, detail=_first_line(error)) from None
        columns.append(series)
        header.append(name)
    if not columns or not table.num_rows:
        raise InputError("import.empty", file=file)
    return Sheet(file, pl.DataFrame(columns), header=tuple(header))


def _parquet(path: Path, file: str, limits: Limits) -> pa.Table:
    with pq.ParquetFile(path) as source:
        _check(source.metadata.num_rows, len(source.schema_arrow), file, limits)
        size = sum(source.metadata.row_group(i).total_byte_size for i in range(source.metadata.num_row_groups))
        if size > limits.unpacked_bytes:
            raise InputError("import.too-big", file=file, size=size, limit=limits.unpacked_bytes)
        return source.read()


def _arrow(path: Path, kind: str, file: str, limits: Limits) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        if kind == "arrow_stream":
            with pa.ipc.open_stream(source) as stream:
                return _bounded(stream, file, limits)
        reader = pa.ipc.open_file(source)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        return _bounded(batches, file, limits, reader.schema)


def _bounded(batches: Any, file: str, limits: Limits, schema: Any = None) -> pa.Table:
    kept, rows = [], 0
    for batch in batches:
        rows += batch.num_rows
        _check(rows, batch.num_columns, file, limits)
        batch.validate(full=True)
        kept.append(batch)
    return pa.Table.from_batches(kept, schema=schema or batches.schema)


def _check(rows: int, columns: int, file: str, limits: Limits) -> None:
    if columns > limits.columns:
        raise InputError("import.too-wide", file=file, columns=columns, limit=limits.columns)
    if rows > limits.rows:
        raise InputError("import.too-big", file=file, size=rows, limit=limits.rows)


def _simple(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of a type that every shape reads: texts out of dictionaries, bytes and decimals."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _text(column)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _text(column.cast(pa.binary()).cast(pa.string()))
    if pa.types.is_decimal(kind):
        return column.cast(pa.string())
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    return column


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of texts that are UTF-8; bytes of a damaged file that are not raise ArrowInvalid."""
    column = column.cast(pa.large_string())
    column.validate(full=True)
    return column


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
