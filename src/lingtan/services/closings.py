"""Closed periods and their restatements, as they are kept: written once, never replaced, each naming the one before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import digest, digest_bytes, nearest
from lingtan.services.keep_run import Run, read_run, run_files, to_json
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Closing:
    """A closing (number 0) or a restatement: what was frozen, by digest, and why."""

    id: str
    record: Mapping[str, Any]

    @property
    def as_of(self) -> int:
        """The revision that was frozen."""
        return int(self.record["as_of"])


def closings(workspace: Workspace, period: str | None = None, rules: str | None = None) -> list[Closing]:
    """Closings and restatements, oldest first within a period and rule set.

    Raises
    ------
    DataError
        ``account.closing-damaged`` if a record does not fit its digest or the one before it.
    """
    found: list[Closing] = []
    for name in workspace.blobs.names("closings/"):
        record = json.loads(workspace.blobs.get(name) or b"{}")
        body = {k: v for k, v in record.items() if k != "hash"}
        previous = next((c for c in reversed(found) if c.record["series"] == record.get("series")), None)
        expected = previous.record["hash"] if previous else ""
        if record.get("hash") != digest(body) or record.get("previous") != expected:
            raise DataError("account.closing-damaged", closing=name, what="record")
        found.append(Closing(record["id"], record))
    return [
        c
        for c in found
        if (period is None or c.record["period"] == period) and (rules is None or c.record["rules"]["id"] == rules)
    ]


def current_closing(workspace: Workspace, period: str, rules: str) -> Closing | None:
    """The newest closing or restatement of a period, or None while it is open."""
    found = closings(workspace, period, rules)
    return found[-1] if found else None


def find_closing(workspace: Workspace, closing_id: str) -> Closing:
    """A closing by id; ``2025-ndrc-910-2025`` alone is the newest of its series.

    Raises
    ------
    InputError
        ``account.unknown-closing`` with the nearest known id.
    """
    known = {c.id: c for c in closings(workspace)}
    for c in list(known.values()):
        known[c.record["series"]] = c
    if closing_id not in known:
        close = nearest(closing_id, known) or next(iter(known), "–")
        raise InputError("account.unknown-closing", closing=closing_id, nearest=close)
    return known[closing_id]


def frozen_run(workspace: Workspace, closing: Closing) -> Run:
    """The run of a closing, from what was frozen; each file is held against its digest."""

    def read(name: str) -> bytes | None:
        data = workspace.blobs.get(f"frozen/{closing.record['frozen']}/{name}")
        if data is None or digest_bytes(data) != closing.record["files"].get(name):
            raise DataError("account.closing-damaged", closing=closing.id, what=name)
        return data

    return read_run(workspace, read)


def freeze(
    workspace: Workspace, run: Run, *, number: int, previous: str, reason: str | None, more: Mapping[str, Any], at: str
) -> Closing:
    """Write what a closing keeps, then its record, which makes it one; a name that is taken is refused."""
    files = run_files(run)
    digests = {name: digest_bytes(data) for name, data in files.items()}
    frozen = digest(digests)
    for name, data in files.items():
        path = f"frozen/{frozen}/{name}"
        if workspace.blobs.get(path) is None:
            workspace.blobs.put(path, data, new=True)
    series = f"{run.period.label}-{run.rules.id}"
    body = {
        "schema": 1,
        "id": f"{series}@{number}",
        "series": series,
        "kind": "restatement" if number else "closing",
        "number": number,
        **{k: run.record[k] for k in ("period", "rules", "park", "activities", "factors", "method", "code")},
        **{k: run.record[k] for k in ("as_of", "as_of_time", "result", "totals", "synthetic")},
        "run": run.id,
        "frozen": frozen,
        "files": digests,
        "reason": reason,
        "previous": previous,
        "made_at": at,
        **more,
    }
    plain = json.loads(to_json(body))
    record = {**plain, "hash": digest(plain)}
    workspace.blobs.put(f"closings/{series}/{number:04d}.json", to_json(record), new=True)
    return Closing(record["id"], record)
