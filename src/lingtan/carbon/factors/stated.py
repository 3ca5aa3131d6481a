"""What a park states about its carriers and its power, as factors of the set ``park``."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import nearest
from lingtan.carbon.factors.compose import GJ_PER_KGCE, Parameter, fuel_factors
from lingtan.carbon.factors.factor import Factor, factor_id
from lingtan.carbon.factors.packaged import fuel_parameters, fuel_schemes
from lingtan.park.carriers import CarrierInfo
from lingtan.park.model import CarrierValue, YearValue

PARK = "park"
DEFAULT_SCHEME = "cn-fuel-2015"
# tC/GJ as printed by the guidelines; the park file uses the same unit
_STATED = (("ncv", "ncv_gj_per_unit"), ("carbon_content", "carbon_t_per_gj"), ("oxidation_rate", "oxidation"))


def stated_factors(
    values: Sequence[CarrierValue],
    *,
    carriers: Mapping[str, CarrierInfo],
    equivalent: Mapping[int, YearValue],
    scheme: str = DEFAULT_SCHEME,
) -> list[Factor]:
    """Factors from measured or supplier's values, each with the park's source.

    A measured heating value or carbon content replaces that parameter of ``scheme``; what was not measured
    stays the scheme's and is listed as such in the parts. ``kgco2_per_unit`` and ``kgce_per_unit`` are taken as they are.

    Raises
    ------
    InputError
        ``factors.stated-invalid`` with every contradiction and its place; ``factors.no-scheme``.
    """
    if scheme not in fuel_schemes():
        raise InputError("factors.no-scheme", scheme=scheme, nearest=nearest(scheme, fuel_schemes()) or DEFAULT_SCHEME)
    problems = [p for i, value in enumerate(values) for p in _check(i, value, carriers)]
    problems += _overlaps(values)
    if problems:
        raise InputError("factors.stated-invalid", problems=problems)
    made = [f for value in values for f in _carrier(value, carriers[value.carrier], fuel_parameters(scheme))]
    return made + [stated_equivalent(year, value) for year, value in sorted(equivalent.items())]


def stated_equivalent(year: int, value: YearValue) -> Factor:
    """The equivalent value (等价值) of electricity that a park states for a year. [kgce/kWh]"""
    return stated(
        "tce_equivalent",
        "electricity",
        value.value,
        unit="kgce/kWh",
        source=value.source,
        confidence=value.confidence,
        valid_from=date(year, 1, 1),
        valid_to=date(year + 1, 1, 1),
    )


def stated(
    measure: str,
    subject: str,
    value: Decimal | Fraction,
    *,
    unit: str,
    source: str,
    confidence: str = "stated",
    valid_from: date | None = None,
    valid_to: date | None = None,
    region: str | None = None,
) -> Factor:
    """A factor of the set ``park``, such as that of a heat connection; ``unit`` is per metering unit."""
    return Factor(
        id=factor_id(PARK, measure, subject, region, valid_from),
        set=PARK,
        measure=measure,
        subject=subject,
        region=region,
        unit=unit,
        per=unit.rsplit("/", 1)[1],
        value=Fraction(value),
        valid_from=valid_from,
        valid_to=valid_to,
        uncertainty=None,
        source=source,
        source_ref="park file",
        confidence=confidence,
        source_link="stated",
        edition="",
    )


def _carrier(value: CarrierValue, info: CarrierInfo, defaults: Mapping[str, Mapping[str, Parameter]]) -> list[Factor]:
    units = {"ncv": f"GJ/{info.unit}", "carbon_content": "tC/GJ", "oxidation_rate": "fraction"}
    measured = {
        name: Parameter(name, str(number), units[name], value.source, "park file", "stated", "stated", "")
        for name, field in _STATED
        if (number := getattr(value, field)) is not None
    }
    made: dict[str, Factor] = {}
    if measured:
        parameters = {**defaults.get(value.carrier, {}), **measured}
        for factor in fuel_factors(
            PARK, value.carrier, parameters, valid_from=value.valid_from, valid_to=value.valid_to
        ):
            # a factor none of whose numbers was measured is not the park's
            if any(part.source_link == "stated" for part in factor.parts):
                made[factor.measure] = factor
    for measure, number, unit in (
        ("co2", value.kgco2_per_unit, f"kgCO2/{info.unit}"),
        ("tce_calorific", value.kgce_per_unit, f"kgce/{info.unit}"),
    ):
        if number is not None:
            made[measure] = stated(
                measure,
                value.carrier,
                number,
                unit=unit,
                source=value.source,
                valid_from=value.valid_from,
                valid_to=value.valid_to,
            )
    return list(made.values())


def _check(index: int, value: CarrierValue, carriers: Mapping[str, CarrierInfo]) -> list[Problem]:
    place = Place(path=f"accounting.carriers[{index}]")
    found = []
    if value.carrier not in carriers:
        found.append(
            Problem(
                "factors.stated-carrier",
                place,
                {"carrier": value.carrier, "nearest": nearest(value.carrier, carriers) or "–"},
            )
        )
    stated_parameters = [field for _, field in _STATED[1:] if getattr(value, field) is not None]
    if value.kgco2_per_unit is not None and stated_parameters:
        found.append(
            Problem(
                "factors.stated-twice",
                place,
                {"carrier": value.carrier, "fields": ", ".join(stated_parameters)},
            )
        )
    if all(getattr(value, f) is None for f in ("kgco2_per_unit", "kgce_per_unit", *(field for _, field in _STATED))):
        found.append(Problem("factors.stated-nothing", place, {"carrier": value.carrier}))
    if value.valid_from and value.valid_to and value.valid_from >= value.valid_to:
        found.append(
            Problem(
                "factors.stated-dates",
                place,
                {"carrier": value.carrier, "start": value.valid_from, "end": value.valid_to},
            )
        )
    if value.ncv_gj_per_unit is not None and value.kgce_per_unit is not None:
        coal = Fraction(value.ncv_gj_per_unit) / GJ_PER_KGCE
        # 2 %: rounding of either number, not another fuel
        if abs(coal / Fraction(value.kgce_per_unit) - 1) > Fraction(2, 100):
            found.append(
                Problem(
                    "factors.stated-apart",
                    place,
                    {
                        "carrier": value.carrier,
                        "stated": value.kgce_per_unit,
                        "computed": f"{float(coal):.4f}",
                    },
                )
            )
    return found


def _overlaps(values: Sequence[CarrierValue]) -> list[Problem]:
    found = []
    for i, later in enumerate(values):
        for j, earlier in enumerate(values[:i]):
            apart = (later.valid_to and earlier.valid_from and later.valid_to <= earlier.valid_from) or (
                earlier.valid_to and later.valid_from and earlier.valid_to <= later.valid_from
            )
            if later.carrier == earlier.carrier and not apart:
                place = Place(path=f"accounting.carriers[{i}]")
                found.append(
                    Problem(
                        "factors.stated-overlap",
                        place,
                        {"carrier": later.carrier, "other": f"accounting.carriers[{j}]"},
                    )
                )
    return found
