"""Users and the audit log, for administrators."""

from typing import Annotated

from fastapi import Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import Limit, answer, body, rows, table
from lingtan.apps.api.shapes import AuditRow, Me, Users, UserShape, Verified
from lingtan.apps.web.need import Need, Room, SignedIn, actor_of
from lingtan.base.time import iso
from lingtan.services.access.policy import Action, Kind, Role, scope_of
from lingtan.services.access.ports import User
from lingtan.services.access.users import add_user, forget_keys, set_active, set_password

room = Room()
Name = Annotated[str, Path(max_length=63)]


@room.declared("GET", "/users", Need(Kind.USER), tags=["access"], responses=body(Users), response_model=None)
def users(request: Request) -> Response:
    """Everybody with an account."""
    return answer(request, {"rows": [as_dict(u) for u in request.app.state.portal.directory.users()]})


@room.declared(
    "POST",
    "/users",
    Need(Kind.USER, Action.WRITE),
    tags=["access"],
    status_code=201,
    responses=body(UserShape, 201, "Added."),
    response_model=None,
)
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


@room.declared(
    "PATCH",
    "/users/{name}",
    Need(Kind.USER, Action.WRITE),
    tags=["access"],
    responses=body(UserShape),
    response_model=None,
)
def change_user(request: Request, name: Name, active: Annotated[bool, Body(embed=True)]) -> Response:
    """Disable or enable a user."""
    return answer(request, as_dict(set_active(request.app.state.portal.directory, name, active=active)))


@room.declared(
    "POST",
    "/users/{name}/password",
    Need(Kind.USER, Action.WRITE),
    tags=["access"],
    responses=body(UserShape),
    response_model=None,
)
def new_password(
    request: Request, name: Name, password: Annotated[str, Body(embed=True, min_length=10, max_length=200)]
) -> Response:
    """Another password; whoever was signed in with the old one is signed out, and a lock-out ends."""
    return answer(request, as_dict(set_password(request.app.state.portal.directory, name, password)))


@room.declared(
    "DELETE", "/users/{name}/keys", Need(Kind.USER, Action.WRITE), tags=["access"], responses=body(dict[str, int], words="How many of each."),
    response_model=None,
)  # fmt: skip
def drop_keys(request: Request, name: Name) -> Response:
    """For who lost telephone and codes: no second factor, recovery codes, passkeys or identities any more."""
    return answer(request, forget_keys(request.app.state.portal.directory, name))


@room.declared("GET", "/me", SignedIn("says who asks"), tags=["access"], responses=body(Me), response_model=None)
def me(request: Request) -> Response:
    """Who asks, and what the role and the token's scopes allow: `all`, `own`, `released` or `pseudonym` objects."""
    actor = actor_of(request)
    may = {
        f"{kind.value}:{action.value}": scope.value
        for kind in Kind
        for action in Action
        if (scope := scope_of(actor, kind, action)) is not None
    }
    told = {"name": actor.name, "role": actor.role.value, "enterprise": actor.enterprise}
    return answer(request, {**told, "by_token": request.state.by_token, "may": may})


@room.declared("GET", "/audit", Need(Kind.AUDIT), tags=["access"], responses=table(AuditRow), response_model=None)
def audit(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**53, description="Lines after this number.")] = 0,
    limit: Limit = 200,
) -> Response:
    """Lines of the audit log, oldest first; `after` is the number of the last line that is known."""
    log = request.app.state.portal.audit
    found = log.entries(after=after, limit=limit)
    last = log.last()
    cursor = found[-1].seq if found and found[-1].seq < last else 0
    lines = [{**vars(e), "at": iso(e.at)} for e in found]
    return rows(request, lines, limit=limit, after=0, cursor=cursor, count=last)


@room.declared("GET", "/audit/verify", Need(Kind.AUDIT), tags=["access"], responses=body(Verified), response_model=None)
def verify(request: Request) -> Response:
    """Whether the chain of the audit log is whole."""
    broken = request.app.state.portal.audit.verify()
    return answer(request, {"sound": not broken, "broken": broken})


def as_dict(user: User) -> dict[str, object]:
    """A user without anything secret."""
    keys = ("name", "enterprise", "label", "lang", "active")
    return {k: getattr(user, k) for k in keys} | {"role": user.role.value, "second_factor": user.totp is not None}
