"""Meters and what is known of their data: status, findings, repairs by two people, quarantine, commits, the park file's revisions."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, Query
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import Digest, Time
from lingtan.apps.web.need import Need, Room, SignedIn, actor_of, check_thing
from lingtan.apps.web.render import language_of
from lingtan.base.errors import InputError
from lingtan.base.text import label
from lingtan.base.time import iso, parse_instant
from lingtan.services.access.policy import Action, Kind, Scope, Thing, scope_of

room = Room()
READ = Need(Kind.READING)
METER = Need(Kind.METER)
Name = Annotated[str, InPath(max_length=120)]


class MeterRow(Shape):
    """A channel in the order of the tree of meters. `state`: fresh, late or silent; shares of the time of the newest account."""

    meter: str
    channel: str
    name: str
    enterprise: str
    parent: str | None
    depth: int
    state: str
    newest: Time | None
    quality: str | None
    covered: float | None
    estimated: float | None


class FindingRow(Shape):
    """What a check found, with its evidence and what may be done."""

    channel: str
    kind: str
    start: Time
    end: Time
    severity: str
    suggestion: str
    values: dict[str, Any]


class ProposalShape(Shape):
    """A repair that somebody proposed; `state` is open, done or refused."""

    id: str
    channel: str
    start: Time
    end: Time
    action: str
    reason: str
    by: str
    at: Time
    rows: int
    state: str
    decided_by: str
    decided_at: str
    rev: int


class QuarantineRow(Shape):
    """The rejected cells of an imported file."""

    name: str
    file: str
    rows: int


class CellRow(Shape):
    """A rejected cell."""

    file: str
    sheet: str
    row: str
    column: str
    name: str
    text: str
    code: str
    reason: str


class CommitRow(Shape):
    """An acknowledged change: an import, a repair, an estimate, a park file."""

    rev: int
    at: Time
    kind: str
    rows: int
    content: Digest
    reason: str | None
    source: dict[str, Any]
    months: list[str]


class ChangeRow(Shape):
    """A key of the park file and what stood there; null where it did not stand."""

    path: str
    before: str | None
    after: str | None


@room.declared(
    "GET", "/meters", SignedIn("lists what the asker may see"), tags=["readings"], responses=table(MeterRow), response_model=None
)  # fmt: skip
def meters(
    request: Request,
    state: Annotated[str, Query(pattern="^(fresh|late|silent)?$")] = "",
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """The tree of meters with what is known of each channel: all, or one's own."""
    from lingtan.services.meter_status import meter_status

    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    own = scope_of(actor, Kind.READING, Action.READ) is Scope.OWN
    thing = Thing(Kind.READING, enterprise=actor.enterprise if own else None)
    check_thing(request, Action.READ, thing)
    shown = portal.shown(refresh=False)
    found = [
        {"meter": x.meter.id, "channel": x.channel.id, "name": label(x.channel.name, lang, x.channel.id), "enterprise": x.enterprise,
         "parent": x.meter.parent, "depth": x.depth, "state": x.state, "newest": None if x.newest is None else iso(x.newest),
         "quality": x.quality, "covered": x.covered, "estimated": x.estimated}
        for x in meter_status(portal.space(), shown.run if shown else None, thing.enterprise)
        if state in ("", x.state)
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/findings", READ, tags=["readings"], responses=table(FindingRow, counts=dict[str, dict[str, int]], readings=int),
    response_model=None,
)  # fmt: skip
def findings(
    request: Request,
    period: Annotated[
        str, Query(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="Year, month or day.", examples=["2025-03"])
    ],
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """What the checks find in a period beyond remarks, the gravest first; `counts` by kind and severity of all."""
    asked = {"period": period, "most": 100_000}
    made = request.app.state.portal.background.wait("figures", "check", asked, 300)
    return rows(request, made["findings"], limit=limit, after=after, counts=made["counts"], readings=made["readings"])


@room.declared("GET", "/proposals", READ, tags=["readings"], responses=table(ProposalShape), response_model=None)
def proposals(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Repairs that were proposed, the newest first."""
    from lingtan.services.propose_repair import proposals as kept

    return rows(request, [vars(p) for p in kept(request.app.state.portal.space())], limit=limit, after=after)


@room.declared(
    "POST", "/proposals", Need(Kind.READING, Action.WRITE), tags=["readings"], status_code=201,
    responses=body(ProposalShape, 201, "Proposed."), response_model=None,
)  # fmt: skip
def propose(
    request: Request,
    channel: Annotated[str, Body(max_length=120)],
    start: Annotated[str, Body(max_length=40, description="ISO 8601; without an offset, in the park's zone.")],
    end: Annotated[str, Body(max_length=40)],
    action: Annotated[str, Body(pattern="^(withdraw|confirm)$")],
    reason: Annotated[str, Body(min_length=3, max_length=500)],
) -> Response:
    """Propose a repair: it is tried and not written; somebody else decides on it."""
    from lingtan.services.propose_repair import propose_repair

    space = request.app.state.portal.space()
    zone = space.park.park.timezone
    first, last = parse_instant(start, zone), parse_instant(end, zone)
    made = propose_repair(space, channel, first, last, action, reason=reason, by=actor_of(request).name)
    return answer(request, vars(made), status=201)


@room.declared(
    "POST", "/proposals/{name}/decision", Need(Kind.READING, Action.APPROVE), tags=["readings"], responses=body(ProposalShape),
    response_model=None,
)  # fmt: skip
def decide(request: Request, name: Name, approve: Annotated[bool, Body(embed=True)]) -> Response:
    """Approve another's proposal, which writes a revision, or refuse one."""
    from lingtan.services.propose_repair import decide_repair

    made = decide_repair(request.app.state.portal.space(), name, by=actor_of(request).name, approve=approve)
    return answer(request, vars(made))


@room.declared("GET", "/quarantine", READ, tags=["readings"], responses=table(QuarantineRow), response_model=None)
def quarantine(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Files with rejected cells."""
    from lingtan.services.quarantine import quarantined

    found = quarantined(request.app.state.portal.space().blobs)
    told = [{"name": Path(q.name).name, "file": q.file, "rows": q.rows} for q in found]
    return rows(request, told, limit=limit, after=after)


@room.declared("GET", "/quarantine/{name}", READ, tags=["readings"], responses=table(CellRow), response_model=None)
def cells(request: Request, name: Name, limit: Limit = 1000, after: After = 0) -> Response:
    """The rejected cells of a file, with the reason of each."""
    from lingtan.services.quarantine import quarantined, read_rejects

    blobs = request.app.state.portal.space().blobs
    found = next((q for q in quarantined(blobs) if Path(q.name).name == name), None)
    if found is None:
        raise InputError("meters.no-quarantine", file=name[:80])
    return rows(request, read_rejects(blobs, found.name), limit=limit, after=after)


@room.declared("GET", "/commits", READ, tags=["readings"], responses=table(CommitRow), response_model=None)
def commits(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Everything that was written to the store, the oldest first; `after` passes over so many."""
    found = [
        {"rev": c.rev, "at": iso(c.at), "kind": c.kind, "rows": c.rows, "content": c.content, "reason": c.reason,
         "source": dict(c.source), "months": sorted(c.parts)}
        for c in request.app.state.portal.space().store.commits()
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after)


@room.declared("GET", "/park/revisions", METER, tags=["park"], responses=table(CommitRow), response_model=None)
def revisions(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """The revisions of the park file, the oldest first."""
    from lingtan.services.park_revisions import park_revisions

    found: list[dict[str, Any]] = [
        {"rev": c.rev, "at": iso(c.at), "kind": c.kind, "rows": c.rows, "content": c.content, "reason": c.reason,
         "source": dict(c.source), "months": []}
        for c in park_revisions(request.app.state.portal.space())
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after)


@room.declared("GET", "/park/changes", METER, tags=["park"], responses=table(ChangeRow), response_model=None)
def changes(
    request: Request,
    before: Annotated[
        int | None, Query(ge=1, le=2**53, description="A revision; else the park file before the last one.")
    ] = None,
    to: Annotated[int | None, Query(ge=1, le=2**53, description="A revision; else the last one.")] = None,
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """What changed in the park file from one revision to another, key by key."""
    from lingtan.services.park_revisions import park_changes

    found = [vars(c) for c in park_changes(request.app.state.portal.space(), before, to)]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/map", METER, tags=["park"], response_model=None, responses=body(dict[str, Any], words="GeoJSON.")
)
def park_map(request: Request) -> Response:
    """The polygons of the park file as a GeoJSON feature collection."""
    park, lang = request.app.state.portal.space().park, language_of(request)
    found: list[dict[str, Any]] = [
        {"type": "Feature", "id": s.id, "geometry": s.geojson, "properties": {"name": label(s.name, lang, s.id), "of": "site"}}
        for s in park.sites
        if s.geojson
    ]  # fmt: skip
    if park.boundary.geojson:
        edge = {
            "type": "Feature",
            "id": "boundary",
            "geometry": park.boundary.geojson,
            "properties": {"of": "boundary"},
        }
        found.insert(0, edge)
    return answer(request, {"type": "FeatureCollection", "features": found})
