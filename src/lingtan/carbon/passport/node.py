"""A statement of a passport, and what a passport is made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lingtan.base.units import rounded
from lingtan.carbon.account import Account
from lingtan.carbon.address import Known
from lingtan.carbon.factors import Factor
from lingtan.carbon.shares import Ints
from lingtan.carbon.transfers import Pool, pools

ChannelNode = Callable[[str, Sequence[int]], "Node"]


@dataclass(frozen=True)
class Node:
    """One statement of a passport. ``kind`` and the keys of ``facts`` have their words in the locales."""

    kind: str
    name: str = ""
    value: str | None = None
    unit: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    children: tuple["Node", ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        plain = {
            "kind": self.kind,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "facts": dict(self.facts),
        }
        return {k: v for k, v in plain.items() if v not in ("", None, {})} | (
            {"children": [c.as_dict() for c in self.children]} if self.children else {}
        )


@dataclass(frozen=True)
class Subject:
    """What is explained: an account with its indicators and factors, and how to go on below a channel."""

    account: Account
    known: Known
    factors: Mapping[str, Factor]
    quantities: Mapping[tuple[int, int], int]
    months_of_hour: Ints
    channel: ChannelNode
    depth: int = 4
    kept: dict[str, dict[str, Pool]] = field(default_factory=dict)  # pools by measure, worked out once

    def pool(self, measure: str, name: str) -> Pool:
        """A pool of the account's transfers."""
        if measure not in self.kept:
            account = self.account
            self.kept.update(
                pools(account.compiled, account.crossing, dict(account.series), [measure], account.use, by_source=True)
            )
        return self.kept[measure][name]


def number(value: Fraction | int, digits: int = 6) -> str:
    """An exact figure as decimal text, rounded once."""
    text = f"{rounded(Fraction(value), 1, digits):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def some(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in facts.items() if v not in (None, "", [], ())}
