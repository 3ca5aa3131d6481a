"""Tables as the workspace keeps them: Parquet files by name, and the hourly activities among them."""

from collections.abc import Sequence
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.services.activities import Piece
from lingtan.services.workspace import Workspace


def kept_table(workspace: Workspace, name: str) -> pa.Table | None:
    """A table kept in the workspace, or None."""
    data = workspace.blobs.get(name)
    return None if data is None else pq.ParquetFile(BytesIO(data)).read()  # read_table imports pandas: half a second


def put_table(workspace: Workspace, name: str, table: pa.Table) -> None:
    """Keep a table in the workspace."""
    workspace.blobs.put(name, parquet_bytes(table))


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file."""
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def hourly_of(workspace: Workspace, pieces: Sequence[Piece], keys: Sequence[int]) -> pa.Table:
    """Hourly activities of some channels from the kept pieces, by channel and hour."""
    from lingtan.metering.activity import ACTIVITY
    from lingtan.metering.readings import bucket

    buckets = {bucket(k) for k in keys}
    found = [
        pq.read_table(workspace.blobs.path(p.name), filters=pc.field("channel").isin(list(keys)))
        for p in pieces
        if p.bucket in buckets
    ]
    if not found:
        return ACTIVITY.empty_table()
    return pa.concat_tables(found).sort_by([("channel", "ascending"), ("hour", "ascending")])
