"""A report as an Excel workbook: the same tables as real numbers with formats, a sheet a section."""

import re
from io import BytesIO
from typing import Any

import xlsxwriter

from lingtan.reports.document import Document, Table

FONT = "Noto Sans SC"


def spreadsheet(document: Document) -> bytes:
    """The bytes of an ``.xlsx`` file, the cover first."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": document.title, "author": "Lingtan", "comments": document.notice})
        styles = _Styles(book)
        _cover(book, styles, document)
        taken = {"cover"}
        for section in document.sections:
            sheet = book.add_worksheet(_sheet_name(section.title, taken))
            sheet.hide_gridlines(2)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            row = _lines(sheet, styles, 0, [document.notice] if document.notice else [], styles.notice)
            row = _lines(sheet, styles, row, list(section.paragraphs), styles.text)
            for table in section.tables:
                row = _table(sheet, styles, row, table)
            _lines(sheet, styles, row, list(section.after), styles.text)
    return out.getvalue()


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        base = {"font_name": FONT, "font_size": 10}
        self.title = book.add_format({**base, "bold": True, "font_size": 18, "font_color": "#1F3A34"})
        self.caption = book.add_format({**base, "bold": True, "font_size": 11, "font_color": "#1F3A34"})
        self.notice = book.add_format({**base, "bold": True, "font_color": "#B02A1E"})
        self.text = book.add_format(base)
        self.head = book.add_format(
            {**base, "bold": True, "bg_color": "#E4EFEB", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self._cells: dict[tuple[str, bool], Any] = {}

    def cell(self, number: str, strong: bool) -> Any:
        """The format of a cell of a table."""
        key = (number, strong)
        if key not in self._cells:
            look = {"font_name": FONT, "font_size": 10, "border": 1, "num_format": number, "bold": strong}
            self._cells[key] = self._book.add_format(look | ({"bg_color": "#E4EFEB"} if strong else {}))
        return self._cells[key]


def _cover(book: Any, styles: _Styles, document: Document) -> None:
    sheet = book.add_worksheet("封面" if document.lang == "zh" else "Cover")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, document.title, styles.title)
    sheet.write_string(1, 0, document.subtitle, styles.caption)
    for i, (name, value) in enumerate(document.facts, 3):
        sheet.write_string(i, 0, name, styles.head)
        sheet.write_string(i, 1, value, styles.cell("@", False))
    if document.notice:
        sheet.write_string(len(document.facts) + 4, 0, document.notice, styles.notice)


def _lines(sheet: Any, styles: _Styles, row: int, lines: list[str], style: Any) -> int:
    for line in lines:
        sheet.write_string(row, 0, line, style)
        row += 1
    return row + 1 if lines else row


def _table(sheet: Any, styles: _Styles, row: int, table: Table) -> int:
    sheet.write_string(row, 0, table.title, styles.caption)
    row += 1
    for j, column in enumerate(table.columns):
        sheet.set_column(j, j, max(column.width + 4, 10))
        sheet.write_string(row, j, column.title, styles.head)
    if table.detail:
        sheet.freeze_panes(row + 1, 0)
        sheet.autofilter(row, 0, row + len(table.rows), len(table.columns) - 1)
    for i, cells in enumerate(table.rows, 1):
        strong = table.sums and i == len(table.rows)
        for j, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
            if column.digits is None:
                sheet.write_string(row + i, j, "" if cell is None else str(cell), styles.cell("@", strong))
                continue
            number = "#,##0" + ("." + "0" * column.digits if column.digits else "")
            style = styles.cell(("0." + "0" * column.digits + "%") if column.share else number, strong)
            if cell is None or isinstance(cell, str):
                sheet.write_blank(row + i, j, None, style)
            else:
                sheet.write_number(row + i, j, float(cell), style)
    return row + len(table.rows) + 2


def _sheet_name(title: str, taken: set[str]) -> str:
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:28].strip() or "sheet"
    unique, n = name, 2
    while unique.lower() in taken:
        unique, n = f"{name} {n}", n + 1
    taken.add(unique.lower())
    return unique
