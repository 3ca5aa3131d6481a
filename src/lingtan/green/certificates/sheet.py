"""Issue files of certificates: a row for each certificate, or for each range of serials; headers in Chinese or English."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from lingtan.base.errors import InputError, Place, Problem
from lingtan.green.certificates.register import Batch, Event
from lingtan.green.certificates.serials import Ranges
from lingtan.metering.shapes.sheet import Sheet

# column -> words that its header may be, spaces and case aside
HEADERS: Mapping[str, tuple[str, ...]] = {
    "serial": (
        "证书编号",
        "绿证编号",
        "证书号",
        "编号",
        "serial",
        "certificate",
        "certificate no",
        "certificate number",
    ),
    "first": ("起始编号", "证书起始编号", "起始证书编号", "开始编号", "first serial", "first", "from"),
    "last": ("终止编号", "证书终止编号", "截止编号", "结束编号", "终止证书编号", "last serial", "last", "to"),
    "count": ("数量", "张数", "证书数量", "数量(个)", "数量(张)", "count", "quantity", "certificates"),
    "plant": ("项目名称", "电站", "电站名称", "发电项目", "项目", "plant", "project", "station"),
    "month": (
        "发电年月",
        "电量生产年月",
        "生产年月",
        "电量年月",
        "发电月份",
        "生产月份",
        "month",
        "generation month",
        "vintage",
    ),
    "kind": ("电源类型", "能源类型", "技术类型", "项目类型", "类型", "technology", "energy", "type", "source"),
    "tradable": ("是否可交易", "可交易", "交易属性", "证书类型", "tradable", "tradeable"),
    "holder": ("持有人", "持有方", "持有者", "所有人", "holder", "owner"),
}
NOT_TRADABLE = ("否", "不可交易", "不可交易绿证", "no", "false", "0", "n", "non-tradable")
_LOOK = 20  # rows among which the header is sought
_SHOWN = 20


def issue_events(sheet: Sheet, on: date, *, holder: str, sha256: str, month: str = "") -> list[Event]:
    """One issue event for each holder of the file.

    Raises
    ------
    InputError
        ``certificates.no-columns`` if serials, plant or month have no column; ``certificates.bad-rows`` with every row that
        cannot be read.
    """
    frame, columns, begin = _table(sheet)
    serials = ("serial",) if "serial" in columns else ("first", "last")
    lacking = [n for n in (*serials, "plant", *([] if month else ["month"])) if n not in columns]
    if lacking:
        raise InputError("certificates.no-columns", file=sheet.file, missing=", ".join(HEADERS[n][0] for n in lacking))

    def text(name: str, default: str) -> pl.Expr:
        return (
            (pl.col(columns[name]) if name in columns else pl.lit(None))
            .cast(pl.String)
            .str.strip_chars()
            .fill_null(default)
        )

    told = frame.select(
        one=text(serials[0], ""),
        two=text(serials[-1], ""),
        plant=text("plant", ""),
        month=text("month", month).str.replace_all(r"[年/.]", "-").str.replace_all("月", ""),
        kind=text("kind", ""),
        tradable=~text("tradable", "").str.to_lowercase().is_in(NOT_TRADABLE),
        holder=text("holder", holder),
        count=text("count", "").str.replace_all(r"[,，\s]", ""),
        row=pl.int_range(pl.len(), dtype=pl.Int64) + begin,
    ).filter((pl.col("one") != "") & ~pl.col("one").is_in(["合计", "总计", "total"]))
    parsed = told.with_columns(
        prefix=pl.col("one").str.extract(r"^(.*?)\d{1,18}$", 1),
        prefix2=pl.col("two").str.extract(r"^(.*?)\d{1,18}$", 1),
        digits=pl.col("one").str.extract(r"(\d{1,18})$", 1),
        digits2=pl.col("two").str.extract(r"(\d{1,18})$", 1),
        yyyymm=pl.col("month").str.extract(r"^(\d{4})-?(\d{1,2})", 1).cast(pl.Int64, strict=False) * 100
        + pl.col("month").str.extract(r"^(\d{4})-?(\d{1,2})", 2).cast(pl.Int64, strict=False),
        counted=pl.col("count").cast(pl.Float64, strict=False),
    ).with_columns(
        first=pl.col("digits").cast(pl.Int64, strict=False), last=pl.col("digits2").cast(pl.Int64, strict=False)
    )
    _refuse_rows(sheet, parsed)
    return [
        _event(part, on, str(who), sheet.file, sha256 if i == 0 else "")
        for i, ((who,), part) in enumerate(parsed.group_by(["holder"], maintain_order=True))
    ]


def _table(sheet: Sheet) -> tuple[pl.DataFrame, dict[str, str], int]:
    """The rows below the header, the name of each known column, and the number of the first row in the source."""
    if sheet.header is not None:
        return sheet.frame, _known(sheet.header, sheet.frame.columns), 1
    for i, row in enumerate(sheet.head(_LOOK)):
        found = _known(row, sheet.frame.columns)
        if "plant" in found and ("serial" in found or "first" in found):
            return sheet.frame.slice(i + 1), found, sheet.first_row + i + 1
    raise InputError(
        "certificates.no-columns", file=sheet.file, missing=f"{HEADERS['serial'][0]}, {HEADERS['plant'][0]}"
    )


def _known(cells: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    plain = [str(c).strip().lower().replace("（", "(").replace("）", ")").replace(" ", "") for c in cells]
    found: dict[str, str] = {}
    for column, words in HEADERS.items():
        wanted = {w.lower().replace(" ", "") for w in words}
        for cell, name in zip(plain, names, strict=False):
            if cell in wanted and name not in found.values():
                found[column] = name
                break
    return found


def _refuse_rows(sheet: Sheet, rows: pl.DataFrame) -> None:
    reasons = {
        "certificates.row-serial": pl.col("first").is_null() | pl.col("last").is_null(),
        "certificates.row-range": (pl.col("prefix") != pl.col("prefix2"))
        | (pl.col("digits").str.len_chars() != pl.col("digits2").str.len_chars())
        | (pl.col("last") < pl.col("first")),
        "certificates.row-count": (pl.col("count") != "")
        & (pl.col("counted").is_null() | (pl.col("counted") != pl.col("last") - pl.col("first") + 1)),
        "certificates.row-month": pl.col("yyyymm").is_null() | ~(pl.col("yyyymm") % 100).is_between(1, 12),
        "certificates.row-plant": pl.col("plant") == "",
    }
    problems = []
    for code, wrong in reasons.items():
        bad = rows.filter(wrong.fill_null(False)).head(_SHOWN)
        for row in bad.iter_rows(named=True):
            values = {
                "serial": row["one"][:60],
                "last": row["two"][:60],
                "quantity": row["count"][:20],
                "month": row["month"][:20],
            }
            problems.append(Problem(code, Place(file=sheet.file, line=int(row["row"])), values))
    if problems:
        raise InputError("certificates.bad-rows", file=sheet.file, problems=problems)
    if not rows.height:
        raise InputError("certificates.no-rows", file=sheet.file)


def _event(rows: pl.DataFrame, on: date, holder: str, file: str, sha256: str) -> Event:
    """Neighbouring serials of one plant, month and kind become one range."""
    alike = ["plant", "yyyymm", "kind", "tradable"]
    batches = rows.select(alike).unique(maintain_order=True).with_row_index("batch")
    series = rows.select(
        (pl.col("prefix") + "#" + pl.col("digits").str.len_chars().cast(pl.String)).alias("name")
    ).get_column("name")
    names = series.unique(maintain_order=True)
    joined = (
        rows.with_columns(name=series)
        .join(batches, on=alike, how="left", nulls_equal=True)
        .join(pl.DataFrame({"name": names}).with_row_index("series"), on="name", how="left")
        .sort("series", "first")
    )
    s, a, b, k = (joined.get_column(n).cast(pl.Int64).to_numpy() for n in ("series", "first", "last", "batch"))
    new = np.ones(len(s), np.bool_)
    new[1:] = (s[1:] != s[:-1]) | (k[1:] != k[:-1]) | (a[1:] != b[:-1] + 1)
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(s)) - 1
    made = tuple(Batch(p, int(m), kind, bool(t), file) for p, m, kind, t in batches.select(alike).iter_rows())
    values = {"holder": holder, "file": file, "sha256": sha256}
    return Event("issue", on, Ranges(tuple(names), s[starts], a[starts], b[ends]), values, made, k[starts])
