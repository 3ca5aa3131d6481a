"""Take a change back: readings become what they were, as a new revision. Nothing is forgotten, the change included."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import channel_key
from lingtan.metering.channels import Book
from lingtan.metering.readings import SCHEMA, STORED, Method, Quality
from lingtan.services.edits import Edit, commit_edit, known_channels, reasoned
from lingtan.services.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

TOLD = ("seconds", "value", "quality", "method", "available_at")


@dataclass(frozen=True)
class Reverted:
    """What was set back; ``kept`` readings were changed again since and stay as they are."""

    edit: Edit
    kept: int = 0


def revert_commit(workspace: Workspace, rev: int, *, reason: str, dry_run: bool = False) -> Reverted:
    """Set what one commit changed back to what was before it. Readings that were changed again later are left alone.

    Raises
    ------
    InputError
        ``revert.no-commit`` if that revision brought no readings.
    """
    reasoned(reason)
    commits = {c.rev: c for c in workspace.store.commits()}
    if rev not in commits or not commits[rev].parts:
        raise InputError("revert.no-commit", rev=rev, head=workspace.store.head())
    import polars as pl

    history = workspace.store.readings(channels=[int(k) for k in commits[rev].channels] or None, history=True)
    rows = pl.DataFrame(pl.from_arrow(history))
    touched = rows.filter(pl.col("rev") == rev).select("channel", "start")
    newest = rows.group_by("channel", "start").agg(pl.col("rev").max())
    mine = newest.join(touched, on=["channel", "start"]).filter(pl.col("rev") == rev).select("channel", "start")
    before = _latest(rows.filter(pl.col("rev") < rev).join(mine, on=["channel", "start"]))
    now = _latest(rows.join(mine, on=["channel", "start"]))
    edit = _back(workspace, now, before, reason=reason, dry_run=dry_run, reverted=rev)
    return Reverted(edit, touched.height - mine.height)


def revert_stretch(
    workspace: Workspace,
    channel: str,
    start: datetime,
    end: datetime,
    to_rev: int,
    *,
    reason: str,
    dry_run: bool = False,
) -> Reverted:
    """Set the readings of a channel that begin in ``[start, end)`` back to what was known at a revision.

    Raises
    ------
    InputError
        ``revert.no-revision`` if there is none of that number; ``edit.unknown-channel``.
    """
    reasoned(reason)
    known_channels(Book(workspace.park), [channel])
    head = workspace.store.head()
    if not 0 < to_rev <= head:
        raise InputError("revert.no-revision", rev=to_rev, head=head)
    if end <= start:
        raise DataError("revert.nothing")
    import polars as pl

    history = workspace.store.readings(channels=[channel_key(channel)], start=start, end=end, history=True)
    rows = pl.DataFrame(pl.from_arrow(history))
    edit = _back(
        workspace, _latest(rows), _latest(rows.filter(pl.col("rev") <= to_rev)), reason=reason, dry_run=dry_run,
        to_rev=to_rev,
    )  # fmt: skip
    return Reverted(edit)


def _latest(rows: "pl.DataFrame") -> "pl.DataFrame":
    return rows.sort("rev").unique(["channel", "start"], keep="last").sort("channel", "start")


def _back(
    workspace: Workspace, now: "pl.DataFrame", before: "pl.DataFrame", *, reason: str, dry_run: bool, **source: int
) -> Edit:
    """New rows that make the current view of the keys of ``now`` that of ``before``; unknown keys are withdrawn."""
    import polars as pl

    joined = now.join(before, on=["channel", "start"], how="left", suffix="_then")
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}_then")) for c in TOLD)
    gone = pl.col("value").is_null() & pl.col("value_then").is_null()  # withdrawn now, and nothing (left) before
    changed = joined.filter(~(same | gone))
    unknown = pl.col("value_then").is_null()
    rows = changed.select(
        "channel",
        "start",
        seconds=pl.when(unknown).then("seconds").otherwise("seconds_then"),
        value="value_then",
        quality=pl.when(unknown).then(pl.lit(int(Quality.WITHDRAWN), pl.Int8)).otherwise("quality_then"),
        method=pl.when(unknown).then(pl.lit(int(Method.NONE), pl.Int8)).otherwise("method_then"),
        available_at="available_at_then",
    )
    old = changed.select("channel", "start", *TOLD, "rev")
    return commit_edit(
        workspace, "revert", _arrow(rows, SCHEMA), _arrow(old.select(STORED.names), STORED), reason=reason,
        dry_run=dry_run, **source,
    )  # fmt: skip


def _arrow(frame: "pl.DataFrame", schema: pa.Schema) -> pa.Table:
    table = frame.select(schema.names).to_arrow().cast(pa.schema([pa.field(f.name, f.type) for f in schema]))
    return pa.Table.from_arrays(table.columns, schema=schema)
