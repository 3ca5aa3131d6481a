r"""The largest connection is lost for some hours, at any hour of the year: critical loads must be served (N-1, islanding).

With :math:`g_h` what sun, wind and firm plants give at their sizes and the connections that are left, a store of power must
cover :math:`u_h \ge \kappa\, d_h - g_h`, :math:`0 \le u_h \le P`. A reserve :math:`R \le e_t` stays in the stores at every hour,
and :math:`\sum_{h=t+1}^{t+L} u_h \le \eta R` for every window of :math:`L` hours. Recharging within a window is not counted on, so the
condition is on the safe side. Windows are added where an answer breaks them, until none does. :func:`outages` plays the outage
at each hour with what really stands in the stores.

With an ``unserved_share`` a part of the critical energy of an outage may stay unserved. Years that are planned together (stages,
scenarios) each keep a reserve of their own, in the stores that stand then.

Critical are the electricity needs of the study times ``critical_share``; electricity for heat and cold is not among them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from lingtan.optimize.model import ByStep, Column, FloatArray, Global, Model
from lingtan.optimize.solution import Solution
from lingtan.optimize.study.case import Case, StagedModel
from lingtan.optimize.study.record import TechnologyEntry

SUN_AND_WIND = ("pv", "wind", "direct_line")
FIRM = ("gas_chp", "biomass_chp", "extraction_chp")
EACH_ROUND = 6
ROUNDS = 8  # of adding outages that an answer does not survive
TOLERANCE = 1e-3
Sizes = Mapping[str, float]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Outages:
    """The outage at every hour of a year as a start."""

    year: str  # or the scenario
    hours: int
    critical_share: float
    starts: int
    failed: int  # starts with anything unserved
    worst_unserved_kwh: float
    mean_unserved_share: float  # of the critical energy of an outage
    mean_hours_lost: float  # loss of load in an outage [h]
    outages_per_year: float  # as the study expects them
    lole_h: float  # expected loss of load of the critical needs in a year [h]
    eens_kwh: float  # expected critical energy not served in a year


def asked(case: Case) -> bool:
    """Whether the study asks for islanding."""
    targets = case.study.targets
    return targets.islanding_hours >= 1 and targets.critical_share > 0 and not case.relax_targets


def survive(
    case: Case, solve: Callable[[Case], Answer], read: Callable[[Answer], Solution | None]
) -> tuple[Case, Answer]:
    """Solve, add the outages that the answer does not survive, and solve again until it survives all of them."""
    answer = solve(case)
    if not asked(case):
        return case, answer
    for _ in range(ROUNDS):
        found = read(answer)
        if found is None or not found.found or found.status != "solved":
            break
        broken = broken_windows(case, sizes_by_chain(case, found), found.sizes)
        if not broken:
            break
        case = replace(case, windows=case.windows + broken)
        answer = solve(case)
    return case, answer


def add_reserve(case: Case, model: Model) -> None:
    """Columns and rows of the reserve, in each chain."""
    critical = critical_kw(case)
    fixed, given = [], np.zeros(len(critical)) + left_kw(case)
    for t in _of(case, (*SUN_AND_WIND, *FIRM)):
        each = _gives(case, t)
        part = _part(model, t.id)
        if part is None:
            given = given + _number(case, t.id, t) * each
        else:
            fixed.append((_by_step(model, part), each))
    allowed = case.study.targets.unserved_share
    with model.owned_by("islanding"):
        need = np.maximum(critical - given, 0.0)
        covered = model.column("covered", upper=float(max(critical.max(), 1.0)))
        terms = [(covered, 1.0)]
        if allowed:
            terms.append((model.column("unserved", upper=critical), 1.0))
        model.row("critical", terms, fixed=fixed, lower=need)
        power: list[tuple[ByStep, float]] = []
        power_given = 0.0
        reserves: list[list[tuple[Global, float]]] = [[] for _ in case.chains]
        for t in _of(case, ("battery",)):
            content = next((i for i, c in enumerate(model.columns) if c.name == f"{t.id}.content"), None)
            if content is None:
                continue
            energy = _part(model, t.id)
            size = _number(case, t.id, t)
            own = [
                model.global_column(reserve_name(case, t.id, c), upper=max(t.maximum, t.existing, size))
                for c in range(len(case.chains))
            ]
            floor = t.minimum_level * size if energy is None else 0.0
            levels = [(_by_step(model, own), -1.0)]
            levels += [(_by_step(model, energy), -t.minimum_level)] if energy is not None else []
            model.row(f"kept-{t.id}", [(Column(content), 1.0)], fixed=levels, lower=floor)
            for mine, reserve in zip(reserves, own, strict=True):
                mine.append((reserve, -_yield(case, t)))
            sized = _part(model, f"{t.id}.power") if t.power_maximum is not None else energy
            ratio = 1.0 if t.power_maximum is not None else t.kw_per_kwh
            if sized is not None:
                power.append((_by_step(model, sized), -ratio))
            elif t.power_maximum is not None:
                power_given += case.fixed.get(f"{t.id}.power", 0.0)
            else:
                power_given += ratio * size
        model.row("power", [(covered, 1.0)], fixed=power, upper=power_given)
        for start in case.windows:
            mask, chain = window(case, start)
            model.total(f"window-{start}", [(covered, mask)], fixed=reserves[chain], upper=0.0, counted=False)
            if allowed:
                most = allowed * float((critical * mask).sum())
                model.total(f"unserved-{start}", [(terms[1][0], mask)], upper=most, counted=False)


def reserve_name(case: Case, store: str, chain: int) -> str:
    """The global column of a store's reserve in a chain, without its owner."""
    return f"reserve-{store}" if len(case.chains) == 1 else f"reserve-{store}-{chain}"


