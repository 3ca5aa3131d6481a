"""The simple rules: what a forecast falls back to, and what it must beat.

Each takes what was seen and gives quantiles of shape (series, leads, quantiles); NaN where the rule knows nothing.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lingtan.forecast.calendar import days
from lingtan.forecast.features import LAGS, kin_weights, lag_days
from lingtan.forecast.history import Seen

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rule = Callable[[Seen, Ints, tuple[float, ...], str], Floats]
WEEK = 7
SLOT_REACH_S = 900  # days of the same kind are read a quarter of an hour to either side
LEAST_DAYS = 3


def seasonal_naive(seen: Seen, leads: Ints, quantiles: tuple[float, ...], zone: str) -> Floats:
    """The last known day again, with the spread of its errors so far."""
    return _naive(seen, leads, quantiles, 1)


def weekly_naive(seen: Seen, leads: Ints, quantiles: tuple[float, ...], zone: str) -> Floats:
    """The same weekday of the last week again, with the spread of its errors so far."""
    return _naive(seen, leads, quantiles, WEEK)


def similar_days(seen: Seen, leads: Ints, quantiles: tuple[float, ...], zone: str) -> Floats:
    """The distribution of the last days of the same kind at the same time of day, the newer the heavier."""
    weights, _ = kin_weights(seen, leads, zone)
    width = seen.values.shape[1]
    first = width + leads - lag_days(leads, seen.day) * seen.day
    column = first[:, None] - seen.day * np.arange(LAGS)
    reach = max(SLOT_REACH_S // seen.step_s, 0)
    many = np.concatenate([np.clip(column + i, 0, width - 1) for i in range(-reach, reach + 1)], axis=1)
    return weighted_quantiles(seen.values[:, many], np.tile(weights, (1, 2 * reach + 1)), quantiles)


def climatology(seen: Seen, leads: Ints, quantiles: tuple[float, ...], zone: str) -> Floats:
    """The distribution at this time of day on days of this kind, over everything that was seen."""
    return of_climate(climate(seen, quantiles, zone), seen, leads, zone)


def climate(seen: Seen, quantiles: tuple[float, ...], zone: str) -> Floats:
    """Quantiles by series, time of day and whether the day is free; of any day where that kind was hardly seen."""
    width, day = seen.values.shape[1], seen.day
    past = days(seen.start_s + np.arange(width) * seen.step_s, zone)
    slot = past.slot // seen.step_s
    found = np.full((len(seen.ids), day, 2, len(quantiles)), np.nan)
    for k in np.unique(slot):
        at = slot == k
        here, off = seen.values[:, at], past.off[at]
        for kind in (0, 1):
            for i, row in enumerate(here):
                part = row[np.isfinite(row) & (off == bool(kind))]
                if len(part) < LEAST_DAYS:
                    part = row[np.isfinite(row)]
                if len(part):
                    found[i, k, kind] = np.quantile(part, quantiles)
    return found


def of_climate(table: Floats, seen: Seen, leads: Ints, zone: str) -> Floats:
    """What a table of :func:`climate` says for the leads."""
    ahead = days(seen.origin_s + leads * seen.step_s, zone)
    return np.asarray(table[:, ahead.slot // seen.step_s, ahead.off.astype(int)])


RULES: dict[str, Rule] = {
    "similar-days": similar_days,
    "weekly-naive": weekly_naive,
    "seasonal-naive": seasonal_naive,
    "climatology": climatology,
}
BASELINES = ("seasonal-naive", "weekly-naive", "climatology")


def _naive(seen: Seen, leads: Ints, quantiles: tuple[float, ...], back: int) -> Floats:
    day, width = seen.day, seen.values.shape[1]
    cycle = back * day
    point = np.full((len(seen.ids), len(leads)), np.nan)
    for times in range(1, 5):  # where the last one is not known, the one before
        column = width + leads - (leads // cycle + times) * cycle
        good = column >= 0
        value = np.where(good, seen.values[:, np.where(good, column, 0)], np.nan)
        point = np.where(np.isfinite(point), point, value)
    error = seen.values[:, cycle:] - seen.values[:, :-cycle]
    error = error[:, -28 * day :]
    spread = np.zeros((len(seen.ids), len(quantiles)))
    for i in range(len(seen.ids)):
        known = error[i][np.isfinite(error[i])]
        if len(known) >= day // 2:
            spread[i] = np.quantile(known, quantiles)
    return np.asarray(point[:, :, None] + spread[:, None, :])


def weighted_quantiles(values: Floats, weights: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Quantiles over the last axis of (series, leads, n) under (leads, n) weights; NaN has none."""
    known = np.isfinite(values)
    w = np.where(known, weights, 0.0)
    order = np.argsort(np.where(known, values, np.inf), axis=-1, kind="stable")
    ranked = np.take_along_axis(np.where(known, values, 0.0), order, axis=-1)
    mass = np.take_along_axis(w, order, axis=-1)
    total = mass.sum(axis=-1)
    place = (np.cumsum(mass, axis=-1) - mass / 2) / np.where(total > 0, total, 1)[..., None]
    count = np.maximum((mass > 0).sum(axis=-1), 1)
    found = np.empty((*values.shape[:2], len(quantiles)))
    for j, q in enumerate(quantiles):
        above = np.argmax((place >= q) & (mass > 0), axis=-1)
        none = ~((place >= q) & (mass > 0)).any(axis=-1)
        last = mass.shape[-1] - 1 - np.argmax((mass > 0)[..., ::-1], axis=-1)
        high = np.where(none, last, above)
        # the place before it that has weight
        below = np.maximum.accumulate(np.where(mass > 0, np.arange(mass.shape[-1]), -1), axis=-1)
        low = np.where(high > 0, np.take_along_axis(below, np.maximum(high - 1, 0)[..., None], -1)[..., 0], high)
        low = np.where(low < 0, high, low)
        pl = np.take_along_axis(place, low[..., None], -1)[..., 0]
        ph = np.take_along_axis(place, high[..., None], -1)[..., 0]
        share = np.where(none | (ph <= pl), 1.0, np.clip((q - pl) / np.where(ph > pl, ph - pl, 1), 0, 1))
        vl = np.take_along_axis(ranked, low[..., None], -1)[..., 0]
        vh = np.take_along_axis(ranked, high[..., None], -1)[..., 0]
        found[..., j] = np.where(total > 0, vl + share * (vh - vl), np.nan)
    found[count == 0] = np.nan
    return found
