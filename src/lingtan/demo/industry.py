"""Shapes of industrial load: shifts, holidays, weather and chance."""

from dataclasses import dataclass

import numpy as np

from lingtan.demo.members import MEMBERS, SUBS, Member
from lingtan.demo.span import PER_DAY, PER_HOUR, Floats, Ints, Span, stream
from lingtan.demo.weather import Weather, daily_mean, remembering

MILLI = 1000
# what is left of the work on (workday, weekend, public holiday, deep in the Spring Festival)
_WEEK = {
    "continuous": (1.0, 0.99, 0.94, 0.72),
    "three": (1.0, 0.86, 0.45, 0.14),
    "two": (1.0, 0.42, 0.10, 0.05),
    "one": (1.0, 0.12, 0.04, 0.03),
    "night": (1.0, 0.88, 0.5, 0.1),
    "office": (1.0, 0.28, 0.22, 0.15),
    "datacenter": (1.0, 0.98, 0.97, 0.97),
    "cold": (1.0, 0.95, 0.95, 0.9),
    "logistics": (1.0, 0.85, 0.6, 0.35),
    "charging": (1.0, 0.8, 0.9, 0.6),
    "water": (1.0, 0.96, 0.92, 0.85),
    "lighting": (1.0, 1.0, 1.0, 1.0),
}
_STANDBY = {"continuous": 0.25, "three": 0.12, "two": 0.09, "one": 0.08, "night": 0.08, "office": 0.16, "datacenter": 0.5,
            "cold": 0.35, "logistics": 0.2, "charging": 0.02, "water": 0.3, "lighting": 0.12}  # fmt: skip


@dataclass(frozen=True)
class Load:
    """The true power of an enterprise in integers: the sub-meters and the wiring loss sum to the whole. [Wh per step]"""

    member: Member
    whole_wh: Ints
    loss_wh: Ints
    subs_wh: dict[str, Ints]


def day_shape(shift: str, hour: Floats) -> Floats:
    """How busy a shift pattern is at an hour of a full working day, 0 to 1."""
    if shift in ("continuous", "water"):
        return np.asarray(0.97 + 0.03 * np.cos(2 * np.pi * (hour - 15) / 24))
    if shift == "datacenter":
        return np.asarray(0.93 + 0.07 * np.cos(2 * np.pi * (hour - 20) / 24))
    if shift == "cold":
        return np.asarray(0.85 + 0.15 * np.cos(2 * np.pi * (hour - 3) / 24))
    points: dict[str, tuple[list[float], list[float]]] = {
        "three": ([0, 7.5, 8, 15.5, 16, 23.5, 24], [0.9, 0.8, 1, 0.95, 1, 0.85, 0.9]),
        "two": (
            [0, 0.5, 6.5, 8, 11.8, 12.4, 13.3, 18, 19, 23.5, 24],
            [0.2, 0.05, 0.08, 1, 1, 0.75, 1, 0.9, 0.95, 0.8, 0.3],
        ),
        "one": ([0, 7, 8.5, 11.8, 12.3, 13.3, 17, 18.5, 24], [0.02, 0.05, 1, 1, 0.55, 1, 0.95, 0.1, 0.02]),
        "night": ([0, 7.5, 8.5, 11, 12, 14, 16.5, 21.5, 22.5, 24], [1, 1, 0.55, 0.45, 0.7, 0.6, 0.3, 0.35, 0.95, 1]),
        "office": (
            [0, 7, 8.7, 11.8, 12.5, 13.5, 17.5, 19.5, 22, 24],
            [0.05, 0.1, 0.95, 1, 0.8, 1, 0.95, 0.4, 0.12, 0.05],
        ),
        "logistics": ([0, 5, 8, 12, 14, 20, 24], [0.5, 0.35, 0.9, 0.8, 1, 0.9, 0.6]),
        "charging": ([0, 2, 6, 9, 12.5, 15, 18, 20, 22.5, 24], [0.9, 0.55, 0.2, 0.5, 0.95, 0.6, 0.65, 0.8, 1, 0.95]),
        "lighting": ([0, 5.3, 6.4, 17.2, 18.6, 24], [1, 1, 0.1, 0.1, 1, 1]),
    }
    return np.asarray(np.interp(hour, *points[shift]))


