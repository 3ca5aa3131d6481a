"""Broken meter files by the thousand: never a traceback, never a half write.

python -m checks.fuzz_files [--cases 10000] [--seed 1]

Each case makes a CSV, Excel, HTML, Parquet or Arrow file from a seed and breaks it: encodings, byte order marks, merged cells,
formulas, dates of 1900, headers twice, archives that unfold, cut files, NUL bytes, huge cells, wrong endings, flipped bytes.
The import must end with an outcome of its own; what it wrote must be whole: as many rows in the store as it said, no
temporary file, and the same file again changes nothing.
"""

import argparse
import atexit
import random
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import polars as pl
import xlsxwriter

from lingtan.adapters.readers import FileReader
from lingtan.services.import_readings import import_files
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

PARK = """\
schema: 1
park: {id: p, name: 测试园区, region: CN-JS}
enterprises: [{id: e1, name: 甲厂}]
connections: [{id: grid, kind: public_grid}]
meters:
  - {id: m1, name: 1#进线, enterprise: e1, channels: [
      {id: grid-import, carrier: electricity, activity: import, unit: kWh, connection: grid}]}
  - {id: m2, name: 2#车间, enterprise: e1, channels: [{id: shop, carrier: electricity, activity: use, unit: kWh}]}
  - {id: m3, name: 3#水表, enterprise: e1, channels: [
      {id: water, carrier: fresh_water, activity: intake, unit: m3, kind: counter, digits: 6}]}
  - {id: m4, name: 天然气, enterprise: e1, manual: true, channels: [
      {id: gas, carrier: natural_gas, activity: final, unit: m3, step: 1month}]}
accounting: {equivalent_kgce_per_kwh: {2025: {value: 0.2856, source: test}}}
"""
HEADERS = ("时间", "日期", "户号", "表号", "电量(kWh)", "数值", "单位", "1#进线", "2#车间有功功率(kW)", "3#水表示数", "备注", "质量码",
           "月份", "尖", "峰", "平", "谷", "time_utc", "meter", "value", "", "开始时间", "结束时间", "年", "2024年", "2025年", "消费量")  # fmt: skip
NAMES = (
    "m1",
    "1#进线",
    "2#车间",
    "m3",
    "天然气",
    "m9",
    "合计",
    "",
    "=m1",
    "原煤",
    "电力(万千瓦时)",
    "\ufeffm1",
    "取水量",
)
ODD = ("--", "缺失", "", "１２．５", "1,234.5", "1e5", "1e999", "-1e-999", "NaN", "#DIV/0!", "=1+1", "@cmd", "９" * 40, "0x1F", "1.2.3",
       "1，2", "inf", "-", "\x00", "'12", "(5)", "1.2万", "99999999999999999999", "true", "\u2028", "🙂", "\\N", "1" * 5000)  # fmt: skip
TIMES = ("2025-01-01 24:00", "2025/13/45", "1900-01-01", "60", "45658.010416666664", "2025年1月1日 8时15分", "24:00", "2025-02-30", "0", "",
         "99999999999999", "2025-01", "2025", "1735689600", "1735689600000", "01/02/2025", "31.12.2025 23:45", "2025-01-01T00:00:00+08:00",
         "２０２５-０１-０１ ００:１５", "上午", "9999-12-31 23:59", "0001-01-01")  # fmt: skip


class _Kept(FileReader):
    """A reader that keeps its worker from one import to the next."""

    def close(self) -> None:
        """Nothing: it is used again."""


READER = _Kept()
atexit.register(FileReader.close, READER)


