"""Replay a stretch of the park's own past: planned with what was known, against rules, habit and perfect foresight."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lingtan.base.errors import DataError, InputError
from lingtan.base.time import Period, iso
from lingtan.forecast.record import QUANTILES
from lingtan.optimize.dispatch.inputs import Horizon
from lingtan.optimize.dispatch.peaks import usual_peaks
from lingtan.optimize.dispatch.record import STORES, Description
from lingtan.optimize.dispatch.replay import (
    Expected,
    Hear,
    Outcome,
    Past,
    by_habit,
    by_rules,
    day_ahead,
    hourly,
    on_scenarios,
    perfect,
    weekly_naive,
)
from lingtan.optimize.model import FloatArray
from lingtan.services.dispatch_series import FADE_HOURS, actual_series, hourly_power
from lingtan.services.dispatch_store import description_of
from lingtan.services.forecast_sources import ForecastSources, NoSources
from lingtan.services.ports import Listener, silent
from lingtan.services.workspace import Workspace

if TYPE_CHECKING:
    from lingtan.services.dispatch_outlook import Outlooks

WAYS: dict[str, Callable[..., Outcome]] = {
    "rules": by_rules,
    "habit": by_habit,
    "day-ahead": day_ahead,
    "scenarios": on_scenarios,
    "hourly": hourly,
}
EXPECTING = ("forecast", "week")
LEAST_MEASURED = 0.2  # most of the weeks before that may be filled in
WORST_SHARE = 0.05
PEAK_DAYS = 28  # of the past from which a month's usual peak is taken


def backtest_dispatch(
    workspace: Workspace,
    period: str,
    *,
    ways: tuple[str, ...] = ("rules", "habit", "day-ahead"),
    file: Path | None = None,
    expect: str = "forecast",
    carbon_price: float | None = None,
    sources: ForecastSources | None = None,
    now: datetime | None = None,
    hear: Hear | None = None,
    listener: Listener = silent,
) -> dict[str, Any]:
    """Outcomes of each way with their regret against perfect foresight. Steps are hours.

    Parameters
    ----------
    expect
        ``forecast``: what forecasts would have said, learnt anew each four weeks from what was known then, and kept; ``week``: last
        week's values plus the latest error, fading.
    carbon_price
        In place of the description's, counted in the cost of every way. [CNY/tCO2]

    Raises
    ------
    InputError
        ``dispatch.unknown-way``.
    DataError
        ``dispatch.no-readings``.
    """
    for way in ways:
        if way not in WAYS:
            raise InputError("dispatch.unknown-way", way=way, known=", ".join(WAYS))
    if expect not in EXPECTING:
        raise InputError("dispatch.unknown-expectation", expect=expect, known=", ".join(EXPECTING))
    description, notes = description_of(workspace, file)
    description = description.model_copy(update={"step_minutes": 60})
    if carbon_price is not None:
        money = description.money.model_copy(update={"carbon_cny_per_kg": carbon_price / 1000})
        description = description.model_copy(update={"money": money})
    asked = Period.parse(period, workspace.park.park.timezone)
    actual, filled = actual_series(workspace, description, asked, sources=sources, listener=listener)
    whole = Horizon(asked.start, asked.hours, 60, description.timezone)
    began = time.process_time()
    simple, bands = 0, None
    expected: Expected = weekly_naive(actual, 1.0, fade_hours=FADE_HOURS)
    if expect == "forecast":
        from lingtan.services.dispatch_outlook import past_outlooks

        outlooks = past_outlooks(workspace, description, sources or NoSources(), asked, listener=listener)
        simple = outlooks.simple
        expected = _by_outlooks(outlooks, whole, actual)
        zero = int(whole.start.timestamp())

        def bands(first: int, steps: int) -> Mapping[str, FloatArray] | None:
            return outlooks.quantiles(zero + first * 3600, steps)

    forecast_s = time.process_time() - began
    habit = _habit(workspace, description, asked, listener)
    peaks = _usual(workspace, description, asked, actual, sources, listener)
    past = Past(description, whole, actual, expected, habit, usual_peak=peaks, bands=bands, quantiles=QUANTILES)
    began = time.process_time()
    best = perfect(past)
    spent = {"perfect": time.process_time() - began}
    outcomes = []
    for way in ways:
        began = time.process_time()
        outcomes.append(WAYS[way](past, hear=hear))
        spent[way] = time.process_time() - began
    return {
        "period": asked.label,
        "made_at": iso(now or workspace.clock()),
        "carbon_cny_per_t": round(description.money.carbon_cny_per_kg * 1000, 2),
        "expected_from": "forecast" if expect == "forecast" else "weekly-naive",
        "issues_by_simple_rules": simple,
        "forecast_cpu_s": round(forecast_s, 1),
        "habit_from": "readings" if habit else "rules",
        "outcomes": [_told(o, best, spent[o.name]) for o in [*outcomes, best]],
        "filled": {k: round(v, 4) for k, v in filled.items() if v > 0},
        "assumptions": [vars(n) for n in notes],
    }


def _by_outlooks(outlooks: "Outlooks", whole: Horizon, actual: Mapping[str, FloatArray]) -> Expected:
    """The newest issue at each instant; what is not forecast (constants, the air) as it was the day before."""
    start = int(whole.start.timestamp())
    rest = {n: v for n, v in actual.items() if n not in outlooks.ids}
    other = weekly_naive(rest, 1.0) if rest else None

    def expected(first: int, steps: int) -> dict[str, FloatArray]:
        found = outlooks.expected(start + first * 3600, steps)
        return {**(other(first, steps) if other else {}), **found}

    return expected


def _usual(
    workspace: Workspace,
    description: Description,
    period: Period,
    actual: Mapping[str, FloatArray],
    sources: ForecastSources | None,
    listener: Listener,
) -> Callable[[int], Mapping[str, float]]:
    """What the month will see in any case, from the four weeks before each day as far as there are readings."""
    before = Period("before", period.start - timedelta(days=PEAK_DAYS), period.start, period.zone)
    earlier: dict[str, FloatArray] = {}
    try:
        read, filled = actual_series(workspace, description, before, sources=sources, listener=listener)
        earlier = read if max(filled.values(), default=0.0) <= LEAST_MEASURED else {}
    except DataError:
        pass
    width = before.hours if earlier else 0
    whole = {n: np.concatenate([earlier[n], v]) if earlier else v for n, v in actual.items()}
    kept: dict[int, dict[str, float]] = {}

    def usual(first: int) -> Mapping[str, float]:
        end = width + first // 24 * 24
        if end not in kept:
            begin = max(end - PEAK_DAYS * 24, 0)
            at = period.start + timedelta(hours=begin - width)
            part = {n: v[begin:end] for n, v in whole.items()}
            kept[end] = usual_peaks(description, Horizon(at, end - begin, 60, description.timezone), part)
        return kept[end]

    return usual


def _habit(workspace: Workspace, description: Description, period: Period, listener: Listener) -> dict[str, FloatArray]:
    """What stores and units were measured to do."""
    found: dict[str, FloatArray] = {}
    for unit in description.units:
        if unit.kind in STORES and len(unit.meters) == 2:
            read = hourly_power(workspace, unit.meters, period, listener=listener)
            found[f"{unit.id}.charge"], found[f"{unit.id}.discharge"] = (read[m] for m in unit.meters)
        elif unit.whole and unit.meters:
            power = hourly_power(workspace, unit.meters[:1], period, listener=listener)[unit.meters[0]]
            found[f"{unit.id}.on"] = np.where(np.isfinite(power), np.where(power > 1.0, 1.0, 0.0), np.nan)
    return found


def _worst_days(days_cny: Sequence[float]) -> float | None:
    """Mean cost of the dearest twentieth of the days, each rise of a month's peak counted on its day. [CNY]"""
    if not days_cny:
        return None
    dearest = sorted(days_cny, reverse=True)[: max(1, round(WORST_SHARE * len(days_cny)))]
    return round(sum(dearest) / len(dearest), 2)


