"""The record of a rule set, and where the packaged ones are."""

import tomllib
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import digest, nearest
from lingtan.park.activities import Activity


class Record(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Measure(Record):
    """What is summed: an emission or an energy, with the unit it is shown in."""

    id: str
    unit: str


class FactorRef(Record):
    """Where a term finds its factor: the first of ``sets`` that has the subject."""

    measure: str
    sets: list[str]


class Term(Record):
    """One summand of the method: which channels, with which sign, by which factor.

    ``measure`` may be a family (``co2``, ``tce``): the term then goes into every measure of the rule set that begins with it.
    """

    id: str
    measure: str
    category: str
    clause: str
    activities: list[Activity]
    groups: list[str]
    sign: Literal[1, -1] = 1
    subject: Literal["carrier", "process"] = "carrier"
    basis: Literal["supply", "use"] | None = None
    switch: str | None = None
    factor: FactorRef


class PowerBasis(Record):
    """How power kinds are priced in carbon for one measure."""

    measure: str
    category: str
    kinds: dict[Literal["direct", "certificate", "other"], str]
    regional: bool = False
    national: list[str] = []


class PowerRule(Record):
    """Treatment of imported and exported power."""

    clause: str
    credit_exports: bool
    sets: list[str]
    energy_sets: list[str]
    bases: list[PowerBasis]


class HeatRule(Record):
    """Treatment of imported and exported heat."""

    clause: str
    credit_exports: bool
    measures: list[str]
    category: str
    sets: list[str]
    energy_sets: list[str]
    fossil: str
    nonfossil: str


class Threshold(Record):
    """The core limit of a size class ``[from_tce, to_tce)``. [tCO2/tce]"""

    from_tce: int
    to_tce: int | None = None
    limit: str
    class_: str = Field(alias="class")


class OpenPoint(Record):
    """Something the official text leaves open, and the default that is taken."""

    id: str
    zh: str
    en: str


class RuleSet(Record):
    """A method of accounting as data."""

    schema_: Literal[1] = Field(alias="schema")
    id: str
    version: str
    document: str
    confidence: str
    gases: list[str]
    core: dict[Literal["emissions", "energy"], str]
    title: dict[Literal["zh", "en"], str]
    measures: list[Measure]
    terms: list[Term]
    power: PowerRule
    heat: HeatRule
    switches: dict[str, bool]
    thresholds: list[Threshold] = []
    guiding: dict[str, str] = {}
    open_points: list[OpenPoint] = []

    def expand(self, family: str) -> list[str]:
        """The measures that a term's ``measure`` goes into."""
        return [m.id for m in self.measures if m.id == family or m.id.startswith(f"{family}_")]

    def limit(self, energy_tce: Fraction) -> tuple[str, Fraction] | None:
        """Size class and limit for an energy consumption, or None where no threshold is given. [tce], [tCO2/tce]"""
        for threshold in self.thresholds:
            if energy_tce >= threshold.from_tce and (threshold.to_tce is None or energy_tce < threshold.to_tce):
                return threshold.class_, Fraction(threshold.limit)
        return None


def parse_rules(data: bytes, name: str) -> RuleSet:
    """A rule set from TOML bytes.

    Raises
    ------
    InputError
        ``rules.invalid`` with every problem.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
        return RuleSet.model_validate(raw)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            "rules.invalid", problems=[Problem("rules.syntax", Place(name), {"what": error})], file=name
        ) from None
    except ValidationError as error:
        problems = [
            Problem("rules.value", Place(name, path=".".join(map(str, e["loc"]))), {"what": e["msg"]})
            for e in error.errors()
        ]
        raise InputError("rules.invalid", problems=problems, file=name) from None


def packaged() -> list[str]:
    """Ids of the rule sets that come with Lingtan."""
    folder = files("lingtan.carbon.rules").joinpath("data")
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def packaged_rules(rule_id: str) -> RuleSet:
    """A rule set that comes with Lingtan.

    Raises
    ------
    InputError
        ``rules.unknown`` with the nearest known id.
    """
    if rule_id not in packaged():
        raise InputError(
            "rules.unknown",
            rules=rule_id,
            nearest=nearest(rule_id, packaged()) or packaged()[0],
            known=", ".join(packaged()),
        )
    return parse_rules(files("lingtan.carbon.rules").joinpath("data", f"{rule_id}.toml").read_bytes(), rule_id)


def rules_digest(rules: RuleSet) -> str:
    """By which a result names its rule set."""
    return digest(rules.model_dump(mode="json", by_alias=True))
