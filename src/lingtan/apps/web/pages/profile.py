"""One's own profile: language, password, second factor, tokens."""

import base64
import io
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, SignedIn, mine
from lingtan.apps.web.render import LANG_COOKIE, language_of, render
from lingtan.base.errors import AccessError, InputError, LingtanError
from lingtan.base.text import LANGUAGES
from lingtan.services.access.policy import Action, Kind
from lingtan.services.access.sign_in import check_password, make_token
from lingtan.services.access.tokens import possible_scopes, scopes_for
from lingtan.services.access.users import set_password

room = Room()
OWN = SignedIn("the asker's own account")
TOKENS = Need(Kind.TOKEN, Action.WRITE, mine(Kind.TOKEN))
Secret = Annotated[str, Form(max_length=200)]
FRESH = timedelta(minutes=30)


@room.page("/profile", OWN)
def profile(request: Request) -> Response:
    """The page."""
    return _page(request)


@room.act("/profile/language", OWN)
def language(request: Request, lang: Annotated[str, Form(max_length=2)]) -> Response:
    """The language of the pages."""
    portal, user = request.app.state.portal, _user(request)
    if lang in LANGUAGES:
        portal.directory.put_user(replace(user, lang=lang))
    answer = RedirectResponse("/profile", 303)
    answer.delete_cookie(LANG_COOKIE, path="/")
    return answer


@room.act("/profile/password", OWN)
def password(request: Request, old: Secret, new: Secret, again: Secret) -> Response:
    """Another password; every session ends, this one too."""
    portal, user = request.app.state.portal, _user(request)
    try:
        if not check_password(user.password, old):
            raise InputError("access.old-password")
        if new != again:
            raise InputError("access.passwords-differ")
        set_password(portal.directory, user.name, new)
    except LingtanError as error:
        return _page(request, failure=error.format(language_of(request)), status=422)
    portal.note(user.actor, "write-password", "user", user.name, {})
    return RedirectResponse("/sign-in", 303)


@room.act("/profile/totp", OWN)
def enrol(request: Request, password: Secret) -> Response:
    """Begin with a second factor: a secret as a QR code, which counts once a code of it was given."""
    import pyotp

    portal, user = request.app.state.portal, _user(request)
    if not check_password(user.password, password):
        return _page(request, failure=InputError("access.old-password").format(language_of(request)), status=422)
    secret = pyotp.random_base32()
    portal.enrolling[user.name] = (secret, portal.clock())
    return _page(request, enrolling=secret)


@room.act("/profile/totp/confirm", OWN)
def confirm(request: Request, code: Annotated[str, Form(max_length=10)]) -> Response:
    """The first code: the second factor counts from now on."""
    import pyotp

    portal, user = request.app.state.portal, _user(request)
    secret, at = portal.enrolling.get(user.name, ("", None))
    fresh = at is not None and portal.clock() - at < FRESH
    if not fresh or not pyotp.TOTP(secret).verify(code.replace(" ", ""), for_time=portal.clock(), valid_window=1):
        wrong = AccessError("access.code").format(language_of(request))
        return _page(request, failure=wrong, enrolling=secret if fresh else None, status=422)
    portal.enrolling.pop(user.name)
    portal.directory.put_user(replace(user, totp=secret))
    portal.note(user.actor, "write-totp", "user", user.name, {})
    return RedirectResponse("/profile", 303)


@room.act("/profile/totp/drop", OWN)
def drop(request: Request, password: Secret) -> Response:
    """Without a second factor again."""
    portal, user = request.app.state.portal, _user(request)
    if not check_password(user.password, password):
        return _page(request, failure=InputError("access.old-password").format(language_of(request)), status=422)
    portal.directory.put_user(replace(user, totp=None))
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
    portal, user = request.app.state.portal, _user(request)
    try:
        _, secret = make_token(
            portal.directory, user, label, scopes_for(user.actor, scopes or []), at=portal.clock(), days=days
        )
    except LingtanError as error:
        return _page(request, failure=error.format(language_of(request)), status=422)
    return _page(request, secret=secret)


@room.act("/profile/tokens/{token}/drop", TOKENS)
def drop_token(request: Request, token: str) -> Response:
    """Take a token away."""
    portal, user = request.app.state.portal, _user(request)
    if token in {t.id for t in portal.directory.tokens(user.name)}:
        portal.directory.drop_token(token)
    return RedirectResponse("/profile", 303)


def _user(request: Request) -> Any:
    """The signed-in user; a token does not change its owner's account."""
    if request.state.by_token or request.state.user is None:
        raise AccessError("access.sign-in-first")
    return request.app.state.portal.directory.user(request.state.user.name)


def _page(
    request: Request,
    *,
    failure: str | None = None,
    enrolling: str | None = None,
    secret: str | None = None,
    status: int = 200,
) -> Response:
    portal, user = request.app.state.portal, _user(request)
    values = {
        "me": user, "failure": failure, "secret": secret, "tokens": portal.directory.tokens(user.name),
        "scopes": possible_scopes(user.actor), "enrolling": enrolling, "qr": _qr(user.name, enrolling) if enrolling else None,
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
