"""The factors that come with Lingtan, read from its tables once and kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache

from lingtan.carbon.factors.compose import Parameter, fuel_factors
from lingtan.carbon.factors.factor import Factor, Part, factor_id, per_metering_unit
from lingtan.carbon.factors.tables import table_rows
from lingtan.carbon.factors.uncertainty import relative

TABLES = ("power.csv", "standard_coal.csv", "process.csv", "footprint.csv")
PARAMETERS = "fuel_parameters.csv"
_FUEL_RANGE = {
    "ncv": ("ncv",),
    "tce_calorific": ("ncv",),
    "carbon": ("ncv", "carbon_content"),
    "co2": ("ncv", "carbon_content"),  # no source gives a range for the oxidation rate
}


@cache
def packaged_factors() -> tuple[Factor, ...]:
    """Every packaged factor: the printed ones, and those composed of the printed parameters of one scheme."""
    printed = [_printed(row) for table in TABLES for row in table_rows(table)]
    with_range = [_ranged(f, ("value",)) if f.set == "process" else f for f in printed]
    return (*with_range, *(_ranged(f, _FUEL_RANGE[f.measure]) for f in _composed()))


@cache
def fuel_parameters(set_: str) -> dict[str, dict[str, Parameter]]:
    """The parameters of a scheme, by fuel and name; empty if there is no such scheme."""
    found: dict[str, dict[str, Parameter]] = {}
    for row in table_rows(PARAMETERS):
        if row["set"] == set_:
            found.setdefault(row["subject"], {})[row["parameter"]] = Parameter(
                row["parameter"],
                row["value"],
                row["unit"],
                row["source_document"],
                row["source_ref"],
                row["confidence"],
                row["source_link"],
                row["edition"],
                row["notes"],
            )
    return found


def fuel_schemes() -> list[str]:
    """Names of the schemes of fuel parameters, in the order of the table."""
    return list(dict.fromkeys(row["set"] for row in table_rows(PARAMETERS)))


def _composed() -> Iterator[Factor]:
    for scheme in fuel_schemes():
        for subject, parameters in fuel_parameters(scheme).items():
            yield from fuel_factors(scheme, subject, parameters)


def _ranged(factor: Factor, parameters: tuple[str, ...]) -> Factor:
    found = relative(factor.subject, parameters)
    return replace(factor, uncertainty=found[0], uncertainty_source=found[1]) if found else factor


def _printed(row: dict[str, str]) -> Factor:
    value, unit, per = per_metering_unit(Fraction(row["value"]), row["unit"])
    valid_from, valid_to = _day(row["valid_from"]), _day(row["valid_to"])
    parts: tuple[Part, ...] = ()
    density = row.get("kg_per_m3")
    if density:
        # printed per volume, metered by mass
        source = (row["source_document"], row["source_ref"], row["confidence"], row["source_link"])
        parts = (
            Part("printed", row["value"], row["unit"], *source),
            Part("density", density, "kg/m3", *source),
        )
        value, unit, per = value / Fraction(density), unit.replace("/m3", "/kg"), "kg"
    region = row["region"] or None
    return Factor(
        id=factor_id(row["set"], row["measure"], row["subject"], region, valid_from),
        set=row["set"],
        measure=row["measure"],
        subject=row["subject"],
        region=region,
        unit=unit,
        per=per,
        value=value,
        valid_from=valid_from,
        valid_to=valid_to,
        uncertainty=None,
        source=row["source_document"],
        source_ref=row["source_ref"],
        confidence=row["confidence"],
        source_link=row["source_link"],
        edition=row["edition"],
        notes=row["notes"],
        basis=row["basis"],
        method=row["method"],
        parts=parts,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
