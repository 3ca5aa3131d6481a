"""What is done without optimisation: a controller with fixed rules, and the habit of last week."""

import numpy as np

from lingtan.optimize.dispatch.inputs import Inputs
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Unit
from lingtan.optimize.model import FloatArray

NIGHT_LEVEL = 0.6  # filled to at night
NIGHT_RATE = 1 / 3  # of its power
SetPoints = dict[str, FloatArray]


def rule_based(description: Description, inputs: Inputs) -> SetPoints:
    """Set-points of a controller that sees the present only.

    Batteries store surplus, fill to 60 % at a third of their power in the cheapest hours of the day while the month's peak
    so far allows, and give in the dearest hours, never into the grid. Units with heat run while their heat is needed. Other
    stores rest; fleets charge when they come; production is not moved.
    """
    found: SetPoints = {}
    for unit in description.units:
        if unit.kind in STORES:
            rest = np.zeros(inputs.horizon.steps)
            found[f"{unit.id}.charge"], found[f"{unit.id}.discharge"] = rest, rest.copy()
            if unit.kind == "battery":
                found |= _battery(description, inputs, unit)
        elif unit.whole:
            found[f"{unit.id}.on"] = _runs(description, inputs, unit)
    for unit in description.units:
        if unit.kind == "network" and unit.delay_steps:  # sends what is wanted at its end now
            wanted = np.maximum(net_kw(description, inputs, unit.output or ""), 0.0) / (1.0 - unit.loss_per_hour)
            found[f"{unit.id}.forth"] = np.minimum(wanted, unit.capacity_kw or np.inf)
    for need in description.needs:
        if need.shiftable:
            found[f"{need.id}-shift.put-off"] = np.zeros(inputs.horizon.steps)
    return found


def net_kw(description: Description, inputs: Inputs, node: str) -> FloatArray:
    """What a node needs beyond sun, wind and direct supply; negative: surplus. [kW]"""
    needed = np.zeros(inputs.horizon.steps)
    for need in description.needs:
        if need.node == node:
            needed = needed + inputs.of(need.series) * need.factor
    for unit in description.units:
        if unit.kind in GENERATION and unit.output == node and unit.available:
            there = inputs.of(unit.available)
            needed = needed - (there if unit.capacity_kw is None else np.minimum(there, unit.capacity_kw))
    return needed


def _battery(description: Description, inputs: Inputs, unit: Unit) -> SetPoints:
    node, h = unit.input or "", inputs.horizon.hours
    net = net_kw(description, inputs, node)
    power, energy, eta = unit.capacity_kw or 0.0, unit.energy_kwh or 0.0, unit.efficiency or 1.0
    price = np.mean([inputs.prices[g.id].import_cny_per_kwh for g in description.grids if g.node == node], axis=0)
    price = np.broadcast_to(price, net.shape)
    low, high = price.min() + 1e-9, price.max() - 1e-9
    peak = sum(inputs.state.peak_kw.get(g.id, 0.0) for g in description.grids if g.node == node)
    level = inputs.state.content_kwh.get(unit.id, 0.5 * energy)
    floor = unit.minimum_level * energy
    charge, discharge = np.zeros(len(net)), np.zeros(len(net))
    for t, need in enumerate(net.tolist()):
        room = max(energy - level, 0.0) / (eta * h)
        if need < 0:
            charge[t] = min(-need, power, room)
        elif price[t] <= low < high and level < NIGHT_LEVEL * energy:
            charge[t] = max(0.0, min(power * NIGHT_RATE, room, max(peak - need, 0.1 * power)))
        elif price[t] >= high > low:
            discharge[t] = min(need, power, max(level - floor, 0.0) * eta / h)
        level = level * (1 - unit.loss_per_hour) ** h + h * (eta * charge[t] - discharge[t] / eta)
    return {f"{unit.id}.charge": charge, f"{unit.id}.discharge": discharge}


def _runs(description: Description, inputs: Inputs, unit: Unit) -> FloatArray:
    """On while the node of its heat, or what it makes, needs at least its least load."""
    node = unit.heat or unit.output or ""
    per = unit.heat_efficiency / (unit.efficiency or 1.0) if unit.heat else 1.0
    least = unit.minimum_load * (unit.capacity_kw or 0.0) * per
    return np.where(net_kw(description, inputs, node) >= max(least, 1e-6), 1.0, 0.0)
