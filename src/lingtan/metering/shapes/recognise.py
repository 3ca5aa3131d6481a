"""Which shape a table has, and what it says: the way from a sheet to readings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lingtan.base.errors import LingtanError, Place, Problem
from lingtan.metering.shapes import words
from lingtan.metering.shapes.assemble import Assembled, assemble
from lingtan.metering.shapes.carrier_names import CarrierNames
from lingtan.metering.shapes.cells import Cells
from lingtan.metering.shapes.day_row import take_day_rows
from lingtan.metering.shapes.forms import is_form, take_form
from lingtan.metering.shapes.header import TIMES, Layout, layout
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.matching import Matched, match_names
from lingtan.metering.shapes.names import Register
from lingtan.metering.shapes.period_columns import take_period_columns
from lingtan.metering.shapes.rows import take_rows
from lingtan.metering.shapes.sheet import Book, Sheet
from lingtan.metering.shapes.stamps import Clock, zone_of
from lingtan.park.carriers import carriers
from lingtan.park.model import Park

_UTC = re.compile(r"(?<![a-z])(?:utc|gmt)\s*([+-]\d{1,2}(?::?\d{2})?)?(?![a-z])", re.IGNORECASE)
_BEIJING = re.compile(r"北京时间|(?<![a-z])cst(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Names:
    """What a park and a mapping say about names, prepared once for many files."""

    park: Park
    mapping: Mapping

    @cached_property
    def register(self) -> Register:
        """Channels by what people call them."""
        return Register(self.park, {str(k): v for k, v in self.mapping.channels.items()})

    @cached_property
    def carriers(self) -> CarrierNames:
        """Channels by carrier and activity."""
        return CarrierNames(self.park, self.register)


@dataclass(frozen=True)
class Recognised:
    """A table with its shape, what its names mean, and its readings."""

    sheet: Sheet
    cells: Cells
    matched: Sequence[Matched]
    assembled: Assembled
    zone: str
    zone_why: str


def recognise(book: Book, names: Names) -> tuple[list[Recognised], list[Problem]]:
    """The tables of a file that could be understood, and why others could not."""
    found: list[Recognised] = []
    problems: list[Problem] = []
    for sheet in _chosen(book, names.mapping, problems):
        try:
            one = recognise_sheet(sheet, names)
        except LingtanError as error:
            place = Place(file=book.file, sheet=sheet.name)
            problems += error.problems or [Problem(error.code, place, error.values)]
            continue
        if one is None:
            problems.append(Problem("import.no-shape", Place(file=book.file, sheet=sheet.name), {}))
        else:
            found.append(one)
    return found, problems


def _chosen(book: Book, mapping: Mapping, problems: list[Problem]) -> list[Sheet]:
    if mapping.sheet is None:
        return list(book.sheets)
    wanted = [mapping.sheet] if isinstance(mapping.sheet, str) else mapping.sheet
    known = {s.name or "": s for s in book.sheets}
    for name in wanted:
        if name not in known:
            values = {"sheet": name, "known": ", ".join(known)[:200]}
            problems.append(Problem("import.no-sheet", Place(file=book.file), values))
    return [known[n] for n in wanted if n in known]


def recognise_sheet(sheet: Sheet, names: Names) -> Recognised | None:
    """What one table says; None if it has no shape that is known."""
    mapping, park = names.mapping, names.park
    zone, why = _stated_zone(mapping, park)
    clock = Clock(zone, sheet.facts.get("date_1904") == "1", mapping.day_first)
    cells = None
    if mapping.shape in (None, "form") and (mapping.shape == "form" or is_form(sheet, names.carriers)):
        cells = take_form(sheet, mapping, clock, names.register, names.carriers)
        if cells is None and mapping.shape is None and is_form(sheet, names.carriers):
            raise_no_period(sheet)
    if cells is None and mapping.shape != "form":
        found = layout(sheet, mapping)
        if found is None:
            return None
        if why == "park":
            zone, why = _zone_of_header(found) or (zone, why)
            clock = replace(clock, zone=zone)
        cells = _taken(found, mapping, clock)
    if cells is None:
        return None
    matched = match_names(cells, sheet, names.register, mapping)
    made = assemble(cells, matched, names.register, carriers(park), mapping, zone_of(zone))
    return Recognised(sheet, cells, matched, made, zone, why)


def raise_no_period(sheet: Sheet) -> None:
    """A form that says nowhere which month or year it is of."""
    from lingtan.base.errors import InputError

    raise InputError("import.no-period", file=sheet.file)


def _taken(found: Layout, mapping: Mapping, clock: Clock) -> Cells | None:
    if mapping.shape == "day_row":
        return take_day_rows(found, mapping, clock)
    if mapping.shape == "periods":
        return take_period_columns(found, mapping, clock)
    if mapping.shape in ("long", "wide", "bill"):
        return take_rows(found, mapping, clock)
    tries: list[Any] = [take_day_rows, take_period_columns, take_rows]
    return next((cells for take in tries if (cells := take(found, mapping, clock)) is not None), None)


def _stated_zone(mapping: Mapping, park: Park) -> tuple[str, str]:
    if mapping.zone is not None:
        zone_of(mapping.zone)
        return mapping.zone, "mapping"
    return park.park.timezone, "park"


def _zone_of_header(found: Layout) -> tuple[str, str] | None:
    """The zone that the header of a time column names, such as ``time_utc`` or ``时间(UTC+8)``."""
    for i in found.where(*TIMES):
        header = words.plain(found.headers[i]).replace("_", " ")
        utc = _UTC.search(header)
        if utc:
            return (utc.group(1) or "UTC"), "header"
        if _BEIJING.search(header):
            return "Asia/Shanghai", "header"
    return None
