"""A schedule as flows into and out of each node, and the content of its stores: what charts stack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Unit
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.optimize.model import FloatArray

SMALL_KW = 1e-3


@dataclass(frozen=True)
class Flow:
    """What an asset brings to a node, or takes from it, by step. [kW]

    ``group`` is what charts stack it under: ``grid``, ``direct_line``, ``pv``, ``wind``, ``chp``, ``store``, ``boiler``,
    ``heat_pump``, ``hydrogen``, ``source``, ``network``, ``fleet``, ``moved``, ``surplus``, ``unserved``.
    """

    node: str
    asset: str
    group: str
    into: bool
    kw: FloatArray


GROUPS = {
    "pv": "pv", "wind": "wind", "direct_line": "direct_line", "chp": "chp", "boiler": "boiler", "electric_boiler": "boiler",
    "heat_pump": "heat_pump", "chiller": "heat_pump", "absorption_chiller": "heat_pump", "electrolyser": "hydrogen",
    "fuel_cell": "hydrogen", "source": "source", "network": "network", "exchanger": "network",
}  # fmt: skip


def flows(description: Description, schedule: Schedule) -> list[Flow]:
    """Every flow of the schedule that is not zero throughout.

    A heat pump or chiller whose COP follows the air shows only what it takes: the schedule does not keep the air's temperature.
    """
    points = {name: np.asarray(values, float) for name, values in schedule.set_points.items()}
    return [f for f in _all(description, points) if float(np.abs(f.kw).max(initial=0.0)) > SMALL_KW]


def needs(found: list[Flow], node: str) -> FloatArray | None:
    """What the consumers of a node take: all that comes in, less what others take. [kW]"""
    mine = [f for f in found if f.node == node]
    if not mine:
        return None
    return np.asarray(np.sum([f.kw if f.into else -f.kw for f in mine], axis=0))


def contents(description: Description, schedule: Schedule) -> dict[str, tuple[FloatArray, float]]:
    """Content at the end of each step and size of each store and fleet. [kWh]"""
    found = {}
    sizes = {u.id: float(u.energy_kwh or 0.0) for u in description.units if u.kind in STORES}
    sizes |= {f.id: f.vehicles * f.battery_kwh for f in description.fleets}
    for name, size in sizes.items():
        values = schedule.set_points.get(f"{name}.content")
        if values is not None:
            found[name] = (np.asarray(values, float), size)
    return found


def _all(description: Description, points: Mapping[str, FloatArray]) -> Iterator[Flow]:
    for grid in description.grids:
        yield from _pair(points, grid.id, grid.node, "grid", "import", "export")
    for unit in description.units:
        yield from _unit(unit, points)
    for fleet in description.fleets:
        yield from _pair(points, fleet.id, fleet.node, "fleet", "discharge", "charge")
    for need in description.needs:
        if (off := points.get(f"{need.id}-shift.put-off")) is not None:
            yield Flow(need.node, need.id, "moved", True, off)
        if (on := points.get(f"{need.id}-shift.caught-up")) is not None:
            yield Flow(need.node, need.id, "moved", False, on)
        if (left := points.get(f"{need.id}-cut.left-out")) is not None:
            yield Flow(need.node, need.id, "moved", True, left)
    for name, values in points.items():
        if name.endswith("-surplus.power"):
            yield Flow(name.removesuffix("-surplus.power"), "surplus", "surplus", False, values)
        elif name.endswith("-unserved.power"):
            yield Flow(name.removesuffix("-unserved.power"), "unserved", "unserved", True, values)


def _pair(
    points: Mapping[str, FloatArray], asset: str, node: str, group: str, into: str, out: str, other: str = ""
) -> Iterator[Flow]:
    if (came := points.get(f"{asset}.{into}")) is not None:
        yield Flow(other or node, asset, group, True, came)
    if (went := points.get(f"{asset}.{out}")) is not None:
        yield Flow(node, asset, group, False, went)


def _unit(unit: Unit, points: Mapping[str, FloatArray]) -> Iterator[Flow]:
    if unit.kind in STORES:
        yield from _pair(points, unit.id, unit.input or "", "store", "discharge", "charge", unit.output or "")
        return
    group = GROUPS.get(unit.kind, "source")
    name = next((n for n in ("power", "input", "forth") if f"{unit.id}.{n}" in points), None)
    if name is None:
        return
    column = points[f"{unit.id}.{name}"]
    if unit.kind in GENERATION or unit.kind == "source":
        yield Flow(unit.output or "", unit.id, group, True, column)
        return
    if unit.input is not None:
        yield Flow(unit.input, unit.id, group, False, column)
    gain = _gain(unit)
    if gain is not None and unit.output is not None:
        yield Flow(unit.output, unit.id, group, True, column * gain)
    if unit.heat is not None and unit.heat_efficiency:
        yield Flow(unit.heat, unit.id, group, True, column * unit.heat_efficiency)


def _gain(unit: Unit) -> float | None:
    """Output for a kilowatt-hour of input; None where it follows the air."""
    if unit.kind == "network":
        return 1.0 - unit.loss_per_hour
    if unit.kind in ("heat_pump", "chiller", "absorption_chiller"):
        return unit.cop if unit.cop is not None else 0.7 if unit.kind == "absorption_chiller" else None
    return unit.efficiency or 1.0
