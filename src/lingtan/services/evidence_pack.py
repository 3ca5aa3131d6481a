"""A pack as the verifier sees it: its tables, read with care, its readings as a view, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.metering.readings import STORED, Quality

DAY_S = 86400
MOST_BYTES = 1 << 34  # decompressed, of one table
SMALL_BYTES = 1 << 28  # a table of less is never a bomb
MOST_GAIN = 2000  # decompressed bytes a stored byte; beyond is a bomb


@dataclass
class Findings:
    """What a verification found. ``authentic`` is None where no key was given to trust."""

    manifest: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    authentic: bool | None = None
    faults: list[dict[str, Any]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    unchecked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing disagrees."""
        return not self.faults

    def fault(self, code: str, **values: Any) -> None:
        """Note something that disagrees."""
        self.faults.append({"code": f"evidence-fault.{code}", **values})

    def leave(self, code: str, **values: Any) -> None:
        """Note something that could not be recomputed."""
        self.unchecked.append({"code": f"evidence-unchecked.{code}", **values})


class PackView:
    """The readings of a pack as a view: the newest revision of each key, withdrawn ones left out."""

    def __init__(self, table: pa.Table, rev: int) -> None:
        self.rev = rev
        known = table.cast(STORED).filter(pc.less_equal(table["rev"], rev))
        ordered = known.sort_by([("channel", "ascending"), ("start", "ascending"), ("rev", "ascending")])
        count = ordered.num_rows
        if count:
            following = pc.and_(
                pc.equal(ordered["channel"].slice(0, count - 1), ordered["channel"].slice(1)),
                pc.equal(ordered["start"].slice(0, count - 1), ordered["start"].slice(1)),
            )
            last = pa.chunked_array([*following.chunks, pa.array([False])]) if count > 1 else pa.array([False])
            gone = pc.or_(pc.is_null(ordered["value"]), pc.equal(ordered["quality"], int(Quality.WITHDRAWN)))
            ordered = ordered.filter(pc.and_not(pc.invert(last), gone))
        self.table = ordered

    @cached_property
    def lasting(self) -> frozenset[int]:
        """Channels with a reading longer than a day."""
        return frozenset(self.table.filter(pc.greater(self.table["seconds"], DAY_S))["channel"].unique().to_pylist())

    def readings(self, *, channels: Any, start: datetime | None = None, end: datetime | None = None) -> pa.Table:
        """Rows of some channels with ``start`` in ``[start, end)``."""
        kept = pc.is_in(self.table["channel"], value_set=pa.array(list(channels), pa.int64()))
        kind = pa.timestamp("us", tz="UTC")
        if start is not None:
            kept = pc.and_(kept, pc.greater_equal(self.table["start"], pa.scalar(start, kind)))
        if end is not None:
            kept = pc.and_(kept, pc.less(self.table["start"], pa.scalar(end, kind)))
        return self.table.filter(kept)

    def marks(self, month: str, bucket: int, *, far: frozenset[str]) -> list[str]:
        """Never kept, so never marked."""
        return []


def safe_table(data: bytes | memoryview, name: str) -> pa.Table:
    """A Parquet file that does not unpack to more than it may.

    Raises
    ------
    ValueError
        If it would.
    """
    file = pq.ParquetFile(BytesIO(data))
    size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
    rows = file.metadata.num_rows
    width = 8 * file.metadata.num_columns
    if size < 0 or rows < 0 or max(size, rows * width) > min(MOST_BYTES, max(SMALL_BYTES, MOST_GAIN * len(data))):
        raise ValueError(f"{name} unpacks to {max(size, rows * width)} bytes")
    return file.read()
