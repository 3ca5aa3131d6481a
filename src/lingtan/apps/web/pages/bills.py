"""Electricity bills: of the park's connections by the tariff in force, of an enterprise by its use; ways to pay side by side."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from lingtan.apps.web.background import error_from
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.portal import newest_year
from lingtan.apps.web.render import language_of, render
from lingtan.apps.web.study_words import Words
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import nearest
from lingtan.base.text import label, say
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of

room = Room()
WAN = Decimal(10_000)
Month = Annotated[str, Query(pattern=r"^(\d{4}(-\d{2})?)?$")]
Name = Annotated[str, Query(max_length=63)]
# the parts that a chart and a table group lines by
PARTS = ("energy", "purchase", "line_loss", "transmission", "system_operation", "difference", "demand", "capacity", "grid_fee_1192", "fund", "power_factor", "export")  # fmt: skip


def _whose(connection: HTTPConnection, actor: Actor) -> Thing:
    """The bills of the park's connections, or what an enterprise's power is worth; members who name none mean their own."""
    named = connection.query_params.get("enterprise") or None
    if named is None and scope_of(actor, Kind.BILL, Action.READ) is Scope.OWN:
        named = actor.enterprise
    return Thing(Kind.BILL, enterprise=named)


BILL = Need(Kind.BILL, thing=_whose)
PARK = Need(Kind.BILL)


@room.page("/bills", BILL)
def bills(
    request: Request, period: Month = "", month: Month = "", connection: Name = "", enterprise: Name = ""
) -> Response:
    """A year of bills and one month of them line by line."""
    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    if not enterprise and scope_of(actor, Kind.BILL, Action.READ) is Scope.OWN:
        enterprise = actor.enterprise or ""
    if enterprise:
        return _member(request, enterprise, period, month)
    year = _year(portal, period)
    made, failure = work(request, "bills", {"period": year})
    values: dict[str, Any] = {**_frame(request, year), "made": made, "failure": failure, "tab": "bills", "month": month}
    if made and made["bills"]:
        found = made["bills"]
        names = list(dict.fromkeys(b["connection"] for b in found))
        chosen = connection if connection in names else names[0]
        mine = [b for b in found if b["connection"] == chosen]
        shown = next((b for b in mine if b["month"] == month), mine[-1])
        values |= {
            "names": names, "chosen": chosen, "bills": mine, "shown": shown, "lines": told(shown, lang), "parts": parts_of(mine), "total": sum(Decimal(b["total_cny"]) for b in mine),
            "energy": sum(Decimal(b["energy_kwh"]) for b in mine),
        }  # fmt: skip
        values["failed"] = [{"month": f["month"], "why": error_from(f["error"]).format(lang)} for f in made["failed"]]
    return render(request, "bills.html", values)


@room.page("/bills/parts.json", PARK)
def parts(request: Request, period: Month = "", connection: Name = "") -> Response:
    """The parts of a connection's bills by month. [10,000 CNY]"""
    lang = language_of(request)
    made, failure = work(request, "bills", {"period": _year(request.app.state.portal, period)})
    found = [b for b in (made or {"bills": []})["bills"] if not connection or b["connection"] == connection]
    if not found:
        return JSONResponse({"empty": failure or say("bills-page.soon", lang)})
    months = [b["month"] for b in found]
    series = [{"name": say(f"bills-page.part.{p}", lang), "values": v} for p, v in parts_of(found).items()]
    return JSONResponse(
        {
            "title": say("bills-page.parts", lang),
            "months": months,
            "series": series,
            "unit": say("plan-page.unit.wan", lang),
        }
    )


@room.page("/bills/compare", PARK)
def compare(request: Request, period: Month = "") -> Response:
    """The same months paid by demand, contract or capacity, ordinary or under notice 1192."""
    portal, lang = request.app.state.portal, language_of(request)
    year = _year(portal, period)
    made, failure = work(request, "bills-compared", {"period": year})
    values = {
        **_frame(request, year),
        "made": made,
        "failure": failure,
        "tab": "compare",
        "problem": lambda c, i: _problem(c, i, lang),
    }
    return render(request, "bills-compare.html", values)


@room.page("/bills/compare.json", PARK)
def compare_chart(request: Request, period: Month = "", connection: Name = "") -> Response:
    """Each way that can be worked out, by month. [10,000 CNY]"""
    lang = language_of(request)
    made, failure = work(request, "bills-compared", {"period": _year(request.app.state.portal, period)})
    one = next((c for c in made or [] if not connection or c["connection"] == connection), None)
    if one is None:
        return JSONResponse({"empty": failure or say("bills-page.soon", lang)})
    lines = [
        {"name": way(o, lang), "values": [round(float(Decimal(m) / WAN), 2) for m in o["months_cny"]]}
        for o in one["options"]
        if o["total_cny"] is not None
    ]
    return JSONResponse(
        {
            "title": say("bills-page.ways", lang),
            "months": one["months"],
            "series": lines,
            "unit": say("plan-page.unit.wan", lang),
        }
    )


