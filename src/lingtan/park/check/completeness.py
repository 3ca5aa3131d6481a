"""What is missing for an account: quantities at the boundary, coefficients, meters of members. Warnings only."""

from collections.abc import Iterator

from lingtan.base.errors import Problem
from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.park.check.view import View, listed

_USES = FUEL_BURNT | {
    Activity.FEEDSTOCK,
    Activity.BUNKER,
    Activity.CONVERSION_INPUT,
    Activity.EXPORT,
    Activity.TRANSFER_OUT,
}
_GENERATORS = frozenset({"pv", "wind", "hydro", "biomass_chp", "gas_chp", "coal_chp", "waste_heat_power"})
_FUELLED = frozenset({"gas_chp", "coal_chp"})


def check_completeness(view: View) -> Iterator[Problem]:
    """What an account will miss or refuse."""
    park = view.park
    accounted = [q for q in view.quantities if q.accounted]
    if not park.enterprises:
        yield view.warning("no-enterprises", ())
    if not park.meters:
        yield view.warning("no-meters", ())
        return
    at_boundary = _USES | {Activity.IMPORT, Activity.GENERATION}
    if not any(q.source.activity in at_boundary for q in accounted):
        yield view.warning("no-boundary-meters", ("meters",))
    yield from _coefficients(view)
    yield from _fuels(view)
    yield from _unmetered(view)


def _coefficients(view: View) -> Iterator[Problem]:
    accounting = view.park.accounting
    if not any(q.group == "electricity" and q.accounted for q in view.quantities):
        return
    years = {view.park.park.base_year, *(c.year for c in view.park.certificates)}
    for year in sorted(years - set(accounting.equivalent_kgce_per_kwh)):
        yield view.warning("no-equivalent", ("accounting", "equivalent_kgce_per_kwh"), year=year)


def _fuels(view: View) -> Iterator[Problem]:
    """Fuel that is bought but nowhere used counts as energy and emits nothing."""
    done: dict[str, set[Activity]] = {}
    for quantity in view.quantities:
        if quantity.group == "fossil" and quantity.accounted:
            done.setdefault(quantity.source.carrier, set()).add(quantity.source.activity)
    for carrier, found in done.items():
        if Activity.IMPORT in found and not found & _USES:
            first = next(
                q for q in view.quantities if q.source.carrier == carrier and q.source.activity is Activity.IMPORT
            )
            yield view.warning("fuel-not-used", first.path, carrier=carrier)


def _unmetered(view: View) -> Iterator[Problem]:
    park = view.park
    quantities = [q for q in view.quantities if q.accounted]
    for i, asset in enumerate(park.assets):
        own = {q.source.activity for q in quantities if q.source.asset == asset.id}
        if asset.kind in _GENERATORS and Activity.GENERATION not in own:
            yield view.warning("asset-unmetered", ("assets", i), asset=asset.id)
        elif asset.kind in _FUELLED and not own & FUEL_BURNT:
            yield view.warning("asset-without-fuel", ("assets", i), asset=asset.id)
    tied = {q.source.connection for q in quantities}
    for i, connection in enumerate(park.connections):
        if connection.id not in tied:
            yield view.warning("connection-unmetered", ("connections", i), connection=connection.id)
    outputs = {q.source.process for q in quantities if q.source.activity is Activity.OUTPUT}
    for i, process in enumerate(park.processes):
        if process.id not in outputs:
            yield view.warning("process-without-output", ("processes", i), process=process.id)
    streams = {q.source.waste for q in quantities}
    for i, waste in enumerate(park.wastes):
        if waste.id not in streams:
            yield view.warning("waste-unmetered", ("wastes", i), waste=waste.id)
    metered = {q.source.enterprise or (q.meter.enterprise if q.meter else None) for q in view.quantities}
    silent = [e.id for e in park.enterprises if e.id not in metered and e.id != park.park.operator]
    if silent:
        yield view.warning("enterprises-unmetered", ("enterprises",), number=len(silent), enterprises=listed(silent))
