r"""Bands that cover what they say: conformal offsets by series and by how far ahead, followed day by day.

For each quantile :math:`\tau` the conformity score of a held-out value is :math:`e = (y - q_\tau) / w` with the width w of the
raw band; the offset is the :math:`\tau`-quantile of the scores (Romano et al. 2019), of the series' own drawn towards that
of all series where it has few days. After each day it moves by :math:`\gamma(\tau - \mathrm{share}(y \le q_\tau))`
(Gibbs and Candès 2021), so that a band that has become too narrow widens by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BUCKETS_H = (6, 24, 48, 168)  # ends of the horizon buckets
GAMMA = 0.1  # widths by which an offset moves where a whole day lay on one side
OWN_DAYS = 7.0  # days after which a series' own scores count half
# by how much of 1/days the outer levels may be moved out, as days of a month are few and the hours of a day alike
WIDER = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
FOLDS = 4  # parts of the held-out days, each left out in turn to see what bands hold on days that they do not know
FEW_SERIES = 5.0  # so many series after which what they say of that counts half
FLOOR = 0.02  # of the scale, so that a band of no width has one


@dataclass(frozen=True)
class Calibration:
    """Offsets by series, bucket and quantile, in widths of the raw band; and those of a series that is new."""

    ids: tuple[str, ...]
    quantiles: tuple[float, ...]
    offsets: Floats  # (series, buckets, quantiles)
    pooled: Floats  # (buckets, quantiles)

    def apply(self, ids: tuple[str, ...], raw: Floats, scale: Floats, bucket: Ints) -> Floats:
        """Calibrated, monotone quantiles of (series, leads, quantiles)."""
        moved = raw + self._of(ids)[:, bucket] * width(raw, scale)[:, :, None]
        return monotone(moved, self.quantiles)

    def followed(
        self, ids: tuple[str, ...], forecast: Floats, actual: Floats, bucket: Ints, gamma: float = GAMMA
    ) -> "Calibration":
        """After a day: ``forecast`` are the calibrated quantiles that were given, ``actual`` what came (NaN: not known)."""
        place = {name: i for i, name in enumerate(self.ids)}
        offsets = self.offsets.copy()
        known = np.isfinite(actual) & np.isfinite(forecast[:, :, 0])
        tau = np.asarray(self.quantiles)
        for b in np.unique(bucket):
            mine = known & (bucket == b)
            many = mine.sum(axis=1)
            below = ((actual[:, :, None] <= forecast) & mine[:, :, None]).sum(axis=1)
            share = below / np.maximum(many, 1)[:, None]
            for i, name in enumerate(ids):
                if many[i] and name in place:
                    offsets[place[name], b] += gamma * (tau - share[i])
        return replace(self, offsets=offsets)

    def _of(self, ids: tuple[str, ...]) -> Floats:
        place = {name: i for i, name in enumerate(self.ids)}
        return np.stack([self.offsets[place[n]] if n in place else self.pooled for n in ids])

    def as_dict(self) -> dict[str, Any]:
        """For files."""
        return {
            "ids": list(self.ids),
            "quantiles": list(self.quantiles),
            "offsets": self.offsets.tolist(),
            "pooled": self.pooled.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Calibration":
        """The calibration of :meth:`as_dict`."""
        return cls(
            tuple(data["ids"]), tuple(data["quantiles"]), np.asarray(data["offsets"]), np.asarray(data["pooled"])
        )


def bucket_of(leads: Ints, step_s: int) -> Ints:
    """The horizon bucket of each lead."""
    hours = (leads + 1) * step_s / 3600
    return np.minimum(np.searchsorted(BUCKETS_H, hours, side="left"), len(BUCKETS_H) - 1).astype(np.int64)


def width(raw: Floats, scale: Floats) -> Floats:
    """Width of the raw band, never nothing unless the series is."""
    return np.asarray(np.maximum(raw[:, :, -1] - raw[:, :, 0], FLOOR * scale[:, None]))


def monotone(values: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Quantiles that do not cross: those around the median give way to it."""
    middle = int(np.argmin(np.abs(np.asarray(quantiles) - 0.5)))
    found = np.sort(values, axis=-1)
    found[..., middle] = values[..., middle]
    found[..., :middle] = np.minimum(found[..., :middle], values[..., middle : middle + 1])
    found[..., middle + 1 :] = np.maximum(found[..., middle + 1 :], values[..., middle : middle + 1])
    return found


