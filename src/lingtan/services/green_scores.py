"""Scores of the park and its enterprises: matching by hour, month and year; emissions by three methods; the hours that cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np

from lingtan.carbon.shares import Ints, split
from lingtan.green.scores import Matching, costliest_hours, matching
from lingtan.green.summary import GREEN_KINDS
from lingtan.services.certificate_register import load_register
from lingtan.services.green_factors import PowerFactors, power_factors
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace, trace_green
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class GreenScore:
    """Of one enterprise, or the park (``name`` empty).

    ``matching`` is on the green power that was there in the hour (its part of exports included), ``certificates_kwh`` what
    was cancelled for it in the year; ``with_certificates`` the yearly share if they count. Emissions of power. [kgCO2]
    """

    name: str
    matching: Matching
    certificates_kwh: int
    with_certificates: Fraction | None
    location_kg: float | None
    market_kg: float | None
    traced_kg: float
    worst: list[tuple[datetime, int]]


@dataclass(frozen=True)
class GreenScores:
    """The scores with the trace and the factors behind them."""

    trace: GreenTrace
    factors: PowerFactors
    scores: list[GreenScore]


def green_scores(
    workspace: Workspace,
    period: str,
    *,
    enterprise: str = "",
    worst: int = 10,
    as_of: datetime | int | None = None,
    listener: Listener = silent,
) -> GreenScores:
    """Scores of a period; of one enterprise, or of the park and all."""
    made = trace_green(workspace, period, as_of=as_of, listener=listener)
    factors = power_factors(workspace, made)
    certificates = certificates_by_consumer(workspace, made)
    spare = _spare(made)
    found = []
    if not enterprise:
        everything = np.sum([made.of(e) for e in made.enterprises], axis=0) + made.rest
        found.append(_score(made, "", everything, spare.sum(axis=0), sum(certificates.values()), factors, worst))
    for i, name in enumerate(made.enterprises):
        if enterprise in ("", name):
            found.append(_score(made, name, made.of(name), spare[i], certificates.get(name, 0), factors, worst))
    return GreenScores(made, factors, found)


def certificates_by_consumer(workspace: Workspace, made: GreenTrace) -> dict[str, int]:
    """kWh cancelled for the year by whose consumption; what the park cancelled for all goes by use of grid power."""
    year = made.period.year
    register = load_register(workspace)
    share = Fraction(made.traced.network.intervals * made.step_s, 3600 * (8784 if year % 4 == 0 else 8760))
    if register.events:
        whose = {u.consumer for u in register.uses if u.year == year}
        by = {c: register.cancelled_kwh(year, c) for c in sorted(whose)}
    else:
        by = {}
        for c in made.park.certificates:
            if c.year == year:
                by[c.holder or ""] = by.get(c.holder or "", 0) + c.kwh
    pooled = by.pop("", 0) + (by.pop(made.home, 0) if not register.events else 0)
    grid = [_kinds_wh(made, e).get("grid", 0) for e in made.enterprises]
    parts = split(np.array([pooled], np.int64), np.array(grid, np.int64)[:, None], fallback=0)[:, 0]
    whole = share >= 1
    return {
        e: (by.get(e, 0) + int(p)) if whole else int((by.get(e, 0) + int(p)) * share)
        for e, p in zip(made.enterprises, parts, strict=True)
    }


def _kinds_wh(made: GreenTrace, enterprise: str) -> dict[str, int]:
    rows = made.of(enterprise)
    found: dict[str, int] = {}
    for column, row in zip(made.traced.columns, rows, strict=True):
        found[made.kind(column)] = found.get(made.kind(column), 0) + int(row.sum())
    return found


def _spare(made: GreenTrace) -> Ints:
    """Green power that was exported, by enterprise and interval in proportion to use: it was there and nobody needed it. [Wh]"""
    green = [k for k, c in enumerate(made.traced.columns) if made.kind(c) in GREEN_KINDS]
    out = np.zeros(made.traced.network.intervals, np.int64)
    for name in made.flows.exports:
        out = out + made.by_consumer[name][green].sum(axis=0)
    uses = np.stack([made.of(e).sum(axis=0) for e in made.enterprises])
    return split(out, uses, fallback=0)


def _score(
    made: GreenTrace, name: str, rows: Ints, spare: Ints, certificates: int, factors: PowerFactors, worst: int
) -> GreenScore:
    green = np.zeros(rows.shape[1], np.int64)
    by_kind: dict[str, Ints] = {}
    for column, row in zip(made.traced.columns, rows, strict=True):
        kind = made.kind(column)
        by_kind[kind] = by_kind.get(kind, 0) + row
        if kind in GREEN_KINDS:
            green = green + row
    size = int(made.hours.max(initial=-1)) + 1
    supply, used = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(supply, made.hours, green + spare)
    np.add.at(used, made.hours, rows.sum(axis=0))
    first = np.searchsorted(made.hours, np.arange(size))
    found = matching(supply, used, made.months[first])
    total = int(used.sum())
    covered = min(int(supply.sum()) + certificates * 1000, total)
    local = made.local
    hours = [(local[int(first[h])], wh) for h, wh in costliest_hours(found.missed_wh, worst)]
    sums = {kind: int(np.sum(row)) for kind, row in by_kind.items()}
    location, market, traced = emissions(sums, certificates, factors, rows, made)
    share = Fraction(covered, total) if total else None
    return GreenScore(name, found, certificates, share, location, market, traced, hours)


def emissions(
    sums: Mapping[str, int], certificates_kwh: int, factors: PowerFactors, rows: Ints, made: GreenTrace
) -> tuple[float | None, float | None, float]:
    """Emissions of power by location, market and trace. [kgCO2]

    Location: what came over the boundary at the grid's average, own plants at their own. Market: direct power and power
    covered by certificates 0, the rest at the residual. Traced: every source at its own, certificates not counted.
    """
    own = sum(
        float(row.sum()) / 1000 * factors.of(made, column)
        for column, row in zip(made.traced.columns, rows, strict=True)
        if made.kind(column) == "own_other"
    )
    grid = (sums.get("grid", 0) + sums.get("unmetered", 0) + sums.get("opening", 0)) / 1000
    bought = grid + sums.get("direct", 0) / 1000
    location = None if factors.location is None else bought * factors.location + own
    market = None if factors.market is None else max(0.0, grid - certificates_kwh) * factors.market + own
    return location, market, grid * factors.grid + own
