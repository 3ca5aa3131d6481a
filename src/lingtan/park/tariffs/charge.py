"""The fixed part of a two-part bill, and the grid fee of direct supply under notice 1192."""

from decimal import Decimal

from lingtan.base.errors import InputError
from lingtan.park.tariffs.terms import Terms

OVER_THRESHOLD = Decimal("1.05")  # of the contract demand
OVER_FACTOR = Decimal(2)
MIN_CONTRACT = Decimal("0.40")  # of transformers and high-voltage motors
DISCOUNT = Decimal("0.90")
DISCOUNT_KWH_PER_KVA = Decimal(260)
HOURS_1192 = Decimal(730)


def billed_demand(max_kw: Decimal, contract_kw: Decimal | None) -> Decimal:
    """The demand that is paid for: the actual one, or the contract with what lies above 105 % of it twice. [kW]

    References
    ----------
    .. [1] 发改办价格〔2016〕1583号: the contract counts up to 105 % of it; the part above is charged at double rate.
    """
    if contract_kw is None:
        return max_kw
    return contract_kw + OVER_FACTOR * max(max_kw - OVER_THRESHOLD * contract_kw, Decimal(0))


def least_contract(capacity_kva: Decimal) -> Decimal:
    """The smallest contract demand that may be agreed: 40 % of the installed capacity. [kW]"""
    return MIN_CONTRACT * capacity_kva


def demand_price(terms: Terms, energy_kwh: Decimal) -> Decimal:
    """The demand price, with the discount for well-used capacity where the tariff grants it. [CNY/kW month]"""
    if terms.demand is None:
        raise InputError("tariff.needs", what="demand_cny_per_kw_month", tariff=terms.tariff.id)
    base = terms.tariff.capacity_kva
    if terms.tariff.demand_discount and base is not None and energy_kwh >= DISCOUNT_KWH_PER_KVA * base:
        return terms.demand * DISCOUNT
    return terms.demand


def grid_fee_1192(transmission: Decimal, load_factor: Decimal, capacity_kva: Decimal) -> Decimal:
    r"""The energy part of the grid fee of direct supply, by capacity instead of use. [CNY/month]

    .. math:: F = p \cdot \lambda \cdot 730 \cdot S

    Parameters
    ----------
    transmission : Decimal
        Transmission price of energy at the voltage, two-part, p. [CNY/kWh]
    load_factor : Decimal
        Average load factor of the province's large users, λ.
    capacity_kva : Decimal
        Connection capacity, S. [kVA]

    References
    ----------
    .. [1] 发改价格〔2025〕1192号.

    Examples
    --------
    >>> grid_fee_1192(Decimal("0.0884"), Decimal("0.60"), Decimal(100_000))
    Decimal('3871920.000000')
    """
    return transmission * break_even_kwh(load_factor, capacity_kva)


def break_even_kwh(load_factor: Decimal, capacity_kva: Decimal) -> Decimal:
    """The monthly off-take at which 1192 and the ordinary two-part transmission cost the same. [kWh/month]"""
    return load_factor * HOURS_1192 * capacity_kva
