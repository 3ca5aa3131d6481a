"""Tables with a period in each column header: years (three years of history) or the months of a year."""

import re
from collections.abc import Sequence

import polars as pl

from lingtan.metering.shapes import words
from lingtan.metering.shapes.cells import Cells, Name, indexed, no_rejects, reject
from lingtan.metering.shapes.header import Layout
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.numbers import as_text
from lingtan.metering.shapes.rows import drop_overfull, drop_totals
from lingtan.metering.shapes.stamps import Clock, instants

_YEAR = re.compile(r"((?:19|20|21)\d\d)\s*年?度?")
_MONTH = re.compile(r"(?:((?:19|20|21)\d\d)[-年./])?(\d{1,2})月份?|((?:19|20|21)\d\d)-(\d{2})")


def period_label(text: str) -> tuple[int | None, int | None] | None:
    """(year, month) of a header such as ``2023年``, ``2024-05``, ``3月``; None if it names no period."""
    tight = re.sub(r"\s+|\(.*\)$", "", text)
    found = _YEAR.fullmatch(tight)
    if found:
        return int(found.group(1)), None
    found = _MONTH.fullmatch(tight)
    if found is None:
        return None
    year, month = found.group(1) or found.group(3), int(found.group(2) or found.group(4))
    return (int(year) if year else None, month) if 1 <= month <= 12 else None


def year_nearby(found: Layout, mapping: Mapping) -> int | None:
    """The year that the mapping, the title rows, the sheet or the file name state."""
    above = found.sheet.head()[: max(0, (found.header_row or 1) - found.sheet.first_row)]
    texts = [mapping.period or "", *(c for row in above for c in row), found.sheet.name or "", found.sheet.stem]
    for text in texts:
        years = re.findall(r"(?<!\d)((?:19|20|21)\d\d)(?!\d{3})", text)
        if years:
            return int(years[0])
    return None


def take_period_columns(found: Layout, mapping: Mapping, clock: Clock) -> Cells | None:
    """The cells of a table whose columns are periods; None if it is none."""
    labels = {i: p for i, h in enumerate(found.headers) if h and (p := period_label(words.split_unit(h)[0]))}
    months = {i: p for i, p in labels.items() if p[1] is not None}
    chosen = months if len(months) >= 2 else {i: p for i, p in labels.items() if p[1] is None}
    if len(chosen) < 2:
        return None
    year_column = next((i for i in found.where("month") if i not in chosen), None)
    fallback = year_nearby(found, mapping)
    skipped = {i for i, r in enumerate(found.roles) if r in ("unit", "skip", "quality", "clock")}
    ids = [
        i for i, h in enumerate(found.headers)
        if i not in chosen and i not in skipped and i != year_column and h and found.roles[i] != "value"
        and found.roles[i] in (None, "name", "item", "date", "time")
    ]  # fmt: skip
    body, totals = drop_totals(found.body, [found.column(i) for i in ids])
    body, rejects = drop_overfull(found, body)
    body, who = indexed(body, [found.column(i) for i in ids])
    units = found.where("unit")
    side = [pl.col(found.column(units[0])).cast(pl.String).alias("unit")] if units else []
    pieces, bad = [], [no_rejects(), rejects]
    for i, (year, month) in sorted(chosen.items()):
        at = instants(_period_texts(body, found, year_column, year or fallback, month), clock).at
        piece = body.with_columns(at=at)
        point, text = pl.lit(i, dtype=pl.UInt16), as_text(body[found.column(i)])
        piece = piece.select("row", *side, "at", name=pl.col("who"), point=point, text=text)
        lost = piece.filter(pl.col("at").is_null() & pl.col("text").is_not_null())
        bad.append(reject(lost, "import.no-year", column=found.headers[i], text=pl.col("text")))
        pieces.append(piece.filter(pl.col("at").is_not_null()))
    header = found.headers[min(chosen)]
    unit = next((found.units[i] for i in chosen if found.units[i]), None)
    return Cells(
        "periods",
        pl.concat(pieces),
        [Name(w, header, unit or _unit_of(w), " ".join(w)) for w in who],
        found.header_row,
        f"{header} … {found.headers[max(chosen)]}",
        "month" if chosen is months else "year",
        ("start", "period"),
        pl.concat(bad),
        totals,
        0,
        columns=found.headers,
    )


def _period_texts(
    body: pl.DataFrame, found: Layout, year_column: int | None, year: int | None, month: int | None
) -> pl.Series:
    if year_column is not None:
        years = body[found.column(year_column)].cast(pl.String).str.extract(r"((?:19|20|21)\d\d)", 1)
    else:
        years = pl.Series([None if year is None else str(year)], dtype=pl.String)
        years = years.extend_constant(years[0], body.height - 1) if body.height else years.clear()
    return years if month is None else years + f"-{month:02d}"


def _unit_of(parts: Sequence[str]) -> str | None:
    """The unit that a row's own name carries: ``天然气(万m3)``."""
    return next((u for p in parts if (u := words.split_unit(p)[1])), None)
