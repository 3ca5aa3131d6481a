"""The rules that can be judged from a channel's own readings, over every batch as it comes in.

Only what is newer than anything seen before is judged: alarms speak of the present. What must be remembered between batches
are the *marks*: where each channel stands, and which conditions hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.metering.alarms.episodes import Episodes, Pending, Rows, episodes
from lingtan.metering.alarms.rule import Change, Clock, Frozen, Limit, Rule
from lingtan.metering.alarms.scope import covers, is_rate, milli_rate, rate_unit, rated
from lingtan.metering.channels import Book, Terms
from lingtan.metering.checks.look import Floats
from lingtan.metering.exact import Bools, Ints
from lingtan.park.carriers import carriers
from lingtan.park.model import Park

NEVER = -(2**62)
LEAST_GAP_S = 3600
AHEAD_S = 30 * 60  # readings beyond are no news, their clock is wrong


@dataclass
class Marks:
    """Where the channels stand, by key, and the conditions that hold, by rule and key."""

    keys: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    end: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    value: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    rate: Floats = field(default_factory=lambda: np.empty(0, np.float64))
    run: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    pending: dict[tuple[str, int], Pending] = field(default_factory=dict)

    def on(self, keys: Ints) -> "Marks":
        """The marks of these keys, in their order; new ones have seen nothing."""
        if len(keys) == len(self.keys) and (keys == self.keys).all():
            return self
        size = len(keys)
        made = Marks(
            keys, np.full(size, NEVER), np.zeros(size, np.int64), np.zeros(size), np.full(size, NEVER), self.pending
        )
        if len(self.keys):
            at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            there = self.keys[at] == keys
            for name in ("end", "value", "rate", "run"):
                getattr(made, name)[there] = getattr(self, name)[at[there]]
        return made


@dataclass(frozen=True)
class Noted:
    """What a rule found about a channel. Values in 1/1000 of the carrier's unit (per hour)."""

    rule: Rule
    terms: Terms
    found: Episodes
    upward: bool = True
    limit: float = 0.0


@dataclass(frozen=True)
class _Judged:
    """A rule with its limits by place. NaN where it does not speak of a channel."""

    rule: Rule
    high: Floats
    low: Floats
    back_high: Floats
    back_low: Floats


