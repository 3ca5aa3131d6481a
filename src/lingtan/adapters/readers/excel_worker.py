"""The process that reads workbooks: one request a line on stdin, one answer a line on stdout, cells as Arrow files.

It bounds its own memory first. Whatever a file does to it, the process that asked only sees that it ended.
"""

import contextlib
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import python_calamine as calamine

CHUNK = 4096
PEEKED = 64 << 20
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the frame of .xls files, and of locked ones
_NO_VALUE = re.compile(rb"</f>(?:<v ?/>|<v></v>|</c>)")
_ERROR_CELL = re.compile(
    rb'<c (?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:(?!</c>).)*?<v>([^<]{1,40})</v>', re.DOTALL
)


def bound_memory(limit: int) -> None:
    """Refuse to take more memory than this, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_text(value: Any) -> str | None:
    """A cell as text: numbers by their shortest decimals, times to the second."""
    kind = type(value)
    if kind is float:
        text = f"{value!r}"
        return text[:-2] if text.endswith(".0") else text
    if value is None or value == "":
        return None
    if kind is str:
        return f"{value}"
    if kind is bool:
        return "true" if value else "false"
    if kind is datetime:
        rounded = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return f"{rounded:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | time):
        return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:%H:%M:%S}"
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{value}"


def read(path: str, out: str, columns: int, cells: int) -> dict[str, Any]:
    """Write each visible sheet of the workbook as an Arrow file below ``out``; say what was written."""
    # not from_path: that goes by the ending of the name
    with Path(path).open("rb") as source, calamine.CalamineWorkbook.from_filelike(source) as book:
        found = [(s.name, str(s.visible), str(s.typ)) for s in book.sheets_metadata]
        formulas, errors = peeked(path)
        answer: dict[str, Any] = {"sheets": [], "hidden": [], "formulas": formulas, "date_1904": date_1904(path)}
        shown = [n for n, visible, _ in found if not visible.endswith(("Hidden", "VeryHidden"))]
        for number, (name, _, kind) in enumerate(found):
            if not kind.endswith("WorkSheet"):
                continue
            if name not in shown:
                answer["hidden"].append(name)
                continue
            sheet = book.get_sheet_by_name(name)
            if sheet.start is None or sheet.end is None:
                continue
            wide, high = int(sheet.end[1]) + 1, int(sheet.end[0]) + 1
            if wide > columns or wide * high > cells:
                return {"code": "import.too-wide" if wide > columns else "import.too-many-cells",
                        "values": {"columns": wide, "size": wide * high, "limit": columns if wide > columns else cells}}  # fmt: skip
            target = str(Path(out, f"{number}.arrow"))
            write(sheet, target, wide, errors.get(name, {}))
            answer["sheets"].append({"name": name, "file": target, "merged": merged(sheet)})
        return answer


def write(sheet: Any, target: str, wide: int, errors: dict[int, dict[int, str]]) -> None:
    """The cells of a sheet from A1 on, in columns of text; ``errors`` by row and column, which the reader leaves empty."""
    left = int(sheet.start[1])  # rows come from the first on, columns from the first used one on
    schema = pa.schema([(f"c{i}", pa.string()) for i in range(wide)])
    with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, schema) as file:
        done = 0
        for rows in chunks(sheet.iter_rows()):
            columns = [[cell_text(v) for v in column] for column in zip(*rows, strict=True)]
            for row in errors and errors.keys() & range(done, done + len(rows)):
                for column, text in errors[row].items():
                    if left <= column < left + len(columns):
                        columns[column - left][row - done] = text
            done += len(rows)
            arrays = [pa.nulls(len(rows), pa.string())] * left + [pa.array(c, pa.string()) for c in columns]
            file.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def chunks(rows: Any) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows in pieces."""
    while piece := list(islice(rows, CHUNK)):
        yield piece


def merged(sheet: Any) -> list[list[int]]:
    """Merged ranges as top, left, bottom, right."""
    ranges = sheet.merged_cell_ranges or []
    return [[int(a[0]), int(a[1]), int(b[0]), int(b[1])] for a, b in ranges[:20_000]]


def date_1904(path: str) -> bool:
    """Whether bare serial numbers of the workbook count from 1904."""
    with contextlib.suppress(Exception), zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
        return re.search(rb'date1904\s*=\s*"(1|true)"', part.read(1 << 20)) is not None
    return False


def peeked(path: str) -> tuple[int, dict[str, dict[int, dict[int, str]]]]:
    """What the reader does not tell of an ``.xlsx``.

    First the formulas whose last value was not kept, as the program that wrote the file did not calculate; then the cells
    of the kind ``#REF!`` by sheet, row and column from 0 on, which the reader gives as empty.
    """
    count = 0
    errors: dict[str, dict[int, dict[int, str]]] = {}
    with contextlib.suppress(Exception), zipfile.ZipFile(path) as archive:
        left = PEEKED
        for name, part in sheet_parts(archive).items():
            size = archive.getinfo(part).file_size
            if size > left:
                continue
            left -= size
            text = archive.read(part)
            count += len(_NO_VALUE.findall(text))
            if b't="e"' in text:
                errors[name] = located(text)
    return count, errors


def located(sheet: bytes) -> dict[int, dict[int, str]]:
    """The cells with an error in the text of a sheet, by row and column."""
    found: dict[int, dict[int, str]] = {}
    for letters, row, text in _ERROR_CELL.findall(sheet):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        found.setdefault(int(row) - 1, {})[column - 1] = text.decode()
    return found


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each sheet of an ``.xlsx`` stands in it, by name."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): (link.get("Target") or "").lstrip("/") for link in links}
    parts = {}
    for sheet in book.findall(".//{*}sheet"):
        target = next((targets.get(v, "") for k, v in sheet.items() if k.endswith("}id")), "")
        parts[sheet.get("name") or ""] = target if target.startswith("xl/") else f"xl/{target}"
    return parts


def damaged(error: BaseException) -> dict[str, Any]:
    """The answer about a file that cannot be read, with the first line of the reason."""
    detail = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
    return {"code": "import.damaged", "values": {"detail": detail}}


def is_locked(path: str, out: str) -> bool:
    """Whether a workbook needs a password: the reader tells only if the ending of the name says what it should be."""
    with Path(path).open("rb") as source:
        if source.read(8) != _COMPOUND:
            return False
    for ending in ("xlsx", "xls"):
        copy = Path(out, f"again.{ending}")
        shutil.copyfile(path, copy)
        try:
            calamine.CalamineWorkbook.from_path(str(copy))
        except calamine.PasswordError:
            return True
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
        finally:
            copy.unlink()
    return False


def serve() -> None:
    """Answer requests until stdin ends."""
    bound_memory(int(sys.argv[1]))
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            answer = read(ask["path"], ask["out"], ask["columns"], ask["cells"])
        except calamine.PasswordError:
            answer = {"code": "import.encrypted", "values": {}}
        except MemoryError:
            answer = {"code": "import.unfolds", "values": {}}
        except calamine.CalamineError as error:
            locked = is_locked(ask["path"], ask["out"])
            answer = {"code": "import.encrypted", "values": {}} if locked else damaged(error)
        except BaseException as error:  # a panic of the reader is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            answer = damaged(error)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
