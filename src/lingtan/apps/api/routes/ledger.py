"""The ledger below the totals: drill, flows, the way through the year, factors, comparison of two accounts."""

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.routes.accounts import Period, RunId, run_info
from lingtan.apps.api.shapes import Address, MonthNumber, RunInfo
from lingtan.apps.web.need import Need, Room, released
from lingtan.apps.web.pages.shared import choose
from lingtan.apps.web.portal import RULES, Shown, need_run
from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.base.time import parse_instant
from lingtan.services.access.policy import Actor, Kind, Thing

room = Room()
Name = Annotated[str, Query(max_length=120)]
Month = Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$", description="Such as 2025-03.")]
ENTRIES = released(Kind.ENTRY)
TONNE = 10**12


def _entries(connection: HTTPConnection, actor: Actor) -> Thing:
    """The ledger of the enterprise that is named, or the park's."""
    thing = ENTRIES(connection, actor)
    return Thing(thing.kind, enterprise=connection.query_params.get("enterprise") or None, released=thing.released)


def _both(connection: HTTPConnection, actor: Actor) -> Thing:
    """Two accounts: released where both are closings."""
    sides = [connection.query_params.get(k, "") for k in ("before", "after")]
    return Thing(Kind.ENTRY, released=all("@" in side for side in sides if side))


class LineShape(Shape):
    """A sum at one level, or at the last an entry."""

    key: str
    value: str
    micrograms: str
    tonnes: str
    count: int
    figure: Address


class FlowRow(Shape):
    """One side of the balance: sources and credits equal what goes out and what is used, exactly."""

    side: str
    name: str
    kind: str
    micrograms: str
    tonnes: str


class PathMonth(Shape):
    """A month of the year; sums since January, null from the first month on that is not known."""

    month: MonthNumber
    known: bool
    emissions_micrograms: str
    energy_micrograms: str
    emissions_sum_micrograms: str | None
    energy_sum_micrograms: str | None


class PartShape(Shape):
    """A category of the emissions."""

    category: str
    micrograms: str
    tonnes: str
    figure: Address


class Overview(Shape):
    """The way of the core indicator through the year, what the emissions are made of, how much is known."""

    run: RunInfo
    limit: str | None
    months: list[PathMonth]
    year_end_emissions_t: float | None
    year_end_energy_tce: float | None
    parts: list[PartShape]
    covered: float
    estimated: float


class FactorRow(Shape):
    """A factor with its source."""

    id: str
    value: str
    unit: str
    source: str
    source_ref: str
    source_link: str
    confidence: str


class Difference(Shape):
    """Two accounts and why they differ. [µg]"""

    before: dict[str, Any]
    after: dict[str, Any]
    difference_micrograms: dict[str, dict[str, dict[str, str]]]
    causes: list[dict[str, Any]]


