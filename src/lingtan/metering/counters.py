"""Counters and levels as spans: what passed between two states of a register, what changed between two levels of a stock.

A register may run over its last digit, be replaced by another meter, get another multiplier, or be reset. The first three
are accounted for; a step back that is none of them is not used.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from lingtan.metering.channels import Era, Terms
from lingtan.metering.exact import Bools, Ints, half_away, scaled, times
from lingtan.metering.spans import Spans, concat

PLAUSIBLE = 10  # a rollover without a stated rating brings at most this part of the register


@dataclass(frozen=True)
class States:
    """The instants of one channel, in order of time: register or level as read. [1/1000 reading unit]

    ``trusted``: a person said that the state is right (confirmed or edited).
    """

    at: Ints
    value: Ints
    estimated: Bools
    trusted: Bools
    rev: Ints

    def __len__(self) -> int:
        return len(self.at)

    def take(self, which: Ints | Bools) -> "States":
        """The instants picked by a mask or by indices."""
        return States(self.at[which], self.value[which], self.estimated[which], self.trusted[which], self.rev[which])


def usable(terms: Terms, states: States) -> States:
    """The instants that can be states of this channel: one per second, not negative, not beyond the register's digits."""
    order = np.lexsort((states.value, states.rev, states.at))
    states = states.take(order)
    last = np.concatenate([states.at[1:] != states.at[:-1], [True]]) if len(states) else np.zeros(0, bool)
    keep = last if terms.signed else last & ((states.value >= 0) | states.trusted)
    if terms.kind == "counter":
        for modulus in {era.modulus for era in terms.eras if era.modulus}:
            here = _eras_with(terms, states.at, modulus)
            keep = keep & ~(here & (states.value >= modulus))
    return states.take(keep)


def _eras_with(terms: Terms, at: Ints, modulus: int) -> Bools:
    at_era = era_index(terms, at)
    return np.asarray(
        np.isin(at_era, [i for i, era in enumerate(terms.eras) if era.modulus == modulus]), dtype=np.bool_
    )


def era_index(terms: Terms, at: Ints) -> Ints:
    """Which era of the channel each instant lies in."""
    return np.searchsorted(np.array([era.start_s for era in terms.eras[1:]], dtype=np.int64), at, side="right")


def step(before: int, after: int, terms: Terms, era: Era) -> int:
    """What one register counted between two states, rolled over if that is plausible; negative if it went back."""
    return int(_steps(np.array([before]), np.array([after]), terms, era)[0])


