"""Meter files in the shapes that people really have: 96-point day rows, wide and long tables, counters, GBK, Excel, Parquet.

A table is written once, by columns; a year of the whole park takes some seconds.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
import xlsxwriter

from lingtan.base.units import canonical_unit
from lingtan.demo.meters import Readings
from lingtan.demo.papers import write_papers
from lingtan.demo.span import PER_DAY, Span

STEPS = {"15min": timedelta(minutes=15), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
LATE_FOLDER = "late"
_POINTS = [f"{m // 60}:{m % 60:02d}" for m in range(15, 1441, 15)]


def write_files(readings: dict[str, Readings], span: Span, folder: Path) -> tuple[list[Path], list[Path]]:
    """Write every file; those that come in time, and those that come late."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LATE_FOLDER).mkdir(exist_ok=True)

    def of(group: str) -> list[Readings]:
        return [r for r in readings.values() if r.point.group == group]

    made: list[Path] = []
    for number, (group, name, write) in enumerate(_PLAN, 1):
        path = folder / f"{number:02d}_{name}"
        write(of(group), span, path)
        made.append(path)
    made += write_papers(readings, span, folder, len(made) + 1)
    late = folder / LATE_FOLDER / "蒸汽_补报.csv"
    behind = [r for r in readings.values() if r.late.any()]
    frames = [_long(r, span, label="zh").filter(pl.Series(r.late)) for r in behind]
    if frames:
        _save(pl.concat(frames), late, decimals=3)
    return made, [late] if frames else []


def stamps(span: Span, step: str, size: int) -> pl.Series:
    """Local starts of the intervals of a step; of counters the instants of their states."""
    every = STEPS[step]
    first = span.start.replace(tzinfo=None)
    return pl.datetime_range(first, first + every * (size - 1), every, eager=True).alias("at")


def values(r: Readings) -> pl.Series:
    """The numbers as they stand in the file; what is missing or late is null."""
    numbers = pl.Series(r.ticks / 10**r.point.decimals)
    gone = r.missing | r.late
    return numbers.set(pl.Series(gone), None) if gone.any() else numbers


def _label(r: Readings, lang: str) -> str:
    return {"zh": r.point.zh, "en": r.point.en}.get(lang, r.point.id)


def _day_row_frame(group: Sequence[Readings], span: Span) -> pl.DataFrame:
    days = [d.isoformat() for d in span.dates]
    frames = []
    for r in group:
        table = values(r).to_numpy().reshape(-1, PER_DAY)
        points = pl.DataFrame(table, schema=_POINTS, nan_to_null=True)
        frames.append(pl.DataFrame({"计量点名称": [r.point.zh] * span.days, "数据日期": days}).hstack(points))
    return pl.concat(frames)


def _day_rows_excel(group: Sequence[Readings], span: Span, path: Path) -> None:
    """As grid companies export it: a title, then a row for each meter and day."""
    frame = _day_row_frame(group, span)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("96点电量")
        sheet.write_string(0, 0, "电量数据（kWh）— 合成数据 synthetic")
        for i, name in enumerate(frame.columns):
            sheet.write_string(1, i, name)
        for row, cells in enumerate(frame.iter_rows(), 2):
            sheet.write_string(row, 0, cells[0])
            sheet.write_string(row, 1, cells[1])
            for i, cell in enumerate(cells[2:], 2):
                if cell is not None:
                    sheet.write_number(row, i, cell)


def _day_rows_gbk(group: Sequence[Readings], span: Span, path: Path) -> None:
    _save(_day_row_frame(group, span), path, decimals=2, encoding="gbk", missing="--")


def _wide(
    encoding: str, lang: str, *, time: str, missing: str = ""
) -> Callable[[Sequence[Readings], Span, Path], None]:
    def write(group: Sequence[Readings], span: Span, path: Path) -> None:
        first = group[0]
        columns = {time: stamps(span, first.point.step, first.ticks.size).dt.strftime("%Y-%m-%d %H:%M")}
        columns |= {_headed(r, lang): values(r) for r in group}
        _save(pl.DataFrame(columns), path, decimals=first.point.decimals, encoding=encoding, missing=missing)

    return write


