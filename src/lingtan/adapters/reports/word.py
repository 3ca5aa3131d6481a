"""A report as a Word file."""

from io import BytesIO
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from lingtan.reports.document import Column, Document, Table, shown

CHINESE, LATIN = "Noto Sans SC", "Arial"
_INK, _SHADE = RGBColor(0x1F, 0x3A, 0x34), "E4EFEB"
_WIDTH_CM = 17.4


def word(document: Document) -> bytes:
    """The bytes of a ``.docx`` file; details for spreadsheets are left out."""
    file = docx.Document()
    _page(file, document)
    _cover(file, document)
    for number, section in enumerate(document.sections, 1):
        tables = [t for t in section.tables if not t.detail]
        if not (tables or section.paragraphs or section.after):
            continue
        file.add_heading(f"{number}  {section.title}", 1)
        for text in section.paragraphs:
            file.add_paragraph(text).paragraph_format.space_after = Pt(4)
        for table in tables:
            _table(file, table)
        for i, text in enumerate(section.after):
            small = file.add_paragraph(text)
            small.paragraph_format.space_before, small.paragraph_format.space_after = Pt(0 if i else 6), Pt(2)
            _small(small)
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def _page(file: Any, document: Document) -> None:
    layout = file.sections[0]
    layout.page_width, layout.page_height = Cm(21), Cm(29.7)
    layout.left_margin = layout.right_margin = Cm(1.8)
    layout.top_margin = layout.bottom_margin = Cm(2)
    for name in ("Normal", "Heading 1", "Heading 2", "Title", "Subtitle"):
        style = file.styles[name]
        style.font.name = LATIN
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            if fonts.get(qn(kind)) is not None:
                del fonts.attrib[qn(kind)]
        fonts.set(qn("w:eastAsia"), CHINESE)
        if name != "Normal":
            style.font.color.rgb = _INK
    file.styles["Normal"].font.size = Pt(10)
    file.core_properties.title = document.title
    file.core_properties.author = "Lingtan"
    file.core_properties.language = "zh-CN" if document.lang == "zh" else "en-US"
    if document.notice:
        head = layout.header.paragraphs[0]
        head.text = document.notice
        _small(head)
    foot = layout.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _page_number(foot)


def _cover(file: Any, document: Document) -> None:
    file.add_paragraph(document.title, style="Title")
    file.add_paragraph(document.subtitle, style="Subtitle")
    columns = (Column("", width=20), Column("", width=70))
    _cells(file, columns, [list(f) for f in document.facts], head=False)
    if document.notice:
        paragraph = file.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(8)
        strong = paragraph.add_run(document.notice)
        strong.bold = True
        strong.font.color.rgb = RGBColor(0xB0, 0x2A, 0x1E)


def _table(file: Any, table: Table) -> None:
    caption = file.add_paragraph()
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(8), Pt(3)
    caption.paragraph_format.keep_with_next = True
    caption.add_run(table.title).bold = True
    rows = [[shown(c, k) for c, k in zip(row, table.columns, strict=True)] for row in table.rows]
    _cells(file, table.columns, rows, sums=table.sums)
    if table.note:
        _small(file.add_paragraph(table.note))


def _cells(
    file: Any, columns: tuple[Column, ...], rows: list[list[str]], *, head: bool = True, sums: bool = False
) -> None:
    heads = [[c.title for c in columns]] if head else []
    made = file.add_table(rows=len(rows) + len(heads), cols=len(columns))
    made.style = "Table Grid"
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    whole = sum(c.width for c in columns)
    widths = [Cm(_WIDTH_CM * c.width / whole) for c in columns]
    for width, column in zip(widths, made.columns, strict=True):
        column.width = width
    for i, (line, texts) in enumerate(zip(made.rows, [*heads, *rows], strict=True)):
        header, last = head and i == 0, sums and i == len(rows)
        if header:
            mark = OxmlElement("w:tblHeader")
            mark.set(qn("w:val"), "true")
            line._tr.get_or_add_trPr().append(mark)
        for cell, text, column, width in zip(line.cells, texts, columns, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
            paragraph.paragraph_format.line_spacing = 1.0
            run = paragraph.add_run(text)
            run.font.size = Pt(7.5 if len(columns) > 4 else 8.5)
            run.bold = header or last
            if column.number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if header or last:
                shade = OxmlElement("w:shd")
                for key, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", _SHADE)):
                    shade.set(qn(key), value)
                cell._tc.get_or_add_tcPr().append(shade)


def _small(paragraph: Any) -> None:
    for run in paragraph.runs:
        run.font.size = Pt(8)


def _page_number(paragraph: Any) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)
