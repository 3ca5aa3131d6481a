"""Zeros at times that are never zero: a lost signal that was written as a number."""

from dataclasses import replace

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches
from lingtan.metering.checks.look import Floats, Look
from lingtan.metering.days import HOLIDAY
from lingtan.metering.exact import Bools
from lingtan.park.activities import Activity

SUPPLY = frozenset({Activity.IMPORT, Activity.GENERATION, Activity.EXPORT, Activity.DISCHARGE})
AROUND_DAYS = 21
SELDOM = 0.06  # share of zeros at this time of day around it, below which a zero is odd
LEAST_S = 2 * 3600
LEAST_SUNNY_S = 3 * 3600  # of a plant that follows the sun: a dark afternoon is not a lost signal
LEAST_STEPS = 3
RESTS = 3  # so many stops of a day and more in a year are a plant that stops, not a signal that is lost
OFTEN = 6  # so many shorter ones, unless the channel is otherwise far from zero
IRREGULAR = 0.15  # of the times of day around the year
STEADY = 0.15  # the low readings of a channel that does not rest, as a share of its median


def zero_runs(look: Look) -> list[Finding]:
    """Runs of zero whose times of day, on the days around, are hardly ever zero.

    Runs in a channel that rests often are remarks (``info``), and so are whole days over a public holiday or of a supply
    that does not follow the sun; a channel that otherwise never comes near to zero does not rest, unless it stops for days
    again and again.
    """
    if not look.counts or look.per_day < 1 or not (look.flow == 0).any():
        return []
    nightly = float((_share(look) >= 1 - SELDOM).mean()) > 0.2
    least = max(LEAST_STEPS, -(-(LEAST_SUNNY_S if nightly else LEAST_S) // look.step))
    supply = look.track.terms.channel.activity in SUPPLY and not nightly
    runs = [(a, b) for a, b in stretches(look.flow == 0) if b - a >= least]
    picked = _odd(look, runs, least)
    nonzero = look.flow[look.flow > 0]
    steady = len(nonzero) > 0 and np.quantile(nonzero, 0.02) > STEADY * np.median(nonzero)
    nights = look.per_day if not nightly else 2 * look.per_day
    days_long = sum(1 for a, b in runs if b - a >= nights)
    stops = max(2, round(RESTS * len(look.flow) / look.per_day / 365))
    rests = days_long >= stops or (not steady and len(picked) >= OFTEN) or _irregular(look)
    findings = []
    for a, b, odd in picked:
        kinds = look.kinds[a // look.per_day : (b - 1) // look.per_day + 1]
        whole = b - a >= look.per_day
        free = bool((kinds == HOLIDAY).all() or (whole and (kinds == HOLIDAY).any()))
        remark = rests or free or (supply and (whole or not steady))
        findings.append(
            found(
                look.name, Kind.ZERO_RUN, look.at(a), look.at(b), Severity.INFO if remark else Severity.WARNING,
                "confirm" if remark else "withdraw", readings=b - a, at_times_never_zero=odd,
            )
        )  # fmt: skip
    return findings


def _odd(look: Look, runs: list[tuple[int, int]], least: int) -> list[tuple[int, int, int]]:
    """The runs with enough steps at which zero is seldom on the days around, and how many such steps they have."""
    days = look.by_day
    known, zero = _windowed(np.isfinite(days)).reshape(-1), _windowed(days == 0).reshape(-1)
    all_known, all_zero = np.isfinite(days).sum(axis=0), (days == 0).sum(axis=0)
    found_runs = []
    for a, b in runs:
        if not look.eligible[a:b].all():
            continue
        size = b - a
        offset = np.arange(size) % look.per_day
        own = size // look.per_day + (offset < size % look.per_day)  # this run's own zeros at the same time of day
        near = np.minimum(own, 2 * AROUND_DAYS + 1)
        others = known[a:b] - near
        share = (zero[a:b] - near) / np.maximum(others, 1)
        slot = np.arange(a, b) % look.per_day
        year = (all_zero[slot] - own) / np.maximum(all_known[slot] - own, 1)
        share = np.where(others >= 5, np.maximum(share, 0), year)
        odd = int((share <= SELDOM).sum())
        if odd >= least:
            found_runs.append((a, b, odd))
    return found_runs


def _irregular(look: Look) -> bool:
    """Whether many times of day are sometimes zero and sometimes not: a plant that runs when it is wanted."""
    flow = look.flow.copy()
    for a, b in stretches(flow == 0):
        if b - a >= look.per_day:  # stops of days are counted by themselves
            flow[a:b] = np.nan
    share = _share(replace(look, flow=flow))
    return bool(((share > SELDOM) & (share < 1 - SELDOM)).mean() > IRREGULAR)


def _share(look: Look) -> Floats:
    """The share of zeros at each time of day, on the days around."""
    return _windowed(look.by_day == 0) / np.maximum(_windowed(np.isfinite(look.by_day)), 1)


def _windowed(flags: Bools) -> Floats:
    """Sums over the days around each day."""
    total = np.concatenate([np.zeros((1, flags.shape[1])), np.cumsum(flags, axis=0)])
    days = np.arange(len(flags))
    return np.asarray(total[(days + AROUND_DAYS + 1).clip(max=len(flags))] - total[(days - AROUND_DAYS).clip(min=0)])