def table(rng: random.Random) -> list[list[str]]:
    """A table that may be one of the known shapes, with things in it that should not be."""
    shape = rng.choice(("long", "wide", "day", "bill", "periods", "form", "any", "any"))
    start = datetime(2025, 1, 1) + timedelta(minutes=15 * rng.randrange(1000))
    steps = rng.randrange(1, 60)

    def number() -> str:
        return rng.choice(ODD) if rng.random() < 0.1 else f"{rng.uniform(-5, 500):.{rng.randrange(5)}f}"

    def at(i: int) -> str:
        return rng.choice(TIMES) if rng.random() < 0.08 else f"{start + timedelta(minutes=15 * i):%Y-%m-%d %H:%M:%S}"

    if shape == "long":
        rows = [["时间", "表号", "电量(kWh)"]] + [[at(i), rng.choice(NAMES), number()] for i in range(steps)]
    elif shape == "wide":
        rows = [["时间", "1#进线", "2#车间有功功率(kW)", "3#水表"]] + [
            [at(i), number(), number(), str(100 + i)] for i in range(steps)
        ]
    elif shape == "day":
        labels = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)][: rng.choice((96, 96, 95, 97))]
        rows = [["户号", "日期", *labels]] + [
            [rng.choice(NAMES), f"2025-01-{i % 31 + 1:02d}", *(number() for _ in labels)] for i in range(steps // 6 + 1)
        ]
    elif shape == "bill":
        rows = [["户号", "月份", "尖", "峰", "平", "谷"]] + [
            [rng.choice(NAMES), f"2025-{i % 12 + 1:02d}", *(number() for _ in range(4))] for i in range(12)
        ]
    elif shape == "periods":
        rows = [["名称", "单位", "2023年", "2024年", "2025年"]] + [
            [n, rng.choice(("m3", "万m3", "t", "kWh", "?")), number(), number(), number()] for n in NAMES
        ]
    elif shape == "form":
        rows = [["能源购进、消费与库存 2025年1-3月"], ["能源名称", "计量单位", "购进量", "消费量", "期末库存"]] + [
            [n, "吨", number(), number(), number()] for n in ("原煤", "天然气", "电力", "合计", "汽油")
        ]
    else:
        width = rng.randrange(1, 12)
        rows = [
            [
                rng.choice(HEADERS + NAMES + ODD + TIMES) if r < 2 or rng.random() < 0.3 else number()
                for _ in range(width)
            ]
            for r in range(rng.randrange(0, 30))
        ]
    for row in rows:
        if rng.random() < 0.03:
            row.extend(rng.choice(ODD) for _ in range(rng.randrange(1, 5)))
        if row and rng.random() < 0.03:
            del row[rng.randrange(len(row)) :]
    if rows and rng.random() < 0.2:
        rows[0] = [rng.choice(rows[0] or [""]) for _ in rows[0]]  # headers twice
    for _ in range(rng.randrange(3)):
        rows.insert(rng.randrange(len(rows) + 1), [rng.choice(("", "某园区用电明细", "制表：张三", "单位：万元"))])
    return rows


def csv_bytes(rng: random.Random, rows: list[list[str]]) -> bytes:
    """A text file in any encoding, with any delimiter and line end."""
    sign = rng.choice(",,,;\t|")
    quote = rng.random() < 0.2
    cells = [[f'"{c}"' if quote and rng.random() < 0.5 else c for c in row] for row in rows]
    text = rng.choice(("\n", "\r\n", "\r")).join(sign.join(row) for row in cells)
    encoding = rng.choice(("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-32", "latin-1", "big5"))
    return text.encode(encoding, "replace" if encoding in ("latin-1", "gbk", "big5") else "strict")


def excel_bytes(rng: random.Random, rows: list[list[str]]) -> bytes:
    """A workbook with merged cells, formulas, dates of both systems, hidden sheets and errors."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "date_1904": rng.random() < 0.2, "strings_to_formulas": False}
    )
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        sheet = book.add_worksheet()
        dated = book.add_format({"num_format": rng.choice(("yyyy-mm-dd hh:mm", "yyyy/m/d", "h:mm", "[h]:mm", "0.00"))})
        top, left = rng.choice(((0, 0), (0, 0), (3, 2)))
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                where = (r + top, c + left)
                kind = rng.random()
                if kind < 0.02:
                    sheet.write_formula(*where, "=1/0", None, rng.choice(("#DIV/0!", 5, "x", "")))
                elif kind < 0.05:
                    sheet.write_datetime(*where, datetime(2025, 1, 1) + timedelta(minutes=15 * r), dated)
                elif kind < 0.06:
                    sheet.write_number(*where, rng.choice((0, 1, 59, 60, 61, -1, 1e300, 2958466)), dated)
                elif kind < 0.07:
                    sheet.write_boolean(*where, True)
                else:
                    try:
                        sheet.write_number(*where, float(text))
                    except (ValueError, TypeError, OverflowError):
                        sheet.write_string(*where, text[:30000].replace("\x00", ""))
        for _ in range(rng.choice((0, 0, 1, 4))):
            r, c = rng.randrange(20), rng.randrange(6)
            try:
                sheet.merge_range(r, c, r + rng.randrange(0, 20), c + rng.randrange(0, 4), rng.choice(NAMES))
            except (xlsxwriter.exceptions.OverlappingRange, ValueError):
                continue
        if rng.random() < 0.01:
            sheet.write(rng.choice((1_048_575, 20_000)), rng.choice((0, 16_383, 60)), "far away")
        if rng.random() < 0.1:
            sheet.hide()
    book.close()
    return buffer.getvalue()


def html_bytes(rng: random.Random, rows: list[list[str]]) -> bytes:
    """A page with a table, perhaps with spans, perhaps not closed."""
    spans = ("", "", "", " rowspan=2", " colspan=3", " rowspan=99999", ' colspan="x"')
    body = "".join(
        "<tr>"
        + "".join(f"<td{rng.choice(spans)}>{c}" + rng.choice(("</td>", "")) for c in row)
        + rng.choice(("</tr>", ""))
        for row in rows
    )
    return f"<html><meta charset=gbk><table>{body}</table></html>".encode(rng.choice(("gb18030", "utf-8")))


def columnar_bytes(rng: random.Random, rows: list[list[str]]) -> bytes:
    """Parquet or Arrow with typed columns."""
    many = rng.randrange(0, 50)
    start = datetime(2025, 1, 1)
    columns: dict[str, list[object]] = {
        rng.choice(("time", "ts", "时间")): [start + timedelta(minutes=15 * i) for i in range(many)],
        rng.choice(("1#进线", "value", "m1")): [
            rng.choice((1.5, float("nan"), float("inf"), None, -3.0)) for _ in range(many)
        ],
        rng.choice(("meter", "x")): [rng.choice(NAMES) for _ in range(many)],
    }
    if rng.random() < 0.2:
        columns["nested"] = [[1, 2]] * many
    frame = pl.DataFrame(columns, strict=False)
    buffer = BytesIO()
    if rng.random() < 0.5:
        frame.write_parquet(buffer)
    else:
        frame.write_ipc(buffer)
    return buffer.getvalue()


def bomb_bytes(rng: random.Random, rows: list[list[str]]) -> bytes:
    """A workbook whose sheet unfolds, or an archive that is none, or one that says too little of its size."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = rng.randrange(4)
        archive.writestr("[Content_Types].xml", "<Types/>")
        if kind == 0:
            with archive.open("xl/worksheets/sheet1.xml", "w") as part:
                for _ in range(80):
                    part.write(b"<row>" * 200_000)
            archive.writestr("xl/workbook.xml", "<workbook/>")
        elif kind == 1:
            archive.writestr("readme.txt", "no workbook")
        elif kind == 2:
            for i in range(200):
                archive.writestr(f"xl/worksheets/sheet{i}.xml", "<worksheet>" * 100)
            archive.writestr("xl/workbook.xml", "<workbook/>")
        else:
            archive.writestr("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY b 'bb'>]><workbook>&b;</workbook>")
    return buffer.getvalue()


MAKERS: tuple[tuple[str, Callable[[random.Random, list[list[str]]], bytes], tuple[str, ...]], ...] = (
    ("csv", csv_bytes, (".csv", ".txt", ".xlsx")),
    ("csv", csv_bytes, (".csv",)),
    ("csv", csv_bytes, (".csv",)),
    ("excel", excel_bytes, (".xlsx", ".xlsx", ".csv", ".xls")),
    ("excel", excel_bytes, (".xlsx",)),
    ("html", html_bytes, (".xls", ".html")),
    ("columnar", columnar_bytes, (".parquet", ".arrow", ".csv")),
)


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Perhaps cut, flipped, with NUL bytes, or doubled."""
    kind = rng.random()
    if not data or kind < 0.6:
        return data
    at = rng.randrange(len(data))
    if kind < 0.72:
        return data[:at]
    if kind < 0.84:
        hurt = bytearray(data)
        for _ in range(rng.randrange(1, 20)):
            hurt[rng.randrange(len(hurt))] = rng.randrange(256)
        return bytes(hurt)
    if kind < 0.92:
        return data[:at] + b"\x00" * rng.randrange(1, 300) + data[at:]
    return data + data[at:]


def case(seed: int) -> tuple[str, str, bytes]:
    """Kind, file name and content of one case."""
    rng = random.Random(seed)
    rows = table(rng)
    if rng.random() < 0.02:
        return "bomb", f"case{seed}.xlsx", bomb_bytes(rng, rows)
    kind, make, endings = rng.choice(MAKERS)
    return kind, f"case{seed}{rng.choice(endings)}", damaged(rng, make(rng, rows))


def workspace(folder: Path) -> Workspace:
    """A park that some of the names mean."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    return replace(open_workspace(folder), files=lambda: READER)


def run_case(space: Workspace, folder: Path, seed: int) -> tuple[str, str]:
    """Import one case; its kind and outcome. Raises AssertionError where a promise is broken."""
    kind, name, data = case(seed)
    path = folder / name
    path.write_bytes(data)
    before = space.store.head()
    try:
        done = import_files(space, [path])[0]
        if done.error is not None:
            assert done.error.format("zh")
            assert done.error.format("en")
            assert space.store.head() == before, "a refused file wrote something"
            return kind, f"refused {done.error.code}"
        if done.status == "committed":
            assert done.commit is not None
            assert done.seen is not None
            assert done.seen.readings == done.commit.rows
            rows = space.store.readings(history=True)
            assert sum(1 for r in rows["rev"].to_pylist() if r == done.commit.rev) == done.commit.rows, "half a write"
            again = import_files(space, [path])[0]
            assert again.status == "duplicate", f"the same file again: {again.status}"
            assert space.store.head() == done.commit.rev
        else:
            assert space.store.head() == before
        return kind, done.status
    finally:
        path.unlink()


def main() -> None:
    """Run a campaign and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long, whatever is left")
    asked = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    broken: list[int] = []
    begin = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="lingtan-fuzz-"))
    try:
        space = workspace(folder / "park0")
        for i in range(asked.cases):
            if i % 50 == 0:  # a full store makes the counting slow
                space = workspace(folder / f"park{i // 50}")
            if time.perf_counter() - begin > asked.minutes * 60:
                break
            seed = asked.seed * 1_000_003 + i
            try:
                counts[run_case(space, folder, seed)] += 1
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                broken.append(seed)
                counts["–", "BROKEN"] += 1
                print(f"seed {seed}: {error!r}", file=sys.stderr)
                if len(broken) <= 5:
                    traceback.print_exc()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for (kind, outcome), count in sorted(counts.items(), key=lambda c: (c[0][0], -c[1])):
        print(f"{kind:10s} {outcome:40s} {count:7d}")
    print(f"{sum(counts.values())} cases, {len(broken)} broken, {time.perf_counter() - begin:.0f} s")
    if broken:
        print("seeds:", *broken[:50])
        raise SystemExit(1)


if __name__ == "__main__":
    main()
