"""Reports and evidence: each is made when it is asked for, from the run that is shown, and kept."""

from pathlib import Path
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of, released
from lingtan.apps.web.pages.shared import choose, waiting
from lingtan.apps.web.portal import need_run
from lingtan.apps.web.render import language_of, render
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, allowed, scope_of

room = Room()
REPORT = Need(Kind.REPORT, thing=released(Kind.REPORT))
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def _pack(connection: HTTPConnection, actor: Actor) -> Thing:
    """A pack without enterprise detail of a closed period counts as released; a full one never does."""
    park = connection.query_params.get("profile", "park") == "park"
    period = str(connection.path_params.get("period", ""))
    return Thing(Kind.EVIDENCE, released=park and connection.app.state.portal.has_closing(period))


@room.page("/reports", REPORT)
def reports(request: Request, period: str = "", run: str = "") -> Response:
    """What may be downloaded of a year."""
    from lingtan.services.closings import closings

    portal, actor = request.app.state.portal, actor_of(request)
    shown = choose(request, period, run, kind=Kind.REPORT)
    if shown is None:
        return waiting(request, period)
    label = str(shown.run.record["period"])
    held = portal.has_closing(label)
    values = {
        "shown": shown,
        "years": portal.years(),
        "closings": [c.record for c in reversed(closings(portal.space(), label))],
        "whole": held and scope_of(actor, Kind.EVIDENCE, Action.READ) is Scope.ALL,
        "aggregate": held and allowed(actor, Action.READ, Thing(Kind.EVIDENCE, released=held)),
    }
    return render(request, "reports.html", values)


@room.page("/reports/{period}/report.{format}", REPORT)
def report(
    request: Request,
    period: Annotated[str, InPath(pattern=r"^\d{4}$")],
    format: Annotated[str, InPath(pattern="^(docx|xlsx|pdf)$")],
    run: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The report of the run that is shown, in the page's language."""
    shown = need_run(choose(request, period, run, refresh=False, kind=Kind.REPORT))
    asked = {"run": shown.id, "format": format, "lang": language_of(request)}
    made = request.app.state.portal.background.wait("figures", "report", asked, 300)
    return FileResponse(Path(made["path"]), media_type=TYPES[format], filename=f"{shown.id}-{asked['lang']}.{format}")


@room.page("/reports/{period}/evidence.zip", Need(Kind.EVIDENCE, thing=_pack))
def evidence(
    request: Request,
    period: Annotated[str, InPath(pattern=r"^\d{4}$")],
    profile: Annotated[str, Query(pattern="^(full|park)$")] = "park",
) -> Response:
    """The sealed evidence pack."""
    made = request.app.state.portal.background.wait("figures", "evidence", {"period": period, "profile": profile}, 300)
    return FileResponse(Path(made["path"]), media_type="application/zip", filename=f"evidence-{period}-{profile}.zip")
