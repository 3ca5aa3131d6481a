"""Energy: flows from the ledger, courses of channels, calendar of hours, map of the park, export."""

import csv
import io
import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.map_flows import map_flows
from lingtan.apps.web.pages.park_map import park_map, used_by_enterprise
from lingtan.apps.web.pages.shared import choose
from lingtan.apps.web.portal import newest_year
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError
from lingtan.base.text import label, say, sentences
from lingtan.base.time import Period, iso, parse_instant
from lingtan.park.carriers import carriers
from lingtan.park.model import channels, owner
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of
from lingtan.services.show_series import Series, charted, show_hours, show_series

room = Room()
TONNE = 10**12
THIN = 80  # flows of less than an 80th are shown together
SHOWN = 14  # enterprises of their own in the flows; the rest is one
Moment = Annotated[str, Query(max_length=40)]


def _own(connection: HTTPConnection, actor: Actor) -> Thing:
    """The readings that somebody may look at: the park's, or one's own."""
    own = scope_of(actor, Kind.READING, Action.READ) is Scope.OWN
    return Thing(Kind.READING, enterprise=actor.enterprise if own else None)


def _channel(connection: HTTPConnection, actor: Actor) -> Thing:
    """The channel's owner's readings; a channel that does not exist is the park's."""
    space = connection.app.state.portal.space()
    held = channels(space.park).get(str(connection.path_params.get("channel")))
    return Thing(Kind.READING, enterprise=owner(space.park, *held) if held else None)


READINGS = Need(Kind.READING, thing=_own)
CHANNEL = Need(Kind.READING, thing=_channel)
PARK = Need(Kind.READING)  # names enterprises: for those who see all of them


@room.page("/energy", READINGS)
def energy(request: Request, period: str = "", channel: str = "", other: str = "", measure: str = "") -> Response:
    """The page."""
    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    space = portal.space()
    own = actor.enterprise if scope_of(actor, Kind.READING, Action.READ) is Scope.OWN else None
    groups: dict[str, list[tuple[str, str]]] = {}
    people = {e.id: label(e.name, lang, e.id) for e in space.park.enterprises}
    for name, (meter, found) in channels(space.park).items():
        held = owner(space.park, meter, found)
        if charted(found) and (own is None or held == own):
            groups.setdefault(people.get(held, held), []).append((name, label(found.name, lang, name)))
    known = [name for held in groups.values() for name, _ in held]
    if not known:
        return render(request, "energy.html", {"groups": {}, "year": ""})
    first = next((n for n in known if n == "grid-import"), known[0])
    year = period or next(iter(portal.years()), "") or newest_year(space)
    may_flow = scope_of(actor, Kind.READING, Action.READ) is Scope.ALL
    shown = choose(request, period, "") if may_flow else None
    values: dict[str, Any] = {
        "groups": groups, "channel": channel if channel in known else first, "other": other if other in known else "",
        "year": year, "years": portal.years() or [year], "shown": shown,
        "measures": [m.id for m in shown.run.rules.measures] if shown else [], "measure": measure or "tce_equivalent",
        "map": None,
    }  # fmt: skip
    if shown and values["measure"] not in values["measures"]:
        values["measure"] = values["measures"][0]
    if shown:
        values["map"] = park_map(space.park, used_by_enterprise(shown.run), lang)
        values["flows"] = map_flows(space.park, values["map"])
    return render(request, "energy.html", values)


