"""What only commands could do: certificates handed on and cancelled, gaps estimated, commits taken back, packs verified, the store's state."""

from typing import Annotated, Any

from fastapi import Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.routes.closings import WAIT_S
from lingtan.apps.api.routes.green import Year
from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.pages.verification import EVIDENCE
from lingtan.services.access.policy import Action, Kind

room = Room()
GREEN, CHANGE = Need(Kind.GREEN, Action.WRITE), Need(Kind.READING, Action.APPROVE)
Serials = Annotated[
    list[str], Body(min_length=1, max_length=10_000, description="Serials, or ranges `FIRST..LAST`.", examples=[["GEC-1..GEC-500"]])
]  # fmt: skip
Who = Annotated[str, Body(max_length=120, description="An enterprise, or another name; empty for the operator.")]
Reason = Annotated[str, Body(min_length=3, max_length=500, description="Why; it is kept with the record.")]
Tried = Annotated[bool, Body(description="Only say what would change.")]
Moment = Annotated[str, Body(max_length=40, description="ISO 8601; without an offset, in the park's zone.")]


class Recorded(Shape):
    """A record of the register of certificates."""

    event: str
    on: str
    certificates: int


class Expired(Shape):
    """How many certificates passed their two years."""

    expired: int


class ClaimRow(Shape):
    """Kilowatt-hours that are claimed twice."""

    kind: str
    about: str
    month: str
    kwh: int


class Claims(Shape):
    """What this park has cancelled, for another park to check against."""

    model_config = {"extra": "allow"}

    certificates: int


class GapShape(Shape):
    """A gap and how it was filled."""

    channel: str
    start: str
    end: str
    steps: int
    method: str
    total: str | None
    why: str | None


class Estimated(Shape):
    """What an estimate wrote; `rev` is null where it was only tried."""

    rev: int | None
    rows: int
    gaps: list[GapShape]


class Reverted(Shape):
    """What was set back; `kept` readings were changed again since and stay."""

    rev: int | None
    rows: int
    kept: int


class PackCheck(Shape):
    """What verifying a pack found, as its receiver would."""

    model_config = {"extra": "allow"}

    intact: bool
    authentic: bool
    key: str | None
    bytes: int
    passed: list[str]
    faults: list[dict[str, Any]]
    unchecked: list[dict[str, Any]]


class StoreState(Shape):
    """How much is kept, and what waits to be sealed."""

    head: int
    commits: int
    readings_received: int
    waiting_files: int
    waiting_rows: int
    waiting_bytes: int
    waiting_months: list[str]
    complete_before: str


@room.declared(
    "POST", "/certificates/transfers", GREEN, tags=["green"], status_code=201, responses=body(Recorded, 201, "Handed on."),
    response_model=None,
)  # fmt: skip
def transfer(
    request: Request,
    serials: Serials,
    to: Annotated[str, Body(min_length=1, max_length=120)],
    holder: Who = "",
    reason: Who = "",
) -> Response:
    """Hand certificates on; what cannot be traded stays."""
    from lingtan.services.certificates import operator_of
    from lingtan.services.certificates import transfer as move

    space = request.app.state.portal.space()
    return _recorded(request, move(space, serials, holder=holder or operator_of(space.park), to=to, reason=reason))


@room.declared(
    "POST", "/certificates/cancellations", GREEN, tags=["green"], status_code=201, responses=body(Recorded, 201, "Cancelled."),
    response_model=None,
)  # fmt: skip
def cancel(
    request: Request,
    serials: Serials,
    year: Annotated[int, Body(ge=2000, le=2100, description="Of consumption.")],
    holder: Who = "",
    consumer: Annotated[str, Body(max_length=63, description="Whose consumption; else the holder's.")] = "",
    purpose: Annotated[str, Body(max_length=200)] = "",
    reason: Annotated[str, Body(max_length=500)] = "",
) -> Response:
    """Cancel certificates for the consumption of a year; it cannot be undone."""
    from lingtan.services.certificates import cancel as retire

    space = request.app.state.portal.space()
    made = retire(space, serials, holder=holder, year=year, purpose=purpose, consumer=consumer, reason=reason)
    return _recorded(request, made)


