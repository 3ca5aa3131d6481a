"""What a file was understood to say, before anything is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from lingtan.base.errors import Problem
from lingtan.base.time import iso
from lingtan.metering.shapes.matching import BESIDE
from lingtan.metering.shapes.recognise import Recognised
from lingtan.metering.shapes.settle import Settled
from lingtan.metering.shapes.sheet import Book


@dataclass(frozen=True)
class SeriesSeen:
    """A name of a file, and the channel that it means or why it means none (``why``, ``hint``)."""

    name: str
    channel: str | None
    why: str | None = None
    hint: str | None = None
    unit: str | None = None
    step: str | None = None


@dataclass(frozen=True)
class TableSeen:
    """One table: its shape, where its header stands, what its times mean, and its series."""

    sheet: str | None
    shape: str
    header_row: int | None
    time_column: str
    zone: str
    zone_why: str
    stamp: str
    stamp_why: str
    series: tuple[SeriesSeen, ...]
    cells: int
    missing: int
    beside: int
    totals: int
    remarks: int
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelSeen:
    """What a file brings for a channel. ``last`` is the start of the last reading."""

    channel: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class FileSeen:
    """One file as understood: what would be written and what was rejected, by reason."""

    file: str
    sha256: str
    reader: str
    mapping: str | None
    notes: tuple[tuple[str, Mapping[str, Any]], ...]
    problems: tuple[Problem, ...]
    tables: tuple[TableSeen, ...]
    channels: tuple[ChannelSeen, ...]
    readings: int
    repeated: int
    rejected: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    rejects: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False, compare=False)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """For ``--json`` and the API."""
        found = {k: v for k, v in vars(self).items() if k not in ("rejects", "problems", "tables", "channels", "notes")}
        found["notes"] = [{"code": c, **v} for c, v in self.notes]
        found["problems"] = [p.as_dict(lang) for p in self.problems]
        found["tables"] = [{**vars(t), "series": [vars(s) for s in t.series]} for t in self.tables]
        found["channels"] = [
            {"channel": c.channel, "readings": c.count, "first": iso(c.first), "last": iso(c.last)}
            for c in self.channels
        ]
        found["reasons"] = dict(self.reasons)
        return found


def file_seen(
    book: Book, mapping: str | None, found: Sequence[Recognised], problems: Sequence[Problem], settled: Settled
) -> FileSeen:
    """The preview of a file."""
    rejects = [
        r.assembled.rejects.with_columns(sheet=pl.lit(r.sheet.name, dtype=pl.String))
        for r in found
        if r.assembled.rejects.height
    ]
    if settled.rejects.height:
        by_number = {str(i): r.sheet.name for i, r in enumerate(found)}
        rejects.append(
            settled.rejects.with_columns(
                sheet=pl.Series([by_number.get(s or "") for s in settled.rejects["sheet"].to_list()], dtype=pl.String)
            )
        )
    lost = pl.concat(rejects) if rejects else settled.rejects
    reasons = Counter(dict(lost.group_by("code").len().iter_rows())) if lost.height else Counter()
    channels = [ChannelSeen(c, e.count, e.first, e.last) for c, e in sorted(settled.channels.items())]
    return FileSeen(
        book.file, book.sha256, book.reader, mapping, tuple(book.notes), tuple(problems),
        tuple(table_seen(r) for r in found), tuple(channels), settled.batch.num_rows, settled.repeated,
        lost.height, dict(reasons.most_common()), lost,
    )  # fmt: skip


def table_seen(one: Recognised) -> TableSeen:
    """The preview of a table."""
    cells, made = one.cells, one.assembled
    series: dict[tuple[str, str | None, str | None], SeriesSeen] = {}
    for m in one.matched:
        match = m.match
        why = None if match.channel else match.code
        hint = None if match.channel else (match.nearest or ", ".join(match.candidates) or None)
        step = made.steps.get(match.channel or "")
        seen = SeriesSeen(
            m.name.text, match.channel, why, hint, made.units.get(match.channel or ""),
            None if step is None else str(step),
        )  # fmt: skip
        series.setdefault((seen.name, seen.channel, why), seen)
    order = sorted(series.values(), key=lambda s: (s.channel is None, s.why == BESIDE))
    return TableSeen(
        one.sheet.name, cells.shape, cells.header_row, cells.time_column, one.zone, one.zone_why, made.stamps.side,
        made.stamps.why, tuple(order), cells.frame.height, made.missing, made.beside, cells.totals, cells.remarks,
        cells.ignored,
    )  # fmt: skip
