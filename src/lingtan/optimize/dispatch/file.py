"""The dispatch file: text in, a :class:`~lingtan.optimize.dispatch.record.Description` and every problem at its line out."""

from collections.abc import Callable

import yaml  # type: ignore[import-untyped]
from pydantic import ValidationError

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import nearest
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Unit
from lingtan.park.document import read_document
from lingtan.park.file import decoded, raw_values, validation_problems

Locate = Callable[[tuple[str | int, ...]], Place]
WANTED = {
    "battery": ("input", "capacity_kw", "energy_kwh"), "heat_store": ("input", "capacity_kw", "energy_kwh"),
    "cold_store": ("input", "capacity_kw", "energy_kwh"), "hydrogen_tank": ("input", "capacity_kw", "energy_kwh"),
    "electrolyser": ("input", "output", "capacity_kw", "efficiency"),
    "fuel_cell": ("input", "output", "capacity_kw", "efficiency"), "heat_pump": ("input", "output", "capacity_kw"),
    "chiller": ("input", "output", "capacity_kw"), "absorption_chiller": ("input", "output", "capacity_kw"),
    "boiler": ("output", "capacity_kw", "efficiency"), "electric_boiler": ("input", "output", "capacity_kw", "efficiency"),
    "chp": ("output", "heat", "capacity_kw", "efficiency"), "pv": ("output", "available"),
    "wind": ("output", "available"), "direct_line": ("output", "available"), "source": ("output",),
    "network": ("input", "output"), "exchanger": ("input", "output", "capacity_kw"),
}  # fmt: skip


def load_description(data: bytes, name: str = "dispatch.yaml") -> Description:
    """The description in the bytes of a file.

    Raises
    ------
    InputError
        ``dispatch.invalid`` with every problem.
    """
    text, problem = decoded(data, name)
    if text is None:
        raise InputError("dispatch.invalid", problems=[problem] if problem else [], file=name)
    document, problems = read_document(text, name)
    found = None
    if document is not None:
        raw = raw_values(document.root)
        raw["schema"] = 1
        try:
            found = Description.model_validate(raw)
        except ValidationError as error:
            problems = [*problems, *validation_problems(error, document, Description)]
        if found is not None:
            problems = [*problems, *check(found, document.place)]
    if found is None or any(p.severity == "error" for p in problems):
        raise InputError("dispatch.invalid", problems=problems, file=name)
    return found


def check(description: Description, place: Locate = lambda path: Place(path=".".join(map(str, path)))) -> list[Problem]:
    """What cannot be: fields that a kind needs, ids twice, nodes that nothing feeds, series from nowhere."""
    problems = []
    seen: set[str] = set()
    for key in ("units", "needs", "fleets", "grids"):
        for i, part in enumerate(getattr(description, key)):
            if part.id in seen:
                problems.append(Problem("dispatch.twice", place((key, i, "id")), {"id": part.id}))
            seen.add(part.id)
    for i, unit in enumerate(description.units):
        problems += _unit(description, unit, i, place)
    fed = (
        {u.output for u in description.units}
        | {u.heat for u in description.units}
        | {g.node for g in description.grids}
    )
    fed |= {u.input for u in description.units if u.kind in STORES}
    for i, need in enumerate(description.needs):
        if need.node not in fed:
            near = nearest(need.node, sorted(n for n in fed if n)) or "–"
            problems.append(
                Problem("dispatch.unfed", place(("needs", i, "node")), {"node": need.node, "nearest": near})
            )
        if need.shiftable + need.curtailable > 1:
            problems.append(Problem("dispatch.shares", place(("needs", i)), {"id": need.id}))
    for i, grid in enumerate(description.grids):
        known = [t.id for t in description.tariffs]
        if grid.tariff is not None and grid.tariff not in known:
            values = {"grid": grid.id, "tariff": grid.tariff}
            problems.append(Problem("dispatch.no-tariff", place(("grids", i, "tariff")), values))
        if grid.tariff is None and grid.price_series is None and grid.price_cny_per_kwh is None:
            problems.append(Problem("dispatch.no-price", place(("grids", i)), {"grid": grid.id}))
    for i, fleet in enumerate(description.fleets):
        if fleet.departure_level < fleet.arrival_level:
            problems.append(Problem("dispatch.fleet-levels", place(("fleets", i)), {"id": fleet.id}))
        stays = (fleet.leaves - fleet.arrives) % 24 or 24.0
        needed = (fleet.departure_level - fleet.arrival_level) * fleet.battery_kwh
        if needed > stays * fleet.charger_kw * fleet.efficiency + 1e-9:
            hours = needed / max(fleet.charger_kw * fleet.efficiency, 1e-9)
            values = {"id": fleet.id, "stays": f"{stays:g}", "needed": f"{hours:.2g}"}
            problems.append(Problem("dispatch.fleet-time", place(("fleets", i)), values))
    return problems


def _unit(description: Description, unit: Unit, i: int, place: Locate) -> list[Problem]:
    missing = [f for f in WANTED[unit.kind] if getattr(unit, f) is None]
    if unit.kind in ("heat_pump", "chiller") and unit.cop is None:
        if unit.supply_c is None:
            missing.append("cop")
        elif description.temperature is None:
            missing.append("temperature")
    if not missing:
        return []
    values = {"id": unit.id, "kind": unit.kind, "missing": ", ".join(missing)}
    return [Problem("dispatch.needs-field", place(("units", i)), values)]


def dump(description: Description) -> str:
    """The description as YAML, without what is at its default."""
    told = description.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told = {"schema": 1, **told}
    return str(yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=120))


__all__ = ["GENERATION", "check", "dump", "load_description"]
