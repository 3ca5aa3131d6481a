"""Sizes of an answer: what stands of each technology, and numbers that a person would write down."""

from collections.abc import Mapping

import numpy as np

from lingtan.optimize.solution import Solution
from lingtan.optimize.study.case import Case

DIGITS = 3  # of a size that a person would write down
SMALL = 2e-3  # of the largest that may be built: less is not built


def sizes_of(case: Case, solution: Solution) -> dict[str, float]:
    """What stands of each technology, and powers of stores that are sized apart (``id.power``)."""
    found: dict[str, float] = {}
    for t in case.study.technologies:
        if t.id in case.without:
            found[t.id] = 0.0
            continue
        own = case.fixed.get(t.id, t.existing)
        for name in (t.id, f"{t.id}.energy"):
            own = solution.sizes.get(name, own)
        found[t.id] = own
        if t.power_maximum is not None:
            found[f"{t.id}.power"] = solution.sizes.get(f"{t.id}.power", case.fixed.get(f"{t.id}.power", 0.0))
    for g in case.study.grids:
        name = f"{g.id}.connection"
        found[name] = solution.sizes.get(name, case.fixed.get(name, g.connection_kw))
    return found


def rounded_sizes(case: Case, sizes: Mapping[str, float]) -> dict[str, float]:
    """Sizes that a person would write down: tiny ones left out, others to three digits, up but never over the largest."""
    found = {}
    for t in case.study.technologies:
        size, most = sizes[t.id], max(t.maximum, t.existing)
        floor = max(t.existing, t.minimum)
        found[t.id] = _rounded(size, most, floor)
        if t.power_maximum is not None:
            found[f"{t.id}.power"] = _rounded(sizes[f"{t.id}.power"], t.power_maximum, 0.0)
    for g in case.study.grids:
        if g.expandable_to_kw is not None and g.expandable_to_kw > g.connection_kw:
            name = f"{g.id}.connection"
            found[name] = _rounded(sizes[name], g.expandable_to_kw, g.connection_kw)
    return found


def _rounded(size: float, most: float, floor: float) -> float:
    if size - floor <= SMALL * max(most, 1.0):
        return floor
    step = 10.0 ** (np.floor(np.log10(size)) - DIGITS + 1)
    return float(min(max(np.ceil(size / step - 1e-6) * step, floor), most))


def fitting(case: Case, sizes: dict[str, float]) -> dict[str, float]:
    """Rounded up, things may no longer fit on a roof: what stands there is rounded down then."""
    found = dict(sizes)
    for area in case.study.areas:
        mine = [t for t in case.study.technologies if t.area == area.id and t.area_m2_per_kw]
        used = sum(found[t.id] * (t.area_m2_per_kw or 0) for t in mine)
        if used > area.m2 > 0:
            for t in mine:
                found[t.id] = max(found[t.id] * area.m2 / used, t.existing)
    return found
