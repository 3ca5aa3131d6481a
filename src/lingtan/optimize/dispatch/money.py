"""Tariffs as prices by step, and what a stretch of time has cost: the plan's signal, and the bill apart from it."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.inputs import Horizon, Prices
from lingtan.optimize.dispatch.record import Description, Grid
from lingtan.optimize.model import FloatArray
from lingtan.park.tariffs.periods import period_shares
from lingtan.park.tariffs.power_factor import adjustment
from lingtan.park.tariffs.record import PARTS, PERIODS, Part, Tariff, TouPeriod
from lingtan.park.tariffs.terms import Terms, resolve


def grid_prices(description: Description, grid: Grid, horizon: Horizon, series: Mapping[str, FloatArray]) -> Prices:
    """Prices of a connection in each step: the tariff's periods, spot, 1192, certificates and all. [CNY/kWh]

    Raises
    ------
    InputError
        ``dispatch.no-price`` if neither tariff, series nor price is given; ``tariff.*``.
    """
    months = [date(int(m - 1) // 12, int(m - 1) % 12 + 1, 1) for m in np.unique(horizon.months())]
    tariff = tariff_of(description, grid, months[0])
    base = np.zeros(horizon.steps)
    if grid.price_series is not None:
        base = base + series[grid.price_series]
    if grid.price_cny_per_kwh is not None:
        base = base + grid.price_cny_per_kwh
    charges = np.zeros(len(months))
    contract = None
    if tariff is not None:
        terms = [resolve(tariff_of(description, grid, m) or tariff, m) for m in months]
        # 力调电费 goes over all of the bill but its funds: spot energy and the demand charge too
        factors = np.array([_power_factor(t) for t in terms])
        base = base * factors[np.unique(horizon.months(), return_inverse=True)[1]]
        base = base + _energy(terms, horizon, grid)
        charges = np.array([_demand(t) for t in terms]) * factors
        if tariff.basis == "contract" and tariff.contract_kw is not None:
            contract = float(tariff.contract_kw)
    elif grid.price_series is None and grid.price_cny_per_kwh is None:
        raise InputError("dispatch.no-price", grid=grid.id)
    money = description.money
    base = base + money.certificate_share * money.certificate_cny_per_kwh
    if money.demand_share is not None:
        charges = charges * money.demand_share
    return Prices(base, _export(grid, tariff, horizon, series), charges, contract, _factor(grid, series))


def tariff_of(description: Description, grid: Grid, day: date) -> Tariff | None:
    """The tariff of a connection on a day; of several for the same connection the one that is valid."""
    if grid.tariff is None:
        return None
    named = next((t for t in description.tariffs if t.id == grid.tariff), None)
    if named is None:
        raise InputError("dispatch.no-tariff", grid=grid.id, tariff=grid.tariff)
    same = [t for t in description.tariffs if t.connection == named.connection]
    valid = [t for t in same if (t.valid_from or day) <= day <= (t.valid_to or day)]
    return valid[0] if valid else named


def _energy(terms: Sequence[Terms], horizon: Horizon, grid: Grid) -> FloatArray:
    shares = period_shares(terms[0].windows, horizon.start, horizon.steps, horizon.step_minutes, zone=horizon.zone)
    of_month = np.unique(horizon.months(), return_inverse=True)[1]
    used: list[bool] = [bool(shares[:, i].any()) for i in range(len(PERIODS))]
    table = np.array([[period_price(t, p, grid) if used[i] else 0.0 for i, p in enumerate(PERIODS)] for t in terms])
    return np.asarray(np.einsum("sp,sp->s", shares, table[of_month]))


def period_price(terms: Terms, period: TouPeriod, grid: Grid) -> float:
    """The price of a kilowatt-hour in a period, without what is paid at spot or by 1192's fee. [CNY/kWh]"""
    tariff = terms.tariff
    leave: set[Part] = set()
    if tariff.pricing == "direct_1192":
        leave.add("transmission")
    if tariff.purchase == "spot":
        if grid.price_series is None:
            raise InputError("tariff.needs", what="price_series", tariff=tariff.id)
        leave.add("purchase")
    if leave:
        price = sum((terms.part(p, period) for p in PARTS if p not in leave), terms.funds())
    else:
        price = terms.energy(period)
    funds = terms.funds()
    return float(price - funds) * _power_factor(terms) + float(funds)


def _power_factor(terms: Terms) -> float:
    """One, plus what the power factor adds to the bill; where reactive energy is metered it is not known beforehand."""
    tariff = terms.tariff
    if tariff.power_factor_standard is None or tariff.power_factor is None:
        return 1.0
    return 1.0 + float(adjustment(tariff.power_factor_standard, tariff.power_factor))


def _demand(terms: Terms) -> float:
    if terms.tariff.customer != "two_part" or terms.tariff.basis not in ("demand", "contract"):
        return 0.0  # by capacity: a new peak costs nothing
    if terms.demand is None:
        raise InputError("tariff.needs", what="demand_cny_per_kw_month", tariff=terms.tariff.id)
    return float(terms.demand)


def _export(grid: Grid, tariff: Tariff | None, horizon: Horizon, series: Mapping[str, FloatArray]) -> FloatArray:
    if grid.export_price_series is not None:
        return np.asarray(series[grid.export_price_series], float)
    price = grid.export_price_cny_per_kwh
    if price is None and tariff is not None and tariff.export_cny_per_kwh is not None:
        price = float(tariff.export_cny_per_kwh)
    return np.full(horizon.steps, price or 0.0)


def _factor(grid: Grid, series: Mapping[str, FloatArray]) -> FloatArray | float:
    if grid.factor_series is not None:
        return np.asarray(series[grid.factor_series], float)
    return grid.factor_kgco2_per_kwh


def all_prices(description: Description, horizon: Horizon, series: Mapping[str, FloatArray]) -> dict[str, Prices]:
    """The prices of every grid."""
    return {g.id: grid_prices(description, g, horizon, series) for g in description.grids}
