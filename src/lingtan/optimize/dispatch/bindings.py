"""What binds, and what would change the plan: prices of limits and margins of units, from a priced step."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.dispatch.explanation_account import AT, SMALL_CNY, SMALL_KW, Account
from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description
from lingtan.optimize.model import FloatArray, Model


@dataclass(frozen=True)
class Binding:
    """A limit that holds the cost up: at how many steps, and what a unit more of it would save. [CNY per unit]"""

    limit: str  # month-peak | grid-limit | export-limit | carbon-cap | export-share | capacity | content
    asset: str
    steps: int
    saves_per_unit: float
    unit: str


@dataclass(frozen=True)
class Change:
    """What would change the plan: a unit at rest starts, or a running one stops, when its price moves so far."""

    asset: str
    code: str  # would-start | would-stop
    step: int
    by_cny_per_kwh: float


def bindings(description: Description, step: Step) -> list[Binding]:
    """Limits that hold the cost up, the dearest first."""
    account = Account(description, step)
    found = []
    for grid in description.grids:
        peak, full = account.peak_part(grid), account.at_limit(grid)
        bought = account.column(f"{grid.id}.import")
        floors = {g.name: g for g in account.model.globals if g.owner == grid.id}
        top = max((account.solution.sizes[name] for name in floors), default=0.0)
        if full.any() and (peak[full] > 0).any():
            worth = float(peak[full].sum() * account.hours)
            found.append(Binding("grid-limit", grid.id, int((full & (peak > 0)).sum()), worth, "kW"))
        at_peak = (bought >= top * (1 - AT)) & (peak > 0) & ~full if floors else np.zeros(account.n, bool)
        if at_peak.any():
            worth = float(peak[at_peak].sum() * account.hours)
            found.append(Binding("month-peak", grid.id, int(at_peak.sum()), worth, "kW"))
        sold = account.column(f"{grid.id}.export")
        out = (sold >= grid.export_kw * (1 - AT)) & (sold > SMALL_KW)
        gain = np.maximum(step.inputs.prices[grid.id].export_cny_per_kwh - account.price(grid.node), 0.0)
        if out.any() and gain[out].sum() > SMALL_CNY:
            found.append(Binding("export-limit", grid.id, int(out.sum()), float(gain[out].sum() * account.hours), "kW"))
    for name, price in account.solution.totals.items():
        if abs(price) > SMALL_CNY and name in ("emission-cap", "export-share"):
            label = "carbon-cap" if name == "emission-cap" else name
            found.append(Binding(label, name, account.n, abs(price), "kg" if label == "carbon-cap" else "kWh"))
    found += _capacities(description, account)
    return sorted(found, key=lambda b: -b.saves_per_unit)


def _capacities(description: Description, account: Account) -> list[Binding]:
    found = []
    for unit in description.units:
        if unit.kind in GENERATION or unit.capacity_kw is None:
            continue
        label = "discharge" if unit.kind in STORES else None
        if unit.kind in STORES and label:
            content = account.column(f"{unit.id}.content")
            full = content >= (unit.energy_kwh or 0.0) * (1 - AT)
            # what a kilowatt-hour of room at a step is worth: kept for later, less what it lost
            rise = np.maximum(account.margin(f"{unit.id}.content"), 0.0) * account.hours
            if full.any() and rise[full].sum() > SMALL_CNY:
                found.append(Binding("content", unit.id, int(full.sum()), float(rise[full].sum()), "kWh"))
            continue
        name = next(c.name for c in account.model.columns if c.owner == unit.id and not c.integer)
        power, top = account.column(name), account.upper(name)
        earns = account.earns(unit.id)
        at = (power >= top * (1 - AT)) & (power > SMALL_KW) & (earns > SMALL_CNY)
        if at.any():
            per_kw = top[at] / unit.capacity_kw
            found.append(
                Binding("capacity", unit.id, int(at.sum()), float((earns[at] * per_kw).sum() * account.hours), "kW")
            )
    return found


def changes(description: Description, step: Step) -> list[Change]:
    """For each converter the smallest move of its price that changes what it does."""
    account = Account(description, step)
    found = []
    for unit in description.units:
        if unit.kind in STORES or unit.kind in GENERATION:
            continue
        name = next(c.name for c in account.model.columns if c.owner == unit.id and not c.integer)
        power, earns = account.column(name), account.earns(unit.id)
        rest, run = power <= SMALL_KW, power > SMALL_KW
        loses = np.where(rest & (earns < -SMALL_CNY), -earns, np.inf)
        if np.isfinite(loses).any():
            found.append(Change(unit.id, "would-start", int(np.argmin(loses)), float(loses.min())))
        wins = np.where(run & (earns > SMALL_CNY), earns, np.inf)
        if np.isfinite(wins).any():
            found.append(Change(unit.id, "would-stop", int(np.argmin(wins)), float(wins.min())))
    return sorted(found, key=lambda c: c.by_cny_per_kwh)


def node_prices(model: Model, step: Step) -> dict[str, FloatArray]:
    """The price of each node by step. [CNY/kWh]"""
    return {n: step.solution.prices[f"{n}.balance"] for n in model.nodes if f"{n}.balance" in step.solution.prices}
