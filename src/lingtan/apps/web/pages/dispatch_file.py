"""The dispatch description: what plans rest on, with every assumption; written from the park file or as text."""

from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.pages.dispatch import READ, WRITE
from lingtan.apps.web.pages.dispatch_told import names_of
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import say
from lingtan.services.dispatch_file import derive_description, description_text, drop_description, write_description
from lingtan.services.dispatch_store import description_of
from lingtan.services.dispatch_words import assumption_text

room = Room()


@room.page("/dispatch/file", READ)
def file(request: Request) -> Response:
    """The page."""
    return _page(request, *_read(request))


@room.act("/dispatch/file", WRITE)
def write(request: Request, text: Annotated[str, Form(max_length=500_000)]) -> Response:
    """Check and keep a text; what is wrong is shown beside it."""
    portal = request.app.state.portal
    try:
        write_description(portal.space(), text, by=actor_of(request).name, audit=portal.audit)
    except InputError as error:
        return _page(request, text, True, [], error, status=422)
    return RedirectResponse("/dispatch/file", 303)


@room.act("/dispatch/file/derive", WRITE)
def derive(request: Request) -> Response:
    """Write the file from the park file; an old one is replaced."""
    portal = request.app.state.portal
    derive_description(portal.space(), by=actor_of(request).name, audit=portal.audit, replace=True)
    return RedirectResponse("/dispatch/file", 303)


@room.act("/dispatch/file/drop", WRITE)
def drop(request: Request) -> Response:
    """Take the file away."""
    portal = request.app.state.portal
    drop_description(portal.space(), by=actor_of(request).name, audit=portal.audit)
    return RedirectResponse("/dispatch/file", 303)


def _read(request: Request) -> tuple[str, bool, list[Any], LingtanError | None]:
    space = request.app.state.portal.space()
    try:
        text, own, notes = description_text(space)
    except LingtanError as error:
        return "", False, [], error
    try:
        description_of(space)
    except LingtanError as error:
        return text, own, [], error
    return text, own, notes, None


def _page(
    request: Request, text: str, own: bool, notes: list[Any], error: LingtanError | None, *, status: int = 200
) -> Response:
    space, lang = request.app.state.portal.space(), language_of(request)
    problems = [p.format(lang) for p in error.problems] if error else []
    head = say(error.code, lang, count=len(problems), **error.values) if error else ""
    try:
        found = description_of(space)[0]
        names = names_of(space.park, found, lang)
    except LingtanError:
        found, names = None, {}
    values = {
        "text": text,
        "own": own,
        "notes": [assumption_text(vars(n), lang, names) for n in notes],
        "head": head,
        "problems": problems,
        "found": found,
        "names": names,
    }
    return render(request, "dispatch-file.html", values, status=status)
