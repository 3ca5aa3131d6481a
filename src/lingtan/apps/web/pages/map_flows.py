"""Where power enters the park on its map: a line from each source to the park's own station, for live figures to run along."""

import math
from dataclasses import dataclass

from lingtan.apps.web.pages.park_map import WIDTH, Drawing
from lingtan.park.model import Park, channels
from lingtan.services.power_now import power_sources

EDGE = 6
AROUND = 78  # how far from the station the things that stand at it are drawn


@dataclass(frozen=True)
class MapFlow:
    """A line of one group of sources: from where it stands (``x``, ``y``) to the station (``hub``)."""

    group: str
    path: str
    x: float
    y: float
    hub: tuple[float, float]


def map_flows(park: Park, drawing: Drawing | None) -> list[MapFlow]:
    """Lines for grid and direct supply from the edge, for plants from the plots that they stand on; none without a map."""
    if drawing is None or not drawing.plots + drawing.districts:
        return []
    places = {p.id: (p.x, p.y) for p in drawing.plots + drawing.districts}
    hub = _hub(park, places)
    assets = {a.id: a for a in park.assets}
    owners = channels(park)
    found: list[MapFlow] = []
    beside = 0
    for group in dict.fromkeys(s.group for s in power_sources(park)):
        names = {n for s in power_sources(park) if s.group == group for n in s.channels}
        if group in ("grid", "direct"):
            found.append(_line(group, _edge(group, hub, drawing.height), hub))
            continue
        held = [owners[n][1].asset for n in sorted(names)]
        sites = {assets[a].site for a in held if a in assets}
        for site in sorted(s for s in sites if s in places):
            at = places[site]
            if math.dist(at, hub) < 1:  # stands at the station itself: drawn beside it
                angle = math.radians(35 + 55 * beside)
                beside += 1
                at = (hub[0] + AROUND * math.cos(angle), hub[1] + AROUND * math.sin(angle) * 0.7)
            found.append(_line(group, at, hub))
    return found


def _hub(park: Park, places: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """The operator's plot, else the middle of the park."""
    home = next((e.site for e in park.enterprises if e.id == park.park.operator), None)
    if home in places:
        return places[home]
    xs, ys = zip(*places.values(), strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def _edge(group: str, hub: tuple[float, float], height: int) -> tuple[float, float]:
    return (min(WIDTH - EDGE, hub[0] + 120), EDGE) if group == "grid" else (EDGE, min(height - EDGE, hub[1] + 60))


def _line(group: str, at: tuple[float, float], hub: tuple[float, float]) -> MapFlow:
    """A slightly bent line, so that lines side by side can be told apart."""
    (x0, y0), (x1, y1) = at, hub
    bend = 0.12
    mx, my = (x0 + x1) / 2 - (y1 - y0) * bend, (y0 + y1) / 2 + (x1 - x0) * bend
    path = f"M{x0:.1f},{y0:.1f}Q{mx:.1f},{my:.1f} {x1:.1f},{y1:.1f}"
    return MapFlow(group, path, round(x0, 1), round(y0, 1), (round(x1, 1), round(y1, 1)))
