"""Why this plan, and why there is none: prices of limits, technologies near the margin, conflicts and the way out.

Everything here is computed from the solution's multipliers or by solving again without the named condition; the
sentences are made by who shows them, from codes and values.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lingtan.optimize.chain.answer import answer
from lingtan.optimize.chain.lower import lower
from lingtan.optimize.chain.method import minimize
from lingtan.optimize.model import FloatArray, Global, Model, RowRecord, TotalRecord
from lingtan.optimize.solution import Conflict, Solution
from lingtan.optimize.solve import solve_chain

Kind = Literal["limit", "size", "bound", "need"]
LARGE = 30.0  # a condition that is left out may be exceeded this many times
RATIO = 1e-4  # a ratio binds if its price on all that it weighs moves the cost by more than this share
BINDING = 1e-6  # a price that moves the cost by less than this share per doubling of the limit does not bind
ROUGHLY = 1e-4  # whether there is a solution is asked to this share of the largest need


@dataclass(frozen=True)
class Condition:
    """Something a user stated: a limit, the largest size of a thing, a fixed bound of a thing, a need."""

    kind: Kind
    name: str  # of the total, global column, owner or node


@dataclass(frozen=True)
class Price:
    """What a unit more of a limit or a size is worth."""

    condition: Condition
    limit: float  # where it stands, in its own unit
    saves_per_unit: float  # CNY, positive


@dataclass(frozen=True)
class Margin:
    """A thing to be built: what it earns, and how far it is from entering or leaving."""

    name: str
    size: float
    cost_per_unit: float  # CNY per unit of size, as the model counts it
    net_cost_per_unit: float  # what the first unit would lose (+); 0 when it is built within its limits
    earns_per_unit: float  # what a unit is worth to the rest of the plan

    @property
    def enters_below(self) -> float:
        """The cost per unit below which it enters or would be built more."""
        return self.cost_per_unit - self.net_cost_per_unit


@dataclass(frozen=True)
class Relief:
    """How much a condition would have to give way."""

    condition: Condition
    limit: float
    excess: float  # in the unit of the limit; for a need the energy not served [kWh]

    @property
    def relative(self) -> float:
        """Excess against the limit itself."""
        return self.excess / max(abs(self.limit), 1e-12)


# ------------------------------------------------------------------ prices


def limit_prices(model: Model, found: Solution) -> list[Price]:
    """Limits and size bounds that hold the cost up, the dearest first: by what one hundredth of each is worth."""
    scale = BINDING * max(abs(found.cost), 1.0)
    prices = []
    reach: dict[str, float] = {}
    for total in model.totals:
        worth = abs(found.totals.get(total.name, 0.0))
        limit = total.upper if np.isfinite(total.upper) else total.lower
        # a ratio has zero on its right side: what its terms add up to says how much it weighs
        reach[total.name] = max(abs(limit), used_by(model, found, total), 1.0)
        if worth * reach[total.name] > (scale if limit else RATIO * max(abs(found.cost), 1.0)):
            prices.append(Price(Condition("limit", total.name), limit, worth))
    for record in model.globals:
        worth = -found.size_prices.get(record.name, 0.0)
        at_top = found.sizes[record.name] > record.upper * (1 - 1e-3)
        if at_top and worth * record.upper > scale:
            prices.append(Price(Condition("size", record.name), record.upper, worth))
    return sorted(
        prices, key=lambda price: -price.saves_per_unit * reach.get(price.condition.name, max(abs(price.limit), 1.0))
    )


def used_by(model: Model, found: Solution, total: TotalRecord) -> float:
    """What the positive terms of a total add up to in a solution."""
    return sum(
        float(np.sum(np.maximum(np.asarray(value), 0.0) * np.maximum(found.series[model.columns[i].name], 0.0)))
        for i, value in total.terms
        if model.columns[i].name in found.series
    )


def margins(model: Model, found: Solution, names: set[str]) -> list[Margin]:
    """What each size earns and what would make it enter or leave."""
    made = []
    for record in model.globals:
        if record.name not in names:
            continue
        net = found.size_prices.get(record.name, 0.0)
        made.append(Margin(record.name, found.sizes[record.name], record.cost, net, record.cost - net))
    return made


def flows(model: Model, found: Solution, owner: str) -> dict[str, tuple[float, float]]:
    """Energy that an owner brings to each node [kWh] and what it is worth there at the node's prices [CNY]."""
    counted = model.timeline.counted_hours
    out = {}
    for node, row in model.nodes.items():
        power = np.zeros(len(model.timeline))
        for index, factor in model.rows[row].now:
            if model.columns[index].owner == owner:
                power = power + np.asarray(factor) * found.series[model.columns[index].name]
        if np.any(power):
            price = found.prices[model.rows[row].name]
            out[node] = (float(power @ counted), float((power * price) @ counted))
    return out


