"""The overview: core indicator, path, guiding indicators, gap, power, data quality."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lingtan.apps.web.menu import home_of
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.shared import choose, waiting
from lingtan.apps.web.pages.year_path import Known, ahead_of
from lingtan.apps.web.render import language_of, render
from lingtan.base.text import LANGUAGES, label, say
from lingtan.services.access.policy import Kind
from lingtan.services.show_overview import core_of, data_quality, parts_of_emissions, year_path

room = Room()
OVERVIEW = Need(Kind.OVERVIEW)
TONNE = 10**12


@room.page("/", OVERVIEW)
def home(request: Request, period: str = "", run: str = "") -> Response:
    """Everybody's home: the overview, or the view of the role."""
    place = home_of(actor_of(request))
    if place != "/" and not period and not run:
        asked = request.query_params.get("lang", "")
        return RedirectResponse(f"{place}?lang={asked}" if asked in LANGUAGES else place, 303)
    return overview(request, period, run)


@room.page("/overview", OVERVIEW)
def overview(request: Request, period: str = "", run: str = "", known: Known = 0) -> Response:
    """The page."""
    portal = request.app.state.portal
    shown = choose(request, period, run)
    if shown is None:
        return waiting(request, period)
    lang, found = language_of(request), shown.run
    core = core_of(found)
    actor = actor_of(request)
    own = None
    if actor.enterprise is not None:
        own = frozenset(
            c.id for m in found.park.meters for c in m.channels if (c.enterprise or m.enterprise) == actor.enterprise
        )
    names = {c.id: label(c.name, lang, c.id) for m in found.park.meters for c in m.channels}
    values = {
        "shown": shown,
        "years": portal.years(),
        "core": core,
        "guiding": [i for i in found.indicators if i.id != "core"],
        "path_of_year": year_path(found) if core is not None else None,
        "ahead": ahead_of(request, shown, known),
        "known": known,
        "parts": parts_of_emissions(found) if core is not None else [],
        "quality": data_quality(found, own),
        "names": names,
        "alarms": portal.watchman.counts(actor),
        "rules_title": label(found.rules.title, lang),
    }
    return render(request, "overview.html", values)


@room.page("/overview/mix.json", OVERVIEW)
def mix(request: Request, period: str = "", run: str = "") -> Response:
    """Power taken and made by month and kind."""
    lang = language_of(request)
    shown = choose(request, period, run, refresh=False)
    if shown is None or not shown.run.account.kinds:
        return JSONResponse({"empty": say("overview.no-power", lang)})
    account = shown.run.account
    scale = 1e7 if lang == "zh" else 1e6
    kinds: dict[tuple[str, str], dict[int, int]] = {}
    for (pool, side, kind, month), quantity in account.kinds.items():
        if pool == "power" and side in ("in", "own") and quantity:
            kinds.setdefault((side, kind), {})[month] = quantity
    months = sorted(account.months)
    series = [
        {"name": say(f"kind.{kind}", lang), "values": [round(by.get(m, 0) / scale, 2) for m in months]}
        for (side, kind), by in sorted(kinds.items(), key=lambda kv: -sum(kv[1].values()))
    ]
    axis = "万kWh" if lang == "zh" else "MWh"
    labels = [say("overview.month", lang, number=m % 100) for m in months]
    return JSONResponse({"title": say("overview.mix", lang), "months": labels, "series": series, "unit": axis})


@room.page("/overview/news", OVERVIEW)
def news(request: Request, run: str = "") -> Response:
    """Whether the newer account is there by now."""
    shown = choose(request, "", "", refresh=True)
    there = shown is not None and not shown.stale
    return render(
        request, "news.html", {"there": there, "run": run, "failed": None if there else _failure(request, run)}
    )


def _failure(request: Request, run: str) -> str | None:
    portal = request.app.state.portal
    failure: str | None = portal.failure(run[:4])
    return failure


@room.page("/live/words", OVERVIEW)
def words(request: Request) -> Response:
    """What the live table says, in the page's language."""
    lang = language_of(request)
    groups = ("grid", "direct", "pv", "wind", "hydro", "chp", "store", "waste_heat_power", "other", "into", "out")
    said = {g: say(f"power-source.{g}", lang) for g in groups}
    said |= {k: say(f"overview.live-{k}", lang, time="{time}") for k in ("replay", "now")}
    zone = request.app.state.portal.space().park.park.timezone
    return JSONResponse({**said, "use": say("overview.use", lang), "zone": zone, "lang": lang})