class Watch:
    """The rules of a park, prepared once."""

    def __init__(self, park: Park, rules: Iterable[Rule]) -> None:
        book = Book(park)
        self.park, self.carriers = park, carriers(park)
        found = sorted((t for key in book if (t := book.terms(key)) is not None), key=lambda t: t.key)
        self.terms: list[Terms] = found
        self.keys = np.array([t.key for t in found], np.int64)
        self._factor = np.array([float(t.eras[-1].factor) for t in found])
        self._many = [i for i, t in enumerate(found) if len(t.eras) > 1]
        self._rate = np.array([is_rate(t.channel) for t in found], np.bool_)
        self._counter = np.array([t.kind == "counter" for t in found], np.bool_)
        self._rated = np.array([rated(t) for t in found])
        active = [r for r in rules if r.active]
        self._limits = [self._limit(r, r.condition) for r in active if isinstance(r.condition, Limit)]
        self._changes = [
            (r, self._by(r, r.condition.of, r.condition.by)) for r in active if isinstance(r.condition, Change)
        ]
        self._frozen = [(r, r.condition, self._in(r)) for r in active if isinstance(r.condition, Frozen)]
        self._clocks = [(r, r.condition, self._in(r)) for r in active if isinstance(r.condition, Clock)]

    def _in(self, rule: Rule) -> Bools:
        return np.array([covers(rule.scope, self.park, t.meter, t.channel) for t in self.terms], np.bool_)

    def _by(self, rule: Rule, of: str, number: object) -> Floats:
        """A limit by place; NaN where the rule does not speak of the channel."""
        wanted, value = self._in(rule), Fraction(str(number))
        if of == "rating":
            made = self._rated * float(value)
        else:
            made = np.array(
                [
                    milli_rate(value, t.channel, self.carriers) if w else 0.0
                    for t, w in zip(self.terms, wanted, strict=True)
                ]
            )
        return np.where(wanted & np.isfinite(made), made, np.nan)

    def _limit(self, rule: Rule, limit: Limit) -> _Judged:
        none, share = np.full(len(self.terms), np.nan), float(limit.hysteresis)
        high = none if limit.above is None else self._by(rule, limit.of, limit.above)
        low = none if limit.below is None else self._by(rule, limit.of, limit.below)
        return _Judged(rule, high, low, high - np.abs(high) * share, low + np.abs(low) * share)

    def unit(self, terms: Terms) -> str:
        """The unit in which a channel's judged values are told."""
        return rate_unit(terms.channel, self.carriers)

    def feed(self, batch: pa.Table, marks: Marks, now_s: int) -> tuple[list[Noted], Marks]:
        """Judge a batch of readings; what was found, and the marks after it.

        Parameters
        ----------
        batch : Table
            :data:`~lingtan.metering.readings.SCHEMA` columns in any order of rows.
        marks : Marks
            What the last call gave back.
        now_s : int
            The present. [s since 1970]
        """
        marks = marks.on(self.keys)
        table = batch.filter(pc.is_valid(batch["value"])) if batch["value"].null_count else batch
        if not table.num_rows or not len(self.keys):
            return [], marks
        place, begin, seconds, value = self._sorted(table)
        noted: list[Noted] = []
        if self._clocks:
            noted += self._ahead(place, begin + seconds, now_s, marks)
        stands = marks.end[place]
        end = begin + seconds
        fresh = (begin >= stands) & (end > stands) & (end <= now_s + AHEAD_S)
        if not fresh.all():
            place, begin, seconds, value, end = place[fresh], begin[fresh], seconds[fresh], value[fresh], end[fresh]
        if not len(place):
            return noted, marks
        first = np.append(True, place[1:] != place[:-1])
        before = _shifted(first, end, marks.end[place])
        known = before > NEVER
        gap = ~known | (begin - before > np.maximum(LEAST_GAP_S, 4 * seconds))
        rate = self._rates(place, begin, seconds, value, first, before, known, marks)
        noted += self._over(place, end, rate, gap, begin, marks)
        noted += self._changed(place, end, rate, gap, begin, first, marks)
        run = self._runs(place, begin, value, first, gap, marks)
        noted += self._still(place, end, value, run, begin, seconds, gap, marks)
        last = np.append(place[1:] != place[:-1], True)
        where = place[last]
        marks.end[where], marks.value[where] = end[last], value[last]
        marks.rate[where], marks.run[where] = rate[last], run[last]
        return noted, marks

    def _sorted(self, table: pa.Table) -> tuple[Ints, Ints, Ints, Ints]:
        key = _ints(table["channel"])
        place = np.searchsorted(self.keys, key)
        there = self.keys[np.minimum(place, len(self.keys) - 1)] == key
        begin = _ints(table["start"]) // 1_000_000
        seconds, value = _ints(table["seconds"]), _ints(table["value"])
        if not there.all():
            place, begin, seconds, value = place[there], begin[there], seconds[there], value[there]
        down = place[1:] - place[:-1]
        if not ((down > 0) | ((down == 0) & (begin[1:] >= begin[:-1]))).all():
            # one number to sort by is several times faster than two; begin is below 2**34 until the year 2514
            order = np.argsort((place << 34) | begin, kind="stable")
            place, begin, seconds, value = place[order], begin[order], seconds[order], value[order]
        return place, begin, seconds, value

    def _rates(
        self,
        place: Ints,
        begin: Ints,
        seconds: Ints,
        value: Ints,
        first: Bools,
        before: Ints,
        known: Bools,
        marks: Marks,
    ) -> Floats:
        """What is judged: amounts per hour, levels as they are, counters by their rise. NaN where it cannot be told."""
        factor = self._factor[place]
        for p in self._many:
            mine = np.flatnonzero(place == p)
            if len(mine):
                eras = self.terms[p].eras
                which = np.searchsorted([e.start_s for e in eras[1:]], begin[mine], side="right")
                factor[mine] = np.array([float(e.factor) for e in eras])[which]
        found = value * factor
        amount = self._rate[place] & ~self._counter[place]
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(amount, found * 3600 / seconds, found)
            counter = self._counter[place]
            if counter.any():
                rise = value - _shifted(first, value, marks.value[place])
                per_hour = np.where(known & (rise >= 0), rise * factor * 3600 / (begin - before), np.nan)
                found = np.where(counter, per_hour, found)
        return np.where(np.isfinite(found), found, np.nan)

    def _over(self, place: Ints, end: Ints, rate: Floats, gap: Bools, begin: Ints, marks: Marks) -> list[Noted]:
        noted = []
        for judged in self._limits:
            for upward, limit, back in ((True, judged.high, judged.back_high), (False, judged.low, judged.back_low)):
                if not np.isfinite(limit).any():
                    continue
                with np.errstate(invalid="ignore"):
                    over = rate > limit[place] if upward else rate < limit[place]
                    name = f"{judged.rule.id}{'' if upward else '/low'}"
                    if not over.any() and not self._waiting(name, marks):
                        continue
                    gone = ~(rate > back[place]) if upward else ~(rate < back[place])
                rows = Rows(begin, end, rate, over, gone, gap)
                noted += self._walk(judged.rule, name, place, rows, marks, upward, limit)
        return noted

    def _changed(
        self, place: Ints, end: Ints, rate: Floats, gap: Bools, begin: Ints, first: Bools, marks: Marks
    ) -> list[Noted]:
        noted = []
        for rule, by in self._changes:
            change = np.where(gap, 0.0, np.abs(rate - _shifted(first, rate, marks.rate[place])))
            with np.errstate(invalid="ignore"):
                over = change > by[place]
            if over.any() or self._waiting(rule.id, marks):
                noted += self._walk(rule, rule.id, place, Rows(begin, end, change, over, ~over, gap), marks, True, by)
        return noted

    def _runs(self, place: Ints, begin: Ints, value: Ints, first: Bools, gap: Bools, marks: Marks) -> Ints:
        """Since when each row's value has been the same. [s since 1970]"""
        same = (value == _shifted(first, value, marks.value[place])) & ~gap
        starts = np.where(~same, begin, np.where(first, marks.run[place], NEVER))
        index = np.maximum.accumulate(np.where(~same | first, np.arange(len(begin)), 0))
        return np.asarray(starts[index])

    def _still(
        self,
        place: Ints,
        end: Ints,
        value: Ints,
        run: Ints,
        begin: Ints,
        seconds: Ints,
        gap: Bools,
        marks: Marks,
    ) -> list[Noted]:
        noted = []
        for rule, frozen, wanted in self._frozen:
            held = end - run
            long_enough = (held >= float(frozen.hours) * 3600) & (held >= frozen.least_readings * seconds)
            # a register that stands still says zero
            moving = (value != 0) & ~self._counter[place]
            still = long_enough & wanted[place] & (frozen.zeros | moving)
            if still.any() or self._waiting(rule.id, marks):
                over = Rows(run, end, value.astype(np.float64), still, ~still, gap)
                noted += self._walk(rule, rule.id, place, over, marks, True, None)
        return noted

    def _ahead(self, place: Ints, end: Ints, now_s: int, marks: Marks) -> list[Noted]:
        noted = []
        for rule, clock, wanted in self._clocks:
            over = (end > now_s + clock.minutes * 60) & wanted[place]
            if over.any() or self._waiting(rule.id, marks):
                none = np.zeros(len(place), np.bool_)
                rows = Rows(end, end, (end - now_s) / 60, over, ~over, none)
                noted += self._walk(rule, rule.id, place, rows, marks, True, None, delay_s=0)
        return noted

    def _waiting(self, name: str, marks: Marks) -> bool:
        return any(rule == name for rule, _ in marks.pending)

    def _walk(
        self,
        rule: Rule,
        name: str,
        place: Ints,
        rows: Rows,
        marks: Marks,
        upward: bool,
        limit: Floats | None,
        *,
        delay_s: int | None = None,
    ) -> list[Noted]:
        noted = []
        held = {k for r, k in marks.pending if r == name}
        waiting = (
            np.flatnonzero(np.isin(self.keys, np.array(sorted(held), np.int64))) if held else np.empty(0, np.int64)
        )
        for p in np.union1d(np.unique(place[rows.over]), np.intersect1d(waiting, place)).tolist():
            a, b = np.searchsorted(place, (p, p + 1))
            mine = Rows(*(getattr(rows, n)[a:b] for n in ("since", "end", "value", "over", "back", "gap")))
            key = (name, int(self.keys[p]))
            delay = rule.delay_minutes * 60 if delay_s is None else delay_s
            found = episodes(mine, marks.pending.get(key), delay_s=delay, upward=upward)
            if found.pending is None:
                marks.pending.pop(key, None)
            else:
                marks.pending[key] = found.pending
            if found.count or found.ended:
                noted.append(Noted(rule, self.terms[p], found, upward, 0.0 if limit is None else float(limit[p])))
        return noted


