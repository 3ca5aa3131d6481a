"""Seal what waits: on request, or by itself when it is worth it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from lingtan.services.ports import SealReport
from lingtan.services.workspace import Workspace

DUE_ROWS = 1_000_000
DUE_FILES = 256
SETTLED = timedelta(days=3)  # a month is complete when readings of its last day have had time to come


def seal_readings(workspace: Workspace, *, before: str | None = None) -> SealReport:
    """Move everything that waits (of months before ``YYYY-MM``) into the Delta tables."""
    return workspace.store.seal(before=before)


def seal_if_due(workspace: Workspace) -> SealReport:
    """Seal complete months if enough waits in them; small corrections wait, because sealing writes a month anew."""
    before = complete_before(workspace)
    waiting = workspace.store.unsealed(before=before)
    if waiting.rows < DUE_ROWS and waiting.files < DUE_FILES:
        return SealReport()
    return workspace.store.seal(before=before)


def complete_before(workspace: Workspace) -> str:
    """The first month that is not complete yet, in UTC as the store counts months."""
    zone = ZoneInfo(workspace.park.park.timezone)
    local = (workspace.clock() - SETTLED).astimezone(zone)
    return f"{local:%Y-%m}"
