"""CO2 and energy per output value (产值) and value added (工业增加值), of each enterprise and of the park."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lingtan.carbon.account import Account
from lingtan.park.model import Park

PER_CNY = 10_000  # 万元
TONNE = 10**12  # µg
VALUES = ("output_value_cny", "value_added_cny")


@dataclass(frozen=True)
class Intensity:
    """Per 10,000 CNY, after transfers of power, heat and fuel: who uses the power answers for it.

    A ratio is None where the value is not stated (or is not positive); the park's where one of its enterprises states none.
    ``tonnes`` has the measures, ``per_10k_cny`` the ratios by value and measure. [t], [t/10 000 CNY]
    """

    enterprise: str | None  # None: the park
    value_cny: Mapping[str, Fraction | None]
    tonnes: Mapping[str, Fraction]
    per_10k_cny: Mapping[tuple[str, str], Fraction | None]


def intensities(account: Account, park: Park) -> list[Intensity]:
    """The intensities of a calendar year, enterprises as in the park file, the park last; none for a part of a year."""
    if len(account.months) != 12:
        return []
    rules, year = account.compiled.rules, account.compiled.year
    measures = tuple(dict.fromkeys(m for m in (rules.core.get("emissions"), rules.core.get("energy")) if m))
    measures = measures or tuple(m.id for m in rules.measures)
    used: dict[tuple[str, str], int] = {}
    for p in account.postings:
        if p.measure in measures:  # direct postings and transfers: together they are the view after transfers
            used[p.enterprise, p.measure] = used.get((p.enterprise, p.measure), 0) + p.micrograms
    found = []
    stated: dict[str, list[Fraction | None]] = {name: [] for name in VALUES}
    for enterprise in park.enterprises:
        value = {name: _positive(getattr(enterprise, name).get(year)) for name in VALUES}
        if enterprise.id != park.park.operator or any(v is not None for v in value.values()):
            for name in VALUES:
                stated[name].append(value[name])
            tonnes = {m: Fraction(used.get((enterprise.id, m), 0), TONNE) for m in measures}
            found.append(_made(enterprise.id, value, tonnes))
    whole = {name: _sum(values) for name, values in stated.items()}
    return [*found, _made(None, whole, {m: Fraction(account.total(m), TONNE) for m in measures})]


def _made(enterprise: str | None, value: Mapping[str, Fraction | None], tonnes: Mapping[str, Fraction]) -> Intensity:
    ratios = {
        (name, measure): None if worth is None else amount / worth * PER_CNY
        for name, worth in value.items()
        for measure, amount in tonnes.items()
    }
    return Intensity(enterprise, value, tonnes, ratios)


def _positive(value: object) -> Fraction | None:
    worth = None if value is None else Fraction(str(value))
    return worth if worth is not None and worth > 0 else None


def _sum(values: list[Fraction | None]) -> Fraction | None:
    there = [v for v in values if v is not None]
    return sum(there, Fraction(0)) if there and len(there) == len(values) else None
