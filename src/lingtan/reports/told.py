"""What a report is made from, and the words that all its sections share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from lingtan.base.text import label, say
from lingtan.base.units import rounded
from lingtan.carbon.account import Account, Posting
from lingtan.carbon.factors import Factor
from lingtan.carbon.indicators import Indicator
from lingtan.carbon.points import operator
from lingtan.carbon.rules.model import RuleSet
from lingtan.park.carriers import carriers
from lingtan.park.model import Park

TONNE = 10**12


@dataclass(frozen=True)
class Told:
    """An account with everything that explains it; ``other`` is the same period under a second rule set."""

    lang: str
    record: Mapping[str, Any]
    account: Account
    rules: RuleSet
    park: Park
    indicators: list[Indicator]
    factors: Mapping[str, Factor]
    other: "Told | None" = None

    def say(self, key: str, **values: Any) -> str:
        """A sentence in the report's language."""
        return say(key, self.lang, **values)

    @property
    def measures(self) -> list[str]:
        """Ids of the rule set's measures."""
        return [m.id for m in self.rules.measures]

    @property
    def core(self) -> Indicator | None:
        """The core indicator, if the rule set has one."""
        return next((i for i in self.indicators if i.id == "core"), None)

    @cached_property
    def enterprises(self) -> dict[str, str]:
        """Names by id, that of what nobody else is metered for included."""
        names = {e.id: label(e.name, self.lang) for e in self.park.enterprises}
        names.setdefault(operator(self.park), self.say("account-table.park"))
        return names

    @cached_property
    def carriers(self) -> dict[str, str]:
        """Names of carriers by id."""
        return {c.id: c.zh if self.lang == "zh" else c.en for c in carriers(self.park).values()}

    def tonnes(self, micrograms: int) -> Decimal:
        """Micrograms as tonnes, rounded once."""
        return rounded(micrograms, TONNE, 2)

    def sums(self, measure: str, by: str, *, view: str = "direct") -> dict[Any, int]:
        """Exact sums of a measure by a field of the postings. [µg]"""
        totals: dict[Any, int] = {}
        for p in self.postings(measure, view):
            key = getattr(p, by)
            totals[key] = totals.get(key, 0) + p.micrograms
        return totals

    def postings(self, measure: str, view: str = "direct") -> Iterable[Posting]:
        """Postings of a measure, direct or after transfers."""
        return self.account.select(measure, view=view)


def decimal(value: Fraction | int, digits: int) -> Decimal:
    """A fraction rounded once, half away from zero."""
    return rounded(Fraction(value), 1, digits)
