"""What true meters make of true flows: class errors, noise, the resolution of the register."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from lingtan.base.units import canonical_unit, dimension, ratio
from lingtan.demo.point import Point
from lingtan.demo.span import Ints, stream
from lingtan.park.carriers import BUILT_IN

Flags = npt.NDArray[np.bool_]


@dataclass
class Readings:
    """The numbers of a channel as they stand in the files, in units of their last decimal.

    Of a counter there is one more than there are steps. ``missing`` are not delivered, ``late`` come in a later file;
    ``twice`` stand in the file two times.
    """

    point: Point
    ticks: Ints
    missing: Flags
    late: Flags
    twice: list[int] = field(default_factory=list)


def class_limit(accuracy: str) -> float:
    """The error that a class allows, as a share: ``0.5S`` is 0.005."""
    return float(accuracy.rstrip("S")) / 100


def ticks_per_milli(point: Point) -> Fraction:
    """How many units of the last decimal are 1/1000 of the carrier's unit."""
    carrier_unit = BUILT_IN[point.carrier].unit
    if canonical_unit(point.unit) is None:
        size = Fraction(1)
    elif point.content is not None and dimension(point.unit) != dimension(carrier_unit):
        size = Fraction(point.content)
    else:
        size = ratio(point.unit, carrier_unit)
    return Fraction(10**point.decimals, 1000) / size / Fraction(point.multiplier)


def read_meter(point: Point, seed: int) -> Readings:
    """The readings of a faultless meter: within its class, counted in whole ticks, so that no rounding adds up."""
    rng = stream(seed, f"meter/{point.id}")
    scale = float(ticks_per_milli(point))
    limit = class_limit(point.accuracy)
    if point.carrier == "temperature" or point.kind == "level" or point.manual:
        ticks = np.rint(point.truth * scale).astype(np.int64)
    else:
        gain = 1 + limit * float(np.clip(0.35 * rng.standard_normal(), -0.8, 0.8))
        noise = 0.15 * limit * rng.standard_normal(point.truth.size)
        running = np.floor(np.cumsum(point.truth * (gain + noise)) * scale + rng.random()).astype(np.int64)
        running = np.maximum.accumulate(np.concatenate([[0], running]))
        ticks = _register(point, running, rng) if point.kind == "counter" else np.diff(running)
    return Readings(point, ticks, np.zeros(ticks.size, np.bool_), np.zeros(ticks.size, np.bool_))


def _register(point: Point, running: Ints, rng: np.random.Generator) -> Ints:
    """A register that stood somewhere when the year began, low enough not to overflow by itself."""
    whole = 10 ** ((point.digits or 9) + point.decimals)
    room = max(1, whole - int(running[-1]) - 1)
    return running + int(rng.integers(0, max(2, room * 6 // 10)))


def read_all(points: list[Point], seed: int) -> dict[str, Readings]:
    """All channels by id."""
    return {p.id: read_meter(p, seed) for p in points}
