"""Repairs with a second pair of eyes: somebody proposes, somebody else approves, and only then a revision is written."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lingtan.base.errors import AccessError, InputError
from lingtan.base.ids import digest
from lingtan.base.time import iso, parse_instant
from lingtan.services.edits import Edit, reasoned
from lingtan.services.repair_readings import Stretch, confirm, withdraw
from lingtan.services.workspace import Workspace

FOLDER = "proposals/"
ACTIONS = ("withdraw", "confirm")


@dataclass(frozen=True)
class Proposal:
    """What somebody wants to do to a stretch of readings; ``state`` is open, done or refused."""

    id: str
    channel: str
    start: str
    end: str
    action: str
    reason: str
    by: str
    at: str
    rows: int
    state: str = "open"
    decided_by: str = ""
    decided_at: str = ""
    rev: int = 0


def propose_repair(
    workspace: Workspace, channel: str, start: datetime, end: datetime, action: str, *, reason: str, by: str
) -> Proposal:
    """Keep a proposal; the change itself is tried and not written.

    Raises
    ------
    InputError
        ``proposal.action`` for an action that cannot be proposed; what the repair itself would raise.
    """
    if action not in ACTIONS:
        raise InputError("proposal.action", action=action[:40], known=", ".join(ACTIONS))
    stated = reasoned(reason)
    tried = _act(workspace, action, Stretch(channel, start, end), stated, dry_run=True)
    now = iso(workspace.clock())
    told: dict[str, Any] = {
        "channel": channel,
        "start": iso(start),
        "end": iso(end),
        "action": action,
        "reason": stated,
        "by": by,
        "at": now,
    }
    made = Proposal(digest(told)[:12], **told, rows=tried.rows.num_rows)
    _keep(workspace, made)
    return made


def decide_repair(workspace: Workspace, name: str, *, by: str, approve: bool) -> Proposal:
    """Approve and write, or refuse.

    Raises
    ------
    AccessError
        ``proposal.own`` if who proposed would approve it.
    InputError
        ``proposal.unknown``; ``proposal.decided`` if that was done before.
    """
    found = next((p for p in proposals(workspace) if p.id == name), None)
    if found is None:
        raise InputError("proposal.unknown", proposal=name[:40])
    if found.state != "open":
        raise InputError("proposal.decided", proposal=name, by=found.decided_by)
    if approve and by == found.by:
        raise AccessError("proposal.own", by=by)
    rev = 0
    if approve:
        where = Stretch(found.channel, parse_instant(found.start), parse_instant(found.end))
        told = f"{found.reason} ({found.by}; {by})"
        commit = _act(workspace, found.action, where, told, dry_run=False).commit
        rev = commit.rev if commit is not None else 0
    state = "done" if approve else "refused"
    made = Proposal(
        **{**asdict(found), "state": state, "decided_by": by, "decided_at": iso(workspace.clock()), "rev": rev}
    )
    _keep(workspace, made)
    return made


def proposals(workspace: Workspace) -> list[Proposal]:
    """All proposals, the newest first."""
    found = [Proposal(**json.loads(workspace.blobs.get(n) or b"{}")) for n in workspace.blobs.names(FOLDER)]
    return sorted(found, key=lambda p: p.at, reverse=True)


def _act(workspace: Workspace, action: str, where: Stretch, reason: str, *, dry_run: bool) -> Edit:
    return (withdraw if action == "withdraw" else confirm)(workspace, where, reason=reason, dry_run=dry_run)


def _keep(workspace: Workspace, proposal: Proposal) -> None:
    workspace.blobs.put(f"{FOLDER}{proposal.id}.json", json.dumps(asdict(proposal), ensure_ascii=False).encode())
