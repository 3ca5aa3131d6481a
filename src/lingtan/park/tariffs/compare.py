"""The same month under other ways to pay: demand, contract or capacity; ordinary or 1192."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lingtan.base.errors import InputError, Problem
from lingtan.park.tariffs.bill import Bill, Usage, bill
from lingtan.park.tariffs.charge import break_even_kwh, least_contract
from lingtan.park.tariffs.record import Tariff
from lingtan.park.tariffs.terms import Terms, resolve


@dataclass(frozen=True)
class Option:
    """One way to pay and its bills of the same months; or why it cannot be worked out."""

    name: str
    basis: str | None
    pricing: str
    contract_kw: Decimal | None
    bills: tuple[Bill, ...] = ()
    problem: Problem | None = None

    @property
    def total(self) -> Decimal | None:
        """All months together. [CNY]"""
        return sum((b.total for b in self.bills), Decimal(0)) if self.bills else None


@dataclass(frozen=True)
class Comparison:
    """All options, the cheapest first, and where 1192 would break even. [kWh/month]"""

    options: tuple[Option, ...]
    break_even_kwh: Decimal | None

    @property
    def cheapest(self) -> Option | None:
        """The option that costs least."""
        return next((o for o in self.options if o.total is not None), None)


def best_contract(peaks_kw: Sequence[Decimal], capacity_kva: Decimal | None) -> Decimal:
    """The contract demand that costs least over the months; the optimum is a break point of the charge. [kW]

    The charge of a month is C up to 1.05 C and then C + 2 (P - 1.05 C): piecewise linear and convex in C, so one of
    the months' P / 1.05 (or the least that may be agreed) is optimal.
    """
    floor = least_contract(capacity_kva) if capacity_kva is not None else Decimal(0)
    candidates = sorted({max(p / Decimal("1.05"), floor) for p in peaks_kw} | ({floor} if floor else set()))

    def cost(contract: Decimal) -> Decimal:
        return sum((contract + 2 * max(p - Decimal("1.05") * contract, Decimal(0)) for p in peaks_kw), start=Decimal(0))

    return min(candidates, key=cost).quantize(Decimal("0.1"))


def compare(months: Sequence[tuple[Terms, Usage]]) -> Comparison:
    """Bills of the same months by actual demand, best contract and capacity, each ordinary and under 1192."""
    peaks = [u.max_kw for _, u in months if u.max_kw is not None]
    capacity = months[0][0].tariff.capacity_kva
    contract = best_contract(peaks, capacity) if peaks else None
    options = []
    for pricing in ("ordinary", "direct_1192"):
        for basis in ("demand", "contract", "capacity"):
            change = {"pricing": pricing, "basis": basis}
            if basis == "contract" and contract is not None:
                change |= {"contract_kw": contract}  # type: ignore[dict-item]
            options.append(_option(f"{pricing}.{basis}", months, change, contract if basis == "contract" else None))
    options.sort(key=lambda o: (o.total is None, o.total or Decimal(0)))
    factor = months[0][0].load_factor
    even = break_even_kwh(factor, capacity) if factor is not None and capacity is not None else None
    return Comparison(tuple(options), even)


def _option(
    name: str, months: Sequence[tuple[Terms, Usage]], change: dict[str, str], contract: Decimal | None
) -> Option:
    try:
        bills = tuple(bill(_changed(terms, change), usage) for terms, usage in months)
    except InputError as error:
        problem = error.problems[0] if error.problems else Problem(error.code, values=error.values)
        return Option(name, change["basis"], change["pricing"], contract, problem=problem)
    return Option(name, change["basis"], change["pricing"], contract, bills)


def _changed(terms: Terms, change: dict[str, str]) -> Terms:
    tariff: Tariff = terms.tariff.model_copy(update=change)
    return resolve(tariff, terms.month)
