"""The model of a case: components from entries, prices from tariffs, limits from targets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize import components as parts
from lingtan.optimize.limits import FREE, Cap, Certificates, IntensityCap, Share
from lingtan.optimize.model import Column, Global, Model
from lingtan.optimize.study import reliability
from lingtan.optimize.study.case import Case, StagedModel
from lingtan.optimize.study.chains import in_chain
from lingtan.optimize.study.connection import connection
from lingtan.optimize.study.factors import price_per_kwh
from lingtan.optimize.study.kinds import KINDS, NON_FOSSIL, Making
from lingtan.optimize.study.record import Study

T_PER_TCE = 1.0  # kg/kgce is t/tce
Class = tuple[float | None, float, float]  # target, from, to [kgce]


def build(case: Case, *, cap: IntensityCap | None = None) -> Model:
    """The model of a case with its targets; ``cap`` is the intensity of one size class, or with served energy."""
    model = StagedModel(case) if case.build_years else Model(case.timeline())
    study = case.study
    for entry in study.demands:
        _demand(case, model, entry)
    for grid in study.grids:
        model.add(connection(case, model, grid))
    for supply in study.supplies:
        _supply(case, model, supply)
    for sale in study.sales:
        model.add(parts.Sink(sale.id, sale.node, sale.price, sale.maximum_kw))
        if sale.limit_kwh is not None:
            _limit_last(model, f"{sale.id}-limit", sale.limit_kwh * case.hours_share)
    for technology in study.technologies:
        _technology(case, model, technology)
    for i, cascade in enumerate(study.cascades):
        model.add(parts.Cascade(f"cascade-{i + 1}", tuple(cascade)))
    for node in study.nodes:
        if node.surplus:
            per_kwh = case.factors.electricity if node.carrier == "electricity" else case.factors.heat_energy
            model.add(parts.Sink(f"{node.id}-surplus", node.id, tallies={"energy": -per_kwh}))
    _areas(case, model)
    if not case.relax_targets:
        _targets(case, model, cap)
    if reliability.asked(case):
        reliability.add_reserve(case, model)
    return model


def _demand(case: Case, model: Model, entry) -> None:  # type: ignore[no-untyped-def]
    power = case.demand_kw(entry)
    rest = 1.0 - entry.shiftable - entry.interruptible
    if entry.shiftable:
        ends = np.flatnonzero(np.arange(1, len(power) + 1) % 24 == 0).astype(np.int64)
        most = float(power.max()) * entry.shiftable
        model.add(
            parts.ShiftableLoad(
                f"{entry.id}-shift",
                entry.node,
                power * entry.shiftable,
                catch_up_kw=most,
                deadlines=ends,
                cost=entry.shift_cost,
            )
        )
    if entry.interruptible:
        model.add(
            parts.CurtailableLoad(
                f"{entry.id}-interrupt", entry.node, power * entry.interruptible, cost=entry.interrupt_cost
            )
        )
    model.add(parts.Demand(entry.id, entry.node, power * rest))


def _supply(case: Case, model: Model, supply) -> None:  # type: ignore[no-untyped-def]
    fuel = case.factors.fuels[supply.id]
    price = price_per_kwh(supply, fuel) * case.fuel_price_factor() + fuel.co2 * case.co2_price()
    tallies = {"emissions": fuel.co2, "energy": fuel.tce}
    if fuel.group == "biomass" or supply.nonfossil:
        tallies["clean"] = fuel.tce
    model.add(parts.Source(supply.id, supply.node, price, supply.maximum_kw, tallies=tallies))
    if supply.limit_kwh is not None:
        for chain in range(len(case.chains)):
            _limit_last(
                model,
                f"{supply.id}-limit",
                supply.limit_kwh * case.hours_share,
                chain if len(case.chains) > 1 else None,
            )


def _limit_last(model: Model, name: str, most: float, chain: int | None = None) -> None:
    """Bound the energy of the column that was added last, in one chain or all."""
    column = Column(len(model.columns) - 1)
    hours = model.timeline.hours
    if chain is not None:
        model.total(
            f"{name}-{chain}",
            [(column, np.where(model.timeline.chain == chain, hours, 0.0))],
            upper=most,
            counted=False,
        )
    else:
        model.total(name, [(column, hours)], upper=most, counted=False)


def _technology(case: Case, model: Model, entry) -> None:  # type: ignore[no-untyped-def]
    if isinstance(model, StagedModel):
        model.technology = entry
    size = case.size(entry, model)
    if not isinstance(size, float) or size > 0:
        first = len(model.globals)
        model.add(KINDS[entry.kind](Making(case, model, entry, size)))
        if entry.kind in NON_FOSSIL:
            _available(case, model, entry, size, first)
    if isinstance(model, StagedModel):
        model.technology = None


def _available(case: Case, model: Model, entry, size, first: int) -> None:  # type: ignore[no-untyped-def]
    """What sun and wind could give: the whole of self-use and export ratios."""
    share = np.asarray(case.series(entry.profile), float) * model.timeline.counted_hours
    if isinstance(size, float):
        model.tally_constant("available", float(share.sum()) * size)
    elif isinstance(model, StagedModel):
        # what stands in a stage is built in it or before
        by_chain = [float(share[model.timeline.chain == c].sum()) for c in range(len(case.chains))]
        standing = [i for i in range(first, len(model.globals)) if "built" not in model.globals[i].name]
        for number, hours in zip(standing, by_chain, strict=True):
            model.tally_global("available", Global(number), hours)
    else:
        model.tally_global("available", Global(first), float(share.sum()))


def _areas(case: Case, model: Model) -> None:
    """Roof and land: the sum of what stands on it."""
    for area in case.study.areas:
        fixed, used = [], 0.0
        for entry in case.study.technologies:
            if entry.area != area.id or not entry.area_m2_per_kw:
                continue
            found = [
                i
                for i, g in enumerate(model.globals)
                if g.owner == entry.id and "built" not in g.name and "power" not in g.name
            ]
            if not found:
                used += case.fixed.get(entry.id, entry.existing) * entry.area_m2_per_kw
            elif isinstance(model, StagedModel):
                fixed.append((Global(found[-1]), entry.area_m2_per_kw))
            else:
                fixed.append((Global(found[0]), entry.area_m2_per_kw))
        if fixed:
            with model.owned_by(area.id):
                model.total("area", [], fixed=fixed, upper=area.m2 - used)


def _targets(case: Case, model: Model, cap: IntensityCap | None) -> None:
    targets, _f = case.study.targets, case.factors
    weights = float(sum(c.weight for c in case.chains))
    if targets.process_t:
        model.tally_constant("emissions", targets.process_t * 1000 * case.hours_share * weights)
    price = targets.carbon_price if case.carbon_price is None else case.carbon_price
    if price and targets.allowance_t:
        model.constant_cost -= price * targets.allowance_t * case.hours_share * weights
    several = len(case.chains) > 1
    if targets.certificates is not None:
        for c in range(len(case.chains)) if several else [None]:
            _certificates(case, model, c)
    if cap is not None:
        model.add(cap)
    if targets.emissions_t is not None:
        model.add(Cap("emissions-cap", "emissions", most=targets.emissions_t * 1000 * case.hours_share * weights))
    matched = None if targets.hourly_match is None else 1 - targets.hourly_match
    pairs: list[tuple[str, str, str, Literal["least", "most"], float | None]] = [
        ("direct-share", "direct", "electricity", "least", targets.direct_share),
        ("clean-share", "clean", "energy", "least", targets.clean_share),
        ("self-use-of-generation", "self_use", "available", "least", targets.self_use_of_generation),
        ("self-use-of-load", "self_use", "electricity", "least", targets.self_use_of_load),
        ("export-of-generation", "export", "available", "most", targets.export_of_generation),
        ("hourly-match", "import", "electricity", "most", matched),
    ]
    staged = case.build_years and {"direct-share", "clean-share"}
    for name, part, whole, side, share in pairs:
        if share is not None and not (staged and name in staged):
            model.add(Share(name, part, whole, **{side: share}))
    if several:
        _by_chain(case, model)


def on_offer(case: Case, year: int) -> list[tuple[str, float, float]]:
    """Certificates that count in a year: name, price [CNY/kWh] and most [kWh]; one for each vintage that is not too old."""
    stated = case.study.targets.certificates
    if stated is None:
        return []
    if not stated.vintages:
        return [("certificates", stated.price_per_kwh, stated.maximum_kwh)] if stated.maximum_kwh > 0 else []
    young = [v for v in stated.vintages if year - stated.years_back <= v.year <= year and v.maximum_kwh > 0]
    return [(f"certificates-of-{v.year}", v.price_per_kwh, v.maximum_kwh) for v in sorted(young, key=lambda v: v.year)]


def bought(parts: Mapping[str, float]) -> dict[str, float]:
    """Certificates of an answer by the name of their column. [kWh]"""
    return {k: v for k, v in parts.items() if k.startswith("certificates")}


def _certificates(case: Case, model: Model, chain: int | None) -> None:
    """Certificates of the year: a column for each vintage on offer, in each chain counted in sums of the chain's name."""
    f, carbon = case.factors, case.co2_price()
    if chain is None:
        here, weight, suffix, year = carbon, float(sum(c.weight for c in case.chains)), "", case.year(case.chains[0])
    else:
        here, weight, suffix = carbon[model.timeline.chain == chain], case.chains[chain].weight, f"@{chain}"
        year = case.year(case.chains[chain])
    offered = on_offer(case, year)
    if not offered:
        return
    tallies = {f"emissions{suffix}": -f.grid, f"clean{suffix}": f.electricity, f"certificates{suffix}": 1.0}
    if chain is not None:
        tallies |= {"emissions": -f.grid, "clean": f.electricity}
    for name, each, most in offered:
        price = each - f.grid * float(np.mean(here))
        label = name if chain is None else f"{name}-{chain + 1}"
        model.add(Certificates(label, most * case.hours_share * weight, price, tallies))
    if chain is None:
        model.add(Share("certificates-within-import", "certificates", "import", most=1.0))
    else:
        terms, parts, _ = in_chain(model, {"import": -1.0, "certificates": 1.0}, chain)
        with model.owned_by(f"certificates-{chain + 1}-within-import"):
            model.total("", terms, fixed=parts, upper=0.0)