def rolled_over(terms: Terms, modulus: int, moved: Ints) -> Bools:
    """Whether a step back is taken for a rollover past the last digit.

    The register must have fallen by more than half. Where a rating is stated, it decides afterwards whether the step is
    possible. Without one a reset in the upper half would look the same, so the step must be at most a tenth of the register;
    a larger one is not used and the checks report it: stating ``max_per_hour`` or the replacement settles it.
    """
    most = modulus if terms.limit is not None or terms.signed else modulus // PLAUSIBLE
    return np.asarray((moved < -(modulus // 2)) & (moved + modulus <= most), dtype=np.bool_)


def _steps(before: Ints, after: Ints, terms: Terms, era: Era) -> Ints:
    found = after - before
    if era.modulus is None:
        return found
    half = era.modulus // 2
    found = np.where(rolled_over(terms, era.modulus, found), found + era.modulus, found)
    if terms.signed:
        found = np.where(found > half, found - era.modulus, found)
    return np.asarray(found, dtype=np.int64)


def most(terms: Terms, seconds: Ints) -> Ints | None:
    """The most that may pass in so many seconds by the channel's rating. [1/1000 carrier unit]"""
    if terms.limit is None:
        return None
    hours = seconds // 3600
    return terms.limit * hours + (terms.limit * (seconds - hours * 3600) + 3599) // 3600


def differences(terms: Terms, states: States) -> Spans:
    """What passed between neighbouring states of a counter.

    A difference above the rating is unusable unless the newer state is trusted, a step back always (unless ``signed``).
    Across a replacement each side counts with its own registers and multiplier; a side whose registers are not stated
    is unusable. A mere change of multiplier divides the difference by time.
    """
    states = usable(terms, states)
    if len(states) < 2:
        return _spans(terms, [], [], [], [], [], [])
    era = era_index(terms, states.at)
    same = era[1:] == era[:-1]
    start, seconds = states.at[:-1], np.diff(states.at)
    value = np.zeros(len(start), dtype=np.int64)
    good = np.ones(len(start), dtype=np.bool_)
    for i in np.unique(era).tolist():
        here = same & (era[1:] == i)
        found = _steps(states.value[:-1][here], states.value[1:][here], terms, terms.eras[i])
        factor = terms.eras[i].factor
        value[here] = scaled(found, factor.numerator, factor.denominator)
        good[here] = np.ones(len(found), dtype=np.bool_) if terms.signed else found >= 0
    limit = most(terms, seconds)
    if limit is not None:
        good &= (np.abs(value) <= limit) | states.trusted[1:]
    rev = np.maximum(states.rev[:-1], states.rev[1:])
    estimated = states.estimated[:-1] | states.estimated[1:]
    parts = [
        Spans.whole(
            np.full(int(same.sum()), terms.key), start[same], seconds[same], value[same],
            estimated=estimated[same], usable=good[same], rev=rev[same],
        )
    ]  # fmt: skip
    for i in np.flatnonzero(~same).tolist():
        pieces = _across(terms, states, i, int(era[i]), int(era[i + 1]))
        many = len(pieces)
        parts.append(
            _spans(
                terms, [p[0] for p in pieces], [p[1] for p in pieces], [p[2] for p in pieces],
                [bool(estimated[i])] * many, [p[3] for p in pieces], [int(rev[i])] * many,
            )
        )  # fmt: skip
    return concat(parts)


def _spans(
    terms: Terms, start: list[int], seconds: list[int], value: list[int],
    estimated: list[bool], good: list[bool], rev: list[int],
) -> Spans:  # fmt: skip
    return Spans.whole(
        np.full(len(start), terms.key, dtype=np.int64), np.array(start, dtype=np.int64),
        np.array(seconds, dtype=np.int64), np.array(value, dtype=np.int64), estimated=np.array(estimated, dtype=np.bool_),
        usable=np.array(good, dtype=np.bool_), rev=np.array(rev, dtype=np.int64),
    )  # fmt: skip


def _across(terms: Terms, states: States, i: int, old: int, new: int) -> list[tuple[int, int, int, bool]]:
    """The pieces (start, seconds, value, usable) between states i and i+1 that lie in different eras."""
    t0, t1, trusted = int(states.at[i]), int(states.at[i + 1]), bool(states.trusted[i + 1])
    pieces: list[tuple[int, int, int, bool]] = []
    first, register = old, int(states.value[i])
    known: int | None = register
    for k in range(old + 1, new + 2):
        last = k == new + 1
        if not last and not terms.eras[k].swapped:
            continue  # the same register goes on
        end = int(states.value[i + 1]) if last else terms.eras[k].before
        bounds = [t0 if first == old else terms.eras[first].start_s]
        bounds += [era.start_s for era in terms.eras[first + 1 : k]] + [t1 if last else terms.eras[k].start_s]
        for piece in _stretch(terms, first, known, end, bounds, trusted):
            if piece[1] == 0 and pieces:  # read at the very moment of the change: it belongs to what came before
                before = pieces.pop()
                piece = (before[0], before[1], before[2] + piece[2], before[3] and piece[3])
            pieces.append(piece)
        if not last:
            first, known = k, terms.eras[k].initial
    return pieces


def _stretch(
    terms: Terms, first: int, begin: int | None, end: int | None, bounds: list[int], trusted: bool
) -> list[tuple[int, int, int, bool]]:
    """One register over one or more multipliers, from ``bounds[0]`` to ``bounds[-1]``."""
    eras = terms.eras[first : first + len(bounds) - 1]
    if begin is None or end is None:
        return [(bounds[0], bounds[-1] - bounds[0], 0, False)] if bounds[-1] > bounds[0] else []
    total, seconds = step(begin, end, terms, eras[0]), bounds[-1] - bounds[0]
    if seconds == 0:
        return [(bounds[0], 0, times(total, eras[0].factor), terms.signed or total >= 0)]
    pieces = []
    for era, (low, high) in zip(eras, pairwise(bounds), strict=True):
        share = half_away(total * (high - bounds[0]), seconds) - half_away(total * (low - bounds[0]), seconds)
        value = times(share, era.factor)
        limit = terms.limit
        fits = limit is None or trusted or abs(value) * 3600 <= limit * (high - low)
        if high > low:
            pieces.append((low, high - low, value, fits and (terms.signed or total >= 0)))
    return pieces


def changes(terms: Terms, states: States) -> Spans:
    """Changes of a level: nothing until the hour before the newer instant, then the whole change, signed."""
    states = usable(terms, states)
    if len(states) < 2:
        return _spans(terms, [], [], [], [], [], [])
    era = era_index(terms, states.at)
    level = np.zeros(len(states), dtype=np.int64)
    for i in np.unique(era).tolist():
        factor: Fraction = terms.eras[i].factor
        level[era == i] = scaled(states.value[era == i], factor.numerator, factor.denominator)
    begin, end = states.at[:-1], states.at[1:]
    lump = np.maximum(begin, (end - 1) // 3600 * 3600)
    quiet = lump > begin
    assumed = end - begin > 3600
    start, high = np.concatenate([begin[quiet], lump]), np.concatenate([lump[quiet], end])
    value = np.concatenate([np.zeros(int(quiet.sum()), dtype=np.int64), np.diff(level)])
    both = np.concatenate([np.flatnonzero(quiet), np.arange(len(begin))])
    rev = np.maximum(states.rev[:-1], states.rev[1:])[both]
    estimated = (states.estimated[:-1] | states.estimated[1:])[both]
    return Spans(
        np.full(len(start), terms.key, dtype=np.int64), start, high - start, value, estimated, assumed[both],
        np.ones(len(start), dtype=np.bool_), rev, start, high,
    )  # fmt: skip
