"""Account a period under a rule set, and keep the run."""

from datetime import datetime

from lingtan.base.errors import DataError, Problem
from lingtan.carbon.coverage import Coverages
from lingtan.park.model import Park
from lingtan.services.basis import basis_as_of, find_rules, park_as_of, resolve_as_of
from lingtan.services.compute_account import compute, local_months
from lingtan.services.keep_run import Run, keep_run, run_of
from lingtan.services.month_sums import calendar
from lingtan.services.ports import Listener, silent
from lingtan.services.watch_account import account_ran
from lingtan.services.workspace import Workspace

DEFAULT_FLOOR = 0.95
__all__ = [
    "Run",
    "calendar",
    "coverage_floor",
    "find_rules",
    "local_months",
    "park_as_of",
    "refuse_thin",
    "resolve_as_of",
    "run_account",
]


def run_account(
    workspace: Workspace,
    period: str,
    *,
    rules: str = "ndrc-910-2025",
    as_of: datetime | int | None = None,
    floor: float | None = None,
    listener: Listener = silent,
) -> Run:
    """Account a period.

    Parameters
    ----------
    period
        A year or a month; the whole year is always computed, because certificates are matched by the year.
    as_of
        An instant or a revision: only what was known then is used, the park file of then included.
    floor
        Coverage below which the account is refused; the park's ``coverage_floor.account``, else 0.95.

    Raises
    ------
    DataError
        ``account.insufficient`` with every channel and month below the floor; ``account.factors-missing``; and others.
    """
    rev = resolve_as_of(workspace, as_of)
    basis = basis_as_of(workspace, rules, rev)
    computed = compute(workspace, basis, period, listener)
    least = floor if floor is not None else coverage_floor(basis.park, "account", DEFAULT_FLOOR)
    refuse_thin(computed.account.coverage, least, basis.park)
    run = run_of(workspace, computed, rev)
    keep_run(workspace, run)
    account_ran(workspace, run, newest=as_of is None)
    return run


def coverage_floor(park: Park, use: str, default: float) -> float:
    """The least coverage for a use (``account``, ``indicator``, ``bill``, ``forecast``): as the park states it, else the default."""
    stated = park.accounting.coverage_floor.get(use)
    return default if stated is None else float(stated)


def refuse_thin(coverage: Coverages, floor: float, park: Park) -> None:
    """Refuse an account that rests on too little: every channel below the floor is named with its coverage."""
    thin = list(coverage.thin(floor))
    levels = {c.id for m in park.meters for c in m.channels if c.kind == "level"} if thin else set()
    problems = []
    for items in sorted(thin, key=lambda each: each[0].channel):
        channel, expected, covered = items[0].channel, sum(i.expected_s for i in items), sum(i.covered_s for i in items)
        if channel in levels:
            continue
        worst = min(items, key=lambda i: i.covered_s / i.expected_s)
        values = {"channel": channel, "coverage": f"{covered / expected:.1%}", "worst": worst.month}
        problems.append(Problem("account.thin", values=values))
    if problems:
        raise DataError("account.insufficient", problems=problems, floor=f"{floor:.1%}")
