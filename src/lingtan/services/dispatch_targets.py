"""The series of a dispatch description as targets of a forecast: which channels make them, and of what kind they are."""

import numpy as np

from lingtan.forecast.record import Kind, Target
from lingtan.forecast.targets import ABOVE_RATING, Plan, Source
from lingtan.optimize.dispatch.record import Description
from lingtan.park.model import Park


def outlook_plan(description: Description, park: Park) -> Plan:
    """The series of a description as targets of a forecast; constants and the temperature are none."""
    targets, sources = [], {}
    lines = {c.id: c.source for c in park.connections}
    roles: dict[str, tuple[Kind, float]] = {}
    for unit in description.units:
        if unit.available:
            kind: Kind = "load"
            if unit.kind in ("pv", "wind"):
                kind = "pv" if unit.kind == "pv" else "wind"
            elif unit.kind == "direct_line":
                kind = "pv" if lines.get(unit.id) == "pv" else "wind"
            own = unit.kind in ("pv", "wind") and unit.capacity_kw
            roles[unit.available] = (kind, (unit.capacity_kw or 0.0) * ABOVE_RATING if own else np.inf)
    roles |= dict.fromkeys(description.price_series, ("price", np.inf))
    for name in description.series:
        parts = description.sources.get(name)
        if not parts or name == description.temperature:
            continue
        kind, top = roles.get(name, ("load", np.inf))
        low = -np.inf if kind == "price" else 0.0
        targets.append(Target(name, kind, "park", "CNY/kWh" if kind == "price" else "kW", lowest=low, highest=top))
        sources[name] = tuple(Source(c, weight) for c, weight in parts.items())
    return Plan(tuple(targets), sources, ())


def recent_plan(description: Description, park: Park) -> Plan:
    """The same with the outside air, which is looked back at and not forecast as a target."""
    plan, air = outlook_plan(description, park), description.temperature
    parts = description.sources.get(air) if air else None
    if not air or not parts:
        return plan
    target = Target(air, "load", "park", "°C", lowest=-np.inf, highest=np.inf)
    return Plan((*plan.targets, target), {**plan.sources, air: tuple(Source(c, w) for c, w in parts.items())}, ())


def peak_plan(description: Description) -> Plan:
    """The imports of the grids that are metered."""
    metered = [g for g in description.grids if g.import_meter]
    targets = tuple(Target(g.id, "load", "park", "kW") for g in metered)
    return Plan(targets, {g.id: (Source(g.import_meter or ""),) for g in metered}, ())
