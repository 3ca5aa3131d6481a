"""Monthly forms: a template with one's own channels, a preview with every problem, and the operator's review of what replaces data."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import File, Form, Query, UploadFile
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of, of_enterprise
from lingtan.apps.web.pages.shared import member
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import digest_bytes
from lingtan.base.text import label
from lingtan.services.access.policy import Action, Kind

room = Room()
READ = Need(Kind.READING, thing=of_enterprise(Kind.READING))
FILL = Need(Kind.READING, Action.WRITE, of_enterprise(Kind.READING))
REVIEW = Need(Kind.READING, Action.APPROVE, of_enterprise(Kind.READING))
MonthIn = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]
MonthForm = Annotated[str, Form(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
FormId = Annotated[str, Form(pattern=r"^[0-9a-f]{12}$")]
MOST_BYTES = 4 * 2**20
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


@room.page("/forms", Need(Kind.READING, Action.APPROVE))
def reviews(request: Request) -> Response:
    """What waits for review, and what was submitted."""
    return _reviews(request)


@room.page("/forms/{enterprise}", FILL)
def form(request: Request, enterprise: str, month: MonthIn = "") -> Response:
    """A month's form of an enterprise."""
    member(request, enterprise)
    return _page(request, enterprise, month or months_due(request, enterprise)[0])


@room.page("/forms/{enterprise}/template.{format}", READ)
def template(
    request: Request,
    enterprise: str,
    format: Annotated[str, InPath(pattern="^(xlsx|csv)$")],
    month: MonthIn = "",
) -> Response:
    """The template, with the enterprise's channels and what is known."""
    from lingtan.services.monthly_form import form_csv
    from lingtan.wiring import form_writer

    member(request, enterprise)
    lang = language_of(request)
    asked = month or months_due(request, enterprise)[0]
    fields = fields_of(request, enterprise, asked)
    if format == "csv":
        data = form_csv(fields, enterprise, asked, lang)
    else:
        data = form_writer()(fields, enterprise, _name(request, enterprise), asked, lang)
    headers = {"content-disposition": f'attachment; filename="form-{enterprise}-{asked}.{format}"'}
    return Response(data, media_type=TYPES[format], headers=headers)


@room.act("/forms/{enterprise}/upload", FILL)
def upload(request: Request, enterprise: str, file: Annotated[UploadFile, File()], month: MonthForm) -> Response:
    """Show what was understood; nothing is written yet."""
    from lingtan.services.submit_form import draft_form

    member(request, enterprise)
    space, data = request.app.state.portal.space(), file.file.read(MOST_BYTES + 1)
    try:
        filled, name = understood(request, enterprise, month, file.filename or "form", data)
        draft = None
        if not filled.problems and filled.entries:
            draft = draft_form(space, enterprise, month, name, data, filled, by=actor_of(request).name)
    except LingtanError as error:
        return _page(request, enterprise, month, failure=error.format(language_of(request)), status=error.http_status)
    return _page(request, enterprise, month, filled=filled, draft=draft, file=name)


