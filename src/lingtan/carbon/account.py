"""The account: every posting of a year under a rule set, direct and after transfers.

``direct`` postings stand where the fuel is burnt or the meter at the boundary is; ``transfer`` postings move them to who
used the power, heat or fuel. Transfers of a measure and month sum to zero, so both views sum to the park exactly.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from operator import attrgetter

import numpy as np
import pyarrow as pa

from lingtan.base.columns import int64s
from lingtan.base.errors import DataError
from lingtan.base.ids import canonical_json, channel_key, digest_bytes
from lingtan.base.units import fixed
from lingtan.carbon.coverage import Coverages, coverages
from lingtan.carbon.factors import Factor, FactorBook, stated
from lingtan.carbon.lines import Line, Role, compile_lines, compile_roles, factor_year, line_table, role_table
from lingtan.carbon.points import Point, points
from lingtan.carbon.power import PRIMARY_SOURCES, Crossing, Flow, crossing
from lingtan.carbon.power_use import PowerUse
from lingtan.carbon.rules.model import RuleSet
from lingtan.carbon.shares import Ints
from lingtan.park.model import Park


@dataclass(frozen=True, order=True)
class Posting:
    """One exact sum of the ledger.

    ``quantity`` is in 1/1000 of the carrier's metering unit, ``micrograms`` of the measure (CO2 or coal equivalent).
    """

    view: str
    measure: str
    enterprise: str
    month: int
    category: str
    carrier: str
    activity: str
    kind: str
    point: str
    factor: str
    quantity: int
    micrograms: int


_ORDER = attrgetter(*Posting.__dataclass_fields__)  # as the class orders itself, only faster


@dataclass(frozen=True)
class Compiled:
    """A rule set compiled for a park and a year: what the engine joins, and what its sums mean."""

    park: Park
    rules: RuleSet
    year: int
    points: list[Point]
    lines: list[Line]
    roles: list[Role]
    power_factors: dict[tuple[str, str], Factor]  # (measure, kind)
    heat_factors: dict[tuple[str, str], Factor]  # (measure, kind)
    measured_heat: dict[str, Factor]  # connection -> its own factor of fossil heat
    use_factors: dict[str, Factor]  # carrier -> calorific value, for transfers of bought fuel

    def line_table(self, months: Sequence[int]) -> pa.Table:
        """For :func:`lingtan.carbon.ledger.ledger_rows`."""
        return line_table(self.lines, months)

    def role_table(self) -> pa.Table:
        """For :func:`lingtan.carbon.ledger.flows`."""
        return role_table(self.roles)

    def channels(self) -> dict[int, str]:
        """Every channel that the account needs, by key."""
        found = {c for line in self.lines for c in line.point.terms}
        found |= {c for role in self.roles for c in role.point.terms}
        return {channel_key(c): c for c in sorted(found)}

    def factors(self) -> dict[str, Factor]:
        """Every factor that the account uses, by id."""
        used = [line.factor for line in self.lines]
        used += [*self.power_factors.values(), *self.heat_factors.values(), *self.use_factors.values()]
        used += self.measured_heat.values()
        return {f.id: f for f in sorted(used, key=lambda f: f.id)}


def compile_account(park: Park, rules: RuleSet, book: FactorBook, year: int) -> Compiled:
    """Compile a rule set for a park.

    Raises
    ------
    DataError
        A factor, or the equivalent-value coefficient of the year, is missing: every one is named.
    """
    found = points(park)
    roles = compile_roles(found)
    lines = compile_lines(park, found, rules, book, year)
    when = factor_year(park, year)
    region = park.park.region
    power: dict[tuple[str, str], Factor] = {}
    heat: dict[tuple[str, str], Factor] = {}
    if any(r.kind.startswith("power") for r in roles):
        for base in rules.power.bases:
            for kind, subject in base.kinds.items():
                where = region if base.regional else "CN"
                power[base.measure, kind] = book.find("co2", subject, sets=rules.power.sets, region=where, year=when)
        for measure in rules.expand("tce"):
            power[measure, "energy"] = _energy_factor(park, rules, book, measure, year)
    if any(r.kind.startswith("heat") for r in roles):
        for measure in rules.heat.measures:
            for heat_kind, subject in (("fossil", rules.heat.fossil), ("nonfossil", rules.heat.nonfossil)):
                heat[measure, heat_kind] = book.find("co2", subject, sets=rules.heat.sets, region="CN", year=when)
        for measure in rules.expand("tce"):
            heat[measure, "energy"] = book.find(
                "tce_calorific", "heat", sets=rules.heat.energy_sets, region="CN", year=when
            )
    measured = {
        c.id: stated(
            "co2",
            f"heat_{c.id}",
            c.factor_kgco2_per_gj,
            unit="kgCO2/GJ",
            source=c.factor_source or "park file",
        )
        for c in park.connections
        if c.factor_kgco2_per_gj is not None and any(r.point.connection == c.id for r in roles)
    }
    use: dict[str, Factor] = {}
    for line in lines:
        if line.measure.startswith("tce"):
            use[line.point.carrier.id] = line.factor
    return Compiled(park, rules, year, found, lines, roles, power, heat, measured, use)


def _energy_factor(park: Park, rules: RuleSet, book: FactorBook, measure: str, year: int) -> Factor:
    if measure == "tce_calorific":
        return book.find(
            "tce_calorific",
            "electricity",
            sets=rules.power.energy_sets,
            region="CN",
            year=factor_year(park, year),
        )
    if year not in park.accounting.equivalent_kgce_per_kwh:
        known = ", ".join(map(str, sorted(park.accounting.equivalent_kgce_per_kwh))) or "–"
        raise DataError("account.no-equivalent-value", year=year, known=known)
    return book.find("tce_equivalent", "electricity", sets=["park"], region=park.park.region, year=year)


@dataclass(frozen=True)
class Account:
    """The result for one rule set and year, limited to ``months``."""

    compiled: Compiled
    months: tuple[int, ...]
    postings: list[Posting]
    coverage: Coverages
    crossing: Crossing
    kinds: dict[tuple[str, str, str, int], int]  # (pool, side, kind, month) -> 1/1000 unit
    series: Mapping[str, Ints] = field(default_factory=dict)  # role -> hours of the year; empty for a kept account
    use: PowerUse | None = None  # who used which power, where it was traced

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all postings: the same on each engine, in any order of arrival."""
        rows = [list(vars(p).values()) for p in self.postings]
        return digest_bytes(canonical_json(rows))

    def total(self, measure: str, **where: str | int) -> int:
        """Exact sum over postings that match. [µg]"""
        return sum(p.micrograms for p in self.select(measure, **where))

    def select(self, measure: str, **where: str | int) -> Iterable[Posting]:
        """Direct postings of a measure that match; ``view="transfer"`` gives those after transfers: both kinds."""
        view = where.pop("view", "direct")
        for p in self.postings:
            wanted = p.measure == measure and (p.view == "direct" or view == "transfer")
            if wanted and all(getattr(p, k) == v for k, v in where.items()):
                yield p


