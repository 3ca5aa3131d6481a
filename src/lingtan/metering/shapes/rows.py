"""Tables with a time in each row: long (a row a reading), wide (a column a series), bills (a row a month)."""

import re
from dataclasses import replace

import polars as pl

from lingtan.metering.shapes import words
from lingtan.metering.shapes.cells import Cells, Name, indexed, no_rejects, reject
from lingtan.metering.shapes.header import TIMES, Layout
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.numbers import as_text
from lingtan.metering.shapes.stamps import Clock, Instants, instants

_TIER = re.compile(r"尖峰?|高峰|峰|平|低?谷|深谷|(?:peak|flat|valley|shoulder|off.?peak)", re.IGNORECASE)
_TIERED = re.compile(
    rf"(?:{_TIER.pattern})(?:段|期|时段)?(?:有功)?(?:用?电量|电能|_?kwh|量)?|(?:用?电量)[\s(-]*(?:{_TIER.pattern})\)?",
    re.I,
)
LONGEST_S = 20 * 366 * 86400  # what an interval lasts at most: a start without its end says nothing
_TOTAL = re.compile(r"总|合计|抄见|计费|结算|total", re.IGNORECASE)


def take_rows(found: Layout, mapping: Mapping, clock: Clock) -> Cells | None:
    """The cells of a table with a time column; None if it has none or no values."""
    body = found.body
    time_columns = found.where(*TIMES, "clock")
    if not any(found.roles[i] in TIMES for i in time_columns):
        return None
    ids = found.where("name") + found.where("item")
    values, ignored = _value_columns(found, ids, mapping)
    if not values:
        return None
    body, totals = drop_totals(body, [found.column(i) for i in [*time_columns, *ids]])
    if mapping.fill_down and ids:
        body = body.with_columns(pl.col([found.column(i) for i in ids]).forward_fill())
    body, rejects = drop_overfull(found, body)
    at, seconds, label = _times(found, body, clock)
    body = body.with_columns(at=at.at, seconds=seconds) if seconds is not None else body.with_columns(at=at.at)
    value_columns = [found.column(i) for i in values]
    body, bad_times, remarks = _split_bad_times(found, body, at, value_columns, label)
    body, who = indexed(body, [found.column(i) for i in ids])
    extra = _side_columns(found)
    tiers = _tiers(found, values)
    pieces = []
    names: list[Name] = []
    for i in values:
        header = words.split_unit(found.headers[i])[0]
        # a header such as 电量 says what, not whose
        part = () if found.roles[i] == "value" and (ids or len(values) == 1) else (header,)
        if i in tiers:
            part = ()
        piece = body.select(
            "row",
            *(["seconds"] if seconds is not None else []),
            *extra,
            "at",
            name=pl.col("who") + len(names),
            text=as_text(body[found.column(i)]),
        )
        pieces.append(piece)
        unit = found.units[i]
        names += [Name((*w, *part), found.headers[i], unit, found.headers[i], add=i in tiers) for w in who]
    frame = pl.concat(pieces) if len(pieces) > 1 else pieces[0]
    monthly = at.precision in ("month", "year") or seconds is not None
    shape = mapping.shape or ("bill" if monthly and ids else "long" if ids or len(values) == 1 else "wide")
    return Cells(
        shape,
        frame,
        names,
        found.header_row,
        label,
        at.precision,
        _evidence(found, label, at),
        pl.concat([no_rejects(), rejects, bad_times]),
        totals,
        remarks,
        tuple(ignored),
    )


def _value_columns(found: Layout, ids: list[int], mapping: Mapping) -> tuple[list[int], list[str]]:
    """The columns that hold values, and the headers of those that hold none or are left out."""
    explicit = found.where("value")
    if mapping.value:
        return explicit, []
    named = {words.key(str(k)) for k in mapping.channels}
    values, ignored = [], []
    for i, role in enumerate(found.roles):
        if role not in (None, "value"):
            continue
        header = found.headers[i]
        numeric = _is_numeric(found.body, found.column(i))
        tier = _TIERED.fullmatch(words.split_unit(header)[0]) is not None
        if words.key(header) in named or (header and numeric) or (role == "value" and header) or tier:
            values.append(i)
        elif header:
            ignored.append(header)
    if not ids and explicit and len(values) == len(explicit) + 1 and len(values) == 2:
        # time, an unknown text or number column, value: the unknown one names the series if it is no measurement
        other = next(i for i in values if i not in explicit)
        if not _has_fraction(found.body, found.column(other)) and not found.units[other]:
            values.remove(other)
            ids.append(other)
    if not ids and explicit and not values:
        return explicit, ignored
    texts = [i for i, r in enumerate(found.roles) if r is None and i not in values and found.headers[i]]
    if not ids and len(values) == 1 and values == explicit and len(texts) == 1:
        ids.append(texts[0])
        ignored = [h for h in ignored if h != found.headers[texts[0]]]
    return values, ignored