@room.act("/forms/{enterprise}/submit", FILL)
def submit(
    request: Request, enterprise: str, form: FormId, note: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Submit a draft."""
    from lingtan.services.submit_form import submit_form

    space = request.app.state.portal.space()
    try:
        found = own_form(request, enterprise, form)
        submit_form(space, form, by=actor_of(request).name, note=note)
    except LingtanError as error:
        month = months_due(request, enterprise)[0]
        return _page(request, enterprise, month, failure=error.format(language_of(request)), status=error.http_status)
    return RedirectResponse(f"/forms/{enterprise}?month={found.month}", 303)


@room.act("/forms/{enterprise}/decide", REVIEW)
def decide(
    request: Request,
    enterprise: str,
    form: FormId,
    approve: Annotated[bool, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """The operator's review."""
    from lingtan.services.submit_form import decide_form

    try:
        own_form(request, enterprise, form)
        decide_form(request.app.state.portal.space(), form, by=actor_of(request).name, approve=approve, reason=reason)
    except LingtanError as error:
        return _reviews(request, failure=error.format(language_of(request)), status=error.http_status)
    return RedirectResponse("/forms", 303)


def fields_of(request: Request, enterprise: str, month: str) -> list[Any]:
    """The lines of a month's form."""
    from lingtan.services.monthly_form import form_fields

    portal = request.app.state.portal
    shown = portal.shown(month[:4], refresh=False) if month[:4] in portal.years() else None
    return form_fields(portal.space(), enterprise, month, language_of(request), shown.run if shown else None)


def months_due(request: Request, enterprise: str) -> list[str]:
    """The month after the newest one that has any value, and the months before it, newest first."""
    from lingtan.services.meter_status import meter_status
    from lingtan.services.monthly_form import is_monthly

    space = request.app.state.portal.space()
    found = [s for s in meter_status(space, None, enterprise) if is_monthly(s.channel) and s.newest is not None]
    newest = max((s.newest for s in found if s.newest), default=None)
    at = (newest or request.app.state.portal.clock()).astimezone(_zone(request))
    year, number = at.year, at.month
    months = []
    for _ in range(14):
        months.append(f"{year}-{number:02d}")
        year, number = (year - 1, 12) if number == 1 else (year, number - 1)
    return months


def due(request: Request, enterprise: str) -> list[dict[str, Any]]:
    """The two newest months with how much of their form is filled."""
    found = []
    for month in months_due(request, enterprise)[:2]:
        fields = [f for f in fields_of(request, enterprise, month) if f.fillable]
        filled = sum(f.known is not None for f in fields)
        if fields:
            state = "done" if filled == len(fields) else "part" if filled else "open"
            tone = {"done": "good", "part": "warn", "open": "warn"}[state]
            found.append({"month": month, "filled": filled, "of": len(fields), "state": state, "tone": tone})
    return found


def understood(request: Request, enterprise: str, month: str, filename: str, data: bytes) -> tuple[Any, str]:
    """What a file says as a form, and its plain name.

    Raises
    ------
    InputError
        ``meters.too-large``; what reading the file raises.
    """
    from lingtan.services.monthly_form import read_form

    if len(data) > MOST_BYTES:
        raise InputError("meters.too-large", megabytes=MOST_BYTES >> 20)
    space = request.app.state.portal.space()
    name = re.sub(r"[^\w.()\-]+", "_", Path(filename).name)[-100:].lstrip(".") or "form"
    staged = f"incoming/{digest_bytes(data)[:16]}/{name}"
    space.blobs.put(staged, data)
    fields = fields_of(request, enterprise, month)
    return read_form(space, Path(space.blobs.path(staged)), enterprise, month, fields), name


def own_form(request: Request, enterprise: str, name: str) -> Any:
    """A form of this enterprise.

    Raises
    ------
    InputError
        ``forms.no-form``, for those of others too.
    """
    from lingtan.services.submit_form import find_form

    found = find_form(request.app.state.portal.space(), name)
    if found.enterprise != enterprise:
        raise InputError("forms.no-form", form=name)
    return found


def _page(
    request: Request, enterprise: str, month: str, *, filled: Any = None, draft: Any = None, file: str = "", failure: str = "", status: int = 200
) -> Response:  # fmt: skip
    from lingtan.services.monthly_form import plain
    from lingtan.services.submit_form import forms

    fields = fields_of(request, enterprise, month)
    months = months_due(request, enterprise)
    values = {
        "enterprise": enterprise, "name": _name(request, enterprise), "tab": "forms", "mine": True, "own": actor_of(request).enterprise == enterprise,
        "month": month, "months": months if month in months else [month, *months], "fields": fields, "by_id": {f.channel: f for f in fields},
        "filled": filled, "draft": draft, "file": file, "failure": failure, "plain": plain, "sent": forms(request.app.state.portal.space(), enterprise=enterprise)[:20],
        "people": {u.name: u.label for u in request.app.state.portal.directory.users()},
    }  # fmt: skip
    return render(request, "form.html", values, status=status)


def _reviews(request: Request, *, failure: str = "", status: int = 200) -> Response:
    from lingtan.park.model import channels
    from lingtan.services.submit_form import WAITING, forms

    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    found = forms(space)
    held = channels(space.park)
    values = {
        "waiting": [f for f in found if f.state == WAITING], "others": [f for f in found if f.state != WAITING][:60],
        "names": {e.id: label(e.name, lang, e.id) for e in space.park.enterprises},
        "channels": {n: (label(c.name, lang, n), c.unit) for n, (_, c) in held.items()},
        "people": {u.name: u.label for u in portal.directory.users()}, "failure": failure,
    }  # fmt: skip
    return render(request, "forms.html", values, status=status)


def _name(request: Request, enterprise: str) -> str:
    park = request.app.state.portal.space().park
    found = next((e for e in park.enterprises if e.id == enterprise), None)
    return label(found.name, language_of(request), enterprise) if found else enterprise


def _zone(request: Request) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(request.app.state.portal.space().park.park.timezone)


def as_dict(form: Any) -> dict[str, Any]:
    """A submission for the API."""
    return asdict(form)
