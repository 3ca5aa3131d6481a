"""The sealed months as Delta tables that any engine reads: ``readings`` and ``history``, partitioned by month.

The Parquet files are ours; Delta gets them as actions in its log, one commit per table and seal. Retention is set for
good and nothing is ever vacuumed, so every version stays readable.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lingtan.adapters.store.batch import instant
from lingtan.adapters.store.disk import flush_file, flush_folder, refusal
from lingtan.adapters.store.pointer import SealedFile
from lingtan.base.errors import SourceError
from lingtan.base.time import iso
from lingtan.metering.readings import STORED

TABLES = ("readings", "history")
SCHEMA = STORED.append(pa.field("month", pa.string(), nullable=False))
FOR_GOOD = "interval 36500 days"
SETTINGS = {
    "delta.logRetentionDuration": FOR_GOOD,
    "delta.deletedFileRetentionDuration": FOR_GOOD,
    "delta.enableExpiredLogCleanup": "false",
}


def hold(root: Path, table: str, files: Sequence[SealedFile]) -> int:
    """Make the newest version of a Delta table hold exactly ``files``; that version, on the disk.

    Whatever an interrupted seal left in the table is taken out by the same commit.
    """
    import deltalake
    from deltalake.exceptions import DeltaError
    from deltalake.transaction import RemoveAction

    folder = root / table
    try:
        if deltalake.DeltaTable.is_deltatable(str(folder)):
            found = deltalake.DeltaTable(str(folder))
        else:
            found = deltalake.DeltaTable.create(
                str(folder), SCHEMA, mode="ignore", partition_by=["month"], configuration=SETTINGS
            )
        held, wanted = active(found), {f.path: f for f in files if f.table == table}
        actions: list[Any] = [_add(folder, f) for path, f in wanted.items() if path not in held]
        actions += [
            RemoveAction(path, True, 0, size=size, partition_values={"month": path.split("/")[0][6:]})
            for path, size in held.items()
            if path not in wanted
        ]
        if actions:
            found.create_write_transaction(actions, mode="append", schema=found.schema(), partition_by=["month"])
            found = deltalake.DeltaTable(str(folder))
    except OSError as error:
        raise refusal(error, folder) from error
    except DeltaError as error:
        raise SourceError("store.no-answer", path=str(folder), detail=str(error)) from error
    for entry in sorted((folder / "_delta_log").glob("*.json"))[-2:]:
        flush_file(entry)
    flush_folder(folder / "_delta_log")
    return int(found.version())


def active(table: Any) -> dict[str, int]:
    """Paths and sizes of the files of a table's version."""
    actions = pa.table(table.get_add_actions(flatten=True))
    return dict(zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True))


def unknown_to_log(folder: Path, names: Sequence[str]) -> list[str]:
    """Of Parquet files in a table's folder, those that no version ever named."""
    if not names:
        return []
    log = "".join(entry.read_text() for entry in sorted((folder / "_delta_log").glob("*.json")))
    return [name for name in names if name not in log]


def _add(folder: Path, file: SealedFile) -> Any:
    from deltalake.transaction import AddAction

    found = pq.read_metadata(folder / file.path)
    at = {found.schema.column(i).name: i for i in range(found.num_columns)}
    groups = [found.row_group(i) for i in range(found.num_row_groups)]
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    for name in ("channel", "start", "rev"):
        stats = [g.column(at[name]).statistics for g in groups]
        low[name], high[name] = min(s.min for s in stats), max(s.max for s in stats)
    for bound in (low, high):
        at_us = bound["start"]
        bound["start"] = iso(at_us if not isinstance(at_us, int) else instant(at_us))
    stats_text = json.dumps({"numRecords": file.rows, "minValues": low, "maxValues": high})
    return AddAction(file.path, file.bytes, {"month": file.month}, 0, True, stats_text)
