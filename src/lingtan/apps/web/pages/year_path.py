"""The charts of the year: the way to date and its forecast to the end, and what the gap to the limit is made of."""

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.pages.shared import choose
from lingtan.apps.web.portal import Shown
from lingtan.apps.web.render import language_of
from lingtan.base.text import say
from lingtan.services.access.policy import Kind
from lingtan.services.show_overview import core_of, year_path
from lingtan.services.year_end import YearEnd, gap_by_month, year_end

room = Room()
OVERVIEW = Need(Kind.OVERVIEW)
TONNE = 10**12
Known = Annotated[int, Query(ge=0, le=11, description="As if only so many months were known; 0: as it is.")]


@room.page("/overview/path.json", OVERVIEW)
def path(request: Request, period: str = "", run: str = "", known: Known = 0) -> Response:
    """Sums since January, the limit at the energy used, the forecast to the end of the year with its interval."""
    lang = language_of(request)
    shown = choose(request, period, run, refresh=False)
    if shown is None or core_of(shown.run) is None:
        return JSONResponse({"empty": say("overview.no-core", lang)})
    way = year_path(shown.run)
    limit = None if way.limit is None else float(way.limit)

    def t(value: Any) -> float | None:
        return None if value is None else round(float(value) / TONNE, 3)

    co2 = [t(m.co2_sum) for m in way.months]
    allowed = [None if limit is None or m.tce_sum is None else round(limit * m.tce_sum / TONNE, 3) for m in way.months]
    size = len(way.months)
    ahead: list[float | None] = [None] * size
    low, high = list(ahead), list(ahead)
    found = ahead_of(request, shown, known)
    if found is not None:
        there = [i for i, m in enumerate(way.months) if m.month not in {a.month for a in found.months}]
        last = there[-1]
        total = way.months[last].co2_sum or 0
        rest = found.co2 - total
        ahead[last] = low[last] = high[last] = t(total)
        by, going = {a.month: a.co2 for a in found.months}, 0.0
        for i in range(last + 1, size):
            going += by.get(way.months[i].month, 0.0)
            ahead[i] = t(total + going)
            if found.co2_low is not None and found.co2_high is not None and rest:
                low[i] = t(total + going + (found.co2_low - found.co2) * going / rest)
                high[i] = t(total + going + (found.co2_high - found.co2) * going / rest)
    keys = ("co2-sum", "limit", "ahead", "interval", "month-co2", "axis-co2")
    return JSONResponse(
        {
            "title": say("overview.path", lang), "months": [say("overview.month", lang, number=m.month % 100) for m in way.months],
            "co2": co2, "limit": allowed, "ahead": ahead, "low": low, "high": high,
            "monthly": [t(m.co2) if m.known else None for m in way.months], "words": {k: say(f"overview.{k}", lang) for k in keys},
        }
    )  # fmt: skip


@room.page("/overview/gap.json", OVERVIEW)
def gap(request: Request, period: str = "", run: str = "") -> Response:
    """What the gap is made of: each month's emissions by category against what the limit allows at its energy."""
    lang = language_of(request)
    shown = choose(request, period, run, refresh=False)
    core = core_of(shown.run) if shown is not None else None
    if shown is None or core is None or core.target is None:
        return JSONResponse({"empty": say("overview.no-core", lang)})
    found = gap_by_month(shown.run)
    sizes: dict[str, int] = {}
    for _, by, _ in found:
        for category, amount in by.items():
            sizes[category] = sizes.get(category, 0) + amount
    series = [
        {"name": say(f"category.{c}", lang), "values": [round(by.get(c, 0) / TONNE, 2) for _, by, _ in found]}
        for c in sorted(sizes, key=lambda c: -abs(sizes[c]))
    ]
    allowance = {"name": say("overview.allowed", lang), "values": [round(-float(a) / TONNE, 2) for *_, a in found]}
    net = [round(float(sum(by.values()) - a) / TONNE, 2) for _, by, a in found]
    return JSONResponse(
        {
            "title": say("overview.gap-made", lang), "months": [say("overview.month", lang, number=m % 100) for m, *_ in found],
            "series": [*series, allowance], "net": net, "net_name": say("overview.gap-net", lang), "unit": "tCO₂",
        }
    )  # fmt: skip


def ahead_of(request: Request, shown: Shown, known: int = 0) -> YearEnd | None:
    """The forecast to the end of the year of a run; None where the year is whole."""
    if core_of(shown.run) is None:
        return None
    portal = request.app.state.portal
    year = str(shown.run.period.year - 1)
    before = portal.shown(year, refresh=False) if year in portal.years() else None
    return year_end(shown.run, before.run if before else None, known=known or None)