def month_index(months_of_hour: Ints, months: Sequence[int]) -> dict[int, slice]:
    """Where each month's hours lie in the year's series."""
    return {
        m: slice(int(np.searchsorted(months_of_hour, m, "left")), int(np.searchsorted(months_of_hour, m, "right")))
        for m in months
    }


def build_account(
    compiled: Compiled,
    *,
    months_of_hour: Ints,
    months: Sequence[int],
    sums: pa.Table,
    flows: pa.Table,
    hour_zero_us: int,
    certificates_kwh: int | None = None,
    trace: Callable[["Compiled", Mapping[str, Ints]], PowerUse | None] | None = None,
) -> Account:
    """Put the engine's sums and flows together.

    Parameters
    ----------
    months_of_hour
        Local month, yyyymm, of each hour of the year.
    months
        The months asked for.
    sums
        :func:`lingtan.carbon.ledger.channel_months` of the year.
    flows
        :func:`lingtan.carbon.ledger.flows` of the year.
    hour_zero_us
        First hour of the year. [µs since 1970, UTC]
    certificates_kwh
        Certificates cancelled for the year, where a register of them is kept; else those of the park file count. [kWh]
    trace
        Tells from the roles and their hourly series who used which power; None shares it by metered use.
    """
    from lingtan.carbon.transfers import transfers

    hours = int(months_of_hour.size)
    series = _series(compiled.roles, flows, hours, hour_zero_us)
    crossed = crossing(compiled.park, compiled.roles, series, compiled.year, hours, certificates_kwh)
    use = trace(compiled, series) if trace is not None else None
    index = month_index(months_of_hour, months)
    fuels = [p for p in compiled.points if p.carrier.id in compiled.use_factors]
    by_channel = _by_channel(sums, {c for p in (*fuels, *(line.point for line in compiled.lines)) for c in p.terms})
    posted: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for line in compiled.lines:
        keys = [
            (channel_key(c), line.micro(c), int(f) if f.denominator == 1 else f) for c, f in line.point.terms.items()
        ]
        for month in months:
            total: Fraction | int = 0
            amount, seen = 0, False
            for key, micro, coefficient in keys:
                value = by_channel.get((key, month))
                if value is not None:
                    seen = True
                    total += value * coefficient
                    amount += value * micro
            if seen:
                p = line.point
                cell = posted[
                    "direct", line.measure, p.enterprise, str(month), line.category, p.carrier.id,
                    p.activity.value, line.term, p.id, line.factor.id,
                ]  # fmt: skip
                cell[0] += total if isinstance(total, int) else fixed(total, 1)
                cell[1] += amount
    by_month = {id(f): {m: int(f.value[where].sum()) for m, where in index.items()} for f in crossed.flows}
    for measure, category, flow, factor, sign in boundary_entries(compiled, crossed):
        for month, quantity in by_month[id(flow)].items():
            if quantity:
                carrier = "electricity" if flow.pool == "power" else "heat"
                activity = {"in": "import", "out": "export", "own": "generation"}[flow.side]
                cell = posted[
                    "direct", measure, flow.enterprise, str(month), category, carrier, activity, flow.kind, flow.point,
                    factor.id,
                ]  # fmt: skip
                cell[0] += quantity
                cell[1] += sign * quantity * factor.micro
    postings = [_posting(k, v) for k, v in posted.items()]
    postings += transfers(compiled, crossed, series, index, by_channel, use)
    kinds: dict[tuple[str, str, str, int], int] = defaultdict(int)
    for flow in crossed.flows:
        for month, quantity in by_month[id(flow)].items():
            kinds[flow.pool, flow.side, flow.kind, month] += quantity
    return account_kept(
        compiled,
        months_of_hour=months_of_hour,
        months=months,
        sums=sums,
        postings=postings,
        crossing=crossed,
        kinds=dict(kinds),
        series=series,
        use=use,
    )


