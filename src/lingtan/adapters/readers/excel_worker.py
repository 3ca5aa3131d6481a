"""The process that reads workbooks: one request a line on stdin, one answer a line on stdout, cells as Arrow files.

It bounds its own memory first. Whatever a file does to it, the process that asked only sees that it ended.
"""

import contextlib
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

CHUNK = 4096
PEEKED = 64 << 20
_NO_VALUE = re.compile(rb"</f>(?:<v ?/>|<v></v>|</c>)")


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
        answer: dict[str, Any] = {"sheets": [], "hidden": [], "formulas": formulas_without_value(path)}
        answer["date_1904"] = date_1904(path)
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
            write(sheet, target, wide)
            answer["sheets"].append({"name": name, "file": target, "merged": merged(sheet)})
        return answer


def write(sheet: Any, target: str, wide: int) -> None:
    """The cells of a sheet from A1 on, in columns of text."""
    left = int(sheet.start[1])  # rows come from the first on, columns from the first used one on
    schema = pa.schema([(f"c{i}", pa.string()) for i in range(wide)])
    with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, schema) as file:
        for rows in chunks(sheet.iter_rows()):
            columns = [[cell_text(v) for v in column] for column in zip(*rows, strict=True)]
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


def formulas_without_value(path: str) -> int:
    """Formulas whose last value was not kept: the program that wrote the file did not calculate."""
    count = left = 0
    with contextlib.suppress(Exception), zipfile.ZipFile(path) as archive:
        left = PEEKED
        for info in archive.infolist():
            if info.filename.startswith("xl/worksheets/") and info.file_size <= left:
                left -= info.file_size
                count += len(_NO_VALUE.findall(archive.read(info)))
    return count


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
        except BaseException as error:  # a panic of the reader is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            detail = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
            answer = {"code": "import.damaged", "values": {"detail": detail}}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
