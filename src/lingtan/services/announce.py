"""Tell programs what happened: an event to every webhook that subscribed to it, by ``deliver.py``."""

import logging
from collections.abc import Mapping
from typing import Any

from lingtan.services.alarms import delivery, event_body
from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
EVENTS = (
    "readings.imported",
    "alarm.raised",
    "alarm.acknowledged",
    "alarm.cleared",
    "account.run",
    "period.closed",
    "period.restated",
    "dispatch.approved",
    "dispatch.rejected",
)


def announce(workspace: Workspace, event: str, data: Mapping[str, Any]) -> int:
    """Write down a message for each webhook that wants the event; how many. What fails is logged: the event has happened."""
    assert event in EVENTS
    try:
        book = workspace.alarms()
        if book.fresh():
            return 0
        wanting = [t for t in book.targets() if t.active and t.kind == "webhook" and event in t.events]
        if not wanting:
            return 0
        now = workspace.clock()
        body = event_body(workspace, event, data, now)
        book.put_deliveries([delivery(t.id, event, body, now) for t in wanting])
    except Exception:
        log.exception("event %s was not announced", event)
        return 0
    return len(wanting)
