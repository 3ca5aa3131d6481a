"""The packaged table of technologies and the lookup that never takes the next best silently."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import median

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest


@dataclass(frozen=True)
class Entry:
    """One printed parameter of a technology; ``value`` is None where only a range was seen."""

    technology: str
    zh: str
    en: str
    parameter: str
    year: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    region: str
    source_document: str
    source_ref: str
    confidence: str
    source_link: str
    notes: str

    @property
    def source(self) -> str:
        """Document, region, year and confidence in one line."""
        return f"{self.source_document} ({self.region} {self.year}; {self.confidence})"


@dataclass(frozen=True)
class Found:
    """What a lookup took: the value, its range over all rows of the same region and year, and the rows."""

    value: float
    low: float
    high: float
    entry: Entry
    rows: tuple[Entry, ...]

    @property
    def source(self) -> str:
        """Where the value is from; says when it is the median of several rows."""
        if len(self.rows) > 1:
            return f"median of {len(self.rows)} values: " + "; ".join(r.source for r in self.rows)
        return self.entry.source


@cache
def entries() -> tuple[Entry, ...]:
    """Every row of the table, Chinese rows first."""
    text = files("lingtan.optimize.library").joinpath("data", "technologies.csv").read_text(encoding="utf-8")
    return tuple(
        Entry(
            row["tech_id"],
            row["name_zh"],
            row["name_en"],
            row["parameter"],
            int(row["year"]),
            _number(row["value"]),
            _number(row["value_low"]),
            _number(row["value_high"]),
            row["unit"],
            row["region"],
            row["source_document"],
            row["source_ref"],
            row["confidence"],
            row["source_link"],
            row["notes"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def technologies() -> dict[str, tuple[str, str]]:
    """Every technology with its Chinese and English name."""
    found: dict[str, tuple[str, str]] = {}
    for entry in entries():
        found.setdefault(entry.technology, (entry.zh, entry.en))
    return found


def names() -> list[str]:
    """Ids of the technologies, sorted."""
    return sorted(technologies())


def lookup(technology: str, parameter: str, *, year: int, regions: Sequence[str] = ("China",), unit: str = "") -> Found:
    """The value of a parameter for exactly this year, from the first of ``regions`` that has it.

    Where the region has several rows for the year (reviews of literature), the median is taken, rows seen in a document
    going before those from general knowledge only if there are no others; all rows are returned with it.

    Raises
    ------
    InputError
        ``library.unknown`` with the nearest technology; ``library.missing`` with what the table does have.
    """
    if technology not in technologies():
        raise InputError(
            "library.unknown", technology=technology, nearest=nearest(technology, names()) or ", ".join(names()[:8])
        )
    mine = [e for e in entries() if e.technology == technology and e.parameter == parameter]
    for region in regions:
        rows = [
            e
            for e in mine
            if e.region == region and e.year == year and (not unit or e.unit == unit) and e.value is not None
        ]
        if rows:
            middle = float(median(e.value for e in rows if e.value is not None))
            lows = [e.low if e.low is not None else e.value for e in rows]
            highs = [e.high if e.high is not None else e.value for e in rows]
            nearest_row = min(rows, key=lambda e: abs((e.value or 0.0) - middle))
            return Found(
                middle,
                min(v for v in lows if v is not None),
                max(v for v in highs if v is not None),
                nearest_row,
                tuple(rows),
            )
    known = sorted({f"{e.region} {e.year} [{e.unit}]" for e in mine}) or sorted(
        {e.parameter for e in entries() if e.technology == technology}
    )
    raise InputError(
        "library.missing",
        technology=technology,
        parameter=parameter,
        year=year,
        regions=", ".join(regions),
        known=", ".join(known),
    )
