"""What can be checked of a pack without enterprise detail: the park's own meters, hourly sums, its book and its totals."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.carbon.account import month_index
from lingtan.carbon.factors import Factor
from lingtan.carbon.indicators import TONNE
from lingtan.carbon.points import operator
from lingtan.carbon.rules.model import RuleSet
from lingtan.park.model import Park, channels, owner
from lingtan.services.activities import activities_of_month, utc_months
from lingtan.services.compute_account import local_months
from lingtan.services.evidence_pack import Findings, PackView, safe_table
from lingtan.services.keep_run import indicator_from

_SIDES = {"import": "in", "export": "out", "generation": "own"}


def check_park_book(
    found: Findings,
    files: Mapping[str, memoryview],
    record: Mapping[str, Any],
    park: Park,
    rules: RuleSet,
    factors: Sequence[Factor],
    view: PackView,
) -> None:
    """Recompute what a ``park`` pack holds; say what it leaves out."""
    period = Period.parse(str(record["period"]), park.park.timezone)
    year = Period.parse(str(period.year), period.zone)
    index = month_index(local_months(year)[0], [int(m.label.replace("-", "")) for m in period.months()])
    book = json.loads(bytes(files["book.json"]))
    hourly = _hourly(files, index)
    _check_kinds(found, record, hourly)
    _check_book(found, book, hourly, {f.id: f for f in factors}, rules)
    _check_totals(found, files, record, book, rules)
    _check_own_meters(found, files, park, year, view)
    if found.intact:
        found.passed += ["book", "totals", "kinds", "own-meters"]
    found.leave("enterprises", count=len(json.loads(bytes(files["enterprises.json"]))))


Hourly = Mapping[tuple[str, str, str, str, int], int]  # pool, side, kind, source, month


def _hourly(files: Mapping[str, memoryview], index: Mapping[int, slice]) -> Hourly:
    data = safe_table(files["hourly.parquet"], "hourly.parquet").to_pydict()
    month_of = {h: m for m, where in index.items() for h in range(where.start, where.stop)}
    sums: dict[tuple[str, str, str, str, int], int] = defaultdict(int)
    names = ("pool", "side", "kind", "source", "hour", "value")
    for pool, side, kind, source, hour, value in zip(*(data[n] for n in names), strict=True):
        if hour in month_of:
            sums[pool, side, kind, source, month_of[hour]] += value
    return sums


def _check_kinds(found: Findings, record: Mapping[str, Any], hourly: Hourly) -> None:
    sums: dict[tuple[str, str, str, int], int] = defaultdict(int)
    for (pool, side, kind, _, month), value in hourly.items():
        sums[pool, side, kind, month] += value
    for pool, side, kind, month, value in record["kinds"]:
        if sums[pool, side, kind, month] != value:
            name = f"{pool}/side={side}/kind={kind}/month={month // 100:04d}-{month % 100:02d}"
            found.fault("figure", figure=name, packed=str(value), here=str(sums[pool, side, kind, month]))


def _check_book(
    found: Findings,
    book: Sequence[Mapping[str, Any]],
    hourly: Hourly,
    factors: Mapping[str, Factor],
    rules: RuleSet,
) -> None:
    """Each row is its quantity times its factor; power and heat have the quantity of the hourly sums."""
    inexact = 0
    signs = {t.id: t.sign for t in rules.terms}
    for row in book:
        factor = factors.get(row["factor"])
        quantity, amount = int(row["quantity"]), int(row["micrograms"])
        name = f"{row['measure']}/category={row['category']}/kind={row['kind']}/factor={row['factor']}/{row['month']}"
        if factor is None:
            found.fault("figure", figure=name, packed=row["factor"], here="–")
            continue
        side = _SIDES.get(row["activity"]) if row["kind"] not in signs else None
        if side is not None:
            pool = "power" if row["carrier"] == "electricity" else "heat"
            here = _flow(hourly, pool, side, row, factor)
            if here != quantity:
                found.fault("figure", figure=name, packed=str(quantity), here=str(here))
        sign = signs.get(row["kind"], -1 if side == "out" else 1)
        if amount != sign * quantity * factor.micro:
            # a fraction of a channel rounds its factor by itself: nearly is all that can be said from sums
            if abs(amount - sign * quantity * factor.micro) > abs(quantity) + 10**6:
                found.fault("figure", figure=name, packed=str(amount), here=str(sign * quantity * factor.micro))
            inexact += 1
    if inexact:
        found.leave("rounded", count=inexact)


def _flow(hourly: Hourly, pool: str, side: str, row: Mapping[str, Any], factor: Factor) -> int:
    measured = (
        factor.subject.removeprefix("heat_") if factor.set == "park" and factor.subject.startswith("heat_") else None
    )
    total = 0
    for (p, s, kind, source, month), value in hourly.items():
        if (p, s, kind, month) != (pool, side, row["kind"], row["month"]):
            continue
        if side == "own" and source != "primary":
            continue
        if pool == "heat" and row["category"] != "energy" and source not in ("", "primary") and source != measured:
            continue
        if measured is not None and source != measured:
            continue
        total += value
    return total


def _check_totals(
    found: Findings,
    files: Mapping[str, memoryview],
    record: Mapping[str, Any],
    book: Sequence[Mapping[str, Any]],
    rules: RuleSet,
) -> None:
    totals: dict[str, int] = defaultdict(int)
    for row in book:
        totals[row["measure"]] += int(row["micrograms"])
    for measure, text in record["totals"].items():
        if totals[measure] != int(text):
            found.fault("figure", figure=measure, packed=text, here=str(totals[measure]))
    shown = {i["id"]: indicator_from(i) for i in json.loads(bytes(files["indicators.json"]))}
    core = shown.get("core")
    if core is not None and "energy" in rules.core:
        emissions, energy = (Fraction(totals[rules.core[k]], TONNE) for k in ("emissions", "energy"))
        value = emissions / energy if energy else None
        for part, here in (("numerator", emissions), ("denominator", energy), ("value", value)):
            if getattr(core, part) != here:
                found.fault("figure", figure=f"core.{part}", packed=str(getattr(core, part)), here=str(here))


def _check_own_meters(
    found: Findings, files: Mapping[str, memoryview], park: Park, year: Period, view: PackView
) -> None:
    home = operator(park)
    own = [c for m, c in channels(park).values() if owner(park, m, c) == home]
    names = {channel_key(c.id): c.id for c in own}
    month_of_hour, first = local_months(year)
    zero = int(first.timestamp())
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for _, start, end in utc_months(year.start, year.end):
        table = activities_of_month(view, park, own, start, end) if own else None
        if table is None or not table.num_rows:
            continue
        hours = np.array([int(h.timestamp()) for h in table.column("hour").to_pylist()]) - zero
        for channel, hour, value in zip(
            table.column("channel").to_pylist(),
            (hours // 3600).tolist(),
            table.column("value").to_pylist(),
            strict=True,
        ):
            if 0 <= hour < month_of_hour.size:
                sums[channel, int(month_of_hour[hour])] += value
    for row in safe_table(files["own-sums.parquet"], "own-sums.parquet").to_pylist():
        here = sums[row["channel"], row["month"]]
        if here != row["value"]:
            name = f"quantity/channel={names.get(row['channel'], row['channel'])}/month={row['month']}"
            found.fault("figure", figure=name, packed=str(row["value"]), here=str(here))
