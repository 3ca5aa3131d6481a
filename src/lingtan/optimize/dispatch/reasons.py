"""Why each set-point is what it is: the account of a kilowatt-hour at the plan's own prices.

Prices of nodes are the duals of their balances with the whole numbers held. What a unit earns in a step is what it brings
to its nodes at those prices, less what it costs; what a peak, a cap or a limit adds to a price is taken apart from the
tariff. Each reason names a limit or a spread; :mod:`counterfactual` solves again without it.
"""

from dataclasses import dataclass, field

import numpy as np

from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Grid, Unit
from lingtan.optimize.model import FloatArray

SMALL_KW = 1e-4
SMALL_CNY = 1e-6
AT = 1e-6  # relative: this close to a bound is at it


@dataclass(frozen=True)
class Reason:
    """Why an asset does what it does from one step to another (exclusive)."""

    asset: str
    action: str  # import | export | charge | discharge | run | rest | take | curtail | put-off | catch-up
    first: int
    last: int
    energy_kwh: float
    code: str
    values: dict[str, float] = field(default_factory=dict)


class Account:
    """The prices of a priced step, taken apart."""

    def __init__(self, description: Description, step: Step) -> None:
        self.description, self.step, self.model = description, step, step.model
        self.series, self.solution = step.series, step.solution
        self.n = len(step.model.timeline)
        self.hours = step.inputs.horizon.hours
        self.cap = self._cap_price()

    def _cap_price(self) -> float:
        """What a kilogram under the cap costs. [CNY/kg]"""
        return max(0.0, -self.solution.totals.get("emission-cap", 0.0))

    @property
    def carbon(self) -> float:
        """What a kilogram costs in all. [CNY/kg]"""
        return self.description.money.carbon_cny_per_kg + self.cap

    def price(self, node: str) -> FloatArray:
        """What a kilowatt-hour more at a node would cost. [CNY/kWh]"""
        return self.solution.prices.get(f"{node}.balance", np.zeros(self.n))

    def column(self, name: str) -> FloatArray:
        """A series of the plan, zeros if it has none."""
        return self.series.get(name, np.zeros(self.n))

    def peak_part(self, grid: Grid) -> FloatArray:
        """What the month's peak, or the connection's limit, adds to the price at a grid's node. [CNY/kWh]"""
        prices = self.step.inputs.prices[grid.id]
        tariff = prices.import_cny_per_kwh + self.carbon * np.asarray(prices.factor_kgco2_per_kwh)
        added = self.price(grid.node) - tariff
        used = self.column(f"{grid.id}.import") > SMALL_KW
        return np.where(used & (added > SMALL_CNY), added, 0.0)

    def at_limit(self, grid: Grid) -> np.ndarray:
        """Steps at which the connection itself is full."""
        return np.asarray(self.column(f"{grid.id}.import") >= grid.import_kw * (1 - AT))

    def carbon_part(self, node: str) -> FloatArray:
        """What carbon adds to the price at a node: of the grid where power is bought, else of the unit that sets it.

        [CNY/kWh]
        """
        part = np.zeros(self.n)
        for grid in self.description.grids:
            if grid.node == node:
                factor = np.broadcast_to(np.asarray(self.step.inputs.prices[grid.id].factor_kgco2_per_kwh), (self.n,))
                part = np.where(self.column(f"{grid.id}.import") > SMALL_KW, self.carbon * factor, part)
        for unit in self.description.units:
            if node not in (unit.output, unit.heat) or unit.input is not None or unit.kind in STORES:
                continue
            name = next(c.name for c in self.model.columns if c.owner == unit.id and not c.integer)
            sets = (self.column(name) > SMALL_KW) & (np.abs(self.earns(unit.id)) < SMALL_CNY) & (part == 0.0)
            per = (unit.efficiency or 1.0) if node == unit.output else unit.heat_efficiency or 1.0
            part = np.where(sets, self.carbon * unit.factor_kgco2_per_kwh / per, part)
        return part

    def spare(self, node: str) -> np.ndarray:
        """Steps at which a node has more than it needs: power exported, or curtailed while nothing is bought."""
        found = np.zeros(self.n, bool)
        for unit in self.description.units:
            if unit.kind in GENERATION and unit.output == node and unit.controllable:
                found |= self.upper(f"{unit.id}.power") - self.column(f"{unit.id}.power") > SMALL_KW
        for grid in self.description.grids:
            if grid.node == node:
                found &= self.column(f"{grid.id}.import") <= SMALL_KW
        for grid in self.description.grids:
            if grid.node == node:
                found |= self.column(f"{grid.id}.export") > SMALL_KW
        return found

    def upper(self, name: str) -> FloatArray:
        """The bound of a column by step. [kW]"""
        record = next((c for c in self.model.columns if c.name == name), None)
        top = np.inf if record is None else record.upper
        return np.broadcast_to(np.asarray(top, float), (self.n,))

    def earns(self, owner: str, *, carbon: bool = True) -> FloatArray:
        """What a kilowatt-hour of a unit's input is worth at the nodes, less its own cost. [CNY/kWh]"""
        index = next(i for i, c in enumerate(self.model.columns) if c.owner == owner and not c.integer)
        value = -np.asarray(self.model.columns[index].cost, float) / self.model.timeline.counted_hours
        for node, row in self.model.nodes.items():
            for i, factor in self.model.rows[row].now:
                if i == index:
                    price = self.price(node)
                    if not carbon:
                        price = price - self.carbon_part(node)
                    value = value + np.asarray(factor) * price
        unit = self.description.unit(owner)
        if unit is not None:
            value = value - self.cap * unit.factor_kgco2_per_kwh
            if not carbon:
                value = value + self.carbon * unit.factor_kgco2_per_kwh
        return np.broadcast_to(value, (self.n,))


