"""From where emissions and energy arise to who used the power, the heat and the bought fuel.

1. Fuel bought by one and used by another moves with the fuel (energy measures).
2. The fuel of a plant moves to the pools that it feeds; a CHP's is split by the park's named rule.
3. The pool of power is shared hour by hour by metered use, or source by source as traced (:mod:`lingtan.carbon.power_use`);
   the unmetered rest and losses stay with the operator; electric boilers and heat pumps carry their share on into the pool of
   heat, which is shared by metered use.

Every transfer is a pair of postings that cancel.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from lingtan.base.ids import channel_key
from lingtan.base.units import fixed
from lingtan.carbon.lines import Role, energy_basis, switch
from lingtan.carbon.points import Point, operator
from lingtan.carbon.power import Crossing
from lingtan.carbon.power_use import PowerUse
from lingtan.carbon.shares import Ints, split
from lingtan.park.activities import FUEL_BURNT, Activity

if TYPE_CHECKING:
    from lingtan.carbon.account import Compiled, Posting

# weights of (Wh of power, MJ of heat) by which a CHP's fuel is split; 1 MJ = 1000/3.6 Wh
CHP_SPLITS: dict[str, tuple[int, int]] = {
    "energy": (36, 10_000),
    "exergy": (36, 3_640),  # saturated steam at 180 °C against 15 °C: 1 - 288/453 = 0.364
    "efficiency": (
        36 * 80,
        10_000 * 35,
    ),  # reference efficiencies 0.35 (power) and 0.80 (heat), GHG Protocol CHP guidance
}
_THERMAL_ELECTRIC = ("electric_boiler", "heat_pump")
Series = dict[str, Ints]


@dataclass(frozen=True)
class Pool:
    """A pool of power or heat in one measure: what flowed in, who used it, and each one's part. [µg] by hour

    ``sources`` are (what, enterprise, point, amount); ``users`` are (enterprise, thermal asset), in the order of the
    rows of ``weights`` [1/1000 unit] and ``parts``. ``by_source`` are the parts of each source where power was shared as traced.
    """

    name: str
    sources: list[tuple[str, str, str, Ints]]
    amount: Ints
    users: list[tuple[str, str]]
    weights: Ints
    parts: Ints
    by_source: Sequence[Ints] = ()


def pools(
    compiled: "Compiled",
    crossed: Crossing,
    series: Series,
    measures: Sequence[str] | None = None,
    use: PowerUse | None = None,
    *,
    by_source: bool = False,
) -> Iterator[tuple[str, dict[str, Pool]]]:
    """The pools of each measure; what electric boilers and heat pumps use of power is carried on into the pool of heat."""
    from lingtan.carbon.account import boundary_entries

    if not series:
        return
    hours = next(iter(series.values())).size
    home = operator(compiled.park)
    kinds = {a.id: a.kind for a in compiled.park.assets}
    micro = {(line.measure, line.point.id): line.micro(next(iter(line.point.terms))) for line in compiled.lines}
    entries = list(boundary_entries(compiled, crossed))
    uses = {pool: pool_users(compiled, series, pool, home) for pool in ("power", "heat")}
    for measure in measures or [m.id for m in compiled.rules.measures]:
        sources: dict[str, list[tuple[str, str, str, Ints]]] = {"power": [], "heat": []}
        for name, _, flow, factor, sign in entries:
            if name == measure:
                amount: Ints = sign * flow.value * factor.micro
                sources[flow.pool].append((f"{flow.side}/{flow.kind}", flow.enterprise, flow.point, amount))
        for role in compiled.roles:
            rate = _fuel_rate(compiled, micro, measure, role) if role.kind == "fuel" else None
            if rate is not None:
                burnt: Ints = series[role.id] * rate
                parts = _plant_split(compiled, role.point, series, burnt)
                for pool, part in zip(("power", "heat"), parts, strict=True):
                    sources[pool].append((f"fuel/{role.point.carrier.id}", role.point.enterprise, role.point.id, part))
        found: dict[str, Pool] = {}
        for pool in ("power", "heat"):
            whole = np.sum([s[3] for s in sources[pool]], axis=0) if sources[pool] else np.zeros(hours, np.int64)
            users, weights = uses[pool]
            at_home = users.index((home, ""))
            each: list[Ints] = []
            if pool == "power" and use is not None:
                shares, each = _traced(sources[pool], use, users, weights, at_home, keep=by_source)
            else:
                shares = split(whole, weights, fallback=at_home)
            found[pool] = Pool(pool, sources[pool], whole, users, weights, shares, each)
            if pool == "power":
                for (enterprise, asset), part in zip(users, shares, strict=True):
                    if kinds.get(asset) in _THERMAL_ELECTRIC:
                        sources["heat"].append((f"electric/{asset}", enterprise, asset, part))
        yield measure, found


def _traced(
    sources: Sequence[tuple[str, str, str, Ints]],
    use: PowerUse,
    users: Sequence[tuple[str, str]],
    metered: Ints,
    home: int,
    *,
    keep: bool,
) -> tuple[Ints, list[Ints]]:
    """Each source's amount by user as traced; the sum, and with ``keep`` every part."""
    where = {user: k for k, user in enumerate(users)}
    # whoever the trace knows has a metered use too
    order = [where[u] for u in use.users]
    shares, each = np.zeros_like(metered), []
    for what, _, point, amount in sources:
        part = np.zeros_like(metered)
        if amount.any():
            mine = use.share(amount, use.sources_of(what, point), metered[order], order.index(home))
            np.add.at(part, order, mine)
        shares += part
        if keep:
            each.append(part)
    return shares, each


