"""Documents become files that say the same."""

from decimal import Decimal
from io import BytesIO

import docx
from python_calamine import CalamineWorkbook

from lingtan.adapters.reports.pdf import source
from lingtan.adapters.reports.spreadsheet import spreadsheet
from lingtan.adapters.reports.word import word
from lingtan.reports.document import Column, Document, Section, Table, shown

COLUMNS = (Column("名称", width=20), Column("tCO2", 2), Column("份额", 1, share=True))
ROWS = [["甲", Decimal("1234.5"), Decimal("0.25")], ["乙", None, None], ["合计", Decimal("1234.5"), Decimal(1)]]
TABLE = Table("t", "表一", COLUMNS, ROWS, sums=True)
DETAIL = Table("d", "明细", COLUMNS[:2], [["x", Decimal("0.5")]], detail=True)
DOCUMENT = Document(
    "zh", "报告", "园区", (("期间", "2025"),), (Section("s", "第一节", ("一段话。",), (TABLE,)), Section("d", "明细", (), (DETAIL,))),
    "合成数据",
)  # fmt: skip


def test_numbers_are_shown_with_their_decimals_and_shares_in_percent() -> None:
    assert [shown(c, k) for c, k in zip(ROWS[0], COLUMNS, strict=True)] == ["甲", "1,234.50", "25.0 %"]
    assert shown(None, COLUMNS[1]) == ""


def test_word_has_the_notice_the_table_and_no_details() -> None:
    file = docx.Document(BytesIO(word(DOCUMENT)))
    assert file.sections[0].header.paragraphs[0].text == "合成数据"
    texts = [[c.text for c in row.cells] for t in file.tables for row in t.rows]
    assert ["名称", "tCO2", "份额"] in texts
    assert ["甲", "1,234.50", "25.0 %"] in texts
    assert not any("明细" in p.text for p in file.paragraphs)


def test_a_workbook_has_real_numbers_and_a_sheet_for_each_section() -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(spreadsheet(DOCUMENT)))
    assert book.sheet_names == ["封面", "第一节", "明细"]
    rows = book.get_sheet_by_name("第一节").to_python()
    assert ["甲", 1234.5, 0.25] in rows
    assert any("合成数据" in row for row in rows)
    assert ["x", 0.5] in book.get_sheet_by_name("明细").to_python()


def test_two_sections_of_one_title_get_two_sheets() -> None:
    twice = Document("zh", "r", "p", (), (Section("a", "同名"), Section("b", "同名")))
    assert CalamineWorkbook.from_filelike(BytesIO(spreadsheet(twice))).sheet_names == ["封面", "同名", "同名 2"]


def test_text_cannot_become_typst_code() -> None:
    hostile = Document("zh", '#"\\ $x$ [*', "p", (("#let", '"#panic()"'),), ())
    made = source(hostile)
    assert r'"#\"\\ $x$ [*"' in made
    assert r'[#"\"#panic()\""]' in made
