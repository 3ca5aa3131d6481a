"""Files become tables, whatever their name says; hostile ones become an error."""

import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from lingtan.adapters.readers import FileReader
from lingtan.adapters.readers.limits import MEBI, Limits
from lingtan.base.errors import InputError
from lingtan.metering.shapes.sheet import Book

TEXT = "时间,表号,值\n2025-01-01,甲,1.5\n2025-01-02,乙,2\n"


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    made = FileReader(Limits(columns=300, cells=2_000_000, memory_bytes=1024 * MEBI, seconds=60))
    yield made
    made.close()


def read(reader: FileReader, path: Path, data: bytes) -> Book:
    path.write_bytes(data)
    return reader.read(path)


def cells(book: Book) -> list[tuple[str | None, ...]]:
    return book.sheets[0].frame.rows()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_encoding_is_found_out(reader: FileReader, tmp_path: Path, encoding: str, end: str) -> None:
    book = read(reader, tmp_path / "a.csv", TEXT.replace("\n", end).encode(encoding))
    assert cells(book) == [("时间", "表号", "值"), ("2025-01-01", "甲", "1.5"), ("2025-01-02", "乙", "2")]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(reader: FileReader, tmp_path: Path, sign: str) -> None:
    assert len(cells(read(reader, tmp_path / "a.txt", TEXT.replace(",", sign).encode()))[0]) == 3


def test_rows_of_unequal_length_and_blank_lines_keep_their_row_numbers(reader: FileReader, tmp_path: Path) -> None:
    book = read(reader, tmp_path / "a.csv", b"\n\ntitle\na,b,c\n\n1,2\n1,2,3,4\n5,6,7\n")
    assert book.sheets[0].first_row == 3
    assert cells(book)[1:] == [
        ("a", "b", "c", None), (None,) * 4, ("1", "2", None, None), ("1", "2", "3", "4"), ("5", "6", "7", None),
    ]  # fmt: skip


def test_a_quote_that_never_ends_does_not_swallow_the_file(reader: FileReader, tmp_path: Path) -> None:
    assert len(cells(read(reader, tmp_path / "a.csv", b'a,b\n1,"x\n2,y\n3,z\n'))) == 4