def broken_windows(case: Case, sizes: Sequence[Sizes], parts: Mapping[str, float]) -> tuple[int, ...]:
    """Starts of the worst windows that the reserves of an answer do not cover, apart from each other."""
    length, found = _hours(case), []
    whole_short = np.maximum(critical_kw(case) - _given_kw(case, sizes), 0.0)
    critical = critical_kw(case)
    for c, place in enumerate(_places(case)):
        stores = _of(case, ("battery",))
        reserve = sum(parts.get(f"islanding.{reserve_name(case, t.id, c)}", 0.0) * _yield(case, t) for t in stores)
        power = sum(sizes[c].get(f"{t.id}.power", t.kw_per_kwh * sizes[c].get(t.id, 0.0)) for t in stores)
        short = whole_short[place]
        allowed = case.study.targets.unserved_share * _sums(critical[place], length)
        sums = _sums(short, length)
        left = sums - np.minimum(reserve, _sums(np.minimum(short, power * (1 + TOLERANCE)), length)) - allowed
        mine: list[int] = []
        for start in np.argsort(-left):
            if left[start] <= TOLERANCE * max(float(sums.max()), 1.0) or len(mine) == EACH_ROUND:
                break
            at = int(start) + place.start
            if at not in case.windows and all(abs(at - f) >= length for f in mine):
                mine.append(at)
        found += mine
    return tuple(found)


def outages(case: Case, sizes: Sequence[Sizes], series: Mapping[str, FloatArray]) -> tuple[Outages, ...]:
    """Lose the connection at each hour of each chain: sun, wind and firm plants first, then the stores as they stand."""
    net, critical = _given_kw(case, sizes) - critical_kw(case), critical_kw(case)
    return tuple(
        _played(case, c, net[place], critical[place], sizes[c], {k: v[place] for k, v in series.items()})
        for c, place in enumerate(_places(case))
    )


def _played(
    case: Case, chain: int, net: FloatArray, critical: FloatArray, sizes: Sizes, series: Mapping[str, FloatArray]
) -> Outages:
    steps, length = len(net), _hours(case)
    stores = [t for t in _of(case, ("battery",)) if f"{t.id}.content" in series]
    content = [np.maximum(np.roll(series[f"{t.id}.content"], 1) - t.minimum_level * sizes[t.id], 0.0) for t in stores]
    lost, hours_lost = np.zeros(steps), np.zeros(steps)
    for ahead in range(length):
        here = np.roll(net, -ahead)
        short, spare = np.maximum(-here, 0.0), np.maximum(here, 0.0)
        for i, t in enumerate(stores):
            most = sizes.get(f"{t.id}.power", t.kw_per_kwh * sizes[t.id])
            out = t.discharge_efficiency if t.discharge_efficiency is not None else 0.95
            into = t.charge_efficiency if t.charge_efficiency is not None else 0.95
            content[i] = content[i] * (1 - t.loss_per_hour)
            given = np.minimum(np.minimum(short, most), content[i] * out)
            room = np.maximum((1 - t.minimum_level) * sizes[t.id] - content[i], 0.0)
            taken = np.minimum(np.minimum(spare, most), room / into)
            content[i] = content[i] - given / out + taken * into
            short, spare = short - given, spare - taken
        lost += short
        hours_lost += short > TOLERANCE * max(float(critical.max()), 1.0)
    targets = case.study.targets
    return Outages(
        chain_label(case, chain),
        length,
        targets.critical_share,
        steps,
        int((hours_lost > 0).sum()),
        float(lost.max()),
        float(lost.sum() / max(_sums(critical, length).sum(), 1e-9)),
        float(hours_lost.mean()),
        targets.outages_per_year,
        float(targets.outages_per_year * hours_lost.mean()),
        float(targets.outages_per_year * lost.mean()),
    )


