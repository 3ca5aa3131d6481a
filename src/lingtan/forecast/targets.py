"""What of a park can be forecast: which channels make the load of an enterprise, a plant, a total."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.base.units import quantity
from lingtan.forecast.record import Target
from lingtan.metering.channels import Book
from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.park.carriers import CarrierInfo, carriers
from lingtan.park.model import Asset, Channel, Meter, Park, owner

KW_PER_GJ_H = 1 / 0.0036
SHORT_STEPS = ("1min", "5min", "10min", "15min", "30min", "1h")
LOAD_GROUPS = ("electricity", "heat", "fossil", "biomass", "other_energy")
# what such plants take is decided by dispatch, so it is no load to be forecast
DISPATCHED = frozenset(
    {
        "biomass_chp",
        "gas_chp",
        "coal_chp",
        "battery",
        "heat_store",
        "cold_store",
        "hydrogen_tank",
        "boiler",
        "electric_boiler",
        "electrolyser",
        "fuel_cell",
    }
)
PLANTS = ("pv", "wind")
ABOVE_RATING = 1.05  # of a plant's capacity: meters and inverters are not exact


@dataclass(frozen=True)
class Source:
    """A channel and the weight with which it is a part of a target."""

    channel: str
    weight: float = 1.0


@dataclass(frozen=True)
class Plan:
    """The targets of a park, of which channels each consists, and what was left out and why."""

    targets: tuple[Target, ...]
    sources: Mapping[str, tuple[Source, ...]]
    left_out: tuple[Mapping[str, Any], ...]

    @property
    def channels(self) -> list[str]:
        """Every channel that is needed."""
        return sorted({s.channel for sources in self.sources.values() for s in sources})


def per_unit(info: CarrierInfo) -> tuple[float, str]:
    """What turns a carrier's metering unit per hour into the unit of forecasts, and that unit."""
    if info.unit == "kWh":
        return 1.0, "kW"
    if info.unit == "GJ":
        return KW_PER_GJ_H, "kW"
    return 1.0, f"{info.unit}/h"


def plan(park: Park, *, meters: bool = False) -> Plan:
    """The targets of a park; with ``meters`` the sub-meters of enterprises too, and the rest that none of them sees."""
    known, book = carriers(park), Book(park)
    assets = {a.id: a for a in park.assets}
    by_id = {m.id: m for m in park.meters}
    loads = [(m, c) for m in park.meters for c in m.channels if _is_load(c, known, assets)]
    left_out: list[Mapping[str, Any]] = []
    usable = []
    for m, c in loads:
        if c.step in SHORT_STEPS and not m.manual and c.kind != "level":
            usable.append((m, c))
        else:
            left_out.append({"code": "forecast.too-coarse", "target": c.id, "step": c.step})
    passes_on = _passing(park, usable, by_id)
    own = [(m, c) for m, c in usable if c.id not in passes_on]
    mine = {(m.id, c.carrier, owner(park, m, c)) for m, c in own}
    top: dict[tuple[str, str], list[str]] = {}
    below: dict[tuple[str, str], list[str]] = {}
    for m, c in own:
        who = owner(park, m, c)
        above = [a for a in _ancestors(m, by_id) if (a.id, c.carrier, who) in mine]
        if not above:
            top.setdefault((who, c.carrier), []).append(c.id)
        elif len(above) == 1:
            below.setdefault((who, c.carrier), []).append(c.id)
    rating = {c.id: _rating(book, c, known) for _, c in own}
    targets: list[Target] = []
    sources: dict[str, tuple[Source, ...]] = {}
    for (who, carrier), names in sorted(top.items()):
        made = f"{who}:{carrier}"
        unit = per_unit(known[carrier])[1]
        limit = sum(rating[n] for n in names)
        targets.append(Target(made, "load", "enterprise", unit, carrier, who, parent=f"park:{carrier}", highest=limit))
        sources[made] = tuple(Source(n) for n in names)
        subs = below.get((who, carrier), [])
        if meters and subs:
            for n in subs:
                targets.append(Target(n, "load", "meter", unit, carrier, who, parent=made, highest=rating[n]))
                sources[n] = (Source(n),)
            rest = f"{made}:rest"
            targets.append(Target(rest, "load", "meter", unit, carrier, who, parent=made, highest=limit))
            sources[rest] = (*(Source(n) for n in names), *(Source(n, -1.0) for n in subs))
    for carrier in sorted({carrier for _, carrier in top}):
        made = f"park:{carrier}"
        targets.append(Target(made, "load", "park", per_unit(known[carrier])[1], carrier))
    targets += _plants(park, assets, known, sources)
    return Plan(tuple(targets), sources, tuple(left_out))


def _is_load(c: Channel, known: Mapping[str, CarrierInfo], assets: Mapping[str, Asset]) -> bool:
    info = known.get(c.carrier)
    if info is None or info.group not in LOAD_GROUPS:
        return False
    if c.asset and c.asset in assets and assets[c.asset].kind in DISPATCHED:
        return False
    if info.group in ("electricity", "heat"):
        return c.activity is Activity.USE
    return c.activity is Activity.USE or c.activity in FUEL_BURNT or c.activity is Activity.FEEDSTOCK


