"""The packaged tables of prices and time-of-use periods. A lookup says what it took; it never takes the next best silently."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import cast

from lingtan.base.errors import InputError
from lingtan.park.regions import REGIONS, region_code
from lingtan.park.tariffs.record import Part, TouPeriod, TouWindow


@dataclass(frozen=True)
class Price:
    """A printed price with where it comes from."""

    item: str
    region: str
    grid: str
    customer: str
    voltage: str
    period: str
    price: Decimal
    unit: str
    valid_from: date | None
    valid_to: date | None
    source_document: str
    source_ref: str
    confidence: str
    source_link: str
    notes: str

    def covers(self, day: date) -> bool:
        """Whether the price is valid on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    @property
    def source(self) -> str:
        """Document, validity and confidence in one line."""
        until = f"{self.valid_from or ''}–{self.valid_to or ''}"
        return f"{self.source_document} ({until}; {self.confidence})"


@dataclass(frozen=True)
class Plan:
    """The time-of-use rule of a region: windows, ratios to flat, and the parts of the price that float."""

    region: str
    grid: str
    windows: tuple[TouWindow, ...]
    ratios: dict[TouPeriod, Decimal]
    ratios_by_month: dict[int, dict[TouPeriod, Decimal]]
    floating: tuple[Part, ...]
    source: str
    notes: tuple[str, ...]


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a packaged table; lines that begin with ``#`` are remarks."""
    text = files("lingtan.park.tariffs").joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def prices() -> tuple[Price, ...]:
    """Every packaged price."""
    return tuple(
        Price(
            row["item"],
            row["region"],
            row["grid"],
            row["customer"],
            row["voltage"],
            row["period"],
            Decimal(row["price"]),
            row["unit"],
            date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["source_document"],
            row["source_ref"],
            row["confidence"],
            row["source_link"],
            row["notes"],
        )
        for row in table_rows("prices.csv")
    )


def price(
    item: str,
    region: str,
    day: date,
    *,
    voltage: str = "",
    period: str = "",
    customer: str = "two_part",
    grid: str = "",
) -> Price | None:
    """The packaged price that is valid on a day for exactly this region, voltage and period; the newest if several."""
    code = region_code(region)
    found = [
        p
        for p in prices()
        if p.item == item
        and p.region in (code, "CN" if item.startswith("rule_") or item in _NATIONAL else code)
        and p.voltage == voltage
        and p.period == period
        and p.customer in (customer, "all")
        and p.grid == grid
        and p.covers(day)
    ]
    return max(found, key=lambda p: (p.region != "CN", p.valid_from or date.min)) if found else None


_NATIONAL = frozenset({"fund_renewable"})


def validity(item: str, region: str, *, voltage: str = "", grid: str = "") -> list[str]:
    """When the packaged tables have a price of this kind; for messages."""
    code = region_code(region)
    return sorted(
        {
            f"{p.valid_from or ''}–{p.valid_to or ''}"
            for p in prices()
            if p.item == item and p.region == code and p.voltage == voltage and p.grid == grid
        }
    )


@cache
def plan(region: str, *, customer: str = "two_part", grid: str = "") -> Plan:
    """The packaged time-of-use rule of a region.

    Raises
    ------
    InputError
        ``tariff.no-periods`` if the tables have none for the region (and its part of the grid).
    """
    code = region_code(region)
    rows = [
        r
        for r in table_rows("periods.csv")
        if r["region"] == code and r["customer"] in (customer, "all") and r["grid"] == grid
    ]
    if not rows:
        grids = sorted({r["grid"] for r in table_rows("periods.csv") if r["region"] == code})
        raise InputError("tariff.no-periods", region=region, grids=", ".join(filter(None, grids)) or "–")
    windows = tuple(
        TouWindow.model_validate(
            {
                "period": r["period"],
                "windows": r["windows"].split(),
                "months": [int(m) for m in r["months"].split()],
                "days": r["days"],
            }
        )
        for r in rows
    )
    by_month: dict[int, dict[TouPeriod, Decimal]] = {}
    overall: dict[TouPeriod, set[Decimal]] = {}
    for row, window in zip(rows, windows, strict=True):
        if row["ratio"]:
            ratio = Decimal(row["ratio"])
            overall.setdefault(window.period, set()).add(ratio)
            for month in window.months:
                by_month.setdefault(month, {})[window.period] = ratio
    same = {period: next(iter(found)) for period, found in overall.items() if len(found) == 1}
    floating: tuple[Part, ...] = cast("tuple[Part, ...]", tuple(rows[0]["floating"].split()))
    source = f"{rows[0]['source_document']} ({rows[0]['year']}; {rows[0]['confidence']})"
    notes = tuple(dict.fromkeys(r["notes"] for r in rows if r["notes"]))
    return Plan(code or region, grid, windows, same, by_month, floating, source, notes)


def regions_with_periods() -> list[tuple[str, str]]:
    """Region code and part of the grid of every packaged time-of-use rule."""
    return sorted({(r["region"], r["grid"]) for r in table_rows("periods.csv")})


def region_name(code: str, lang: str) -> str:
    """The province's name."""
    zh, en = REGIONS.get(code, (code, code))
    return zh if lang == "zh" else en
