"""Green certificates with their serials, the check for double claims, and the signed green statements."""

import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import File, Query, UploadFile
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.shared import member
from lingtan.apps.web.portal import newest_year
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import digest_bytes
from lingtan.base.text import label
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of

room = Room()
MOST_BYTES = 4 * 2**20


def own_green(connection: HTTPConnection, actor: Actor) -> Thing:
    """The park's green power, or one's own."""
    own = scope_of(actor, Kind.GREEN, Action.READ) is Scope.OWN
    return Thing(Kind.GREEN, enterprise=actor.enterprise if own else None)


def of_enterprise_or_own(connection: HTTPConnection, actor: Actor) -> Thing:
    """The green power of the enterprise that is named; members who name none mean their own."""
    named = connection.query_params.get("enterprise") or own_green(connection, actor).enterprise
    return Thing(Kind.GREEN, enterprise=named)


@room.page("/certificates", Need(Kind.GREEN, thing=own_green))
def certificates(request: Request) -> Response:
    """The list."""
    return _page(request)


@room.act("/certificates/import", Need(Kind.GREEN, Action.WRITE))
def import_now(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    """Import an issue file whole or not at all."""
    try:
        made = imported(request, file.filename or "file", file.file.read(MOST_BYTES + 1))
    except LingtanError as error:
        return _page(request, failure=error.format(language_of(request)), status=error.http_status)
    return _page(request, made=made)


@room.page("/certificates/claims", Need(Kind.GREEN, thing=own_green))
def claims(request: Request, period: Annotated[str, Query(pattern=r"^(\d{4})?$")] = "") -> Response:
    """Whether any kilowatt-hour is claimed twice; traced in the background. Members see that of their own."""
    portal = request.app.state.portal
    space = portal.space()
    year = period or next(iter(portal.years()), "") or newest_year(space)
    own = own_green(request, actor_of(request)).enterprise
    key = ("claims", year, space.store.head(), space.park_commit.content)
    task = portal.tasks.get(key)
    if task is None:
        task = portal.tasks[key] = portal.background.submit("figures", "check_claims", {"period": year})
    made, failure = None, ""
    if task.future.done():
        error = task.future.exception()
        if error is not None:
            portal.tasks.pop(key, None)
            failure = error.format(language_of(request)) if isinstance(error, LingtanError) else str(error)
        else:
            made = task.future.result()
            if own is not None:
                made = {**made, "found": [c for c in made["found"] if c["about"] == own]}
    names = {e.id: label(e.name, language_of(request), e.id) for e in space.park.enterprises}
    return render(request, "claims.html", {"made": made, "failure": failure, "year": year, "names": names})


@room.page("/green/passport", Need(Kind.GREEN, thing=of_enterprise_or_own))
def passport(
    request: Request,
    period: Annotated[str, Query(pattern=r"^\d{4}$")],
    enterprise: Annotated[str, Query(max_length=63)] = "",
) -> Response:
    """What the green figures of an enterprise or the park rest on."""
    told = request.app.state.portal.background.wait(
        "figures", "green_passport", {"period": period, "enterprise": _whose(request, enterprise)}, 300
    )
    lang = language_of(request)
    park = request.app.state.portal.space().park
    names = {e.id: label(e.name, lang, e.id) for e in park.enterprises}
    channel_names = {c.id: label(c.name, lang, c.id) for m in park.meters for c in m.channels}
    part = request.headers.get("hx-request") == "true"
    values = {"told": told, "names": names, "channels": channel_names}
    return render(request, "green-passport-part.html" if part else "green-passport.html", values)


def _whose(request: Request, named: str) -> str:
    thing = of_enterprise_or_own(request, actor_of(request))
    if thing.enterprise:
        member(request, thing.enterprise)
    return thing.enterprise or ""


def imported(request: Request, filename: str, data: bytes) -> list[Any]:
    """What an issue file brought.

    Raises
    ------
    InputError, DataError
        What the import raises; nothing is changed then.
    """
    from lingtan.services.certificates import import_certificates

    if len(data) > MOST_BYTES:
        raise InputError("meters.too-large", megabytes=MOST_BYTES >> 20)
    space = request.app.state.portal.space()
    name = re.sub(r"[^\w.()\-]+", "_", Path(filename).name)[-100:].lstrip(".") or "file"
    staged = f"incoming/{digest_bytes(data)[:16]}/{name}"
    space.blobs.put(staged, data)
    return import_certificates(space, Path(space.blobs.path(staged)))


def _page(request: Request, *, made: Any = None, failure: str = "", status: int = 200) -> Response:
    from lingtan.services.certificate_sums import certificate_list

    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    own = own_green(request, actor_of(request)).enterprise
    names = {e.id: label(e.name, lang, e.id) for e in space.park.enterprises}
    plants = {a.id: label(a.name, lang, a.id) for a in [*space.park.assets, *space.park.connections]}
    values = {
        "found": certificate_list(space, own), "names": names, "plants": plants, "made": made, "failure": failure, "own": own,
        "year": next(iter(portal.years()), "") or newest_year(space), "members": [(own, names.get(own, own))] if own else sorted(names.items()),
    }  # fmt: skip
    return render(request, "certificates.html", values, status=status)
