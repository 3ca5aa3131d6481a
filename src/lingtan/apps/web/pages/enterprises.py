"""An enterprise's own pages: home, energy statement, place among others, its book and green statement to take along."""

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of, of_enterprise, released
from lingtan.apps.web.pages.forms import due
from lingtan.apps.web.pages.reports import TYPES
from lingtan.apps.web.pages.shared import choose, member, waiting
from lingtan.apps.web.portal import Shown, need_run
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import label, say
from lingtan.carbon.address import month_text
from lingtan.park.carriers import carriers
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, allowed, scope_of

room = Room()
TOTALS = Need(Kind.ENTERPRISE, thing=released(Kind.ENTERPRISE))
METERED = Need(Kind.READING, thing=of_enterprise(Kind.READING))  # quantities, costs: never released with a closing
BOOK = Need(Kind.ENTRY, thing=released(Kind.ENTRY))
GREEN = Need(Kind.GREEN, thing=of_enterprise(Kind.GREEN))
Year = Annotated[str, Query(pattern=r"^(\d{4})?$")]
Month = Annotated[str, Query(pattern=r"^(\d{4}(-\d{2})?)?$")]
TONNE = 10**12
FIRST = ("tce-output", "co2-output", "power-output", "water-output", "waste-used")  # at home


def _own(connection: HTTPConnection, actor: Actor) -> Thing:
    """All enterprises' totals, or one's own."""
    own = scope_of(actor, Kind.ENTERPRISE, Action.READ) is Scope.OWN
    thing = released(Kind.ENTERPRISE)(connection, actor)
    return Thing(Kind.ENTERPRISE, enterprise=actor.enterprise, released=thing.released) if own else thing


@room.page("/enterprises", Need(Kind.ENTERPRISE, thing=_own))
def enterprises(request: Request, period: Year = "") -> Response:
    """All that the asker may see; members are led to their own page, those who know pseudonyms to theirs."""
    from lingtan.services.show_enterprises import totals_for

    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    scope = scope_of(actor, Kind.ENTERPRISE, Action.READ)
    if scope is Scope.OWN:
        return RedirectResponse(f"/enterprises/{actor.enterprise}", 303)
    if scope is Scope.PSEUDONYM:
        return RedirectResponse("/regulator", 303)
    shown = choose(request, period, "", kind=Kind.ENTERPRISE)
    if shown is None:
        return waiting(request, period)
    found = totals_for(portal.space(), shown.run, actor, lang, released=shown.closing is not None)
    core = shown.run.rules.core
    values = {
        "shown": shown, "years": portal.years(), "found": found, "emissions": core["emissions"], "energy": core.get("energy", ""),
        "known": {e.id for e in shown.run.park.enterprises},
    }  # fmt: skip
    return render(request, "enterprises.html", values)


@room.page("/enterprises/{enterprise}", TOTALS)
def enterprise(request: Request, enterprise: str, period: Year = "", run: Annotated[str, Query(max_length=120)] = "") -> Response:  # fmt: skip
    """The home of an enterprise."""
    from lingtan.services.benchmark import PEERS, benchmark, limits_of
    from lingtan.services.enterprise_energy import amounts_of, energy_of

    member(request, enterprise)
    shown = choose(request, period, run, kind=Kind.ENTERPRISE)
    if shown is None:
        return waiting(request, period)
    found = shown.run
    core = found.rules.core
    measures = [m for m in (core["emissions"], core.get("energy", "")) if m]
    used = energy_of(found, enterprise)
    totals = {
        m: {
            v: sum(sum(c.values()) for c in amounts_of(found, enterprise, m, v).values())
            for v in ("direct", "transfer")
        }
        for m in measures
    }
    months = [month_text(m) for m in sorted(found.account.months)]
    standing = benchmark(found, enterprise)
    mine = _may(request, Kind.READING, enterprise)
    values: dict[str, Any] = {
        **_frame(request, enterprise, shown), "tab": "home", "totals": totals, "emissions": core["emissions"], "energy": core.get("energy", ""),
        "power_kwh": next((u.total for u in used if u.carrier == "electricity" and u.activity == "use"), None),
        "months": months, "standing": [s for s in standing if s.measure in FIRST], "limits": limits_of(found, enterprise), "peers": PEERS, "mine": mine,
        "silent": _silent(request, enterprise) if mine else [], "green": _may(request, Kind.GREEN, enterprise),
        "book": shown.closing is not None and _may(request, Kind.ENTRY, enterprise, released=True),
        "month": _newest(found.account.months), "forms": due(request, enterprise) if mine else [],
    }  # fmt: skip
    return render(request, "enterprise.html", values)