# ---------------------------------------------------------------- conflict


def conditions(model: Model) -> list[Condition]:
    """Everything that a user may have stated, limits first: they are the first to be doubted."""
    found = [Condition("limit", total.name) for total in model.totals]
    found += [Condition("size", record.name) for record in model.globals if record.upper > 0]
    owners = dict.fromkeys(
        c.owner for c in model.columns if c.owner and c.within is None and np.isfinite(c.upper).any()
    )
    found += [Condition("bound", owner) for owner in owners]
    for node, row in model.nodes.items():
        if np.any(model.rows[row].upper):
            found.append(Condition("need", node))
    return found


def without(model: Model, dropped: set[Condition]) -> Model:
    """The model with these conditions left out."""
    free = Model.__new__(Model)
    free.__dict__.update(model.__dict__)
    names = {kind: {c.name for c in dropped if c.kind == kind} for kind in ("limit", "size", "bound", "need")}
    free.totals = [
        replace(total, lower=-np.inf, upper=np.inf) if total.name in names["limit"] else total for total in model.totals
    ]
    free.totals = [total for total in free.totals if np.isfinite(total.lower) or np.isfinite(total.upper)]
    free.globals = [
        replace(record, upper=record.upper * LARGE, lower=0.0) if record.name in names["size"] else record
        for record in model.globals
    ]
    free.columns = [
        replace(record, upper=np.asarray(record.upper) * LARGE + _need_of(model) * (np.asarray(record.upper) > 0))
        if record.owner in names["bound"] and record.within is None
        else record
        for record in model.columns
    ]
    free.rows = list(model.rows)
    if names["need"]:
        free.columns = list(free.columns)
        for node in names["need"]:
            _unserved(free, node)
    return free


def _unserved(model: Model, node: str, cost: float = 0.0) -> int:
    """A column that takes the place of what is not supplied to a node; its number."""
    place = model.nodes[node]
    row = model.rows[place]
    need = np.maximum(np.broadcast_to(np.asarray(row.upper, float), (len(model.timeline),)), 0.0)
    maker = Model(model.timeline)
    with maker.owned_by(node):
        maker.column("unserved", upper=need, cost=cost)
    model.columns.append(maker.columns[0])
    changed = RowRecord(row.name, row.owner, row.lower, row.upper, list(row.now), row.before, row.fixed)
    changed.now.append((len(model.columns) - 1, 1.0))
    model.rows[place] = changed
    return len(model.columns) - 1


def _need_of(model: Model) -> float:
    return max((float(np.abs(row.upper).max()) for row in model.rows if np.isfinite(row.upper).all()), default=1.0)


def is_feasible(model: Model) -> bool | None:
    """Whether there is any solution, to a ten-thousandth of the largest need; None if neither was proven."""
    status = _asked(model).status
    return None if status == "unsolved" else status != "infeasible"


def _asked(model: Model) -> Solution:
    free = Model.__new__(Model)
    free.__dict__.update(model.__dict__)
    free.columns = [replace(record, cost=0.0) for record in model.columns]
    free.globals = [replace(record, cost=0.0) for record in model.globals]
    lowered = lower(free)
    return answer(lowered, minimize(lowered.problem, gap=np.inf, rows_met=ROUGHLY))


def smallest_conflict(
    model: Model, found: Solution | None = None, *, listener: Callable[[Condition, bool], None] | None = None
) -> list[Condition]:
    """Conditions that cannot hold together, and any one of which can be left out to make the rest possible.

    The proof of infeasibility names who takes part; each candidate is then left out in turn and taken back only if the
    rest becomes possible without it (a deletion filter, by halves), so the answer is minimal, not only small.

    Raises
    ------
    ValueError
        If the model has a solution, or leaving everything out does not give one.
    """
    proven = found if found is not None and found.conflict else _asked(model)
    if proven.conflict is None:
        raise ValueError("the model is not proven infeasible")
    everything = conditions(model)
    part = proven.conflict
    suspects = [c for c in everything if _weight(model, c, part) > 0.0]
    dropped = {c for c in everything if c not in suspects}
    if dropped and _asked(without(model, dropped)).status != "infeasible":
        suspects, dropped = everything, set()  # the proof leaned on more than it named
    kept: list[Condition] = []

    def sift(doubted: list[Condition]) -> None:
        """Leave all of these out if the rest is still impossible, else look at each half."""
        impossible = bool(doubted) and _asked(without(model, dropped | set(doubted))).status == "infeasible"
        if impossible:
            dropped.update(doubted)
        elif len(doubted) == 1:
            kept.extend(doubted)
        else:
            half = (len(doubted) + 1) // 2
            sift(doubted[:half])
            sift(doubted[half:])
            return
        if listener:
            for condition in doubted:
                listener(condition, not impossible)

    sift(sorted(suspects, key=lambda c: _weight(model, c, part)))
    return kept