def _is_numeric(body: pl.DataFrame, column: str) -> bool:
    """Whether most of the first filled cells are numbers (or words for missing beside some number)."""
    if body[column].dtype.is_numeric():
        return True
    sample = [str(v) for v in as_text(body[column]).drop_nulls().head(60).to_list() if str(v).strip()]
    good = sum(1 for v in sample if words.looks_numeric(v))
    return bool(sample) and good * 2 > len(sample)


def _has_fraction(body: pl.DataFrame, column: str) -> bool:
    sample = as_text(body[column]).drop_nulls().head(200)
    return bool((sample.str.contains(r"\.") & ~sample.str.ends_with(".0")).any())


def drop_totals(body: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, int]:
    """The body without empty rows and without rows of totals, and how many totals there were."""
    cells = [c for c in body.columns if c != "row"]
    body = body.filter(pl.any_horizontal(pl.col(cells).is_not_null()))
    texts = [c for c in dict.fromkeys([*columns, *cells[:1]]) if body[c].dtype == pl.String]
    if not texts:
        return body, 0
    pattern = rf"(?i)^\s*(?:{words.TOTALS.pattern})\s*$"
    total = pl.any_horizontal([pl.col(c).str.contains(pattern).fill_null(False) for c in texts])
    kept = body.filter(~total)
    return kept, body.height - kept.height


