"""The register of certificates as the workspace keeps it: one document of the store for each event, in its chain of hashes."""

import json
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lingtan.base.columns import int64s
from lingtan.green.certificates.register import Batch, Event, Register, apply
from lingtan.green.certificates.serials import Ranges
from lingtan.services.ports import Commit
from lingtan.services.workspace import Workspace

KIND = "certificates"


def load_register(workspace: Workspace, rev: int | None = None) -> Register:
    """The register as known at a revision; without one, that of now."""
    register = Register()
    for commit in event_commits(workspace, rev):
        register = apply(register, read_event(workspace, commit))
    return register


def event_commits(workspace: Workspace, rev: int | None = None) -> list[Commit]:
    """The events, oldest first."""
    return [c for c in workspace.store.commits(rev) if c.kind == KIND]


def post(workspace: Workspace, event: Event, *, register: Register | None = None) -> tuple[Register, Commit]:
    """Apply an event and keep it; if it is refused nothing is kept."""
    with workspace.store.lock():
        before = register if register is not None else load_register(workspace)
        after = apply(before, event)
        told = {k: v for k, v in event.values.items() if k in ("file", "sha256", "reason")}
        commit = workspace.store.put_document(
            KIND, event_bytes(event, before.events), at=workspace.clock(), source={"event": event.kind, **told}
        )
    return after, commit


def register_of(workspace: Workspace, year: int, rev: int | None) -> dict[str, Any] | None:
    """What the account takes: kWh cancelled for the year, with what decides it.

    None where no register is kept or none was cancelled for the year: then what the park file states counts.
    """
    commits = event_commits(workspace, rev)
    if not commits:
        return None
    register = load_register(workspace, rev)
    if not register.cancelled_kwh(year):
        return None
    return {"kwh": register.cancelled_kwh(year), "events": len(commits), "head": commits[-1].hash}


def event_bytes(event: Event, number: int) -> bytes:
    """An event as a Parquet file: ranges as rows, everything else in its schema. ``number`` tells equal events apart."""
    told: Mapping[str, Any] = {
        "kind": event.kind,
        "number": number,
        "on": event.on.isoformat(),
        "names": list(event.ranges.names),
        "values": dict(event.values),
        "batches": [[b.plant, b.month, b.kind, b.tradable, b.source] for b in event.batches],
    }
    batch = event.batch if event.batch is not None else np.zeros(len(event.ranges), np.int64)
    table = pa.table(
        {"series": event.ranges.series, "first": event.ranges.first, "last": event.ranges.last, "batch": batch}
    ).replace_schema_metadata({"event": json.dumps(told, ensure_ascii=False, sort_keys=True)})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read_event(workspace: Workspace, commit: Commit) -> Event:
    """The event that a commit kept."""
    found = workspace.store.document(KIND, commit.rev)
    assert found is not None
    return event_of(found[1])


def event_of(data: bytes) -> Event:
    """The event in the bytes of its document."""
    table = pq.ParquetFile(BytesIO(data)).read()
    told = json.loads(table.schema.metadata[b"event"])
    series, first, last, batch = (int64s(table.column(n)) for n in ("series", "first", "last", "batch"))
    batches = tuple(Batch(*row) for row in told["batches"])
    ranges = Ranges(tuple(told["names"]), series, first, last)
    return Event(
        told["kind"], date.fromisoformat(told["on"]), ranges, told["values"], batches, batch if batches else None
    )
