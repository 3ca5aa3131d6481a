"""A parent meter and its children on one hourly grid, as the balance and the multiplier checks compare them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lingtan.metering.checks.look import Floats, Look
from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.park.model import Channel, Meter, Park
from lingtan.park.tree import children

TAKEN = FUEL_BURNT | {
    Activity.IMPORT, Activity.USE, Activity.CHARGE, Activity.TRANSFER_OUT, Activity.FEEDSTOCK, Activity.BUNKER,
    Activity.CONVERSION_INPUT, Activity.INTAKE,
}  # fmt: skip
GIVEN = frozenset({Activity.EXPORT, Activity.GENERATION, Activity.DISCHARGE})
HOUR = 3600


@dataclass(frozen=True)
class Family:
    """Hourly quantities from ``first`` on. [1/1000 carrier unit]

    ``below`` has a row for each of ``names``, the channels of the children, with its sign; NaN where one is missing.
    """

    parent: str
    loss_share: float
    first: int
    above: Floats
    names: list[str]
    below: Floats
    tolerance: float
    classes: list[float]


def families(park: Park, looks: Mapping[str, Look]) -> Iterator[Family]:
    """Every parent whose channels of one carrier, and all of its children's, are on a grid of an hour or less."""
    below = children(park)
    for meter in park.meters:
        kids = below[meter.id]
        if not kids:
            continue
        for carrier in sorted({c.carrier for c in meter.channels if sign(c)}):
            own = [c for c in meter.channels if c.carrier == carrier and sign(c)]
            theirs = [(k, c) for k in kids for c in k.channels if c.carrier == carrier and sign(c)]
            family = _family(meter, own, theirs, looks) if theirs else None
            if family is not None:
                yield family


def sign(channel: Channel) -> int:
    """1 for what comes to a meter's branch, -1 for what it gives, 0 for neither."""
    return 1 if channel.activity in TAKEN else -1 if channel.activity in GIVEN else 0


def _family(
    meter: Meter, own: list[Channel], theirs: list[tuple[Meter, Channel]], looks: Mapping[str, Look]
) -> Family | None:
    everyone = [*own, *(c for _, c in theirs)]
    if any(c.id not in looks or looks[c.id].step > HOUR or HOUR % looks[c.id].step for c in everyone):
        return None
    first = max(looks[c.id].first // HOUR * HOUR for c in everyone)
    hours = min((looks[c.id].first + len(looks[c.id]) * looks[c.id].step - first) // HOUR for c in everyone)
    if hours < 48:
        return None
    sums = [sign(c) * _hourly(looks[c.id], first, hours) for c in everyone]
    shares = [_class(meter.accuracy), max((_class(k.accuracy) for k, _ in theirs), default=0.01)]
    return Family(
        own[0].id, float(meter.loss_share), first, np.sum(sums[: len(own)], axis=0), [c.id for _, c in theirs],
        np.array(sums[len(own) :]), sum(shares), [_class(k.accuracy) for k, _ in theirs],
    )  # fmt: skip


def _class(accuracy: str | None) -> float:
    return float((accuracy or "1").rstrip("S")) / 100


def _hourly(look: Look, first: int, hours: int) -> Floats:
    per = HOUR // look.step
    begin = max((first - look.first) // look.step, 0)
    return np.asarray(look.flow[begin : begin + hours * per].reshape(hours, per).sum(axis=1))
