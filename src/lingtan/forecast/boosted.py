"""One model for all series of a kind: gradient-boosted quantiles on scaled features, then calibrated bands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lingtan.forecast.calibration import Calibration, bucket_of, conformal, monotone
from lingtan.forecast.features import NAMES, WINDOW, Outside, Rows, build
from lingtan.forecast.history import DAY, History, Seen
from lingtan.forecast.record import MEDIAN, QUANTILES

if TYPE_CHECKING:
    import lightgbm

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Outlook = Callable[[Seen, int, Ints], Outside | None]  # what was seen, when, leads → what is expected outside

TRAINED = (0.05, 0.25, 0.50, 0.75, 0.95)
# where the further quantiles lie between those trained, for a normal distribution
BETWEEN = {0.10: (0, 1, 0.374), 0.90: (4, 3, 0.374)}
WARM_UP = 10  # days of data before the first origin that is learnt from
HELD_OUT = 28  # most days kept for the bands


@dataclass(frozen=True)
class Effort:
    """How much is spent on learning."""

    trees: int = 200
    rate: float = 0.05
    rows: int = 240_000  # at most so many for each quantile
    horizon_s: int = 7 * DAY
    threads: int = 1
    seed: int = 910
    hours: tuple[int, ...] = (
        0,
        9,
        15,
        20,
    )  # local hours of the origins: midnight each day and one of the others in turn


def nothing_outside(seen: Seen, at: int, leads: Ints) -> Outside | None:
    """Stands where nothing outside is known."""
    return None


@dataclass(frozen=True)
class Boosted:
    """A trained model: its trees by quantile, and its bands."""

    trees: tuple[str, ...]
    calibration: Calibration
    zone: str
    trained_at: int  # nothing that became known later was used
    rows: int = 0

    @cached_property
    def boosters(self) -> "tuple[lightgbm.Booster, ...]":
        """The trees as LightGBM runs them."""
        import lightgbm

        return tuple(lightgbm.Booster(model_str=text) for text in self.trees)

    def raw(self, rows: Rows, threads: int = 1) -> Floats:
        """Quantiles before calibration, of shape (series, leads, quantiles); NaN where there is no base."""
        shape = rows.base.shape
        flat = rows.flat()
        found = np.stack([b.predict(flat, num_threads=threads) for b in self.boosters], axis=1)
        return _spread_out(found.reshape(*shape, len(TRAINED))) * rows.scale[:, None, None] + rows.base[:, :, None]

    def predict(self, seen: Seen, leads: Ints, outside: Outside | None = None, threads: int = 1) -> Floats:
        """Calibrated quantiles of every series that was seen."""
        rows = build(seen, leads, self.zone, outside)
        return self.calibration.apply(
            seen.ids, self.raw(rows, threads), np.asarray(rows.scale, np.float64), bucket_of(leads, seen.step_s)
        )

    def drivers(self, rows: Rows) -> Floats:
        """What each feature adds to the median, of shape (series, leads, features + 1); the last is the constant. [unit]"""
        found = self.boosters[TRAINED.index(0.5)].predict(rows.flat(), pred_contrib=True, num_threads=1)
        table = np.asarray(found).reshape(*rows.base.shape, len(NAMES) + 1)
        return table * rows.scale[:, None, None]

    def caught_up(
        self, history: History, at: int, outlook: Outlook = nothing_outside, most_days: int = 14
    ) -> "Boosted":
        """The bands after the days between training and ``at``, each forecast as it would have been and held against what came."""
        horizon = DAY // history.step_s
        last = (at - horizon * history.step_s) // DAY * DAY
        first = max(self.trained_at, last - (most_days - 1) * DAY)
        calibration = self.calibration
        leads = np.arange(horizon, dtype=np.int64)[:: max(3600 // history.step_s, 1)]
        for day in range(-(-first // DAY) * DAY, last + 1, DAY):
            seen = history.seen(day, WINDOW)
            model = replace(self, calibration=calibration)
            given = model.predict(seen, leads, outlook(seen, day, leads))
            actual = history.labels(at, day, leads)
            calibration = calibration.followed(history.ids, given, actual, bucket_of(leads, history.step_s))
        return replace(self, calibration=calibration)

    def as_dict(self) -> dict[str, Any]:
        """For files."""
        return {
            "trees": list(self.trees),
            "calibration": self.calibration.as_dict(),
            "zone": self.zone,
            "trained_at": self.trained_at,
            "rows": self.rows,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Boosted":
        """The model of :meth:`as_dict`."""
        return cls(
            tuple(data["trees"]),
            Calibration.from_dict(data["calibration"]),
            data["zone"],
            data["trained_at"],
            data["rows"],
        )


def _spread_out(found: Floats) -> Floats:
    """All quantiles from those trained."""
    found = monotone(found, TRAINED)
    columns = []
    for q in QUANTILES:
        if q in TRAINED:
            columns.append(found[..., TRAINED.index(q)])
        else:
            outer, inner, share = BETWEEN[q]
            columns.append(found[..., outer] + share * (found[..., inner] - found[..., outer]))
    return np.stack(columns, axis=-1)


def origins(history: History, at: int, days: int, effort: Effort, zone_s: int) -> list[int]:
    """Moments to learn from, oldest first: each local midnight, and one more hour of the day in turn."""
    known = np.isfinite(history.values) & (history.available <= at)
    some = np.flatnonzero(known.any(axis=0))
    if not len(some):
        return []
    begin = max(history.start_s + int(some[0]) * history.step_s + WARM_UP * DAY, at - days * DAY)
    first = -(-(begin + zone_s) // DAY) * DAY - zone_s
    found = []
    for i, midnight in enumerate(range(first, at, DAY)):
        found.append(midnight)
        if len(effort.hours) > 1:
            found.append(midnight + effort.hours[1 + i % (len(effort.hours) - 1)] * 3600)
    return [o for o in found if o + history.step_s <= at]


def train(
    history: History,
    at: int,
    zone: str,
    *,
    days: int = 365,
    effort: Effort = Effort(),
    outlook: Outlook = nothing_outside,
    zone_s: int = 8 * 3600,
) -> Boosted | None:
    """Learn from what was known at ``at``; None where there is too little to learn from.

    The last weeks, at most a quarter of the days, are first kept out: a model of the days before gives the scores
    for the bands. The trees that are kept learn from all days.
    """
    moments = origins(history, at, days, effort, zone_s)
    midnights = [o for o in moments if (o + zone_s) % DAY == 0]
    held = min(HELD_OUT, len(midnights) // 4)
    if len(midnights) < 4 or held < 1:
        return None
    split = midnights[-held]
    parts = [_rows(history, o, at, zone, effort, outlook, i) for i, o in enumerate(moments)]
    early = [i for i, o in enumerate(moments) if o < split]
    # a lead of the early origins that reaches beyond the split is not learnt before the bands are made
    first = _fit([parts[i] for i in early], effort, before=split)
    whole = _fit(parts, effort)
    if first is None or whole is None:
        return None
    calibration = _bands(first[0], history, [o for o in midnights if o >= split], at, zone, effort, outlook)
    return Boosted(whole[0], calibration, zone, at, whole[1])


@dataclass(frozen=True)
class _Part:
    """Rows of one origin."""

    features: npt.NDArray[np.float32]
    target: Floats
    ends: Ints


def _leads(history: History, effort: Effort, number: int) -> Ints:
    """Leads to learn from at an origin: all of the first day, and as many again from the days after it."""
    day = history.day
    total = effort.horizon_s // history.step_s
    near = np.arange(min(day, total))
    if total <= day:
        return near.astype(np.int64)
    rng = np.random.default_rng([effort.seed, number])
    far = np.sort(rng.choice(np.arange(day, total), size=min(day // 2, total - day), replace=False))
    return np.concatenate([near, far]).astype(np.int64)


def _rows(history: History, origin: int, at: int, zone: str, effort: Effort, outlook: Outlook, number: int) -> _Part:
    leads = _leads(history, effort, number)
    share = effort.rows * 1.6 / max(len(history.ids) * len(leads) * _moments(history, effort), 1)
    rng = np.random.default_rng([effort.seed, 1, number])
    if share < 0.5:  # too many to keep: take some of the leads, other ones at each origin
        leads = np.sort(rng.choice(leads, size=max(int(len(leads) * share), 8), replace=False))
    seen = history.seen(origin, WINDOW)
    rows = build(seen, leads, zone, outlook(seen, origin, leads))
    label = history.labels(at, origin, leads)
    with np.errstate(invalid="ignore", divide="ignore"):
        target = (label - rows.base) / rows.scale[:, None]
    ends = np.broadcast_to(origin + (leads + 1) * history.step_s, target.shape)
    good = (np.isfinite(target) & (rows.scale > 0)[:, None]).ravel()
    return _Part(rows.flat()[good], np.clip(target.ravel()[good], -20, 20), ends.ravel()[good].astype(np.int64))


def _moments(history: History, effort: Effort) -> int:
    return max(int(history.values.shape[1]) // history.day, 1) * (2 if len(effort.hours) > 1 else 1)


def _fit(parts: Sequence[_Part], effort: Effort, before: int | None = None) -> tuple[tuple[str, ...], int] | None:
    import lightgbm

    kept = [np.flatnonzero(p.ends <= before) if before is not None else np.arange(len(p.target)) for p in parts]
    total = sum(len(k) for k in kept)
    if total < 200:
        return None
    stride = max(total / effort.rows, 1.0)
    taken = [
        k[np.unique((np.arange(int(np.ceil(len(k) / stride))) * stride).astype(int))] if len(k) else k for k in kept
    ]
    x = np.concatenate([p.features[k] for p, k in zip(parts, taken, strict=True)])
    y = np.concatenate([p.target[k] for p, k in zip(parts, taken, strict=True)])
    leaves = 15 if len(y) < 60_000 else 31
    settings = {
        "objective": "quantile",
        "verbose": -1,
        "num_threads": effort.threads,
        "deterministic": True,
        "force_row_wise": True,
        "seed": effort.seed,
        "num_leaves": leaves,
        "learning_rate": effort.rate,
        "min_data_in_leaf": int(np.clip(len(y) // 100, 20, 300)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.5,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": 127,
    }
    data = lightgbm.Dataset(
        x, y, params={"max_bin": 127, "verbose": -1, "num_threads": effort.threads}, free_raw_data=False
    )
    data.construct()
    trees = tuple(
        lightgbm.train({**settings, "alpha": q}, data, effort.trees).model_to_string(num_iteration=-1) for q in TRAINED
    )
    return trees, len(y)


def _bands(
    trees: tuple[str, ...],
    history: History,
    held: Sequence[int],
    at: int,
    zone: str,
    effort: Effort,
    outlook: Outlook,
) -> Calibration:
    empty = Calibration(history.ids, QUANTILES, np.zeros((1, 1, 1)), np.zeros((1, 1)))
    model = Boosted(trees, empty, zone, at)
    raw, actual, scale, buckets = [], [], [], []
    total = effort.horizon_s // history.step_s
    hour = max(3600 // history.step_s, 1)
    for i, origin in enumerate(held):
        rng = np.random.default_rng([effort.seed, 2, i])
        near = np.arange(min(history.day, total), dtype=np.int64)[i % hour :: hour]
        far = (
            np.sort(rng.choice(np.arange(len(near) * hour, total), 24, replace=False))
            if total > history.day
            else near[:0]
        )
        leads = np.concatenate([near, far]).astype(np.int64)
        seen = history.seen(origin, WINDOW)
        rows = build(seen, leads, zone, outlook(seen, origin, leads))
        raw.append(model.raw(rows, effort.threads))
        actual.append(history.labels(at, origin, leads))
        scale.append(rows.scale)
        buckets.append(bucket_of(leads, history.step_s))
    return conformal(history.ids, QUANTILES, np.stack(raw), np.stack(actual), np.stack(scale), np.stack(buckets))


def median_of(values: Floats) -> Floats:
    """The median of quantiles in the last axis."""
    return values[..., MEDIAN]