def _told(outcome: Outcome, best: Outcome, cpu_s: float) -> dict[str, Any]:
    peaks = {f"{(m - 1) // 12}-{(m - 1) % 12 + 1:02d}": round(v, 1) for m, v in outcome.peaks_kw.items()}
    return {
        "way": outcome.name,
        "cost_cny": round(outcome.cost_cny, 2),
        "energy_cny": round(outcome.energy_cny, 2),
        "demand_cny": round(outcome.demand_cny, 2),
        "worst_days_cny": _worst_days(outcome.days_cny),
        "emissions_t": round(outcome.emissions_kg / 1000, 3),
        "green_share": round(outcome.green_share, 5),
        "peak_kw": round(outcome.peak_kw, 1),
        "peaks_kw": peaks,
        "cycles": {k: round(v, 2) for k, v in outcome.cycles.items()},
        "import_mwh": round(outcome.import_kwh / 1000, 2),
        "export_mwh": round(outcome.export_kwh / 1000, 2),
        "unserved_kwh": round(outcome.unserved_kwh, 3),
        "not_followed_kwh": round(outcome.deviation_kwh, 1),
        "regret_cny": round(outcome.cost_cny - best.cost_cny, 2),
        "regret_t": round((outcome.emissions_kg - best.emissions_kg) / 1000, 3),
        "bound": outcome.proven,
        "fallbacks": outcome.fallbacks,
        "cpu_s": round(cpu_s, 1),
    }
