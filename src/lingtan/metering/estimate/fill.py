"""Fill the holes of channels: the method by rule or as asked, whole numbers, known totals kept to the unit."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa

from lingtan.metering.channels import Book
from lingtan.metering.checks import check_track
from lingtan.metering.checks.look import Floats, Look, look_at
from lingtan.metering.counters import step as register_step
from lingtan.metering.estimate.exact_sums import shared
from lingtan.metering.estimate.holes import Hole, holes
from lingtan.metering.estimate.relatives import Relatives
from lingtan.metering.estimate.shapes import linear, similar_day
from lingtan.metering.exact import Ints
from lingtan.metering.readings import SCHEMA, Method, Quality
from lingtan.metering.track import moment, tracks

SHORT_S = 2 * 3600  # a hole that a straight line may bridge
FILLABLE = (Method.LINEAR, Method.SIMILAR_DAY, Method.PROFILE, Method.PARENT, Method.CHILDREN, Method.FLAT)


@dataclass(frozen=True)
class Filled:
    """A hole and what became of it: ``method`` NONE says that it stayed open, and ``why``."""

    channel: str
    start: datetime
    end: datetime
    steps: int
    method: Method
    total: float | None = None  # of the estimated quantity, in channel units
    why: str = ""


@dataclass(frozen=True)
class Estimates:
    """New rows, and a line for each hole."""

    rows: pa.Table
    filled: list[Filled]


def estimate(
    readings: pa.Table,
    book: Book,
    start: datetime,
    end: datetime,
    *,
    channels: Collection[str] | None = None,
    method: Method | None = None,
    total: int | None = None,
) -> Estimates:
    """Values for the steps in ``[start, end)`` in which channels have no reading.

    Parameters
    ----------
    readings : Table
        STORED columns, the weeks around the period included: like days are taken from them.
    channels : collection of str, optional
        Only these; by default all.
    method : Method, optional
        One method for all holes. By default, for interval channels: what the parent less the other children say, or the
        children's sum, for holes longer than two hours; a straight line for shorter ones; else the mean of like days. Of a
        counter the known difference is spread by the profile of like days, or evenly.
    total : int, optional
        The known quantity of one hole, which the estimates sum to exactly. [1/1000 reading unit]
    """
    first, last = int(start.timestamp()), int(end.timestamp())
    zone = book.park.park.timezone
    raw: dict[str, Look] = {}
    clean: dict[str, Look] = {}
    filled: list[Filled] = []
    for track in tracks(readings, book, *_span(readings, start, end)):
        look = look_at(track, zone)
        name = track.terms.id
        if look is not None:
            raw[name] = look
            clean[name] = look
        elif (channels is None or name in channels) and track.terms.kind == "interval" and not len(track):
            filled.append(Filled(name, start, end, 0, Method.NONE, why="no-readings"))
    wanted = [n for n in raw if channels is None or n in channels]
    open_holes = {name: holes(raw[name], first, last) for name in wanted}
    relatives = Relatives(book.park, clean)
    for name in {n for n in wanted if open_holes[n]} | {r for n in wanted if open_holes[n] for r in relatives.names(n)}:
        if name in raw:
            without_faults = check_track(raw[name].track, zone)[1]
            if without_faults is not None and len(without_faults) == len(raw[name]):
                clean[name] = without_faults
    rows: list[tuple[Look, Ints, Ints, Method]] = []
    for name in wanted:
        for hole in open_holes[name]:
            made = _fill(raw[name], clean, relatives, hole, method, total)
            if made is None:
                filled.append(_line(raw[name], hole, Method.NONE, None))
                continue
            how, at, values = made
            rows.append((raw[name], at, values, how))
            filled.append(_line(raw[name], hole, how, values))
    return Estimates(_table(rows), filled)


def _span(readings: pa.Table, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    if not len(readings):
        return start, end
    at = np.asarray(readings["start"].cast(pa.int64()).combine_chunks()) // 1_000_000
    return moment(min(int(at.min()), int(start.timestamp()))), moment(max(int(at.max()) + 86400, int(end.timestamp())))


def _fill(
    look: Look, clean: Mapping[str, Look], relatives: Relatives, hole: Hole, method: Method | None, total: int | None
) -> tuple[Method, Ints, Ints] | None:
    """Method, instants and raw values of a hole; None if no method has an answer."""
    if look.track.terms.kind == "counter":
        return _register(look, clean[look.name], hole, method)
    shape, how = _quantities(look, clean, relatives, hole, method)
    at = look.first + np.arange(hole.low, hole.high) * look.step
    if total is not None:
        if shape is None or float(np.clip(shape, 0, None).sum()) <= 0:
            return Method.FLAT, at, shared(total, None, len(hole))
        return Method.PROFILE, at, shared(total, shape, len(hole))
    if shape is None:
        return None
    return how, at, _raw(look, at, shape)


def _quantities(
    look: Look, clean: Mapping[str, Look], relatives: Relatives, hole: Hole, method: Method | None
) -> tuple[Floats | None, Method]:
    mine = clean[look.name]
    short = len(hole) * look.step <= SHORT_S
    rule = (
        (method,)
        if method is not None
        else (Method.LINEAR, Method.SIMILAR_DAY)
        if short
        else (Method.PARENT, Method.SIMILAR_DAY)
    )
    for each in rule:
        if each in (Method.PARENT, Method.CHILDREN):
            found = relatives.estimate(look.name, hole)
            if found is not None and (method is None or found[0] is method):
                return found[1], found[0]
        elif each is Method.LINEAR:
            line = linear(look, hole)
            if line is not None:
                return line, each
        elif each in (Method.SIMILAR_DAY, Method.PROFILE):
            days = similar_day(mine, hole)
            if days is not None:
                return days, Method.SIMILAR_DAY
    return None, Method.NONE


def _register(look: Look, mine: Look, hole: Hole, method: Method | None) -> tuple[Method, Ints, Ints] | None:
    """The states inside a hole of a register, so that the known difference is kept to its last digit."""
    track = look.track
    t0, t1 = int(track.at[hole.before]), int(track.at[hole.after])
    era = track.terms.era(t0)
    if track.terms.era(t1) is not era:
        return None
    before, after = int(track.value[hole.before]), int(track.value[hole.after])
    passed = register_step(before, after, track.terms, era)
    if passed < 0 and not track.terms.signed:
        return None
    shape = None if method in (Method.FLAT, Method.LINEAR) else similar_day(mine, hole)
    known = shape is not None and float(np.clip(shape, 0, None).sum()) > 0
    if method in (Method.SIMILAR_DAY, Method.PROFILE) and not known:
        return None
    if method in (Method.PARENT, Method.CHILDREN):
        return None
    states = before + np.cumsum(shared(passed, shape if known else None, len(hole)))[:-1]
    if era.modulus:
        states = states % era.modulus
    at = t0 + look.step * np.arange(1, len(hole))
    how = Method.PROFILE if known else Method.LINEAR if method is Method.LINEAR else Method.FLAT
    return how, at, states


def _raw(look: Look, at: Ints, quantities: Floats) -> Ints:
    """Quantities in carrier units as readings: multiplier and content taken off again."""
    found = np.empty(len(at), dtype=np.int64)
    factors = [look.track.terms.era(int(t)).factor for t in (at[0], at[-1])]
    if factors[0] == factors[1]:
        found[:] = np.rint(quantities / float(factors[0])).astype(np.int64)
        return found
    for i, t in enumerate(at.tolist()):
        found[i] = round(float(quantities[i] / float(Fraction(look.track.terms.era(t).factor))))
    return found


def _line(look: Look, hole: Hole, method: Method, values: Ints | None) -> Filled:
    counter = look.track.terms.kind == "counter"
    total = None
    if values is not None and not counter:
        total = round(float(values.sum()) / look.track.size(look.step), 6)
    shift = 1 if counter else 0  # the first missing state is a step after the last known one
    start, end = moment(look.at(hole.low + shift)), moment(look.at(hole.high))
    why = "" if method is not Method.NONE else "no-method"
    return Filled(look.name, start, end, len(hole) - shift, method, total, why)


def _table(rows: list[tuple[Look, Ints, Ints, Method]]) -> pa.Table:
    if not rows:
        return SCHEMA.empty_table()
    many = sum(len(at) for _, at, _, _ in rows)
    seconds = [0 if look.track.terms.kind == "counter" else look.step for look, *_ in rows]
    sizes = [len(at) for _, at, _, _ in rows]
    return pa.Table.from_arrays(
        [
            pa.array(np.repeat([look.track.terms.key for look, *_ in rows], sizes)),
            pa.array(np.concatenate([at for _, at, _, _ in rows]) * 1_000_000).cast(pa.timestamp("us", tz="UTC")),
            pa.array(np.repeat(seconds, sizes).astype(np.int32)),
            pa.array(np.concatenate([values for _, _, values, _ in rows])),
            pa.array(np.full(many, int(Quality.ESTIMATED), dtype=np.int8)),
            pa.array(np.repeat([int(how) for *_, how in rows], sizes).astype(np.int8)),
            pa.nulls(many, pa.timestamp("us", tz="UTC")),
        ],
        schema=SCHEMA,
    )
