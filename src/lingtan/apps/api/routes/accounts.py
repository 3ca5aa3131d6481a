"""Park, indicators, account, passports, closings, enterprises."""

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, answer, body, rows, table
from lingtan.apps.api.shapes import (
    AccountShape,
    EnterpriseRow,
    FigureRow,
    Indicators,
    KindRow,
    ParkInfo,
    Passport,
    PostingRow,
    QualityRow,
    RunInfo,
    RunRow,
)
from lingtan.apps.web.need import Need, Room, SignedIn, actor_of, released
from lingtan.apps.web.pages.passports import passport_of
from lingtan.apps.web.pages.shared import choose
from lingtan.apps.web.portal import Shown, need_run
from lingtan.apps.web.render import language_of
from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.services.access.policy import Action, Kind, Scope, scope_of

room = Room()
Period = Annotated[str, Query(pattern=r"^(\d{4})?$", description="A year; else the newest.")]
RunId = Annotated[str, Query(max_length=120, description="A run or closing (`…@n`); else the newest of the period.")]
TONNE = 10**12


@room.declared("GET", "/park", Need(Kind.OVERVIEW), tags=["park"], responses=body(ParkInfo), response_model=None)
def park(request: Request) -> dict[str, Any]:
    """The park in short: name, zone, region, whether its data are synthetic, which years were accounted."""
    portal = request.app.state.portal
    space = portal.space()
    info = space.park.park
    return {
        "id": info.id,
        "name": info.name,
        "region": info.region,
        "timezone": info.timezone,
        "synthetic": info.synthetic,
        "park_revision": space.park_commit.rev,
        "head": space.store.head(),
        "years": portal.years(),
    }


@room.declared("GET", "/runs", Need(Kind.ACCOUNT), tags=["account"], responses=table(RunRow), response_model=None)
def runs(request: Request, limit: Limit = 100, after: After = 0) -> Response:
    """The accounts that were kept."""
    keys = ("id", "period", "as_of", "as_of_time", "result", "code", "made_at", "synthetic")
    found = [
        {**{k: r.get(k) for k in keys}, "rules": r["rules"]["id"]} for r in request.app.state.portal.records().values()
    ]
    return rows(request, found, limit=limit, after=after)


@room.declared(
    "GET", "/indicators", Need(Kind.OVERVIEW), tags=["account"], responses=body(Indicators), response_model=None
)
def indicators(request: Request, period: Period = "", run: RunId = "") -> Response:
    """The core indicator and the guiding ones, with targets, intervals and exact parts."""
    from lingtan.apps.cli.indicators import as_json

    shown = need_run(choose(request, period, run))
    return answer(request, {"run": run_info(shown), "indicators": [as_json(i) for i in shown.run.indicators]})


@room.declared(
    "GET", "/account", Need(Kind.ACCOUNT), tags=["account"], responses=body(AccountShape), response_model=None
)
def account(request: Request, period: Period = "", run: RunId = "") -> Response:
    """The park's totals by measure, category and month."""
    shown = need_run(choose(request, period, run))
    found: dict[tuple[str, str, int], int] = {}
    for p in shown.run.account.postings:
        if p.view == "direct":
            key = (p.measure, p.category, p.month)
            found[key] = found.get(key, 0) + p.micrograms
    cells = [
        {"measure": m, "category": c, "month": f"{d // 100}-{d % 100:02d}", "tonnes": f"{v / TONNE:.6f}", "micrograms": str(v),
         "figure": f"{m}/category={c}/month={d // 100}-{d % 100:02d}"}
        for (m, c, d), v in sorted(found.items())
    ]  # fmt: skip
    totals = {m.id: str(shown.run.account.total(m.id)) for m in shown.run.rules.measures}
    return answer(request, {"run": run_info(shown), "totals_micrograms": totals, "cells": cells})


