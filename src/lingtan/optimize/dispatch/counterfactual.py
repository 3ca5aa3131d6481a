"""The same horizon without a limit that a reason names: what it saves, and which set-points move."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lingtan.optimize.dispatch.inputs import Inputs
from lingtan.optimize.dispatch.planner import Planner, Step
from lingtan.optimize.dispatch.record import Description

WIDE = 1e3
MOVED_KW = 1e-3


@dataclass(frozen=True)
class Without:
    """The plan without a limit. ``saves_cny`` counts what both plans cost under the rules without it."""

    limit: str
    asset: str
    saves_cny: float
    moved: dict[str, tuple[int, float]]  # column: how many steps move, and by how much at most [kW]


def lifted(description: Description, inputs: Inputs, limit: str, asset: str = "") -> tuple[Description, Inputs]:
    """Description and inputs with the limit taken away; a limit that they do not have changes nothing."""
    if limit == "month-peak":
        prices = {k: replace(p, demand_cny_per_kw=0.0 * p.demand_cny_per_kw) for k, p in inputs.prices.items()}
        return description, replace(inputs, prices=prices)
    if limit == "price-spread":
        flat = {
            k: replace(p, import_cny_per_kwh=np.full_like(p.import_cny_per_kwh, p.import_cny_per_kwh.mean()))
            for k, p in inputs.prices.items()
        }
        return description, replace(inputs, prices=flat)
    if limit in ("carbon", "carbon-cap"):
        money = description.money.model_copy(update={"carbon_cny_per_kg": 0.0})
        limits = description.limits.model_copy(update={"emission_cap_kg_per_day": None})
        return description.model_copy(update={"money": money, "limits": limits}), inputs
    if limit == "export-share":
        limits = description.limits.model_copy(update={"export_share": None})
        return description.model_copy(update={"limits": limits}), inputs
    if limit in ("grid-limit", "export-limit"):
        key = "import_kw" if limit == "grid-limit" else "export_kw"
        grids = [
            g.model_copy(update={key: getattr(g, key) * WIDE}) if asset in ("", g.id) else g for g in description.grids
        ]
        return description.model_copy(update={"grids": grids}), inputs
    known: dict[str, dict[str, Any]] = {
        "must-run": {"minimum_load": 0.0, "start_cost_cny": 0.0, "minimum_up_hours": 0.0, "minimum_down_hours": 0.0},
        "must-take": {"minimum_kw": 0.0},
        "ramp": {"ramp_per_hour": None},
    }
    changes = known.get(limit, {})
    if limit == "capacity":
        unit = description.unit(asset)
        changes = {"capacity_kw": (unit.capacity_kw or 0.0) * WIDE} if unit else {}
    if limit == "content":
        unit = description.unit(asset)
        changes = {"energy_kwh": (unit.energy_kwh or 0.0) * WIDE} if unit else {}
    units = [u.model_copy(update=changes) if u.id == asset else u for u in description.units]
    fleets = description.fleets
    if limit == "departure":
        fleets = [f.model_copy(update={"departure_level": f.arrival_level}) if f.id == asset else f for f in fleets]
    return description.model_copy(update={"units": units, "fleets": fleets}), inputs


def without(
    description: Description, step: Step, limit: str, asset: str = "", *, gap: float = 1e-4, reserve: float = 0.0
) -> Without:
    """Solve again without the limit and compare."""
    other, given = lifted(description, step.inputs, limit, asset)
    free = Planner(other, gap=gap, time_limit_s=10.0, reserve=reserve).plan(given)
    # under the new rules the old set-points cost this much at most
    saved = step.solution.cost - free.solution.cost
    moved = {}
    for name, values in step.series.items():
        if name in free.series:
            difference = np.abs(values - free.series[name])
            if difference.max() > MOVED_KW and not name.endswith((".content", ".backlog", ".start")):
                moved[name] = (int((difference > MOVED_KW).sum()), float(difference.max()))
    return Without(limit, asset, saved, moved)
