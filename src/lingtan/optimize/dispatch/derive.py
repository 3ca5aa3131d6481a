"""A dispatch description from a park file: its assets, connections, tariffs and the channels that measure them.

What a park file does not say gets a usual value, and each is told as a note: nobody should be led by an assumption unseen.
"""

from dataclasses import dataclass
from decimal import Decimal

from lingtan.base.errors import InputError
from lingtan.base.units import quantity
from lingtan.optimize.dispatch.park_nodes import HYDROGEN, KWH_PER_KG, NODES, POWER, Nodes
from lingtan.optimize.dispatch.record import GENERATION, SPOT, STORES, Description, Grid, Money, Need, Unit, UnitKind
from lingtan.park.activities import Activity
from lingtan.park.model import Asset, Connection, Park

AIR, DEGREES = "temperature", ("°C", "℃", "degC")
CONVERTERS = ("electric_boiler", "heat_pump", "chiller", "electrolyser", "fuel_cell")
# usual values where the park file is silent [CNY/kWh], [kgCO2/kWh]
GAS_CNY, GAS_KG = 0.33, 0.202
STEAM_CNY, STEAM_KG = {"fossil": 0.26, "other": 0.22}, {"fossil": 0.396, "other": 0.0}
DIRECT_CNY = 0.39
GRID_KG = 0.58
FUEL_KG = {"gas_chp": GAS_KG, "coal_chp": 0.34, "biomass_chp": 0.0, "boiler": GAS_KG}
BATTERY = {"efficiency": 0.95, "wear_cny_per_kwh": 0.02}
STORE = {"efficiency": 0.95}
CHP = {
    "efficiency": 0.39,
    "heat_efficiency": 0.43,
    "minimum_load": 0.4,
    "start_cost_cny": 800.0,
    "minimum_up_hours": 2.0,
}
USUAL: dict[str, dict[str, float]] = {
    "electric_boiler": {"efficiency": 0.98}, "electrolyser": {"efficiency": 0.65}, "fuel_cell": {"efficiency": 0.5},
    "heat_pump": {"cop": 3.5}, "chiller": {"cop": 5.0},
}  # fmt: skip
# where the park file has another name for it
FIELDS = {"minimum_load": "min_load", "minimum_up_hours": "min_up_hours"}
KINDS: dict[str, UnitKind] = {
    "pv": "pv", "wind": "wind", "hydro": "wind", "battery": "battery", "heat_store": "heat_store", "boiler": "boiler",
    "electric_boiler": "electric_boiler", "heat_pump": "heat_pump", "chiller": "chiller", "electrolyser": "electrolyser",
    "gas_chp": "chp", "biomass_chp": "chp", "coal_chp": "chp",
    "cold_store": "cold_store", "hydrogen_tank": "hydrogen_tank", "fuel_cell": "fuel_cell",
}  # fmt: skip


@dataclass(frozen=True)
class Note:
    """An assumption: which field of which part got which value; or, by its code, what was left out and why."""

    part: str
    field: str
    value: float
    code: str = "dispatch.assumed"  # or dispatch.left-out, dispatch.draw-counted-twice


def derive(park: Park) -> tuple[Description, list[Note]]:
    """The description and its assumptions.

    What only serves a node whose use nobody meters is left out, and told.

    Raises
    ------
    InputError
        ``dispatch.no-grid`` if there is no public connection with a tariff.
    """
    maker = _Maker(park)
    grids = [maker.grid(c) for c in park.connections if c.carrier == POWER and c.kind != "direct_line"]
    if not grids:
        raise InputError("dispatch.no-grid")
    made = [u for u in (maker.unit(a) for a in park.assets) if u is not None]
    made += [maker.line(c) for c in park.connections if c.carrier == POWER and c.kind == "direct_line"]
    made += [maker.heat(c) for c in park.connections if c.carrier in NODES[1:]]
    units, needs, surplus = maker.needs(made)
    temperature = next((n for n in maker.sources if n == AIR), None)
    return Description(
        id=park.park.id,
        timezone=park.park.timezone,
        units=units,
        needs=needs,
        grids=grids,
        tariffs=list(park.tariffs),
        surplus=surplus,
        temperature=temperature,
        sources={k: v for k, v in maker.sources.items() if v},
        constants={k: 0.0 for k, v in maker.sources.items() if not v},
        money=Money(),
    ), maker.notes