def account_kept(
    compiled: Compiled,
    *,
    months_of_hour: Ints,
    months: Sequence[int],
    sums: pa.Table,
    postings: Iterable[Posting],
    crossing: Crossing,
    kinds: dict[tuple[str, str, str, int], int],
    series: Mapping[str, Ints] | None = None,
    use: PowerUse | None = None,
) -> Account:
    """The account of postings that are known already, with the coverage that the year's sums tell of."""
    seconds = {m: 3600 * (s.stop - s.start) for m, s in month_index(months_of_hour, months).items()}
    coverage = coverages(compiled.channels(), sums, seconds)
    return Account(compiled, tuple(months), sorted(postings, key=_ORDER), coverage, crossing, kinds, series or {}, use)


def _by_channel(sums: pa.Table, wanted: Iterable[str]) -> dict[tuple[int, int], int]:
    """Quantities of some channels by key and month."""
    channel, month, value = (int64s(sums[name]) for name in ("channel", "month", "value"))
    here = np.isin(channel, [channel_key(c) for c in wanted])
    return dict(zip(zip(channel[here].tolist(), month[here].tolist(), strict=True), value[here].tolist(), strict=True))


def boundary_entries(compiled: Compiled, crossed: Crossing) -> Iterable[tuple[str, str, Flow, Factor, int]]:
    """Every flow of power and heat that enters a measure: (measure, category, flow, factor, sign)."""
    rules = compiled.rules
    for base in rules.power.bases:
        for flow in crossed.flows:
            if flow.pool == "power" and flow.side == "in":
                yield base.measure, base.category, flow, compiled.power_factors[base.measure, flow.kind], 1
            elif flow.pool == "power" and flow.side == "out" and rules.power.credit_exports:
                kind = {"own_nonfossil": "direct", "own_other": "other", "unattributed": "direct"}.get(
                    flow.kind, flow.kind
                )
                yield base.measure, base.category, flow, compiled.power_factors[base.measure, kind], -1
    for measure in rules.heat.measures:
        for flow in crossed.flows:
            if flow.pool == "heat" and (flow.side == "in" or (flow.side == "out" and rules.heat.credit_exports)):
                kind = flow.kind if flow.kind == "fossil" else "nonfossil"
                factor = compiled.heat_factors[measure, kind]
                if kind == "fossil":
                    factor = compiled.measured_heat.get(flow.source, factor)
                yield measure, rules.heat.category, flow, factor, 1 if flow.side == "in" else -1
    primary = {a.id for a in compiled.park.assets if a.kind in PRIMARY_SOURCES}
    for measure in rules.expand("tce"):
        for flow in crossed.flows:
            factors = compiled.power_factors if flow.pool == "power" else compiled.heat_factors
            if flow.side == "in" or flow.side == "out":
                yield measure, "energy", flow, factors[measure, "energy"], 1 if flow.side == "in" else -1
            elif flow.pool == "power" and flow.source in primary:
                yield measure, "energy", flow, factors[measure, "energy"], 1


def _series(roles: Sequence[Role], flows: pa.Table, hours: int, hour_zero_us: int) -> dict[str, Ints]:
    role, value = int64s(flows.column("role")), int64s(flows.column("value"))
    hour = (int64s(flows.column("hour")) - hour_zero_us) // 3_600_000_000
    dense = np.zeros((len(roles), hours), np.int64)
    dense[role, hour] = value
    return {r.id: dense[i] if r.den == 1 else _divided(dense[i], r.den) for i, r in enumerate(roles)}


def _divided(value: Ints, den: int) -> Ints:
    """``value / den``, rounded half away from zero."""
    return np.asarray(np.sign(value) * ((2 * np.abs(value) + den) // (2 * den)), dtype=np.int64)


def _posting(key: tuple[str, ...], cell: list[int]) -> Posting:
    view, measure, enterprise, month, category, carrier, activity, kind, point, factor = key
    return Posting(
        view,
        measure,
        enterprise,
        int(month),
        category,
        carrier,
        activity,
        kind,
        point,
        factor,
        cell[0],
        cell[1],
    )
