"""The one bill function: what a month's electricity costs, line by line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lingtan.base.errors import InputError
from lingtan.park.tariffs.charge import billed_demand, demand_price, grid_fee_1192
from lingtan.park.tariffs.power_factor import adjustment, power_factor
from lingtan.park.tariffs.record import PARTS, PERIODS, Part, TouPeriod
from lingtan.park.tariffs.terms import Terms

FEN = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Usage:
    """What was taken in a month: energy by period, the highest demand, reactive energy; exports and the spot cost if any."""

    kwh: Mapping[TouPeriod, Decimal]
    max_kw: Decimal | None = None
    reactive_kvarh: Decimal | None = None
    export_kwh: Decimal = ZERO
    spot_cny: Decimal | None = None  # sum of spot price times energy, for tariffs whose purchase is at spot
    self_use_kwh: Decimal = ZERO  # directly supplied, does not cross the public grid

    @property
    def total_kwh(self) -> Decimal:
        """All energy taken from the grid. [kWh]"""
        return sum(self.kwh.values(), ZERO)


@dataclass(frozen=True)
class Line:
    """One line: quantity times price, rounded to the fen."""

    item: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    period: TouPeriod | None = None
    source: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``: exact numbers as text."""
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in vars(self).items()}


@dataclass(frozen=True)
class Bill:
    """A month's bill. The total is the sum of its rounded lines. [CNY]"""

    tariff: str
    connection: str
    month: date
    pricing: str
    basis: str | None
    lines: tuple[Line, ...]
    usage: Usage
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """What is to be paid. [CNY]"""
        return sum((line.amount for line in self.lines), ZERO)

    def amount(self, *items: str) -> Decimal:
        """The lines of these items together. [CNY]"""
        return sum((line.amount for line in self.lines if line.item in items), ZERO)

    @property
    def average(self) -> Decimal | None:
        """Paid per kilowatt-hour taken. [CNY/kWh]"""
        energy = self.usage.total_kwh
        return (self.total / energy).quantize(Decimal("0.000001")) if energy else None


