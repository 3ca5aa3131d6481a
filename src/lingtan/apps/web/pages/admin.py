"""Users and the audit log, for administrators."""

import secrets
from typing import Annotated

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import LingtanError
from lingtan.base.text import label
from lingtan.services.access.policy import Action, Kind, Role
from lingtan.services.access.users import add_user, forget_keys, set_active, set_password

room = Room()
WRITE = Need(Kind.USER, Action.WRITE)
Name = Annotated[str, Form(max_length=63)]
PAGE = 100


@room.page("/users", Need(Kind.USER))
def users(request: Request) -> Response:
    """Everybody, and the form for another."""
    return _page(request)


@room.act("/users", WRITE)
def new_user(
    request: Request,
    name: Name,
    role: Annotated[Role, Form()],
    enterprise: Name = "",
    label_: Annotated[str, Form(alias="label", max_length=200)] = "",
) -> Response:
    """Add a user; the password is shown once."""
    portal = request.app.state.portal
    password = secrets.token_urlsafe(12)
    members = [e.id for e in portal.space().park.enterprises]
    try:
        add_user(
            portal.directory,
            name.strip(),
            role,
            password=password,
            enterprise=enterprise or None,
            label=label_.strip(),
            members=members,
        )
    except LingtanError as error:
        return _page(request, failure=error.format(language_of(request)), status=error.http_status)
    return _page(request, made=(name.strip(), password))


@room.act("/users/{name}/password", WRITE)
def new_password(request: Request, name: str) -> Response:
    """Another password, shown once."""
    password = secrets.token_urlsafe(12)
    set_password(request.app.state.portal.directory, name, password)
    return _page(request, made=(name, password))


@room.act("/users/{name}/keys/forget", WRITE)
def forget(request: Request, name: str) -> Response:
    """No second factor, passkeys or identities any more, for who lost them."""
    forget_keys(request.app.state.portal.directory, name)
    return RedirectResponse("/users", 303)


@room.act("/users/{name}/active", WRITE)
def active(request: Request, name: str, active: Annotated[bool, Form()]) -> Response:
    """Disable or enable."""
    set_active(request.app.state.portal.directory, name, active=active)
    return RedirectResponse("/users", 303)


@room.page("/audit", Need(Kind.AUDIT))
def audit(request: Request, before: int = 0, check: bool = False) -> Response:
    """The newest lines, or those before one; whether the chain is whole, if that is asked."""
    log = request.app.state.portal.audit
    last = log.last()
    end = before - 1 if 0 < before <= last else last
    first = max(0, end - PAGE)
    lines = [e for e in log.entries(after=first, limit=PAGE) if e.seq <= end]
    values = {
        "lines": list(reversed(lines)),
        "earlier": first + 1 if first else 0,
        "broken": log.verify() if check else None,
        "last": last,
    }
    return render(request, "audit.html", values)


def _page(
    request: Request, *, failure: str | None = None, made: tuple[str, str] | None = None, status: int = 200
) -> Response:
    portal, lang = request.app.state.portal, language_of(request)
    members = [(e.id, label(e.name, lang, e.id)) for e in portal.space().park.enterprises]
    values = {
        "users": portal.directory.users(), "roles": [r.value for r in Role], "members": members, "names": dict(members),
        "failure": failure, "made": made,
    }  # fmt: skip
    return render(request, "users.html", values, status=status)
