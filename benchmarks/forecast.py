"""Train one model for 300 enterprises, and forecast all of them."""

import resource
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, tell
from benchmarks.park_year import QUICK, Size
from lingtan.forecast.boosted import Effort, train
from lingtan.forecast.features import WINDOW
from lingtan.forecast.history import DAY, History, regular
from lingtan.forecast.record import QUANTILES
from lingtan.forecast.rules import weekly_naive
from lingtan.forecast.scores import covered, pinball

ENTERPRISES, DAYS = 300, 60
START_S = 1_749_484_800  # Tuesday, 10 June 2025, 00:00 in China: no holiday before October
SCORED_DAYS = 3
ZONE_S = 8 * 3600


def enterprises(count: int, days: int, seed: int = 910) -> History:
    """Loads with shifts, free days, weather and noise that remembers; each with its own character."""
    rng = np.random.default_rng(seed)
    steps = days * 96
    slot = np.arange(steps) % 96 / 96
    day = np.arange(steps) // 96
    free = (day + 1) % 7 >= 5
    air = np.repeat(rng.standard_normal(days).cumsum() * 0.5, 96) + 4 * np.sin(2 * np.pi * (slot - 0.35))
    made = np.empty((count, steps))
    for i in range(count):
        begin, long = rng.uniform(0.2, 0.4), rng.choice([0.35, 0.65, 1.0])
        on = ((slot - begin) % 1 < long).astype(float)
        shape = 0.3 + on * np.where(free, rng.uniform(0.0, 1.0), 1.0) + 0.02 * rng.standard_normal() * air
        noise = np.empty(steps)
        level, keep = 0.0, rng.uniform(0.8, 0.98)
        for k, shock in enumerate(rng.standard_normal(steps) * 0.08):
            level = keep * level + shock
            noise[k] = level
        made[i] = np.maximum(shape * np.exp(noise), 0) * np.exp(rng.uniform(4, 9))
    return regular(made, start_s=START_S, step_s=900, ids=[f"e{i}" for i in range(count)])


def forecast(folder: Path, size: Size) -> None:
    """Day-ahead quantiles from 60 days; the days after are scored."""
    count = 30 if size == QUICK else ENTERPRISES
    history = enterprises(count, DAYS + SCORED_DAYS)
    at = START_S + DAYS * DAY
    begin = time.process_time()
    model = train(history, at, "Asia/Shanghai", effort=Effort(horizon_s=DAY, hours=(0,)), zone_s=ZONE_S)
    spent = time.process_time() - begin
    assert model is not None
    _ = model.boosters
    leads = np.arange(96, dtype=np.int64)
    begin = time.process_time()
    seen = history.seen(at, WINDOW)
    model.predict(seen, leads)
    told = time.process_time() - begin
    lost, held = np.zeros(2), []
    for origin in range(at, history.end_s, DAY):
        seen = history.seen(origin, WINDOW)
        actual = history.labels(history.end_s, origin, leads)
        values = model.predict(seen, leads)
        naive = weekly_naive(seen, leads, QUANTILES, "Asia/Shanghai")
        scale = actual.mean(axis=1)[:, None]
        lost += [float((pinball(actual, v, QUANTILES) / scale).mean()) for v in (values, naive)]
        held.append(float(np.nanmean(covered(actual, values, QUANTILES))))
    note = f"{count} enterprises, {DAYS} days, {model.rows:,} rows kept for each quantile"
    tell(Figure("forecast, train", spent, "CPU s", 90.0, note=note))
    tell(Figure("forecast, predict all", told, "CPU s", 1.0, note="features and bands included"))
    tell(Figure("forecast, pinball of weekly naive", lost[0] / lost[1], "", 0.85, note="synthetic"))
    tell(Figure("forecast, 90 % band holds", float(np.mean(held)) * 100, "%", note=f"{SCORED_DAYS} days"))
    tell(Figure("forecast, memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB", 2.0))
