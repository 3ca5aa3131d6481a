"""A connection to the grid: its tariff month by month, the price of each hour, charges by demand, contract and capacity."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from lingtan.base.errors import InputError
from lingtan.optimize.components import GridConnection
from lingtan.optimize.model import Model, Size
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.costs import capital_recovery
from lingtan.optimize.study.profiles import Floats
from lingtan.optimize.study.record import GridEntry, Study
from lingtan.park.tariffs.charge import break_even_kwh, least_contract
from lingtan.park.tariffs.periods import period_shares
from lingtan.park.tariffs.power_factor import adjustment
from lingtan.park.tariffs.record import PARTS, PERIODS, TouPeriod
from lingtan.park.tariffs.terms import Terms, resolve


def months_of(study: Study) -> list[date]:
    """The first days of the months of the study's year."""
    return [date(study.study.year, m, 1) for m in range(1, 13)]


def terms_of(study: Study, grid: GridEntry) -> list[Terms]:
    """The tariff of a connection, complete for each month."""
    tariff = next(t for t in study.tariffs if t.id == grid.tariff)
    return [resolve(tariff, day) for day in months_of(study)]


def hour_shares(case: Case, terms: Sequence[Terms]) -> Floats:
    """How each hour of the first chain divides over the periods."""
    first = case.chains[0].inputs
    return period_shares(terms[0].windows, first.start, first.hours, 60, zone=case.study.study.timezone)


def energy_prices(case: Case, grid: GridEntry) -> Floats:
    """What a kWh from the grid costs in each hour, power-factor adjustment in. [CNY/kWh]"""
    terms = terms_of(case.study, grid)
    shares = hour_shares(case, terms)
    first = case.chains[0].inputs
    by_month = np.array([[_price(t, p) if shares[:, i].any() else 0.0 for i, p in enumerate(PERIODS)] for t in terms])
    prices = np.einsum("hp,hp->h", shares, by_month[first.months - 1])
    everywhere = np.concatenate([prices] * len(case.chains))
    if terms[0].tariff.purchase == "spot":
        if grid.spot_profile is None:
            raise InputError("tariff.needs", what="spot_profile", tariff=terms[0].tariff.id)
        everywhere = everywhere + case.series(grid.spot_profile)
    return everywhere * case.energy_price_factor()


def _adjusted(terms: Terms) -> float:
    """On everything but funds: the power-factor adjustment."""
    tariff = terms.tariff
    if tariff.power_factor_standard is None or tariff.power_factor is None:
        return 1.0
    return 1.0 + float(adjustment(tariff.power_factor_standard, tariff.power_factor))


def _price(terms: Terms, period: TouPeriod) -> float:
    tariff = terms.tariff
    leave = set()
    if tariff.pricing == "direct_1192":
        leave.add("transmission")
    if tariff.purchase == "spot":
        leave.add("purchase")
    try:
        price = terms.energy(period) if not leave else Decimal(0)
    except InputError:
        return 0.0  # a period that does not occur in this month
    if leave:
        price = sum((terms.part(p, period) for p in PARTS if p not in leave), terms.funds())
    funds = terms.funds()
    return float(price - funds) * _adjusted(terms) + float(funds)


def fixed_charges(case: Case, grid: GridEntry) -> float:
    """What the connection costs in a year whatever is taken: capacity by transformers, the 1192 fee. [CNY]"""
    capacity = terms_of(case.study, grid)[0].tariff.capacity_kva
    return 0.0 if capacity is None else float(capacity) * _each_kva(case, grid)


def _each_kva(case: Case, grid: GridEntry) -> float:
    """What a kVA of capacity costs in a year: the charge by capacity, the fee of notice 1192. [CNY/kVA]"""
    total = 0.0
    for terms in terms_of(case.study, grid):
        tariff = terms.tariff
        if tariff.customer == "two_part" and tariff.basis == "capacity" and terms.capacity is not None:
            total += float(terms.capacity) * _adjusted(terms)
        if tariff.pricing == "direct_1192" and terms.load_factor is not None:
            fee = terms.part("transmission", "flat") * break_even_kwh(terms.load_factor, Decimal(1))
            total += float(fee) * _adjusted(terms)
    return total


def connection(case: Case, model: Model, grid: GridEntry) -> GridConnection:
    """The component of a connection, all charges in; what is owed whatever is taken goes to the model's constant cost."""
    f, study = case.factors, case.study
    terms = terms_of(study, grid)
    tariff = terms[0].tariff
    weights = float(sum(c.weight for c in case.chains))
    model.constant_cost += fixed_charges(case, grid) * case.hours_share * weights
    carbon = case.co2_price()
    demand: float | Floats = 0.0
    if tariff.customer == "two_part" and tariff.basis in ("demand", "contract"):
        charges = []
        for chain in case.chains:
            used = sorted(set(chain.inputs.months.tolist()))
            charges += [float(terms[m - 1].demand or 0) * _adjusted(terms[m - 1]) * chain.weight for m in used]
        demand = np.array(charges)
    contract: Size | float | None = None
    if tariff.customer == "two_part" and tariff.basis == "contract":
        most = max(grid.connection_kw, grid.expandable_to_kw or 0.0)
        least = float(least_contract(tariff.capacity_kva)) if tariff.capacity_kva is not None else 0.0
        contract = float(tariff.contract_kw) if tariff.contract_kw is not None else Size(most, min(least, most))
    size: Size | float = grid.connection_kw
    if grid.expandable_to_kw is not None and grid.expandable_to_kw > grid.connection_kw and not case.build_years:
        yearly = grid.connection_capex * capital_recovery(study.study.discount_rate, 25) * case.hours_share
        name = f"{grid.id}.connection"
        if name in case.fixed:
            size = case.fixed[name]
            model.constant_cost += (size - grid.connection_kw) * yearly * weights
        else:
            size = Size(grid.expandable_to_kw, cost=yearly * weights, existing=grid.connection_kw)
    # where no transformers are stated, their capacity is that of the connection
    charge = _each_kva(case, grid) * case.hours_share * weights if tariff.capacity_kva is None else 0.0
    export_price: float | Floats = 0.0
    if grid.export_kw:
        stated = grid.export_price if grid.export_price is not None else float(tariff.export_cny_per_kwh or 0)
        export_price = stated * case.energy_price_factor()
    available = case.series(grid.outage_profile) if grid.outage_profile is not None else 1.0
    return GridConnection(
        grid.id,
        grid.node,
        energy_prices(case, grid) + f.grid * carbon,
        size,
        export_price=export_price,
        export_limit=grid.export_kw,
        demand_charge=demand,
        capacity_charge=charge,
        contract=contract,
        import_available=available,
        import_tallies={
            "emissions": f.grid, "energy": f.electricity, "electricity": 1.0, "import": 1.0, "grid_emissions": f.grid,
        },
        export_tallies={
            "energy": -f.electricity, "electricity": -1.0, "direct": -1.0, "self_use": -1.0, "export": 1.0,
            "clean": -f.electricity,
        },
    )  # fmt: skip
