"""Restate a closed period: account it at a later revision and post the difference with its causes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from lingtan.base.errors import DataError
from lingtan.base.time import iso
from lingtan.carbon.difference import Cell, amounts, difference
from lingtan.services.announce import announce
from lingtan.services.attribute import Cause, attribute
from lingtan.services.closings import Closing, current_closing, freeze, frozen_run
from lingtan.services.compute_account import asked_period
from lingtan.services.keep_run import Run
from lingtan.services.ports import Listener, silent
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Restated:
    """What was, what is, and why; ``closing`` is None where nothing changed and so nothing was posted."""

    before: Run
    after: Run
    causes: list[Cause]
    closing: Closing | None


def restate_period(
    workspace: Workspace,
    period: str,
    *,
    rules: str = "ndrc-910-2025",
    as_of: datetime | int | None = None,
    floor: float | None = None,
    reason: str | None = None,
    listener: Listener = silent,
) -> Restated:
    """Account a closed period again; where the result differs, a restatement is written beside the closing.

    Raises
    ------
    DataError
        ``account.not-closed``; ``account.causes-missing`` should the causes not sum to the difference.
    """
    asked = asked_period(period, workspace.park.park.timezone)
    held = current_closing(workspace, asked.label, rules)
    if held is None:
        raise DataError("account.not-closed", period=asked.label, rules=rules)
    before = frozen_run(workspace, held)
    after = run_account(workspace, asked.label, rules=rules, as_of=as_of, floor=floor, listener=listener)
    if after.account.digest == before.account.digest:
        return Restated(before, after, [], None)
    causes = attribute(workspace, before, after, listener)
    whole = difference(amounts(before.account.postings), amounts(after.account.postings))
    if summed(causes) != whole:
        raise DataError("account.causes-missing", period=asked.label)
    closing = freeze(
        workspace,
        after,
        number=int(held.record["number"]) + 1,
        previous=held.record["hash"],
        reason=reason,
        more={"restates": held.id, "causes": [cause_dict(c) for c in causes]},
        at=iso(workspace.clock()),
    )
    announce(
        workspace,
        "period.restated",
        {"closing": closing.id, "period": closing.record["period"], "rules": rules, "run": after.id},
    )
    return Restated(before, after, causes, closing)


def summed(causes: list[Cause]) -> dict[Cell, int]:
    """All causes together. [µg]"""
    found: dict[Cell, int] = {}
    for cause in causes:
        for cell, value in cause.moved.items():
            found[cell] = found.get(cell, 0) + value
    return {c: v for c, v in sorted(found.items()) if v}


def cause_dict(cause: Cause) -> dict[str, Any]:
    """A cause as JSON; amounts as exact text."""
    totals: dict[str, int] = {}
    for cell, value in cause.moved.items():
        if cell.view == "direct":
            totals[cell.measure] = totals.get(cell.measure, 0) + value
    core: Mapping[str, Any] = {} if cause.core is None else {"core_after": _decimal(cause.core)}
    return {
        "causes": list(cause.names),
        "totals_micrograms": {k: str(v) for k, v in sorted(totals.items())},
        **core,
        "details": [dict(d) for d in cause.details],
        "count": cause.count,
        "cells": [[*cell, str(value)] for cell, value in sorted(cause.moved.items())],
    }


def _decimal(value: Fraction) -> str:
    return f"{float(value):.12g}"
