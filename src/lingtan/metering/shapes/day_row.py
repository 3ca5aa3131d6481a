"""The day row of Chinese grid exports: a meter and a date, then 96 (48, 24, 288) columns of the day's points."""

import re
from dataclasses import dataclass

import polars as pl

from lingtan.metering.shapes import words
from lingtan.metering.shapes.cells import Cells, Name, indexed, no_rejects, reject
from lingtan.metering.shapes.header import Layout, point_minutes
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.numbers import as_text
from lingtan.metering.shapes.rows import drop_overfull, drop_totals
from lingtan.metering.shapes.stamps import Clock, instants

COUNTS = {24: 60, 48: 30, 96: 15, 144: 10, 288: 5}


@dataclass(frozen=True)
class Points:
    """The point columns: minutes of the day by column index, step, and what their labels say of start and end."""

    minutes: dict[int, int]
    step: int
    evidence: tuple[str, str]


def points(headers: tuple[str, ...], taken: set[int]) -> Points | None:
    """The point columns among ``headers``; None if there are no 24, 48, 96, 144 or 288 (or one more) of them."""
    found = {
        i: p for i, h in enumerate(headers) if i not in taken and h and (p := point_minutes(words.split_unit(h)[0]))
    }
    for kind in ("clock", "point"):
        chosen = {i: n for i, (k, n) in found.items() if k == kind}
        made = _even(chosen) if kind == "clock" else _numbered(chosen)
        if made is not None:
            return made
    return None


def _even(chosen: dict[int, int]) -> Points | None:
    """Clock labels that go through the day in even steps; 0:00 as the last column is 24:00."""
    order = sorted(chosen)
    minutes = [chosen[i] for i in order]
    if len(minutes) > 1 and minutes[-1] == 0:
        minutes[-1] = 1440
    count = len(minutes)
    step = COUNTS.get(count) or COUNTS.get(count - 1)
    if step is None or minutes != list(range(minutes[0], minutes[0] + step * count, step)):
        return None
    placed = dict(zip(order, minutes, strict=True))
    if count - 1 in COUNTS and count not in COUNTS:
        return Points(placed, step, ("instant", "0:00–24:00"))
    side = "end" if minutes[0] == step else "start" if minutes[0] == 0 else None
    return Points(placed, step, (side, "first-label")) if side else None


def _numbered(chosen: dict[int, int]) -> Points | None:
    """Labels 1 … 96 or 0 … 95: the n-th interval of the day, so nothing is left open about start and end."""
    order = sorted(chosen)
    numbers = [chosen[i] for i in order]
    step = COUNTS.get(len(numbers))
    if step is None or numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[0] not in (0, 1):
        return None
    first = numbers[0]
    return Points({i: (n - first) * step for i, n in chosen.items()}, step, ("start", "numbered"))


def take_day_rows(found: Layout, mapping: Mapping, clock: Clock) -> Cells | None:
    """The cells of a table of day rows; None if it is none."""
    dates = found.where("date", "time", "start", "month")
    taken = {i for i, r in enumerate(found.roles) if r in ("date", "time", "start", "month", "unit", "quality")}
    grid = points(found.headers, taken)
    if grid is None or not dates:
        return None
    first_point = min(grid.minutes)
    ids = [i for i in [*found.where("name"), *found.where("item")] if i not in grid.minutes]
    stated = {words.key(str(k)) for k in mapping.channels}
    ids += [
        i
        for i, r in enumerate(found.roles)
        if r is None
        and i not in grid.minutes
        and i < first_point
        and (not ids or words.key(found.headers[i]) in stated)
    ]
    date = found.column(dates[0])
    body, totals = drop_totals(found.body, [date, *(found.column(i) for i in ids)])
    if mapping.fill_down and ids:
        body = body.with_columns(pl.col([found.column(i) for i in ids]).forward_fill())
    body, rejects = drop_overfull(found, body)
    day = instants(body[date], clock)
    body = body.with_columns(at=day.at)
    values = [found.column(i) for i in grid.minutes]
    remarks = 0
    if body["at"].null_count():
        bad = body.filter(pl.col("at").is_null())
        filled = pl.any_horizontal([pl.col(v).cast(pl.String).str.contains(r"\d").fill_null(False) for v in values])
        counted = bad.filter(filled)
        remarks = bad.height - counted.height
        text = pl.col(date).cast(pl.String)
        code = "import.not-a-time"
        rejects = pl.concat([rejects, reject(counted, code, column=found.headers[dates[0]], text=text)])
        body = body.filter(pl.col("at").is_not_null())
    body, who = indexed(body, [found.column(i) for i in ids])
    unit_columns = found.where("unit")
    side = [pl.col(found.column(unit_columns[0])).cast(pl.String).alias("unit")] if unit_columns else []
    pieces = [
        body.select(
            "row",
            *side,
            at=pl.col("at") + pl.duration(minutes=minute),
            name=pl.col("who"),
            point=pl.lit(i, dtype=pl.UInt16),
            text=as_text(body[found.column(i)]),
        )
        for i, minute in sorted(grid.minutes.items())
    ]
    frame = pl.concat(pieces) if pieces else body
    unit = next((found.units[i] for i in grid.minutes if found.units[i]), None)
    hint = " ".join(
        [*(h for i, h in enumerate(found.headers) if i not in grid.minutes), found.sheet.stem, found.sheet.name or ""]
    )
    hint = re.sub(r"日电量", "", hint)
    names = [Name(w, found.headers[first_point], unit, hint + " " + " ".join(w)) for w in who]
    return Cells(
        "day_row",
        frame.with_columns(seconds=pl.lit(grid.step * 60, dtype=pl.Int32)),
        names,
        found.header_row,
        found.headers[dates[0]],
        "instant",
        grid.evidence,
        pl.concat([no_rejects(), rejects]),
        totals,
        remarks,
        columns=found.headers,
    )
