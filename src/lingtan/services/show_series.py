"""A channel's course for the eye: mean, least and greatest of each stretch, as many as fit the screen; and its hours as a calendar."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lingtan.base.columns import int64s
from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.time import Period
from lingtan.base.units import MILLI
from lingtan.metering.activity import activities
from lingtan.metering.channels import Book
from lingtan.park.carriers import carriers
from lingtan.park.model import Channel, channels
from lingtan.services.views import needs_all
from lingtan.services.workspace import Workspace

Floats = npt.NDArray[np.float64]
STEP_S = 900
STEPS = (900, 3600, 4 * 3600, 86_400)
MOST_YEARS = 12
KEPT = 8  # courses in memory


@dataclass(frozen=True)
class Series:
    """Rates by stretch of ``step_s`` from ``start`` on; NaN where nothing is known. ``unit`` says of what an hour."""

    channel: str
    unit: str
    start: datetime
    step_s: int
    mean: Floats
    least: Floats
    greatest: Floats


def show_series(
    workspace: Workspace, channel: str, start: datetime, end: datetime, *, points: int = 1200, as_of: int | None = None
) -> Series:
    """The rate of a channel in ``[start, end)`` in at most about ``points`` stretches of whole quarters of an hour.

    Raises
    ------
    InputError
        If the channel is unknown or the span is empty or longer than twelve years.
    """
    if not start < end or end - start > timedelta(days=366 * MOST_YEARS):
        raise InputError("energy.span", years=MOST_YEARS)
    found = _channel(workspace, channel)
    rates = quarter_rates(workspace, found, start, end, as_of)
    each = max(1, -(-rates.size // points))
    step_s = next((s for s in STEPS if s >= each * STEP_S), -(-each // 96) * 86_400)
    each = step_s // STEP_S
    padded = np.full(-(-rates.size // each) * each, np.nan)
    padded[: rates.size] = rates
    rows = padded.reshape(-1, each)
    known = ~np.isnan(rows)
    count = known.sum(axis=1)
    some = count > 0
    mean, least, greatest = (np.full(len(rows), np.nan) for _ in range(3))
    mean[some] = np.where(known, rows, 0.0).sum(axis=1)[some] / count[some]
    least[some] = np.where(known, rows, np.inf).min(axis=1)[some]
    greatest[some] = np.where(known, rows, -np.inf).max(axis=1)[some]
    return Series(channel, rate_unit(workspace, found), start, step_s, mean, least, greatest)


def show_hours(workspace: Workspace, channel: str, year: Period, *, as_of: int | None = None) -> Series:
    """The hourly rates of a channel over a period, for a calendar of days and hours."""
    if not year.start < year.end or year.end - year.start > timedelta(days=366 * MOST_YEARS):
        raise InputError("energy.span", years=MOST_YEARS)
    found = _channel(workspace, channel)
    rates = quarter_rates(workspace, found, year.start, year.end, as_of)
    rows = rates[: rates.size // 4 * 4].reshape(-1, 4)
    known = ~np.isnan(rows)
    count = known.sum(axis=1)
    mean = np.full(len(rows), np.nan)
    mean[count > 0] = np.where(known, rows, 0.0).sum(axis=1)[count > 0] / count[count > 0]
    return Series(channel, rate_unit(workspace, found), year.start, 3600, mean, mean, mean)


def quarter_rates(
    workspace: Workspace, channel: Channel, start: datetime, end: datetime, as_of: int | None = None
) -> Floats:
    """Mean rate in each quarter of an hour; counters are differenced, longer readings spread evenly. [carrier unit/h]

    The newest few are kept: a page asks for the course and the calendar of a channel at once.
    """
    known = workspace.store.head() if as_of is None else as_of
    key = (workspace.root, workspace.park_commit.content, channel.id, start, end, known)
    with _guard:
        held = _kept.setdefault(key, _Held())
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    with held.guard:  # who asks for the same meanwhile waits for it
        if held.rates is None:
            held.rates = _quarter_rates(workspace, channel, start, end, as_of)
            held.rates.flags.writeable = False
        return held.rates


@dataclass
class _Held:
    guard: threading.Lock = field(default_factory=threading.Lock)
    rates: Floats | None = None


_kept: OrderedDict[tuple[object, ...], _Held] = OrderedDict()
_guard = threading.Lock()


def _quarter_rates(
    workspace: Workspace, channel: Channel, start: datetime, end: datetime, as_of: int | None = None
) -> Floats:
    key = channel_key(channel.id)
    low, high = (None, None) if needs_all(channel, workspace.store.lasting()) else (start - timedelta(days=1), end)
    rows: pa.Table = workspace.store.readings(channels=[key], start=low, end=high, as_of=as_of)
    table = activities(rows, Book(workspace.park), start, end, step_s=STEP_S)
    rates = np.full(int((end - start).total_seconds()) // STEP_S, np.nan)
    at = (int64s(table.column("hour")) // 1_000_000 - int(start.timestamp())) // STEP_S
    covered = int64s(table.column("covered_s"))
    inside = (at >= 0) & (at < rates.size) & (covered > 0)
    rates[at[inside]] = int64s(table.column("value"))[inside] / MILLI * 3600 / STEP_S
    return rates


def rate_unit(workspace: Workspace, channel: Channel) -> str:
    """kW for energy counted in kWh, else the carrier's unit an hour."""
    unit = carriers(workspace.park)[channel.carrier].unit
    return "kW" if unit == "kWh" else f"{'m³' if unit == 'm3' else unit}/h"


def charted(channel: Channel) -> bool:
    """Whether the channel has a rate: levels and references have none."""
    return channel.kind != "level" and str(channel.activity) != "reference"


def _channel(workspace: Workspace, name: str) -> Channel:
    known = channels(workspace.park)
    if name not in known:
        raise InputError("portal.unknown-channel", channel=name[:60], nearest=nearest(name, known) or "–")
    return known[name][1]
