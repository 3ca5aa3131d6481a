"""Rows in the order of their keys, fast: channel and start packed into one integer where they fit."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
WIDTHS: dict[Any, Any] = {pa.int64(): np.int64, pa.int32(): np.int32, pa.int8(): np.int8}


def ints(column: Any) -> Ints:
    """A column of integers or instants without nulls as int64 (microseconds since 1970 for instants)."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    width = WIDTHS.get(column.type)
    if width is None or column.null_count:
        return np.asarray(column.to_numpy(zero_copy_only=False))
    # not to_numpy: it imports pandas, a quarter of a second at the first commit of a process
    data = column.buffers()[1]
    return np.frombuffer(data, width, len(column), column.offset * np.dtype(width).itemsize)


def is_sorted(channel: Ints, start: Ints) -> bool:
    """Whether rows stand by channel, then start; equal neighbors are allowed."""
    if len(channel) < 2:
        return True
    later = channel[1:] > channel[:-1]
    same = channel[1:] == channel[:-1]
    return bool((later | (same & (start[1:] >= start[:-1]))).all())


def order(channel: Ints, start: Ints, rev: Ints | None = None) -> Ints:
    """The permutation that sorts by channel, start and rev."""
    key = _packed(channel, start)
    if key is None:
        return np.lexsort((start, channel) if rev is None else (rev, start, channel))
    index = np.argsort(key)
    if rev is None:
        return index
    placed = key[index]
    tie = np.zeros(len(key) + 1, bool)
    tie[1:-1] = placed[1:] == placed[:-1]
    member = tie[:-1] | tie[1:]
    if member.any():
        tied = index[member]
        index[member] = tied[np.lexsort((rev[tied], key[tied]))]
    return index


def _packed(channel: Ints, start: Ints) -> Ints | None:
    """Rank of the channel and offset of the start in one int64; None if they need more than 63 bits."""
    if not len(channel):
        return None
    first = int(start.min())
    bits = (int(start.max()) - first).bit_length()
    coded = pa.array(channel).dictionary_encode()
    known = coded.dictionary.to_numpy()
    if bits + len(known).bit_length() > 63:
        return None
    rank = np.empty(len(known), np.int64)
    rank[np.argsort(known)] = np.arange(len(known))
    packed: Ints = (rank[coded.indices.to_numpy()] << bits) | (start - first)
    return packed


def newest(channel: Ints, start: Ints) -> npt.NDArray[np.bool_]:
    """Of rows sorted by channel, start and rev: the last of each key."""
    last = np.ones(len(channel), bool)
    last[:-1] = (channel[1:] != channel[:-1]) | (start[1:] != start[:-1])
    return last
