"""A child whose numbers fit its parent only with another multiplier."""

import numpy as np

from lingtan.metering.checks.families import HOUR, Family
from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.checks.level_shift import nice

LEAST_HOURS = 24 * 7
OFF = 0.06  # a factor nearer to 1 may be meter classes and losses
CLASSES = 4  # times the child's class
ERRORS = 10  # standard errors
CURES = 0.15  # the part of the mismatch that the new multiplier must take away


def multipliers(family: Family) -> list[Finding]:
    r"""Children whose factor k in :math:`P = \sum_j k_j C_j` is clearly not 1 while the others' are.

    Ordinary least squares over the hours in which everyone has a reading; the parent's losses move all factors alike, so
    each is held against the median of all.
    """
    hours = np.isfinite(family.above) & np.isfinite(family.below).all(axis=0)
    c, p = family.below[:, hours], family.above[hours]
    moving = c.std(axis=1) > 0 if c.size else np.zeros(len(c), dtype=np.bool_)
    if hours.sum() < max(LEAST_HOURS, 8 * len(c)) or moving.sum() < 2 or not moving.all():
        return []
    scale = np.abs(c).mean(axis=1)
    design = (c / scale[:, None]).T
    solution, _, rank, _ = np.linalg.lstsq(design, p, rcond=None)
    if rank < len(c):
        return []
    rest = p - design @ solution
    noise = float(rest @ rest) / max(1, len(p) - len(c))
    errors = np.sqrt(np.clip(np.diag(np.linalg.inv(design.T @ design)) * noise, 0, None)) / scale
    factors = solution / scale
    middle = float(np.median(factors)) if len(factors) > 2 else 1 + family.loss_share / 2
    whole = float(np.abs(p - c.sum(axis=0)).sum())
    findings = []
    for i, name in enumerate(family.names):
        k = float(factors[i]) / middle
        if k <= 0 or abs(k - 1) < max(OFF, CLASSES * family.classes[i]) or abs(k - 1) < ERRORS * float(errors[i]):
            continue
        cured = float(np.abs(p - c.sum(axis=0) - (k - 1) * c[i]).sum())
        if cured > (1 - CURES) * whole:
            continue
        values = {"factor": round(k, 4), "multiplier": nice(k), "parent": family.parent, "hours": int(hours.sum())}
        start, end = family.first, family.first + len(family.above) * HOUR
        findings.append(found(name, Kind.MULTIPLIER, start, end, Severity.WARNING, "multiplier", **values))
    return findings
