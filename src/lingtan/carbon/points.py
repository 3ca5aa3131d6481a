"""Accounting points: what the account counts, after sub-meters are told from meters.

A channel below another one with the same carrier and activity only explains it. If it belongs to another enterprise
(a tenant behind its landlord's meter), it counts for that enterprise and is taken off the upper one.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from lingtan.park.activities import Activity
from lingtan.park.carriers import CarrierInfo, carriers
from lingtan.park.formula import expand
from lingtan.park.model import Channel, Meter, Park, channels, owner


@dataclass(frozen=True)
class Point:
    """A quantity that is accounted: a linear combination of channels with one meaning."""

    id: str
    carrier: CarrierInfo
    activity: Activity
    enterprise: str
    terms: dict[str, Fraction]
    connection: str | None = None
    asset: str | None = None
    process: str | None = None
    waste: str | None = None
    kind_of_power: str | None = None


def operator(park: Park) -> str:
    """Whom everything that nobody else is metered for belongs to."""
    return park.park.operator or "park"


def all_points(park: Park) -> dict[str, Point]:
    """Every channel and virtual meter as a point, sub-meters included, by id."""
    known = carriers(park)
    found = {i: _point(park, meter, channel, known[channel.carrier]) for i, (meter, channel) in channels(park).items()}
    for virtual in park.virtual_meters:
        found[virtual.id] = Point(
            id=virtual.id,
            carrier=known[virtual.carrier],
            activity=virtual.activity,
            enterprise=virtual.enterprise or operator(park),
            terms=expand(park, virtual.id),
            connection=virtual.connection,
            asset=virtual.asset,
            process=virtual.process,
            waste=virtual.waste,
            kind_of_power=virtual.kind_of_power,
        )
    return found


def points(park: Park) -> list[Point]:
    """The accounting points of the park, sorted by id."""
    found = {i: p for i, p in all_points(park).items() if p.activity is not Activity.REFERENCE}
    meters = {m.id: m for m in park.meters}
    dropped: set[str] = set()
    for channel_id, (meter, channel) in channels(park).items():
        above = _above(meters, meter, channel)
        if channel_id not in found or above is None:
            continue
        if found[above].enterprise == found[channel_id].enterprise and found[channel_id].asset is None:
            dropped.add(channel_id)
        else:
            upper = found[above]
            found[above] = replace(upper, terms={**upper.terms, channel_id: Fraction(-1)})
    return [found[i] for i in sorted(found) if i not in dropped]


def _point(park: Park, meter: Meter, channel: Channel, carrier: CarrierInfo) -> Point:
    return Point(
        id=channel.id,
        carrier=carrier,
        activity=channel.activity,
        enterprise=owner(park, meter, channel),
        terms={channel.id: Fraction(1)},
        connection=channel.connection,
        asset=channel.asset,
        process=channel.process,
        waste=channel.waste,
        kind_of_power=channel.kind_of_power,
    )


def _above(meters: dict[str, Meter], meter: Meter, channel: Channel) -> str | None:
    """The nearest channel with the same carrier and activity in the meters above."""
    at = meters.get(meter.parent or "")
    while at is not None:
        for upper in at.channels:
            if upper.carrier == channel.carrier and upper.activity is channel.activity:
                return upper.id
        at = meters.get(at.parent or "")
    return None
