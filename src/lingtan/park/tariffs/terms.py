"""A tariff made complete for one month: every price with where it comes from."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lingtan.base.errors import InputError, Problem
from lingtan.park.tariffs import book
from lingtan.park.tariffs.record import PARTS, PERIODS, Composition, Part, Tariff, TouPeriod, TouWindow

ONE = Decimal(1)
FUNDS = ("fund_rural_grid", "fund_reservoir", "fund_renewable")


@dataclass(frozen=True)
class Terms:
    """What the bill function needs. Prices tax included. [CNY/kWh], [CNY/kW month], [CNY/kVA month]"""

    tariff: Tariff
    month: date
    windows: tuple[TouWindow, ...]
    ratios: dict[TouPeriod, Decimal]
    composition: Composition | None
    floating: tuple[Part, ...]
    published: dict[TouPeriod, Decimal]
    demand: Decimal | None
    capacity: Decimal | None
    load_factor: Decimal | None
    sources: dict[str, str] = field(default_factory=dict)

    def part(self, part: Part, period: TouPeriod) -> Decimal:
        """One part of the energy price in a period. [CNY/kWh]"""
        if self.composition is None:
            raise InputError("tariff.no-composition", tariff=self.tariff.id)
        flat: Decimal = getattr(self.composition, part)
        return flat * self.ratios.get(period, ONE) if part in self.floating else flat

    def funds(self) -> Decimal:
        """All funds and surcharges together. [CNY/kWh]"""
        return sum(self.composition.funds.values(), Decimal(0)) if self.composition else Decimal(0)

    def composed(self, period: TouPeriod) -> Decimal:
        """The price of a period from its parts, to the six places that tables print. [CNY/kWh]"""
        total = sum((self.part(p, period) for p in PARTS), self.funds())
        return total.quantize(Decimal("0.000001"))

    def energy(self, period: TouPeriod) -> Decimal:
        """The all-in price of a period: as published, else composed. [CNY/kWh]"""
        if period in self.published:
            return self.published[period]
        return self.composed(period)

    def differences(self) -> dict[TouPeriod, Decimal]:
        """Published less composed, where they differ: what the table does not explain. [CNY/kWh]"""
        if self.composition is None:
            return {}
        found = {p: price - self.composed(p) for p, price in self.published.items() if p in self.ratios or p == "flat"}
        return {p: d for p, d in found.items() if d}


def tariff_for(tariffs: Collection[Tariff], connection: str, day: date) -> Tariff:
    """The connection's tariff that is valid on a day.

    Raises
    ------
    InputError
        ``tariff.none`` if there is none, ``tariff.two`` if there are several.
    """
    mine = [t for t in tariffs if t.connection == connection]
    valid = [
        t for t in mine if (t.valid_from is None or t.valid_from <= day) and (t.valid_to is None or day <= t.valid_to)
    ]
    if not valid:
        raise InputError("tariff.none", connection=connection, day=day, known=", ".join(t.id for t in mine) or "–")
    if len(valid) > 1:
        raise InputError("tariff.two", connection=connection, day=day, tariffs=", ".join(t.id for t in valid))
    return valid[0]


def resolve(tariff: Tariff, month: date, *, grid: str = "") -> Terms:
    """Complete a tariff for the month that begins on ``month``; what it does not state comes from the packaged tables.

    Raises
    ------
    InputError
        ``tariff.incomplete`` with everything that is neither stated nor in the tables.
    """
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    stated = tariff.source or "park.yaml"
    windows, ratios, floating = _periods(tariff, month, grid, sources, problems)
    published = dict(tariff.energy_cny_per_kwh)
    composition = tariff.composition
    voltage = tariff.voltage or ""
    if published or composition:
        sources["energy"] = stated
    else:
        published = _published(tariff, month, grid, sources)
        composition = _composition(tariff, month, grid, sources)
        if not published and composition is None:
            known = book.validity("energy", tariff.region, voltage=voltage, grid=grid)
            problems.append(_missing("energy_cny_per_kwh", tariff, known))
    if composition is None and published:
        missing = [p for p in sorted({w.period for w in windows}, key=PERIODS.index) if p not in published]
        if missing and "flat" in published and all(p in ratios for p in missing) and set(floating) == set(PARTS):
            published |= {p: (published["flat"] * ratios[p]).quantize(Decimal("0.000001")) for p in missing}
        elif missing:
            problems.append(Problem("tariff.no-price", values={"tariff": tariff.id, "periods": ", ".join(missing)}))
    demand = _charge(tariff.demand_cny_per_kw_month, "demand", tariff, month, grid, sources)
    capacity = _charge(tariff.capacity_cny_per_kva_month, "capacity", tariff, month, grid, sources)
    if tariff.customer == "two_part":
        need = "capacity" if tariff.basis == "capacity" else "demand"
        if tariff.basis is not None and (capacity if need == "capacity" else demand) is None:
            known = book.validity(need, tariff.region, voltage=voltage, grid=grid)
            problems.append(_missing(f"{need} price", tariff, known))
    factor = tariff.average_load_factor
    if factor is not None:
        sources["load_factor"] = stated
    else:
        printed = book.price("average_load_factor", tariff.region, month)
        if printed is not None:
            factor, sources["load_factor"] = printed.price, printed.source
    if problems:
        raise InputError("tariff.incomplete", problems=problems, tariff=tariff.id, month=f"{month:%Y-%m}")
    return Terms(tariff, month, windows, ratios, composition, floating, published, demand, capacity, factor, sources)


def _missing(what: str, tariff: Tariff, known: list[str]) -> Problem:
    values = {"what": what, "tariff": tariff.id, "region": tariff.region, "voltage": tariff.voltage or "–"}
    return Problem("tariff.not-known", values=values | {"known": ", ".join(known) or "–"})


def _periods(
    tariff: Tariff, month: date, grid: str, sources: dict[str, str], problems: list[Problem]
) -> tuple[tuple[TouWindow, ...], dict[TouPeriod, Decimal], tuple[Part, ...]]:
    if tariff.windows:
        sources["periods"] = tariff.source or "park.yaml"
        return tuple(tariff.windows), {"flat": ONE, **tariff.ratios}, tuple(tariff.floating)
    priced = set(tariff.energy_cny_per_kwh)
    if priced and priced <= {"flat"}:
        return (TouWindow(period="flat", windows=["00:00-24:00"]),), {"flat": ONE}, ()
    try:
        plan = book.plan(tariff.region, customer=tariff.customer, grid=grid)
    except InputError as error:
        problems.append(Problem(error.code, values=error.values))
        return (), {}, ()
    sources["periods"] = plan.source
    ratios: dict[TouPeriod, Decimal] = {"flat": ONE, **plan.ratios_by_month.get(month.month, {}), **tariff.ratios}
    stated = "floating" in tariff.model_fields_set
    return plan.windows, ratios, tuple(tariff.floating) if stated else plan.floating


def _published(tariff: Tariff, month: date, grid: str, sources: dict[str, str]) -> dict[TouPeriod, Decimal]:
    found: dict[TouPeriod, Decimal] = {}
    for period in PERIODS:
        printed = book.price(
            "energy",
            tariff.region,
            month,
            voltage=tariff.voltage or "",
            period=period,
            customer=tariff.customer,
            grid=grid,
        )
        if printed is not None:
            found[period], sources["energy"] = printed.price, printed.source
    return found


def _composition(tariff: Tariff, month: date, grid: str, sources: dict[str, str]) -> Composition | None:
    wanted = {"purchase": "", "line_loss": "", "system_operation": "", "transmission": tariff.voltage or ""}
    parts = {
        name: book.price(name, tariff.region, month, voltage=voltage, customer=tariff.customer, grid=grid)
        for name, voltage in wanted.items()
    }
    if parts["purchase"] is None or parts["transmission"] is None:
        return None
    funds = {name: book.price(name, tariff.region, month, grid=grid) for name in FUNDS}
    sources["composition"] = parts["purchase"].source
    return Composition(
        **{name: p.price for name, p in parts.items() if p is not None},
        funds={name.removeprefix("fund_"): p.price for name, p in funds.items() if p is not None},
    )


def _charge(
    stated: Decimal | None, item: str, tariff: Tariff, month: date, grid: str, sources: dict[str, str]
) -> Decimal | None:
    if stated is not None:
        sources[item] = tariff.source or "park.yaml"
        return stated
    printed = book.price(item, tariff.region, month, voltage=tariff.voltage or "", grid=grid)
    if printed is None:
        return None
    sources[item] = printed.source
    return printed.price
