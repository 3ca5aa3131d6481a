"""Metering units, as exact ratios; and fixed point, the form of every number in the ledger.

A quantity in the ledger is an int64 of 1/1000 of its carrier's metering unit (``milli``), a factor an int64 of 1e-6 kg
per unit (``micro``); their product is micrograms, summed as exact integers.

The table is our own because it must be exact (pint computes in floats and reads ``2 000 kWh`` as zero).
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest

# dimension -> (metering unit, {spelling: how many metering units})
_TABLE: dict[str, tuple[str, dict[str, str]]] = {
    "electricity": ("kWh", {"kWh": "1", "Wh": "0.001", "MWh": "1000", "GWh": "1000000", "TWh": "1000000000",
                            "万kWh": "10000", "亿kWh": "100000000", "度": "1", "万度": "10000", "千瓦时": "1",
                            "万千瓦时": "10000", "兆瓦时": "1000", "亿千瓦时": "100000000"}),
    "energy": ("GJ", {"GJ": "1", "MJ": "0.001", "kJ": "0.000001", "TJ": "1000", "吉焦": "1", "百万千焦": "1",
                      "兆焦": "0.001", "万GJ": "10000"}),
    "mass": ("kg", {"kg": "1", "g": "0.001", "t": "1000", "ton": "1000", "Mt": "1000000000", "kt": "1000000",
                    "万t": "10000000", "吨": "1000", "千克": "1", "公斤": "1", "万吨": "10000000"}),
    "volume": ("m3", {"m3": "1", "Nm3": "1", "m³": "1", "Nm³": "1", "L": "0.001", "万m3": "10000", "万Nm3": "10000",
                      "万m³": "10000", "10^4m3": "10000", "10^4Nm3": "10000", "1e4 Nm3": "10000", "立方米": "1",
                      "万立方米": "10000", "标准立方米": "1", "标方": "1", "升": "0.001", "千立方米": "1000", "km3": "1000"}),
    "count": ("unit", {"unit": "1", "件": "1", "台": "1", "套": "1", "个": "1", "万件": "10000", "万台": "10000"}),
    "power": ("kW", {"kW": "1", "W": "0.001", "MW": "1000", "GW": "1000000", "千瓦": "1", "兆瓦": "1000",
                     "万千瓦": "10000"}),
    "money": ("CNY", {"CNY": "1", "元": "1", "万元": "10000", "亿元": "100000000"}),
}  # fmt: skip
# kWh and GJ measure the same thing; a channel of heat may be read in MWh
KWH_PER_GJ = Fraction(10**6, 3600)

UNITS: dict[str, tuple[str, Fraction]] = {
    spelling: (dimension, Fraction(ratio))
    for dimension, (_, spellings) in _TABLE.items()
    for spelling, ratio in spellings.items()
}
METERING_UNIT: dict[str, str] = {dimension: unit for dimension, (unit, _) in _TABLE.items()}
_FOLDED: dict[str, str] = {}
for _spelling in UNITS:
    _FOLDED.setdefault(_spelling.lower().replace(" ", ""), _spelling)
MILLI = 1000
MICRO = 1_000_000
INT64_MAX = 2**63 - 1


def canonical_unit(text: str) -> str | None:
    """The known spelling of a unit, forgiving case, spaces and full-width letters; None if unknown."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for candidate in (text.strip(), plain):
        if candidate in UNITS:
            return candidate
    return _FOLDED.get(plain.lower().replace(" ", "").replace("·", ""))


def ratio(unit: str, target: str) -> Fraction:
    """How many ``target`` are one ``unit``, exactly. Energy units convert between kWh and GJ.

    Raises
    ------
    InputError
        If a unit is unknown or the two measure different things.
    """
    have, want = _lookup(unit), _lookup(target)
    if have[0] == want[0]:
        return have[1] / want[1]
    if (have[0], want[0]) == ("electricity", "energy"):
        return have[1] / KWH_PER_GJ / want[1]
    if (have[0], want[0]) == ("energy", "electricity"):
        return have[1] * KWH_PER_GJ / want[1]
    raise InputError("units.different", unit=unit, target=target)


def dimension(unit: str) -> str:
    """What a unit measures: electricity, energy, mass, volume, count, power or money."""
    return _lookup(unit)[0]


def _lookup(unit: str) -> tuple[str, Fraction]:
    known = canonical_unit(unit)
    if known is None:
        raise InputError("units.unknown", unit=unit, nearest=nearest(unit, UNITS) or "kWh")
    return UNITS[known]


# thousands stand in whole groups of three; a short exponent, so that no text can ask for an endless number
_QUANTITY = re.compile(
    r"([+-]?(?:\d{1,3}(?:[ ,_]\d{3})+(?:\.\d*)?|\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?)(?!\d)\s*(.*)",
    re.ASCII | re.DOTALL,
)


def quantity(text: str | int | float | Decimal, target: str) -> Decimal:
    """A quantity such as ``2 MWh`` as an exact number of ``target``; a bare number is taken as ``target`` already.

    Thousands may be set off (``2 000``, ``2,000``, ``2_000``); a comma before one or two digits is refused, as it may
    mean a decimal point.

    Raises
    ------
    InputError
        If the text is no quantity of that kind. The number and the unit are split before either is read.
    """
    if isinstance(text, int | float | Decimal):
        return Decimal(str(text))
    found = _QUANTITY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise InputError("units.not-a-quantity", text=text, target=target)
    number = Fraction(re.sub(r"[ ,_]", "", found.group(1)))
    try:
        exact = number * ratio(found.group(2) or target, target)
    except InputError:
        raise InputError("units.not-a-quantity", text=text, target=target) from None
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def fixed(number: Fraction | Decimal | int | str, scale: int) -> int:
    """``number × scale`` as an integer, rounded half away from zero. [1/scale]"""
    exact = Fraction(number) * scale
    doubled = 2 * abs(exact.numerator) + exact.denominator
    magnitude = doubled // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def rounded(amount: int | Fraction, scale: int, digits: int) -> Decimal:
    """A fixed-point integer as a decimal with ``digits`` places, rounded once, half away from zero."""
    exact = Fraction(amount) / scale
    step = Decimal(1).scaleb(-digits)
    return Decimal(fixed(exact, 10**digits)).scaleb(-digits).quantize(step, rounding=ROUND_HALF_UP)
