"""Users and the audit log, for administrators."""

from typing import Annotated

from fastapi import Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import ROWS, Limit, answer, rows
from lingtan.apps.web.need import Need, Room
from lingtan.base.time import iso
from lingtan.services.access.policy import Action, Kind, Role
from lingtan.services.access.ports import User
from lingtan.services.access.users import add_user, set_active

room = Room()
Name = Annotated[str, Path(max_length=63)]


@room.declared("GET", "/users", Need(Kind.USER), tags=["access"], response_model=None)
def users(request: Request) -> Response:
    """Everybody with an account."""
    return answer(request, {"rows": [as_dict(u) for u in request.app.state.portal.directory.users()]})


@room.declared("POST", "/users", Need(Kind.USER, Action.WRITE), tags=["access"], response_model=None)
def new_user(
    request: Request,
    name: Annotated[str, Body(max_length=63)],
    role: Annotated[Role, Body()],
    password: Annotated[str, Body(min_length=10, max_length=200)],
    enterprise: Annotated[str | None, Body(max_length=63)] = None,
    label: Annotated[str, Body(max_length=200)] = "",
) -> Response:
    """Add a user."""
    portal = request.app.state.portal
    members = [e.id for e in portal.space().park.enterprises]
    user = add_user(
        portal.directory, name, role, password=password, enterprise=enterprise, label=label, members=members
    )
    return answer(request, as_dict(user), status=201)


@room.declared("PATCH", "/users/{name}", Need(Kind.USER, Action.WRITE), tags=["access"], response_model=None)
def change_user(request: Request, name: Name, active: Annotated[bool, Body(embed=True)]) -> Response:
    """Disable or enable a user."""
    return answer(request, as_dict(set_active(request.app.state.portal.directory, name, active=active)))


@room.declared("GET", "/audit", Need(Kind.AUDIT), tags=["access"], responses=ROWS, response_model=None)
def audit(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**53, description="Lines after this number.")] = 0,
    limit: Limit = 200,
) -> Response:
    """Lines of the audit log, oldest first; `after` is the number of the last line that is known."""
    found = request.app.state.portal.audit.entries(after=after, limit=limit)
    return rows(request, [{**vars(e), "at": iso(e.at)} for e in found], limit=limit, after=0)


@room.declared("GET", "/audit/verify", Need(Kind.AUDIT), tags=["access"], response_model=None)
def verify(request: Request) -> Response:
    """Whether the chain of the audit log is whole."""
    broken = request.app.state.portal.audit.verify()
    return answer(request, {"sound": not broken, "broken": broken})


def as_dict(user: User) -> dict[str, object]:
    """A user without anything secret."""
    keys = ("name", "enterprise", "label", "lang", "active")
    return {k: getattr(user, k) for k in keys} | {"role": user.role.value, "second_factor": user.totp is not None}
