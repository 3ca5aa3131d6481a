"""The core indicator 单位能耗碳排放 and the five guiding ones, with the direct-supply share, from an account.

Source: notice 发改环资〔2025〕910号, annexes 3 and 4. What the annexes leave open is said in each indicator's notes.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from lingtan.base.units import MILLI, ratio
from lingtan.carbon.account import Account, Posting
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.indicator_parts import (
    TONNE,
    Indicator,
    Quantities,
    quantity_of,
    quotient,
    sources_of,
    target_of,
    tonnes,
    total_of,
)
from lingtan.carbon.lines import switch
from lingtan.carbon.points import all_points
from lingtan.park.activities import Activity
from lingtan.park.model import channels

__all__ = ["INDICATORS", "TONNE", "Indicator", "Quantities", "core", "counts_as_clean", "indicators"]
NON_FOSSIL_KINDS = frozenset({"direct", "own_nonfossil", "nonfossil"})
CLEAN_GAS = frozenset({"natural_gas", "lng"})
INDICATORS = (
    "core",
    "clean_energy",
    "product_energy",
    "solid_waste",
    "waste_energy",
    "water_reuse",
    "direct_supply",
)


def indicators(account: Account, quantities: Quantities, book: FactorBook) -> list[Indicator]:
    """All indicators that the account's rule set knows targets for, the core first."""
    if "energy" not in account.compiled.rules.core:
        return []
    made: list[Callable[[], Indicator]] = [
        lambda: core(account),
        lambda: clean_energy(account),
        lambda: product_energy(account, quantities, book),
        lambda: solid_waste(account, quantities),
        lambda: waste_energy(account, quantities),
        lambda: water_reuse(account, quantities),
        lambda: direct_supply(account),
    ]
    return [make() for make in made]


def core(account: Account) -> Indicator:
    """CO2 per unit of energy, E / T, with the limit of its size class. [tCO2/tce]

    ``extra`` has the size class, and the distance to the limit: tCO2 to cut at this energy (negative: to spare),
    and the tce at which this CO2 would meet it.
    """
    rules = account.compiled.rules
    emissions = tonnes(account, rules.core["emissions"])
    energy = tonnes(account, rules.core["energy"])
    found = rules.limit(energy) if len(account.months) == 12 else None
    notes = ["indicator.note-equivalent"]
    extra: dict[str, Fraction | str] = {}
    if len(account.months) < 12:
        notes.append("indicator.note-part-year")
    elif found is None:
        notes.append("indicator.note-no-threshold")
        extra["size_class"] = "below_200k"
    else:
        extra["size_class"] = found[0]
        stated = account.compiled.park.park.size_class
        if stated is not None and stated != found[0]:
            notes.append("indicator.note-size-class")
    limit = found[1] if found else None
    if limit is not None:
        extra["gap_tco2"] = emissions - limit * energy
        extra["gap_tce"] = emissions / limit - energy
    parts = sources_of(account, rules.core["emissions"], rules.core["energy"])
    return quotient(
        account,
        "core",
        emissions,
        energy,
        ("tCO2", "tce"),
        "tCO2/tce",
        limit,
        lower=True,
        sources=parts,
        notes=notes,
        extra=extra,
    )


def clean_energy(account: Account) -> Indicator:
    """Share of clean energy in consumption, at equivalent value. The annex gives no formula: non-fossil by default."""
    measure = account.compiled.rules.core["energy"]
    gas = switch(account.compiled.park, account.compiled.rules, "gas_is_clean")
    clean = counts_as_clean(account)
    numerator = Fraction(sum(p.micrograms for p in account.select(measure) if clean(p)), TONNE)
    covered = Fraction(sum(p.micrograms for p in account.select(measure, kind="certificate")), TONNE)
    energy = tonnes(account, measure)
    notes = ["indicator.note-clean-gas" if gas else "indicator.note-clean-nonfossil"]
    sources = sources_of(account, measure, measure, keep=clean)
    return quotient(
        account,
        "clean_energy",
        numerator,
        energy,
        ("tce", "tce"),
        "1",
        target_of(account, "clean_energy"),
        lower=False,
        sources=sources,
        notes=notes,
        extra={"certificates_tce": covered},
    )


def counts_as_clean(account: Account) -> Callable[[Posting], bool]:
    """Whether a posting of energy is clean, by the switches of the park and the rule set."""
    park, rules = account.compiled.park, account.compiled.rules
    certificates = switch(park, rules, "certificates_are_clean")
    gas = switch(park, rules, "gas_is_clean")
    biomass = {p.id for p in account.compiled.points if p.carrier.group == "biomass"}

    def clean(p: Posting) -> bool:
        if p.kind == "certificate":
            return certificates
        return p.kind in NON_FOSSIL_KINDS or p.point in biomass or (gas and p.carrier in CLEAN_GAS)

    return clean


