"""What comes on paper: power bills, the statistics forms 205-1 to 205-4, books by the month, the last years."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from lingtan.demo.books import PRODUCTS
from lingtan.demo.members import MEMBERS, OPERATOR
from lingtan.demo.meters import Readings
from lingtan.demo.span import YEAR, Span
from lingtan.park.carriers import BUILT_IN

Rows = Iterable[Sequence[object]]
_UNIT = {"t": "吨", "m3": "立方米"}
# form -> enterprise -> rows of (carrier, {column: channel})
FORMS: dict[str, dict[str, tuple[tuple[str, dict[str, str]], ...]]] = {
    "205-1": {
        "carbon-pilot": (("washed_coal", {"购进量": "coal-bought", "期末库存": "coal-stock"}),
                         ("coke", {"外供量": "coke-sold"}), ("coal_tar", {"外供量": "tar-sold"})),
        "logistics": (("diesel", {"购进量": "diesel-bought", "终端消费量": "trucks-diesel", "期末库存": "diesel-stock"}),
                      ("fuel_oil", {"购进量": "fuel-oil-bought", "期末库存": "fuel-oil-stock"})),
        "foundry": (("coke", {"终端消费量": "foundry-coke"}),),
        OPERATOR: (("diesel", {"火力发电投入": "backup-diesel"}),),
    },
    "205-2": {
        "carbon-pilot": (("washed_coal", {"加工转换投入": "coal-used"}), ("coke", {"加工转换产出": "coke-made"}),
                         ("coke_oven_gas", {"加工转换产出": "oven-gas-made"}), ("coal_tar", {"加工转换产出": "tar-made"})),
    },
}  # fmt: skip
COLUMNS = {
    "205-1": ("年初库存", "购进量", "终端消费量", "火力发电投入", "外供量", "期末库存"),
    "205-2": ("加工转换投入", "加工转换产出"),
}
TITLES = {
    "205-1": "能源购进、消费与库存（205-1表）",
    "205-2": "能源加工转换（205-2表）",
    "205-3": "单位产品能源消耗（205-3表）",
    "205-4": "用水情况（205-4表）",
}


def write_papers(readings: dict[str, Readings], span: Span, folder: Path, number: int) -> list[Path]:
    """Write the workbooks, numbered from ``number`` on."""
    made: list[Path] = []

    def next_path(name: str) -> Path:
        made.append(folder / f"{number + len(made):02d}_{name}")
        return made[-1]

    of = {r.point.group: [x for x in readings.values() if x.point.group == r.point.group] for r in readings.values()}
    _bills(of["bills"], span, next_path("电费单.xlsx"))
    _months(of["waste"], span, next_path("固废台账.xlsx"), f"{YEAR}年工业固体废物台账（合成）")
    bunker = [readings["ships-fuel-oil"]]
    _months(bunker, span, next_path("国际航行船舶燃料.xlsx"), f"{YEAR}年国际航行船舶燃料（合成）")
    _years(of["history"], next_path("近三年.xlsx"))
    for form, members in FORMS.items():
        for member in members:
            owner = next(m for m in MEMBERS if m.id == member)
            _form(form, member, readings, span, next_path(f"{form}_{owner.zh}.xlsx"))
    for r in of["product-form"]:
        owner = next(m for m in MEMBERS if m.id == r.point.enterprise)
        _product_form(r, owner.zh, span, next_path(f"205-3_{owner.zh}.xlsx"))
    for r in of["water-form"]:
        owner = next(m for m in MEMBERS if m.id == r.point.enterprise)
        _water_form(r, owner.zh, span, next_path(f"205-4_{owner.zh}.xlsx"))
    return made


def _number(r: Readings, at: int) -> float:
    return float(r.ticks[at]) / float(10**r.point.decimals)


def _sheet(book: Any, name: str, rows: Rows) -> None:
    sheet = book.add_worksheet(name)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if cell is not None:
                sheet.write(i, j, cell)


def _bills(group: Sequence[Readings], span: Span, path: Path) -> None:
    rows: list[Sequence[object]] = [("户名", "电费年月", "电量(kWh)", "电费(元)")]
    for r in group:
        for i, (month, _, _) in enumerate(span.months):
            used = _number(r, i)
            rows.append((r.point.zh, f"{YEAR}-{month:02d}", used, round(used * 0.71, 2)))
    with xlsxwriter.Workbook(path) as book:
        _sheet(book, "电费", rows)


def _months(group: Sequence[Readings], span: Span, path: Path, title: str) -> None:
    """A row a channel, a column a month, and a total that is nobody's reading."""
    known = len(span.months)  # a book has a column for each month, those to come are empty
    rows: list[Sequence[object]] = [(title,), ("名称", "单位", *(f"{YEAR}年{m}月" for m in range(1, 13)))]
    rows += [(r.point.zh, r.point.unit, *(_number(r, i) for i in range(known))) for r in group]
    rows.append(("合计", None, *(sum(_number(r, i) for r in group) for i in range(known))))
    with xlsxwriter.Workbook(path) as book:
        _sheet(book, "台账", rows)