def _shifted(
    first: Bools, values: "Ints | Floats", carried: "Ints | Floats"
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The value of the row before, of the same channel; of a channel's first row, what was carried over."""
    made = np.empty_like(values)
    made[1:] = values[:-1]
    made[first] = carried[first]
    return made  # type: ignore[return-value]


def _ints(column: pa.ChunkedArray) -> Ints:
    array = column.cast(pa.int64()).combine_chunks() if pa.types.is_timestamp(column.type) else column.combine_chunks()
    return np.asarray(array.to_numpy(zero_copy_only=False)).astype(np.int64, copy=False)


def pack(marks: Marks) -> bytes:
    """Marks as bytes, to be remembered."""
    table = pa.table({n: pa.array(getattr(marks, n)) for n in ("keys", "end", "value", "rate", "run")})
    held = pa.table(
        {
            "rule": pa.array([r for r, _ in marks.pending], pa.string()),
            "key": pa.array([k for _, k in marks.pending], pa.int64()),
            "begin": pa.array([p.begin for p in marks.pending.values()], pa.int64()),
            "peak": pa.array([p.peak for p in marks.pending.values()], pa.float64()),
            "raised": pa.array([p.raised for p in marks.pending.values()], pa.bool_()),
        }
    )
    out = pa.BufferOutputStream()
    for each in (table, held):
        with pa.ipc.new_stream(out, each.schema) as stream:
            stream.write_table(each)
    data: bytes = out.getvalue().to_pybytes()
    return data


def unpack(data: bytes | None) -> Marks:
    """Marks from their bytes; fresh ones where there are none."""
    if not data:
        return Marks()
    try:
        reader = pa.BufferReader(data)
        with pa.ipc.open_stream(reader) as stream:
            table = stream.read_all()
        with pa.ipc.open_stream(reader) as stream:
            held = stream.read_all()
        columns = [np.array(table[n].combine_chunks().to_numpy(zero_copy_only=False)) for n in table.column_names]
        rows: Sequence[Mapping[str, Any]] = held.to_pylist()
    except (pa.ArrowException, KeyError, OSError):
        return Marks()  # derived: begun anew
    keys, end, value, rate, run = columns
    made = Marks(keys, end, value, rate, run)
    for row in rows:
        made.pending[str(row["rule"]), row["key"]] = Pending(row["begin"], row["peak"], row["raised"])
    return made