def _fuel_rate(compiled: "Compiled", micro: Mapping[tuple[str, str], int], measure: str, role: Role) -> int | None:
    """What a plant's fuel carries. [µg per 1/1000 unit]"""
    rate = micro.get((measure, role.point.id))
    if rate is None and measure.startswith("tce") and role.point.carrier.id in compiled.use_factors:
        return compiled.use_factors[role.point.carrier.id].micro
    return rate


def transfers(
    compiled: "Compiled",
    crossed: Crossing,
    series: Series,
    index: Mapping[int, slice],
    by_channel: Mapping[tuple[int, int], int],
    use: PowerUse | None = None,
) -> list["Posting"]:
    """All transfer postings, in pairs that sum to zero by measure and month."""
    from lingtan.carbon.account import Posting

    kinds = {a.id: a.kind for a in compiled.park.assets}
    moved: dict[tuple[str, str, int, str], int] = defaultdict(int)  # measure, enterprise, month, category
    for measure in (m.id for m in compiled.rules.measures):
        if measure.startswith("tce"):
            for (enterprise, month), fuel in _fuel_moves(compiled, measure, index, by_channel).items():
                moved[measure, enterprise, month, "transfer_fuel"] += fuel
    for measure, found in pools(compiled, crossed, series, use=use):
        for pool in found.values():
            category = f"transfer_{pool.name}"
            for month, where in index.items():
                for what, enterprise, _, amount in pool.sources:
                    if not what.startswith("electric/"):  # its counterpart is in the pool of power
                        moved[measure, enterprise, month, category] -= int(amount[where].sum())
                parts = pool.parts[:, where].sum(axis=1).tolist()
                for (enterprise, asset), part in zip(pool.users, parts, strict=True):
                    if not (pool.name == "power" and kinds.get(asset) in _THERMAL_ELECTRIC):
                        moved[measure, enterprise, month, category] += part
    return [
        Posting("transfer", measure, enterprise, month, category, "", "", "", "", "", 0, amount)
        for (measure, enterprise, month, category), amount in moved.items()
        if amount
    ]


