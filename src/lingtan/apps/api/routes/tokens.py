"""One's own tokens."""

from typing import Annotated, Any

from fastapi import Body, Path
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import answer, body
from lingtan.apps.api.shapes import NewToken, Tokens
from lingtan.apps.web.need import Need, Room, actor_of, mine
from lingtan.base.errors import AccessError, InputError
from lingtan.base.time import iso
from lingtan.services.access.policy import Action, Kind
from lingtan.services.access.ports import Token
from lingtan.services.access.sign_in import make_token
from lingtan.services.access.tokens import scopes_for

room = Room()


@room.declared(
    "GET",
    "/tokens",
    Need(Kind.TOKEN, thing=mine(Kind.TOKEN)),
    tags=["access"],
    responses=body(Tokens),
    response_model=None,
)
def tokens(request: Request) -> Response:
    """The asker's tokens; their secrets are not kept."""
    found = request.app.state.portal.directory.tokens(actor_of(request).name)
    return answer(request, {"rows": [as_dict(t) for t in found]})


@room.declared(
    "POST",
    "/tokens",
    Need(Kind.TOKEN, Action.WRITE, mine(Kind.TOKEN)),
    tags=["access"],
    status_code=201,
    responses=body(NewToken, 201, "Made; the secret is shown once."),
    response_model=None,
)
def new_token(
    request: Request,
    label: Annotated[str, Body(min_length=1, max_length=100)],
    scopes: Annotated[list[str], Body(min_length=1, max_length=60)],
    days: Annotated[int, Body(ge=1, le=1825)] = 365,
) -> Response:
    """A new token; its secret is shown once. Only a signed-in session makes tokens."""
    portal, actor = request.app.state.portal, actor_of(request)
    if request.state.by_token:
        raise AccessError("access.refused", role=actor.role.value, action="write", kind="token")
    user = portal.directory.user(actor.name)
    token, secret = make_token(portal.directory, user, label, scopes_for(actor, scopes), at=portal.clock(), days=days)
    return answer(request, {**as_dict(token), "secret": secret}, status=201)


@room.declared(
    "DELETE",
    "/tokens/{token}",
    Need(Kind.TOKEN, Action.WRITE, mine(Kind.TOKEN)),
    tags=["access"],
    status_code=204,
    response_model=None,
)
def drop_token(request: Request, token: Annotated[str, Path(max_length=32)]) -> Response:
    """Take one of the asker's tokens away."""
    portal = request.app.state.portal
    if token not in {t.id for t in portal.directory.tokens(actor_of(request).name)}:
        raise InputError("portal.unknown-token", token=token)
    portal.directory.drop_token(token)
    return Response(status_code=204)


def as_dict(token: Token) -> dict[str, Any]:
    """A token without its digest."""
    times = {k: None if (v := getattr(token, k)) is None else iso(v) for k in ("made_at", "expires_at", "last_used_at")}
    return {"id": token.id, "label": token.label, "scopes": sorted(token.scopes), **times}