def _headed(r: Readings, lang: str) -> str:
    known = canonical_unit(r.point.unit) is not None  # a weather station's table has no units
    return f"{_label(r, lang)}({r.point.unit})" if known else _label(r, lang)


def _long(r: Readings, span: Span, *, label: str) -> pl.DataFrame:
    at = stamps(span, r.point.step, r.ticks.size)
    numbers = pl.Series(r.ticks / 10**r.point.decimals)
    return pl.DataFrame({"时间": at.dt.strftime("%Y-%m-%d %H:%M:%S"), "测点": [_label(r, label)] * at.len(), "数值": numbers,
                         "单位": [r.point.unit] * at.len()})  # fmt: skip


def _longs(encoding: str, label: str) -> Callable[[Sequence[Readings], Span, Path], None]:
    def write(group: Sequence[Readings], span: Span, path: Path) -> None:
        frames = []
        for r in group:
            whole = _long(r, span, label=label)
            frames.append(whole.filter(~pl.Series(r.missing | r.late)))
            if r.twice:
                frames.append(whole[r.twice])
        _save(pl.concat(frames), path, decimals=group[0].point.decimals, encoding=encoding)

    return write


def _long_offsets(group: Sequence[Readings], span: Span, path: Path) -> None:
    """A data logger's table: instants with their offset, ids, no units."""
    frames = []
    for r in group:
        at = stamps(span, r.point.step, r.ticks.size).dt.strftime("%Y-%m-%dT%H:%M:%S+08:00")
        frame = pl.DataFrame({"timestamp": at, "channel": [r.point.id] * at.len(), "value": values(r)})
        frames.append(frame.filter(pl.col("value").is_not_null()))
    _save(pl.concat(frames), path, decimals=group[0].point.decimals)


def _parquet(group: Sequence[Readings], span: Span, path: Path) -> None:
    frames = []
    for r in group:
        at = stamps(span, r.point.step, r.ticks.size).dt.replace_time_zone("Asia/Shanghai")
        frame = pl.DataFrame({"timestamp": at, "channel": [r.point.id] * at.len(), "value": values(r)})
        frames.append(frame.filter(pl.col("value").is_not_null()))
    pl.concat(frames).with_columns(pl.col("channel").cast(pl.Categorical)).write_parquet(path, compression="zstd")


def _save(frame: pl.DataFrame, path: Path, *, decimals: int, encoding: str = "utf-8-sig", missing: str = "") -> None:
    text = frame.write_csv(float_precision=decimals, null_value=missing)
    path.write_bytes(text.encode(encoding))


_PLAN: tuple[tuple[str, str, Callable[[Sequence[Readings], Span, Path], None]], ...] = (
    ("gateway", "关口与馈线_96点.xlsx", _day_rows_excel),
    ("mains", "企业进线_96点.csv", _day_rows_gbk),
    ("subs-1", "材料片区_分表.csv", _wide("gbk", "zh", time="时间", missing="缺失")),
    ("subs-2", "电子片区_分表.csv", _wide("utf-8-sig", "zh", time="采集时间")),
    ("subs-3", "public_district_submeters.csv", _wide("utf-8", "en", time="time")),
    ("subs-4", "化工片区_分表.csv", _wide("utf-8-sig", "zh", time="时间", missing="--")),
    ("subs-5", "轻工片区_分表.csv", _wide("gb18030", "zh", time="数据时间")),
    ("subs-6", "装备片区_分表.csv", _wide("utf-8-sig", "zh", time="时间")),
    ("center", "能源中心.csv", _longs("utf-8-sig", "zh")),
    ("renewables", "pv_wind_logger.csv", _long_offsets),
    ("steam", "蒸汽.csv", _wide("utf-8-sig", "zh", time="时间")),
    ("gas", "天然气_表码.csv", _wide("gbk", "zh", time="抄表时间")),
    ("water", "water_counters.parquet", _parquet),
    ("output", "产量_日报.csv", _longs("gbk", "zh")),
    ("recovery", "余热余冷余压.csv", _longs("utf-8-sig", "zh")),
    ("weather", "weather_station.csv", _wide("utf-8", "en", time="time")),
)
