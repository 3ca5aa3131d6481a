"""A factor: one number with its unit, its validity and where it comes from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from lingtan.base.ids import digest
from lingtan.base.units import METERING_UNIT, MICRO, dimension, fixed, ratio

MEASURES = ("co2", "co2e", "carbon", "ncv", "tce_calorific", "tce_equivalent")
CONFIDENCES = (
    "official-seen",
    "quoted-seen",
    "general-knowledge",
    "official",
    "quoted",
    "unofficial",
    "recalled",
    "stated",
)
SOURCE_LINKS = ("cited", "inferred", "recalled", "stated")
_NUMERATOR = re.compile(r"(?P<mass>kg|t)(?P<gas>CO2e|CO2|ce)\Z")


@dataclass(frozen=True)
class Part:
    """One number of a composed factor, as its source prints it."""

    name: str
    value: str
    unit: str
    source: str
    source_ref: str = ""
    confidence: str = ""
    source_link: str = ""


@dataclass(frozen=True)
class Factor:
    """A factor per metering unit of its subject.

    ``co2`` and ``carbon`` are kg of CO2 (``carbon``: all carbon contained, oxidation 100 %), ``co2e`` kg of CO2
    equivalent, ``tce_*`` kg of standard coal, ``ncv`` the lower heating value. [kg/unit], [kgce/unit], [GJ/unit]

    ``confidence`` of packaged rows: official-seen (the document was read), quoted-seen (read in another's
    file), general-knowledge (recalled). ``source_link``: cited (what was read names the document), inferred,
    recalled. What a park states is ``stated``, or the confidence that the park file gives.
    """

    id: str
    set: str
    measure: str
    subject: str
    region: str | None
    unit: str
    per: str
    value: Fraction
    valid_from: date | None
    valid_to: date | None  # exclusive
    uncertainty: Fraction | None  # relative, 95 %
    source: str
    source_ref: str
    confidence: str
    source_link: str
    edition: str
    notes: str = ""
    basis: str = ""  # what a unit is a unit of, in the source's words, such as "t clinker"
    method: str = ""
    uncertainty_source: str = ""
    parts: tuple[Part, ...] = ()

    @cached_property
    def micro(self) -> int:
        """The factor as the ledger multiplies it, an integer. [1e-6 kg (GJ for ``ncv``) per metering unit]"""
        return fixed(self.value, MICRO)

    @cached_property
    def digest(self) -> str:
        """By which a passport pins the factor: value, source and all."""
        return digest(self.as_dict())

    def covers(self, year: int) -> bool:
        """Whether it is valid in the whole calendar year."""
        return (self.valid_from is None or self.valid_from <= date(year, 1, 1)) and (
            self.valid_to is None or self.valid_to >= date(year + 1, 1, 1)
        )

    def touches(self, year: int) -> bool:
        """Whether it is valid on some day of the calendar year."""
        return (self.valid_from is None or self.valid_from < date(year + 1, 1, 1)) and (
            self.valid_to is None or self.valid_to > date(year, 1, 1)
        )

    def as_dict(self) -> dict[str, Any]:
        """For passports, evidence packs and ``--json``; :meth:`from_dict` reads it back."""
        plain: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["value"] = str(self.value)
        plain["micro"] = self.micro
        plain["valid_from"] = self.valid_from.isoformat() if self.valid_from else None
        plain["valid_to"] = self.valid_to.isoformat() if self.valid_to else None
        plain["uncertainty"] = str(self.uncertainty) if self.uncertainty is not None else None
        plain["parts"] = [dict(vars(part)) for part in self.parts]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Factor":
        """The factor that :meth:`as_dict` wrote."""
        values = {f.name: plain[f.name] for f in fields(cls)}
        values["value"] = Fraction(plain["value"])
        for name in ("valid_from", "valid_to"):
            values[name] = date.fromisoformat(plain[name]) if plain[name] else None
        values["uncertainty"] = Fraction(plain["uncertainty"]) if plain["uncertainty"] is not None else None
        values["parts"] = tuple(Part(**part) for part in plain["parts"])
        return cls(**values)


def factor_id(set_: str, measure: str, subject: str, region: str | None, valid_from: date | None) -> str:
    """Such as ``mee-grid:co2:grid_average:CN-JS:2023``; the year in which the validity begins, or the date."""
    since = (
        []
        if valid_from is None
        else [str(valid_from.year) if (valid_from.month, valid_from.day) == (1, 1) else str(valid_from)]
    )
    return ":".join([set_, measure, subject, *([region] if region else []), *since])


def per_metering_unit(value: Fraction, unit: str) -> tuple[Fraction, str, str]:
    """A printed factor in kg (or GJ) per metering unit: ``0.11, tCO2/GJ`` becomes ``110, kgCO2/GJ, GJ``.

    Raises
    ------
    InputError
        If the unit is not known.
    """
    above, below = unit.rsplit("/", 1)
    per = METERING_UNIT[dimension(below)]
    exact = value / ratio(below, per)
    found = _NUMERATOR.match(above)
    if found is None:
        return exact * ratio(above, "GJ"), f"GJ/{per}", per
    return exact * ratio(found["mass"], "kg"), f"kg{found['gas']}/{per}", per
