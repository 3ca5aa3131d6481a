"""Setting up, signing in and out."""

import hmac
import secrets
from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.failures import status_of
from lingtan.apps.web.guard import BEFORE, COOKIE
from lingtan.apps.web.need import Public, Room, SignedIn
from lingtan.apps.web.portal import Portal
from lingtan.apps.web.render import language_of, render
from lingtan.apps.web.site import site_of
from lingtan.base.errors import AccessError, InputError, LingtanError, SourceError
from lingtan.services.access.policy import Actor, Role
from lingtan.services.access.sign_in import LIFE, open_session, sign_in
from lingtan.services.access.users import add_user

room = Room()
OPEN = Public("signing in")
Field = Annotated[str, Form(max_length=200)]
Said = Annotated[str, Query(max_length=4000)]
BACK = "/sign-in/provider/back"


@room.page("/healthz", Public("tells a supervisor that the server lives"))
def health() -> dict[str, str]:
    """Alive."""
    return {"status": "ok"}


@room.page("/sign-in", OPEN)
def sign_in_page(request: Request) -> Response:
    """The form."""
    portal = request.app.state.portal
    if request.state.actor is not None:
        return RedirectResponse("/", 303)
    if portal.needs_setup():
        return RedirectResponse("/setup", 303)
    return _form(request, "sign-in.html", {})


@room.act("/sign-in", OPEN)
def sign_in_now(request: Request, name: Field, password: Field, code: Field = "") -> Response:
    """Check name, password and code; a session."""
    portal = request.app.state.portal
    try:
        made = sign_in(portal.directory, name.strip(), password, code=code, at=portal.clock())
    except AccessError as error:
        audit_failure(portal, name, error.code)
        status = status_of(error)
        wants = error.code == "access.code"
        values = {"failure": error.format(language_of(request)), "name": name, "wants_code": wants}
        return _form(request, "sign-in.html", values, status=status)
    user = portal.directory.user(made.session.user)
    portal.note(user.actor, "sign-in", "session", "/sign-in", {"request": request.state.request_id})
    return session_cookie(request, RedirectResponse("/", 303), made.cookie)


@room.page("/sign-in/provider", OPEN)
def to_provider(request: Request) -> Response:
    """On to the provider, where one is set up."""
    from lingtan.services.access.provider import begin_provider_sign_in

    portal = request.app.state.portal
    if portal.provider is None:
        raise InputError("access.sso-none")
    if request.state.csrf is None:
        request.state.csrf = secrets.token_urlsafe(24)
    back = f"{site_of(request).origin}{BACK}"
    address = begin_provider_sign_in(portal.directory, portal.provider, back, request.state.csrf, at=portal.clock())
    return before_cookie(request, RedirectResponse(address, 303))


@room.page("/sign-in/provider/back", OPEN)
def from_provider(request: Request, state: Said = "", code: Said = "", iss: Said = "", error: Said = "") -> Response:
    """Back from the provider: a session, or the form with the reason."""
    from lingtan.services.access.provider import sign_in_with_provider

    portal = request.app.state.portal
    if portal.provider is None:
        raise InputError("access.sso-none")
    try:
        if error or not code:
            raise AccessError("access.sso", reason=error[:60] or "code")
        members = [e.id for e in portal.space().park.enterprises]
        made = sign_in_with_provider(
            portal.directory, portal.provider, state=state, code=code, issuer=iss, browser=request.state.csrf or "",
            members=members, at=portal.clock(),
        )  # fmt: skip
    except (AccessError, SourceError) as failed:
        audit_failure(portal, str(failed.values.get("name", "-")), failed.code, **_reason(failed))
        values = {"failure": failed.format(language_of(request))}
        return _form(request, "sign-in.html", values, status=status_of(failed))
    user = portal.directory.user(made.session.user)
    told = {"request": request.state.request_id, "issuer": portal.provider.issuer}
    portal.note(user.actor, "sign-in", "session", "/sign-in/provider", told)
    return session_cookie(request, RedirectResponse("/", 303), made.cookie)


@room.act("/sign-out", SignedIn("ends the asker's own session"))
def sign_out(request: Request) -> Response:
    """End the session."""
    portal, session = request.app.state.portal, request.state.session
    if session is not None:
        portal.directory.end_sessions(digest=session.digest)
        portal.note(request.state.actor, "sign-out", "session", "/sign-out", {})
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@room.page("/setup", OPEN)
def setup_page(request: Request) -> Response:
    """The first visit: make an administrator."""
    if not request.app.state.portal.needs_setup():
        return RedirectResponse("/sign-in", 303)
    return _form(request, "setup.html", {})


@room.act("/setup", OPEN)
def setup_now(request: Request, code: Field, name: Field, password: Field, again: Field) -> Response:
    """Make the administrator, once, by whoever sees the terminal."""
    portal = request.app.state.portal
    if not portal.needs_setup():
        raise AccessError("access.set-up")
    try:
        if not hmac.compare_digest(code.strip().encode(), portal.setup_code.encode()):
            raise AccessError("access.setup-code")
        if password != again:
            raise InputError("access.passwords-differ")
        user = add_user(portal.directory, name.strip(), Role.ADMIN, password=password, lang=language_of(request))
    except LingtanError as error:
        values = {"failure": error.format(language_of(request)), "name": name}
        return _form(request, "setup.html", values, status=error.http_status)
    portal.setup_code = secrets.token_hex(16)
    portal.note(user.actor, "setup", "user", user.name, {})
    made = open_session(portal.directory, user, at=portal.clock(), second_factor=False)
    return session_cookie(request, RedirectResponse("/", 303), made.cookie)


def _form(request: Request, template: str, values: Mapping[str, object], *, status: int = 200) -> Response:
    """A form before anybody is signed in; its token is that of a cookie of its own."""
    if request.state.csrf is None:
        request.state.csrf = secrets.token_urlsafe(24)
    provider = request.app.state.portal.provider
    label = "" if provider is None else provider.labels.get(language_of(request), "")
    filled = {
        "failure": None, "name": "", "wants_code": False, "passkeys": site_of(request).usable, "provider": provider is not None,
        "provider_label": label, **values,
    }  # fmt: skip
    return before_cookie(request, render(request, template, filled, status=status, park=False))


def before_cookie(request: Request, answer: Response) -> Response:
    """With the cookie of a browser that is not signed in yet."""
    secure = request.state.secure
    answer.set_cookie(BEFORE, request.state.csrf, max_age=3600, httponly=True, samesite="lax", secure=secure, path="/")
    return answer


def session_cookie(request: Request, answer: Response, cookie: str) -> Response:
    """With the cookie of a new session."""
    secure, age = request.state.secure, int(LIFE.total_seconds())
    answer.set_cookie(COOKIE, cookie, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")
    answer.delete_cookie(BEFORE, path="/")
    return answer


def audit_failure(portal: Portal, name: str, code: str, **detail: str) -> None:
    """A line for a sign-in that failed; the name is what was typed."""
    portal.note(Actor(name.strip()[:63] or "-", Role.ENTERPRISE), f"sign-in-{code}"[:32], "session", "/sign-in", detail)


def _reason(error: LingtanError) -> dict[str, str]:
    return {k: str(error.values[k])[:100] for k in ("reason", "detail") if k in error.values}
