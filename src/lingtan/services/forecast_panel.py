"""From readings to the series that forecasts are made of, each value with the moment it was known.

Only measured and confirmed readings count: an estimate was made from what came after the gap. When a reading was known is a rule
of the installation (:mod:`lingtan.services.known_when`); a counter's step was known when both states that bound it were.
"""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.ids import channel_key
from lingtan.forecast.history import DAY, NEVER, History
from lingtan.forecast.issue import Panel
from lingtan.forecast.outlook import Surroundings
from lingtan.forecast.record import Target
from lingtan.forecast.targets import Plan, per_unit, place, plan
from lingtan.metering.activity import activities
from lingtan.metering.channels import Book
from lingtan.metering.means import step_means
from lingtan.metering.readings import Quality
from lingtan.park.carriers import carriers
from lingtan.park.model import Channel, Park, channels
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.known_when import Arrivals, known_when
from lingtan.services.workspace import Workspace

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
LEAST_COVERED = 0.99  # of a step, for its mean to stand
MICRO = 1_000_000
STATE = "unit"  # the metering unit of what is no amount
DEGREES = ("°C", "℃", "degC")


def read_panel(
    workspace: Workspace,
    start: datetime,
    end: datetime,
    sources: ForecastSources,
    *,
    step_s: int = 900,
    meters: bool = False,
    as_of: int | None = None,
    wanted: Plan | None = None,
) -> Panel:
    """All targets of the park, or those ``wanted``, with their readings in ``[start, end)`` as of a revision."""
    park = workspace.park
    wanted = wanted or plan(park, meters=meters)
    first, last = int(start.timestamp()) // step_s * step_s, -(-int(end.timestamp()) // step_s) * step_s
    air = _thermometer(park)
    names = wanted.channels + ([air] if air else [])
    rows = workspace.store.readings(
        channels=[channel_key(n) for n in names],
        start=_utc(first - 2 * DAY),
        end=_utc(last + 2 * DAY),
        as_of=as_of,
    )
    rows = rows.filter(pc.is_in(rows["quality"], pa.array([int(Quality.MEASURED), int(Quality.CONFIRMED)], pa.int8())))
    rows = rows.filter(rows["value"].is_valid())
    known = _availability(rows, park, names, first, last, step_s, workspace.known, Arrivals(workspace.store.commits()))
    values = _means(rows, park, names, first, last, step_s)
    history = _targets(wanted, values, known, first, last, step_s)
    temperature = None
    if air:
        temperature = _temperature(rows, park, air, known[air], first, last, step_s)
    where = place(park)
    surroundings = Surroundings(
        park.park.timezone,
        where[0] if where else None,
        where[1] if where else None,
        temperature,
        sources.weather(_utc(first), _utc(last + 8 * DAY)),
        first,
        last,
        step_s,
        sources.shifts(),
    )
    targets, price = list(wanted.targets), sources.prices(_utc(first), _utc(last), step_s)
    if price is not None and "price" not in history.ids:
        targets.append(Target("price", "price", "park", "CNY/kWh", lowest=-2.0, highest=10.0))
        history = History(
            (*history.ids, "price"),
            first,
            step_s,
            np.vstack([history.values, price.values]),
            np.vstack([history.available, price.available]),
        )
    notes: list[dict[str, Any]] = [dict(n) for n in wanted.left_out]
    if where is None and any(t.kind == "pv" for t in targets):
        notes.append({"code": "forecast.no-place", "target": "park:pv"})
    return Panel(tuple(targets), history, surroundings, tuple(notes))


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _thermometer(park: Park) -> str | None:
    for name, (_, c) in channels(park).items():
        if c.unit in DEGREES and c.activity.value == "reference" and c.kind == "interval":
            return name
    return None


def rows_known(workspace: Workspace, rows: pa.Table, channel: Channel) -> Ints:
    """When each row of a channel counts as known, by the rule of the workspace. [s since 1970]"""
    return _rows_known(rows, channel, workspace.known, Arrivals(workspace.store.commits()))


