"""Why a forecast is as it is: what moves the median away from habit, and the days that were like it."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from lingtan.forecast.boosted import Boosted
from lingtan.forecast.calendar import EPOCH, days, kind
from lingtan.forecast.calibration import bucket_of
from lingtan.forecast.features import GROUPS, NAMES, WINDOW, build
from lingtan.forecast.issue import Panel
from lingtan.forecast.record import MEDIAN, QUANTILES, Target

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SimilarDay:
    """A day that was like the one forecast. ``kind``: 0 workday, 1 free, 2 public holiday; ``away`` is 0 for the same day."""

    day: date
    kind: int
    mean: float
    temperature_c: float | None
    away: float


@dataclass(frozen=True)
class Explanation:
    """``base`` is the mean of what is usual, ``drivers`` what each group adds to the median before its bands. [target's unit]"""

    target: Target
    base: float
    drivers: dict[str, float]
    median: float
    similar: tuple[SimilarDay, ...]


def explain(panel: Panel, model: Boosted, target: Target, at: int, leads: Ints) -> Explanation:
    """The mean over ``leads`` of what made the median."""
    history = panel.history.pick([target.id])
    origin = -(-at // history.step_s) * history.step_s
    seen = history.seen(at, WINDOW, origin=origin)
    rows = build(seen, leads, panel.surroundings.zone, panel.outlook(target.kind)(seen, at, leads))
    trust = np.asarray(model.trust)[bucket_of(leads, history.step_s)]
    parts = model.drivers(rows)[0] * trust[:, None]
    place = {name: i for i, name in enumerate(NAMES)}
    drivers = {g: float(parts[:, [place[n] for n in names]].sum(axis=1).mean()) for g, names in GROUPS.items()}
    drivers["habit"] += float(parts[:, -1].mean())  # what the model adds whatever is seen
    base = float(np.nanmean(rows.base[0]))
    profile = rows.base[0] + parts.sum(axis=1)
    similar = _similar(panel, target, at, leads, profile)
    if rows.plan is not None:  # so much less than under full production
        under = rows.brought_down(np.repeat(profile[None, :, None], len(QUANTILES), 2))[0, :, MEDIAN]
        drivers["plan"] += float(np.nanmean(under - profile))
    return Explanation(target, base, drivers, base + sum(drivers.values()), similar)


def _similar(
    panel: Panel, target: Target, at: int, leads: Ints, profile: Floats, most: int = 5
) -> tuple[SimilarDay, ...]:
    history, zone = panel.history.pick([target.id]), panel.surroundings.zone
    origin = -(-at // history.step_s) * history.step_s
    seen = history.seen(at, WINDOW, origin=origin)
    width = seen.values.shape[1]
    past = days(seen.start_s + np.arange(width) * seen.step_s, zone)
    ahead = days(origin + leads * history.step_s, zone)
    slots = ahead.slot // history.step_s
    want = np.full(history.day, np.nan)
    want[slots[::-1]] = profile[::-1]
    air = panel.surroundings.temperature
    heat = air.seen(at, WINDOW, origin=origin).values[0] if air is not None else None
    size = max(float(np.nanmean(np.abs(profile))), 1e-9)
    found = []
    for ordinal in np.unique(past.ordinal):
        mine = past.ordinal == ordinal
        values = np.full(history.day, np.nan)
        values[past.slot[mine] // history.step_s] = seen.values[0, mine]
        both = np.isfinite(values) & np.isfinite(want)
        if both.sum() < max(np.isfinite(want).sum() // 2, 1):
            continue
        day = EPOCH + timedelta(days=int(ordinal))
        away = float(np.sqrt(np.mean((values[both] - want[both]) ** 2))) / size
        warm = float(np.nanmean(heat[mine])) if heat is not None and np.isfinite(heat[mine]).any() else None
        found.append(SimilarDay(day, kind(day), float(values[both].mean()), warm, away))
    return tuple(sorted(found, key=lambda d: d.away)[:most])