def _ancestors(meter: Meter, by_id: Mapping[str, Meter]) -> Iterator[Meter]:
    seen = {meter.id}
    while meter.parent and meter.parent in by_id and meter.parent not in seen:
        meter = by_id[meter.parent]
        seen.add(meter.id)
        yield meter


def _passing(park: Park, loads: list[tuple[Meter, Channel]], by_id: Mapping[str, Meter]) -> set[str]:
    """Channels that measure what goes on to others: feeders, not loads."""
    at: dict[tuple[str, str], list[str]] = {}
    for m, c in loads:
        at.setdefault((m.id, c.carrier), []).append(c.id)
    found: set[str] = set()
    uses = [(m, c) for m in park.meters for c in m.channels if c.activity is Activity.USE]
    for m, c in uses:
        for above in _ancestors(m, by_id):
            for name in at.get((above.id, c.carrier), []):
                other = next(x for x in above.channels if x.id == name)
                if owner(park, above, other) != owner(park, m, c):
                    found.add(name)
    # a feeder of the operator without named meters below it is no load of the operator's either
    used = {m.parent for m in park.meters if m.parent}
    for m, c in loads:
        if m.id in used and m.enterprise == park.park.operator and c.carrier == "electricity":
            found.add(c.id)
    return found


def _rating(book: Book, channel: Channel, known: Mapping[str, CarrierInfo]) -> float:
    terms = book.terms(channel_key(channel.id))
    if terms is None or terms.limit is None:
        return float("inf")
    return float(Fraction(terms.limit, 1000)) * per_unit(known[channel.carrier])[0]


def _plants(
    park: Park, assets: Mapping[str, Asset], known: Mapping[str, CarrierInfo], sources: dict[str, tuple[Source, ...]]
) -> list[Target]:
    found: list[Target] = []
    for m in park.meters:
        for c in m.channels:
            asset = assets.get(c.asset or "")
            if asset is None or asset.kind not in PLANTS or c.activity is not Activity.GENERATION:
                continue
            if c.step not in SHORT_STEPS or known[c.carrier].group != "electricity":
                continue
            capacity = _capacity(asset)
            kind: Any = asset.kind
            if asset.id in sources:
                sources[asset.id] = (*sources[asset.id], Source(c.id))
                continue
            top = capacity * ABOVE_RATING if capacity else float("inf")
            found.append(
                Target(
                    asset.id, kind, "meter", "kW", "electricity", asset.enterprise or owner(park, m, c), asset.id,
                    f"park:{kind}", highest=top, capacity_kw=capacity,
                )
            )  # fmt: skip
            sources[asset.id] = (Source(c.id),)
    lines = _lines(park, known, sources)
    for kind in PLANTS:
        mine = [t for t in found if t.kind == kind]
        if len(mine) > 1:
            all_kw = [t.capacity_kw for t in mine]
            total = float(np.sum([c for c in all_kw if c])) if all(all_kw) else None
            found.append(
                Target(f"park:{kind}", kind, "park", "kW", highest=sum(t.highest for t in mine), capacity_kw=total)
            )
    return [*found, *lines]


def _lines(park: Park, known: Mapping[str, CarrierInfo], sources: dict[str, tuple[Source, ...]]) -> list[Target]:
    """Lines from plants outside the park: what came and what was curtailed, if that is metered."""
    found = []
    for line in park.connections:
        if line.kind != "direct_line" or line.carrier != "electricity":
            continue
        everything = [c for m in park.meters for c in m.channels if c.step in SHORT_STEPS]
        came = [c.id for c in everything if c.connection == line.id and c.activity is Activity.IMPORT]
        cut = [c.id for c in everything if c.activity is Activity.CURTAILED and known[c.carrier].group == "electricity"]
        if came:
            kind: Any = "pv" if line.source == "pv" else "wind"
            found.append(Target(line.id, kind, "park", "kW", "electricity"))
            sources[line.id] = tuple(Source(c) for c in (*came, *cut))
    return found


def _capacity(asset: Asset) -> float | None:
    if not asset.capacity:
        return None
    try:
        return float(quantity(asset.capacity, "kW"))
    except InputError:
        return None


def place(park: Park) -> tuple[float, float] | None:
    """Latitude and longitude of the park: the middle of its boundary or of a site; None where none is drawn."""
    for shape in (park.boundary.geojson, *(s.geojson for s in park.sites)):
        points = list(_points((shape or {}).get("coordinates")))
        if points:
            return float(np.mean([p[1] for p in points])), float(np.mean([p[0] for p in points]))
    return None


def _points(value: Any) -> Iterator[tuple[float, float]]:
    if isinstance(value, list | tuple):
        if len(value) >= 2 and all(isinstance(v, int | float) for v in value[:2]):
            yield float(value[0]), float(value[1])
        else:
            for item in value:
                yield from _points(item)
