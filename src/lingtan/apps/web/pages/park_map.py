"""The park as a drawing: polygons of the park file without tiles, plots shaded by what their enterprise answers for."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lingtan.base.text import label
from lingtan.park.model import Park
from lingtan.services.energy_flows import energy_flows
from lingtan.services.keep_run import Run

WIDTH = 1000
MARGIN = 12
SHADES = 6
TONNE = 10**12


@dataclass(frozen=True)
class Plot:
    """A polygon: its path, where its name goes, how dark it is (0 for no value), and what is known of it."""

    id: str
    path: str
    x: float
    y: float
    size: int  # of the name's letters
    lines: list[str]
    name: str
    value: float | None
    shade: int
    assets: list[str]


@dataclass(frozen=True)
class Drawing:
    """The map: size, the boundary, districts and plots."""

    height: int
    boundary: str
    districts: list[Plot]
    plots: list[Plot]


def used_by_enterprise(run: Run) -> dict[str, float]:
    """Tonnes that each enterprise answers for after transfers, in the first measure of the rules."""
    made = energy_flows(run, run.rules.measures[0].id)
    return {
        f.name: f.micrograms / TONNE * (1 if f.side == "use" else -1) for f in made.flows if f.side in ("use", "credit")
    }


def park_map(park: Park, values: Mapping[str, float], lang: str) -> Drawing | None:
    """The drawing, north up; None where the park file has no polygons."""
    shapes = [s.geojson for s in park.sites if s.geojson] + ([park.boundary.geojson] if park.boundary.geojson else [])
    corners = [at for shape in shapes for ring in _rings(shape) for at in ring]
    if not corners:
        return None
    west, east = min(c[0] for c in corners), max(c[0] for c in corners)
    south, north = min(c[1] for c in corners), max(c[1] for c in corners)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * squeeze, 1e-9)
    height = round((north - south) * scale + 2 * MARGIN)

    def put(at: Any) -> tuple[float, float]:
        return MARGIN + (at[0] - west) * squeeze * scale, MARGIN + (north - at[1]) * scale

    def path(shape: Any) -> str:
        return " ".join(
            "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in (put(at) for at in ring)) + "Z" for ring in _rings(shape)
        )

    tenants = {e.site: e for e in park.enterprises if e.site}
    ranked = sorted(v for v in values.values() if v > 0)
    districts: list[Plot] = []
    plots: list[Plot] = []
    for site in park.sites:
        if not site.geojson:
            continue
        held = tenants.get(site.id)
        points = [put(at) for ring in _rings(site.geojson) for at in ring[:-1]]
        x, y = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
        wide = max(p[0] for p in points) - min(p[0] for p in points)
        name = label(held.name if held else site.name, lang, held.id if held else site.id)
        value = values.get(held.id) if held else None
        shade = 0 if value is None or value <= 0 else 1 + sum(r < value for r in ranked) * SHADES // (len(ranked) + 1)
        lines, size = fitted(name, wide - 12, lang)
        assets = [label(a.name, lang, a.id) for a in park.assets if a.site == site.id]
        one = Plot(site.id, path(site.geojson), round(x, 1), round(y, 1), size, lines, name, value, shade, assets)
        (plots if held else districts).append(one)
    boundary = path(park.boundary.geojson) if park.boundary.geojson else ""
    return Drawing(height, boundary, [] if plots else districts, plots)


def fitted(name: str, wide: float, lang: str) -> tuple[list[str], int]:
    """A name in at most three lines of the largest letters that fit a width."""
    for size in (17, 15, 13, 12, 11):
        unit = size if lang == "zh" else size * 0.56
        most = max(2, int(wide // unit))
        if lang == "zh":
            lines = [name[i : i + most] for i in range(0, len(name), most)]
        else:
            lines = []
            for word in name.split():
                if lines and len(lines[-1]) + 1 + len(word) <= most:
                    lines[-1] += f" {word}"
                else:
                    lines.append(word)
        if len(lines) <= 3 and all(len(x) <= most for x in lines):
            return lines, size
    short = [x if len(x) <= most else f"{x[: most - 1]}…" for x in lines[:3]]
    return short, 11


def _rings(shape: Mapping[str, Any]) -> Iterator[list[Any]]:
    geometry = shape.get("geometry", shape)
    kind, held = geometry.get("type"), geometry.get("coordinates", [])
    polygons = [held] if kind == "Polygon" else held if kind == "MultiPolygon" else []
    for polygon in polygons:
        yield from polygon