def pool_users(compiled: "Compiled", series: Series, pool: str, home: str) -> tuple[list[tuple[str, str]], Ints]:
    """Who uses a pool (enterprise, thermal asset) with hourly weights; the operator's row has losses and the unmetered rest."""
    kinds = {a.id: a.kind for a in compiled.park.assets}
    hours = next(iter(series.values())).size
    used: dict[tuple[str, str], Ints] = {(home, ""): np.zeros(hours, np.int64)}
    supply = np.zeros(hours, np.int64)
    for role in compiled.roles:
        value = series[role.id]
        if role.kind == f"{pool}_use":
            asset = role.point.asset or ""
            key = (
                role.point.enterprise,
                asset if kinds.get(asset) in _THERMAL_ELECTRIC and pool == "power" else "",
            )
            used[key] = used.get(key, 0) + np.maximum(value, 0)
        elif role.kind in (f"{pool}_in", f"{pool}_own", f"{pool}_store_out"):
            supply += value
        elif role.kind in (f"{pool}_out", f"{pool}_store_in"):
            supply -= value
    names = sorted(used)
    rest = np.maximum(supply - np.sum([used[n] for n in names], axis=0), 0)
    used[home, ""] = used[home, ""] + rest
    return names, np.stack([used[n] for n in names])


def _plant_split(compiled: "Compiled", fuel: Point, series: Series, amount: Ints) -> tuple[Ints, Ints]:
    """A plant's amount by pool, hour by hour; in hours without output it goes to heat if the plant makes any."""
    made = {"power": np.zeros_like(amount), "heat": np.zeros_like(amount)}
    makes = {"power": False, "heat": False}
    for role in compiled.roles:
        pool, _, kind = role.kind.partition("_")
        if kind == "own" and role.point.asset == fuel.asset:
            made[pool] = made[pool] + np.maximum(series[role.id], 0)
            makes[pool] = True
    to_power, to_heat = CHP_SPLITS[compiled.park.accounting.chp_split]
    weights = np.stack([made["power"] * to_power, made["heat"] * to_heat])
    parts = split(amount, weights, fallback=1 if makes["heat"] else 0)
    return parts[0], parts[1]


def _fuel_moves(
    compiled: "Compiled", measure: str, index: Mapping[int, slice], by_channel: Mapping[tuple[int, int], int]
) -> dict[tuple[str, int], int]:
    """Bought fuel that moves from its buyers to users who bought none themselves."""
    basis = energy_basis(compiled.park, compiled.points)
    feedstock = switch(compiled.park, compiled.rules, "feedstock_in_energy")
    moves: dict[tuple[str, int], int] = defaultdict(int)
    for carrier, factor in compiled.use_factors.items():
        if basis.get(carrier) != "supply":
            continue
        mine = [p for p in compiled.points if p.carrier.id == carrier]
        for month in index:
            bought: dict[str, int] = defaultdict(int)
            used: dict[str, int] = defaultdict(int)
            for point in mine:
                quantity = _quantity(point, month, by_channel)
                if point.activity is Activity.IMPORT:
                    bought[point.enterprise] += quantity
                elif point.activity in FUEL_BURNT | {Activity.CONVERSION_INPUT, Activity.BUNKER} or (
                    point.activity is Activity.FEEDSTOCK and feedstock
                ):
                    used[point.enterprise] += quantity
                elif point.activity is Activity.CONVERSION_OUTPUT:
                    used[point.enterprise] -= quantity
            if not any(v > 0 for v in bought.values()):
                continue
            total = 0
            for enterprise, quantity in sorted(used.items()):
                if enterprise not in bought and quantity > 0:
                    moves[enterprise, month] += quantity * factor.micro
                    total += quantity * factor.micro
            buyers = sorted(bought)
            weights = np.array([[max(bought[b], 0)] for b in buyers], np.int64)
            for buyer, part in zip(buyers, split(np.array([total], np.int64), weights, fallback=0)[:, 0], strict=True):
                moves[buyer, month] -= int(part)
    return moves


def _quantity(point: Point, month: int, by_channel: Mapping[tuple[int, int], int]) -> int:
    if len(point.terms) == 1:  # as nearly every point: no fraction is needed
        ((channel, coefficient),) = point.terms.items()
        if coefficient == 1:
            return by_channel.get((channel_key(channel), month), 0)
    total = sum((by_channel.get((channel_key(c), month), 0) * f for c, f in point.terms.items()), Fraction(0))
    return fixed(total, 1)