@room.page("/energy/flows.json", PARK)
def flows(request: Request, measure: str = "tce_equivalent", period: str = "", run: str = "") -> Response:
    """The balanced flows of the ledger."""
    from lingtan.services.energy_flows import energy_flows

    lang = language_of(request)
    shown = choose(request, period, run, refresh=False)
    if shown is None:
        return JSONResponse({"empty": say("energy.no-flows", lang)})
    made = energy_flows(shown.run, measure)
    kinds = carriers(shown.run.park)
    people = {e.id: label(e.name, lang, e.id) for e in shown.run.park.enterprises}
    park = label(shown.run.park.park.name, lang)
    nodes: list[dict[str, Any]] = [{"name": park, "depth": 1}]
    links: list[dict[str, Any]] = []

    def word(name: str, kind: str) -> str:
        info = kinds.get(name)
        text = getattr(info, lang) if info else say(f"category.{name}", lang)
        if kind and f"energy.kind-{kind}" in sentences(lang):
            return say(f"energy.kind-{kind}", lang)
        return str(text)

    uses = [f for f in made.flows if f.side == "use"]
    rest = sum(f.micrograms for f in uses[SHOWN:])
    whole = sum(f.micrograms for f in made.flows if f.side in ("source", "credit"))
    small = {"source": 0, "out": 0}  # what would be thinner than a line is one flow
    large = [f for f in made.flows if f.side == "use" or f.micrograms * THIN >= whole]
    for f in made.flows:
        if f not in large:
            small["out" if f.side == "out" else "source"] += f.micrograms
    for f in [f for f in large if f.side in ("source", "credit")]:
        name = word(f.name, f.kind) if f.side == "source" else people.get(f.name, f.name)
        nodes.append({"name": f"← {name}", "label": name, "depth": 0})
        links.append({"source": f"← {name}", "target": park, "value": f.micrograms / TONNE})
    if small["source"]:
        name = say("energy.more-sources", lang)
        nodes.append({"name": f"← {name}", "label": name, "depth": 0})
        links.append({"source": f"← {name}", "target": park, "value": small["source"] / TONNE})
    if small["out"]:
        name = say("energy.more-given", lang)
        nodes.append({"name": f"→ {name}", "label": name, "depth": 2})
        links.append({"source": park, "target": f"→ {name}", "value": small["out"] / TONNE})
    for f in [f for f in large if f.side == "out"]:
        name = say("energy.given", lang, what=word(f.name, f.kind))
        nodes.append({"name": f"→ {name}", "label": name, "depth": 2})
        links.append({"source": park, "target": f"→ {name}", "value": f.micrograms / TONNE})
    for f in uses[:SHOWN]:
        name = people.get(f.name, f.name)
        nodes.append({"name": f"→ {name}", "label": name, "depth": 2})
        links.append({"source": park, "target": f"→ {name}", "value": f.micrograms / TONNE})
    if rest:
        name = say("energy.others", lang, count=len(uses) - SHOWN)
        nodes.append({"name": f"→ {name}", "label": name, "depth": 2})
        links.append({"source": park, "target": f"→ {name}", "value": rest / TONNE})
    unit = "tce" if measure.startswith("tce") else "tCO₂e" if measure == "co2e" else "tCO₂"
    return JSONResponse(
        {"title": say("energy.flows", lang), "nodes": merged(nodes), "links": summed(links), "unit": unit}
    )


