"""A rule set compiled for a park: which channel goes into which sum, with which factor and sign.

All knowledge of the method is in the rule set's terms; the ledger only joins and adds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any

import pyarrow as pa

from lingtan.base.errors import DataError, LingtanError, Problem
from lingtan.base.ids import channel_key
from lingtan.base.units import MICRO, fixed
from lingtan.carbon.factors import Factor, FactorBook
from lingtan.carbon.points import Point
from lingtan.carbon.rules.model import RuleSet, Term
from lingtan.park.activities import Activity
from lingtan.park.model import Park


@dataclass(frozen=True)
class Line:
    """One summand: a point under a term, for one measure, with its factor."""

    id: str
    point: Point
    measure: str
    category: str
    clause: str
    term: str
    sign: int
    factor: Factor

    def micro(self, channel: str) -> int:
        """The signed factor of a channel of the point. [1e-6 kg per unit]"""
        coefficient = self.point.terms[channel] * self.sign
        if coefficient in (1, -1):
            return self.factor.micro * int(coefficient)
        return fixed(self.factor.value * coefficient, MICRO)


def switch(park: Park, rules: RuleSet, name: str) -> bool:
    """A choice that the official text leaves open: the park's, else the rule set's."""
    stated = getattr(park.accounting, name, None)
    return rules.switches[name] if stated is None else bool(stated)


def factor_year(park: Park, year: int) -> int:
    """The year whose factors are used; another than ``year`` only if the park file says so."""
    return park.accounting.factor_years.get(year, year)


def energy_basis(park: Park, points: Sequence[Point]) -> dict[str, str]:
    """By carrier: ``supply`` if purchases are metered (or the park says so), else ``use``."""
    bought = {p.carrier.id for p in points if p.activity is Activity.IMPORT}
    names = {p.carrier.id for p in points}
    return {n: park.accounting.energy_basis.get(n) or ("supply" if n in bought else "use") for n in sorted(names)}


def compile_lines(park: Park, points: Sequence[Point], rules: RuleSet, book: FactorBook, year: int) -> list[Line]:
    """Every line of a rule set for a year, sorted by id.

    Raises
    ------
    DataError
        ``account.factors-missing`` with one problem for each factor that the year and region lack.
    """
    basis = energy_basis(park, points)
    processes = {p.id: p.factor for p in park.processes}
    missing: dict[str, Problem] = {}
    found: list[Line] = []
    for term in rules.terms:
        if not _switched_on(park, rules, term):
            continue
        measures = rules.expand(term.measure)
        for point in points:
            if not _applies(term, point, basis):
                continue
            subject = processes.get(point.process or "") if term.subject == "process" else point.carrier.id
            if subject is None:
                continue
            try:
                factor = book.find(
                    term.factor.measure,
                    subject,
                    sets=term.factor.sets,
                    region=park.park.region,
                    year=factor_year(park, year),
                )
            except LingtanError as error:
                missing.setdefault(f"{term.factor.measure}/{subject}", Problem(error.code, values=error.values))
                continue
            for measure in measures:
                found.append(
                    Line(
                        id=f"{measure}/{term.id}/{point.id}",
                        point=point,
                        measure=measure,
                        category=term.category,
                        clause=term.clause,
                        term=term.id,
                        sign=term.sign,
                        factor=factor,
                    )
                )
    if missing:
        raise DataError("account.factors-missing", problems=list(missing.values()), rules=rules.id, year=year)
    return sorted(found, key=lambda line: line.id)


def _switched_on(park: Park, rules: RuleSet, term: Term) -> bool:
    if term.switch is None:
        return True
    if term.switch.startswith("!"):
        return not switch(park, rules, term.switch[1:])
    return switch(park, rules, term.switch)


def _applies(term: Term, point: Point, basis: dict[str, str]) -> bool:
    return (
        point.activity in term.activities
        and point.carrier.group in term.groups
        and (term.basis is None or basis[point.carrier.id] == term.basis)
    )


def line_table(lines: Sequence[Line], months: Sequence[int]) -> pa.Table:
    """The relation ``lines(line, channel, month, k)`` that the ledger joins; ``line`` is the place in ``lines``."""
    rows: dict[str, list[Any]] = {"line": [], "channel": [], "month": [], "k": []}
    for i, line in enumerate(lines):
        for channel in line.point.terms:
            key, micro = channel_key(channel), line.micro(channel)
            for month in months:
                rows["line"].append(i)
                rows["channel"].append(key)
                rows["month"].append(month)
                rows["k"].append(micro)
    schema = pa.schema([("line", pa.int32()), ("channel", pa.int64()), ("month", pa.int32()), ("k", pa.int64())])
    return pa.table(rows, schema=schema)


@dataclass(frozen=True)
class Role:
    """What a point is to the pools of power and heat; hourly flows are kept by role.

    ``kind``: power_in, power_out, power_own, power_store_in, power_store_out, power_use,
    heat_in, heat_out, heat_own, heat_use, fuel.
    """

    kind: str
    point: Point
    den: int

    @property
    def id(self) -> str:
        """Stable name of the role."""
        return f"{self.kind}/{self.point.id}"


_KINDS = {
    Activity.IMPORT: "in",
    Activity.EXPORT: "out",
    Activity.GENERATION: "own",
    Activity.CHARGE: "store_in",
    Activity.DISCHARGE: "store_out",
    Activity.USE: "use",
}
POOL_CARRIERS = {"heat": ("heat", "steam", "hot_water"), "power": ("electricity",)}


def compile_roles(points: Sequence[Point]) -> list[Role]:
    """The roles of a park, sorted by id: everything electric and thermal, and the fuel of plants that make either.

    The uses of an enterprise (those of an asset apart) are one role: only their sum weighs in the transfers.
    """
    found: list[Role] = []
    makes = {p.asset for p in points if p.activity is Activity.GENERATION and p.asset}
    uses: dict[tuple[str, str, str], list[Point]] = {}
    for point in points:
        pool = next((p for p, ids in POOL_CARRIERS.items() if point.carrier.id in ids), None)
        kind = _KINDS.get(point.activity)
        if pool and kind == "use":
            uses.setdefault((pool, point.enterprise, point.asset or ""), []).append(point)
        elif pool and kind:
            found.append(_role(f"{pool}_{kind}", point))
        elif (
            point.carrier.group == "fossil"
            and point.activity in (Activity.THERMAL_POWER, Activity.HEAT_SUPPLY)
            and point.asset in makes
        ):
            found.append(_role("fuel", point))
    for (pool, enterprise, asset), members in uses.items():
        terms: dict[str, Fraction] = {}
        for member in members:
            for channel, coefficient in member.terms.items():
                terms[channel] = terms.get(channel, Fraction(0)) + coefficient
        name = f"{enterprise}/{asset}" if asset else enterprise
        whole = replace(members[0], id=name, terms={c: f for c, f in terms.items() if f})
        found.append(_role(f"{pool}_use", whole))
    return sorted(found, key=lambda r: r.id)


def _role(kind: str, point: Point) -> Role:
    return Role(kind, point, lcm(*(c.denominator for c in point.terms.values())))


def role_rows(roles: Sequence[Role]) -> dict[str, list[int]]:
    """The columns of :func:`role_table`."""
    rows: dict[str, list[int]] = {"role": [], "channel": [], "num": []}
    for i, role in enumerate(roles):
        for channel, coefficient in role.point.terms.items():
            rows["role"].append(i)
            rows["channel"].append(channel_key(channel))
            rows["num"].append(int(coefficient * role.den))
    return rows


def role_table(roles: Sequence[Role]) -> pa.Table:
    """The relation ``roles(role, channel, num)``; a flow is the sum of ``value × num`` over ``den``."""
    schema = pa.schema([("role", pa.int32()), ("channel", pa.int64()), ("num", pa.int64())])
    return pa.table(role_rows(roles), schema=schema)
