"""Close a period: its as-of, the digests of its inputs and its result stay for ever."""

from lingtan.base.errors import DataError
from lingtan.base.time import iso
from lingtan.services.announce import announce
from lingtan.services.closings import Closing, current_closing, freeze
from lingtan.services.compute_account import asked_period
from lingtan.services.ports import Listener, silent
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace


def close_period(
    workspace: Workspace,
    period: str,
    *,
    rules: str = "ndrc-910-2025",
    floor: float | None = None,
    reason: str | None = None,
    listener: Listener = silent,
) -> Closing:
    """Account a period as of now and freeze it.

    Raises
    ------
    DataError
        ``account.already-closed``: a closed period is restated, not closed again; ``account.period-open`` if the
        period has not ended; and what :func:`~lingtan.services.run_account.run_account` raises.
    """
    asked = asked_period(period, workspace.park.park.timezone)
    held = current_closing(workspace, asked.label, rules)
    if held is not None:
        raise DataError("account.already-closed", period=asked.label, closing=held.id, made_at=held.record["made_at"])
    now = workspace.clock()
    if now < asked.end:
        raise DataError("account.period-open", period=asked.label, end=iso(asked.end))
    run = run_account(workspace, asked.label, rules=rules, floor=floor, listener=listener)
    closing = freeze(workspace, run, number=0, previous="", reason=reason, more={}, at=iso(now))
    announce(workspace, "period.closed", {"closing": closing.id, "period": asked.label, "rules": rules, "run": run.id})
    return closing