def merged(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each node once."""
    return list({n["name"]: n for n in nodes}.values())


def summed(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each link once."""
    found: dict[tuple[str, str], float] = {}
    for x in links:
        found[x["source"], x["target"]] = found.get((x["source"], x["target"]), 0.0) + x["value"]
    return [{"source": a, "target": b, "value": round(v, 3)} for (a, b), v in found.items()]


@room.page("/energy/series/{channel}", CHANNEL)
def series(request: Request, channel: str, start: Moment = "", end: Moment = "", period: str = "") -> Response:
    """A channel in a span, as fine as fits the screen."""
    begin, finish = _span(request, start, end, period)
    made = show_series(request.app.state.portal.space(), channel, begin, finish)
    named = _name(request, channel)
    return JSONResponse(
        {
            "title": named, "name": named, "unit": made.unit, "start": int(begin.timestamp()), "step": made.step_s,
            "mean": _plain(made.mean), "least": _plain(made.least), "greatest": _plain(made.greatest),
            "words": {k: say(f"energy.{k}", language_of(request)) for k in ("mean", "range")},
            "offset": int((begin.utcoffset() or timedelta()).total_seconds()),
        }
    )  # fmt: skip


@room.page("/energy/hours/{channel}", CHANNEL)
def hours(request: Request, channel: str, period: str = "") -> Response:
    """The calendar of a year: days by hours of the day, in the park's time."""
    begin, finish = _span(request, "", "", period)
    space = request.app.state.portal.space()
    made = show_hours(space, channel, Period(period or f"{begin:%Y}", begin, finish))
    cells = [None if math.isnan(v) else round(float(v), 2) for v in made.mean]
    if not any(c is not None for c in cells):
        return JSONResponse({"empty": say("energy.nothing", language_of(request))})
    words = {k: say(f"energy.{k}", language_of(request)) for k in ("hour", "day")}
    return JSONResponse(
        {
            "title": _name(request, channel),
            "unit": made.unit,
            "first": f"{begin:%Y-%m-%d}",
            "cells": cells,
            "words": words,
        }
    )


@room.page("/energy/export/{channel}", CHANNEL)
def export(
    request: Request,
    channel: str,
    format: Annotated[str, Query(pattern="^(csv|xlsx)$")] = "csv",
    start: Moment = "",
    end: Moment = "",
    period: str = "",
) -> Response:
    """Quarter-hour means as a file."""
    begin, finish = _span(request, start, end, period)
    if finish - begin > timedelta(days=366):
        raise InputError("energy.export-span")
    space, lang = request.app.state.portal.space(), language_of(request)
    made = show_series(space, channel, begin, finish, points=40_000)
    heads = [say("energy.time", lang, zone=space.park.park.timezone), f"{_name(request, channel)} [{made.unit}]"]
    note = [say("portal.synthetic-long", lang)] if space.park.park.synthetic else []
    file = f"{channel}-{begin:%Y%m%d}-{finish:%Y%m%d}.{format}"
    if format == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([*heads, *note])
        writer.writerows(_rows(made))
        data, kind = out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"
    else:
        data, kind = workbook(heads, note, made), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{file}"'})


def workbook(heads: list[str], note: list[str], made: Series) -> bytes:
    """A sheet of the series."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet(made.channel[:31])
        when, value = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"num_format": "#,##0.00"})
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 28)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [*heads, *note])
        for i in range(made.mean.size):
            at = made.start.astimezone(UTC) + timedelta(seconds=i * made.step_s)
            sheet.write_datetime(i + 1, 0, at.astimezone(made.start.tzinfo).replace(tzinfo=None), when)
            if not math.isnan(made.mean[i]):
                sheet.write_number(i + 1, 1, round(float(made.mean[i]), 3), value)
    return out.getvalue()


def _rows(made: Series) -> list[list[str]]:
    first = made.start.astimezone(UTC)
    zone = made.start.tzinfo
    return [
        [iso((first + timedelta(seconds=i * made.step_s)).astimezone(zone)), "" if math.isnan(v) else f"{v:.3f}"]
        for i, v in enumerate(made.mean)
    ]


def _span(request: Request, start: str, end: str, period: str) -> tuple[datetime, datetime]:
    portal = request.app.state.portal
    space = portal.space()
    zone = space.park.park.timezone
    from zoneinfo import ZoneInfo

    if start and end:
        begin, finish = parse_instant(start, zone), parse_instant(end, zone)
    else:
        year = period or next(iter(portal.years()), "") or newest_year(space)
        if not year:
            raise InputError("energy.nothing")
        asked = Period.parse(year, zone)
        begin, finish = asked.start, asked.end
    whole = int(begin.timestamp()) // 900 * 900
    return datetime.fromtimestamp(whole, ZoneInfo(zone)), finish.astimezone(ZoneInfo(zone))


def _plain(values: Any) -> list[float | None]:
    return [None if math.isnan(v) else round(v, 2) for v in values.tolist()]


def _name(request: Request, channel: str) -> str:
    space = request.app.state.portal.space()
    held = channels(space.park).get(channel)
    return label(held[1].name, language_of(request), channel) if held else channel
