"""Accounting, closing and restating periods."""

from typing import Annotated

from fastapi import Body, Path
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, answer, body, rows, table
from lingtan.apps.api.shapes import Accounted, Closed, ClosingRow, ClosingShape
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.portal import RULES
from lingtan.services.access.policy import Action, Kind, Scope, scope_of

room = Room()
KEYS = (
    "id",
    "kind",
    "number",
    "period",
    "as_of",
    "as_of_time",
    "result",
    "totals",
    "reason",
    "made_at",
    "previous",
    "hash",
)
Year = Annotated[str, Body(pattern=r"^\d{4}(-\d{2})?$", description="A year or month.", examples=["2025"])]
Reason = Annotated[str, Body(min_length=3, max_length=500, description="Why; it is kept with the record.")]
Rules = Annotated[str, Body(max_length=80)]
WAIT_S = 600


@room.declared(
    "GET", "/closings", Need(Kind.ACCOUNT), tags=["account"], responses=table(ClosingRow), response_model=None
)
def closings(request: Request, limit: Limit = 100, after: After = 0) -> Response:
    """Closed periods and their restatements."""
    from lingtan.services.closings import closings as kept

    found = [
        {k: c.record.get(k) for k in KEYS} | {"totals": {k: str(v) for k, v in c.record["totals"].items()}}
        for c in kept(request.app.state.portal.space())
    ]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/closings/{closing}", Need(Kind.ACCOUNT), tags=["account"], responses=body(ClosingShape), response_model=None
)  # fmt: skip
def closing_(
    request: Request, closing: Annotated[str, Path(max_length=120, examples=["2025-ndrc-910-2025@0"])]
) -> Response:
    """Everything that a closing froze, by digest; of a restatement what changed and why, by cell for those who read the ledger."""
    from lingtan.services.closings import find_closing

    record = dict(find_closing(request.app.state.portal.space(), closing).record)
    whole = scope_of(actor_of(request), Kind.ENTRY, Action.READ) is Scope.ALL
    hidden = () if whole else ("cells", "details")
    causes = [{k: v for k, v in c.items() if k not in hidden} for c in record.get("causes", [])]
    return answer(request, {**record, "causes": causes})


@room.declared(
    "POST", "/closings", Need(Kind.ACCOUNT, Action.APPROVE), tags=["account"], status_code=201,
    responses=body(Closed, 201, "Closed."), response_model=None,
)  # fmt: skip
def close(request: Request, period: Year, reason: Reason, rules: Rules = RULES) -> Response:
    """Close a period: its figures stay for ever. Answers when it is done."""
    return _work(request, "close", period, reason, rules)


@room.declared(
    "POST", "/restatements", Need(Kind.ACCOUNT, Action.APPROVE), tags=["account"], status_code=201,
    responses=body(Closed, 201, "Restated.") | body(Closed, 200, "Nothing changed."), response_model=None,
)  # fmt: skip
def restate(request: Request, period: Year, reason: Reason, rules: Rules = RULES) -> Response:
    """Account a closed period again and post the difference with its causes. Answers when it is done."""
    return _work(request, "restate", period, reason, rules)


@room.declared(
    "POST", "/runs", Need(Kind.ACCOUNT, Action.WRITE), tags=["account"], status_code=201,
    responses=body(Accounted, 201, "Accounted."), response_model=None,
)  # fmt: skip
def account(
    request: Request,
    period: Year,
    rules: Rules = RULES,
    as_of: Annotated[int | None, Body(ge=1, le=2**53, description="Only what was known at this revision.")] = None,
) -> Response:
    """Account a period under a rule set and keep the run; the same inputs give the same run. Answers when it is done."""
    asked = {"period": period, "rules": rules, "as_of": as_of}
    return answer(request, request.app.state.portal.background.wait("account", "account", asked, WAIT_S), status=201)


def _work(request: Request, what: str, period: str, reason: str, rules: str) -> Response:
    told = f"{reason} ({actor_of(request).name})"
    asked = {"period": period, "rules": rules, "reason": told}
    made = request.app.state.portal.background.wait("account", what, asked, WAIT_S)
    return answer(request, made, status=201 if made["closing"] else 200)