def money(amount: Decimal) -> Decimal:
    """Rounded to the fen, half away from zero."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def bill(terms: Terms, usage: Usage) -> Bill:
    """The bill of a month.

    Energy is paid by period and part (purchase, line loss, transmission, system operation, funds), or at the published
    all-in price where the parts are not known; then comes the charge by demand, contract or capacity, the power-factor
    adjustment of everything but funds, and the credit for exports. Under 1192 the transmission price of energy gives way to
    a fee by capacity.

    Raises
    ------
    InputError
        ``tariff.needs`` if a quantity or price that the tariff calls for is not there.
    """
    lines = [*_energy(terms, usage), *_fixed(terms, usage)]
    base = sum((line.amount for line in lines if not line.item.startswith("fund.")), ZERO)
    lines += _power_factor(terms, usage, base)
    if usage.export_kwh and terms.tariff.export_cny_per_kwh is not None:
        price = terms.tariff.export_cny_per_kwh
        lines.append(
            Line("export", -money(usage.export_kwh * price), usage.export_kwh, "kWh", price, source=_src(terms, ""))
        )
    kept = tuple(line for line in lines if line.amount or line.quantity)
    tariff = terms.tariff
    return Bill(
        tariff.id, tariff.connection, terms.month, tariff.pricing, tariff.basis, kept, usage, dict(terms.sources)
    )


def _src(terms: Terms, key: str) -> str:
    return terms.sources.get(key) or terms.tariff.source or "park.yaml"


def _energy(terms: Terms, usage: Usage) -> list[Line]:
    direct = terms.tariff.pricing == "direct_1192"
    spot = terms.tariff.purchase == "spot"
    if terms.composition is None:
        if direct or spot:
            raise InputError("tariff.no-composition", tariff=terms.tariff.id)
        return [
            _times("energy", usage.kwh[p], terms.energy(p), p, _src(terms, "energy")) for p in PERIODS if p in usage.kwh
        ]
    lines = []
    source = _src(terms, "composition") if "composition" in terms.sources else _src(terms, "energy")
    if spot:
        if usage.spot_cny is None:
            raise InputError("tariff.needs", what="spot", tariff=terms.tariff.id)
        lines.append(Line("purchase", money(usage.spot_cny), usage.total_kwh, "kWh", source=source))
    for period in PERIODS:
        energy = usage.kwh.get(period, ZERO)
        if not energy:
            continue
        for part in PARTS:
            if (part == "purchase" and spot) or (part == "transmission" and direct):
                continue
            lines.append(_times(part, energy, terms.part(part, period), period, source))
    total = usage.total_kwh
    lines += [_times(f"fund.{name}", total, price, None, source) for name, price in terms.composition.funds.items()]
    lines = _gathered(lines, terms)
    if not (direct or spot):
        # what the printed six places and the published prices make of it beyond the parts
        printed = sum((money(energy * terms.energy(p)) for p, energy in usage.kwh.items()), ZERO)
        rest = printed - sum((line.amount for line in lines), ZERO)
        if rest:
            lines.append(Line("difference", rest, source=_src(terms, "energy")))
    return lines


def _gathered(lines: list[Line], terms: Terms) -> list[Line]:
    """Parts that do not float are one line each, not one for each period."""
    out: list[Line] = []
    seen: dict[Part | str, Line] = {}
    for line in lines:
        if line.item in PARTS and line.item not in terms.floating and line.price is not None:
            before = seen.get(line.item)
            quantity = (line.quantity or ZERO) + ((before.quantity or ZERO) if before else ZERO)
            seen[line.item] = _times(line.item, quantity, line.price, None, line.source)
        else:
            out.append(line)
    order = [*PARTS, "difference"]
    out += seen.values()
    return sorted(out, key=lambda x: order.index(x.item) if x.item in order else len(order))


def _times(item: str, quantity: Decimal, price: Decimal, period: TouPeriod | None, source: str) -> Line:
    return Line(item, money(quantity * price), quantity, "kWh", price, period, source)


def _fixed(terms: Terms, usage: Usage) -> list[Line]:
    tariff = terms.tariff
    lines = []
    if tariff.customer == "two_part" and tariff.basis == "capacity":
        capacity = _need(tariff.capacity_kva, "capacity_kva", terms)
        price = _need(terms.capacity, "capacity_cny_per_kva_month", terms)
        lines.append(Line("capacity", money(capacity * price), capacity, "kVA", price, source=_src(terms, "capacity")))
    elif tariff.customer == "two_part" and tariff.basis is not None:
        peak = _need(usage.max_kw, "max_kw", terms)
        contract = _need(tariff.contract_kw, "contract_kw", terms) if tariff.basis == "contract" else None
        billed, price = billed_demand(peak, contract), demand_price(terms, usage.total_kwh)
        lines.append(Line("demand", money(billed * price), billed, "kW", price, source=_src(terms, "demand")))
    if tariff.pricing == "direct_1192":
        capacity = _need(tariff.capacity_kva, "capacity_kva", terms)
        factor = _need(terms.load_factor, "average_load_factor", terms)
        transmission = terms.part("transmission", "flat")
        fee = grid_fee_1192(transmission, factor, capacity)
        lines.append(
            Line("grid_fee_1192", money(fee), capacity, "kVA", transmission, source=_src(terms, "load_factor"))
        )
    return lines


def _power_factor(terms: Terms, usage: Usage, base: Decimal) -> list[Line]:
    standard = terms.tariff.power_factor_standard
    if standard is None:
        return []
    if usage.reactive_kvarh is not None:
        found = power_factor(usage.total_kwh, usage.reactive_kvarh) if usage.total_kwh else Decimal(1)
    else:
        found = _need(terms.tariff.power_factor, "power_factor", terms)
    share = adjustment(standard, found)
    source = f"〔83〕水电财字第215号 (cosφ {found}, standard {standard}; recalled)"
    return [Line("power_factor", money(base * share), money(base), "CNY", share, source=source)]


def _need(value: Decimal | None, what: str, terms: Terms) -> Decimal:
    if value is None:
        raise InputError("tariff.needs", what=what, tariff=terms.tariff.id)
    return value
