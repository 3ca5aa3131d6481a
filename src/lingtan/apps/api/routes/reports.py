"""Reports as files, and the functions that the platform serves."""

from pathlib import Path
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lingtan.apps.api.answers import Shape, answer, body, file
from lingtan.apps.api.routes.accounts import RunId
from lingtan.apps.web.need import Need, Room, released
from lingtan.apps.web.pages.reports import TYPES
from lingtan.apps.web.pages.shared import choose
from lingtan.apps.web.portal import need_run
from lingtan.apps.web.render import language_of
from lingtan.services.access.policy import Kind

room = Room()


class Function(Shape):
    """A function of the guide for energy-and-carbon management centers: `state` is whole, part, command or none."""

    number: int
    state: str
    pages: list[str]
    commands: list[str]


class Functions(Shape):
    """All of them."""

    rows: list[Function]


@room.declared(
    "GET", "/reports/{period}/{format}", Need(Kind.REPORT, thing=released(Kind.REPORT)), tags=["reports"],
    responses=file(*TYPES.values(), words="The report."), response_model=None,
)  # fmt: skip
def report(
    request: Request,
    period: Annotated[str, InPath(pattern=r"^\d{4}$", examples=["2025"])],
    format: Annotated[str, InPath(pattern="^(docx|xlsx|pdf)$", examples=["xlsx"])],
    run: RunId = "",
    lang: Annotated[str, Query(pattern="^(zh|en)$", description="Else the asker's language.")] = "zh",
) -> Response:
    """The account report of a year, made from the run that is shown and kept."""
    shown = need_run(choose(request, period, run, refresh=False, kind=Kind.REPORT))
    said = lang if "lang" in request.query_params else language_of(request)
    asked = {"run": shown.id, "format": format, "lang": said}
    made = request.app.state.portal.background.wait("figures", "report", asked, 300)
    return FileResponse(Path(made["path"]), media_type=TYPES[format], filename=f"{shown.id}-{said}.{format}")


@room.declared(
    "GET", "/functions", Need(Kind.OVERVIEW), tags=["reports"], responses=body(Functions), response_model=None
)
def functions(request: Request) -> Response:
    """The twelve functions of the guide, with the pages and commands that serve each."""
    from lingtan.apps.web.pages.functions import FUNCTIONS

    told = [
        {"number": number, "state": state, "pages": [path for path, _ in pages], "commands": list(commands)}
        for number, state, pages, commands in FUNCTIONS
    ]
    return answer(request, {"rows": told})
