"""What a quantity is said to do, against its carrier, connection, asset, process and waste."""

from collections.abc import Iterator

from lingtan.base.errors import Problem
from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.park.check.view import Quantity, View, listed
from lingtan.park.model import NON_FOSSIL_SOURCES

_FUEL = FUEL_BURNT | {
    Activity.IMPORT,
    Activity.EXPORT,
    Activity.STOCK,
    Activity.TRANSFER_OUT,
    Activity.FEEDSTOCK,
    Activity.BUNKER,
    Activity.CONVERSION_INPUT,
    Activity.CONVERSION_OUTPUT,
    Activity.OUTPUT,
}
_GRID = frozenset(
    {
        Activity.IMPORT,
        Activity.EXPORT,
        Activity.GENERATION,
        Activity.CURTAILED,
        Activity.CHARGE,
        Activity.DISCHARGE,
        Activity.USE,
        Activity.TRANSFER_OUT,
    }
)
# what the account and the indicators can make of a carrier's group; the rest would be dropped in silence
ALLOWED: dict[str, frozenset[Activity]] = {
    "electricity": _GRID,
    "heat": _GRID | {Activity.STOCK},
    "fossil": _FUEL,
    "biomass": _FUEL,
    "other_energy": _FUEL | _GRID,
    "water": frozenset(
        {Activity.INTAKE, Activity.REUSE, Activity.DISCHARGE_WATER, Activity.IMPORT, Activity.EXPORT, Activity.USE}
    ),
    "solid_waste": frozenset(
        {Activity.GENERATED, Activity.UTILISED, Activity.UTILISED_STOCK, Activity.STOCK, Activity.EXPORT}
    ),
    "waste_energy": frozenset({Activity.RECOVERABLE, Activity.UTILISED_ENERGY}),
    "product": frozenset({Activity.OUTPUT, Activity.STOCK}),
    "other": frozenset(Activity),
}
_STORES = frozenset({"battery", "heat_store", "cold_store", "hydrogen_tank", "other"})
_NO_POWER = frozenset(
    {
        "heat_store", "cold_store", "hydrogen_tank", "boiler", "electric_boiler", "heat_pump", "chiller", "electrolyser",
    }
)  # fmt: skip
_NO_HEAT = frozenset({"pv", "wind", "hydro", "battery", "electrolyser", "hydrogen_tank"})
_WASTE_OF = {
    "solid_waste": "solid",
    "fresh_water": "water",
    "reused_water": "water",
    "waste_water": "water",
    "waste_heat": "heat",
    "waste_cold": "cold",
    "waste_pressure": "pressure",
}


def check_activities(view: View) -> Iterator[Problem]:
    """Contradictions between what a quantity does and what it is tied to."""
    for quantity in view.quantities:
        if not quantity.accounted or quantity.carrier is None:
            continue
        allowed = ALLOWED[quantity.group]
        if quantity.source.activity not in allowed:
            yield view.error(
                "activity-of-carrier",
                (*quantity.path, "activity"),
                activity=quantity.source.activity.value,
                carrier=quantity.source.carrier,
                known=listed([a.value for a in Activity if a in allowed], 20),
            )
            continue
        yield from _connection(view, quantity)
        yield from _asset(view, quantity)
        yield from _process_and_waste(view, quantity)


def _connection(view: View, quantity: Quantity) -> Iterator[Problem]:
    source, networked = quantity.source, quantity.group in ("electricity", "heat")
    crossing = source.activity in (Activity.IMPORT, Activity.EXPORT)
    if networked and crossing and source.connection is None:
        yield view.error(
            "needs-connection", quantity.path, channel=source.id, activity=source.activity.value, carrier=source.carrier
        )
    if source.connection is not None and not crossing:
        yield view.warning("connection-unused", (*quantity.path, "connection"), channel=source.id)
    tied = next((c for c in view.park.connections if c.id == source.connection), None)
    carrier = view.carriers.get(tied.carrier) if tied else None
    if tied and crossing and carrier and (carrier.group, carrier.unit) != (quantity.group, _unit(quantity)):
        yield view.error(
            "connection-carrier",
            (*quantity.path, "connection"),
            channel=source.id,
            carrier=source.carrier,
            connection=tied.id,
            other=tied.carrier,
        )
    if source.kind_of_power is not None and not (quantity.group == "electricity" and crossing):
        yield view.error("kind-of-power", (*quantity.path, "kind_of_power"), channel=source.id)
    if source.kind_of_power == "own_nonfossil" and source.activity is Activity.IMPORT:
        yield view.error("kind-of-power", (*quantity.path, "kind_of_power"), channel=source.id)
    if (
        source.kind_of_power == "direct_nonfossil"
        and source.activity is Activity.IMPORT
        and tied
        and (tied.kind == "public_grid" or tied.source not in NON_FOSSIL_SOURCES)
    ):
        yield view.warning("direct-from-grid", (*quantity.path, "kind_of_power"), channel=source.id, connection=tied.id)


def _unit(quantity: Quantity) -> str:
    return quantity.carrier.unit if quantity.carrier else ""


def _asset(view: View, quantity: Quantity) -> Iterator[Problem]:
    source = quantity.source
    asset = next((a for a in view.park.assets if a.id == source.asset), None)
    networked = quantity.group in ("electricity", "heat")
    made = source.activity in (Activity.GENERATION, Activity.CURTAILED)
    stored = source.activity in (Activity.CHARGE, Activity.DISCHARGE)
    if networked and (made or stored) and source.asset is None:
        yield view.error("needs-asset", quantity.path, channel=source.id, activity=source.activity.value)
    if source.activity in (Activity.THERMAL_POWER, Activity.HEAT_SUPPLY) and source.asset is None:
        yield view.warning("fuel-without-asset", quantity.path, channel=source.id, activity=source.activity.value)
    if asset is None or not networked:
        return
    wrong = (made and quantity.group == "electricity" and asset.kind in _NO_POWER | {"battery"}) or (
        made and quantity.group == "heat" and asset.kind in _NO_HEAT
    )
    if wrong or (stored and asset.kind not in _STORES):
        yield view.error(
            "asset-kind",
            (*quantity.path, "asset"),
            channel=source.id,
            activity=source.activity.value,
            carrier=source.carrier,
            asset=asset.id,
            kind=asset.kind,
        )


def _process_and_waste(view: View, quantity: Quantity) -> Iterator[Problem]:
    source = quantity.source
    used = {i for p in view.park.products for i in (p.output, *p.energy)}
    if source.process is not None and source.activity is not Activity.OUTPUT:
        yield view.error("process-needs-output", (*quantity.path, "process"), channel=source.id)
    if source.activity is Activity.OUTPUT and source.process is None and source.id not in used:
        yield view.warning("output-unused", quantity.path, channel=source.id)
    waste = next((w for w in view.park.wastes if w.id == source.waste), None)
    if waste and _WASTE_OF.get(source.carrier, waste.kind) != waste.kind:
        yield view.error(
            "waste-kind",
            (*quantity.path, "waste"),
            channel=source.id,
            carrier=source.carrier,
            waste=waste.id,
            kind=waste.kind,
        )
