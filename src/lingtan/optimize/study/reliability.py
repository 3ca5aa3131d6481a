r"""The largest connection is lost for some hours, at any hour of the year: critical loads must be served (N-1, islanding).

With :math:`g_h` what sun, wind and firm plants give at their sizes and the connections that are left, a store of power must
cover :math:`u_h \ge \kappa\, d_h - g_h`, :math:`0 \le u_h \le P`. A reserve :math:`R \le e_t` stays in the stores at every hour,
and :math:`\sum_{h=t+1}^{t+L} u_h \le \eta R` for every window of :math:`L` hours. Recharging within a window is not counted on, so the
condition is on the safe side. Windows are added where an answer breaks them, until none does. :func:`outages` plays the outage
at each hour with what really stands in the stores.

Critical are the electricity needs of the study times ``critical_share``; electricity for heat and cold is not among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lingtan.base.errors import InputError
from lingtan.optimize.model import Column, FloatArray, Global, Model
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.record import TechnologyEntry

SUN_AND_WIND = ("pv", "wind", "direct_line")
FIRM = ("gas_chp", "biomass_chp", "extraction_chp")
EACH_ROUND = 6
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Outages:
    """The outage at every hour of the year as a start."""

    hours: int
    critical_share: float
    starts: int
    failed: int  # starts with anything unserved
    worst_unserved_kwh: float
    mean_unserved_share: float  # of the critical energy of an outage
    mean_hours_lost: float  # loss of load in an outage [h]


def asked(case: Case) -> bool:
    """Whether the study asks for islanding."""
    targets = case.study.targets
    return targets.islanding_hours >= 1 and targets.critical_share > 0 and not case.relax_targets


def add_reserve(case: Case, model: Model) -> None:
    """Columns and rows of the reserve.

    Raises
    ------
    InputError
        ``study.islanding-needs-one-year`` for pathways and scenarios.
    """
    if len(case.chains) > 1 or case.build_years:
        raise InputError("study.islanding-needs-one-year")
    critical = critical_kw(case)
    fixed, given = [], np.zeros(len(critical)) + left_kw(case)
    for t in _of(case, (*SUN_AND_WIND, *FIRM)):
        each = _gives(case, t)
        part = _part(model, t.id)
        if part is None:
            given = given + _number(case, t.id, t) * each
        else:
            fixed.append((part, each))
    with model.owned_by("islanding"):
        need = np.maximum(critical - given, 0.0)
        covered = model.column("covered", upper=float(max(critical.max(), 1.0)))
        model.row("critical", [(covered, 1.0)], fixed=fixed, lower=need)
        power: list[tuple[Global, float]] = []
        power_given = 0.0
        reserves: list[tuple[Global, float]] = []
        for t in _of(case, ("battery",)):
            content = next((i for i, c in enumerate(model.columns) if c.name == f"{t.id}.content"), None)
            if content is None:
                continue
            energy = _part(model, t.id)
            size = _number(case, t.id, t)
            most = max(t.maximum, t.existing, size)
            reserve = model.global_column(f"reserve-{t.id}", upper=most)
            floor = t.minimum_level * size if energy is None else 0.0
            levels = [(reserve, -1.0)] + ([(energy, -t.minimum_level)] if energy is not None else [])
            model.row(f"kept-{t.id}", [(Column(content), 1.0)], fixed=levels, lower=floor)
            reserves.append((reserve, -_yield(case, t)))
            own = _part(model, f"{t.id}.power") if t.power_maximum is not None else energy
            ratio = 1.0 if t.power_maximum is not None else t.kw_per_kwh
            if own is not None:
                power.append((own, -ratio))
            elif t.power_maximum is not None:
                power_given += case.fixed.get(f"{t.id}.power", 0.0)
            else:
                power_given += ratio * size
        model.row("power", [(covered, 1.0)], fixed=power, upper=power_given)
        for start in case.windows:
            mask = window(start, _hours(case), len(critical))
            model.total(f"window-{start}", [(covered, mask)], fixed=reserves, upper=0.0, counted=False)


def broken_windows(case: Case, sizes: Mapping[str, float], parts: Mapping[str, float]) -> tuple[int, ...]:
    """Starts of the worst windows that the reserve of an answer does not cover, apart from each other."""
    short = np.maximum(critical_kw(case) - _given_kw(case, sizes), 0.0)
    length = _hours(case)
    reserve = sum(parts.get(f"islanding.reserve-{t.id}", 0.0) * _yield(case, t) for t in _of(case, ("battery",)))
    wrapped = np.concatenate([short, short[: length - 1]])
    sums = np.convolve(wrapped, np.ones(length), "valid")
    found: list[int] = []
    for start in np.argsort(-sums):
        if sums[start] <= reserve + TOLERANCE * max(float(sums.max()), 1.0) or len(found) == EACH_ROUND:
            break
        if int(start) not in case.windows and all(abs(int(start) - f) >= length for f in found):
            found.append(int(start))
    return tuple(found)


def outages(case: Case, sizes: Mapping[str, float], series: Mapping[str, FloatArray]) -> Outages:
    """Lose the connection at each hour: sun, wind and firm plants first, then the stores as they stand at that hour."""
    net = _given_kw(case, sizes) - critical_kw(case)
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
        hours_lost += short > TOLERANCE * max(float(critical_kw(case).max()), 1.0)
    critical = critical_kw(case)
    whole = np.convolve(np.concatenate([critical, critical[: length - 1]]), np.ones(length), "valid")
    return Outages(
        length,
        case.study.targets.critical_share,
        steps,
        int((hours_lost > 0).sum()),
        float(lost.max()),
        float(lost.sum() / max(whole.sum(), 1e-9)),
        float(hours_lost.mean()),
    )


def critical_kw(case: Case) -> FloatArray:
    """What must be served in an outage."""
    electric = {n.id for n in case.study.nodes if n.carrier == "electricity"}
    needs: Any = sum(case.demand_kw(d) for d in case.study.demands if d.node in electric)
    return np.asarray(needs, float) * case.study.targets.critical_share


def left_kw(case: Case) -> float:
    """The connections that are left when the largest is lost."""
    sizes = [g.connection_kw for g in case.study.grids]
    return float(sum(sizes) - max(sizes, default=0.0))


def window(start: int, length: int, steps: int) -> FloatArray:
    """One in the hours of an outage; the year goes around."""
    mask = np.zeros(steps)
    mask[(start + np.arange(length)) % steps] = 1.0
    return mask


def _given_kw(case: Case, sizes: Mapping[str, float]) -> FloatArray:
    given: Any = left_kw(case)
    for t in _of(case, (*SUN_AND_WIND, *FIRM)):
        given = given + sizes.get(t.id, 0.0) * _gives(case, t)
    return np.asarray(given, float) + np.zeros(case.chains[0].inputs.hours)


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


def _part(model: Model, name: str) -> Global | None:
    names = (name, f"{name}.energy")
    return next((Global(i) for i, g in enumerate(model.globals) if g.name in names), None)


def _number(case: Case, name: str, t: TechnologyEntry) -> float:
    return case.fixed.get(name, t.existing)


def _hours(case: Case) -> int:
    return min(int(np.ceil(case.study.targets.islanding_hours)), case.chains[0].inputs.hours)
