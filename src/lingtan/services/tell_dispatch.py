"""Dispatch faults as alarms: what happened in the last steps is told, what no longer happens has gone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lingtan.base.time import parse_instant
from lingtan.services.alarm_ports import CLEARED
from lingtan.services.alarms import settle, tell
from lingtan.services.workspace import Workspace

PREFIX = "dispatch.alarm-"


def tell_dispatch(workspace: Workspace, faults: Sequence[Mapping[str, Any]], last: datetime) -> None:
    """Tell the faults of a rolling run; those that did not occur in its last step, or not at all, are settled.

    Parameters
    ----------
    faults
        As :class:`~lingtan.services.run_dispatch.Rolled` lists them: ``code``, ``at``, ``values``.
    last
        The last step that was run.
    """
    for fault in faults:
        tell(workspace, fault["code"], subject=_asset(fault), values=fault["values"], at=parse_instant(fault["at"]))
    held = {(f["code"], _asset(f)) for f in faults if parse_instant(f["at"]) >= last}
    book = workspace.alarms()
    live = {} if book.fresh() else book.live()
    for alarm in live.values():
        code, _, asset = alarm.subject.partition(":")
        if code.startswith(PREFIX) and alarm.state != CLEARED and (code, asset) not in held:
            settle(workspace, code, subject=asset, at=last)


def _asset(fault: Mapping[str, Any]) -> str:
    return str(fault["values"].get("asset", ""))