def further_out(quantiles: tuple[float, ...], days: float, wider: float) -> Floats:
    """Levels that few days must hold for days to come to hold what is asked: ``wider`` is 1 for as many independent values as days."""
    tau = np.asarray(quantiles)
    moved = np.where(tau > 0.5, tau + wider * tau / days, np.where(tau < 0.5, tau - wider * (1 - tau) / days, tau))
    return np.clip(moved, 0.0, 1.0)


def _wider(quantiles: tuple[float, ...], scores: Floats, pooled: Floats) -> float:
    """How far the levels are moved out so that days left out of (days, series, leads, quantiles) are held, all series together."""
    days, many = scores.shape[:2]
    if days < 2 * FOLDS:
        return 0.0
    asked = quantiles[-1] - quantiles[0]
    held, total = np.zeros(len(WIDER)), 0
    for out in np.array_split(np.arange(days), FOLDS):
        rest = np.setdiff1d(np.arange(days), out)
        for i in range(many):
            own, left = scores[rest, i], scores[out, i]
            known = np.isfinite(own[..., 0])
            new = left[np.isfinite(left[..., 0])]
            count = float(known.any(axis=1).sum())
            if not count or not len(new):
                continue
            share = count / (count + OWN_DAYS)
            levels = np.stack([further_out(quantiles, count, w)[[0, -1]] for w in WIDER])
            low = share * np.quantile(own[known][:, 0], levels[:, 0]) + (1 - share) * pooled[0]
            high = share * np.quantile(own[known][:, -1], levels[:, 1]) + (1 - share) * pooled[-1]
            # a score of q is where the value lies from q: within the band if above the low offset and below the high one
            held += ((new[:, :1] >= low) & (new[:, -1:] <= high)).sum(axis=0)
            total += len(new)
    if not total:
        return 0.0
    best = WIDER[int(np.abs(held / total - asked).argmin())]
    # left-out weeks lie among those that are known, days to come beyond them: half of the way to as many values as days
    return float((best + 1) / 2 * many / (many + FEW_SERIES))


def conformal(
    ids: tuple[str, ...], quantiles: tuple[float, ...], raw: Floats, actual: Floats, scale: Floats, bucket: Ints
) -> Calibration:
    """Offsets from held-out days.

    Parameters
    ----------
    raw, actual, scale : ndarray
        Of shape (days, series, leads, quantiles), (days, series, leads), (days, series).
    bucket : ndarray
        Of each day and lead.
    """
    many = len(ids)
    pooled = np.zeros((len(BUCKETS_H), len(quantiles)))
    offsets = np.zeros((many, len(BUCKETS_H), len(quantiles)))
    held = len(raw)
    if not held:
        return Calibration(ids, quantiles, offsets, pooled)
    wide = np.stack([width(r, s) for r, s in zip(raw, scale, strict=True)])
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = (actual[..., None] - raw) / wide[..., None]
    for b in range(len(BUCKETS_H)):
        here = np.broadcast_to((bucket == b)[:, None, :], actual.shape)
        good = here & np.isfinite(scores[..., 0])
        if not good.any():
            continue
        for j, tau in enumerate(quantiles):
            pooled[b, j] = np.quantile(scores[..., j][good], tau)
        wider = _wider(quantiles, np.where(good[..., None], scores, np.nan), pooled[b])
        for i in range(many):
            mine = good[:, i]
            days = float(mine.any(axis=1).sum())
            own = scores[:, i][mine]
            if not len(own):
                offsets[i, b] = pooled[b]
                continue
            share = days / (days + OWN_DAYS)
            levels = further_out(quantiles, days, wider)
            offsets[i, b] = share * np.diagonal(np.quantile(own, levels, axis=0)) + (1 - share) * pooled[b]
    empty = ~np.any(offsets, axis=2) & ~np.any(pooled, axis=1)
    for b in range(1, len(BUCKETS_H)):  # a bucket without days takes the one before it
        offsets[empty[:, b], b] = offsets[empty[:, b], b - 1]
        if not pooled[b].any():
            pooled[b] = pooled[b - 1]
    return Calibration(ids, quantiles, offsets, pooled)
