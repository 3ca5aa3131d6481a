"""Integer columns to arrays and back without pandas, whose import costs a quarter of a second on either way of pyarrow's own."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def int64s(column: Any) -> npt.NDArray[np.int64]:
    """A column of integers or instants without nulls; instants as microseconds since 1970."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz))
    plain = column.cast(pa.int64())
    if isinstance(plain, pa.ChunkedArray):
        plain = plain.combine_chunks() if plain.num_chunks != 1 else plain.chunk(0)
    if plain.null_count:
        raise ValueError(f"{plain.null_count} values are missing")
    if not len(plain):
        return np.zeros(0, np.int64)
    return np.frombuffer(plain.buffers()[1], np.int64, len(plain), plain.offset * 8)


def int_table(columns: dict[str, npt.NDArray[Any]]) -> pa.Table:
    """A table of integer arrays, each in its own width."""
    arrays = {
        name: pa.Array.from_buffers(
            pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(np.ascontiguousarray(values))]
        )
        for name, values in columns.items()
    }
    return pa.Table.from_arrays(list(arrays.values()), names=list(arrays))