def _member(request: Request, enterprise: str, period: str, month: str) -> Response:
    """What an enterprise's power is worth by the park's bills, month by month."""
    from lingtan.services.power_costs import cost_of, kept_costs

    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    known = {e.id: label(e.name, lang, e.id) for e in space.park.enterprises}
    if enterprise not in known:
        raise InputError(
            "portal.unknown-enterprise", enterprise=enterprise[:60], nearest=nearest(enterprise, known) or "–"
        )
    year = _year(portal, period)
    costs, failure = kept_costs(space, year), None
    if costs is None:
        _, failure = work(request, "power_costs", {"year": year})
        costs = kept_costs(space, year)
    months = (
        [c for c in (cost_of(costs, enterprise, m) for m in sorted(costs["months"])) if c is not None] if costs else []
    )
    shown = next((c for c in months if c.month == month), months[-1] if months else None)
    values = {
        **_frame(request, year),
        "costs": costs,
        "failure": failure,
        "months": months,
        "shown": shown,
        "enterprise": enterprise,
        "name": known[enterprise],
    }
    return render(request, "bills-member.html", values)


@room.page("/bills/member.json", BILL)
def member_chart(request: Request, period: Month = "", enterprise: Name = "") -> Response:
    """What an enterprise's power is worth by month and period of the day. [10,000 CNY]"""
    from lingtan.services.power_costs import cost_of, kept_costs

    actor, portal, lang = actor_of(request), request.app.state.portal, language_of(request)
    if not enterprise and scope_of(actor, Kind.BILL, Action.READ) is Scope.OWN:
        enterprise = actor.enterprise or ""
    costs = kept_costs(portal.space(), _year(portal, period))
    found = (
        [c for c in (cost_of(costs, enterprise, m) for m in sorted(costs["months"])) if c is not None] if costs else []
    )
    if not found:
        return JSONResponse({"empty": say("bills-page.nothing", lang)})
    kinds = list(dict.fromkeys(line.period for c in found for line in c.lines))
    series = []
    for kind in kinds:
        by = {c.month: sum((line.amount for line in c.lines if line.period == kind), Decimal(0)) for c in found}
        name = say(f"bill.periods.{kind}", lang) if kind else say("bills-page.fixed", lang)
        series.append({"name": name, "values": [round(float(by[c.month] / WAN), 3) for c in found]})
    return JSONResponse(
        {
            "title": say("bills-page.worth", lang),
            "months": [c.month for c in found],
            "series": series,
            "unit": say("plan-page.unit.wan", lang),
        }
    )


def work(request: Request, job: str, arguments: Mapping[str, Any]) -> tuple[Any, str | None]:
    """The answer of a background job, or None while it works, or why there is none."""
    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    key = (job, *arguments.values(), space.store.head(), space.park_commit.content)
    task = portal.tasks.get(key)
    if task is None:
        task = portal.tasks[key] = portal.background.submit("figures", job, dict(arguments))
    if not task.future.done():
        return None, None
    error = task.future.exception()
    if error is None:
        return task.future.result(), None
    portal.tasks.pop(key, None)
    return None, error.format(lang) if isinstance(error, LingtanError) else str(error)


def told(bill: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """The lines of a bill in words."""
    made = []
    for line in bill["lines"]:
        head, _, name = str(line["item"]).partition(".")
        made.append(
            {
                **line,
                "text": say(f"bill.items.{head}", lang, name=_fund(name, lang)),
                "period_text": say(f"bill.periods.{line['period']}", lang) if line["period"] else "",
            }
        )
    return made


def _fund(name: str, lang: str) -> str:
    from lingtan.base.text import sentences

    return say(f"bills-page.fund.{name}", lang) if f"bills-page.fund.{name}" in sentences(lang) else name


def parts_of(bills: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Money by part and bill. [10,000 CNY]"""
    found: dict[str, list[float]] = {}
    for part in PARTS:
        values = [
            float(sum(Decimal(x["amount"]) for x in b["lines"] if str(x["item"]).partition(".")[0] == part) / WAN)
            for b in bills
        ]
        if any(abs(v) >= 0.005 for v in values):  # fen that rounding leaves are in the lines
            found[part] = [round(v, 2) for v in values]
    return found


def way(option: Mapping[str, Any], lang: str) -> str:
    """A way to pay in words."""
    return (
        f"{say('bill.options.' + str(option['basis']), lang)} · {say('bill.options.' + str(option['pricing']), lang)}"
    )


def _problem(compared: Mapping[str, Any], index: int, lang: str) -> str:
    problem = compared["options"][index]["problem"] if lang == "zh" else compared["problems_en"][index]
    return str(problem.get("text") or problem.get("code")) if problem else ""


def _frame(request: Request, year: str) -> dict[str, Any]:
    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    whole = scope_of(actor, Kind.BILL, Action.READ) is Scope.ALL
    members = {e.id: label(e.name, lang, e.id) for e in portal.space().park.enterprises} if whole else {}
    years = portal.years() or [newest_year(portal.space())]
    return {
        "year": year,
        "years": years if year in years else [year, *years],
        "members": members,
        "whole": whole,
        "enterprise": "",
        "labels": {c.id: label(c.name, lang, c.id) for c in portal.space().park.connections},
        "words": Words(None, lang),
        "way": lambda o: way(o, lang),
        "Decimal": Decimal,
    }


def _year(portal: Any, period: str) -> str:
    found = re.match(r"\d{4}", period)
    return found[0] if found else next(iter(portal.years()), "") or newest_year(portal.space())
