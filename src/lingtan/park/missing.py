"""What each indicator still lacks in a park file: codes of ``park-missing`` with their values."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.park.carriers import carriers
from lingtan.park.model import NON_FOSSIL_SOURCES, Channel, Park, VirtualMeter

Missing = tuple[str, dict[str, Any]]
INDICATORS: Final = (
    "core",
    "clean_energy",
    "product_energy",
    "solid_waste",
    "waste_energy",
    "water_reuse",
    "direct_supply",
    "intensity",
)
_OWN_GREEN: Final = frozenset({"pv", "wind", "hydro", "biomass_chp"})


def missing(park: Park) -> dict[str, list[Missing]]:
    """By indicator what the park file lacks for it; an empty list where nothing is missing."""
    known = carriers(park)
    quantities: list[Channel | VirtualMeter] = [c for m in park.meters for c in m.channels]
    quantities += park.virtual_meters
    there = {(known[q.carrier].group, q.activity) for q in quantities if q.carrier in known}
    year = park.park.base_year

    def lacks(group: str, *activities: Activity) -> Iterator[Missing]:
        for activity in activities:
            if (group, activity) not in there:
                yield "channel", {"activity": activity.value, "group": group}

    found: dict[str, list[Missing]] = {name: [] for name in INDICATORS}
    if not _measured(there):
        found["core"].append(("boundary", {}))
    if year not in park.accounting.equivalent_kgce_per_kwh:
        found["core"].append(("equivalent", {"year": year}))
    outputs = {q.process for q in quantities if q.activity is Activity.OUTPUT}
    found["core"] += [("process-output", {"process": p.id}) for p in park.processes if p.id not in outputs]
    green = any(c.source in NON_FOSSIL_SOURCES for c in park.connections)
    own = any(a.kind in _OWN_GREEN for a in park.assets)
    if not (green or own or park.certificates):
        found["clean_energy"].append(("green-source", {}))
    if not (green or own):
        found["direct_supply"].append(("direct-source", {}))
    if not park.products:
        found["product_energy"].append(("products", {}))
    found["product_energy"] += [
        ("limit", {"product": p.id}) for p in park.products if p.limit_kgce_per_unit is None or not p.standard
    ]
    found["solid_waste"] += lacks("solid_waste", Activity.GENERATED, Activity.UTILISED)
    found["waste_energy"] += lacks("waste_energy", Activity.RECOVERABLE, Activity.UTILISED_ENERGY)
    found["water_reuse"] += lacks("water", Activity.INTAKE, Activity.REUSE)
    for key in ("output_value_cny", "value_added_cny"):
        without = [e.id for e in park.enterprises if e.id != park.park.operator and year not in getattr(e, key)]
        if without or not park.enterprises:
            found["intensity"].append((key.replace("_", "-"), {"year": year, "enterprises": ", ".join(without[:8])}))
    for name in park.accounting.excluded_indicators:
        if name in found:
            found[name] = []
    return found


def _measured(there: Collection[tuple[str, Activity]]) -> bool:
    at_boundary = FUEL_BURNT | {Activity.IMPORT, Activity.GENERATION}
    return any(group in ("electricity", "heat", "fossil") and activity in at_boundary for group, activity in there)
