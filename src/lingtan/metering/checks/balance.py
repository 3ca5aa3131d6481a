"""What a parent meter counted against the sum of its children, losses allowed for."""

from dataclasses import replace

import numpy as np

from lingtan.metering.checks.families import HOUR, Family
from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches

DAY_H = 24
CHRONIC = 0.5  # of the days: then not an event but a branch without a meter
LEAST_DAYS = 2


def balance(family: Family, offset_s: int) -> list[Finding]:
    r"""Days on which :math:`P - \sum C` lies outside of the losses and the meters' classes.

    Allowed is :math:`-\tau P \le P - \sum C \le (\lambda + \tau) P`, with the loss share λ of the parent and τ the sum of
    its and its children's class. Days of which an hour is missing are not judged. A difference on most days is reported
    once, as a part without a meter.
    """
    lead = (-(family.first + offset_s) // HOUR) % DAY_H
    many = (len(family.above) - lead) // DAY_H
    if many < LEAST_DAYS:
        return []
    cut = slice(lead, lead + many * DAY_H)
    above = family.above[cut].reshape(many, DAY_H).sum(axis=1)
    below = family.below[:, cut].sum(axis=0).reshape(many, DAY_H).sum(axis=1)
    known = np.isfinite(above) & np.isfinite(below)
    size = np.maximum(np.abs(above), np.abs(below))
    rest = above - below
    with np.errstate(invalid="ignore"):
        over = known & (rest > (family.loss_share + family.tolerance) * size)
        under = known & (rest < -family.tolerance * size)
    first = family.first + lead * HOUR
    findings = []
    for flags, direction in ((over, "missing"), (under, "surplus")):
        if not flags.any():
            continue
        share = float(rest[flags].sum() / size[flags].sum())
        if flags.sum() > CHRONIC * known.sum():
            findings.append(_finding(family, first, 0, many, direction, share, int(flags.sum()), Severity.INFO))
            continue
        for a, b in stretches(flags):
            if b - a >= LEAST_DAYS:
                share = float(rest[a:b].sum() / size[a:b].sum())
                findings.append(_finding(family, first, a, b, direction, share, b - a, Severity.WARNING))
    return findings


def _finding(
    family: Family, first: int, a: int, b: int, direction: str, share: float, days: int, severity: Severity
) -> Finding:
    start, end = first + a * DAY_H * HOUR, first + b * DAY_H * HOUR
    return found(
        family.parent, Kind.BALANCE, start, end, severity, "look", direction=direction, share=round(share, 4), days=days,
        allowed_loss=family.loss_share, children=len(family.names),
    )  # fmt: skip


def corrected(family: Family, factors: dict[str, float]) -> Family:
    """The family with wrong multipliers set right, so that one fault is not told twice."""
    below = family.below.copy()
    for i, name in enumerate(family.names):
        below[i] *= factors.get(name, 1.0)
    return replace(family, below=below)
