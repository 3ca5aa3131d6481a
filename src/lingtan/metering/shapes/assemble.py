"""Cells to readings: channel, exact value, interval, quality; what cannot be taken is rejected with its reason."""

from collections import Counter
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from lingtan.base.errors import LingtanError
from lingtan.base.ids import channel_key
from lingtan.metering.shapes import numbers, words
from lingtan.metering.shapes.cells import Cells, no_rejects, reject
from lingtan.metering.shapes.factors import factor, is_rate, written_unit
from lingtan.metering.shapes.mapping import Mapping
from lingtan.metering.shapes.matching import BESIDE, Matched
from lingtan.metering.shapes.names import Register
from lingtan.metering.shapes.numbers import Spelling, milli
from lingtan.metering.shapes.timing import (
    DAY,
    STEP_SECONDS,
    Stamping,
    calendar_seconds,
    stamping,
    steps,
)
from lingtan.park.carriers import CarrierInfo

REASONS = {
    numbers.BAD: "import.not-a-number",
    numbers.TOO_LARGE: "import.too-large",
    numbers.CELL_ERROR: "import.cell-error",
}
SURE = 0.5  # share of the distances that must agree before a step that differs from the stated one is believed


@dataclass(frozen=True)
class Assembled:
    """What a table says.

    ``frame`` has ch (rank among ``channels``), start, seconds, value (milli), quality, row, name and column (text of the
    cell's column), and ``add`` for values that are summed. ``units`` and ``steps`` are by channel id.
    """

    frame: pl.DataFrame
    channels: tuple[str, ...]
    rejects: pl.DataFrame
    stamps: Stamping
    units: Table[str, str]
    steps: Table[str, int | str]
    missing: int = 0
    beside: int = 0
    notes: tuple[tuple[str, Table[str, Any]], ...] = ()


def assemble(
    cells: Cells,
    matched: Sequence[Matched],
    register: Register,
    known: dict[str, CarrierInfo],
    mapping: Mapping,
    zone: tzinfo,
) -> Assembled:
    """The readings of a table and what was rejected of it."""
    ids = sorted({m.match.channel for m in matched if m.match.channel is not None}, key=channel_key)
    rank = {c: i for i, c in enumerate(ids)}
    rejects = [cells.rejects]
    frame, strangers, beside = _placed(cells, matched, rank)
    rejects.append(strangers)
    frame, bad = _qualified(frame, cells, matched)
    rejects.append(bad)
    if not frame.height:
        frame = frame.with_columns(
            start=pl.col("at"), value=pl.lit(None, pl.Int64), seconds=pl.lit(0, pl.Int32), add=pl.lit(False)
        )
        return Assembled(frame, tuple(ids), pl.concat(rejects), Stamping("start", "default"), {}, {}, 0, beside)
    kinds = [register.channels[c][1].kind for c in ids]
    rates = _has_rates(frame, matched, register, mapping)
    if not rates:  # the numbers first: what is sorted then holds no text
        frame, units, bad = _valued(frame, cells, matched, register, known, mapping)
        rejects.append(bad)
        if not frame["state"].is_in(list(REASONS)).any():
            frame = frame.drop("text")
    frame, stamps, found = _timed(frame, cells, mapping, register, ids, kinds, zone)
    if rates:
        frame, units, bad = _valued(frame, cells, matched, register, known, mapping)
        rejects.append(bad)
    frame, missing, bad = _without_bad(frame, cells, matched)
    rejects.append(bad)
    return Assembled(
        frame, tuple(ids), pl.concat(rejects), stamps, units, {ids[c]: s for c, s in found.items()}, missing, beside
    )


def _has_rates(frame: pl.DataFrame, matched: Sequence[Matched], register: Register, mapping: Mapping) -> bool:
    """Whether numbers may be powers or flows, which need the length of their interval."""
    return "unit" in frame.columns or any(
        is_rate(_unit(m, register, mapping) or register.channels[m.match.channel][1].unit)
        for m in matched
        if m.match.channel
    )


