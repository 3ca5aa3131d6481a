"""Combustion factors from heating value, carbon content and oxidation rate, exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from lingtan.base.units import ratio
from lingtan.carbon.factors.factor import Factor, Part, factor_id, per_metering_unit

CO2_PER_CARBON = Fraction(44, 12)
KJ_PER_KGCE = Fraction("29307.6")
GJ_PER_KGCE = KJ_PER_KGCE * ratio("kJ", "GJ")
_WEAKEST_FIRST = (
    "general-knowledge",
    "recalled",
    "unofficial",
    "stated",
    "quoted-seen",
    "quoted",
    "official-seen",
    "official",
)
_LINKS_WEAKEST_FIRST = ("recalled", "inferred", "stated", "cited")
_STOICHIOMETRY = Part(
    "co2_per_carbon",
    "44/12",
    "tCO2/tC",
    "molar masses as the guidelines print them",
    "",
    "official-seen",
    "cited",
)
_STANDARD_COAL = Part(
    "kj_per_kgce",
    str(KJ_PER_KGCE),
    "kJ/kgce",
    "GB/T 2589-2020 综合能耗计算通则",
    "definition of standard coal",
    "quoted-seen",
    "inferred",
)


@dataclass(frozen=True)
class Parameter:
    """A printed parameter of a fuel: ``ncv``, ``carbon_content`` or ``oxidation_rate``, with its source."""

    name: str
    value: str
    unit: str
    source: str
    source_ref: str
    confidence: str
    source_link: str
    edition: str
    notes: str = ""

    @property
    def part(self) -> Part:
        """As a part of a composed factor."""
        return Part(self.name, self.value, self.unit, self.source, self.source_ref, self.confidence, self.source_link)


def fuel_factors(
    set_: str,
    subject: str,
    parameters: Mapping[str, Parameter],
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> list[Factor]:
    r"""The factors that the parameters of one fuel give, per metering unit.

    .. math:: f = q \, c \, o \, \frac{44}{12}

    Parameters
    ----------
    set_ : str
        Name of the set; all parameters come from one scheme, or from what the park has measured.
    subject : str
        Carrier id.
    parameters : mapping
        By name: ``ncv`` q [GJ/t, GJ/1e4 Nm3], ``carbon_content`` c [tC/GJ], ``oxidation_rate`` o [fraction].

    Returns
    -------
    list of Factor
        ``ncv`` and ``tce_calorific`` from q; ``carbon`` (o = 1) if c is there too, ``co2`` if all three are.

    References
    ----------
    .. [1] NDRC, guidelines for greenhouse gas accounting of enterprises, 2013-2015, fuel combustion.
    .. [2] IPCC, 2006 Guidelines, vol. 2, ch. 2.
    """
    ncv = parameters.get("ncv")
    if ncv is None:
        return []
    heat, heat_unit, per = per_metering_unit(Fraction(ncv.value), ncv.unit)
    made = [_make(set_, "ncv", subject, heat_unit, per, heat, [ncv], [])]
    made.append(_make(set_, "tce_calorific", subject, f"kgce/{per}", per, heat / GJ_PER_KGCE, [ncv], [_STANDARD_COAL]))
    content = parameters.get("carbon_content")
    if content is not None:
        # tC/GJ × 1000 = kgC/GJ
        contained = heat * Fraction(content.value) * 1000 * CO2_PER_CARBON
        made.append(_make(set_, "carbon", subject, f"kgCO2/{per}", per, contained, [ncv, content], [_STOICHIOMETRY]))
        rate = parameters.get("oxidation_rate")
        if rate is not None:
            burnt = contained * Fraction(rate.value)
            made.append(_make(set_, "co2", subject, f"kgCO2/{per}", per, burnt, [ncv, content, rate], [_STOICHIOMETRY]))
    return [
        replace(
            f,
            valid_from=valid_from,
            valid_to=valid_to,
            id=factor_id(set_, f.measure, subject, None, valid_from),
        )
        for f in made
    ]


def weakest(confidences: Sequence[str], order: Sequence[str] = _WEAKEST_FIRST) -> str:
    """The confidence of a chain is that of its weakest part."""
    return min(confidences, key=order.index)


def _make(
    set_: str,
    measure: str,
    subject: str,
    unit: str,
    per: str,
    value: Fraction,
    used: Sequence[Parameter],
    constants: list[Part],
) -> Factor:
    return Factor(
        id=factor_id(set_, measure, subject, None, None),
        set=set_,
        measure=measure,
        subject=subject,
        region=None,
        unit=unit,
        per=per,
        value=value,
        valid_from=None,
        valid_to=None,
        uncertainty=None,
        source="; ".join(dict.fromkeys(p.source for p in used)),
        source_ref="; ".join(dict.fromkeys(p.source_ref for p in used if p.source_ref)),
        confidence=weakest([p.confidence for p in used]),
        source_link=weakest([p.source_link for p in used], _LINKS_WEAKEST_FIRST),
        edition="; ".join(dict.fromkeys(p.edition for p in used if p.edition)),
        notes="; ".join(dict.fromkeys(p.notes for p in used if p.notes)),
        parts=(*(p.part for p in used), *constants),
    )