@room.declared(
    "GET", "/ledger", Need(Kind.ENTRY, thing=_entries), tags=["account"], responses=table(LineShape, level=str, total=str, run=RunInfo),
    response_model=None,
)  # fmt: skip
def ledger(
    request: Request,
    measure: Name = "",
    view: Annotated[str, Query(pattern="^(direct|transfer)$", description="Before or after transfers.")] = "transfer",
    enterprise: Name = "",
    month: Month = "",
    category: Name = "",
    carrier: Name = "",
    period: Period = "",
    run: RunId = "",
    at: Annotated[
        str, Query(max_length=40, description="As it was known at this time; worked out if no run of then was kept.")
    ] = "",
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """The next level below what is named: enterprise, month, category, carrier, entries; each line with its figure's address."""
    from lingtan.services.drill_ledger import drill

    shown = _as_of(request, period, at) if at else need_run(choose(request, period, run, kind=Kind.ENTRY))
    measures = [m.id for m in shown.run.rules.measures]
    measure = _known(measure or measures[0], measures)
    stated = {"enterprise": enterprise, "month": month, "category": category, "carrier": carrier}
    found = drill(shown.run, measure, view, {k: v for k, v in stated.items() if v})
    lines = [
        {"key": x.key, "value": x.value, "micrograms": str(x.micrograms), "tonnes": _t(x.micrograms), "count": x.count, "figure": x.address}
        for x in found.lines
    ]  # fmt: skip
    return rows(
        request, lines, limit=limit, after=after, level=found.level, total=str(found.micrograms), run=run_info(shown)
    )


@room.declared(
    "GET", "/flows", Need(Kind.ENTRY, thing=ENTRIES), tags=["account"], responses=table(FlowRow, measure=str, total=str, run=RunInfo),
    response_model=None,
)  # fmt: skip
def flows(
    request: Request,
    measure: Name = "",
    month: Month = "",
    period: Period = "",
    run: RunId = "",
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """Where energy or carbon came from and who used it, of a year or month, balanced."""
    from lingtan.services.energy_flows import energy_flows

    shown = need_run(choose(request, period, run, kind=Kind.ENTRY))
    measures = [m.id for m in shown.run.rules.measures]
    made = energy_flows(shown.run, _known(measure or measures[0], measures), int(month.replace("-", "") or 0))
    found = [
        {
            "side": f.side,
            "name": f.name,
            "kind": f.kind,
            "micrograms": str(f.micrograms),
            "tonnes": _t(f.micrograms),
        }
        for f in made.flows
    ]
    return rows(
        request, found, limit=limit, after=after, measure=made.measure, total=str(made.total), run=run_info(shown)
    )


@room.declared("GET", "/overview", Need(Kind.OVERVIEW), tags=["account"], responses=body(Overview), response_model=None)
def overview(request: Request, period: Period = "", run: RunId = "") -> Response:
    """What the overview shows: the way through the year, the parts of the emissions, how much is known."""
    from lingtan.services.show_overview import core_of, data_quality, parts_of_emissions, year_path

    shown = need_run(choose(request, period, run))
    if core_of(shown.run) is None:
        raise InputError("api.no-core", rules=shown.run.rules.id)
    way, known = year_path(shown.run), data_quality(shown.run)
    months = [
        {"month": m.month, "known": m.known, "emissions_micrograms": str(m.co2), "energy_micrograms": str(m.tce),
         "emissions_sum_micrograms": _text(m.co2_sum), "energy_sum_micrograms": _text(m.tce_sum)}
        for m in way.months
    ]  # fmt: skip
    parts = [
        {"category": p.category, "micrograms": str(p.micrograms), "tonnes": _t(p.micrograms), "figure": p.address}
        for p in parts_of_emissions(shown.run)
    ]
    told = {
        "run": run_info(shown), "limit": None if way.limit is None else f"{float(way.limit):.12g}", "months": months,
        "year_end_emissions_t": None if way.end_co2 is None else float(way.end_co2) / TONNE,
        "year_end_energy_tce": None if way.end_tce is None else float(way.end_tce) / TONNE,
        "parts": parts, "covered": float(known.covered), "estimated": float(known.estimated),
    }  # fmt: skip
    return answer(request, told)


@room.declared("GET", "/factors", Need(Kind.ACCOUNT), tags=["account"], responses=table(FactorRow), response_model=None)
def factors(
    request: Request,
    period: Annotated[str, Query(pattern=r"^\d{4}$")],
    rules: Name = RULES,
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """The factors that an account of the park uses, with their sources."""
    found = request.app.state.portal.background.wait("figures", "factors", {"period": period, "rules": rules})
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/accounts/difference", Need(Kind.ENTRY, thing=_both), tags=["account"], responses=body(Difference), response_model=None
)  # fmt: skip
def difference(
    request: Request,
    before: Annotated[
        str, Query(min_length=1, max_length=120, description="A run, a closing (`…@0`), a revision or a time.")
    ],
    after: Annotated[str, Query(min_length=1, max_length=120, description="The other side.")],
    period: Period = "",
    rules: Name = RULES,
) -> Response:
    """What differs between two accounts, by category, enterprise and month, and why."""
    asked = {"before": before, "after": after, "period": period, "rules": rules}
    return answer(request, request.app.state.portal.background.wait("account", "difference", asked, 300))


def _as_of(request: Request, period: str, at: str) -> Shown:
    """The run as of a time: kept, or worked out now."""
    portal = request.app.state.portal
    space = portal.space()
    rev = space.store.rev_at(parse_instant(at, space.park.park.timezone))
    year = period or next(iter(portal.years()), "")
    if not rev or not year:
        raise InputError("account.no-revision", rev=rev or 0, head=space.store.head())
    kept = [
        k
        for k, r in portal.records().items()
        if r["as_of"] == rev and r["period"] == year and r["rules"]["id"] == RULES
    ]
    asked = {"period": year, "rules": RULES, "as_of": rev}
    named = kept[-1] if kept else portal.background.wait("account", "account", asked, 300)["run"]
    return need_run(portal.shown(run=named))


def _known(name: str, known: list[str]) -> str:
    if name not in known:
        raise InputError(
            "figure.unknown", figure=name[:60], part=name[:60], nearest=nearest(name[:60], known) or known[0]
        )
    return name


def _t(micrograms: int) -> str:
    return f"{micrograms / TONNE:.6f}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
