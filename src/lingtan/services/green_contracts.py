"""Direct-supply agreements and green trades of a period: contracted, metered, settled."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from lingtan.carbon.shares import Ints
from lingtan.green.flows import agreed_wh
from lingtan.green.mix import Floats
from lingtan.green.settlement import Settled, least
from lingtan.park.network import Agreement
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace, trace_green
from lingtan.services.workspace import Workspace


def green_contracts(
    workspace: Workspace,
    period: str,
    *,
    step: str = "1h",
    as_of: datetime | int | None = None,
    listener: Listener = silent,
) -> tuple[GreenTrace, list[Settled]]:
    """Every contract of the park file by month of the period."""
    made = trace_green(workspace, period, step=step, as_of=as_of, listener=listener)
    return made, [*_agreements(made), *_trades(made)]


def contracted(made: GreenTrace, agreement: Agreement, given: Ints) -> Floats:
    """What an agreement is about by interval: its curve or cap, and no more than its share of the source. [Wh]"""
    hours = np.array([at.hour for at in made.local], np.int64)
    cap = agreed_wh(agreement, given.size, made.step_s, [at.date() for at in made.local], hours)
    share = given * float(agreement.share)
    if cap is None:
        return np.asarray(share, float)
    fixed = agreement.cap_kw is not None or bool(agreement.curve_kw)
    return np.asarray(cap if fixed else np.minimum(cap, share))


def given_by(made: GreenTrace, thing: str) -> Ints:
    """What an asset or connection gave. [Wh]"""
    names = [n for n, t in made.flows.points.items() if t == thing]
    total = np.zeros(made.traced.network.intervals, np.int64)
    for name in names:
        total = total + made.traced.network.sources[name].wh
    if thing in made.traced.network.stores:
        total = total + made.traced.network.stores[thing].discharge
    return total


def used_by(made: GreenTrace, enterprise: str) -> Ints:
    """What an enterprise used, as metered. [Wh]"""
    total = np.zeros(made.traced.network.intervals, np.int64)
    for name, sink in made.flows.sinks.items():
        if sink.enterprise == enterprise:
            total = total + made.traced.network.sinks[name].wh
    return total


def promised_wh(made: GreenTrace) -> Iterator[tuple[str, Ints, Ints]]:
    """By source: what all agreements on it promise, and what it gave."""
    for source in dict.fromkeys(a.source for a in made.park.tracing.agreements):
        given = given_by(made, source)
        promised = np.sum(
            [contracted(made, a, given) for a in made.park.tracing.agreements if a.source == source], axis=0
        )
        limited = np.minimum(promised, 10.0**15)
        yield source, np.asarray(np.floor(limited), np.int64), given


def _agreements(made: GreenTrace) -> Iterator[Settled]:
    columns = {name: k for k, name in enumerate(made.traced.columns)}
    for a in made.park.tracing.agreements:
        given, used = given_by(made, a.source), used_by(made, a.enterprise)
        agreed = np.minimum(contracted(made, a, given), 10.0**15)
        settled = least(agreed, given, used)
        if a.id in made.traced.by_agreement:
            delivered = np.rint(made.traced.by_agreement[a.id]).astype(np.int64)
        else:
            names = [n for n, t in made.flows.points.items() if t == a.source]
            rows = made.of(a.enterprise)
            delivered = np.sum([rows[columns[n]] for n in names], axis=0) if names else np.zeros_like(given)
        for month in np.unique(made.months):
            here = made.months == month
            yield Settled(
                a.id,
                "agreement",
                a.enterprise,
                a.source,
                int(month),
                int(agreed[here].sum()),
                int(given[here].sum()),
                int(used[here].sum()),
                int(delivered[here].sum()),
                int(settled[here].sum()),
                a.price_cny_per_kwh,
                a.document or "",
            )


def _trades(made: GreenTrace) -> Iterator[Settled]:
    """A trade is settled on power from the grid: what is direct or own is not bought twice."""
    for t in made.park.tracing.trades:
        if t.year != made.period.year or t.enterprise not in made.enterprises:
            continue
        rows = made.of(t.enterprise)
        grid = np.sum(
            [r for c, r in zip(made.traced.columns, rows, strict=True) if made.kind(c) == "grid"]
            or [np.zeros(made.traced.network.intervals, np.int64)],
            axis=0,
        )
        for month in np.unique(made.months):
            agreed = t.kwh_by_month.get(int(month) % 100, 0) * 1000
            used = int(grid[made.months == month].sum())
            yield Settled(
                t.id,
                "trade",
                t.enterprise,
                t.plant,
                int(month),
                agreed,
                None,
                used,
                None,
                min(agreed, used),
                t.price_cny_per_kwh,
                t.document or "",
            )