@room.declared(
    "GET",
    "/account/postings",
    Need(Kind.ENTRY, thing=released(Kind.ENTRY)),
    tags=["account"],
    responses=table(PostingRow, run=RunInfo),
    response_model=None,
)
def all_postings(
    request: Request,
    period: Period = "",
    run: RunId = "",
    month: Annotated[int, Query(ge=0, le=999912)] = 0,
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """All postings of the ledger."""
    return _postings(request, period, run, month, "", limit, after)


@room.declared(
    "GET", "/enterprises/{enterprise}/postings", Need(Kind.ENTRY, thing=released(Kind.ENTRY)), tags=["account"],
    responses=table(PostingRow, run=RunInfo), response_model=None,
)  # fmt: skip
def postings(
    request: Request,
    enterprise: str,
    period: Period = "",
    run: RunId = "",
    month: Annotated[int, Query(ge=0, le=999912)] = 0,
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """The postings of one enterprise."""
    _member(request, enterprise)
    return _postings(request, period, run, month, enterprise, limit, after)


def _postings(request: Request, period: str, run: str, month: int, enterprise: str, limit: int, after: int) -> Response:
    shown = need_run(choose(request, period, run, kind=Kind.ENTRY))
    found = [
        vars(p) | {"quantity": str(p.quantity), "micrograms": str(p.micrograms)}
        for p in shown.run.account.postings
        if (not month or p.month == month) and (not enterprise or p.enterprise == enterprise)
    ]
    return rows(request, found, limit=limit, after=after, run=run_info(shown))


@room.declared(
    "GET",
    "/enterprises",
    SignedIn("lists what the asker may see"),
    tags=["account"],
    responses=table(EnterpriseRow, run=RunInfo),
    response_model=None,
)
def enterprises(
    request: Request, period: Period = "", run: RunId = "", limit: Limit = 1000, after: After = 0
) -> Response:
    """Totals of enterprises: all, one's own, or under pseudonyms, as the role allows."""
    from lingtan.services.show_enterprises import totals_for

    portal, actor = request.app.state.portal, actor_of(request)
    if scope_of(actor, Kind.ENTERPRISE, Action.READ) is Scope.PSEUDONYM and not run:
        run = _newest_closing(request, period)
    shown = need_run(choose(request, period, run, kind=Kind.ENTERPRISE))
    found = totals_for(portal.space(), shown.run, actor, language_of(request), released=shown.closing is not None)
    cells = [
        {"enterprise": t.id, "name": t.name}
        | {f"{m}_direct_t": f"{t.direct.get(m, 0) / TONNE:.6f}" for m in shown.run.account.compiled.rules.core.values()}
        | {
            f"{m}_transfer_t": f"{t.transfer.get(m, 0) / TONNE:.6f}"
            for m in shown.run.account.compiled.rules.core.values()
        }
        for t in found
    ]
    return rows(request, cells, limit=limit, after=after, run=run_info(shown))


@room.declared(
    "GET",
    "/explain",
    SignedIn("how deep is decided by the figure"),
    tags=["account"],
    responses=body(Passport),
    response_model=None,
)
def explain(
    request: Request,
    figure: Annotated[
        str, Query(min_length=1, max_length=400, description="An address, such as `core` or `co2/category=power`.")
    ],
    run: RunId = "",
    depth: Annotated[int, Query(ge=1, le=5)] = 3,
    hour: Annotated[str, Query(max_length=40)] = "",
    readings: Annotated[int, Query(ge=0, le=200)] = 0,
) -> Response:
    """The passport of a figure: formula, sums, postings, factors, channels, readings, files; as deep as the role may look."""
    return answer(request, passport_of(request, figure, run=run, depth=depth, hour=hour, readings=readings))


@room.declared(
    "GET",
    "/figures",
    Need(Kind.ENTRY, thing=released(Kind.ENTRY)),
    tags=["account"],
    responses=table(FigureRow, run=RunInfo),
    response_model=None,
)
def figures(request: Request, period: Period = "", run: RunId = "", limit: Limit = 1000, after: After = 0) -> Response:
    """The addresses of all figures of a run."""
    from lingtan.services.explain import list_figures

    shown = need_run(choose(request, period, run, kind=Kind.ENTRY))
    found = [{"figure": f} for f in list_figures(request.app.state.portal.space(), shown.run)]
    return rows(request, found, limit=limit, after=after, run=run_info(shown))


@room.declared(
    "GET",
    "/green/kinds",
    Need(Kind.GREEN, thing=released(Kind.GREEN)),
    tags=["green"],
    responses=table(KindRow, run=RunInfo),
    response_model=None,
)
def kinds(request: Request, period: Period = "", run: RunId = "", limit: Limit = 1000, after: After = 0) -> Response:
    """Power and heat by kind and month: direct supply, certificates, own, other. [Wh, J·10⁻³ of the metering unit]"""
    shown = need_run(choose(request, period, run, kind=Kind.GREEN))
    found = [
        {"pool": p, "side": s, "kind": k, "month": f"{m // 100}-{m % 100:02d}", "quantity_milli": str(v),
         "figure": f"{p}/side={s}/kind={k}/month={m // 100}-{m % 100:02d}"}
        for (p, s, k, m), v in sorted(shown.run.account.kinds.items())
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after, run=run_info(shown))


@room.declared(
    "GET",
    "/quality",
    Need(Kind.READING, thing=released(Kind.READING)),
    tags=["readings"],
    responses=table(QualityRow, run=RunInfo),
    response_model=None,
)
def quality(request: Request, period: Period = "", run: RunId = "", limit: Limit = 1000, after: After = 0) -> Response:
    """What is known of each channel and month: expected, covered, estimated and rejected time. [s]"""
    shown = need_run(choose(request, period, run, kind=Kind.READING))
    found = [vars(c) for c in shown.run.account.coverage]
    return rows(request, found, limit=limit, after=after, run=run_info(shown))


def run_info(shown: Shown) -> dict[str, Any]:
    """The run behind figures, in short."""
    record = shown.run.record
    keys = ("period", "as_of", "as_of_time", "result", "synthetic", "code")
    return {"id": shown.run.id, "closing": shown.closing, "stale": shown.stale, "rules": record["rules"]["id"]} | {
        k: record[k] for k in keys
    }


def _newest_closing(request: Request, period: str) -> str:
    from lingtan.services.closings import closings as kept

    found = [c for c in kept(request.app.state.portal.space()) if not period or c.record["period"] == period]
    if not found:
        raise InputError("figure.no-run")
    return found[-1].id


def _member(request: Request, enterprise: str) -> None:
    known = [e.id for e in request.app.state.portal.space().park.enterprises] + ["park"]
    if enterprise not in known:
        raise InputError(
            "portal.unknown-enterprise", enterprise=enterprise[:60], nearest=nearest(enterprise, known) or known[0]
        )