def activity(shift: str, span: Span, rng: np.random.Generator) -> Floats:
    """How busy a plant is, 0 to about 1.1, with its stand-by, good and bad days and short breaks."""
    week = np.array(_WEEK[shift])[span.kind]
    shape = day_shape(shift, span.hour)
    if shift not in ("continuous", "datacenter", "cold", "water", "lighting"):
        # on a day off a plant that works at all works one shift
        shape = np.where(span.kind == 0, shape, shape * 0.8 + 0.2 * (week > 0.4))
    orders = np.repeat(1 + 0.07 * rng.standard_normal(span.days).clip(-2, 2), PER_DAY)
    busy = week * shape * orders * (1 + 0.03 * remembering(rng, span.size, 0.6))
    # a stop of a line now and then
    for _ in range(max(1, span.days // 60)):
        at, length = int(rng.integers(0, span.size)), int(rng.integers(3, 20))
        busy[at : at + length] *= rng.uniform(0.3, 0.7)
    return np.clip(_STANDBY[shift] + (1 - _STANDBY[shift]) * busy, 0.01, 1.25)


def comfort(weather: Weather) -> Floats:
    """Demand for cooling and heating of air, by temperature. [-]"""
    warm, slow = weather.temperature_c, daily_mean(weather.temperature_c)
    cooling = np.maximum(0, 0.6 * warm + 0.4 * slow - 19.0) / 12
    heating = np.maximum(0, 9.0 - 0.5 * warm - 0.5 * slow) / 18
    return np.asarray(0.12 + cooling + 0.6 * heating)


def make_load(member: Member, span: Span, weather: Weather, seed: int) -> Load:
    """The true power of an enterprise. [Wh per quarter hour]"""
    subs = SUBS[member.subs]
    air = comfort(weather)
    stated = sum(share for *_, share, shape in subs if shape != "hvac")
    fixed = {name: share for name, _, _, share, shape in subs if shape == "hvac"}
    mean_wh = member.gwh * 1e9 / (365 * PER_DAY)
    parts: dict[str, Ints] = {}
    for name, _, _, share, shape in subs:
        rng = stream(seed, f"load/{member.id}/{name}")
        if shape == "hvac":
            part = fixed[name] or member.hvac
            occupied = day_shape("office" if member.shift == "office" else "continuous", span.hour)
            curve = air * (0.35 + 0.65 * occupied) * (1 + 0.05 * remembering(rng, span.size, 2))
            if member.shift in ("one", "two", "office"):
                curve = curve * (0.3 + 0.7 * np.array(_WEEK[member.shift])[span.kind])
        else:
            part = share / stated * (1 - sum(fixed.values()) - (0 if fixed and any(fixed.values()) else member.hvac))
            if not any(s[4] == "hvac" for s in subs):
                part = share / stated
            curve = activity("office" if shape == "office" else member.shift, span, rng)
            if shape == "base":
                curve = 0.45 + 0.55 * curve
            if member.shift == "cold":
                curve = curve * (0.7 + 0.3 * air / air.mean())
        parts[name] = np.rint(mean_wh * part * curve / float(curve.mean())).astype(np.int64).clip(min=0)
    total = np.sum(list(parts.values()), axis=0)
    loss = np.rint(0.006 * total).astype(np.int64) if len(parts) > 1 else np.zeros(span.size, np.int64)
    return Load(member, total + loss, loss, parts)


def make_loads(span: Span, weather: Weather, seed: int) -> list[Load]:
    """All enterprises."""
    return [make_load(member, span, weather, seed) for member in MEMBERS]


def yearly_volume(
    per_year: float, shift: str, span: Span, rng: np.random.Generator, *, season: Floats | None = None
) -> Ints:
    """A yearly quantity spread over the span by a shift pattern, in 1/1000 of its unit per quarter hour."""
    curve = activity(shift, span, rng) * (season if season is not None else 1.0)
    per_step = per_year * MILLI / (365 * PER_DAY)
    return np.asarray(np.rint(per_step * curve / curve.mean()).astype(np.int64))


def hourly(values: Ints) -> Ints:
    """Sums of four quarter hours."""
    return np.asarray(values.reshape(-1, PER_HOUR).sum(axis=1))