def _placed(cells: Cells, matched: Sequence[Matched], rank: dict[str, int]) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Cells with their channel's rank; those of names that mean no channel as rejects, and how many are beside the matter."""
    ranks = pl.Series("ch", [rank.get(m.match.channel or "", -1) for m in matched], dtype=pl.Int64)
    frame = cells.frame.with_columns(ch=ranks.gather(cells.frame["name"]))
    if not any(m.match.channel is None for m in matched):
        return frame, no_rejects(), 0
    codes = [m.match.code or "import.unknown-channel" if m.match.channel is None else None for m in matched]
    hints = [m.match.nearest or ", ".join(m.match.candidates) for m in matched]
    lost = frame.filter((pl.col("ch") < 0) & pl.col("text").is_not_null())
    lost = lost.with_columns(
        code=pl.Series(codes, dtype=pl.String).gather(lost["name"]),
        hint=pl.Series(hints, dtype=pl.String).gather(lost["name"]),
    )
    beside = lost.filter(pl.col("code") == BESIDE).height
    lost = lost.filter(pl.col("code") != BESIDE)
    if lost.height:
        odd = [t for t in lost["text"].unique().to_list() if numbers.is_missing(t)]
        lost = lost.filter(~pl.col("text").is_in(odd)) if odd else lost
    made = reject(lost, "", column=_columns(lost, cells, matched), text=pl.col("text"),
                  name=_texts(lost, matched), hint=pl.col("hint"))  # fmt: skip
    return frame.filter(pl.col("ch") >= 0), made.with_columns(code=lost["code"]), beside


def _texts(frame: pl.DataFrame, matched: Sequence[Matched]) -> pl.Expr:
    return pl.lit(pl.Series("name", [m.name.text for m in matched], dtype=pl.String).gather(frame["name"]))


def _columns(frame: pl.DataFrame, cells: Cells, matched: Sequence[Matched]) -> pl.Expr:
    """The header of each cell's column."""
    if "point" in frame.columns and cells.columns:
        return pl.lit(pl.Series("column", list(cells.columns), dtype=pl.String).gather(frame["point"]))
    return pl.lit(pl.Series("column", [m.name.column for m in matched], dtype=pl.String).gather(frame["name"]))


