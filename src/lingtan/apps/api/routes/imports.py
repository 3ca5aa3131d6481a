"""Importing meter files in two steps: what was understood is shown, then it is written as a whole."""

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import File, Path, Query, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import Shape, answer, body
from lingtan.apps.web.need import Room, SignedIn, actor_of, check_thing
from lingtan.apps.web.render import language_of
from lingtan.services.access.policy import Action, Kind, Thing, scope_of

room = Room()
OWNERS = SignedIn("each channel's owner is checked")


class Understood(Shape):
    """What became of a file. `staged` names it for the second step; `understood` has its tables, series, channels and rejects."""

    staged: str
    file: str
    status: str
    revision: int | None
    quarantine: str | None
    understood: dict[str, Any] | None
    error: dict[str, Any] | None


@room.declared(
    "POST", "/imports", OWNERS, tags=["readings"], status_code=201, responses=body(Understood, 201, "Kept aside; nothing is written."),
    response_model=None,
)  # fmt: skip
def stage_file(
    request: Request, file: Annotated[UploadFile, File(description="CSV, Excel, Parquet or Arrow; at most 64 MB.")]
) -> Response:
    """Keep a file aside and say what was understood of it; nothing is written."""
    from lingtan.services.stage_import import MOST_BYTES, stage

    _may_write(request)
    data = file.file.read(MOST_BYTES + 1)
    staged = stage(request.app.state.portal.space(), file.filename or "file", data)
    return _outcome(request, staged, dry_run=True)


@room.declared(
    "POST", "/imports/{digest}/{name}", OWNERS, tags=["readings"], responses=body(Understood), response_model=None
)  # fmt: skip
def write_file(
    request: Request,
    digest: Annotated[str, Path(max_length=16)],
    name: Annotated[str, Path(max_length=120)],
    again: Annotated[bool, Query(description="Write content anew that later revisions changed.")] = False,
) -> Response:
    """Write a file that was kept aside, as one revision; `status` says `committed`, `duplicate`, `superseded`, `nothing` or `refused`."""
    _may_write(request)
    return _outcome(request, f"{digest}/{name}", dry_run=False, again=again)


def _may_write(request: Request) -> None:
    if scope_of(actor_of(request), Kind.READING, Action.WRITE) is None:
        check_thing(request, Action.WRITE, Thing(Kind.READING))


def _outcome(request: Request, staged: str, *, dry_run: bool, again: bool = False) -> Response:
    from lingtan.apps.cli.readings_show import as_json
    from lingtan.services.stage_import import import_staged

    def allow(enterprise: str) -> None:
        check_thing(request, Action.WRITE, Thing(Kind.READING, enterprise=enterprise))

    space = request.app.state.portal.space()
    done = import_staged(space, staged, allow, dry_run=dry_run, again=again)
    told = as_json(done, language_of(request))
    told |= {k: told[k] and FilePath(told[k]).name for k in ("file", "quarantine")}
    return answer(request, {"staged": staged, **told}, status=201 if dry_run else 200)