def _by_chain(case: Case, model: Model) -> None:
    """The intensity of each scenario or stage, and the shares that a stage asks for."""
    targets = case.study.targets
    for c, chain in enumerate(case.chains):
        label = str(case.year(chain)) if chain.stage is not None else chain.scenario.id
        direct = targets.direct_share if chain.stage is None else chain.stage.direct_share
        cap = case.caps[c] if case.caps else None
        if cap is not None:
            with model.owned_by(f"intensity-{label}"):
                _cap_chain(model, cap, c, chain.weight)
        if case.build_years and direct is not None:
            terms, parts, constant = in_chain(model, {"direct": 1.0, "electricity": -direct}, c)
            with model.owned_by(f"direct-share-{label}"):
                model.total("", terms, fixed=parts, lower=-constant)


def _cap_chain(model: Model, cap: IntensityCap, chain: int, weight: float) -> None:
    """A cap and the bounds of its class in one chain; sums of a chain count its weight."""
    if cap.served_energy is not None:
        terms, parts, constant = in_chain(model, {"emissions": 1.0}, chain)
        model.total("", terms, fixed=parts, upper=cap.target * cap.served_energy * weight - constant)
    elif cap.limits:
        terms, parts, constant = in_chain(model, {"emissions": 1.0, "energy": -cap.target}, chain)
        model.total("", terms, fixed=parts, upper=-constant)
    if cap.energy_from > 0.0 or np.isfinite(cap.energy_to):
        terms, parts, constant = in_chain(model, {"energy": 1.0}, chain)
        low = cap.energy_from * weight - constant if cap.energy_from > 0.0 else -np.inf
        model.total("class", terms, fixed=parts, lower=low, upper=cap.energy_to * weight - constant)


def intensity_classes(study: Study, rules: RuleSet, hours_share: float = 1.0) -> list[IntensityCap]:
    """The caps that are solved, the cheapest of which is the answer: one if a number is stated, else one for each class.

    ``hours_share`` brings the bounds of the classes, which are of a year, to the time that is modeled.
    """
    stated = study.targets.intensity
    if stated is None:
        return []
    if isinstance(stated, float):
        return [IntensityCap("intensity", stated)]
    each = 1000.0 * hours_share
    found = [IntensityCap("intensity", FREE, 0.0, _least(rules) * each)]
    for threshold in rules.thresholds:
        top = np.inf if threshold.to_tce is None else threshold.to_tce * each
        found.append(IntensityCap("intensity", float(threshold.limit), threshold.from_tce * each, top))
    return found


def _least(rules: RuleSet) -> float:
    return float(min((t.from_tce for t in rules.thresholds), default=0))


def local_start(case: Case) -> datetime:
    """The first hour in the study's zone."""
    return case.chains[0].inputs.start.astimezone(ZoneInfo(case.study.study.timezone))
