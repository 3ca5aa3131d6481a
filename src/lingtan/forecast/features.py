"""What a model is told of each step ahead: habits, the recent course, the day, the weather. Only from what was seen.

Everything is divided by the series' own scale, so that one model serves all series. The ``base`` is the weighted mean of the
last days of the same kind at the same time of day; models learn what is beyond it.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lingtan.forecast.calendar import Days, days
from lingtan.forecast.history import Seen
from lingtan.forecast.record import QUANTILES
from lingtan.forecast.shifts import Planned, planned

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]

WINDOW = 42  # days that a forecast looks back
LAGS = 28  # days whose value at the same time of day is taken, from the last that can be known
RECENT = 2  # days over which the recent course is held against habit
FORGET = 0.8  # weight of a day of the same kind, for each that came after it

NAMES = (
    "base", "last-day", "day-before", "third-day", "week-mean", "same-weekday", "same-weekday-2", "same-weekday-mean",
    "spread", "lowest", "highest", "last-day-smooth",
    "now-1h", "now-4h", "now-24h", "last-value", "age",
    "lead", "slot", "weekday", "kind", "kind-before", "kind-after", "into-holiday", "holiday-left", "spring-festival",
    "expected-temperature", "temperature-change", "expected-driver", "driver-change",
    "off-ratio", "night-ratio", "roughness", "planned-level", "planned-before",
)  # fmt: skip
# the drivers by which a forecast is explained, in the user's words
GROUPS = {
    "habit": ("base", "week-mean", "spread", "lowest", "highest", "roughness", "off-ratio", "night-ratio"),
    "weekday-pattern": ("same-weekday", "same-weekday-2", "same-weekday-mean", "weekday"),
    "last-days": ("last-day", "day-before", "third-day", "last-day-smooth"),
    "now": ("now-1h", "now-4h", "now-24h", "last-value", "age"),
    "time-of-day": ("slot", "lead"),
    "calendar": ("kind", "kind-before", "kind-after", "into-holiday", "holiday-left", "spring-festival"),
    "temperature": ("expected-temperature", "temperature-change"),
    "sun-or-wind": ("expected-driver", "driver-change"),
    "plan": ("planned-level", "planned-before"),
}


@dataclass(frozen=True)
class Rows:
    """Features of some series and leads: arrays of shape (series, leads), and (series, leads, features).

    Where enterprises stated a plan all is as under full production, until ``plan`` brings it down.
    """

    features: npt.NDArray[np.float32]
    base: Floats
    scale: Floats  # one for each series
    similar: Floats  # the spread of the days behind the base, scaled
    plan: Planned | None = None
    dark: npt.NDArray[np.bool_] | None = None  # where the sun is down, so that nothing is to be forecast

    def freed(self, actual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What came, as it would have been under full production; NaN where the plant was to stand still."""
        if self.plan is None:
            return actual
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.plan.stopped, np.nan, (actual - self.plan.offset) / self.plan.gain)

    def brought_down(self, quantiles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Quantiles under full production as they are under the plan."""
        return quantiles if self.plan is None else np.asarray(self.plan.brought_down(quantiles))

    def counted(self, actual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What came, NaN where it says nothing about bands: planned stops, and PV at night."""
        found = actual if self.dark is None else np.where(self.dark, np.nan, actual)
        return found if self.plan is None else np.where(self.plan.stopped, np.nan, found)

    def flat(self) -> npt.NDArray[np.float32]:
        """A row for each series and lead."""
        return self.features.reshape(-1, self.features.shape[-1])


@dataclass(frozen=True)
class Outside:
    """What is expected outside, by step: for the window that is seen and for the leads. NaN where nothing is known.

    ``driver`` is what moves a plant: clear-sky or forecast power of PV, power by the curve of wind, or demand for a price; a row for
    each series. ``level`` is the share of full production that was planned, a row for each series.
    """

    temperature: Floats | None = None  # (window + leads,)
    driver_seen: Floats | None = None  # (series, window)
    driver: Floats | None = None  # (series, leads)
    level_seen: Floats | None = None  # (series, window)
    level: Floats | None = None  # (series, leads)


def scales(seen: Seen) -> Floats:
    """The size of each series: mean of its absolute values over the last four weeks; 0 where nothing is known."""
    recent = np.abs(seen.values[:, -28 * seen.day :])
    known = np.isfinite(recent)
    return np.asarray(np.where(known, recent, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def lag_days(leads: Ints, day: int) -> Ints:
    """How many days back the last value at the same time of day is that lies before the origin."""
    return leads // day + 1


def kin_weights(seen: Seen, leads: Ints, zone: str) -> tuple[Floats, Days]:
    """Weights of the :data:`LAGS` days before each lead: those of the same kind, the newer the heavier."""
    ahead = days(seen.origin_s + leads * seen.step_s, zone)
    back = (lag_days(leads, seen.day)[:, None] + np.arange(LAGS)) * 86_400
    past = days((seen.origin_s + leads * seen.step_s)[:, None].repeat(LAGS, 1).ravel() - back.ravel(), zone)
    kind = past.kind.reshape(len(leads), LAGS)
    same = (kind > 0) == ahead.off[:, None]
    # on a holiday other holidays and Sundays are kin, on a workday any workday
    rank = np.cumsum(same, axis=1) - 1
    weights = np.where(same, FORGET**rank, 0.0)
    none = ~same.any(axis=1)
    weights[none] = FORGET ** np.arange(LAGS)
    return weights, ahead


def build(seen: Seen, leads: Ints, zone: str, outside: Outside | None = None) -> Rows:
    """The features of every series at ``leads`` (steps after the origin)."""
    air = outside or Outside()
    plan = None
    if air.level is not None and air.level_seen is not None:
        plan = planned(seen, np.asarray(air.level_seen, np.float64), np.asarray(air.level, np.float64), QUANTILES)
        seen = replace(seen, values=plan.values)
    day, width = seen.day, seen.values.shape[1]
    values = seen.values
    count = len(values)
    scale = scales(seen)
    safe = np.where(scale > 0, scale, 1.0)
    first = width + leads - lag_days(leads, day) * day
    column = first[:, None] - day * np.arange(LAGS)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = (values / safe[:, None]).astype(np.float32)
        lags = scaled[:, column]
        weights, ahead = kin_weights(seen, leads, zone)
        known = np.isfinite(lags)
        filled = np.where(known, lags, 0)
        if air.driver is not None and air.driver_seen is not None:
            base, spread = _driven(filled, known, air, column, safe)
        else:
            base, spread = _weighted(filled, known, weights)
        usual = _recent_gap(scaled, day, seen, zone)
        out = np.full((count, len(leads), len(NAMES)), np.nan, np.float32)
        put = {name: out[:, :, i] for i, name in enumerate(NAMES)}
        put["base"][:] = base
        for j, name in enumerate(("last-day", "day-before", "third-day")):
            put[name][:] = lags[:, :, j] - base
        put["week-mean"][:] = _mean(filled[:, :, :7], known[:, :, :7]) - base
        weekly = (-(lag_days(leads, day)) % 7)[:, None] + 7 * np.arange(4)
        weekly = np.minimum(weekly, LAGS - 1)
        same = np.take_along_axis(lags, np.broadcast_to(weekly, (count, *weekly.shape)), axis=2)
        put["same-weekday"][:] = same[:, :, 0] - base
        put["same-weekday-2"][:] = same[:, :, 1] - base
        put["same-weekday-mean"][:] = _mean(np.nan_to_num(same[:, :, :3]), np.isfinite(same[:, :, :3])) - base
        put["spread"][:] = spread
        put["lowest"][:] = np.fmin.reduce(lags[:, :, :7], axis=2) - base
        put["highest"][:] = np.fmax.reduce(lags[:, :, :7], axis=2) - base
        near = np.clip(first[:, None] + np.arange(-3, 4) * max(day // 96, 1), 0, width - 1)
        around = scaled[:, near]
        put["last-day-smooth"][:] = _mean(np.nan_to_num(around), np.isfinite(around)) - base
        hour = max(day // 24, 1)
        for name, steps in (("now-1h", hour), ("now-4h", 4 * hour), ("now-24h", day)):
            part = usual[:, -steps:]
            put[name][:] = _mean(np.nan_to_num(part), np.isfinite(part))[:, None]
        age = seen.last
        newest = scaled[np.arange(count), np.maximum(width - 1 - age, 0)]
        put["last-value"][:] = newest[:, None] - base
        put["age"][:] = np.minimum(age / day, 14)[:, None]
        put["lead"][:] = leads / day
        put["slot"][:] = ahead.slot / 3600
        put["weekday"][:] = ahead.weekday
        put["kind"][:] = ahead.kind
        put["kind-before"][:] = ahead.before
        put["kind-after"][:] = ahead.after
        put["into-holiday"][:] = ahead.into
        put["holiday-left"][:] = ahead.left
        put["spring-festival"][:] = ahead.spring
        _outside(put, air, weights, column, width, safe)
        _levels(put, air, leads, hour)
        _character(put, scaled, seen, zone)
    dark = None
    if air.driver is not None and (air.driver <= 0).any():
        dark = air.driver <= 0
    return Rows(out, base * safe[:, None], scale, spread, plan, dark)


def _weighted(filled: Floats, known: npt.NDArray[np.bool_], weights: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of the days of the same kind; of all days where none of those is known."""
    w = weights.astype(np.float32)
    total = np.einsum("slk,lk->sl", known.astype(np.float32), w)
    mean = np.einsum("slk,lk->sl", filled, w) / total
    square = np.einsum("slk,lk->sl", filled**2, w) / total
    every = filled.sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    every = np.where(known.any(axis=2), every, np.nan)
    mean = np.where(total > 0, mean, every)
    return mean, np.sqrt(np.maximum(square - mean**2, 0))


def _driven(
    filled: Floats, known: npt.NDArray[np.bool_], air: Outside, column: Ints, safe: Floats
) -> tuple[Floats, Floats]:
    """The base of a plant: its output for each unit of the driver, over the last two weeks, times the driver expected."""
    assert air.driver is not None
    assert air.driver_seen is not None
    past = air.driver_seen[:, column[:, :14]]
    good = known[:, :, :14] & np.isfinite(past)
    drive = np.where(good, past, 0.0)
    ratio = (np.where(good, filled[:, :, :14], 0.0)).sum(axis=2) / np.where(
        drive.sum(axis=2) > 1e-6, drive.sum(axis=2), np.nan
    )
    whole = (np.where(good, filled[:, :, :14], 0.0)).sum(axis=(1, 2)) / np.maximum(drive.sum(axis=(1, 2)), 1e-9)
    ratio = np.where(np.isfinite(ratio), ratio, whole[:, None])
    base = ratio * air.driver
    gap = np.where(good, filled[:, :, :14] - ratio[:, :, None] * drive, 0.0)
    return base, np.sqrt((gap**2).sum(axis=2) / np.maximum(good.sum(axis=2), 1))


def _mean(filled: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    many = known.sum(axis=-1)
    total = np.where(known, filled, 0).sum(axis=-1)
    return np.asarray(np.where(many > 0, total / np.maximum(many, 1), np.nan))


def _recent_gap(scaled: Floats, day: int, seen: Seen, zone: str) -> Floats:
    """The last days less what is usual at their time on days of their kind."""
    width = scaled.shape[1]
    steps = np.arange(width - RECENT * day, width)
    reach = 14
    column = steps[:, None] - day * np.arange(1, reach + 1)
    kinds = days(seen.start_s + np.arange(width) * seen.step_s, zone).off
    same = kinds[column] == kinds[steps][:, None]
    past = scaled[:, column]
    good = np.isfinite(past) & same
    usual = _mean(np.where(good, past, 0), good)
    return np.asarray(scaled[:, steps] - usual)


def _outside(put: dict[str, Floats], air: Outside, weights: Floats, column: Ints, width: int, safe: Floats) -> None:
    if air.temperature is not None:
        expected = air.temperature[width:]
        past = air.temperature[column]
        good = np.isfinite(past)
        total = (weights * good).sum(axis=1)
        mean = (np.where(good, past, 0) * weights).sum(axis=1) / np.where(total > 0, total, np.nan)
        put["expected-temperature"][:] = expected
        put["temperature-change"][:] = expected - mean
    if air.driver is not None and air.driver_seen is not None:
        put["expected-driver"][:] = air.driver
        put["driver-change"][:] = air.driver - air.driver_seen[:, column[:, 0]]


def _levels(put: dict[str, Floats], air: Outside, leads: Ints, hour: int) -> None:
    """The level that was planned, and the one of the hour before."""
    if air.level is None or air.level_seen is None:
        return
    whole = np.concatenate([air.level_seen, air.level], axis=1)
    width = air.level_seen.shape[1]
    put["planned-level"][:] = air.level
    # leads need not follow one another: the hour before is looked up where it was given
    place = {int(lead): width + i for i, lead in enumerate(leads)}
    before = np.array([width + k if (k := int(lead) - hour) < 0 else place.get(k, -1) for lead in leads])
    put["planned-before"][:] = np.where(before >= 0, whole[:, before], np.nan)


def _character(put: dict[str, Floats], scaled: Floats, seen: Seen, zone: str) -> None:
    """What kind of series it is: free days against workdays, night against day, how rough from step to step."""
    kinds = days(seen.start_s + np.arange(scaled.shape[1]) * seen.step_s, zone)
    hour = kinds.slot // 3600
    night = (hour < 6) | (hour >= 22)

    def mean(where: npt.NDArray[np.bool_]) -> Floats:
        part = scaled[:, where]
        return _mean(np.nan_to_num(part), np.isfinite(part))

    put["off-ratio"][:] = mean(kinds.off)[:, None]
    put["night-ratio"][:] = mean(night)[:, None]
    steps = np.abs(np.diff(scaled[:, -14 * seen.day :], axis=1))
    put["roughness"][:] = _mean(np.nan_to_num(steps), np.isfinite(steps))[:, None]