def chain_label(case: Case, chain: int) -> str:
    """The year of a stage, or the scenario."""
    entry = case.chains[chain]
    return entry.scenario.id if entry.stage is None and len(case.chains) > 1 else str(case.year(entry))


def sizes_by_chain(case: Case, found: Solution) -> list[dict[str, float]]:
    """What stands in each chain; stages have sizes of their own."""
    every = []
    for chain in case.chains:
        mine: dict[str, float] = {}
        for t in case.study.technologies:
            for name, also in ((t.id, f"{t.id}.energy"), (f"{t.id}.power", "")):
                year = case.year(chain)
                keys = (f"{name}-{year}", f"{name}.{year}", f"{also}-{year}") if case.build_years else (name, also)
                size = next((found.sizes[k] for k in keys if k in found.sizes), None)
                if size is None and (name == t.id or name in case.fixed):
                    size = case.fixed.get(name, t.existing)
                if size is not None:
                    mine[name] = size
        every.append(mine)
    return every


def critical_kw(case: Case) -> FloatArray:
    """What must be served in an outage."""
    electric = {n.id for n in case.study.nodes if n.carrier == "electricity"}
    needs: Any = sum(case.demand_kw(d) for d in case.study.demands if d.node in electric)
    return np.asarray(needs, float) * case.study.targets.critical_share


def left_kw(case: Case) -> float:
    """The connections that are left when the largest is lost."""
    sizes = [g.connection_kw for g in case.study.grids]
    return float(sum(sizes) - max(sizes, default=0.0))


def window(case: Case, start: int) -> tuple[FloatArray, int]:
    """One in the hours of an outage, and the chain that it lies in; a year goes around."""
    places = _places(case)
    chain = next(c for c, place in enumerate(places) if place.start <= start < place.stop)
    place = places[chain]
    mask = np.zeros(places[-1].stop)
    mask[place.start + (start - place.start + np.arange(_hours(case))) % (place.stop - place.start)] = 1.0
    return mask, chain


def _places(case: Case) -> list[slice]:
    ends = np.cumsum([c.inputs.hours for c in case.chains])
    return [slice(int(e) - c.inputs.hours, int(e)) for e, c in zip(ends, case.chains, strict=True)]


def _sums(values: FloatArray, length: int) -> FloatArray:
    """Over a window from each hour on, around the year."""
    around = np.concatenate([values, values[: length - 1]])
    return np.asarray(np.convolve(around, np.ones(length), "valid"), float)


def _given_kw(case: Case, sizes: Sequence[Sizes]) -> FloatArray:
    given = np.zeros(_places(case)[-1].stop) + left_kw(case)
    for t in _of(case, (*SUN_AND_WIND, *FIRM)):
        given = given + case.by_chain([s.get(t.id, 0.0) for s in sizes]) * _gives(case, t)
    return given


def _of(case: Case, kinds: tuple[str, ...]) -> list[TechnologyEntry]:
    electric = {n.id for n in case.study.nodes if n.carrier == "electricity"}
    return [t for t in case.study.technologies if t.kind in kinds and t.node in electric and t.id not in case.without]


def _gives(case: Case, t: TechnologyEntry) -> Any:
    if t.kind in FIRM:
        return 1.0
    assert t.profile is not None
    return case.series(t.profile) * (1.0 - t.loss) * (1.0 - t.degradation) ** 20


def _yield(case: Case, t: TechnologyEntry) -> float:
    out = t.discharge_efficiency if t.discharge_efficiency is not None else 0.95
    return float(out * (1 - t.loss_per_hour) ** _hours(case))


def _part(model: Model, name: str) -> list[Global] | None:
    """The column of a size in each chain; None where the size is given."""
    index = {g.name: i for i, g in enumerate(model.globals)}
    if isinstance(model, StagedModel):
        years = [model.case.year(c) for c in model.case.chains]
        for form in ("{}.{}", "{}-{}", "{}.energy-{}"):
            found = [index.get(form.format(name, year)) for year in years]
            if all(i is not None for i in found):
                return [Global(i) for i in found if i is not None]
        return None
    one = next((index[n] for n in (name, f"{name}.energy") if n in index), None)
    return None if one is None else [Global(one)] * len(model.timeline.starts)


def _by_step(model: Model, parts: Sequence[Global]) -> ByStep:
    return ByStep(np.asarray([p.index for p in parts], np.int64)[model.timeline.chain])


def _number(case: Case, name: str, t: TechnologyEntry) -> float:
    return case.fixed.get(name, t.existing)


def _hours(case: Case) -> int:
    return min(int(np.ceil(case.study.targets.islanding_hours)), case.chains[0].inputs.hours)
