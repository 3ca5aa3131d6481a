"""One model for all series of a kind: gradient-boosted quantiles on scaled features, then calibrated bands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lingtan.forecast.calibration import BUCKETS_H, Calibration, bucket_of, conformal, monotone
from lingtan.forecast.features import NAMES, WINDOW, Outside, Rows, build
from lingtan.forecast.history import DAY, History, Seen
from lingtan.forecast.record import QUANTILES
from lingtan.forecast.scores import pinball

if TYPE_CHECKING:
    import lightgbm

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Outlook = Callable[[Seen, int, Ints], Outside | None]  # what was seen, when, leads → what is expected outside

TRAINED = (0.05, 0.25, 0.50, 0.75, 0.95)
# where the further quantiles lie between those trained, for a normal distribution
BETWEEN = {0.10: (0, 1, 0.374), 0.90: (4, 3, 0.374)}
NORMAL = (-1.6449, -0.6745, 0.0, 0.6745, 1.6449)  # the quantiles trained, of a normal distribution
TRUSTS = (1.0, 0.75, 0.5, 0.25)
FOLLOWED = (0, 1, 4)  # days before a day at which its forecasts are held against it
WARM_UP = 10  # days of data before the first origin that is learnt from
HELD_OUT = 28  # most days kept for the bands


@dataclass(frozen=True)
class Effort:
    """How much is spent on learning."""

    trees: int = 120
    rate: float = 0.08
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
    trust: tuple[float, ...] = (1.0,) * len(BUCKETS_H)  # share of the trees by horizon; the rest is plain habit

    @cached_property
    def boosters(self) -> "tuple[lightgbm.Booster, ...]":
        """The trees as LightGBM runs them."""
        import lightgbm

        return tuple(lightgbm.Booster(model_str=text) for text in self.trees)

    def raw(self, rows: Rows, bucket: Ints, threads: int = 1) -> Floats:
        """Quantiles before calibration, of shape (series, leads, quantiles); NaN where there is no base."""
        shape = rows.base.shape
        flat = rows.flat()
        found = np.stack([b.predict(flat, num_threads=threads) for b in self.boosters], axis=1)
        return _scaled(blended(found.reshape(*shape, len(TRAINED)), rows, np.asarray(self.trust)[bucket]), rows)

    def predict(self, seen: Seen, leads: Ints, outside: Outside | None = None, threads: int = 1) -> Floats:
        """Calibrated quantiles of every series that was seen."""
        return self._told(seen, leads, outside, threads)[0]

    def _told(self, seen: Seen, leads: Ints, outside: Outside | None, threads: int = 1) -> tuple[Floats, Rows]:
        rows = build(seen, leads, self.zone, outside)
        bucket = bucket_of(leads, seen.step_s)
        raw = self.raw(rows, bucket, threads)
        made = self.calibration.apply(seen.ids, raw, np.asarray(rows.scale, np.float64), bucket)
        if rows.plan is not None:  # the bands are those of plants that run
            made = np.where(rows.plan.stopped[:, :, None], raw, made)
        return made, rows

    def drivers(self, rows: Rows) -> Floats:
        """What each feature adds to the median, of shape (series, leads, features + 1); the last is the constant. [unit]"""
        found = self.boosters[TRAINED.index(0.5)].predict(rows.flat(), pred_contrib=True, num_threads=1)
        table = np.asarray(found).reshape(*rows.base.shape, len(NAMES) + 1)
        return table * rows.scale[:, None, None]

    def caught_up(
        self, history: History, at: int, outlook: Outlook = nothing_outside, most_days: int = 14
    ) -> "Boosted":
        """The bands after the days between training and ``at``, each forecast as it would have been and held against what came."""
        steps = DAY // history.step_s
        hour = max(3600 // history.step_s, 1)
        passed = (at - self.trained_at) // DAY
        calibration = self.calibration
        for number in range(max(passed - most_days, 0), passed):
            day = self.trained_at + number * DAY
            model = replace(self, calibration=calibration)
            for back in FOLLOWED:  # the day as it was forecast on the day itself, the day before, and earlier
                origin = day - back * DAY
                leads = back * steps + np.arange(0, steps, hour if back == 0 else 3 * hour, dtype=np.int64)
                seen = history.seen(origin, WINDOW)
                given, rows = model._told(seen, leads, outlook(seen, origin, leads))
                actual = rows.counted(history.labels(at, origin, leads))
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
            "trust": list(self.trust),
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
            tuple(data["trust"]),
        )


def blended(trees: Floats, rows: Rows, trust: Floats) -> Floats:
    """Scaled quantiles of the trees, drawn towards a normal spread of the days of the same kind around their mean."""
    plain = np.asarray(NORMAL) * np.asarray(rows.similar, np.float64)[:, :, None]
    weight = trust[None, :, None]
    return weight * monotone(trees, TRAINED) + (1 - weight) * plain


def _scaled(found: Floats, rows: Rows) -> Floats:
    full = np.asarray(_spread_out(found) * rows.scale[:, None, None] + rows.base[:, :, None], np.float64)
    return rows.brought_down(full)


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


def can_learn() -> bool:
    """Whether LightGBM can be loaded; it needs the system's OpenMP library."""
    try:
        import lightgbm  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def origins(history: History, at: int, days: int, effort: Effort, zone_s: int) -> list[int]:
    """Moments to learn from, oldest first: each local midnight, and one more hour of the day in turn."""
    some = np.flatnonzero(history.known(at).any(axis=0))
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
    trust, calibration = _bands(first[0], history, [o for o in midnights if o >= split], at, zone, effort, outlook)
    return Boosted(whole[0], calibration, zone, at, whole[1], trust)


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
    label = rows.freed(history.labels(at, origin, leads))
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
) -> tuple[tuple[float, ...], Calibration]:
    """How far the trees are trusted at each horizon, and the bands, from days that they have not learnt from."""
    import lightgbm

    boosters = [lightgbm.Booster(model_str=text) for text in trees]
    kept: list[tuple[Floats, Rows, Floats, Ints]] = []
    total = effort.horizon_s // history.step_s
    hour = max(3600 // history.step_s, 1)
    for i, origin in enumerate(held):
        rng = np.random.default_rng([effort.seed, 2, i])
        parts = [np.arange(min(history.day, total), dtype=np.int64)[i % hour :: hour]]
        for low, high in ((history.day, 2 * history.day), (2 * history.day, total)):
            if total > low:
                parts.append(np.sort(rng.choice(np.arange(low, min(high, total)), 12, replace=False)))
        leads = np.concatenate(parts).astype(np.int64)
        seen = history.seen(origin, WINDOW)
        rows = build(seen, leads, zone, outlook(seen, origin, leads))
        found = np.stack([b.predict(rows.flat(), num_threads=effort.threads) for b in boosters], axis=1)
        actual = history.labels(at, origin, leads)
        kept.append((found.reshape(*rows.base.shape, len(TRAINED)), rows, actual, bucket_of(leads, history.step_s)))
    trust = _trust(kept)
    raw = np.stack([_scaled(blended(f, rows, np.asarray(trust)[b]), rows) for f, rows, _, b in kept])
    actuals, buckets = np.stack([k[1].counted(k[2]) for k in kept]), np.stack([k[3] for k in kept])
    scale = np.stack([np.asarray(k[1].scale, np.float64) for k in kept])
    return trust, conformal(history.ids, QUANTILES, raw, actuals, scale, buckets)


def _trust(kept: Sequence[tuple[Floats, Rows, Floats, Ints]]) -> tuple[float, ...]:
    """The share at each horizon under which held-out days were forecast best."""
    loss = np.zeros((len(TRUSTS), len(BUCKETS_H)))
    for found, rows, actual, bucket in kept:
        with np.errstate(invalid="ignore", divide="ignore"):
            came = (rows.freed(actual) - rows.base) / rows.scale[:, None]
        for k, share in enumerate(TRUSTS):
            lost = pinball(came, blended(found, rows, np.full(len(bucket), share)), TRAINED)
            for b in np.unique(bucket):
                mine = lost[:, bucket == b]
                loss[k, b] += mine[np.isfinite(mine)].sum()
    best = loss.argmin(axis=0)
    seen = np.asarray(loss.sum(axis=0) > 0)
    return tuple(TRUSTS[best[b]] if seen[b] else TRUSTS[0] for b in range(len(BUCKETS_H)))