def _rows_known(rows: pa.Table, channel: Channel, rule: str, arrivals: Arrivals) -> Ints:
    stated = pc.fill_null(rows["available_at"].cast(pa.int64()), -1).to_numpy()
    stated = np.where(stated >= 0, -(-stated // MICRO), -1)
    ends = rows["start"].cast(pa.int64()).to_numpy() // MICRO + rows["seconds"].to_numpy().astype(np.int64)
    came, since = arrivals.of(rows["rev"].to_numpy()), arrivals.first(channel_key(channel.id))
    return known_when(rule, stated, ends + channel.delay_minutes * 60, ends, came, since)


def _availability(
    rows: pa.Table, park: Park, names: list[str], first: int, last: int, step_s: int, rule: str, arrivals: Arrivals
) -> dict[str, Ints]:
    """By channel, when the last reading that a step rests on was known. [s since 1970]"""
    found = {}
    known = channels(park)
    channel = rows["channel"].to_numpy()
    start = rows["start"].cast(pa.int64()).to_numpy() // MICRO
    seconds = rows["seconds"].to_numpy().astype(np.int64)
    edges = _runs(channel)
    count = (last - first) // step_s
    for name in names:
        at = np.full(count, NEVER, np.int64)
        run = edges.get(channel_key(name))
        if run is not None:
            low, high = run
            c = known[name][1]
            begin, end = start[low:high], start[low:high] + seconds[low:high]
            if c.kind == "counter":
                begin = np.concatenate([begin[:1], begin[:-1]])
            when = _rows_known(rows.slice(low, high - low), c, rule, arrivals)
            if c.kind == "counter":  # a difference is known when both states are
                when = np.maximum(when, np.concatenate([when[:1], when[:-1]]))
            one = np.maximum((begin - first) // step_s, 0)
            many = np.minimum(-(-(end - first) // step_s), count) - one
            good = many > 0
            one, many, when = one[good], many[good], when[good]
            if len(one):
                place_ = np.repeat(one, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
                fresh = np.full(count, -1, np.int64)
                np.maximum.at(fresh, place_, np.repeat(when, many))
                at = np.where(fresh >= 0, fresh, NEVER)
        found[name] = at
    return found


def _runs(channel: Ints) -> dict[int, tuple[int, int]]:
    if not len(channel):
        return {}
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(channel)) + 1, [len(channel)]])
    return {int(channel[a]): (int(a), int(b)) for a, b in pairwise(cuts)}


def _means(rows: pa.Table, park: Park, names: list[str], first: int, last: int, step_s: int) -> dict[str, Floats]:
    """By channel the mean rate of each step, NaN where it is not wholly covered."""
    table = activities(rows, Book(park), _utc(first), _utc(last), step_s=step_s)
    by_channel = _runs(table["channel"].to_numpy())
    step = table["hour"].cast(pa.int64()).to_numpy() // (MICRO * step_s) - first // step_s
    covered, value = table["covered_s"].to_numpy(), table["value"].to_numpy()
    info, known = carriers(park), channels(park)
    found = {}
    for name in names:
        series = np.full((last - first) // step_s, np.nan)
        run = by_channel.get(channel_key(name))
        if info[known[name][1].carrier].unit == STATE:
            series = state_means(rows, park, name, first, last, step_s)
        elif run is not None:
            part = slice(*run)
            good = covered[part] >= LEAST_COVERED * step_s
            rate = value[part][good] / 1000 * (3600 / step_s) * per_unit(info[known[name][1].carrier])[0]
            series[step[part][good]] = rate
        found[name] = series
    return found


def _targets(
    wanted: Plan, values: dict[str, Floats], known: dict[str, Ints], first: int, last: int, step_s: int
) -> History:
    made: dict[str, tuple[Floats, Ints]] = {}
    for t in wanted.targets:
        parts = wanted.sources.get(t.id)
        if parts:
            series = np.sum([p.weight * values[p.channel] for p in parts], axis=0)
            when = np.max([known[p.channel] for p in parts], axis=0)
            lowest = -np.inf if any(p.weight < 0 for p in parts) else t.lowest
            if t.id.endswith(":rest") or (np.isneginf(lowest) and t.lowest == 0.0 and t.level == "park"):
                series = np.maximum(series, 0.0)
            series = np.where((series >= lowest) & (series <= t.highest), series, np.nan)
            made[t.id] = (series, when)
    for t in wanted.targets:
        if t.id not in made:
            made[t.id] = _total([made[c.id] for c in wanted.targets if c.parent == t.id and c.id in made])
    ids = tuple(t.id for t in wanted.targets)
    return History(ids, first, step_s, np.stack([made[i][0] for i in ids]), np.stack([made[i][1] for i in ids]))


def _total(parts: list[tuple[Floats, Ints]]) -> tuple[Floats, Ints]:
    """Sum of parts where all of them are known; a gap of one is a gap of the sum."""
    series = np.sum([v for v, _ in parts], axis=0)
    when = np.max([w for _, w in parts], axis=0)
    return series, np.where(np.isfinite(series), when, NEVER)


def _temperature(rows: pa.Table, park: Park, name: str, known: Ints, first: int, last: int, step_s: int) -> History:
    return History((name,), first, step_s, state_means(rows, park, name, first, last, step_s)[None], known[None])


def state_means(rows: pa.Table, park: Park, name: str, first: int, last: int, step_s: int) -> Floats:
    """The mean by step of a channel that measures a state (temperature, a price), NaN where there is no reading."""
    mine = rows.filter(pc.equal(rows["channel"], channel_key(name)))
    start = mine["start"].cast(pa.int64()).to_numpy() // MICRO
    seconds = mine["seconds"].to_numpy().astype(np.int64)
    values = mine["value"].to_numpy() / 1000 * float(channels(park)[name][1].multiplier)
    return step_means(start, seconds, values, first, last, step_s)