def test_nul_bytes_are_taken_out_and_told(reader: FileReader, tmp_path: Path) -> None:
    book = read(reader, tmp_path / "a.csv", b"a,b\n1,2\n" + b"\0" * 100)
    assert cells(book) == [("a", "b"), ("1", "2")]
    assert book.notes == (("import.nul-bytes", {"count": "100"}),)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.csv", b"", "import.kind-empty"),
        ("a.csv", b"\r\n \n", "import.empty"),
        ("a.csv", b"\x00" * 50, "import.empty"),
        ("a.csv", bytes(range(1, 32)) * 20, "import.binary"),
        ("a.csv", b"a,\xff\xfe\xfd\xfc\xfb,1\n" * 5, "import.bad-encoding"),
        ("a.csv", b",".join(b"a" for _ in range(500)) + b"\n1\n", "import.too-wide"),
        ("a.xlsx", b"PK\x03\x04rubbish", "import.damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2000, "import.damaged"),
        ("a.parquet", b"PAR1rubbishPAR1", "import.damaged"),
        ("a.arrow", b"ARROW1\0\0rubbish", "import.damaged"),
        ("a.csv.gz", b"\x1f\x8b\x08rest", "import.kind-packed"),
        ("a.pdf", b"%PDF-1.7", "import.kind-other"),
        ("a.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "import.kind-xml-sheet"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_by_name(
    reader: FileReader, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(reader, tmp_path / name, data)
    assert caught.value.code == code
    assert caught.value.format("zh") != code


def test_missing_files_and_folders_are_named(reader: FileReader, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        reader.read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="folder"):
        reader.read(tmp_path)


def workbook(path: Path, *, date_1904: bool = False) -> None:
    book = xlsxwriter.Workbook(str(path), {"date_1904": date_1904})
    sheet = book.add_worksheet("数据")
    hidden = book.add_worksheet("草稿")
    hidden.write(0, 0, "x")
    hidden.hide()
    stamp, day = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd hh:mm", "yyyy-mm-dd"))
    sheet.merge_range(0, 1, 0, 4, "园区用电")
    sheet.write_row(2, 1, ["时间", "表", "电量", "公式"])
    for i in range(3):
        sheet.write_datetime(3 + i, 1, datetime(2025, 1, 1) + timedelta(minutes=15 * i), day if i == 2 else stamp)
        sheet.write_number(3 + i, 3, 0.1 + 0.2 * i)
        sheet.write_formula(3 + i, 4, "=D4*2", None, 5 if i else "")
    sheet.merge_range(3, 2, 5, 2, "m1")
    book.close()


@pytest.mark.parametrize("date_1904", [False, True])
def test_a_workbook_with_merged_cells_formulas_dates_and_hidden_sheets(
    reader: FileReader, tmp_path: Path, date_1904: bool
) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, date_1904=date_1904)
    book = reader.read(path)
    assert [s.name for s in book.sheets] == ["数据"]
    assert ("import.hidden-sheet", {"sheet": "草稿"}) in book.notes
    assert cells(book) == [
        (None, "园区用电", None, None, None), (None,) * 5, (None, "时间", "表", "电量", "公式"),
        (None, "2025-01-01", "m1", "0.1", None), (None, "2025-01-01 00:15:00", "m1", "0.3", "5"),
        (None, "2025-01-01 00:30:00", "m1", "0.5", "5"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a"])
def test_a_workbook_under_a_wrong_ending_is_read_and_told(reader: FileReader, tmp_path: Path, name: str) -> None:
    workbook(tmp_path / "a.xlsx")
    book = read(reader, tmp_path / name, (tmp_path / "a.xlsx").read_bytes())
    assert book.sheets[0].frame.height == 6
    assert book.notes[0][0] == "import.wrong-ending"


def test_cells_with_an_error_keep_its_name_and_the_place(reader: FileReader, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet("first").write(0, 0, "x")
    sheet = book.add_worksheet("数据")
    for column, text in enumerate(["#REF!", "#DIV/0!", "#N/A"]):
        sheet.write_formula(3 + column, 1 + column, "=A1", None, text)
    sheet.write(6, 1, 7)
    book.close()
    found = reader.read(tmp_path / "a.xlsx").sheets[1].frame.rows()
    assert found[3][1:] == ("#REF!", None, None)
    assert found[4][1:] == (None, "#DIV/0!", None)
    assert found[5][3] == "#N/A"
    assert found[6][1] == "7"


@pytest.mark.parametrize("value", [1e10, -5.0, 2_958_466.5, 1e300, 60.0])
def test_one_absurd_date_cell_stays_one_cell(reader: FileReader, tmp_path: Path, value: float) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_number(0, 0, value, stamp)
    sheet.write_datetime(1, 0, datetime(2025, 1, 1, 1), stamp)
    book.close()
    assert [row[0] for row in cells(reader.read(tmp_path / "a.xlsx"))][1] == "2025-01-01 01:00:00"


WORKBOOKS = Path(__file__).with_name("workbooks")
TABLE = [("时间", "m1", "天然气"), ("2025-01-01", "10.5", "3"), ("2025-01-01 01:00:00", "11.5", "4"),
         ("2025-01-01 02:00:00", "12.5", "--"), ("2025-01-01 03:00:00", "13.5", "6")]  # fmt: skip


@pytest.mark.parametrize("name", ["meters.xls", "meters.xlsb"])
def test_binary_workbooks_give_the_cells_of_any_other(reader: FileReader, name: str) -> None:
    assert cells(reader.read(WORKBOOKS / name)) == TABLE


def test_a_workbook_of_an_open_document_gives_the_same_cells(reader: FileReader, tmp_path: Path) -> None:
    def cell(text: str) -> str:
        if text.startswith("2025"):
            return f'<table:table-cell office:value-type="date" office:date-value="{text.replace(" ", "T")}"/>'
        if text[0].isdigit():
            return f'<table:table-cell office:value-type="float" office:value="{text}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    names = {n: f"urn:oasis:names:tc:opendocument:xmlns:{n}:1.0" for n in ("office", "table", "text")}
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in TABLE)
    with zipfile.ZipFile(tmp_path / "meters.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {' '.join(f'xmlns:{k}={v!r}' for k, v in names.items())}><office:body><office:spreadsheet>"
            f'<table:table table:name="数据">{lines}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
    found = cells(reader.read(tmp_path / "meters.ods"))
    assert [row[1:] for row in found] == [row[1:] for row in TABLE]
    assert [str(row[0])[:13].replace("T", " ") for row in found][2:] == [str(row[0])[:13] for row in TABLE][2:]


def test_a_locked_workbook_asks_for_its_password_to_be_taken_off(reader: FileReader) -> None:
    with pytest.raises(InputError) as caught:
        reader.read(WORKBOOKS / "locked.xlsx")
    assert caught.value.code == "import.encrypted"
    assert "密码" in caught.value.format("zh")


def test_a_web_page_under_the_name_of_a_workbook_is_read(reader: FileReader, tmp_path: Path) -> None:
    page = "<html><table><tr><td rowspan=2>m1<td>1</tr><tr><td>2</tr><tr><td>m2<td>3</table>"
    assert cells(read(reader, tmp_path / "a.xls", page.encode("gbk"))) == [("m1", "1"), ("m1", "2"), ("m2", "3")]


def test_an_archive_that_unfolds_is_refused_before_it_is_unfolded(reader: FileReader, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(80):
                part.write(b"0" * MEBI)
    with pytest.raises(InputError) as caught:
        reader.read(path)
    assert caught.value.code == "import.unfolds"


def test_cells_at_the_far_corners_end_the_worker_and_nothing_else(reader: FileReader, tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write(0, 0, 1)
    sheet.write(1_048_575, 16_383, 1)
    book.close()
    with pytest.raises(InputError) as caught:
        reader.read(path)
    assert caught.value.code in ("import.unfolds", "import.too-wide", "import.too-many-cells")
    workbook(tmp_path / "good.xlsx")
    assert reader.read(tmp_path / "good.xlsx").sheets


def test_columnar_files_keep_their_types(reader: FileReader, tmp_path: Path) -> None:
    frame = pl.DataFrame({"time": [datetime(2025, 1, 1)], "m1": [1.5], "nested": [[1]]})
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ipc(tmp_path / "a.arrow")
    frame.write_ipc_stream(tmp_path / "a.arrows")
    for name in ("a.parquet", "a.arrow", "a.arrows"):
        sheet = reader.read(tmp_path / name).sheets[0]
        assert sheet.header == ("time", "m1")
        assert sheet.frame.row(0) == (datetime(2025, 1, 1), 1.5)
