"""Meters, channels, series, pushing readings, live power."""

import io
import json
from typing import Annotated, Any

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from lingtan.apps.api.answers import ARROW, CSV, JSON, After, Limit, answer, body, rows, table
from lingtan.apps.api.shapes import ChannelRow, Live, NoLive, Pushed, ReadingRow
from lingtan.apps.web.need import Need, Room, SignedIn, actor_of, check_thing
from lingtan.apps.web.portal import Portal
from lingtan.apps.web.render import language_of
from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.text import label
from lingtan.base.time import parse_instant
from lingtan.park.model import channels, owner
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of

room = Room()
INSTANT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$"
Instant = Annotated[
    str,
    Query(
        pattern=INSTANT,
        description="ISO 8601; without an offset, in the park's zone.",
        examples=["2025-01-01", "2025-01-02T08:00:00Z"],
    ),
]


def thing_of_channel(kind: Kind) -> Any:
    """The object of a route on a channel: its owner's."""

    def thing(connection: HTTPConnection, actor: Actor) -> Thing:
        portal: Portal = connection.app.state.portal
        held = channels(portal.space().park).get(str(connection.path_params.get("channel")))
        # one that does not exist is the park's: who may not see the park's is not told
        return Thing(kind, enterprise=owner(portal.space().park, *held) if held else None)

    return thing