def direct_supply(account: Account) -> Indicator:
    """Share of directly supplied non-fossil power in the park's electricity consumption (in principle at least 50 %). [kWh]"""
    measure = account.compiled.rules.core["energy"]
    direct = used = 0
    for (pool, side, kind, _), quantity in account.kinds.items():
        if pool == "power":
            sign = -1 if side == "out" else 1
            used += sign * quantity
            if kind in NON_FOSSIL_KINDS:
                direct += sign * quantity
    sources = sources_of(account, measure, measure, keep=lambda p: p.kind in NON_FOSSIL_KINDS, carrier="electricity")
    return quotient(
        account,
        "direct_supply",
        Fraction(direct, MILLI),
        Fraction(used, MILLI),
        ("kWh", "kWh"),
        "1",
        target_of(account, "direct_supply"),
        lower=False,
        sources=sources,
        notes=["indicator.note-direct"],
    )


def product_energy(account: Account, quantities: Quantities, book: FactorBook) -> Indicator:
    """Energy-weighted share of products that reach the level-2 limit of unit energy; each product is listed. [kgce]

    The annex does not say how products are put together. Electricity counts at calorific value here, as in the limit standards.
    """
    park = account.compiled.park
    by_id = all_points(park) if park.products else {}
    units = {c: channel.unit for c, (_, channel) in channels(park).items()}
    reached = total = Fraction(0)
    details: list[dict[str, object]] = []
    for product in park.products:
        output = by_id.get(product.output)
        if output is None:
            continue
        unit = units.get(product.output, output.carrier.unit)
        made = Fraction(total_of(account, output, quantities), MILLI) / ratio(unit, output.carrier.unit)
        energy = Fraction(0)
        for name in product.energy:
            point = by_id.get(name)
            if point is None:
                continue
            subject = "heat" if point.carrier.group == "heat" else point.carrier.id
            factor = book.find(
                "tce_calorific",
                subject,
                sets=["park", "gbt2589-2020"],
                region=park.park.region,
                year=account.compiled.year,
            )
            energy += Fraction(total_of(account, point, quantities), MILLI) * factor.value
        unit_energy = energy / made if made else None
        limit = Fraction(product.limit_kgce_per_unit) if product.limit_kgce_per_unit is not None else None
        met = None if unit_energy is None or limit is None else unit_energy <= limit
        if met is not None:
            total += energy
            reached += energy if met else 0
        details.append(
            {
                "product": product.id,
                "enterprise": product.enterprise,
                "output": made,
                "unit": unit,
                "kgce": energy,
                "kgce_per_unit": unit_energy,
                "limit": limit,
                "standard": product.standard,
                "met": met,
            }
        )
    return quotient(
        account,
        "product_energy",
        reached,
        total,
        ("kgce", "kgce"),
        "1",
        target_of(account, "product_energy"),
        lower=False,
        notes=["indicator.note-product"],
        details=details,
    )


def solid_waste(account: Account, quantities: Quantities) -> Indicator:
    """Utilised solid waste over generated, use of earlier years' stock in both. [t]"""
    used = quantity_of(account, quantities, "solid_waste", Activity.UTILISED)
    stock = quantity_of(account, quantities, "solid_waste", Activity.UTILISED_STOCK)
    made = quantity_of(account, quantities, "solid_waste", Activity.GENERATED)
    return _simple(account, "solid_waste", used + stock, made + stock, "kg", "indicator.note-solid-waste")


def water_reuse(account: Account, quantities: Quantities) -> Indicator:
    """Reused water over reused and fresh intake. [m3]"""
    reuse = quantity_of(account, quantities, "water", Activity.REUSE)
    intake = quantity_of(account, quantities, "water", Activity.INTAKE)
    return _simple(account, "water_reuse", reuse, reuse + intake, "m3", "indicator.note-water")


def waste_energy(account: Account, quantities: Quantities) -> Indicator:
    """Weighted mean of the utilisation of waste heat, cold and pressure, weighted by what is recoverable. [GJ]"""
    used = quantity_of(account, quantities, "waste_energy", Activity.UTILISED_ENERGY)
    recoverable = quantity_of(account, quantities, "waste_energy", Activity.RECOVERABLE)
    details = []
    for carrier in ("waste_heat", "waste_cold", "waste_pressure"):
        n = quantity_of(account, quantities, "waste_energy", Activity.UTILISED_ENERGY, carrier)
        d = quantity_of(account, quantities, "waste_energy", Activity.RECOVERABLE, carrier)
        if d:
            details.append({"carrier": carrier, "used": n, "recoverable": d, "rate": n / d})
    return _simple(account, "waste_energy", used, recoverable, "GJ", "indicator.note-waste-energy", details)


def _simple(
    account: Account,
    name: str,
    numerator: Fraction,
    denominator: Fraction,
    unit: str,
    note: str,
    details: Iterable[Mapping[str, object]] = (),
) -> Indicator:
    return quotient(
        account,
        name,
        numerator,
        denominator,
        (unit, unit),
        "1",
        target_of(account, name),
        lower=False,
        notes=[note],
        details=details,
    )
