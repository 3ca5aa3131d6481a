"""A kept forecast beside what was known when it was issued, what came to be known of that time later, and what came."""

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from lingtan.base.ids import digest
from lingtan.base.time import iso
from lingtan.forecast.issue import Panel
from lingtan.forecast.record import MEDIAN, Forecast
from lingtan.forecast.scores import covered, crps
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.run_forecast import explain_forecast, load_forecast
from lingtan.services.workspace import Workspace

Floats = npt.NDArray[np.float64]
FOLDER = "cache/forecast/"
BEFORE = timedelta(days=2)  # of what was known, to be shown before the forecast
WEEK = timedelta(days=7)


def forecast_outcome(workspace: Workspace, sources: ForecastSources, name: str) -> dict[str, Any]:
    """By target: ``known`` then and ``late`` (known since) in the two days before, ``came`` within, and how good it was.

    ``known`` and ``late`` run from ``before`` to the forecast's start. Kept until readings or the park change.
    """
    made = load_forecast(workspace, name)
    found = made.forecast
    state = digest([workspace.store.head(), workspace.park_commit.content])[:12]
    path = f"{FOLDER}outcome-{made.id}-{state}.json"
    kept = workspace.blobs.get(path)
    if kept is not None:
        told: dict[str, Any] = json.loads(kept)
        return told
    meters = any(s.target.level == "meter" and s.target.kind == "load" for s in found.series.values())
    end = found.start + timedelta(seconds=found.step_s * found.steps)
    begin = found.start - BEFORE
    panel = read_panel(workspace, begin - WEEK, end, sources, step_s=found.step_s, meters=meters)
    told = {
        "run": made.id,
        "rev": workspace.store.head(),
        "before": iso(begin),
        "step_s": found.step_s,
        "targets": {t: _one(panel, found, t, begin) for t in found.series if t in panel.history.ids},
    }
    workspace.blobs.put(path, json.dumps(told).encode())
    return told


def _one(panel: Panel, found: Forecast, target: str, begin: datetime) -> dict[str, Any]:
    history = panel.history.pick([target])
    values, known = history.values[0], history.known(int(found.known_at.timestamp()))[0]
    first = (int(begin.timestamp()) - history.start_s) // history.step_s
    edge = (int(found.start.timestamp()) - history.start_s) // history.step_s
    past, then = values[first:edge], known[first:edge]
    came = values[edge : edge + found.steps]
    week = round(WEEK.total_seconds() / history.step_s)
    same = values[edge - week : edge - week + found.steps]  # a week before: what habit would have said
    return {
        "known": _plain(np.where(then, past, np.nan)),
        "late": _plain(np.where(then, np.nan, past)),
        "came": _plain(came),
        "score": _score(found, target, came, same),
    }


def _score(found: Forecast, target: str, came: Floats, same: Floats) -> dict[str, Any] | None:
    """Of this one forecast; None while nothing of it has come."""
    values = found.series[target].values[: len(came)]
    there = np.isfinite(came) & np.isfinite(values).all(axis=1)
    if not there.any():
        return None
    real, told = came[there], values[there]
    gap = np.abs(real - told[:, MEDIAN])
    before = np.abs(real - same[: len(came)][there])
    habit = float(np.nanmean(before)) if np.isfinite(before).any() else None
    return {
        "steps": int(there.sum()),
        "mae": float(gap.mean()),
        "crps": float(crps(real, told, found.quantiles).mean()),
        "covered_90": float(np.nanmean(covered(real, told, found.quantiles, 0.9))),
        "covered_50": float(np.nanmean(covered(real, told, found.quantiles, 0.5))),
        "mean": float(real.mean()),
        "habit_mae": habit,
    }


def _plain(values: Floats) -> list[float | None]:
    return [None if not np.isfinite(v) else round(float(v), 3) for v in values]


def forecast_reasons(
    workspace: Workspace, sources: ForecastSources, target: str, name: str, *, day: int = 0
) -> dict[str, Any]:
    """Drivers and similar days of a target as plain values; worked out once, for a forecast never changes.

    Raises
    ------
    InputError
        ``forecast.no-target``, ``forecast.not-modelled``, ``forecast.bad-day``.
    """
    made = load_forecast(workspace, name)
    path = f"{FOLDER}why-{digest([made.id, target, day])[:24]}.json"
    kept = workspace.blobs.get(path)
    if kept is not None:
        told: dict[str, Any] = json.loads(kept)
        return told
    _, why = explain_forecast(workspace, sources, target, made.id, day=day)
    series = made.forecast.series[target]
    told = {
        "run": made.id,
        "target": target,
        "day": day,
        "unit": why.target.unit,
        "model": series.model,
        "reason": series.reason,
        "base": why.base,
        "drivers": why.drivers,
        "median_before_sums": why.median,
        "similar_days": [{**vars(d), "day": d.day.isoformat()} for d in why.similar],
    }
    workspace.blobs.put(path, json.dumps(told).encode())
    return told
