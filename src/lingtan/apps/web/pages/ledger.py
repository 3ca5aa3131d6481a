"""The ledger: from the park to the entry, as it is or as it was known."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.shared import choose, waiting
from lingtan.apps.web.portal import RULES
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import nearest
from lingtan.base.text import label, say, sentences
from lingtan.base.time import parse_instant
from lingtan.park.carriers import carriers
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of
from lingtan.services.drill_ledger import LEVELS, drill
from lingtan.services.ports import Commit

room = Room()
Moment = Annotated[str, Query(max_length=40)]
# revisions that may change an account; sentences are revision.<kind>
SHOWN = ("import", "estimate", "repair", "revert", "withdraw", "confirm", "park")


def _entries(connection: HTTPConnection, actor: Actor) -> Thing:
    """The ledger of an enterprise, or the park's; members who name none mean their own."""
    query, portal = connection.query_params, connection.app.state.portal
    run = query.get("run", "")
    out = "@" in run or (not run and portal.has_closing(query.get("period", "")))
    named = query.get("enterprise") or None
    if named is None and scope_of(actor, Kind.ENTRY, Action.READ) is Scope.OWN:
        named = actor.enterprise
    return Thing(Kind.ENTRY, enterprise=named, released=out)


ENTRIES = Need(Kind.ENTRY, thing=_entries)


@room.page("/ledger", ENTRIES)
def ledger(
    request: Request,
    period: str = "",
    run: str = "",
    measure: str = "",
    view: str = "transfer",
    enterprise: str = "",
    month: str = "",
    category: str = "",
    carrier: str = "",
) -> Response:
    """One level of the ledger."""
    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    if not enterprise and scope_of(actor, Kind.ENTRY, Action.READ) is Scope.OWN:
        enterprise = actor.enterprise or ""
    shown = choose(request, period, run, kind=Kind.ENTRY)
    if shown is None:
        return waiting(request, period)
    measures = [m.id for m in shown.run.rules.measures]
    measure = measure or measures[0]
    if measure not in measures:
        raise InputError(
            "figure.unknown", figure=measure[:60], part=measure[:60], nearest=nearest(measure, measures) or measures[0]
        )
    stated = {"enterprise": enterprise, "month": month, "category": category, "carrier": carrier}
    where = {k: v for k, v in stated.items() if v}
    found = drill(shown.run, measure, "direct" if view == "direct" else "transfer", where)
    names = {e.id: label(e.name, lang, e.id) for e in shown.run.park.enterprises} | {
        "park": say("account-table.park", lang)
    }
    names |= {c.id: label(c.name, lang, c.id) for m in shown.run.park.meters for c in m.channels}

    goods = {i: (c.zh if lang == "zh" else c.en) for i, c in carriers(shown.run.park).items()}

    def url(**changes: str) -> str:
        base = {"run": shown.id, "measure": measure, "view": found.view, **where, **changes}
        return f"/ledger?{urlencode({k: v for k, v in base.items() if v})}"

    def crumb(key: str) -> str:
        kept = {k: where[k] for k in LEVELS[: LEVELS.index(key) + 1] if k in where}
        base = {"run": shown.id, "measure": measure, "view": found.view, **kept}
        return f"/ledger?{urlencode(base)}"

    def name(key: str, value: str) -> str:
        if key == "carrier":
            return goods.get(value, value)
        if key == "category" and f"category.{value}" in sentences(lang):
            return say(f"category.{value}", lang)
        return names.get(value, value)

    values: dict[str, Any] = {
        "shown": shown, "years": portal.years(), "found": found, "measures": measures, "where": where, "url": url, "crumb": crumb,
        "name": name, "whole": crumb_root(shown.id, measure, found.view), "largest": max((abs(x.micrograms) for x in found.lines), default=1) or 1,
        "levels": LEVELS, "revisions": _revisions(request),
    }  # fmt: skip
    return render(request, "ledger.html", values)


def crumb_root(run: str, measure: str, view: str) -> str:
    """The ledger's top."""
    return f"/ledger?{urlencode({'run': run, 'measure': measure, 'view': view})}"


@room.page("/ledger/as-of", Need(Kind.ENTRY, thing=_entries))
def as_of(request: Request, at: Moment = "", period: str = "", rev: Annotated[int, Query(ge=0)] = 0) -> Response:
    """The ledger as it was known at an instant or revision; worked out in the background if no run of then was kept."""
    portal = request.app.state.portal
    space = portal.space()
    year = period or next(iter(portal.years()), "")
    if not at and not rev:
        return RedirectResponse(f"/ledger?{urlencode({'period': year})}", 303)
    if not rev:
        rev = space.store.rev_at(parse_instant(at, space.park.park.timezone))
        if not rev:
            raise InputError("ledger.before-everything", at=at[:40])
    if rev > space.store.head():
        raise InputError("account.no-revision", rev=rev, head=space.store.head())
    kept = [
        k
        for k, r in portal.records().items()
        if r["as_of"] == rev and r["period"] == year and r["rules"]["id"] == RULES
    ]
    if kept:
        return _opened(request, kept[-1])
    key = ("as-of", year, rev)
    task = portal.tasks.get(key)
    if task is None:
        task = portal.tasks[key] = portal.background.submit(
            "account", "account", {"period": year, "rules": RULES, "as_of": rev}
        )
    if task.future.done():
        del portal.tasks[key]
        error = task.future.exception()
        if error is not None:
            told = error.format(language_of(request)) if isinstance(error, LingtanError) else str(error)
            return render(request, "as-of-failed.html", {"failure": told, "rev": rev})
        return _opened(request, str(task.future.result()["run"]))
    return waiting(request, year, again=f"/ledger/as-of?{urlencode({'rev': rev, 'period': year})}")


def _opened(request: Request, run: str) -> Response:
    """Lead to the ledger of a run, also from a page that waited for it."""
    where = f"/ledger?{urlencode({'run': run})}"
    if request.headers.get("hx-request") == "true":
        return Response(headers={"HX-Redirect": where})
    return RedirectResponse(where, 303)


def _revisions(request: Request) -> list[Commit]:
    """The newest revisions to choose from, for those who may read the park's data."""
    if scope_of(actor_of(request), Kind.READING, Action.READ) is not Scope.ALL:
        return []
    found = request.app.state.portal.space().store.commits()
    return list(reversed([c for c in found if c.kind in SHOWN]))[:40]
