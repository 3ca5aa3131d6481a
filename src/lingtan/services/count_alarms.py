"""How many alarms hold and how many nobody has seen, for pages that show a number."""

from typing import Any

from lingtan.base.ids import digest
from lingtan.metering.alarms.rule import Severity
from lingtan.services.alarm_ports import CLEARED
from lingtan.services.workspace import Workspace


def count_alarms(workspace: Workspace, enterprise: str | None = None) -> dict[str, Any]:
    """``holding`` by severity, ``unseen`` in all, and a ``stamp`` that changes with them; of the park, or of one enterprise."""
    book = workspace.alarms()
    counts = {} if book.fresh() else book.counts(enterprise)
    holding = {str(s): sum(n for (state, v, _), n in counts.items() if v == s and state != CLEARED) for s in Severity}
    unseen = sum(n for (_, _, u), n in counts.items() if u)
    total = sorted([*k, n] for k, n in counts.items())
    return {"holding": holding, "unseen": unseen, "stamp": digest(total)[:12]}
