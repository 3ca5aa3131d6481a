"""From the number in a file to the number that is kept: the exact factor of unit and interval."""

from fractions import Fraction

from lingtan.base.errors import InputError
from lingtan.base.units import dimension, ratio
from lingtan.metering.shapes import words
from lingtan.park.model import Channel

KW_HOURS = Fraction(1, 3600)  # kWh per kW and second


def stored_unit(channel: Channel, metering_unit: str) -> str:
    """The unit whose 1/1000 is kept: the carrier's metering unit, or the channel's own where the two differ in kind.

    A channel with ``content`` (steam read in t, accounted in GJ) is kept in its own unit.
    """
    try:
        ratio(channel.unit, metering_unit)
    except InputError:
        return channel.unit
    return metering_unit


def factor(channel: Channel, metering_unit: str, unit: str | None, seconds: int) -> Fraction:
    """Stored units per number in the file; power and rates are multiplied by the interval.

    Raises
    ------
    InputError
        If the unit measures something else, or is a rate of a channel that has no interval.
    """
    target = stored_unit(channel, metering_unit)
    written = unit or channel.unit
    if written.endswith("/h"):
        return ratio(written[:-2], target) * Fraction(_interval(written, seconds, target), 3600)
    if dimension(written) == "power" and dimension(target) != "power":
        return ratio(written, "kW") * ratio("kWh", target) * _interval(written, seconds, target) * KW_HOURS
    return ratio(written, target)


def written_unit(header_unit: str | None, hint: str, quantity: str | None, channel: Channel) -> str | None:
    """The unit of a column: its own, else kW or kWh by what the header or the mapping says, else the channel's (None)."""
    if quantity is None and header_unit:
        return header_unit
    try:
        kind = dimension(channel.unit)
    except InputError:
        return header_unit
    if kind not in ("electricity", "power"):
        return header_unit
    if quantity == "power" or (quantity is None and words.POWER.search(hint) and not words.ENERGY.search(hint)):
        power = header_unit or channel.unit
        return power if dimension(power) == "power" else "kW"
    if quantity == "energy" and kind == "power":
        return "kWh"
    return header_unit


def _interval(unit: str, seconds: int, target: str) -> int:
    if seconds <= 0:
        raise InputError("import.rate-without-interval", unit=unit, target=target)
    return seconds
