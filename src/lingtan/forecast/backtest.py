"""A backtest with rolling origin: forecasts as they would have been issued, held against what came and against simple rules.

At each origin only what was known then is seen; models are trained anew at intervals, and their bands follow the days in between.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lingtan.forecast.boosted import Effort, train
from lingtan.forecast.calibration import BUCKETS_H, bucket_of
from lingtan.forecast.features import WINDOW
from lingtan.forecast.history import DAY, NEVER
from lingtan.forecast.issue import Models, Panel, issue
from lingtan.forecast.record import MEDIAN, QUANTILES, Forecast
from lingtan.forecast.rules import BASELINES, RULES, climate, of_climate
from lingtan.forecast.scores import covered, crps, pinball

Floats = npt.NDArray[np.float64]
LATE = NEVER - 1  # by then everything has become known


@dataclass(frozen=True)
class Score:
    """Of one target, horizon bucket and method, over all origins. Losses in the target's unit, coverage as a share.

    Coverage is that of the ``counted`` steps, those whose band has a width: PV at night is no merit. Where none has, of all.
    """

    target: str
    kind: str
    bucket_h: int
    method: str
    pinball: float
    crps: float
    mae: float
    covered_90: float
    covered_50: float
    mean_actual: float
    values: int
    counted: int = 0


@dataclass(frozen=True)
class Backtest:
    """Scores, the models' fallbacks by target, and some forecasts to look at with what came."""

    scores: tuple[Score, ...]
    origins: tuple[int, ...]
    trained: tuple[int, ...]
    fallbacks: Mapping[str, Mapping[str, int]]
    samples: tuple[tuple[Forecast, Mapping[str, Floats]], ...] = ()

    def skill(self, target: str, bucket_h: int, against: str) -> float | None:
        """1 less the ratio of pinball losses; None where either is missing."""
        found = {s.method: s for s in self.scores if s.target == target and s.bucket_h == bucket_h}
        if "forecast" not in found or against not in found or not found[against].pinball > 0:
            return None
        return 1 - found["forecast"].pinball / found[against].pinball


def train_all(panel: Panel, at: int, *, days: int, effort: Effort, zone_s: int) -> Models:
    """A model for each kind that has enough to learn from."""
    kinds = {}
    for kind in ("load", "pv", "wind", "price"):
        ids = [t.id for t in panel.of(kind)]
        if ids:
            spent = effort if kind == "load" else replace(effort, rows=min(effort.rows, 30_000))
            made = train(
                panel.history.pick(ids), at, panel.surroundings.zone,
                days=days, effort=spent, outlook=panel.outlook(kind), zone_s=zone_s,
            )  # fmt: skip
            if made is not None:
                kinds[kind] = made
    return Models(kinds, at)


def caught_up(panel: Panel, models: Models, at: int, most_days: int = 14) -> Models:
    """Models whose bands have followed the days since they were trained."""
    kinds = {
        kind: m.caught_up(panel.history.pick([t.id for t in panel.of(kind)]), at, panel.outlook(kind), most_days)
        for kind, m in models.kinds.items()
        if panel.of(kind)
    }
    return replace(models, kinds=kinds)


def backtest(
    panel: Panel,
    origins: Sequence[int],
    *,
    steps: int,
    days: int,
    effort: Effort,
    zone_s: int,
    retrain_days: int = 28,
    keep: int = 6,
    listener: Callable[[int, int], None] = lambda done, total: None,
) -> Backtest:
    """Score the forecasts issued at ``origins``, and the baselines at the same. [s since 1970]"""
    sums: dict[tuple[str, int, str], Floats] = {}
    fallbacks: dict[str, dict[str, int]] = {}
    samples: list[tuple[Forecast, Mapping[str, Floats]]] = []
    trained: list[int] = []
    models: Models | None = None
    tables: Floats | None = None
    shown = set(np.linspace(0, len(origins) - 1, min(keep, len(origins))).astype(int).tolist())
    history = panel.history
    leads = np.arange(steps, dtype=np.int64)
    buckets = bucket_of(leads, history.step_s)
    place = {name: i for i, name in enumerate(history.ids)}
    before = 0
    for number, origin in enumerate(origins):
        if models is None or origin - trained[-1] >= retrain_days * DAY:
            models = train_all(panel, origin, days=days, effort=effort, zone_s=zone_s)
            trained.append(origin)
            span = max((origin - history.start_s) // DAY, 1)
            tables = climate(history.seen(origin, int(span)), QUANTILES, panel.surroundings.zone)
        else:
            models = caught_up(panel, models, origin, max((origin - before) // DAY, 1))
            models = replace(models, kinds={k: replace(m, trained_at=origin) for k, m in models.kinds.items()})
        before = origin
        made = issue(panel, models, origin, steps)
        actual = history.labels(LATE, origin, leads)
        seen = history.seen(origin, WINDOW)
        rivals = {
            name: of_climate(tables, seen, leads, panel.surroundings.zone)
            if name == "climatology" and tables is not None
            else RULES[name](seen, leads, QUANTILES, panel.surroundings.zone)
            for name in (*BASELINES, "similar-days")
        }
        for name, series in made.series.items():
            row = place[name]
            _add(sums, name, "forecast", series.values, actual[row], buckets)
            for rival, values in rivals.items():
                _add(sums, name, rival, values[row], actual[row], buckets)
            if series.fallback:
                told = fallbacks.setdefault(name, {})
                told[f"{series.model}: {series.reason}"] = told.get(f"{series.model}: {series.reason}", 0) + 1
        if number in shown:
            samples.append((made, {t.id: actual[place[t.id]] for t in panel.targets}))
        listener(number + 1, len(origins))
    kinds = {t.id: t.kind for t in panel.targets}
    scores = []
    for (name, b, method), total in sorted(sums.items()):
        losses, many, held, counted = total[:4], float(total[4]), total[5:9], float(total[9])
        nine, five = (held[2:] / counted if counted else held[:2] / many).tolist()
        loss, spread, away, mean = (losses / many).tolist()
        scores.append(
            Score(
                name, kinds[name], BUCKETS_H[b], method, loss, spread, away, nine, five, mean, int(many), int(counted)
            )
        )  # fmt: skip
    return Backtest(tuple(scores), tuple(origins), tuple(trained), fallbacks, tuple(samples))


def _add(
    sums: dict[tuple[str, int, str], Floats], name: str, method: str, values: Floats, actual: Floats, buckets: Any
) -> None:
    known = np.isfinite(actual) & np.isfinite(values).all(axis=1)
    if not known.any():
        return
    nine, five = (covered(actual, values, QUANTILES, share) for share in (0.9, 0.5))
    # a band of no width that holds, as of PV at night, is no merit; one that does not is a miss
    counted = ((values[:, -1] > values[:, 0]) | (nine == 0)).astype(float)
    table = np.stack(
        [
            pinball(actual, values, QUANTILES),
            crps(actual, values, QUANTILES),
            np.abs(actual - values[:, MEDIAN]),
            actual,
            np.ones(len(actual)),
            nine,
            five,
            nine * counted,
            five * counted,
            counted,
        ]
    )
    for b in np.unique(buckets[known]):
        mine = known & (buckets == b)
        key = (name, int(b), method)
        sums[key] = sums.get(key, np.zeros(len(table))) + table[:, mine].sum(axis=1)