def reasons(description: Description, step: Step) -> list[Reason]:
    """Every asset's reasons, in stretches of the same code."""
    account = Account(description, step)
    found: list[Reason] = []
    for grid in description.grids:
        found += _grid(account, grid)
    for unit in description.units:
        if unit.kind in STORES:
            found += _store(account, unit.id, unit.input or "", unit.output or unit.input or "", unit.efficiency or 1.0)
        elif unit.kind in GENERATION:
            found += _generation(account, unit)
        else:
            found += _unit(account, unit)
    for fleet in description.fleets:
        found += _fleet(account, fleet.id, fleet.node)
    for need in description.needs:
        found += _need(account, need.id, need.node)
    return found


def _stretches(
    account: Account, asset: str, action: str, power: FloatArray, codes: np.ndarray, **values: FloatArray
) -> list[Reason]:
    """Steps of one code in a row become one reason with the mean of its values."""
    found, n, first = [], account.n, 0
    for t in range(1, n + 1):
        if t < n and codes[t] == codes[first]:
            continue
        if codes[first]:
            part = slice(first, t)
            told = {k: float(np.mean(v[part])) for k, v in values.items()}
            energy = float(power[part].sum() * account.hours)
            found.append(Reason(asset, action, first, t, energy, str(codes[first]), told))
        first = t
    return found


def _codes(account: Account, *choices: tuple[np.ndarray, str]) -> np.ndarray:
    """The first choice that holds at each step; the empty text where none does."""
    return np.select([c for c, _ in choices], [np.full(account.n, name, dtype="U24") for _, name in choices], "")


def _grid(account: Account, grid: Grid) -> list[Reason]:
    bought, sold = account.column(f"{grid.id}.import"), account.column(f"{grid.id}.export")
    peak, full = account.peak_part(grid), account.at_limit(grid)
    prices = account.step.inputs.prices[grid.id]
    taken = bought > SMALL_KW
    codes = _codes(
        account,
        (taken & full & (peak > 0), "grid-limit"),
        (taken & (peak > 0), "month-peak"),
        (taken, "need"),
    )
    found = _stretches(account, grid.id, "import", bought, codes, price=prices.import_cny_per_kwh, added=peak)
    given = sold > SMALL_KW
    codes = _codes(account, (given & (sold >= grid.export_kw * (1 - AT)), "export-limit"), (given, "surplus"))
    return found + _stretches(account, grid.id, "export", sold, codes, price=prices.export_cny_per_kwh)


def _store(account: Account, name: str, node: str, out: str, efficiency: float) -> list[Reason]:
    price, price_out = account.price(node), account.price(out)
    carbon, carbon_out = account.carbon_part(node), account.carbon_part(out)
    charge, discharge = account.column(f"{name}.charge"), account.column(f"{name}.discharge")
    inside = account.solution.prices.get(f"{name}.content-balance", np.zeros(account.n)) * account.hours
    inside = np.abs(inside) / account.hours
    in_, out_ = charge > SMALL_KW, discharge > SMALL_KW
    peak, full = np.zeros(account.n), np.zeros(account.n, bool)
    for grid in account.description.grids:
        if grid.node == out:
            peak, full = peak + account.peak_part(grid), full | account.at_limit(grid)
    # what the other side of the round trip pays: the mean price at which it gives, or takes
    gives = float(np.average(price_out, weights=discharge)) if discharge.sum() > SMALL_KW else float(inside.max())
    takes = float(np.average(price, weights=charge)) if charge.sum() > SMALL_KW else float(price.min())
    gives_bare = gives - (float(np.average(carbon_out, weights=discharge)) if discharge.sum() > SMALL_KW else 0.0)
    takes_bare = takes - (float(np.average(carbon, weights=charge)) if charge.sum() > SMALL_KW else 0.0)
    trip = efficiency**2
    by_carbon = account.carbon > 0 and gives_bare * trip <= takes_bare + SMALL_CNY < gives * trip
    flag = np.full(account.n, by_carbon)
    other = np.full(account.n, 0.0)
    codes = _codes(account, (in_ & account.spare(node), "surplus"), (in_ & flag, "carbon"), (in_, "price-spread"))
    found = _stretches(account, name, "charge", charge, codes, price=price, other=other + gives)
    codes = _codes(
        account,
        (out_ & full & (peak > 0), "grid-limit"),
        (out_ & (peak > 0), "month-peak"),
        (out_ & flag, "carbon"),
        (out_, "price-spread"),
    )
    return found + _stretches(
        account, name, "discharge", discharge, codes, price=price_out, other=other + takes, added=peak
    )


