"""Which months have news that the checks have not looked at; the server works them off one by one."""

import json
from collections.abc import Mapping

from lingtan.base.errors import DataError
from lingtan.services.watch_findings import check_and_watch
from lingtan.services.workspace import Workspace

CHECKED = "cache/alarm-checked.json"
MOST_MONTHS = 14  # older news is looked at when somebody asks


def due_month(workspace: Workspace) -> str:
    """The newest month that changed since it was checked; empty for none."""
    changed: dict[str, int] = {}
    for commit in workspace.store.commits():
        for month in commit.parts:
            changed[month] = max(commit.rev, changed.get(month, 0))
    checked = _checked(workspace)
    for month in sorted(changed, reverse=True)[:MOST_MONTHS]:
        if changed[month] > checked.get(month, 0):
            return month
    return ""


def watch_month(workspace: Workspace, month: str) -> int:
    """Check a month and judge what was found; how many alarms changed."""
    head = workspace.store.head()
    try:
        changed = check_and_watch(workspace, month)
    except DataError:  # everything in it was withdrawn, or it is the edge of another zone's month
        changed = 0
    mark_checked(workspace, {month: head})
    return changed


def mark_checked(workspace: Workspace, months: Mapping[str, int]) -> None:
    """Remember at which revision months were checked."""
    workspace.blobs.put(CHECKED, json.dumps({**_checked(workspace), **months}).encode())


def _checked(workspace: Workspace) -> dict[str, int]:
    data = workspace.blobs.get(CHECKED)
    try:
        found: dict[str, int] = json.loads(data) if data else {}
    except ValueError:
        return {}
    return found
