"""The core indicator 单位能耗碳排放 and the five guiding ones, with the direct-supply share, from an account.

Source: notice 发改环资〔2025〕910号, annexes 3 and 4. What the annexes leave open is said in each indicator's notes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lingtan.base.ids import channel_key
from lingtan.base.units import MILLI, ratio
from lingtan.carbon.account import Account, Posting
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.lines import switch
from lingtan.carbon.points import Point, all_points
from lingtan.carbon.uncertainty import ESTIMATE_SIGMA, Interval, Sources, class_sigma, interval
from lingtan.park.activities import Activity
from lingtan.park.model import Park, channels

TONNE = 10**12  # µg
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
Quantities = Mapping[tuple[int, int], int]  # (channel key, month) -> 1/1000 unit


@dataclass(frozen=True)
class Indicator:
    """A ratio with its parts, its target and how sure it is.

    ``numerator`` and ``denominator`` are exact, in ``units``; ``value`` is None where the denominator is zero.
    """

    id: str
    value: Fraction | None
    numerator: Fraction
    denominator: Fraction
    units: tuple[str, str]
    unit: str
    target: Fraction | None
    lower_is_better: bool
    interval: Interval | None = None
    coverage: Fraction | None = None
    excluded: str | None = None
    notes: tuple[str, ...] = ()
    details: tuple[Mapping[str, object], ...] = ()
    extra: Mapping[str, Fraction | str] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none, or no value."""
        if self.value is None or self.target is None or self.excluded:
            return None
        return self.value <= self.target if self.lower_is_better else self.value >= self.target


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
    emissions = _tonnes(account, rules.core["emissions"])
    energy = _tonnes(account, rules.core["energy"])
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
    parts = _sources(account, rules.core["emissions"], rules.core["energy"])
    return _ratio(
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
    energy = _tonnes(account, measure)
    notes = ["indicator.note-clean-gas" if gas else "indicator.note-clean-nonfossil"]
    sources = _sources(account, measure, measure, keep=clean)
    return _ratio(
        account,
        "clean_energy",
        numerator,
        energy,
        ("tce", "tce"),
        "1",
        _target(account, "clean_energy"),
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
    sources = _sources(account, measure, measure, keep=lambda p: p.kind in NON_FOSSIL_KINDS, carrier="electricity")
    return _ratio(
        account,
        "direct_supply",
        Fraction(direct, MILLI),
        Fraction(used, MILLI),
        ("kWh", "kWh"),
        "1",
        _target(account, "direct_supply"),
        lower=False,
        sources=sources,
        notes=["indicator.note-direct"],
    )


def product_energy(account: Account, quantities: Quantities, book: FactorBook) -> Indicator:
    """Energy-weighted share of products that reach the level-2 limit of unit energy; each product is listed. [kgce]

    The annex does not say how products are put together. Electricity counts at calorific value here, as in the limit standards.
    """
    park = account.compiled.park
    by_id = all_points(park)
    units = {c: channel.unit for c, (_, channel) in channels(park).items()}
    reached = total = Fraction(0)
    details: list[dict[str, object]] = []
    for product in park.products:
        output = by_id.get(product.output)
        if output is None:
            continue
        unit = units.get(product.output, output.carrier.unit)
        made = Fraction(_sum(account, output, quantities), MILLI) / ratio(unit, output.carrier.unit)
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
            energy += Fraction(_sum(account, point, quantities), MILLI) * factor.value
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
    return _ratio(
        account,
        "product_energy",
        reached,
        total,
        ("kgce", "kgce"),
        "1",
        _target(account, "product_energy"),
        lower=False,
        notes=["indicator.note-product"],
        details=details,
    )


def solid_waste(account: Account, quantities: Quantities) -> Indicator:
    """Utilised solid waste over generated, use of earlier years' stock in both. [t]"""
    used = _of(account, quantities, "solid_waste", Activity.UTILISED)
    stock = _of(account, quantities, "solid_waste", Activity.UTILISED_STOCK)
    made = _of(account, quantities, "solid_waste", Activity.GENERATED)
    return _simple(account, "solid_waste", used + stock, made + stock, "kg", "indicator.note-solid-waste")


def water_reuse(account: Account, quantities: Quantities) -> Indicator:
    """Reused water over reused and fresh intake. [m3]"""
    reuse = _of(account, quantities, "water", Activity.REUSE)
    intake = _of(account, quantities, "water", Activity.INTAKE)
    return _simple(account, "water_reuse", reuse, reuse + intake, "m3", "indicator.note-water")


def waste_energy(account: Account, quantities: Quantities) -> Indicator:
    """Weighted mean of the utilisation of waste heat, cold and pressure, weighted by what is recoverable. [GJ]"""
    used = _of(account, quantities, "waste_energy", Activity.UTILISED_ENERGY)
    recoverable = _of(account, quantities, "waste_energy", Activity.RECOVERABLE)
    details = []
    for carrier in ("waste_heat", "waste_cold", "waste_pressure"):
        n = _of(account, quantities, "waste_energy", Activity.UTILISED_ENERGY, carrier)
        d = _of(account, quantities, "waste_energy", Activity.RECOVERABLE, carrier)
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
    return _ratio(
        account,
        name,
        numerator,
        denominator,
        (unit, unit),
        "1",
        _target(account, name),
        lower=False,
        notes=[note],
        details=details,
    )


def _ratio(
    account: Account,
    name: str,
    numerator: Fraction,
    denominator: Fraction,
    units: tuple[str, str],
    unit: str,
    target: Fraction | None,
    *,
    lower: bool,
    sources: Sources | None = None,
    notes: Iterable[str] = (),
    details: Iterable[Mapping[str, object]] = (),
    extra: Mapping[str, Fraction | str] | None = None,
) -> Indicator:
    value = numerator / denominator if denominator else None
    band = None
    if sources is not None and value is not None:
        band = interval(
            float(numerator), float(denominator), sources.parts, sources.sigmas, limit=target, lower_is_better=lower
        )
    expected = sum(c.expected_s for c in account.coverage)
    covered = sum(c.covered_s for c in account.coverage)
    return Indicator(
        id=name,
        value=value,
        numerator=numerator,
        denominator=denominator,
        units=units,
        unit=unit,
        target=target,
        lower_is_better=lower,
        interval=band,
        coverage=Fraction(covered, expected) if expected else None,
        excluded=account.compiled.park.accounting.excluded_indicators.get(name),
        notes=tuple(notes),
        details=tuple(details),
        extra=extra or {},
    )


def _target(account: Account, name: str) -> Fraction | None:
    stated = account.compiled.rules.guiding.get(name)
    return None if stated is None else Fraction(stated)


def _tonnes(account: Account, measure: str) -> Fraction:
    return Fraction(account.total(measure), TONNE)


def _sum(account: Account, point: Point, quantities: Quantities) -> Fraction:
    return sum(
        (quantities.get((channel_key(c), m), 0) * f for c, f in point.terms.items() for m in account.months),
        Fraction(0),
    )


def _of(
    account: Account, quantities: Quantities, group: str, activity: Activity, carrier: str | None = None
) -> Fraction:
    total = Fraction(0)
    for point in account.compiled.points:
        if point.carrier.group == group and point.activity is activity and carrier in (None, point.carrier.id):
            total += _sum(account, point, quantities)
    return total / MILLI


def _sources(
    account: Account,
    numerator: str,
    denominator: str,
    *,
    keep: Callable[[Posting], bool] | None = None,
    carrier: str | None = None,
) -> Sources:
    """Meters, estimates and factors behind a ratio of two measures; ``keep`` limits the numerator."""
    park: Park = account.compiled.park
    accuracy = {c: m.accuracy for c, (m, _) in channels(park).items()}
    points = {p.id: p for p in account.compiled.points}
    estimated: dict[str, float] = {}
    for item in account.coverage:
        if item.covered_s:
            share = item.estimated_s / item.covered_s / len(account.months)
            estimated[item.channel] = estimated.get(item.channel, 0.0) + share
    factors = account.compiled.factors()
    found = Sources()
    for measure, top in ((numerator, True), (denominator, False)):
        for p in account.select(measure):
            if (carrier and p.carrier != carrier) or (top and keep is not None and not keep(p)):
                continue
            amount = p.micrograms / TONNE
            n, d = (amount, 0.0) if top else (0.0, amount)
            factor = factors.get(p.factor)
            if factor is not None and factor.uncertainty is not None:
                found.add(f"factor:{factor.id}", float(factor.uncertainty) / 1.96, numerator=n, denominator=d)
            point = points.get(p.point)
            for channel in point.terms if point else ():
                share = 1.0 / len(point.terms) if point else 0.0
                found.add(
                    f"meter:{channel}", class_sigma(accuracy.get(channel)), numerator=n * share, denominator=d * share
                )
                found.add(
                    f"estimate:{channel}",
                    ESTIMATE_SIGMA * estimated.get(channel, 0.0),
                    numerator=n * share,
                    denominator=d * share,
                )
    return found
