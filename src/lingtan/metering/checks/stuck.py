"""The same value again and again where a meter should move."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.checks.look import Look

LEAST_S = 3 * 3600
LEAST_STEPS = 6
SATURATED = 0.99  # of the high readings: a plant at its limit stands still by right
IDLE = 1.05  # of the low readings: so does one that is idle
NEAR = 0.1  # of a value: readings of like level, whose habit of repeating counts too
DIGITS = 40  # a value of fewer of the meter's last digits repeats itself by rounding
ODDS = 1e-6  # how improbable a run must be by the channel's own habit of repeating itself


def stuck(look: Look) -> list[Finding]:
    r"""Runs of one non-zero value that the channel's own habits do not explain.

    With p the share of readings in the week around, or of like level, that equal the one before, a run of L happens by chance about
    :math:`n p^L` times; it is reported if that is less than one in a million. Runs at the channel's highest or lowest
    level (a plant at its limit, or idle) count only if they last a day, and values of a few of the meter's last digits
    never: such a meter repeats itself.
    """
    flow = look.flow
    if not look.counts or len(flow) < 50:
        return []
    equal = (flow[1:] == flow[:-1]) & (flow[1:] != 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], equal, [False]]).astype(np.int8)))
    begins, ends = edges[::2], edges[1::2] + 1  # a run takes in the reading that it repeats
    lengths = ends - begins
    floor = max(LEAST_STEPS, -(-LEAST_S // look.step))
    if not (lengths >= floor).any():
        return []
    pairs = np.concatenate([[0], np.cumsum(np.isfinite(flow[1:] + flow[:-1]) & (flow[1:] != 0))])
    equals = np.concatenate([[0], np.cumsum(equal)])
    moved = np.abs(np.diff(flow))
    digit = float(np.quantile(moved[moved > 0], 0.01)) if (moved > 0).any() else 0.0
    moving = np.sort(flow[np.isfinite(flow) & (flow != 0)])
    low, high = moving[len(moving) // 50], moving[-1 - len(moving) // 200]
    usual = float(np.quantile(lengths, 0.98)) if len(lengths) >= 20 else 0.0
    week = 3 * (look.per_day or 1)
    findings = []
    for a, b in zip(begins[lengths >= floor].tolist(), ends[lengths >= floor].tolist(), strict=True):
        size = b - a
        idle_or_full = flow[a] <= IDLE * low or flow[a] >= SATURATED * high
        if not look.eligible[a:b].all() or flow[a] < DIGITS * digit or (idle_or_full and size < look.per_day):
            continue
        x, y = max(a - week, 0), min(b + week, len(pairs) - 1)
        others = pairs[y] - pairs[x] - (size - 1)
        level = (np.abs(flow[:-1] - flow[a]) < NEAR * flow[a]) & np.isfinite(flow[1:])
        alike = (int((level & equal).sum()) - (size - 1) + 2) / (int(level.sum()) - (size - 1) + 4)
        repeat = (equals[y] - equals[x] - (size - 1) + 1) / (others + 2)
        if size < max(3 * usual, np.log(ODDS / len(moving)) / np.log(min(max(repeat, alike, 1e-3), 0.95))):
            continue
        findings.append(
            found(
                look.name, Kind.STUCK, look.at(a), look.at(b), Severity.WARNING, "withdraw",
                value=look.value(a), readings=size,
            )
        )  # fmt: skip
    return findings
