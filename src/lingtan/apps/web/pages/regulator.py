"""The regulator's view: the park's closed account, its members under pseudonyms, and whether a book that is shown is sealed."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import File, Query, UploadFile
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of, released
from lingtan.apps.web.pages.reports import TYPES
from lingtan.apps.web.pages.shared import waiting
from lingtan.apps.web.portal import Portal, Shown
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import label
from lingtan.services.access.policy import Action, Kind, Scope, scope_of

room = Room()
AGGREGATE = Need(Kind.ENTERPRISE, thing=released(Kind.ENTERPRISE))  # of no single enterprise
MOST_BYTES = 3 * 2**20
Year = Annotated[str, Query(pattern=r"^(\d{4})?$")]


@room.page("/regulator", AGGREGATE)
def regulator(request: Request, period: Year = "") -> Response:
    """Totals under pseudonyms, with the digests of sealed books."""
    return _page(request, period)


@room.act("/regulator/check", AGGREGATE)
def check(request: Request, book: Annotated[UploadFile, File()]) -> Response:
    """Hold a book that somebody shows against the sealed digests; nothing of it is kept."""
    try:
        checked = check_book(request.app.state.portal, book.file.read(MOST_BYTES + 1))
    except LingtanError as error:
        return _page(request, "", failure=error.format(language_of(request)), status=error.http_status)
    return _page(request, "", checked=checked)


@room.page("/regulator/report.{format}", AGGREGATE)
def report(
    request: Request, format: Annotated[str, InPath(pattern="^(docx|xlsx|pdf)$")], period: Year = ""
) -> Response:
    """The report of the closed period without names."""
    closing = closed(request.app.state.portal, period).id
    asked = {"closing": closing, "format": format, "lang": language_of(request)}
    made = request.app.state.portal.background.wait("figures", "aggregate_report", asked, 300)
    return FileResponse(
        Path(made["path"]), media_type=TYPES[format], filename=f"{closing}-park-{asked['lang']}.{format}"
    )


def closed(portal: Portal, period: str) -> Shown:
    """The newest closing of a period.

    Raises
    ------
    InputError
        ``regulator.nothing-closed``.
    """
    from lingtan.services.sealed_books import newest_closing

    found = newest_closing(portal.space(), period)
    if found is None:
        raise InputError("regulator.nothing-closed")
    return Shown(portal.load(found.id), found.id, False, None)


def check_book(portal: Portal, text: bytes) -> Any:
    """What a shown book is."""
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.sealed_books import check_shown_book

    if len(text) > MOST_BYTES:
        raise InputError("regulator.not-a-book")
    space = portal.space()
    return check_shown_book(space, text, workspace_key(space)[0])


def _page(request: Request, period: str, *, checked: Any = None, failure: str = "", status: int = 200) -> Response:
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.sealed_books import newest_closing, sealed_totals
    from lingtan.services.show_enterprises import pseudonym, pseudonym_salt

    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    if newest_closing(space, period) is None:
        if portal.shown(refresh=False) is None:
            return waiting(request, period)
        return render(request, "regulator.html", {"shown": None, "failure": failure, "checked": checked})
    shown = closed(portal, period)
    totals = sealed_totals(space, shown.run, workspace_key(space)[0])
    names: dict[str, str] = {}
    if scope_of(actor_of(request), Kind.ENTERPRISE, Action.READ) is Scope.ALL:
        salt = pseudonym_salt(space)
        names = {pseudonym(salt, e.id): label(e.name, lang, e.id) for e in shown.run.park.enterprises}
    core = shown.run.rules.core
    values: dict[str, Any] = {
        "shown": shown, "years": sorted({c for c in portal.years() if portal.has_closing(c)}, reverse=True), "totals": totals, "names": names,
        "emissions": core["emissions"], "energy": core["energy"], "checked": checked, "failure": failure,
        "indicators": shown.run.indicators,
    }  # fmt: skip
    return render(request, "regulator.html", values, status=status)
