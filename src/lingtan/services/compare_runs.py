"""Compare any two runs, closings or revisions, with the causes of the difference."""

from dataclasses import dataclass

from lingtan.base.time import parse_instant
from lingtan.carbon.difference import Cell, amounts, difference
from lingtan.services.attribute import Cause, attribute
from lingtan.services.closings import find_closing, frozen_run
from lingtan.services.keep_run import Run, load_run
from lingtan.services.ports import Listener, silent
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Comparison:
    """Two runs, what differs [µg], and why; no causes are told apart for two different periods."""

    before: Run
    after: Run
    moved: dict[Cell, int]
    causes: list[Cause]


def compare_runs(
    workspace: Workspace,
    before: str,
    after: str,
    *,
    period: str = "",
    rules: str = "ndrc-910-2025",
    listener: Listener = silent,
) -> Comparison:
    """Compare two sides: a run id, a closing id (``…@0``), a revision number, or an instant.

    ``period`` and ``rules`` say what to account where a side is a revision or an instant.
    """
    one = find_side(workspace, before, period=period, rules=rules, listener=listener)
    two = find_side(workspace, after, period=period or one.period.label, rules=rules, listener=listener)
    moved = difference(amounts(one.account.postings), amounts(two.account.postings))
    return Comparison(one, two, moved, attribute(workspace, one, two, listener))


def find_side(
    workspace: Workspace, side: str, *, period: str = "", rules: str = "ndrc-910-2025", listener: Listener = silent
) -> Run:
    """The run that a text names."""
    if "@" in side:
        return frozen_run(workspace, find_closing(workspace, side))
    if workspace.blobs.get(f"runs/{side}/run.json") is not None:
        return load_run(workspace, side)
    zone = workspace.park.park.timezone
    label = period or f"{workspace.clock().year - 1}"
    if side.isdecimal() and len(side) != 8:
        return run_account(workspace, label, rules=rules, as_of=int(side), floor=0, listener=listener)
    if (
        side[:4].isdecimal()
        and side.count("-") in (2, 3)
        and "ndrc" not in side
        and not any(c.isalpha() for c in side[:10])
    ):
        return run_account(workspace, label, rules=rules, as_of=parse_instant(side, zone), floor=0, listener=listener)
    return load_run(workspace, side)