@room.page("/enterprises/{enterprise}/months.json", TOTALS)
def months(
    request: Request,
    enterprise: str,
    what: Annotated[str, Query(pattern="^(carbon|power)$")] = "carbon",
    period: Year = "",
    run: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """Carbon by category, or power used, month by month."""
    from lingtan.services.enterprise_energy import amounts_of, energy_of

    lang = language_of(request)
    member(request, enterprise)
    shown = need_run(choose(request, period, run, refresh=False, kind=Kind.ENTERPRISE))
    account = shown.run.account
    there = sorted(account.months)
    labels = [say("overview.month", lang, number=m % 100) for m in there]
    series: list[dict[str, Any]] = []
    if what == "carbon":
        by = amounts_of(shown.run, enterprise, shown.run.rules.core["emissions"])
        kinds = sorted({c for m in by.values() for c in m}, key=lambda c: -abs(sum(m.get(c, 0) for m in by.values())))
        series = [
            {"name": say(f"category.{c}", lang), "values": [round(by.get(m, {}).get(c, 0) / TONNE, 3) for m in there]}
            for c in kinds
        ]
        title, unit = say("enterprise.carbon-months", lang), "tCO₂"
    else:
        used = next((u for u in energy_of(shown.run, enterprise) if u.carrier == "electricity" and u.activity == "use"), None)  # fmt: skip
        scale = 10_000 if lang == "zh" else 1000
        if used is not None:
            values = [round(float(used.months.get(m, 0)) / scale, 3) for m in there]
            series = [{"name": say("statement.power-used", lang), "values": values}]
        title, unit = say("enterprise.power-months", lang), "万kWh" if lang == "zh" else "MWh"
    if not any(v for s in series for v in s["values"]):
        return JSONResponse({"empty": say("enterprise.nothing", lang)})
    return JSONResponse({"title": title, "months": labels, "series": series, "unit": unit})


@room.page("/enterprises/{enterprise}/benchmark", TOTALS)
def standing(request: Request, enterprise: str, period: Year = "", run: Annotated[str, Query(max_length=120)] = "") -> Response:  # fmt: skip
    """Its place among the others, who stay unnamed."""
    from lingtan.services.benchmark import PEERS, benchmark, limits_of

    member(request, enterprise)
    shown = choose(request, period, run, kind=Kind.ENTERPRISE)
    if shown is None:
        return waiting(request, period)
    lang = language_of(request)
    products = {p.id: label(p.name, lang, p.id) for p in shown.run.park.products}
    values = {
        **_frame(request, enterprise, shown), "tab": "benchmark", "standing": benchmark(shown.run, enterprise), "peers": PEERS,
        "limits": limits_of(shown.run, enterprise), "products": products,
    }  # fmt: skip
    return render(request, "benchmark.html", values)


@room.page("/enterprises/{enterprise}/statement", METERED)
def statement(request: Request, enterprise: str, month: Month = "") -> Response:
    """The energy statement of a month or a year."""
    from lingtan.services.energy_statement import energy_statement

    portal, lang = request.app.state.portal, language_of(request)
    member(request, enterprise)
    shown = choose(request, month[:4], "")
    if shown is None:
        return waiting(request, month[:4])
    there = [month_text(m) for m in sorted(shown.run.account.months)]
    asked = month or _newest(shown.run.account.months)
    costs = costs_of(request, str(shown.run.record["period"]))
    made = energy_statement(shown.run, enterprise, asked, costs, run_id=shown.id)
    goods = {i: (c.zh if lang == "zh" else c.en) for i, c in carriers(shown.run.park).items()}
    failed = made.cost_failed
    values = {
        **_frame(request, enterprise, shown), "tab": "statement", "made": made, "asked": asked, "goods": goods,
        "choices": [*reversed(there), *portal.years()],
        "cost_failed": say(failed, lang) if failed in ("statement.cost-not-yet", "statement.no-power") else say("statement.no-bill", lang) if failed else "",
        "cost_soon": failed == "statement.cost-not-yet",
    }  # fmt: skip
    return render(request, "statement.html", values)


@room.page("/enterprises/{enterprise}/statement.{format}", METERED)
def statement_file(
    request: Request,
    enterprise: str,
    format: Annotated[str, InPath(pattern="^(docx|xlsx|pdf)$")],
    month: Month = "",
) -> Response:
    """The statement as a file."""
    member(request, enterprise)
    shown = need_run(choose(request, month[:4], "", refresh=False))
    asked = month or _newest(shown.run.account.months)
    told = {"run": shown.id, "enterprise": enterprise, "month": asked, "format": format, "lang": language_of(request)}
    made = request.app.state.portal.background.wait("figures", "energy_statement", told, 300)
    return FileResponse(
        Path(made["path"]), media_type=TYPES[format], filename=f"{enterprise}-{asked}-{told['lang']}.{format}"
    )


@room.page("/enterprises/{enterprise}/green-statement.zip", GREEN)
def green_statement(request: Request, enterprise: str, period: Year = "") -> Response:
    """The signed green statement: JSON, PDF in both languages, every hour; verified offline."""
    member(request, enterprise)
    shown = need_run(choose(request, period, "", refresh=False))
    asked = {"enterprise": enterprise, "period": str(shown.run.record["period"])}
    made = request.app.state.portal.background.wait("figures", "green_statement", asked, 300)
    return FileResponse(
        Path(made["path"]), media_type="application/zip", filename=f"green-{enterprise}-{asked['period']}.zip"
    )


@room.page("/enterprises/{enterprise}/book.json", BOOK)
def book(request: Request, enterprise: str, period: Year = "") -> Response:
    """The enterprise's sealed book, to show to whom it wants."""
    from lingtan.apps.web.pages.regulator import closed
    from lingtan.services.enterprise_book import enterprise_book
    from lingtan.services.evidence_keys import workspace_key

    portal = request.app.state.portal
    member(request, enterprise)
    year = str(closed(portal, period).run.record["period"])
    made = enterprise_book(portal.space(), enterprise, year, workspace_key(portal.space())[0])
    headers = {"content-disposition": f'attachment; filename="book-{enterprise}-{year}.json"'}
    return Response(json.dumps(made, ensure_ascii=False), media_type="application/json", headers=headers)


@room.page("/enterprises/{enterprise}/cost", METERED)
def cost(request: Request, enterprise: str, month: Month = "") -> Response:
    """The power cost of a month or year, for the home page; it comes when it is worked out."""
    from lingtan.services.energy_statement import energy_statement

    member(request, enterprise)
    shown = need_run(choose(request, month[:4], "", refresh=False))
    asked = month or str(shown.run.record["period"])
    made = energy_statement(shown.run, enterprise, asked, costs_of(request, str(shown.run.record["period"])))
    lang, failed = language_of(request), made.cost_failed
    words = say(failed if failed == "statement.no-power" else "statement.no-bill", lang)
    values = {
        "total": made.cost.total if made.cost else None, "soon": failed == "statement.cost-not-yet", "failed": words,
        "enterprise": enterprise, "asked": asked,
    }  # fmt: skip
    return render(request, "enterprise-cost.html", values)


def costs_of(request: Request, year: str) -> dict[str, Any] | None:
    """The costs of a year; None while they are being worked out."""
    from lingtan.services.power_costs import kept_costs

    portal = request.app.state.portal
    space = portal.space()
    found: dict[str, Any] | None = kept_costs(space, year)
    if found is not None:
        return found
    task = portal.background.submit("figures", "power_costs", {"year": year})
    if task.future.done():
        error = task.future.exception()
        if isinstance(error, LingtanError):
            return {"months": {}, "failed": {"": error.code}}
        found = kept_costs(space, year)
    return found


def _frame(request: Request, enterprise: str, shown: Shown) -> dict[str, Any]:
    lang = language_of(request)
    held = next((e for e in shown.run.park.enterprises if e.id == enterprise), None)
    own = actor_of(request).enterprise == enterprise
    return {
        "shown": shown, "years": request.app.state.portal.years(), "enterprise": enterprise, "own": own,
        "name": label(held.name, lang, enterprise) if held else say("account-table.park", lang),
        "mine": _may(request, Kind.READING, enterprise), "industry": held.industry if held else None,
    }  # fmt: skip


def _may(request: Request, kind: Kind, enterprise: str, *, released: bool = False) -> bool:
    return allowed(actor_of(request), Action.READ, Thing(kind, enterprise=enterprise, released=released))


def _newest(months: Any) -> str:
    found = sorted(months)
    if not found:
        raise InputError("figure.no-run")
    return month_text(found[-1])


def _silent(request: Request, enterprise: str) -> list[str]:
    from lingtan.services.meter_status import meter_status

    lang = language_of(request)
    found = meter_status(request.app.state.portal.space(), None, enterprise)
    return [label(x.channel.name, lang, x.channel.id) for x in found if x.state != "fresh"]