class _Maker:
    def __init__(self, park: Park) -> None:
        self.park, self.notes = park, list[Note]()
        self.sources: dict[str, dict[str, float]] = {}
        self.nodes = Nodes(park)
        self._of = self.nodes.of

    def _assume(self, part: str, field: str, value: float) -> float:
        self.notes.append(Note(part, field, value))
        return value

    def _kw(self, text: str | None) -> float | None:
        if text is None:
            return None
        plain = text.replace("kVA", "kW").replace("MVA", "MW").replace("VA", "W").strip()
        return float(quantity(plain, "kW"))

    def grid(self, connection: Connection) -> Grid:
        bought = self._of(connection=connection.id, activity=Activity.IMPORT)
        sold = self._of(connection=connection.id, activity=Activity.EXPORT)
        tariff = next((t for t in self.park.tariffs if t.connection == connection.id), None)
        limit = self._kw(connection.export_capacity)
        if limit is None:
            limit = 0.0
            if sold:
                most = self.nodes.channels[sold[0]].max_per_hour
                limit = self._assume(connection.id, "export_capacity", float(most or 0))
        export = None if connection.export_price_cny_per_kwh is None else float(connection.export_price_cny_per_kwh)
        if export is None and limit and (tariff is None or tariff.export_cny_per_kwh is None):
            export = self._assume(connection.id, "export_price_cny_per_kwh", 0.0)
        price = None
        if tariff is None:
            price = self._stated(connection.id, connection.price_cny_per_kwh, 0.65)
        return Grid(
            id=connection.id,
            node=POWER,
            import_kw=self._kw(connection.capacity) or self._assume(connection.id, "capacity", 1e6),
            export_kw=limit,
            tariff=tariff.id if tariff else None,
            price_series=SPOT if tariff and tariff.purchase == "spot" else None,
            price_cny_per_kwh=price,
            export_price_cny_per_kwh=export,
            factor_kgco2_per_kwh=self._signal(connection.id, connection.signal_kgco2_per_kwh, GRID_KG),
            import_meter=bought[0] if bought else None,
            export_meter=sold[0] if sold else None,
        )

    def line(self, connection: Connection) -> Unit:
        name = f"{connection.id}-available"
        meters = self._of(connection=connection.id, activity=Activity.IMPORT)
        self.sources[name] = dict.fromkeys([*meters, *self._curtailed(connection)], 1.0)
        return Unit(
            id=connection.id,
            kind="direct_line",
            name=connection.name,
            output=POWER,
            available=name,
            capacity_kw=self._kw(connection.capacity),
            price_cny_per_kwh=self._stated(connection.id, connection.price_cny_per_kwh, DIRECT_CNY),
            factor_kgco2_per_kwh=float(connection.signal_kgco2_per_kwh or 0),
            meters=meters,
        )

    def _curtailed(self, connection: Connection) -> list[str]:
        """What a direct line could have brought: curtailment tied to it, or to no plant of the park where it is the only line."""
        planned = {a.id for a in self.park.assets if KINDS.get(a.kind) in GENERATION}
        cut = [self.nodes.channels[c] for c in self._of(activity=Activity.CURTAILED, carrier=POWER)]
        tied = [c.id for c in cut if c.connection == connection.id]
        only = sum(c.kind == "direct_line" for c in self.park.connections) == 1
        return tied or [c.id for c in cut if only and c.connection is None and c.asset not in planned]

    def heat(self, connection: Connection) -> Unit:
        group = "fossil" if connection.source in ("fossil", "mixed") else "other"
        meters = self._of(connection=connection.id, activity=Activity.IMPORT)
        name = f"{connection.id}-most"
        if group == "other":
            self.sources[name] = dict.fromkeys(meters, 1.0)
        return Unit(
            id=connection.id,
            kind="source",
            name=connection.name,
            output=connection.carrier,
            # a neighbour's steam that is not fossil comes as it comes; the other one on demand
            available=name if group == "other" else None,
            capacity_kw=self._kw(connection.capacity),
            price_cny_per_kwh=self._stated(connection.id, connection.price_cny_per_kwh, STEAM_CNY[group]),
            factor_kgco2_per_kwh=self._factor(connection, group),
            meters=meters,
        )

    def _factor(self, connection: Connection, group: str) -> float:
        if connection.signal_kgco2_per_kwh is None and connection.factor_kgco2_per_gj is not None:
            return float(connection.factor_kgco2_per_gj) * 0.0036
        return self._signal(connection.id, connection.signal_kgco2_per_kwh, STEAM_KG[group])

    def _signal(self, part: str, value: Decimal | None, usual: float) -> float:
        return float(value) if value is not None else self._assume(part, "signal_kgco2_per_kwh", usual)

    def _usual(self, part: str, fields: dict[str, float], usual: dict[str, float]) -> None:
        """Fill in what is not stated, and tell it."""
        for field, value in usual.items():
            if field not in fields:
                fields[field] = self._assume(part, FIELDS.get(field, field), value)

    def _stated(self, part: str, value: Decimal | None, usual: float) -> float:
        return float(value) if value is not None else self._assume(part, "price_cny_per_kwh", usual)

    def unit(self, asset: Asset) -> Unit | None:
        kind = KINDS.get(asset.kind)
        capacity = self._kw(asset.capacity)
        if kind is None or (capacity is None and kind not in ("pv", "wind")):
            return None
        common = {
            "id": asset.id,
            "kind": kind,
            "name": asset.name,
            "enterprise": asset.enterprise,
            "capacity_kw": capacity,
        }
        stated = {
            "minimum_load": asset.min_load, "ramp_per_hour": asset.ramp_per_hour, "start_cost_cny": asset.start_cost_cny,
            "minimum_up_hours": asset.min_up_hours, "minimum_down_hours": asset.min_down_hours,
            "heat_efficiency": asset.heat_efficiency, "cop": asset.cop, "supply_c": asset.supply_c,
            "loss_per_hour": asset.loss_per_hour, "wear_cny_per_kwh": asset.wear_cny_per_kwh,
            "price_cny_per_kwh": asset.price_cny_per_kwh, "efficiency": asset.efficiency,
        }  # fmt: skip
        fields = {k: float(v) for k, v in stated.items() if v is not None}
        if kind in ("pv", "wind"):
            meters = self._of(asset=asset.id, activity=Activity.GENERATION, carrier=POWER)
            cut = self._of(asset=asset.id, activity=Activity.CURTAILED, carrier=POWER)
            self.sources[f"{asset.id}-available"] = dict.fromkeys([*meters, *cut], 1.0)
            return Unit(**common, output=POWER, available=f"{asset.id}-available", meters=meters, **fields)
        node = self.nodes.heat(asset)
        made = self._of(asset=asset.id, activity=Activity.GENERATION, carrier=node)
        if kind in STORES:
            energy = self._energy(asset, node) or self._assume(asset.id, "energy", 2 * (capacity or 0.0))
            self._usual(asset.id, fields, BATTERY if kind == "battery" else STORE)
            flows = (Activity.CHARGE, Activity.DISCHARGE)
            meters = [m for a in flows for m in self._of(asset=asset.id, activity=a)]
            return Unit(**common, input=node, energy_kwh=energy, meters=meters, **fields)
        power = self._of(asset=asset.id, activity=Activity.GENERATION, carrier=POWER)
        if kind == "chp":
            self._usual(asset.id, fields, {**CHP, "price_cny_per_kwh": GAS_CNY})
            factor = self._signal(asset.id, asset.signal_kgco2_per_kwh, FUEL_KG[asset.kind])
            return Unit(**common, output=POWER, heat=node, factor_kgco2_per_kwh=factor, meters=power, **fields)
        if kind == "boiler":
            self._usual(asset.id, fields, {"efficiency": 0.9, "price_cny_per_kwh": GAS_CNY})
            factor = self._signal(asset.id, asset.signal_kgco2_per_kwh, FUEL_KG["boiler"])
            return Unit(**common, output=node, factor_kgco2_per_kwh=factor, meters=made, **fields)
        if "supply_c" not in fields or not self._air():
            self._usual(asset.id, fields, USUAL[kind])
        if kind == "fuel_cell":
            return Unit(**common, input=HYDROGEN, output=POWER, meters=power, **fields)
        return Unit(**common, input=POWER, output=node, meters=made, **fields)

    def _energy(self, asset: Asset, node: str) -> float | None:
        if asset.energy is None:
            return None
        if node == HYDROGEN and asset.energy.strip().endswith(("kg", "t")):
            return float(quantity(asset.energy, "kg")) * KWH_PER_KG[HYDROGEN]
        return float(quantity(asset.energy, "kWh"))

    def _air(self) -> bool:
        """Whether the park has a thermometer; its series is then asked for."""
        found = [n for n, c in self.nodes.channels.items() if c.unit in DEGREES and c.activity is Activity.REFERENCE]
        if found:
            self.sources.setdefault(AIR, {found[0]: 1.0})
        return bool(found)

    def needs(self, units: list[Unit]) -> tuple[list[Unit], list[Need], list[str]]:
        """What each node needs, the units that can be planned, and the nodes where heat or cold may be let go."""
        converters = {u.id for u in units if u.kind in CONVERTERS}
        uses = {node: self.nodes.balance(node, converters) for node in NODES}
        kept: list[Unit] = []
        for unit in units:
            at = next((n for n in (unit.input, unit.output) if n in uses and n != POWER and not uses[n]), None)
            if at is not None:
                self.notes.append(Note(unit.id, at, 0.0, "dispatch.left-out"))
                self.sources.pop(unit.available or "", None)
            else:
                kept.append(unit if unit.heat is None or uses[unit.heat] else self._without_heat(unit))
        for unit in kept:
            draw = self._of(asset=unit.id, activity=Activity.USE, carrier=unit.input or "")
            if unit.kind in CONVERTERS and not draw and unit.input in uses:
                self.notes.append(Note(unit.id, unit.input, 0.0, "dispatch.draw-counted-twice"))
        there = [n for n in NODES if n == POWER or any(n in (u.input, u.output, u.heat) for u in kept)]
        found = []
        for node in there:
            series = "load" if node == POWER else node
            self.sources[series] = uses[node]
            found.append(Need(id="park-power" if node == POWER else f"park-{node}", node=node, series=series))
        return kept, found, [n for n in there if n not in (POWER, HYDROGEN)]

    def _without_heat(self, unit: Unit) -> Unit:
        self.notes.append(Note(unit.id, unit.heat or "", 0.0, "dispatch.left-out"))
        return unit.model_copy(update={"heat": None, "heat_efficiency": 0.0})
