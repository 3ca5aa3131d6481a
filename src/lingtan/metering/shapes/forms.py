"""The statistics forms 205-1 to 205-4: a row an energy (or water indicator), a column an activity, one period a sheet."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from lingtan.metering.shapes import words
from lingtan.metering.shapes.carrier_names import WATER_ROWS, CarrierNames, activity_of, bare
from lingtan.metering.shapes.cells import Cells, Name
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.names import Match, Register
from lingtan.metering.shapes.numbers import as_text
from lingtan.metering.shapes.sheet import Sheet
from lingtan.metering.shapes.stamps import Clock, zone_of
from lingtan.park.activities import Activity

_SPAN = re.compile(r"((?:19|20|21)\d\d)\s*年\s*(?:(\d{1,2})\s*[-—–~至到]\s*)?(\d{1,2})\s*月")
_YEAR = re.compile(r"((?:19|20|21)\d\d)\s*年?")
_SINCE_JANUARY = re.compile(r"(?:自年初|年初至|1\s*[-—–~至到]\s*(?:本月|\d{1,2}\s*月)|累计)")
_STOCKS = ("stock_year", "stock_start", "stock_end")
_ORDINAL = re.compile(r"[甲乙丙丁戊]")  # what stands below the heads of a form, before its first row
_PER_PRODUCT = re.compile(r"分母|母项")  # of form 205-3: the output that an energy use is divided by
_WATER_VALUE = re.compile(r"本期|本年|本月|实际|数量|用水量|取水量|合计|本单位")


@dataclass(frozen=True)
class FormPeriod:
    """The period of a form; a cumulative one runs from January to the end of ``last``."""

    year: int
    first: int
    last: int
    cumulative: bool


@dataclass(frozen=True)
class _Frame:
    """Where things stand in the sheet: first data row, column texts, name and unit column."""

    data: int
    headers: list[str]
    name: int
    unit: int | None


def form_period(texts: list[str], mapping: Mapping) -> FormPeriod | None:
    """The period that the mapping or the title rows state; None if none does."""
    since = any(_SINCE_JANUARY.search(t) for t in texts)
    for text in [mapping.period or "", *texts]:
        stated = re.fullmatch(r"((?:19|20|21)\d\d)-(\d{1,2})", text.strip())
        found = _SPAN.search(text)
        if found or stated:
            year, first, last = found.groups() if found else (stated.group(1), None, stated.group(2))  # type: ignore[union-attr]
            if not 1 <= int(last) <= 12:
                continue
            cumulative = mapping.cumulative if mapping.cumulative is not None else (since or first == "1")
            return FormPeriod(int(year), 1 if cumulative else int(first or last), int(last), bool(cumulative))
    for text in [mapping.period or "", *texts]:
        found = _YEAR.search(text)
        if found:
            return FormPeriod(int(found.group(1)), 1, 12, False)
    return None


def is_form(sheet: Sheet, names: CarrierNames) -> bool:
    """Whether rows name energies (or water indicators) and columns name what was done with them."""
    return sheet.header is None and _frame(sheet, names) is not None


def _row_kind(text: str, names: CarrierNames) -> bool:
    return bool(text) and (names.carrier(text) is not None or any(p.match(bare(text)) for p, _, _ in WATER_ROWS))


def _frame(sheet: Sheet, names: CarrierNames) -> _Frame | None:
    head = sheet.head(60)
    for r, row in enumerate(head):
        at = next((i for i, c in enumerate(row[:4]) if _row_kind(c, names)), None)
        headers = None if at is None else _headers(head, r)
        if at is None and any(words.looks_numeric(c) for c in row):
            headers = _headers(head, r)
            if any(_PER_PRODUCT.search(h) for h in headers):
                names_row = not any(_ORDINAL.fullmatch(c) for c in row if c and not words.looks_numeric(c))
                at = (
                    next((i for i, c in enumerate(row[:4]) if c and not words.looks_numeric(c)), None)
                    if names_row
                    else None
                )
        if at is None or headers is None or not any(words.looks_numeric(c) for c in row[at + 1 :]):
            continue
        known = sum(1 for i, h in enumerate(headers) if i != at and activity_of(h)[0])
        water = any(p.match(bare(x[at])) for p, _, _ in WATER_ROWS for x in head[r:] if len(x) > at)
        product = any(_PER_PRODUCT.search(h) for h in headers)
        if known >= 2 or (water and any(_WATER_VALUE.search(h) for h in headers)) or product:
            unit = next((i for i, h in enumerate(headers) if "单位" in h and "单位产品" not in h and i != at), None)
            return _Frame(r, headers, at, unit)
        return None
    return None


def _headers(head: list[list[str]], data: int) -> list[str]:
    """The words above each column of the first row of data, from up to six rows."""
    headers = ["" for _ in head[data]]
    for upper in head[max(0, data - 6) : data]:
        filled = [c for c in upper if c]
        if len(filled) < 2 or sum(1 for c in filled if re.fullmatch(r"[\d.]+|[甲乙丙丁]", c)) * 2 > len(filled):
            continue
        for i, c in enumerate(upper):
            if c and i < len(headers) and c not in headers[i]:
                headers[i] = f"{headers[i]} {c}".strip()
    return headers


def take_form(sheet: Sheet, mapping: Mapping, clock: Clock, register: Register, names: CarrierNames) -> Cells | None:
    """The cells of a statistics form; None if the sheet is none, or states no period."""
    found = _frame(sheet, names)
    if found is None:
        return None
    head = sheet.head(60)
    titles = [c for row in head[: found.data] for c in row if c] + [sheet.name or "", sheet.stem]
    period = form_period(titles, mapping)
    if period is None:
        return None
    enterprise = mapping.enterprise or names.enterprise(titles)
    first = _instant(period.year, period.first, clock)
    last = _instant(period.year + period.last // 12, period.last % 12 + 1, clock)
    lasts = int((last - first).total_seconds())
    columns = tuple(sheet.frame.columns)
    body = sheet.frame.with_row_index("row", offset=sheet.first_row).slice(found.data)
    listed: list[Name] = []
    rows: list[dict[str, object]] = []
    ignored: list[str] = []
    for record in body.iter_rows(named=True):
        label = str(record[columns[found.name]] or "").strip()
        if not label or words.TOTALS.fullmatch(bare(label)):
            continue
        unit = str(record[columns[found.unit]] or "").strip() if found.unit is not None else None
        for i, header in enumerate(found.headers):
            if i in (found.name, found.unit) or i >= len(columns):
                continue
            text = record[columns[i]]
            if text is None or not str(text).strip():
                continue
            target = _target(label, header, enterprise, register, names)
            if target is None:
                continue
            match, kind = _no_register(target[0], register), target[1]
            if match.channel is None and match.code == "import.no-channel-for" and _is_nothing(str(text)):
                continue
            start, seconds = (
                (first, lasts)
                if kind not in _STOCKS
                else (
                    (
                        _instant(period.year, 1, clock)
                        if kind == "stock_year"
                        else first
                        if kind == "stock_start"
                        else last
                    ),
                    0,
                )
            )
            rows.append({"row": record["row"], "at": start, "seconds": seconds, "name": len(listed), "text": str(text)})
            parts = (bare(label), header)
            own = words.split_unit(label)[1] or words.split_unit(header)[1]
            if kind == Activity.OUTPUT:  # the unit of 千克标准煤/吨 is the one below the line
                own, unit = words.split_unit(header)[1], unit_below(unit)
            hint = match.nearest or ", ".join(match.candidates)
            listed.append(
                Name(
                    parts,
                    header,
                    (own or unit) if kind == Activity.OUTPUT else (unit or own),
                    hint,
                    match.channel,
                    match.code,
                )
            )
    schema: dict[str, Any] = {
        "row": pl.UInt32,
        "at": pl.Datetime("us", "UTC"),
        "seconds": pl.Int32,
        "name": pl.UInt32,
        "text": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema)
    frame = frame.with_columns(text=as_text(frame["text"]))
    label = f"{period.year}-{period.first:02d} … {period.year}-{period.last:02d}"
    return Cells(
        "form", frame, listed, sheet.first_row + found.data - 1, label, "instant", ("start", "period"),
        ignored=tuple(ignored), cumulative=period.cumulative,
    )  # fmt: skip


def _target(
    label: str, header: str, enterprise: str | None, register: Register, names: CarrierNames
) -> tuple[Match, str] | None:
    """The channel of a cell and its activity; None for parts of other cells, money and coefficients."""
    stated = register.find_stated((bare(label), header)) or register.find_stated((label, header))
    for pattern, carrier, activity in WATER_ROWS:
        if pattern.match(bare(label)):
            if not _WATER_VALUE.search(header) or re.search(r"上年|同期|增减|金额", header):
                return None
            return stated or names.find(carrier, activity, enterprise), activity
    known, kind = activity_of(header)
    if not known or kind is None:
        return None
    if kind == Activity.OUTPUT:
        return stated or names.product(label, enterprise) or register.find((bare(label),)), kind
    carrier_id = names.carrier(label)
    activity = Activity.STOCK if kind in _STOCKS else kind
    if stated:
        return stated, kind
    if carrier_id is None:
        return Match(code="import.unknown-carrier", nearest=names.nearest(label)), kind
    return names.find(carrier_id, str(activity), enterprise), kind


def _no_register(match: Match, register: Register) -> Match:
    """A form tells amounts; the channel of a counter keeps what its register shows, and takes none."""
    if match.channel is not None and register.channels[match.channel][1].kind == "counter":
        return Match(code="import.amount-for-counter", nearest=match.channel)
    return match


def unit_below(text: str | None) -> str | None:
    """The unit that another one is counted per: ``千克标准煤/吨`` → ``吨``."""
    return text.rsplit("/", 1)[-1].strip() if text else None


def _is_nothing(text: str) -> bool:
    return re.fullmatch(r"[-—0.\s]*", text) is not None


def _instant(year: int, month: int, clock: Clock) -> datetime:
    """The beginning of a month, in UTC."""
    return datetime(year, month, 1, tzinfo=zone_of(clock.zone)).astimezone(UTC)
