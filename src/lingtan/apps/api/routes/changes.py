"""Replacements and multipliers of meters, certificates, packs, and the forecast to the end of the year."""

from typing import Annotated, Any

from fastapi import Body, File, Query, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import Time
from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.pages.certificates import imported
from lingtan.apps.web.pages.meter_change import changed, history
from lingtan.apps.web.pages.shared import choose
from lingtan.apps.web.pages.year_path import ahead_of
from lingtan.apps.web.portal import need_run
from lingtan.base.time import iso
from lingtan.services.access.policy import Action, Kind

room = Room()
Number = Annotated[str, Body(max_length=40, description="As text, exact.")]
TONNE = 10**12


class ChangeRow(Shape):
    """A replacement or new multiplier that stands in the park file."""

    channel: str
    meter: str
    start: str
    multiplier: str | None
    final: str | None
    initial: str | None
    digits: int | None
    serial: str | None
    reason: str | None


class Changed(Shape):
    """What a change does to all readings of the channel, in the carrier's unit; `rev` is null where it was only tried."""

    channel: str
    start: Time
    entry: dict[str, str]
    unit: str
    before: str
    after: str
    rev: int | None


class LotRow(Shape):
    """Certificates of one holder, plant, month and state."""

    holder: str
    plant: str
    month: int
    kind: str
    tradable: bool
    state: str
    year: int | None
    purpose: str
    consumer: str
    certificates: int
    first: str
    last: str


class IssuedRow(Shape):
    """What an issue file brought."""

    file: str
    certificates: int
    ranges: int
    batches: int
    rev: int


class PackRow(Shape):
    """An evidence pack of a closed period; `sha256` is empty until it is sealed, which its first download does."""

    period: str
    closing: str
    profile: str
    sealed: bool
    bytes: int
    sha256: str
    key: str
    questions: int


class YearEnd(Shape):
    """The year as it would end; bounds (95 %) are null where fewer than three months are known. `basis`: last_year or mean."""

    run: str
    basis: str
    known_months: int
    core: float
    core_low: float | None
    core_high: float | None
    emissions_t: float
    emissions_low_t: float | None
    emissions_high_t: float | None
    energy_tce: float
    limit: float | None
    gap_t: float | None


@room.declared(
    "GET", "/meters/changes", Need(Kind.METER), tags=["park"], responses=table(ChangeRow), response_model=None
)
def changes(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Every replacement and new multiplier, the newest first."""

    def plain(value: Any) -> Any:
        return iso(value) if hasattr(value, "tzinfo") and value.tzinfo else str(value)

    found = [{k: v if v is None or k == "digits" else plain(v) for k, v in row.items()} for row in history(request)]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "POST", "/meters/changes", Need(Kind.METER, Action.WRITE), tags=["park"], responses=body(Changed), response_model=None
)  # fmt: skip
def change(
    request: Request,
    channel: Annotated[str, Body(max_length=120)],
    start: Annotated[str, Body(max_length=40, description="From when on; without offset in the park's time.")],
    reason: Annotated[str, Body(max_length=500)],
    multiplier: Number = "",
    final: Number = "",
    initial: Number = "",
    digits: Number = "",
    serial: Annotated[str, Body(max_length=60)] = "",
    write: Annotated[bool, Body(description="Else it is only tried.")] = False,
) -> Response:
    """Another meter, or another multiplier, from a moment on."""
    filled = {"channel": channel, "start": start, "reason": reason, "multiplier": multiplier, "final": final, "initial": initial,
              "digits": digits, "serial": serial}  # fmt: skip
    made = changed(request, filled, write=write)
    told = {
        "channel": made.channel, "start": iso(made.start), "entry": {k: str(v) for k, v in made.entry.items()}, "unit": made.unit,
        "before": str(made.before), "after": str(made.after), "rev": made.commit.rev if made.commit else None,
    }  # fmt: skip
    return answer(request, told)


@room.declared("GET", "/certificates", Need(Kind.GREEN), tags=["green"], responses=table(LotRow), response_model=None)
def certificates(request: Request, limit: Limit = 1000, after: After = 0) -> Response:
    """Certificates of the register."""
    from lingtan.services.certificate_sums import certificate_list

    found = certificate_list(request.app.state.portal.space()).lots
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "POST", "/certificates", Need(Kind.GREEN, Action.WRITE), tags=["green"], responses=body(list[IssuedRow]), response_model=None
)  # fmt: skip
def import_certificates(request: Request, issue: Annotated[UploadFile, File()]) -> Response:
    """Import an issue file whole or not at all."""
    made = imported(request, issue.filename or "file", issue.file.read(4 * 2**20 + 1))
    return answer(request, [vars(m) for m in made])


@room.declared("GET", "/packs", Need(Kind.EVIDENCE), tags=["evidence"], responses=table(PackRow), response_model=None)
def packs(request: Request, limit: Limit = 100, after: After = 0) -> Response:
    """Evidence packs of closed periods and their seals."""
    from lingtan.services.sealed_packs import packs as kept

    return rows(request, [vars(p) for p in kept(request.app.state.portal.space())], limit=limit, after=after)


@room.declared(
    "GET", "/overview/year-end", Need(Kind.OVERVIEW), tags=["account"], responses=body(YearEnd | None), response_model=None
)  # fmt: skip
def year_end(
    request: Request,
    period: Annotated[str, Query(pattern=r"^(\d{4})?$")] = "",
    run: Annotated[str, Query(max_length=120)] = "",
    known: Annotated[int, Query(ge=0, le=11, description="As if only so many months were known; 0: as it is.")] = 0,
) -> Response:
    """The forecast of the core indicator to the end of the year, with its interval; null where the year is whole."""
    shown = need_run(choose(request, period, run))
    found = ahead_of(request, shown, known)
    if found is None:
        return answer(request, None)

    def t(value: float | None) -> float | None:
        return None if value is None else value / TONNE

    told = {
        "run": shown.id, "basis": found.basis, "known_months": found.known, "core": found.core, "core_low": found.core_low, "core_high": found.core_high,
        "emissions_t": t(found.co2), "emissions_low_t": t(found.co2_low), "emissions_high_t": t(found.co2_high), "energy_tce": t(found.tce),
        "limit": found.limit, "gap_t": t(found.gap_co2),
    }  # fmt: skip
    return answer(request, told)
