"""Evidence packs: sealed when they are asked for."""

from pathlib import Path
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, Response

from lingtan.apps.api.answers import file
from lingtan.apps.web.need import Need, Room
from lingtan.services.access.policy import Actor, Kind, Thing

room = Room()


def _pack(connection: HTTPConnection, actor: Actor) -> Thing:
    """A pack without enterprise detail of a closed period counts as released; a full one never does."""
    park = connection.query_params.get("profile", "park") == "park"
    return Thing(
        Kind.EVIDENCE,
        released=park and connection.app.state.portal.has_closing(str(connection.path_params.get("period"))),
    )


@room.declared(
    "GET",
    "/evidence/{period}",
    Need(Kind.EVIDENCE, thing=_pack),
    tags=["evidence"],
    responses=file("application/zip", words="The pack."),
    response_model=None,
)
def download(
    request: Request,
    period: Annotated[str, InPath(pattern=r"^\d{4}$")],
    profile: Annotated[
        str, Query(pattern="^(full|park)$", description="`park` leaves out enterprise detail.")
    ] = "park",
) -> Response:
    """The sealed evidence pack of a year, as a zip file that `lingtan evidence verify` checks offline."""
    portal = request.app.state.portal
    made = portal.background.wait("figures", "evidence", {"period": period, "profile": profile}, 300)
    return FileResponse(Path(made["path"]), media_type="application/zip", filename=f"evidence-{period}-{profile}.zip")