@room.declared(
    "GET",
    "/channels",
    SignedIn("lists what the asker may see"),
    tags=["readings"],
    responses=table(ChannelRow),
    response_model=None,
)
def list_channels(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Channels with meter, owner, carrier, activity and unit: all, or one's own."""
    space, actor, lang = request.app.state.portal.space(), actor_of(request), language_of(request)
    scope = scope_of(actor, Kind.METER, Action.READ)
    found = [
        {"channel": name, "key": str(channel_key(name)), "name": label(c.name, lang, name), "meter": m.id, "class": m.accuracy,
         "parent": m.parent, "enterprise": owner(space.park, m, c), "carrier": c.carrier, "activity": str(c.activity), "unit": c.unit,
         "kind": c.kind, "step": c.step, "multiplier": str(c.multiplier)}
        for name, (m, c) in sorted(channels(space.park).items())
        if scope is Scope.ALL or (scope is Scope.OWN and owner(space.park, m, c) == actor.enterprise)
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/channels/{channel}/readings", Need(Kind.READING, thing=thing_of_channel(Kind.READING)), tags=["readings"], responses=table(ReadingRow, channel=str),
    response_model=None,
)  # fmt: skip
def readings(
    request: Request,
    channel: str,
    start: Instant,
    end: Instant,
    as_of: Annotated[int | None, Query(ge=0, le=2**53, description="Only what was known at this revision.")] = None,
    limit: Limit = 10_000,
    after: After = 0,
) -> Response:
    """Readings of a channel in `[start, end)`, as they stand now or as of a revision. Values in 1/1000 of the stored unit."""
    space = request.app.state.portal.space()
    known = channels(space.park)
    if channel not in known:
        raise InputError("portal.unknown-channel", channel=channel[:60], nearest=nearest(channel, known) or "–")
    zone = space.park.park.timezone
    found = space.store.readings(
        channels=[channel_key(channel)], start=parse_instant(start, zone), end=parse_instant(end, zone), as_of=as_of
    )
    wanted = [
        n for n in ("start", "seconds", "value", "quality", "method", "available_at", "rev") if n in found.column_names
    ]
    page = found.select(wanted).slice(after, limit).to_pylist()
    follow = after + limit if after + limit < found.num_rows else 0
    pin = {"as_of": space.store.head() if as_of is None else as_of}  # pages fit together whatever comes meanwhile
    return rows(
        request,
        page,
        limit=limit,
        after=after,
        columns=wanted,
        cursor=follow,
        count=found.num_rows,
        pin=pin,
        channel=channel,
    )


PUSH = {
    "requestBody": {
        "required": True,
        "description": "Columns `channel`, `start` (ISO 8601 with offset), `value` in the channel's unit; optional `seconds`.",
        "content": {
            JSON: {"schema": {"type": "object", "required": ["channel", "start", "value"], "properties": {
                "channel": {"type": "array", "items": {"type": "string"}}, "start": {"type": "array", "items": {"type": "string"}},
                "value": {"type": "array", "items": {"type": "number"}}, "seconds": {"type": "array", "items": {"type": "integer"}}}}},
            CSV: {"schema": {"type": "string"}}, ARROW: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}  # fmt: skip
PUSHED = body(Pushed, 201, "Written.") | body(
    Pushed, 200, "Nothing new: the content is there, or was superseded (`again` writes it anew)."
)


@room.declared(
    "POST",
    "/readings",
    SignedIn("each channel's owner is checked"),
    tags=["readings"],
    responses=PUSHED,
    status_code=201,
    response_model=None,
    openapi_extra=PUSH,
)
async def push(
    request: Request,
    again: Annotated[bool, Query(description="Write content anew that later revisions changed.")] = False,
) -> Response:
    """Push readings: columnar JSON, CSV or an Arrow stream. Durable when it answers; the same content again is a duplicate, not a new one."""
    wait = request.app.state.portal.limits.take("upload", request.state.actor.name if request.state.actor else "-")
    if wait:
        raise InputError("api.too-fast", seconds=round(wait, 1))
    body = await request.body()
    return await run_in_threadpool(_push, request, body, again)


def _push(request: Request, body: bytes, again: bool) -> Response:
    from lingtan.services.ingest import ingest

    portal = request.app.state.portal
    space = portal.space()
    actor = actor_of(request)
    if scope_of(actor, Kind.READING, Action.WRITE) is None:
        check_thing(request, Action.WRITE, Thing(Kind.READING))
    table = batch_of(body, request.headers.get("content-type", ""))
    known = channels(space.park)
    owners: set[str] = set()
    names = table.column("channel").unique().to_pylist() if "channel" in table.column_names else []
    keys = {channel_key(n): n for n in known}
    for name in names:
        held = known.get(keys.get(name, "") if isinstance(name, int) else str(name))
        # a channel that does not exist is said so by the service, to those who may write the park's
        owners.add(owner(space.park, *held) if held else "")
    for one in sorted(owners):
        check_thing(request, Action.WRITE, Thing(Kind.READING, enterprise=one or None))

    source = {"file": "api", "user": actor.name, "request": request.state.request_id}
    receipt = ingest(space, table, source=source, again=again)
    told = {"rev": receipt.commit.rev, "rows": receipt.commit.rows, "content": receipt.commit.content}
    status = 200 if receipt.duplicate or receipt.superseded else 201
    return answer(request, {**told, "duplicate": receipt.duplicate, "superseded": receipt.superseded}, status=status)


def batch_of(body: bytes, kind: str) -> Any:
    """A body as a table.

    Raises
    ------
    InputError
        ``api.media-type`` for another form; ``api.unreadable`` for a body that is none.
    """
    import pyarrow as pa
    import pyarrow.csv as pv

    form = kind.partition(";")[0].strip().lower()
    stamp = pa.timestamp("us", tz="UTC")
    try:
        if form == ARROW:
            with pa.ipc.open_stream(body) as stream:
                return stream.read_all()
        if form == CSV:
            types = {"channel": pa.string(), "start": stamp, "value": pa.float64(), "seconds": pa.int32()}
            return pv.read_csv(
                io.BytesIO(body), convert_options=pv.ConvertOptions(column_types=types, timestamp_parsers=[pv.ISO8601])
            )
        if form in (JSON, ""):
            found = json.loads(body)
            if not isinstance(found, dict) or not all(isinstance(v, list) for v in found.values()):
                raise InputError("api.unreadable", detail="columns")
            made = {k: pa.array(v) for k, v in found.items()}
            if "start" in made:
                zone = [None if v is None else parse_instant(str(v), "UTC") for v in found["start"]]
                made["start"] = pa.array(zone, stamp)
            if "value" in made and pa.types.is_integer(made["value"].type):
                made["value"] = made["value"].cast(
                    pa.float64()
                )  # JSON numbers are in the channel's unit, never thousandths
            if "seconds" in made:
                made["seconds"] = made["seconds"].cast(pa.int32())
            return pa.table(made)
    except (pa.ArrowException, ValueError, UnicodeDecodeError, OverflowError, TypeError, RecursionError) as error:
        raise InputError("api.unreadable", detail=str(error)[:200]) from None
    raise InputError("api.media-type", given=form[:60], known=f"{JSON}, {CSV}, {ARROW}")


@room.declared(
    "GET", "/live", Need(Kind.OVERVIEW), tags=["readings"], responses=body(Live | NoLive), response_model=None
)
def live(request: Request) -> Response:
    """Power by source now, as the WebSocket sends it: newest readings, or replayed ones of a synthetic park. [kW]"""
    return answer(request, request.app.state.portal.feed.tick())