def _qualified(frame: pl.DataFrame, cells: Cells, matched: Sequence[Matched]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells with a quality number; those that the source calls bad, or whose mark nobody knows, as rejects."""
    if "quality" not in frame.columns:
        return frame.with_columns(quality=pl.lit(0, pl.Int8)), no_rejects()
    marks = frame["quality"].unique().to_list()
    plain = {m: words.plain(m or "").casefold() for m in marks}
    numbers_ = {m: words.QUALITIES.get(p.removesuffix(".0")) for m, p in plain.items()}
    stated = {m for m, p in plain.items() if p.removesuffix(".0") in words.QUALITIES}
    codes = {m: None if numbers_[m] is not None else "import.bad-quality" if m in stated else "import.unknown-quality" for m in marks}  # fmt: skip
    table = pl.DataFrame(
        {"quality": marks, "q": [numbers_[m] for m in marks], "code": [codes[m] for m in marks]},
        schema={"quality": pl.String, "q": pl.Int8, "code": pl.String},
    )
    joined = frame.join(table, on="quality", how="left", nulls_equal=True, maintain_order="left")
    lost = joined.filter(pl.col("code").is_not_null() & pl.col("text").is_not_null())
    made = reject(lost, "", column=_columns(lost, cells, matched), text=pl.col("text"), name=_texts(lost, matched),
                  hint=pl.col("quality")).with_columns(code=lost["code"])  # fmt: skip
    kept = joined.filter(pl.col("code").is_null())
    return kept.with_columns(quality=pl.col("q").fill_null(0)).drop("q", "code"), made


def _timed(
    frame: pl.DataFrame,
    cells: Cells,
    mapping: Mapping,
    register: Register,
    ids: Sequence[str],
    kinds: Sequence[str],
    zone: tzinfo,
) -> tuple[pl.DataFrame, Stamping, dict[int, int | str]]:
    """Cells sorted by channel and time, with interval start and seconds; the stamping; the step of each channel."""
    frame = frame[in_order(frame["ch"], frame["at"])]
    chosen = _steps(frame, cells, mapping, register, ids, zone)
    spans = "seconds" in frame.columns
    usual = Counter(chosen[c] for c in chosen if kinds[c] == "interval").most_common(1)
    usual_step = usual[0][0] if usual else None
    stamps = stamping(cells, mapping, frame, usual_step if isinstance(usual_step, int) else None, zone)
    at = frame["at"]
    if spans:
        seconds = frame["seconds"]
    else:
        fixed = pl.Series([s if isinstance(s := chosen.get(c, 0), int) else 0 for c in range(len(ids))], dtype=pl.Int32)
        seconds = fixed.gather(frame["ch"])
    calendars = {c: s for c, s in chosen.items() if isinstance(s, str)} if not spans else {}
    end = stamps.side == "end" and cells.precision not in ("month", "year") and stamps.why != "period"
    frame = frame.with_columns(seconds=seconds, start=at)
    for step in sorted(set(calendars.values())):
        mine = pl.Series([calendars.get(c) == step for c in range(len(ids))]).gather(frame["ch"])
        lasts = calendar_seconds(at, step, zone, back=end and cells.precision == "instant")
        frame = frame.with_columns(seconds=pl.when(mine).then(lasts).otherwise("seconds").cast(pl.Int32))
    if end:
        # a day that names its own end is that day: 2025-03-07 lasts until the midnight after it
        late = pl.lit(DAY if cells.precision == "day" else 0, dtype=pl.Int64)
        moved = pl.col("at") + pl.duration(seconds=late - pl.col("seconds").cast(pl.Int64))
        frame = frame.with_columns(start=moved)
    instant = [k != "interval" for k in kinds]
    if any(instant):
        mine = pl.Series(instant).gather(frame["ch"])
        state = _states(frame, cells, end, zone)
        frame = frame.with_columns(
            start=pl.when(mine).then(state).otherwise("start"),
            seconds=pl.when(mine).then(pl.lit(0, pl.Int32)).otherwise("seconds"),
        )
    return frame, stamps, chosen


def _states(frame: pl.DataFrame, cells: Cells, end: bool, zone: tzinfo) -> pl.Series:
    """Instants of registers and stocks: what a month or a year states was read at its end."""
    at = frame["at"]
    if cells.precision in ("month", "year"):
        step = "1month" if cells.precision == "month" else "1year"
        return _later(at, calendar_seconds(at, step, zone))
    if cells.precision == "day" and end:
        return _later(at, calendar_seconds(at, "1day", zone))
    return at


def _later(at: pl.Series, seconds: pl.Series) -> pl.Series:
    return pl.DataFrame({"at": at, "s": seconds}).select(pl.col("at") + pl.duration(seconds="s")).to_series()


def _steps(
    frame: pl.DataFrame, cells: Cells, mapping: Mapping, register: Register, ids: Sequence[str], zone: tzinfo
) -> dict[int, int | str]:
    """The step of each channel: as the mapping or the labels say, else as found, else as the park file says."""
    stated = {c: STEP_SECONDS[register.channels[i][1].step] for c, i in enumerate(ids)}
    if mapping.step is not None:
        return dict.fromkeys(range(len(ids)), STEP_SECONDS[mapping.step])
    if cells.precision in ("month", "year"):
        return dict.fromkeys(range(len(ids)), "1month" if cells.precision == "month" else "1year")
    if "seconds" in frame.columns:
        usual = frame.group_by("ch").agg(pl.col("seconds").mode().first())
        return {int(c): int(s or 0) for c, s in usual.iter_rows()}
    found = steps(frame, zone)
    local = isinstance(zone, ZoneInfo) and zone.key not in ("UTC", "Asia/Shanghai")
    chosen: dict[int, int | str] = {}
    for c in range(len(ids)):
        step: int | str
        if c in found and found[c].share >= SURE and (found[c].gaps >= 3 or isinstance(found[c].step, str)):
            step = found[c].step
        elif cells.precision == "day" and stated[c] not in ("1month", "1year"):
            step = DAY
        else:
            step = stated[c]
        chosen[c] = "1day" if step == DAY and local and cells.precision == "day" else step
    return chosen


def in_order(ch: pl.Series, at: pl.Series) -> slice | npt.NDArray[np.int64]:
    """What sorts rows by channel and time, keeping the source's order among equals."""
    channel, time = ch.to_numpy(), at.to_physical().to_numpy()
    if not len(channel):
        return slice(None)
    low, high = int(time.min()), int(time.max())
    if (high - low + 1) * (int(channel.max()) + 1) >= 2**62:
        return np.lexsort((time, channel))
    key = channel * (high - low + 1) + (time - low)
    if (key[1:] >= key[:-1]).all():
        return slice(None)
    return np.argsort(key, kind="stable")


def _valued(
    frame: pl.DataFrame,
    cells: Cells,
    matched: Sequence[Matched],
    register: Register,
    known: dict[str, CarrierInfo],
    mapping: Mapping,
) -> tuple[pl.DataFrame, dict[str, str], pl.DataFrame]:
    """Cells with their exact value and its state; the unit taken for each channel; units that cannot be as rejects."""
    own = [_unit(m, register, mapping) for m in matched]
    has_unit = "unit" in frame.columns
    rates = _has_rates(frame, matched, register, mapping)
    keys = ["name", *(["unit"] if has_unit else []), *(["seconds"] if rates else [])]
    combos = frame.select(keys).unique(maintain_order=True)
    factors: dict[Fraction, int] = {}
    which, codes, hints = [], [], []
    units: dict[str, str] = {}
    for row in combos.iter_rows(named=True):
        channel_id = matched[row["name"]].match.channel or ""
        channel = register.channels[channel_id][1]
        unit, text = own[row["name"]], str(row.get("unit") or "").strip()
        code = hint = None
        if text and not mapping.unit:
            unit = words.known_unit(text)
            code, hint = (None, None) if unit else ("import.unknown-unit", text)
        f = Fraction(0)
        if code is None:
            try:
                f = factor(channel, known, unit, int(row.get("seconds") or 0))
                units.setdefault(channel_id, unit or channel.unit)
            except LingtanError as error:
                known_code = error.code == "import.rate-without-interval"
                code, hint = (
                    error.code if known_code else "import.unit-mismatch",
                    f"{unit or channel.unit} ≠ {channel.unit}",
                )
        codes.append(code)
        hints.append(hint)
        which.append(factors.setdefault(f, len(factors)))
    bad = no_rejects()
    if any(c is not None for c in codes) or (len(factors) > 1 and keys != ["name"]):
        table = combos.with_columns(
            f=pl.Series(which, dtype=pl.Int32), code=pl.Series(codes, dtype=pl.String),
            unithint=pl.Series(hints, dtype=pl.String),
        )  # fmt: skip
        frame = frame.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left")
        lost = frame.filter(pl.col("code").is_not_null() & pl.col("text").is_not_null())
        bad = reject(lost, "", column=_columns(lost, cells, matched), text=pl.col("text"), name=_texts(lost, matched),
                     hint=pl.col("unithint")).with_columns(code=lost["code"])  # fmt: skip
        frame = frame.filter(pl.col("code").is_null()).drop("code", "unithint")
    elif len(factors) > 1:
        by_name = dict(zip(combos["name"].to_list(), which, strict=True))
        picked = pl.Series([by_name.get(i, 0) for i in range(len(matched))], dtype=pl.Int32)
        frame = frame.with_columns(f=picked.gather(frame["name"]))
    spelling = Spelling(frozenset(str(m).strip().lower() for m in mapping.missing), mapping.decimal_comma)
    return _numbers(frame, list(factors), spelling), units, bad


def _numbers(frame: pl.DataFrame, factors: list[Fraction], spelling: Spelling) -> pl.DataFrame:
    if "f" not in frame.columns:
        return frame.hstack(milli(frame["text"], factors[0], spelling))
    pieces = []
    for i, f in enumerate(factors):
        part = frame.filter(pl.col("f") == i)
        if part.height:
            pieces.append(part.hstack(milli(part["text"], f, spelling)))
    if not pieces:
        return frame.with_columns(value=pl.lit(None, pl.Int64), state=pl.lit(numbers.MISSING, pl.Int8)).drop("f")
    return pl.concat(pieces).drop("f")


def _unit(one: Matched, register: Register, mapping: Mapping) -> str | None:
    """The unit in which a name's numbers are written; None for the channel's own."""
    if one.match.channel is None:
        return None
    channel = register.channels[one.match.channel][1]
    stated = words.known_unit(mapping.unit) or mapping.unit if mapping.unit else one.name.unit
    return written_unit(stated, one.name.hint, mapping.quantity, channel)


def _without_bad(
    frame: pl.DataFrame, cells: Cells, matched: Sequence[Matched]
) -> tuple[pl.DataFrame, int, pl.DataFrame]:
    """The good values; how many cells said that there is none; the others as rejects."""
    frame = frame.with_columns(add=pl.Series([m.name.add for m in matched], dtype=pl.Boolean).gather(frame["name"]))
    good = frame.filter(pl.col("state") == numbers.GOOD)
    if good.height == frame.height:
        return good, 0, no_rejects()
    missing = frame.filter(pl.col("state") == numbers.MISSING).height
    lost = frame.filter(pl.col("state").is_in(list(REASONS)))
    if not lost.height:
        return good, missing, no_rejects()
    if good["add"].any():  # a sum of tiers without one that cannot be read would be too small
        good = good.join(lost.filter("add").select("ch", "start").unique(), on=["ch", "start"], how="anti")
    made = reject(lost, "", column=_columns(lost, cells, matched), text=pl.col("text"), name=_texts(lost, matched))
    codes = lost["state"].replace_strict(REASONS, return_dtype=pl.String)
    return good, missing, made.with_columns(code=codes)
