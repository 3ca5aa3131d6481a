"""Judge readings by the alarm rules as they come in, and tell programs that they came."""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lingtan.metering.alarms.rule import Change, Clock, Frozen, Limit, Rejected
from lingtan.metering.alarms.scope import covers_park
from lingtan.metering.alarms.watch import Marks, Noted, Watch, pack, unpack
from lingtan.park.model import owner
from lingtan.services.alarm_rules import rules_in_force
from lingtan.services.alarms import Sign, keep_signs
from lingtan.services.announce import announce
from lingtan.services.ports import Receipt
from lingtan.services.watch_demand import watch_demand
from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
MARKS = "cache/alarm-marks.arrow"
WRITE_S = 30.0
SMALL = 10_000  # rows of a batch after which the marks are written whatever the time
MOST_HELD = 8
NAMED = 200  # channels that an event lists by name
_prepared: dict[tuple[str, str, int], Watch] = {}
_held: dict[Path, tuple[int, Marks, float]] = {}
_guard = threading.Lock()


def readings_came(workspace: Workspace, batch: pa.Table, receipt: Receipt, *, rejected: int = 0) -> None:
    """After a commit: alarms, and the event. The readings are safe already, so what fails here is logged and no more."""
    if receipt.duplicate or receipt.superseded:
        return
    try:
        watch_readings(workspace, batch)
        if rejected:
            watch_rejected(workspace, str(receipt.commit.source.get("file") or "–"), rejected)
    except Exception:
        log.exception("revision %d was not watched", receipt.commit.rev)
    commit = receipt.commit
    names = sorted(commit.channels.values())[:NAMED]
    told: dict[str, Any] = {"rev": commit.rev, "rows": commit.rows, "months": sorted(commit.parts), "channels": names}
    announce(workspace, "readings.imported", {**told, "file": commit.source.get("file")})


def watch_readings(workspace: Workspace, batch: pa.Table) -> int:
    """Judge a batch; how many alarms changed."""
    book = workspace.alarms()
    rules = rules_in_force(book)
    stamp = 0 if book.fresh() else book.rule_stamp()
    watch = _watch(workspace, stamp)
    now = workspace.clock()
    with _guard:
        marks, written = _marks(workspace)
        noted, marks = watch.feed(batch, marks, int(now.timestamp()))
        _keep(workspace, marks, written, due=bool(noted) or batch.num_rows > SMALL)
    signs = [_sign(watch, n) for n in noted]
    changed = len(keep_signs(workspace, signs)) if signs else 0
    return changed + watch_demand(workspace, batch, rules)


def watch_rejected(workspace: Workspace, file: str, cells: int) -> None:
    """Cells of a file went into quarantine."""
    now, signs = workspace.clock(), []
    for rule in rules_in_force(workspace.alarms()).values():
        if (
            rule.active
            and isinstance(rule.condition, Rejected)
            and cells >= rule.condition.cells
            and covers_park(rule.scope)
        ):
            values = {"cells": cells, "file": file}
            # it is over as soon as it has happened: it waits to be seen, not to go
            signs.append(Sign(rule, file[:200], "alarm.says-rejected", now, now, False, 1, values=values))
    keep_signs(workspace, signs)


def _marks(workspace: Workspace) -> tuple[Marks, float]:
    """The marks, from memory while no other process wrote them, and when they were written. [s of the monotonic clock]"""
    path = Path(workspace.blobs.path(MARKS))
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    held = _held.get(path)
    if held is not None and held[0] == stamp:
        return held[1], held[2]
    return unpack(workspace.blobs.get(MARKS)), 0.0


def _keep(workspace: Workspace, marks: Marks, written: float, *, due: bool) -> None:
    """Remember the marks; on disk now and then only, for they are derived and a push must stay quick."""
    path, now = Path(workspace.blobs.path(MARKS)), time.monotonic()
    if due or not written or now - written > WRITE_S:
        workspace.blobs.put(MARKS, pack(marks))
        written = now
    while len(_held) >= MOST_HELD and path not in _held:
        _held.pop(next(iter(_held)))
    _held[path] = (path.stat().st_mtime_ns, marks, written)


def _watch(workspace: Workspace, stamp: int) -> Watch:
    key = (str(workspace.root), workspace.park_commit.content, stamp)
    found = _prepared.get(key)
    if found is None:
        while len(_prepared) >= MOST_HELD:
            _prepared.pop(next(iter(_prepared)))
        found = _prepared[key] = Watch(workspace.park, rules_in_force(workspace.alarms()).values())
    return found


def _sign(watch: Watch, noted: Noted) -> Sign:
    terms, found, rule = noted.terms, noted.found, noted.rule
    channel = terms.channel
    values: Mapping[str, Any] = {"value": found.peak / 1000, "limit": noted.limit / 1000, "unit": watch.unit(terms)}
    condition = rule.condition
    if isinstance(condition, Limit):
        code = "alarm.says-above" if noted.upward else "alarm.says-below"
    elif isinstance(condition, Change):
        code = "alarm.says-change"
    elif isinstance(condition, Frozen):
        code, values = "alarm.says-frozen", {"hours": round((found.end - found.begin) / 3600, 1)}
    else:
        assert isinstance(condition, Clock)
        code, values = "alarm.says-clock", {"minutes": round(found.peak)}
    subject = channel.id if noted.upward else f"{channel.id}/low"
    held = owner(watch.park, terms.meter, channel)
    return Sign(
        rule, subject, code, _at(found.begin), _at(found.end), found.holds, found.count,
        None if held == "park" else held, channel.id, values,
    )  # fmt: skip


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
