"""Days on which the clock was off by whole hours, seen by a channel's own daily shape."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.checks.look import Floats, Look, filled
from lingtan.metering.exact import Bools

AROUND_DAYS = 40
LEAST_DAYS = 3
LARGEST_H = 12
GAIN = 0.35  # mean share of the misfit that moving the clock takes away
FEW_DAYS_GAIN = 0.5  # the same for less than a week
RESTLESS = 0.5  # usual misfit of a channel that has no daily shape: storage, wind
KEEP = 0.18  # least gain that lets a day belong to a stretch
CONSISTENT = 0.85  # share of the days that must gain
STRUCTURE = 0.12  # a shape flatter than this cannot tell the hour


def time_shifts(look: Look) -> list[Finding]:
    r"""Stretches of days that fit the channel's shape of like days better when they are moved by whole hours.

    The shape :math:`s` is the median of like days (workdays or days off) around the day, each scaled to its own mean; the
    misfit at a lag L is :math:`e_L = \overline{|x_t - s_{t-L}|}`, the gain :math:`1 - e_L / e_0`. ``hours`` is how much
    later the readings are stamped than their shape says.
    """
    if look.per_day < 24 or not look.counts:
        return []
    days = filled(look.flow).reshape(-1, look.per_day)
    good = np.isfinite(look.by_day).mean(axis=1) > 0.9
    mean = days.mean(axis=1)
    good &= mean > 0
    if good.sum() < 14:
        return []
    scaled = days / np.where(mean > 0, mean, 1)[:, None]
    shape = _shapes(scaled, good, look.kinds > 0)
    good &= np.isfinite(shape).all(axis=1)
    if good.sum() < 14:
        return []
    shape = np.where(np.isfinite(shape), shape, 1.0)
    good &= np.abs(shape - shape.mean(axis=1, keepdims=True)).mean(axis=1) > STRUCTURE
    if good.sum() < 14:
        return []
    hour = 3600 // look.step
    base = np.abs(scaled - shape).mean(axis=1) + 1e-9
    floor = float(np.median(base[good]))  # a day that fits as well as any other needs no shift
    if floor > RESTLESS:
        return []
    lags = [h for h in range(-LARGEST_H, LARGEST_H + 1) if h]
    gains = np.array(
        [
            (base - np.abs(scaled - np.roll(shape, h * hour, axis=1)).mean(axis=1)) / np.maximum(base, 2 * floor)
            for h in lags
        ]
    )
    findings = []
    used = np.zeros(len(good), dtype=np.bool_)
    for _ in range(8):
        best = None
        for i, hours in enumerate(lags):
            stretch = _best(np.where(good & ~used, gains[i] - KEEP, np.where(used, -9.0, 0.0)))
            if stretch and (best is None or stretch[2] > best[2]):
                best = (*stretch, i, hours)
        if best is None:
            break
        a, b, _, i, hours = best
        used[a:b] = True
        here = good[a:b]
        gain = gains[i, a:b][here]
        least = GAIN if here.sum() >= 7 else FEW_DAYS_GAIN
        if here.sum() < LEAST_DAYS or gain.mean() < least or (gain > KEEP).mean() < CONSISTENT:
            continue
        if not look.eligible.reshape(days.shape)[a:b].any():
            continue
        findings.append(
            found(
                look.name, Kind.TIME_SHIFT, look.at(a * look.per_day), look.at(b * look.per_day), Severity.WARNING,
                "shift", hours=hours, days=b - a, better_fit=round(float(gain.mean()), 3),
            )
        )  # fmt: skip
    return findings


def _shapes(scaled: Floats, good: Bools, off: Bools) -> Floats:
    """The median day around each day, of like days."""
    shape = np.full(scaled.shape, np.nan)
    for kind in (False, True):
        rows = np.flatnonzero(good & (off == kind))
        for week in range(0, len(scaled), 7):  # the shape moves slowly: one a week is enough
            days = np.arange(week, min(week + 7, len(scaled)))
            near = rows[(rows >= week - AROUND_DAYS) & (rows < week + 7 + AROUND_DAYS)]
            if len(near) >= 5:
                shape[days[off[days] == kind]] = np.median(scaled[near], axis=0)
    return shape


def _best(score: Floats) -> tuple[int, int, float] | None:
    """The stretch with the largest sum, and its sum."""
    total = np.concatenate([[0.0], np.cumsum(score)])
    low = np.minimum.accumulate(total)
    rise = total - low
    end = int(rise.argmax())
    if rise[end] <= KEEP:
        return None
    start = int(np.flatnonzero(total[: end + 1] == low[end])[-1])
    return start, end, float(rise[end])