def _generation(account: Account, unit: Unit) -> list[Reason]:
    power, top = account.column(f"{unit.id}.power"), account.upper(f"{unit.id}.power")
    cut = np.maximum(top - power, 0.0)
    sold_out = np.zeros(account.n, bool)
    for grid in account.description.grids:
        if grid.node == unit.output:
            sold_out |= account.column(f"{grid.id}.export") >= grid.export_kw * (1 - AT)
    share = abs(account.solution.totals.get("export-share", 0.0)) > SMALL_CNY
    some = cut > SMALL_KW
    earns = account.earns(unit.id)
    codes = _codes(
        account,
        (some & np.full(account.n, share), "export-share"),
        (some & sold_out, "export-limit"),
        (some, "too-dear"),
    )
    found = _stretches(account, unit.id, "curtail", cut, codes, earns=earns)
    taken = power > SMALL_KW
    codes = _codes(account, (taken & (not unit.controllable), "must-run"), (taken, "cheapest"))
    return found + _stretches(account, unit.id, "take", power, codes, earns=earns)


def _unit(account: Account, unit: Unit) -> list[Reason]:
    names = [c.name for c in account.model.columns if c.owner == unit.id and not c.integer]
    power = account.column(names[0])
    earns, bare = account.earns(unit.id), account.earns(unit.id, carbon=False)
    running = power > SMALL_KW
    low = np.asarray(next(c for c in account.model.columns if c.name == names[0]).lower, float)
    held = running & (power <= np.broadcast_to(low, (account.n,)) * (1 + AT)) & (low > 0)
    ramp = np.abs(account.solution.prices.get(f"{unit.id}.ramp", np.zeros(account.n))) > SMALL_CNY
    codes = _codes(
        account,
        (held, "must-take"),
        (running & ramp, "ramp"),
        (running & (earns < -SMALL_CNY) & np.full(account.n, unit.whole), "must-run"),
        (running & (earns > -SMALL_CNY) & (bare < -SMALL_CNY), "carbon"),
        (running & (earns > SMALL_CNY), "cheapest"),
        (running, "marginal"),
    )
    found = _stretches(account, unit.id, "run", power, codes, earns=earns)
    rest = ~running
    codes = _codes(
        account, (rest & (earns < -SMALL_CNY) & (bare > SMALL_CNY), "carbon"), (rest & (earns < -SMALL_CNY), "too-dear")
    )
    return found + _stretches(account, unit.id, "rest", power, codes, earns=earns)


def _fleet(account: Account, name: str, node: str) -> list[Reason]:
    charge, back = account.column(f"{name}.charge"), account.column(f"{name}.discharge")
    price = account.price(node)
    inside = np.abs(account.solution.prices.get(f"{name}.content-balance", np.zeros(account.n)))
    codes = _codes(
        account,
        ((charge > SMALL_KW) & account.spare(node), "surplus"),
        ((charge > SMALL_KW) & (price > inside + SMALL_CNY), "departure"),
        (charge > SMALL_KW, "cheap-hours"),
    )
    found = _stretches(account, name, "charge", charge, codes, price=price)
    codes = _codes(account, (back > SMALL_KW, "price-spread"))
    return found + _stretches(account, name, "discharge", back, codes, price=price)


def _need(account: Account, name: str, node: str) -> list[Reason]:
    price = account.price(node)
    found = []
    peak = np.zeros(account.n)
    for grid in account.description.grids:
        if grid.node == node:
            peak = peak + account.peak_part(grid)
    for label, action in (("put-off", "put-off"), ("caught-up", "catch-up")):
        power = account.column(f"{name}-shift.{label}")
        moved = power > SMALL_KW
        first = (moved & (peak > 0) & (label == "put-off"), "month-peak")
        spare = (moved & account.spare(node) & (label != "put-off"), "surplus")
        codes = _codes(account, first, spare, (moved, "price-spread"))
        found += _stretches(account, name, action, power, codes, price=price)
    left = account.column(f"{name}-cut.left-out")
    return found + _stretches(account, name, "cut", left, _codes(account, (left > SMALL_KW, "too-dear")), price=price)
