"""Tables of web pages: many systems save them under the name of a workbook."""

from html.parser import HTMLParser

import polars as pl

from lingtan.adapters.readers.encoding import Text
from lingtan.adapters.readers.limits import Limits
from lingtan.base.errors import InputError
from lingtan.metering.shapes.sheet import Sheet

SPAN = 200  # a cell that spans more is a mistake


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str | None]]] = []
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._below: dict[int, tuple[int, str | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self._below = {}
        elif tag == "tr" and self.tables:
            self._close()
            self.tables[-1].append([])
            self._from_above()
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self._close()
            given = dict(attrs)
            self._spans = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is None or not self.tables or not self.tables[-1]:
            return
        text = " ".join("".join(self._cell).split()) or None
        self._cell = None
        row = self.tables[-1][-1]
        wide, high = self._spans
        for k in range(wide):
            if high > 1:
                self._below[len(row)] = (high - 1, text)
            row.append(text if k == 0 or high == 1 else None)
            self._from_above()

    def _from_above(self) -> None:
        row = self.tables[-1][-1]
        while len(row) in self._below and self._below[len(row)][0] > 0 and len(self.tables[-1]) > 1:
            left, text = self._below[len(row)]
            self._below[len(row)] = (left - 1, text)
            row.append(text)


def _span(text: str | None) -> int:
    return min(int(text), SPAN) if text and text.isdecimal() and len(text) < 6 and int(text) > 0 else 1


def read_page(text: Text, file: str, limits: Limits) -> list[Sheet]:
    """The tables of a page that have at least two rows."""
    if len(text.data) > limits.page_bytes:
        raise InputError("import.too-big", file=file, size=len(text.data), limit=limits.page_bytes)
    parser = _Tables()
    parser.feed(text.data.decode("utf-8", "replace"))
    parser.close()
    sheets = []
    for number, rows in enumerate(parser.tables, 1):
        width = max((len(r) for r in rows), default=0)
        if len(rows) < 2 or width < 2:
            continue
        if width > limits.columns or width * len(rows) > limits.cells:
            raise InputError("import.too-wide", file=file, columns=width, limit=limits.columns)
        columns = {f"c{i}": [r[i] if i < len(r) else None for r in rows] for i in range(width)}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        sheets.append(Sheet(file, frame, name=str(number) if len(parser.tables) > 1 else None))
    if not sheets:
        raise InputError("import.empty", file=file)
    return sheets