def drop_overfull(found: Layout, body: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with more fields than the header are rejected: nobody can tell which field is which."""
    width = found.sheet.width
    if width is None or len(found.columns) <= width:
        return body, no_rejects()
    over = pl.any_horizontal(pl.col(list(found.columns[width:])).is_not_null())
    bad = body.filter(over)
    if not bad.height:
        return body, no_rejects()
    text = pl.concat_str([pl.col(c) for c in found.columns], separator=",", ignore_nulls=True)
    return body.filter(~over), reject(bad, "import.too-many-fields", column="", text=text, hint=str(width))


def _times(found: Layout, body: pl.DataFrame, clock: Clock) -> tuple[Instants, pl.Series | None, str]:
    """The times of the rows; with a start and an end column also the seconds between them."""

    def read(i: int) -> Instants:
        return instants(body[found.column(i)], clock)

    starts, ends = found.where("start"), found.where("end")
    if starts and ends:
        first, last = read(starts[0]), read(ends[0])
        stop = last.at
        if last.precision == "day":  # a bill until the 31st includes the 31st
            same = bool(((stop - first.at).dt.total_days() % 1 == 0).all()) and not _next_begins(first.at, stop)
            stop = stop.dt.offset_by("1d") if same else stop
        seconds = (stop - first.at).dt.total_seconds()
        usable = (seconds > 0) & (seconds < LONGEST_S)  # null where one of the two is no time
        at = pl.select(pl.when(usable).then(first.at)).to_series()
        seconds = seconds.clip(0, LONGEST_S).cast(pl.Int32)
        label = f"{found.headers[starts[0]]} – {found.headers[ends[0]]}"
        first = replace(first, at=at)
        return replace(first, precision="instant" if first.precision == "instant" else "month"), seconds, label
    times = found.where("time")
    dates, clocks = found.where("date"), found.where("clock")
    if not times and not dates and found.where("month"):
        year = [i for i in found.where("month") if words.key(found.headers[i]) in ("年", "年度", "年份", "year")]
        month = [i for i in found.where("month") if words.key(found.headers[i]) in ("月", "月份", "month")]
        if year and month:
            parts = [
                pl.col(found.column(i)).cast(pl.String).str.replace_all(r"[年月份\s]|\.0$", "")
                for i in (year[0], month[0])
            ]
            both = body.select(pl.concat_str([parts[0], pl.lit("-"), parts[1]])).to_series()
            return instants(both, clock), None, f"{found.headers[year[0]]}+{found.headers[month[0]]}"
    beside = clocks or [i for i in times if dates]
    if dates and beside:
        d, c = found.column(dates[0]), found.column(beside[0])
        joined = joined_times(as_text(body[d]), as_text(body[c]))
        return instants(joined, clock), None, f"{found.headers[dates[0]]}+{found.headers[beside[0]]}"
    for group in (times, ends, starts, dates, found.where("month")):
        if group:
            return read(group[0]), None, found.headers[group[0]]
    raise AssertionError("a layout with times has a time column")


def joined_times(date: pl.Series, clock: pl.Series) -> pl.Series:
    """A date column and a clock column as one: ``2025-03-07 00:00:00`` + ``8:15`` → ``2025-03-07 8:15``."""
    frame = pl.DataFrame({"d": date, "c": clock}).with_columns(
        d=pl.col("d").str.strip_chars().str.replace(r"[ T]00:00(:00)?$", ""),
        c=pl.col("c").str.strip_chars().str.replace(r"\.0$", "").str.replace(r"^\d{4}-\d\d-\d\d ", ""),
    )
    first = pl.col("c").str.extract(r"^(\d{1,2}:\d{2}(?::\d{2})?)\s*[-~至]", 1)
    day = (
        pl.when(pl.col("d").str.contains(r"^\d{8}(\.0)?$"))
        .then(
            pl.concat_str(
                [pl.col("d").str.slice(0, 4), pl.col("d").str.slice(4, 2), pl.col("d").str.slice(6, 2)], separator="-"
            )
        )
        .otherwise("d")
    )
    return frame.select(pl.concat_str([day, pl.coalesce(first, "c")], separator=" "))["d"]


def _next_begins(first: pl.Series, stop: pl.Series) -> bool:
    """Whether bills follow each other: one ends on the day on which the next begins."""
    begins = set(first.drop_nulls().to_list())
    ends = set(stop.drop_nulls().to_list())
    return bool(begins & ends)


def _split_bad_times(
    found: Layout, body: pl.DataFrame, at: Instants, values: list[str], label: str
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Rows whose time cannot be read are rejected; those without any value are remarks."""
    if body["at"].null_count() == 0:
        return body, no_rejects(), 0
    body = body.with_columns(vague=at.ambiguous if at.ambiguous.len() else pl.lit(False))
    bad = body.filter(pl.col("at").is_null())
    numbered = pl.any_horizontal([pl.col(v).cast(pl.String).str.contains(r"\d").fill_null(False) for v in values])
    counted = bad.filter(numbered)
    columns = found.where(*TIMES, "clock")
    text = pl.concat_str([pl.col(found.column(i)).cast(pl.String) for i in columns], separator=" ", ignore_nulls=True)
    rejects = pl.concat(
        [
            reject(counted.filter(~pl.col("vague")), "import.not-a-time", column=label, text=text),
            reject(counted.filter("vague"), "import.ambiguous-time", column=label, text=text),
        ]
    )
    return body.filter(pl.col("at").is_not_null()).drop("vague"), rejects, bad.height - counted.height


def _side_columns(found: Layout) -> list[pl.Expr]:
    """Quality and unit columns, if the table has them."""
    extra = []
    for kind in ("quality", "unit"):
        at = found.where(kind)
        if at:
            extra.append(pl.col(found.column(at[0])).cast(pl.String).alias(kind))
    return extra


def _tiers(found: Layout, values: list[int]) -> set[int]:
    """Columns of tiers (尖峰平谷) to be summed; with a total among them the tiers are left out of ``values``."""
    tiers = [i for i in values if _TIERED.fullmatch(words.split_unit(found.headers[i])[0])]
    if len(tiers) < 2:
        return set()
    rest = [i for i in values if i not in tiers]
    if any(_TOTAL.search(found.headers[i]) or found.roles[i] == "value" for i in rest):
        for i in tiers:
            values.remove(i)
        return set()
    return set(tiers)


def _evidence(found: Layout, label: str, at: Instants) -> tuple[str, str] | None:
    """Whether the time column says by its name, or by writing 24:00, what its stamps mark."""
    if found.where("start"):
        return ("start", "header")
    if found.where("end"):
        return ("end", "header")
    if re.search(r"结束|截止|终止|_end\b|end$|hour.?ending", label, re.IGNORECASE):
        return ("end", "header")
    if re.search(r"开始|起始|_start\b|start$|begin", label, re.IGNORECASE):
        return ("start", "header")
    return ("end", "24:00") if at.ends_day else None