def _years(group: Sequence[Readings], path: Path) -> None:
    years = range(YEAR - 2, YEAR + 1)
    rows: list[Sequence[object]] = [("近三年能源购入（申报用，合成）",), ("名称", "单位", *(f"{y}年" for y in years))]
    rows += [(r.point.zh, r.point.unit, *(_number(r, i) for i in range(r.ticks.size))) for r in group]
    with xlsxwriter.Workbook(path) as book:
        _sheet(book, "近三年", rows)


def _form(form: str, member: str, readings: dict[str, Readings], span: Span, path: Path) -> None:
    owner = next(m for m in MEMBERS if m.id == member)
    entries = FORMS[form][member]
    with_stock = any("期末库存" in cells for _, cells in entries)
    with xlsxwriter.Workbook(path) as book:
        for i, (month, _, _) in enumerate(span.months):
            columns = [c for c in COLUMNS[form] if c != "年初库存" or (i == 0 and with_stock)]
            rows: list[Sequence[object]] = [
                (TITLES[form],),
                (f"单位名称：{owner.zh}（合成）",),
                (f"{YEAR}年{month}月",),
                ("能源名称", "计量单位", *columns),
            ]
            for carrier, cells in entries:
                unit = readings[next(iter(cells.values()))].point.unit
                numbers: list[object] = []
                for column in columns:
                    stock = readings.get(cells.get("期末库存", ""))
                    if column == "年初库存":
                        numbers.append(_number(stock, 0) if stock else None)
                    elif column == "期末库存":
                        numbers.append(_number(stock, i + 1) if stock else None)
                    else:
                        numbers.append(_number(readings[cells[column]], i) if column in cells else None)
                rows.append((BUILT_IN[carrier].zh, _UNIT[unit], *numbers))
            _sheet(book, f"{YEAR}年{month}月", rows)


def _water_form(r: Readings, owner: str, span: Span, path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        for i, (month, _, _) in enumerate(span.months):
            _sheet(book, f"{YEAR}年{month}月", [
                (TITLES["205-4"],),
                (f"单位名称：{owner}（合成）",),
                (f"{YEAR}年{month}月",),
                ("指标名称", "计量单位", "本期实际"),
                ("取水量", "立方米", _number(r, i)),
            ])  # fmt: skip


def _product_form(r: Readings, owner: str, span: Span, path: Path) -> None:
    """Energy by unit of product; what the account takes from it is the output, below the line."""
    product = r.point.id.removesuffix("-made")
    _, zh, _, per_t, *_ = PRODUCTS[product]
    with xlsxwriter.Workbook(path) as book:
        for i, (month, _, _) in enumerate(span.months):
            made = _number(r, i)
            _sheet(book, f"{YEAR}年{month}月", [
                (TITLES["205-3"],),
                (f"单位名称：{owner}（合成）",),
                (f"{YEAR}年{month}月",),
                ("指标名称", "计量单位", "单耗", "子项（综合能耗，吨标准煤）", "母项（产量）"),
                (f"单位{zh}综合能耗", "千克标准煤/吨", per_t, round(made * per_t / 1000, 2), made),
            ])  # fmt: skip
