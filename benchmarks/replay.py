"""A year of the demo park replayed: 365 day-ahead plans with whole numbers, 8,760 linear ones, each settled hour by hour.

What is expected is the week before with its latest error, so that forecasting is not timed here; the usual peak of the four
weeks before is, as in ``lingtan dispatch backtest``. And why there is no schedule: fifty assets whose needs cannot be met.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.dispatch import fifty_assets, inputs
from benchmarks.measure import Figure, peak_gib, tell
from benchmarks.park_year import QUICK, Size
from lingtan.demo.park_file import park_yaml
from lingtan.demo.simulate import simulate
from lingtan.demo.span import PER_HOUR, Span
from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.conflict import explain_infeasible
from lingtan.optimize.dispatch.derive import derive
from lingtan.optimize.dispatch.inputs import Horizon, State
from lingtan.optimize.dispatch.peaks import usual_peaks
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.replay import Past, day_ahead, hourly, perfect, weekly_naive
from lingtan.park.file import parse_park

SEED, QUICK_DAYS, FADE_HOURS, PEAK_DAYS = 7, 28, 8.0, 28
KWH_PER_GJ = 1 / 0.0036
TRIES = 7


def demo_past(days: int) -> Past:
    """The demo park by the hour, from its truth."""
    span = Span(days)
    points = simulate(span, SEED)
    park, problems = parse_park(park_yaml(points, span, SEED))
    if park is None:
        raise SystemExit("\n".join(p.format() for p in problems))
    description = derive(park)[0].model_copy(update={"step_minutes": 60})
    power = {
        p.id: p.truth.reshape(-1, PER_HOUR).sum(axis=1) / 1000 * (KWH_PER_GJ if p.carrier == "steam" else 1.0)
        for p in points
        if p.step == "15min"
    }
    actual = {
        name: np.maximum(sum((factor * power[c] for c, factor in parts.items()), np.zeros(24 * days)), 0.0)
        for name, parts in description.sources.items()
    }
    actual |= {name: np.full(24 * days, value) for name, value in description.constants.items()}
    whole = Horizon(span.start, 24 * days, 60, description.timezone)
    kept: dict[int, Mapping[str, float]] = {}

    def usual(first: int) -> Mapping[str, float]:
        end = first // 24 * 24
        if end not in kept:
            begin = max(end - PEAK_DAYS * 24, 0)
            part = Horizon(whole.at(begin), end - begin, 60, whole.zone)
            kept[end] = usual_peaks(description, part, {n: v[begin:end] for n, v in actual.items()})
        return kept[end]

    expected = weekly_naive(actual, 1.0, fade_hours=FADE_HOURS)
    return Past(description, whole, actual, expected, usual_peak=usual)


def year(folder: Path, size: Size) -> None:
    """Day-ahead and hourly, and the bound."""
    days = QUICK_DAYS if size == QUICK else 365
    part = days / 365
    past = demo_past(days)
    began = time.process_time()
    bound = perfect(past)
    tell(Figure(f"replay of {days} days, perfect foresight (one linear program)", time.process_time() - began, "CPU s"))
    for label, run, asked in (
        (f"replay, {days} day-ahead plans with whole numbers, hourly settlement", day_ahead, 300.0),
        (f"replay, {24 * days} hourly plans (linear), hourly settlement", hourly, 900.0),
    ):
        past = demo_past(days)  # usual peaks are part of each
        began, wall = time.process_time(), time.perf_counter()
        outcome = run(past)
        spent, wall = time.process_time() - began, time.perf_counter() - wall
        regret = (outcome.cost_cny - bound.cost_cny) / 1e6
        note = f"{wall:.0f} s by the clock; regret {regret:.2f} of {bound.cost_cny / 1e6:.1f} M CNY"
        tell(Figure(label, spent, "CPU s", asked * part, note=note))
    tell(Figure("replay, peak memory", peak_gib(), "GiB"))


def conflicts(folder: Path, size: Size) -> None:
    """Fifty assets and 96 quarter hours that cannot be served: the smallest conflict and the cheapest way out."""
    described, spent = starved(fifty_assets()), []
    found = 0
    for k in range(TRIES):
        given = inputs(described, k, State())
        began = time.process_time()
        why = explain_infeasible(build(described, given), given=[u.id for u in described.units if u.available])
        spent.append(time.process_time() - began)
        if why is None or not why.conflict or not why.relaxation:
            raise SystemExit("the case was meant to have a conflict and a way out")
        found = len(why.conflict)
    label = f"dispatch, infeasibility explained, 50 assets, 96 quarter hours, {found} conditions"
    tell(Figure(f"{label}: median", float(np.median(spent)), "CPU s", 1.0))
    tell(Figure(f"{label}: worst of {TRIES}", float(np.max(spent)), "CPU s"))


def starved(described: Description) -> Description:
    """Needs are hard and there is too little heat: half of the boilers are away."""
    limits = described.limits.model_copy(update={"unserved_cny_per_kwh": None, "hard_needs": True})
    units = [
        u.model_copy(update={"capacity_kw": 0.25 * (u.capacity_kw or 0)}) if u.output == "steam" or u.heat else u
        for u in described.units
    ]
    return described.model_copy(update={"limits": limits, "units": units})


__all__ = ["conflicts", "demo_past", "year"]
