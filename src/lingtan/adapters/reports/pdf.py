"""A report as a PDF, set by Typst. Needs the extra ``pdf`` and a Chinese font (one comes with the package)."""

import re
from collections.abc import Sequence
from pathlib import Path

from lingtan.base.errors import SourceError
from lingtan.reports.document import Document, Table, shown

FONTS = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "SimSun", "Microsoft YaHei", "PingFang SC")
_PAGE = """
#set document(title: {title}, author: "Lingtan")
#set page(paper: "a4", margin: (x: 1.7cm, y: 2cm), header: text(size: 7.5pt, fill: rgb("#b02a1e"))[#{notice}],
  footer: context align(center, text(size: 8pt)[#counter(page).display()]))
#set text(font: ({fonts}), size: 9.5pt, lang: "{lang}")
#set par(justify: false, leading: 0.7em)
#set table(stroke: 0.4pt + rgb("#9fb5ae"), inset: 3.5pt)
#show heading: set text(fill: rgb("#1f3a34"))
#show figure: set block(breakable: true)
"""


def pdf(document: Document, fonts: Sequence[Path] = ()) -> bytes:
    """The bytes of a ``.pdf`` file.

    Raises
    ------
    SourceError
        ``report.no-typst`` if Typst is not installed, ``report.no-font`` if there is no font with Chinese characters.
    """
    try:
        import typst
    except ImportError:
        raise SourceError("report.no-typst") from None
    folders = [f for f in fonts if f.is_dir()]
    book = typst.Fonts(font_paths=folders)
    found = book.families()
    known = [f for f in FONTS if f in found]
    if not known:
        raise SourceError("report.no-font", fonts=", ".join(FONTS[:3]))
    return typst.compile(source(document, known).encode(), font_paths=book, format="pdf")


def source(document: Document, fonts: Sequence[str] = FONTS) -> str:
    """The document as Typst source."""
    names = ", ".join(_text(f) for f in fonts) + ","
    parts = [_PAGE.format(title=_text(document.title), notice=_text(document.notice), fonts=names, lang=document.lang)]
    parts.append(f'#v(2cm)\n#text(size: 24pt, weight: "bold", fill: rgb("#1f3a34"))[#{_text(document.title)}]\n\n')
    parts.append(f"#text(size: 14pt)[#{_text(document.subtitle)}]\n#v(1cm)\n")
    cells = ", ".join(f"[#{_text(t)}]" for fact in document.facts for t in fact)
    parts.append(f"#table(columns: (4cm, 1fr), {cells})\n")
    if document.notice:
        parts.append(f'#v(5mm)\n#text(fill: rgb("#b02a1e"), weight: "bold")[#{_text(document.notice)}]\n')
    parts.append("#pagebreak()\n")
    for number, section in enumerate(document.sections, 1):
        tables = [t for t in section.tables if not t.detail]
        if not (tables or section.paragraphs or section.after):
            continue
        parts.append(f"#heading[#{_text(f'{number}  {section.title}')}]\n")
        parts += [f"#par[#{_text(p)}]\n" for p in section.paragraphs]
        parts += [_table(t) for t in tables]
        parts += [f"#par(text(size: 8pt)[#{_text(p)}])\n" for p in section.after]
    return "".join(parts)


def _table(table: Table) -> str:
    whole = sum(c.width for c in table.columns)
    widths = ", ".join(f"{c.width / whole:.3f}fr" for c in table.columns) + ","
    align = ", ".join("right" if c.number else "left" for c in table.columns) + ","
    head = ", ".join(f'table.cell(fill: rgb("#e4efeb"))[*#{_text(c.title)}*]' for c in table.columns)
    rows = []
    for i, cells in enumerate(table.rows, 1):
        strong = "*" if table.sums and i == len(table.rows) else ""
        rows.append(
            ", ".join(f"[{strong}#{_cell(shown(c, k))}{strong}]" for c, k in zip(cells, table.columns, strict=True))
        )
    size = "7pt" if len(table.columns) > 5 else "8pt"
    body = ",\n".join([f"table.header({head})", *rows])
    note = f"#par(text(size: 8pt)[#{_text(table.note)}])\n" if table.note else ""
    return (
        f"#v(3mm)\n#block(sticky: true)[*#{_text(table.title)}*]\n"
        f"#[#set text(size: {size})\n#table(columns: ({widths}), align: ({align}), {body})]\n{note}"
    )


def _text(text: str) -> str:
    """A Typst string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _cell(text: str) -> str:
    """The same with places where a long id or address may break."""
    return _text(re.sub(r"(?<=[\w)])([._:/-]+)(?=[A-Za-z])", "\\1\u200b", text))
