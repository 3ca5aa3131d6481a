"""The wall screen: the park at a glance for visitors, dark, without a menu, and honest."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.pages.map_flows import map_flows
from lingtan.apps.web.pages.park_map import park_map
from lingtan.apps.web.pages.shared import choose, waiting
from lingtan.apps.web.pages.year_path import ahead_of
from lingtan.apps.web.render import language_of, render
from lingtan.services.access.policy import Kind
from lingtan.services.power_supply import power_supply
from lingtan.services.show_overview import core_of, parts_of_emissions, year_path

room = Room()


@room.page("/wall", Need(Kind.OVERVIEW))
def wall(request: Request, period: str = "") -> Response:
    """The page. Plots carry no enterprise's figures: visitors see what is public."""
    shown = choose(request, period, "")
    if shown is None:
        return waiting(request, period)
    lang, found = language_of(request), shown.run
    core = core_of(found)
    parts = parts_of_emissions(found) if core is not None else []
    drawing = park_map(found.park, {}, lang)
    values: dict[str, Any] = {
        "shown": shown,
        "core": core,
        "guiding": [i for i in found.indicators if i.id != "core"],
        "parts": parts,
        "largest": max((abs(p.micrograms) for p in parts), default=1) or 1,
        "path_of_year": year_path(found) if core is not None else None,
        "map": drawing,
        "map_unit": "",
        "flows": map_flows(found.park, drawing),
        "supply": power_supply(found),
        "ahead": ahead_of(request, shown),
    }
    return render(request, "wall.html", values)
