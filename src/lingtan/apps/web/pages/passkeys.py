"""Passkeys: made and removed on the profile page, and signing in with one. The browser's part is ``static/app/passkeys.js``."""

from typing import Annotated, Any

from fastapi import Body, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lingtan.apps.web.failures import status_of
from lingtan.apps.web.need import Public, Room, SignedIn
from lingtan.apps.web.pages.profile import profile_page, profile_user
from lingtan.apps.web.pages.sign_in import audit_failure, session_cookie
from lingtan.apps.web.render import language_of
from lingtan.apps.web.site import site_of
from lingtan.base.errors import AccessError, LingtanError
from lingtan.services.access.passkeys import (
    add_passkey,
    begin_passkey,
    begin_passkey_sign_in,
    sign_in_with_passkey,
)
from lingtan.services.access.second_factor import require_self

room = Room()
OWN, OPEN = SignedIn("the asker's own account"), Public("signing in")
Told = Annotated[dict[str, Any], Body()]
Secret = Annotated[str, Form(max_length=200)]


@room.act("/profile/passkeys/begin", OWN)
def begin(request: Request, password: Secret = "") -> Response:
    """What the browser makes a passkey with."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        require_self(user, request.state.session, password, at=portal.clock())
        made = begin_passkey(portal.directory, user, site_of(request), at=portal.clock())
    except LingtanError as error:
        return _said(request, error)
    return JSONResponse(made)


@room.act("/profile/passkeys", OWN)
def add(request: Request, credential: Told, label: Annotated[str, Body(max_length=60)] = "") -> Response:
    """Keep a passkey that the browser made."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        made = add_passkey(portal.directory, user, site_of(request), credential, label, at=portal.clock())
    except LingtanError as error:
        return _said(request, error)
    portal.note(user.actor, "write-passkey", "user", user.name, {"label": made.label})
    return JSONResponse({"label": made.label}, 201)


@room.act("/profile/passkeys/{passkey}/drop", OWN)
def drop(request: Request, passkey: str, password: Secret = "") -> Response:
    """Take a passkey away."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        require_self(user, request.state.session, password, at=portal.clock())
        credential = bytes.fromhex(passkey)
    except LingtanError as error:
        return profile_page(request, failure=error.format(language_of(request)), status=422)
    except ValueError:
        credential = b""
    if portal.directory.drop_passkey(credential, user.name):
        portal.note(user.actor, "write-passkey-drop", "user", user.name, {"passkey": passkey[:16]})
    return RedirectResponse("/profile", 303)


@room.act("/sign-in/passkey/begin", OPEN)
def begin_sign_in(request: Request) -> Response:
    """What the browser signs."""
    portal = request.app.state.portal
    try:
        made = begin_passkey_sign_in(portal.directory, site_of(request), request.state.csrf, at=portal.clock())
    except LingtanError as error:
        return _said(request, error)
    return JSONResponse(made)


@room.act("/sign-in/passkey", OPEN)
def sign_in(request: Request, credential: Annotated[dict[str, Any], Body(embed=True)]) -> Response:
    """A session for whoever holds a passkey."""
    portal = request.app.state.portal
    try:
        made = sign_in_with_passkey(
            portal.directory, site_of(request), credential, request.state.csrf, at=portal.clock()
        )
    except AccessError as error:
        audit_failure(portal, "-", error.code)
        return _said(request, error)
    user = portal.directory.user(made.session.user)
    portal.note(user.actor, "sign-in", "session", "/sign-in/passkey", {"request": request.state.request_id})
    return session_cookie(request, JSONResponse({"to": "/"}), made.cookie)


def _said(request: Request, error: LingtanError) -> Response:
    """An error as the page's module shows it."""
    return JSONResponse({"code": error.code, "detail": error.format(language_of(request))}, status_of(error))
