"""The series of a horizon: from the park's readings, and what was expected of them at a moment."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.time import Period
from lingtan.forecast.history import History
from lingtan.optimize.dispatch.record import SPOT, Description
from lingtan.optimize.model import FloatArray
from lingtan.park.carriers import carriers
from lingtan.park.model import channels
from lingtan.services.activities import activity_pieces
from lingtan.services.forecast_panel import STATE, state_means
from lingtan.services.forecast_sources import ForecastSources, NoSources
from lingtan.services.ports import Listener, silent
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace

KWH_PER_GJ = 1 / 0.0036
LEAST_COVERED_S = 900
WEEK = 168
DAY = timedelta(days=1)
FADE_HOURS = 8.0  # of the latest error of the week before


def hourly_power(
    workspace: Workspace, wanted: list[str], period: Period, *, as_of: int | None = None, listener: Listener = silent
) -> dict[str, FloatArray]:
    """Hourly mean power of channels, NaN where it is not known. [kW; other units per hour; a state as it is]

    Raises
    ------
    InputError
        ``dispatch.no-channel`` with the nearest one.
    """
    park = workspace.park
    known, units = channels(park), carriers(park)
    for name in wanted:
        if name not in known:
            raise InputError("dispatch.no-channel", channel=name, nearest=nearest(name, known) or "–")
    view = Known(workspace.store, workspace.store.head() if as_of is None else as_of)
    found = {name: np.full(period.hours, np.nan) for name in wanted}
    states = [name for name in wanted if units[known[name][1].carrier].unit == STATE]
    if states:
        rows = workspace.store.readings(
            channels=[channel_key(n) for n in states], start=period.start - DAY, end=period.end, as_of=as_of
        )
        rows = rows.filter(rows["value"].is_valid())
        first = int(period.start.timestamp())
        found |= {n: state_means(rows, park, n, first, first + 3600 * period.hours, 3600) for n in states}
    keys = {channel_key(name): name for name in wanted if name not in states}
    key_array = pa.array(list(keys), pa.int64())
    zero = int(period.start.timestamp()) // 3600
    for piece in activity_pieces(workspace, park, period, view, listener):
        table = pq.read_table(workspace.blobs.path(piece.name), columns=["channel", "hour", "value", "covered_s"])
        table = table.filter(
            pc.is_in(table.column("channel"), value_set=key_array.cast(table.schema.field("channel").type))
        )
        if not len(table):
            continue
        channel = table.column("channel").to_numpy()
        hour = table.column("hour").cast("int64").to_numpy() // 3_600_000_000 - zero
        covered = table.column("covered_s").to_numpy()
        value = table.column("value").to_numpy().astype(float) / 1000
        good = (hour >= 0) & (hour < period.hours) & (covered >= LEAST_COVERED_S)
        for key in np.unique(channel):
            mine = good & (channel == key)
            name = keys[int(key)]
            per = KWH_PER_GJ if units[known[name][1].carrier].unit == "GJ" else 1.0
            found[name][hour[mine]] = value[mine] * per * 3600 / covered[mine]
    return found


def spot_price(
    sources: ForecastSources, description: Description, start: datetime, end: datetime, step_s: int = 3600
) -> History | None:
    """The series ``price`` of the table of spot prices, where the description asks for it and gives no channel of it. [CNY/kWh]"""
    if SPOT not in description.series or description.sources.get(SPOT) or SPOT in description.constants:
        return None
    return sources.prices(start, end, step_s)


def actual_series(
    workspace: Workspace,
    description: Description,
    period: Period,
    *,
    as_of: int | None = None,
    sources: ForecastSources | None = None,
    listener: Listener = silent,
) -> tuple[dict[str, FloatArray], dict[str, float]]:
    """Every series of the description by hour, and the share of hours that had to be filled.

    A missing hour of a channel takes what was there at the same hour of the nearest week that is known; sums are never
    below zero.

    Raises
    ------
    DataError
        ``dispatch.no-readings`` if a channel has nothing in the period.
    """
    asked = description.series
    spot = spot_price(sources or NoSources(), description, period.start, period.end) if SPOT in asked else None
    metered = {
        s: description.sources.get(s, {})
        for s in asked
        if s not in description.constants and (s != SPOT or spot is None)
    }
    for name, parts in metered.items():
        if not parts:
            raise DataError("dispatch.no-source", series=name)
    wanted = sorted({c for parts in metered.values() for c in parts})
    read = hourly_power(workspace, wanted, period, as_of=as_of, listener=listener)
    filled, shares = {}, {}
    for name, values in read.items():
        gaps = ~np.isfinite(values)
        if gaps.all():
            raise DataError("dispatch.no-readings", channel=name, period=period.label)
        filled[name] = filled_in(values)
        shares[name] = float(gaps.mean())
    made = {n: np.full(period.hours, v) for n, v in description.constants.items()}
    for name, parts in metered.items():
        total = sum((factor * filled[c] for c, factor in parts.items()), np.zeros(period.hours))
        signed = name == description.temperature or name in description.price_series
        made[name] = total if signed else np.maximum(total, 0.0)
    told = {n: max((shares[c] for c in parts), default=0.0) for n, parts in metered.items()}
    if spot is not None:
        prices = spot.values[0]
        if not np.isfinite(prices).any():
            raise DataError("dispatch.no-readings", channel=SPOT, period=period.label)
        made[SPOT], told[SPOT] = filled_in(prices), float((~np.isfinite(prices)).mean())
    return made, told


def filled_in(values: FloatArray, week: int = WEEK) -> FloatArray:
    """Gaps from the same time of the nearest known week, else the mean."""
    found = values.copy()
    for weeks in (1, -1, 2, -2, 3, -3, 4, -4):
        gaps = np.flatnonzero(~np.isfinite(found))
        if not len(gaps):
            return found
        there = gaps - weeks * week
        inside = (there >= 0) & (there < len(values))
        found[gaps[inside]] = values[there[inside]]
    gaps = ~np.isfinite(found)
    found[gaps] = np.nanmean(values)
    return found
