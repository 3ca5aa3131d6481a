"""Trace the power of a period: load the electric channels, place them in the network, share the sources over the uses.

A period is traced month by month; what the stores hold goes from one month into the next. A month is kept under the digest
of its flows, its agreements and what the stores held at its beginning: a changed reading traces its own month again, and later
ones only as far as a store carries the change on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.base.errors import InputError
from lingtan.base.ids import digest, digest_bytes
from lingtan.base.time import Period
from lingtan.carbon.points import operator, points
from lingtan.carbon.shares import Ints
from lingtan.green.contracts import Agreement, one_place
from lingtan.green.flows import ParkFlows, Sink, park_flows, rule_of
from lingtan.green.network import Network
from lingtan.green.storage import Inventory
from lingtan.green.trace import StoreRule, Traced, joined, shared, trace
from lingtan.park.model import Park
from lingtan.services.basis import park_as_of, resolve_as_of
from lingtan.services.kept_trace import keep_trace, load_trace
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.power_series import power_series
from lingtan.services.views import Known
from lingtan.services.workspace import Workspace

STEPS = {"15min": 900, "30min": 1800, "1h": 3600}
VERSION = 2  # of tracing; part of every result's identity


@dataclass(frozen=True)
class GreenTrace:
    """A traced period. Intervals are ``step_s`` long and begin at ``start`` (UTC); ``series`` are the channels behind it."""

    id: str
    park: Park
    period: Period
    step_s: int
    as_of: int
    flows: ParkFlows
    traced: Traced
    series: Mapping[str, Ints] = field(default_factory=dict)
    rebuilt: int = 0  # months that were traced anew

    @property
    def start(self) -> datetime:
        """The first interval."""
        return self.period.start

    @cached_property
    def local(self) -> list[datetime]:
        """Local start of each interval."""
        return local_times(self.period, self.step_s)

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
        """Exact energy of each consumer and export: array (columns, intervals). [Wh]

        Consumers bear the losses in proportion to their use where the park file says ``losses: consumers``.
        """
        found = {name: self.traced.wh_of_sink(name) for name in self.traced.network.sinks}
        if self.park.tracing.losses == "consumers":
            for name in self.flows.sinks:
                found[name] = found[name] + self._loss_of(name)
        return found

    @cached_property
    def rest(self) -> Ints:
        """Losses and uses that nobody meters and no consumer bears, by column: array (columns, intervals). [Wh]"""
        if self.park.tracing.losses == "consumers":
            return np.asarray(self._all_rest * (self._uses.sum(axis=0) == 0))
        return self._all_rest

    @cached_property
    def _all_rest(self) -> Ints:
        found = np.zeros((len(self.traced.columns), self.traced.network.intervals), np.int64)
        for node, wh in enumerate(self.traced.losses()):
            found += shared(wh, self.traced.mixes[:, node].T)
        return found

    @cached_property
    def _uses(self) -> Ints:
        return np.stack([self.traced.network.sinks[name].wh for name in self.flows.sinks])

    def _loss_of(self, name: str) -> Ints:
        """A consumer's part of the losses, by cumulative rounding over the consumers: parts sum to the whole exactly."""
        at = list(self.flows.sinks).index(name)
        total = np.maximum(self._uses.sum(axis=0), 1)
        upper, lower = self._uses[: at + 1].sum(axis=0), self._uses[:at].sum(axis=0)
        return np.asarray(self._all_rest * upper // total - self._all_rest * lower // total)

    def of(self, enterprise: str) -> Ints:
        """The energy of an enterprise, all its meters together: array (columns, intervals). [Wh]"""
        rows = [self.by_consumer[n] for n, sink in self.flows.sinks.items() if sink.enterprise == enterprise]
        return np.asarray(np.sum(rows, axis=0))

    @cached_property
    def enterprises(self) -> list[str]:
        """Who uses power, in the order of the park file."""
        using = {s.enterprise for s in self.flows.sinks.values()}
        return [e.id for e in self.park.enterprises if e.id in using] + sorted(
            using - {e.id for e in self.park.enterprises}
        )

    def kind(self, column: str) -> str:
        """What a column is: direct, own_nonfossil, own_other, grid, unmetered or opening."""
        return self.flows.kinds.get(column, column.split("/")[0])

    @property
    def home(self) -> str:
        """The enterprise that operates the park."""
        return operator(self.park)

    @property
    def rule(self) -> str:
        """The rule of allocation."""
        return rule_of(self.park)


def trace_green(
    workspace: Workspace,
    period: str,
    *,
    step: str = "1h",
    as_of: datetime | int | None = None,
    park: Park | None = None,
    listener: Listener = silent,
) -> GreenTrace:
    """Trace a year, month or day by the rule of the park file (or of ``park``, to try another).

    Raises
    ------
    DataError
        ``green.no-power`` if no electric channel has a reading; others from the network and its agreements.
    """
    if step not in STEPS:
        raise InputError("green.bad-step", step=step, known=", ".join(STEPS))
    rev = resolve_as_of(workspace, as_of)
    known = park_as_of(workspace, rev)[0] if park is None else park
    when = Period.parse(period, known.park.timezone)
    listener(Progress("tracing-read", values={"period": when.label}))
    series = power_series(workspace, known, when, STEPS[step], Known(workspace.store, rev), listener)
    listener(Progress("tracing", values={"period": when.label}))
    return traced_series(known, when, STEPS[step], rev, series, keep=workspace)


def traced_series(
    park: Park, when: Period, step_s: int, rev: int, series: Mapping[str, Ints], *, keep: Workspace | None = None
) -> GreenTrace:
    """The trace of known series; months are kept in ``keep``, if there is one."""
    dated = any(a.valid_from or a.valid_to for a in park.tracing.agreements)
    local = local_times(when, step_s)
    days: Sequence[date] = [at.date() for at in local] if dated else ()
    hours = np.array([at.hour for at in local], np.int64)
    flows = park_flows(park, points(park), series, step_s=step_s, days=days, hours=hours)
    network = one_place(flows.network) if flows.agreements else flows.network
    parts, names, rebuilt = trace_months(
        network, _months(when, step_s, network.intervals), flows.agreements, park.tracing.storage, keep=keep
    )
    made_of = {"version": VERSION, "period": when.label, "step": step_s, "parts": names, "losses": park.tracing.losses,
               "rule": rule_of(park), "sinks": {n: [s.enterprise, s.asset] for n, s in flows.sinks.items()}}  # fmt: skip
    name = f"{when.label}-{digest(made_of)[:10]}"
    return GreenTrace(name, park, when, step_s, rev, flows, joined(network, parts), series, rebuilt)


def trace_months(
    network: Network,
    edges: Sequence[tuple[int, int]],
    agreements: Sequence[Agreement] = (),
    rule: StoreRule = "proportional",
    *,
    keep: Workspace | None = None,
) -> tuple[list[Traced], list[str], int]:
    """The traces of parts that follow each other, their names by content, and how many were not kept already."""
    parts: list[Traced] = []
    names: list[str] = []
    held: Mapping[str, Inventory] = {}
    rebuilt = 0
    for low, high in edges:
        part = network.part(low, high)
        here = [_cut(a, low, high) for a in agreements]
        name = f"cache/trace/{_digest(network, low, high, here, rule, parts[-1] if parts else None)}.npz"
        made = load_trace(keep, name, part) if keep is not None else None
        if made is None:
            made = _trace(part, here, rule, held, parts[-1].columns if parts else (), low)
            rebuilt += 1
            if keep is not None:
                keep_trace(keep, name, made)
        held = made.inventories
        parts.append(made)
        names.append(name)
    return parts, names, rebuilt


def _trace(
    part: Network,
    agreements: Sequence[Agreement],
    rule: StoreRule,
    held: Mapping[str, Inventory],
    columns: tuple[str, ...],
    first: int,
) -> Traced:
    if not held:
        return trace(part, agreements=agreements, store_rule=rule, first=first)
    # a rest that is not there this month keeps its name where a store still holds some of it
    kept = [c for c in columns[:-1] if c.startswith("unmetered/") and any(_holds(h, columns, c) for h in held.values())]
    return trace(part, agreements=agreements, store_rule=rule, held=held, held_columns=columns, keep=kept, first=first)


def _holds(held: Inventory, columns: Sequence[str], column: str) -> bool:
    return bool(held.content[list(columns).index(column)] > 0)


def _digest(
    network: Network, low: int, high: int, agreements: Sequence[Agreement], rule: str, before: Traced | None
) -> str:
    told = [repr((a.id, a.sources, a.sinks, a.share, a.priority)).encode() for a in agreements]
    told += [np.asarray(a.cap_wh, float).tobytes() for a in agreements if a.cap_wh is not None]
    states = [repr(before.columns).encode(), *(h.state() for h in before.inventories.values())] if before else []
    return digest_bytes(b"\0".join([repr((VERSION, rule, low)).encode(), network.state(low, high), *told, *states]))


def _cut(agreement: Agreement, low: int, high: int) -> Agreement:
    cap = agreement.cap_wh
    return agreement if not isinstance(cap, np.ndarray) else replace(agreement, cap_wh=cap[low:high])


def _months(when: Period, step_s: int, intervals: int) -> list[tuple[int, int]]:
    """Where each local month begins and ends."""
    edges = [0]
    if when.label.count("-") < 2:
        edges = [int((m.start - when.start).total_seconds()) // step_s for m in when.months()]
    return list(zip(edges, [*edges[1:], intervals], strict=True))


def local_times(when: Period, step_s: int) -> list[datetime]:
    """Local start of each interval of a period."""
    zone = ZoneInfo(when.zone)
    count = int((when.end - when.start).total_seconds()) // step_s
    return [(when.start + timedelta(seconds=step_s * i)).astimezone(zone) for i in range(count)]


__all__ = ["STEPS", "VERSION", "GreenTrace", "Sink", "local_times", "trace_green", "traced_series"]
