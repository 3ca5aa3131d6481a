"""The ratios of direct supply (绿电直连) that the notices ask for, with what they are made of and how far from the limit.

Sources: 发改能源〔2025〕650号 and 发改能源〔2026〕688号 (self-use of generation and of load, export), 发改价格〔2025〕1192号
(35 % for new projects from 2030), 发改环资〔2025〕910号 (direct supply at least half of the park's electricity). "Available
generation" is not defined in what was seen: self-use + export + curtailed is taken, as a setting.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Sense = Literal["at_least", "at_most"]
AVAILABLE = ("used_exported_curtailed", "used_exported")


@dataclass(frozen=True)
class Limits:
    """Limits of the ratios and the choices where the texts are open. ``load_share_raised_from`` is a calendar year."""

    generation_share: Fraction = Fraction(60, 100)
    load_share: Fraction = Fraction(30, 100)
    load_share_raised: Fraction = Fraction(35, 100)
    load_share_raised_from: int = 2030
    export_share: Fraction = Fraction(20, 100)
    direct_share: Fraction = Fraction(50, 100)
    available: str = "used_exported_curtailed"


@dataclass(frozen=True)
class Quantities:
    """What the ratios are made of, in one period. [Wh]

    ``direct`` is what came over the direct line, ``curtailed`` what it could have given, ``exported`` the part of the
    direct energy that left the park, ``own`` the park's own non-fossil generation that stayed, ``load`` the park's use.
    """

    direct: int
    curtailed: int
    exported: int
    own: int
    load: int


@dataclass(frozen=True)
class Ratio:
    """A policy ratio. ``margin``: Wh of the numerator to spare (positive) or lacking (negative)."""

    id: str
    numerator: int
    denominator: int
    sense: Sense
    limit: Fraction
    source: str

    @property
    def value(self) -> Fraction | None:
        """Numerator over denominator; None if the denominator is zero."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None without a value."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.sense == "at_least" else self.value <= self.limit

    @property
    def margin_wh(self) -> int:
        """How much of the numerator is to spare (negative: lacking), at this denominator, rounded towards lacking. [Wh]"""
        bound = self.limit * self.denominator
        exact = self.numerator - bound if self.sense == "at_least" else bound - self.numerator
        return exact.numerator // exact.denominator


def ratios(q: Quantities, year: int, limits: Limits = Limits()) -> list[Ratio]:
    """The four ratios of a period."""
    kept = q.direct - q.exported
    available = q.direct + (q.curtailed if limits.available == "used_exported_curtailed" else 0)
    raised = year >= limits.load_share_raised_from
    load_share = limits.load_share_raised if raised else limits.load_share
    direct = "发改能源〔2025〕650号; 发改能源〔2026〕688号"
    return [
        Ratio("self_use_of_generation", kept, available, "at_least", limits.generation_share, direct),
        Ratio("self_use_of_load", kept, q.load, "at_least", load_share, f"{direct}; 发改价格〔2025〕1192号"),
        Ratio("export_of_generation", q.exported, available, "at_most", limits.export_share, direct),
        Ratio("direct_supply", kept + q.own, q.load, "at_least", limits.direct_share, "发改环资〔2025〕910号, 附件4"),
    ]


def year_end_by_shape(so_far: Quantities, same: Quantities, rest: Quantities) -> Quantities:
    """The quantities at year end if what is left stands to what was so far as in an earlier year.

    Parameters
    ----------
    same, rest : Quantities
        Of the earlier year: the same part of the year as ``so_far``, and what followed. Where the earlier year had nothing of
        a quantity in the same part, what followed is taken as it was.
    """
    found = {}
    for name, value in vars(so_far).items():
        before, after = getattr(same, name), getattr(rest, name)
        found[name] = value + (value * after // before if before else after)
    return Quantities(**found)


def year_end(so_far: Quantities, hours_done: int, hours: int) -> Quantities:
    """The quantities at year end if the rest goes on as so far: a straight line, to be replaced by a forecast where there is one."""
    if not 0 < hours_done <= hours:
        return so_far
    scaled = {name: value * hours // hours_done for name, value in vars(so_far).items()}
    return Quantities(**scaled)
