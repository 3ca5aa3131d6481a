"""One's own profile: language, password, second factor, tokens."""

import base64
import io
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, SignedIn, mine
from lingtan.apps.web.render import LANG_COOKIE, language_of, render
from lingtan.apps.web.site import site_of
from lingtan.base.errors import AccessError, InputError, LingtanError
from lingtan.base.text import LANGUAGES
from lingtan.services.access.policy import Action, Kind
from lingtan.services.access.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    drop_second_factor,
    enrolling,
    new_recovery_codes,
    require_self,
)
from lingtan.services.access.sign_in import check_password, make_token
from lingtan.services.access.tokens import possible_scopes, scopes_for
from lingtan.services.access.users import set_password

room = Room()
OWN = SignedIn("the asker's own account")
TOKENS = Need(Kind.TOKEN, Action.WRITE, mine(Kind.TOKEN))
Secret = Annotated[str, Form(max_length=200)]


@room.page("/profile", OWN)
def profile(request: Request) -> Response:
    """The page."""
    return profile_page(request)


@room.act("/profile/language", OWN)
def language(request: Request, lang: Annotated[str, Form(max_length=2)]) -> Response:
    """The language of the pages."""
    portal, user = request.app.state.portal, profile_user(request)
    if lang in LANGUAGES:
        portal.directory.put_user(replace(user, lang=lang))
    answer = RedirectResponse("/profile", 303)
    answer.delete_cookie(LANG_COOKIE, path="/")
    return answer


@room.act("/profile/password", OWN)
def password(request: Request, old: Secret, new: Secret, again: Secret) -> Response:
    """Another password; every session ends, this one too."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        if not check_password(user.password, old):
            raise InputError("access.old-password")
        if new != again:
            raise InputError("access.passwords-differ")
        set_password(portal.directory, user.name, new)
    except LingtanError as error:
        return profile_page(request, failure=error.format(language_of(request)), status=422)
    portal.note(user.actor, "write-password", "user", user.name, {})
    return RedirectResponse("/sign-in", 303)


@room.act("/profile/sessions/end", OWN)
def end_sessions(request: Request) -> Response:
    """Signed out everywhere, here too."""
    portal, user = request.app.state.portal, profile_user(request)
    portal.directory.end_sessions(user=user.name)
    portal.note(user.actor, "sign-out", "session", "everywhere", {})
    return RedirectResponse("/sign-in", 303)


@room.act("/profile/totp", OWN)
def enrol(request: Request, password: Secret = "") -> Response:
    """Begin with a second factor: a secret as a QR code, which counts once a code of it was given."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        require_self(user, request.state.session, password, at=portal.clock())
    except LingtanError as error:
        return profile_page(request, failure=error.format(language_of(request)), status=422)
    return profile_page(request, begun=begin_second_factor(portal.directory, user, at=portal.clock()))


@room.act("/profile/totp/confirm", OWN)
def confirm(request: Request, code: Annotated[str, Form(max_length=10)]) -> Response:
    """The first code: the second factor counts from now on; recovery codes, shown once."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        codes = confirm_second_factor(portal.directory, user, code, at=portal.clock())
    except LingtanError as error:
        begun = enrolling(portal.directory, user, at=portal.clock())
        return profile_page(request, failure=error.format(language_of(request)), begun=begun, status=422)
    portal.note(user.actor, "write-totp", "user", user.name, {})
    return profile_page(request, codes=codes)


@room.act("/profile/totp/codes", OWN)
def codes(request: Request, password: Secret = "") -> Response:
    """Other recovery codes; the earlier ones count no more."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        require_self(user, request.state.session, password, at=portal.clock())
        if user.totp is None:
            raise InputError("access.enrol-again")
    except LingtanError as error:
        return profile_page(request, failure=error.format(language_of(request)), status=422)
    portal.note(user.actor, "write-recovery-codes", "user", user.name, {})
    return profile_page(request, codes=new_recovery_codes(portal.directory, user))


@room.act("/profile/totp/drop", OWN)
def drop(request: Request, password: Secret = "") -> Response:
    """Without a second factor again."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        require_self(user, request.state.session, password, at=portal.clock())
    except LingtanError as error:
        return profile_page(request, failure=error.format(language_of(request)), status=422)
    drop_second_factor(portal.directory, user)
    portal.note(user.actor, "write-totp-drop", "user", user.name, {})
    return RedirectResponse("/profile", 303)


@room.act("/profile/tokens", TOKENS)
def new_token(
    request: Request,
    label: Annotated[str, Form(min_length=1, max_length=100)],
    scopes: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=1825)] = 365,
) -> Response:
    """A token for programs, shown once."""
    portal, user = request.app.state.portal, profile_user(request)
    try:
        _, secret = make_token(
            portal.directory, user, label, scopes_for(user.actor, scopes or []), at=portal.clock(), days=days
        )
    except LingtanError as error:
        return profile_page(request, failure=error.format(language_of(request)), status=422)
    return profile_page(request, secret=secret)


@room.act("/profile/tokens/{token}/drop", TOKENS)
def drop_token(request: Request, token: str) -> Response:
    """Take a token away."""
    portal, user = request.app.state.portal, profile_user(request)
    if token in {t.id for t in portal.directory.tokens(user.name)}:
        portal.directory.drop_token(token)
    return RedirectResponse("/profile", 303)


def profile_user(request: Request) -> Any:
    """The signed-in user; a token does not change its owner's account."""
    if request.state.by_token or request.state.user is None:
        raise AccessError("access.sign-in-first")
    return request.app.state.portal.directory.user(request.state.user.name)


def profile_page(
    request: Request,
    *,
    failure: str | None = None,
    begun: str | None = None,
    codes: list[str] | None = None,
    secret: str | None = None,
    status: int = 200,
) -> Response:
    """The page, with what was just made or went wrong."""
    portal, user = request.app.state.portal, profile_user(request)
    directory, site = portal.directory, site_of(request)
    values = {
        "me": user, "failure": failure, "secret": secret, "tokens": directory.tokens(user.name), "scopes": possible_scopes(user.actor),
        "enrolling": begun, "qr": _qr(user.name, begun) if begun else None, "codes": codes,
        "codes_left": directory.recovery_codes(user.name) if user.totp else 0,
        "passkeys": directory.passkeys(user.name), "site": site, "has_password": user.password is not None,
    }  # fmt: skip
    return render(request, "profile.html", values, status=status)


def _qr(name: str, secret: str) -> str:
    import pyotp
    import segno

    out = io.BytesIO()
    segno.make(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Lingtan")).save(
        out, kind="svg", scale=5, border=2
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(out.getvalue()).decode()}"
