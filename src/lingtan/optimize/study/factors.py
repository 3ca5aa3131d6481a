"""Emissions and energy of a kilowatt-hour, by the rule set's own factors, so that plan and account cannot differ."""

from dataclasses import dataclass

from lingtan.base.errors import InputError, LingtanError, Problem
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.study.record import Study, SupplyEntry
from lingtan.park.carriers import BUILT_IN

GJ_PER_KWH = 0.0036
KGCE_PER_GJ = 1 / 0.0293076
HEAT = ("heat", "steam", "hot_water", "cooling")
BIOMASS = "biomass"


@dataclass(frozen=True)
class Fuel:
    """One bought carrier by the kWh: kgCO2, kgce, and its metering units per kWh."""

    co2: float
    tce: float
    units: float
    unit: str
    group: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Factors:
    """What the tallies need. [kgCO2/kWh], [kgce/kWh]"""

    grid: float
    electricity: float
    heat_energy: float
    fuels: dict[str, Fuel]
    sources: dict[str, str]


def factors(study: Study, rules: RuleSet, book: FactorBook) -> Factors:
    """The factors of a study.

    Raises
    ------
    InputError
        ``study.no-factors`` with every one that is missing.
    """
    year, region = study.study.year, study.study.region
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    power = next(
        (b for b in rules.power.bases if b.measure == rules.core.get("emissions", "co2")), rules.power.bases[0]
    )

    def find(measure: str, subject: str, sets: list[str], where: str) -> float:
        found = book.find(measure, subject, sets=sets, region=where, year=year)
        sources[f"{measure}/{subject}"] = f"{float(found.value):g} {found.unit}: {found.source} ({found.confidence})"
        return float(found.value)

    grid = find("co2", power.kinds["other"], list(rules.power.sets), region if power.regional else "CN")
    heat_energy = find("tce_calorific", "heat", list(rules.heat.energy_sets), "CN") * GJ_PER_KWH
    fuels = {}
    for supply in study.supplies:
        try:
            fuels[supply.id] = _fuel(supply, rules, find)
        except LingtanError as error:
            problems += error.problems or (Problem(error.code, values=error.values),)
    if problems:
        raise InputError("study.no-factors", problems=problems)
    sources["tce_equivalent/electricity"] = (
        f"{study.targets.equivalent_kgce_per_kwh} kgce/kWh: {study.targets.equivalent_source}"
    )
    return Factors(grid, study.targets.equivalent_kgce_per_kwh, heat_energy, fuels, sources)


def _fuel(supply: SupplyEntry, rules: RuleSet, find) -> Fuel:  # type: ignore[no-untyped-def]
    carrier = BUILT_IN.get(supply.carrier)
    if carrier is None:
        raise InputError("study.unknown-carrier", carrier=supply.carrier, id=supply.id)
    if carrier.id in HEAT:
        subject = rules.heat.nonfossil if supply.nonfossil else rules.heat.fossil
        co2 = find("co2", subject, list(rules.heat.sets), "CN") * GJ_PER_KWH
        tce = find("tce_calorific", "heat", list(rules.heat.energy_sets), "CN") * GJ_PER_KWH
        return Fuel(co2, tce, GJ_PER_KWH, "GJ", "heat")
    fuel_sets = next((list(t.factor.sets) for t in rules.terms if t.id == "fuel"), ["cn-fuel-2015"])
    energy_sets = next((list(t.factor.sets) for t in rules.terms if t.id.startswith("energy")), ["gbt2589-2020"])
    if supply.ncv_gj_per_unit:
        per_kwh = GJ_PER_KWH / supply.ncv_gj_per_unit
    elif carrier.id == "hydrogen":
        per_kwh = GJ_PER_KWH / 0.12  # lower heating value of hydrogen: 120 MJ/kg
    else:
        per_kwh = GJ_PER_KWH / find("ncv", carrier.id, fuel_sets, "CN")
    co2 = find("co2", carrier.id, fuel_sets, "CN") * per_kwh if carrier.group == "fossil" else 0.0
    if carrier.group == BIOMASS and supply.ncv_gj_per_unit:
        tce = GJ_PER_KWH * KGCE_PER_GJ
    else:
        tce = find("tce_calorific", carrier.id, energy_sets, "CN") * per_kwh
    return Fuel(co2, tce, per_kwh, carrier.unit, carrier.group)


def price_per_kwh(supply: SupplyEntry, fuel: Fuel) -> float:
    """The stated price by the kWh of lower heating value. [CNY/kWh]"""
    per_kwh = {"kWh": 1.0, "MWh": 0.001, "GJ": GJ_PER_KWH, fuel.unit: fuel.units}
    if fuel.unit == "kg":
        per_kwh["t"] = fuel.units / 1000
    if supply.price_unit not in per_kwh:
        raise InputError("study.price-unit", id=supply.id, unit=supply.price_unit, known=", ".join(per_kwh))
    return supply.price * per_kwh[supply.price_unit]