def _weight(model: Model, condition: Condition, part: Conflict) -> float:
    """Its part in a proof of infeasibility."""
    if condition.kind == "limit":
        return part.rows.get(condition.name, 0.0)
    if condition.kind == "need":
        return part.rows.get(f"{condition.name}.balance", 0.0)
    owner = condition.name
    if condition.kind == "size":
        owner = next(record.owner for record in model.globals if record.name == condition.name)
    return part.owners.get(owner, 0.0)


# -------------------------------------------------------------- relaxation


def cheapest_relaxation(
    model: Model, among: list[Condition] | None = None, *, weights: dict[Condition, float] | None = None
) -> list[Relief]:
    """The least that must give way for the model to have a solution.

    Each condition may be exceeded at a price: the excess relative to the limit itself, times its weight; the sum is
    least. Without weights all conditions count the same, needs a hundred times.
    """
    chosen = among if among is not None else conditions(model)
    soft = Model.__new__(Model)
    soft.__dict__.update(model.__dict__)
    soft.constant_cost = 0.0
    soft.columns = [replace(record, cost=0.0) for record in model.columns]
    soft.globals = [replace(record, cost=0.0) for record in model.globals]
    soft.rows, soft.totals = list(model.rows), list(model.totals)
    ways = list(_soften(soft, model, chosen, weights or {}))
    softened = solve_chain(lower(soft), gap=1e-4)
    if not softened.found:
        return []
    reliefs = [Relief(condition, limit, read(softened)) for condition, limit, read in ways]
    return sorted((r for r in reliefs if r.relative > 1e-4), key=lambda r: -r.relative)


def _soften(
    soft: Model, model: Model, chosen: list[Condition], weights: dict[Condition, float]
) -> Iterator[tuple[Condition, float, Callable[[Solution], float]]]:
    hours = model.timeline.counted_hours
    for condition in chosen:
        weight = weights.get(condition, 100.0 if condition.kind == "need" else 1.0)
        if condition.kind == "limit":
            yield from _soften_total(soft, condition, weight)
        elif condition.kind == "size":
            i = next(i for i, record in enumerate(model.globals) if record.name == condition.name)
            top = model.globals[i].upper
            soft.globals[i] = replace(soft.globals[i], upper=top * LARGE)
            extra = soft.global_column(f"{condition.name}~more", upper=top * LARGE, cost=weight / top)
            soft.total(f"{condition.name}~top", [], fixed=[(Global(i), 1.0), (extra, -1.0)], upper=top)
            yield condition, top, _reader(f"{condition.name}~more")
        elif condition.kind == "need":
            row = model.rows[model.nodes[condition.name]]
            need = np.maximum(np.broadcast_to(np.asarray(row.upper, float), hours.shape), 0.0)
            energy = max(float(need @ hours), 1e-9)
            _unserved(soft, condition.name, cost=weight / energy)
            yield condition, energy, _energy_reader(f"{condition.name}.unserved", hours)


def _soften_total(
    soft: Model, condition: Condition, weight: float
) -> Iterator[tuple[Condition, float, Callable[[Solution], float]]]:
    i = next(i for i, total in enumerate(soft.totals) if total.name == condition.name)
    total = soft.totals[i]
    limit = total.upper if np.isfinite(total.upper) else total.lower
    size = max(abs(limit), _reach(soft, i))
    sign = -1.0 if np.isfinite(total.upper) else 1.0
    extra = soft.global_column(f"{condition.name}~more", upper=size * LARGE, cost=weight / size)
    soft.totals[i] = replace(total, fixed=[*total.fixed, (extra.index, sign)])
    yield condition, limit if limit else size, _reader(f"{condition.name}~more")


def _reach(model: Model, index: int) -> float:
    """The size of a ratio whose right side is zero: its terms at a hundredth of the largest need."""
    need = 0.01 * _need_of(model)
    return float(
        sum(np.abs(np.broadcast_to(v, (len(model.timeline),))).sum() * need for _, v in model.totals[index].terms)
    )


def _reader(name: str) -> Callable[[Solution], float]:
    return lambda found: found.sizes[name]


def _energy_reader(name: str, hours: FloatArray) -> Callable[[Solution], float]:
    return lambda found: float(found.series[name] @ hours)
