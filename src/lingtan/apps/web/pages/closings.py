"""Closed periods and restatements, with their causes; closing and restating."""

from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.portal import RULES
from lingtan.apps.web.render import language_of, render
from lingtan.services.access.policy import Action, Kind

room = Room()
KEY = ("closing",)


@room.page("/closings", Need(Kind.ACCOUNT))
def closings(request: Request) -> Response:
    """Everything that was closed, the newest first."""
    from lingtan.services.closings import closings as kept

    portal, lang = request.app.state.portal, language_of(request)
    found = [c.record for c in kept(portal.space())]
    task, failure = portal.tasks.get(KEY), None
    if task is not None and task.future.done():
        error = portal.tasks.pop(KEY).future.exception()
        failure = None if error is None else error.format(lang) if hasattr(error, "format") else str(error)
        task = None
    open_years = [y for y in portal.years() if not any(c["period"] == y and c["rules"]["id"] == RULES for c in found)]
    closed = sorted({c["period"] for c in found if c["rules"]["id"] == RULES}, reverse=True)
    values: dict[str, Any] = {
        "closings": list(reversed(found)), "busy": task is not None, "failure": failure, "open_years": open_years, "closed_years": closed,
    }  # fmt: skip
    return render(request, "closings.html", values)


@room.act("/closings", Need(Kind.ACCOUNT, Action.APPROVE))
def close_or_restate(
    request: Request,
    period: Annotated[str, Form(pattern=r"^\d{4}$")],
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    what: Annotated[str, Form(pattern="^(close|restate)$")],
) -> Response:
    """Close a period or restate a closed one, in the background."""
    portal = request.app.state.portal
    if KEY not in portal.tasks:
        told = f"{reason} ({request.state.actor.name})"
        portal.tasks[KEY] = portal.background.submit(
            "account", what, {"period": period, "rules": RULES, "reason": told}
        )
    return RedirectResponse("/closings", 303)
