"""Which channels a rule speaks of, and limits in the integers' unit."""

from fractions import Fraction

from lingtan.base.units import MILLI
from lingtan.metering.alarms.rule import Scope
from lingtan.metering.channels import Terms, reading_unit
from lingtan.park.activities import Activity
from lingtan.park.carriers import CarrierInfo
from lingtan.park.model import Channel, Meter, Park, owner


def covers(scope: Scope, park: Park, meter: Meter, channel: Channel) -> bool:
    """Whether a channel fits all that a scope states."""
    return (
        (not scope.channels or channel.id in scope.channels)
        and (not scope.carriers or channel.carrier in scope.carriers)
        and (not scope.activities or str(channel.activity) in scope.activities)
        and (not scope.enterprises or owner(park, meter, channel) in scope.enterprises)
    )


def covers_park(scope: Scope) -> bool:
    """Whether a scope leaves in what belongs to no channel."""
    return not (scope.channels or scope.enterprises or scope.carriers or scope.activities)


def rated(terms: Terms) -> float:
    """The rating. [1/1000 carrier unit per hour]; infinite where none is stated."""
    return float("inf") if terms.limit is None else float(terms.limit)


def milli_rate(number: Fraction, channel: Channel, known: dict[str, CarrierInfo]) -> float:
    """A number in the channel's unit (per hour) as readings count it. [1/1000 carrier unit (per hour)]"""
    unit, size = reading_unit(channel, known)
    content = Fraction(1) if unit == known[channel.carrier].unit else Fraction(channel.content or 1) / size
    return float(number * size * content * MILLI)


def is_rate(channel: Channel) -> bool:
    """Whether a reading is an amount over its interval, judged per hour; a level or a temperature is judged as it is."""
    return channel.kind != "level" and channel.activity is not Activity.REFERENCE


def rate_unit(channel: Channel, known: dict[str, CarrierInfo]) -> str:
    """The unit that a judged value is told in: kW for kWh, else the carrier's unit per hour; a level has its own."""
    if channel.activity is Activity.REFERENCE:
        return channel.unit
    unit = known[channel.carrier].unit
    if not is_rate(channel):
        return unit
    return "kW" if unit == "kWh" else f"{unit}/h"
