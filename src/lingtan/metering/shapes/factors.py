"""From the number in a file to the number that is kept: the exact factor of unit and interval."""

from fractions import Fraction

from lingtan.base.errors import InputError
from lingtan.base.units import canonical_unit, dimension, ratio
from lingtan.metering.channels import reading_unit
from lingtan.metering.shapes import words
from lingtan.park.carriers import CarrierInfo
from lingtan.park.model import Channel

KW_HOURS = Fraction(1, 3600)  # kWh per kW and second


def factor(channel: Channel, known: dict[str, CarrierInfo], unit: str | None, seconds: int) -> Fraction:
    """Stored units per number in the file; power and rates are multiplied by the interval.

    What is stored is 1/1000 of :func:`~lingtan.metering.channels.reading_unit`.

    Raises
    ------
    InputError
        If the unit measures something else, or is a rate of a channel that has no interval.
    """
    target, _ = reading_unit(channel, known)
    if unit is None and canonical_unit(channel.unit) is None:
        return Fraction(1)  # degrees and the like, kept as they are
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


def is_rate(unit: str) -> bool:
    """Whether a unit is one of power or flow, so that an interval makes a quantity of it."""
    return unit.endswith("/h") or (canonical_unit(unit) is not None and dimension(unit) == "power")


def _interval(unit: str, seconds: int, target: str) -> int:
    if seconds <= 0:
        raise InputError("import.rate-without-interval", unit=unit, target=target)
    return seconds
