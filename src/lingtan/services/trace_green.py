"""Trace the power of a period: load the electric channels, place them in the network, share the sources over the uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import channel_key, digest
from lingtan.base.time import Period
from lingtan.carbon.points import points
from lingtan.carbon.shares import Ints
from lingtan.green.flows import ParkFlows, park_flows
from lingtan.green.trace import Traced, trace
from lingtan.metering.activity import activities
from lingtan.metering.channels import Book
from lingtan.park.model import Park, channels
from lingtan.services.basis import park_as_of, resolve_as_of
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.workspace import Workspace

STEPS = {"15min": 900, "30min": 1800, "1h": 3600}
VERSION = 1  # of tracing; part of every result's identity


@dataclass(frozen=True)
class GreenTrace:
    """A traced period. Intervals are ``step_s`` long and begin at ``start`` (UTC)."""

    id: str
    park: Park
    period: Period
    step_s: int
    as_of: int
    flows: ParkFlows
    traced: Traced

    @property
    def start(self) -> datetime:
        """The first interval."""
        return self.period.start

    @cached_property
    def local(self) -> list[datetime]:
        """Local start of each interval."""
        first = self.period.start.astimezone(ZoneInfo(self.period.zone))
        return [first + timedelta(seconds=self.step_s * i) for i in range(self.traced.network.intervals)]

    @cached_property
    def months(self) -> Ints:
        """Local month (yyyymm) of each interval."""
        return np.array([at.year * 100 + at.month for at in self.local], np.int64)

    @cached_property
    def hours(self) -> Ints:
        """Hour of the period, from 0, of each interval."""
        return np.arange(self.traced.network.intervals, dtype=np.int64) * self.step_s // 3600

    @cached_property
    def by_consumer(self) -> Mapping[str, Ints]:
        """Exact energy of each consumer and export: array (columns, intervals). [Wh]"""
        return {name: self.traced.wh_of_sink(name) for name in self.traced.network.sinks}

    @cached_property
    def rest(self) -> Ints:
        """Losses and uses that nobody meters, by column: array (columns, intervals). [Wh]"""
        from lingtan.green.trace import shared

        found = np.zeros((len(self.traced.columns), self.traced.network.intervals), np.int64)
        for node, wh in enumerate(self.traced.losses()):
            found += shared(wh, self.traced.mixes[:, node].T)
        return found

    def kind(self, column: str) -> str:
        """What a column is: direct, own_nonfossil, own_other, grid, unmetered or opening."""
        return self.flows.kinds.get(column, column.split("/")[0])


def trace_green(
    workspace: Workspace,
    period: str,
    *,
    step: str = "1h",
    as_of: datetime | int | None = None,
    listener: Listener = silent,
) -> GreenTrace:
    """Trace a year, month or day by the rule of the park file.

    Raises
    ------
    DataError
        ``green.no-power`` if no electric channel has a reading; others from the network and its agreements.
    """
    if step not in STEPS:
        raise InputError("green.bad-step", step=step, known=", ".join(STEPS))
    rev = resolve_as_of(workspace, as_of)
    park, stored = park_as_of(workspace, rev)
    when = Period.parse(period, park.park.timezone)
    listener(Progress("tracing-read", values={"period": when.label}))
    series = power_series(workspace, park, when, STEPS[step], rev)
    days, hours = _local_days(when, STEPS[step])
    needed = any(a.valid_from or a.valid_to or a.curve_kw for a in park.tracing.agreements)
    flows = park_flows(
        park, points(park), series, step_s=STEPS[step], days=days if needed else (), hours=hours if needed else None
    )
    listener(Progress("tracing", values={"period": when.label}))
    traced = trace(flows.network, agreements=flows.agreements, store_rule=park.tracing.storage)
    inputs = {
        "park": stored[1],
        "period": when.label,
        "step": step,
        "version": VERSION,
        "series": digest({name: digest(values.tolist()) for name, values in sorted(series.items())}),
    }
    return GreenTrace(f"{when.label}-{digest(inputs)[:10]}", park, when, STEPS[step], rev, flows, traced)


def power_series(workspace: Workspace, park: Park, when: Period, step_s: int, rev: int) -> dict[str, Ints]:
    """The energy of each electric channel by interval; zero where nothing is known. [Wh]"""
    named = {channel_key(name): name for name, (_, c) in channels(park).items() if c.carrier == "electricity"}
    keys = list(named)
    table = workspace.store.readings(
        channels=keys, start=when.start - timedelta(days=32), end=when.end + timedelta(days=32), as_of=rev
    )
    found = activities(table, Book(park), when.start, when.end, step_s=step_s)
    size = int((when.end - when.start).total_seconds()) // step_s
    if not found.num_rows:
        raise DataError("green.no-power", period=when.label)
    at = (found["hour"].cast(pa.int64()).to_numpy() // 1_000_000 - int(when.start.timestamp())) // step_s
    key, value = found["channel"].to_numpy(), found["value"].to_numpy()
    edges = np.flatnonzero(np.diff(key)) + 1
    series = {name: np.zeros(size, np.int64) for name in named.values()}
    for low, high in zip([0, *edges], [*edges, len(key)], strict=True):
        series[named[int(key[low])]][at[low:high]] = value[low:high]
    return series


def _local_days(when: Period, step_s: int) -> tuple[list[date], Ints]:
    first = when.start.astimezone(ZoneInfo(when.zone))
    count = int((when.end - when.start).total_seconds()) // step_s
    local = [first + timedelta(seconds=step_s * i) for i in range(count)]
    return [at.date() for at in local], np.array([at.hour for at in local], np.int64)
