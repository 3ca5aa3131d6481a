"""The wall screen: the park at a glance for visitors, dark, without a menu, and honest."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.pages.park_map import park_map
from lingtan.apps.web.pages.shared import choose, waiting
from lingtan.apps.web.render import language_of, render
from lingtan.services.access.policy import Kind
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
    kinds: dict[str, int] = {}
    for (pool, side, kind, _), quantity in found.account.kinds.items():
        if pool == "power" and side in ("in", "own"):
            kinds[kind] = kinds.get(kind, 0) + quantity
    supplied = sum(kinds.values())
    green = sum(kinds.get(k, 0) for k in ("direct", "own_nonfossil", "certificate"))
    values: dict[str, Any] = {
        "shown": shown,
        "core": core,
        "guiding": [i for i in found.indicators if i.id != "core"],
        "parts": parts,
        "largest": max((abs(p.micrograms) for p in parts), default=1) or 1,
        "path_of_year": year_path(found) if core is not None else None,
        "map": park_map(found.park, {}, lang),
        "map_unit": "",
        "green_share": green / supplied if supplied else None,
        "supplied": supplied / 1000,
        "kinds": sorted(((k, v / 1000, v / supplied) for k, v in kinds.items() if v), key=lambda x: -x[1])
        if supplied
        else [],
    }
    return render(request, "wall.html", values)
