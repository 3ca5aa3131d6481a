"""What turns a channel's raw numbers into activity: factor by date, register, rating.

Everything of the park file that the arithmetic needs, as integers and exact fractions, prepared once for a park.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.base.units import METERING_UNIT, MILLI, canonical_unit, dimension, fixed, ratio
from lingtan.park.activities import Activity
from lingtan.park.carriers import CarrierInfo, carriers
from lingtan.park.model import Channel, Meter, Park
from lingtan.park.model import channels as park_channels

ALWAYS = -(2**62)


@dataclass(frozen=True)
class Era:
    """A stretch of a channel's life with one meter and one multiplier. Registers in 1/1000 of the reading unit.

    ``initial`` is the register when the era began and ``before`` the old one's last; both None where one register goes on
    (only the multiplier changed) unless ``swapped`` says that it is another meter with unknown registers.
    """

    start_s: int
    factor: Fraction
    modulus: int | None = None
    swapped: bool = False
    before: int | None = None
    initial: int | None = None


@dataclass(frozen=True)
class Terms:
    """A channel as arithmetic sees it. ``limit`` is the most that an hour can bring. [1/1000 carrier unit]"""

    key: int
    id: str
    kind: str
    signed: bool
    limit: int | None
    eras: tuple[Era, ...]
    unit: str
    meter: Meter
    channel: Channel

    def era(self, at_s: int) -> Era:
        """The era in force at an instant (seconds since 1970)."""
        found = self.eras[0]
        for era in self.eras[1:]:
            if era.start_s <= at_s:
                found = era
        return found


class Book:
    """The terms of a park's channels by key, each worked out when first asked for."""

    def __init__(self, park: Park) -> None:
        self.park = park
        self._carriers = carriers(park)
        self._known = {channel_key(name): (name, *pair) for name, pair in park_channels(park).items()}
        self._terms: dict[int, Terms] = {}

    def __contains__(self, key: int) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def name(self, key: int) -> str:
        """The id of a channel; the key's digits if the park does not know it."""
        return self._known[key][0] if key in self._known else str(key)

    def terms(self, key: int) -> Terms | None:
        """The terms of a channel, or None if the park does not know it."""
        found = self._terms.get(key)
        if found is None and key in self._known:
            _, meter, channel = self._known[key]
            found = self._terms[key] = terms(meter, channel, self._carriers, zone=self.park.park.timezone)
        return found


def reading_unit(channel: Channel, known: dict[str, CarrierInfo]) -> tuple[str, Fraction]:
    """The unit whose 1/1000 the stored readings count, and how many of it are one channel unit.

    It is the carrier's metering unit; where the channel measures something else (steam in t, carrier in GJ) the metering
    unit of what it measures; for power the metering unit of the energy that the importer makes of it.

    Raises
    ------
    InputError
        If carrier or unit is unknown.
    """
    carrier = known.get(channel.carrier)
    if carrier is None:
        raise InputError("metering.unknown-carrier", channel=channel.id, carrier=channel.carrier)
    if canonical_unit(channel.unit) is None and channel.activity is Activity.REFERENCE:
        return carrier.unit, Fraction(1)  # degrees and the like are kept as they are; they are never accounted
    kind = dimension(channel.unit)
    if kind == "power":
        return carrier.unit, ratio(channel.unit, "kW") * ratio("kWh", carrier.unit)
    if kind == dimension(carrier.unit) or {kind, dimension(carrier.unit)} == {"electricity", "energy"}:
        return carrier.unit, ratio(channel.unit, carrier.unit)
    return METERING_UNIT[kind], ratio(channel.unit, METERING_UNIT[kind])


def terms(meter: Meter, channel: Channel, known: dict[str, CarrierInfo], *, zone: str) -> Terms:
    """Work out the terms of one channel; changes dated without an offset are local time of ``zone``.

    Raises
    ------
    InputError
        If the channel measures something else than its carrier and has no ``content``, or a name is unknown.
    """
    unit, size = reading_unit(channel, known)
    content = Fraction(1)
    if unit != known[channel.carrier].unit:
        if channel.content is None:
            raise InputError(
                "metering.no-content",
                channel=channel.id,
                unit=channel.unit,
                carrier_unit=known[channel.carrier].unit,
            )
        content = Fraction(channel.content) / size

    def register(number: object) -> int | None:
        return None if number is None else fixed(Fraction(str(number)) * size, MILLI)

    def modulus(digits: int | None) -> int | None:
        return None if digits is None else register(10**digits)

    multiplier, digits = Fraction(channel.multiplier), channel.digits
    dated = [(_instant_s(change.start, zone), change) for change in channel.history]
    eras = [Era(ALWAYS, multiplier * content, modulus(digits))]
    for start_s, change in sorted(dated, key=lambda pair: pair[0]):
        multiplier = Fraction(change.multiplier) if change.multiplier is not None else multiplier
        digits = change.digits if change.digits is not None else digits
        registers = change.final is not None or change.initial is not None
        only_factor = (
            not registers and change.multiplier is not None and change.serial is None and change.digits is None
        )
        eras.append(
            Era(
                start_s,
                multiplier * content,
                modulus(digits),
                swapped=not only_factor,
                before=register(change.final),
                initial=register(change.initial),
            )
        )
    limit = None
    if channel.max_per_hour is not None:
        limit = ceil(Fraction(channel.max_per_hour) * size * content * MILLI)
    return Terms(
        channel_key(channel.id),
        channel.id,
        channel.kind,
        channel.signed,
        limit,
        tuple(eras),
        unit,
        meter,
        channel,
    )


def _instant_s(at: datetime, zone: str) -> int:
    return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp())
