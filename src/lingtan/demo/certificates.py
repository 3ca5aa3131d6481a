"""Issue files of certificates for the demo park: what a register would hand out for the generation of its plants and trades."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from lingtan.demo.park_file import TRADES
from lingtan.demo.point import Point
from lingtan.demo.span import PER_HOUR, YEAR, Span

FOLDER = "certificates"
_HEAD = ("起始编号", "终止编号", "数量（张）", "项目名称", "发电年月", "电源类型", "是否可交易")


def write_certificates(points: Sequence[Point], span: Span, folder: Path) -> list[Path]:
    """Two files: tradable certificates (direct line, the traded plant) as Excel, those of self-used roofs as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    of = {p.id: p for p in points}
    wind, roof = [], []
    number = 1
    for month, first, last in span.months:
        exported = int(of["grid-export"].truth[first:last].sum()) * 4 // 5 // 1_000_000  # most of it is of the line
        if exported:
            wind.append(_row("DEMO-W-", number, exported, "direct-line", month, "风电", "是"))
            number += exported
    for name, _, plant, kwh, _, _ in TRADES:
        at = 1
        for month, _, _ in span.months:
            count = kwh[month - 1] // 1000
            wind.append(_row(f"DEMO-{name.upper()}-", at, count, plant, month, "风电", "是"))
            at += count
    number, carried = 1, 0
    point = of["pv-battery"]
    for month, first, last in span.months:
        carried += int(point.truth[first:last].sum())
        count, carried = divmod(carried, 1_000_000)
        if count:
            roof.append(_row("DEMO-P-", number, count, "朔原电池屋顶光伏", month, "光伏", "否"))
            number += count
    excel, text = folder / f"绿证核发_{YEAR}_可交易.xlsx", folder / f"绿证核发_{YEAR}_自用.csv"
    with xlsxwriter.Workbook(excel) as book:
        sheet = book.add_worksheet("核发")
        for i, cells in enumerate([("绿证核发清单（合成）",), _HEAD, *wind]):
            for j, cell in enumerate(cells):
                sheet.write(i, j, cell)
    lines = [",".join(map(str, cells)) for cells in [_HEAD, *roof]]
    text.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return [excel, text]


def _row(series: str, first: int, count: int, plant: str, month: int, kind: str, trade: str) -> tuple[object, ...]:
    last = first + count - 1
    return f"{series}{first:08d}", f"{series}{last:08d}", count, plant, f"{YEAR}-{month:02d}", kind, trade


assert PER_HOUR == 4  # truth of plants stands by the quarter hour, in Wh
