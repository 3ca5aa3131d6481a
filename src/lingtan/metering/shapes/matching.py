"""From the names of a table to channels, tiers (尖峰平谷) joined and what nobody accounts left aside."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lingtan.metering.shapes import words
from lingtan.metering.shapes.cells import Cells, Name
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.names import Match, Register
from lingtan.metering.shapes.sheet import Sheet

BESIDE = "import.beside"  # known, and not accounted: left out without being an error
_TIER = re.compile(
    r"(?:尖峰?|高峰|峰|平|低?谷|深谷)(?:段|期|时段)?(?:有功)?(?:用?电量|电能|量)?|peak|flat|valley|off.?peak|shoulder",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"总|合计|总?电量|有功总|正向有功总?|total", re.IGNORECASE)


@dataclass(frozen=True)
class Matched:
    """A name of the table with what was found for it."""

    name: Name
    match: Match


def match_names(cells: Cells, sheet: Sheet, register: Register, mapping: Mapping) -> list[Matched]:
    """The channel of each name, in the order of ``cells.names``."""
    found = []
    alone = [sheet.name or "", sheet.stem]
    for name in _with_tiers(cells.names):
        if name.channel is not None:
            match = Match(name.channel)
        elif name.code is not None:
            match = Match(code=name.code, nearest=name.hint or None)
        elif any(name.parts):
            match = register.find(name.parts)
            if match.channel is None and match.code == "import.unknown-channel" and mapping.channel:
                match = _only(register, mapping.channel) if _one_series(cells.names) else match
        elif mapping.channel:
            match = _only(register, mapping.channel)
        else:
            match = _by_place(alone, register)
        found.append(Matched(name, match))
    return found


def _only(register: Register, channel: str) -> Match:
    return Match(channel) if channel in register.channels else register.find((channel,))


def _one_series(names: Sequence[Name]) -> bool:
    return len({n.parts for n in names}) == 1


def _by_place(places: Sequence[str], register: Register) -> Match:
    """A table that names no series: the sheet or the file may be named for the channel."""
    for text in places:
        match = register.find((text,)) if text else Match()
        if match.channel is not None:
            return match
    if len(register.channels) == 1:
        return Match(next(iter(register.channels)))
    return Match(code="import.no-name")


def _with_tiers(names: Sequence[Name]) -> list[Name]:
    """Names that differ in the tier only become one, whose values are summed; beside a total they are left out."""
    groups: dict[tuple[tuple[str, ...], str], list[tuple[int, int]]] = defaultdict(list)
    totals: set[tuple[tuple[str, ...], str]] = set()
    for i, name in enumerate(names):
        for k, part in enumerate(name.parts):
            rest = (name.parts[:k] + name.parts[k + 1 :], name.column)
            if _TIER.fullmatch(words.plain(part)):
                groups[rest].append((i, k))
            elif _TOTAL.fullmatch(words.plain(part)):
                totals.add(rest)
    made = list(names)
    for rest, members in groups.items():
        if len(members) < 2:
            continue
        for i, k in members:
            name = made[i]
            if rest in totals:
                made[i] = replace(name, code=BESIDE, channel=None)
            else:
                made[i] = replace(name, parts=name.parts[:k] + name.parts[k + 1 :], add=True)
    return made