@room.declared("POST", "/certificates/expiries", GREEN, tags=["green"], responses=body(Expired), response_model=None)
def expire(request: Request) -> Response:
    """Mark what is past its two years as expired."""
    from lingtan.services.certificates import expire as end

    return answer(request, {"expired": end(request.app.state.portal.space())})


@room.declared(
    "GET", "/certificates/claims", Need(Kind.GREEN), tags=["green"], responses=body(Claims), response_model=None
)
def claims(request: Request) -> Response:
    """What this park has cancelled, for another park to import and check against."""
    from lingtan.services.certificates import claims as told

    return answer(request, told(request.app.state.portal.space()))


@room.declared(
    "GET", "/certificates/double-claims", Need(Kind.GREEN), tags=["green"], responses=table(ClaimRow), response_model=None
)  # fmt: skip
def double_claims(request: Request, period: Year, limit: Limit = 1000, after: After = 0) -> Response:
    """Kilowatt-hours that are claimed twice: by use, by contract, by certificate."""
    found = request.app.state.portal.background.wait("figures", "check_claims", {"period": period}, 300)["found"]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "POST", "/estimates", CHANGE, tags=["readings"], responses=body(Estimated), response_model=None
)  # fmt: skip
def estimate(
    request: Request,
    reason: Reason,
    channels: Annotated[tuple[str, ...], Body(max_length=500, description="Else all.")] = (),
    start: Moment = "",
    end: Moment = "",
    method: Annotated[str, Body(pattern="^(auto|linear|similar-day|profile|parent|children|flat)$")] = "auto",
    dry_run: Tried = False,
) -> Response:
    """Fill gaps with estimates that name their method; measured readings are not touched."""
    asked = {
        "reason": reason,
        "channels": list(channels),
        "start": start,
        "end": end,
        "method": method,
        "dry_run": dry_run,
    }
    return answer(request, request.app.state.portal.background.wait("account", "estimate", asked, WAIT_S))


@room.declared("POST", "/reverts", CHANGE, tags=["readings"], responses=body(Reverted), response_model=None)
def revert(
    request: Request,
    reason: Reason,
    rev: Annotated[int, Body(ge=1, le=2**53, description="The commit to take back.")],
    dry_run: Tried = False,
) -> Response:
    """Take a commit back, as a new revision; what was changed again since stays."""
    asked = {"rev": rev, "reason": reason, "dry_run": dry_run}
    return answer(request, request.app.state.portal.background.wait("account", "revert", asked, WAIT_S))


@room.declared(
    "GET", "/evidence/{period}/check", EVIDENCE, tags=["evidence"], responses=body(PackCheck), response_model=None
)  # fmt: skip
def check_pack(
    request: Request,
    period: Annotated[str, Path(pattern=r"^\d{4}$", examples=["2025"])],
    profile: Annotated[str, Query(pattern="^(full|park)$")] = "park",
) -> Response:
    """Seal the pack of a year if it is not, and compute everything in it again, as its receiver would."""
    asked = {"period": period, "profile": profile}
    return answer(request, request.app.state.portal.background.wait("figures", "check_pack", asked, 300))


@room.declared("GET", "/store", Need(Kind.SETTING), tags=["access"], responses=body(StoreState), response_model=None)
def store(request: Request) -> Response:
    """How much is kept, and what waits to be sealed."""
    from lingtan.services.seal_readings import complete_before

    space = request.app.state.portal.space()
    commits, waiting = space.store.commits(), space.store.unsealed()
    told = {
        "head": space.store.head(), "commits": len(commits), "readings_received": sum(c.rows for c in commits),
        "waiting_files": waiting.files, "waiting_rows": waiting.rows, "waiting_bytes": waiting.bytes,
        "waiting_months": list(waiting.months), "complete_before": complete_before(space),
    }  # fmt: skip
    return answer(request, told)


def _recorded(request: Request, event: Any) -> Response:
    told = {"event": event.kind, "on": event.on.isoformat(), "certificates": event.ranges.count}
    return answer(request, told, status=201)
