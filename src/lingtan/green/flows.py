"""The network of a park: its accounting points placed at nodes, with who gets what under which agreement.

A meter stands at the node that it names, else at that of the nearest meter above it that names one, else at the first node.
Without nodes the park is one place. Consumers are enterprises, one at each node where they use power; electric boilers and
heat pumps are consumers of their own, because their share goes on into heat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from lingtan.base.errors import DataError
from lingtan.base.units import quantity
from lingtan.carbon.points import Point
from lingtan.carbon.power import ELECTRIC_HEAT, NON_FOSSIL_ASSETS
from lingtan.carbon.shares import Ints
from lingtan.green.contracts import Agreement
from lingtan.green.mix import Floats
from lingtan.green.network import Line, Network, Store, Tap
from lingtan.park.activities import Activity
from lingtan.park.model import NON_FOSSIL_SOURCES, Park, channels
from lingtan.park.network import Agreement as Agreed

ONE_PLACE = "park"
DEFAULT_EFFICIENCY = 0.85


@dataclass(frozen=True)
class Sink:
    """A consumer: an enterprise, and the asset that makes heat of the power, if it is one."""

    enterprise: str
    asset: str = ""


@dataclass(frozen=True)
class ParkFlows:
    """A park's network with the names behind it.

    ``kinds`` gives each source's kind: direct, own_nonfossil, own_other, grid. ``sinks`` leaves exports out.
    """

    network: Network
    sinks: Mapping[str, Sink]
    exports: tuple[str, ...]
    kinds: Mapping[str, str]
    points: Mapping[str, str]  # source -> asset or connection
    agreements: tuple[Agreement, ...]
    overmetered_wh: int  # uses below zero after sub-meters were taken off, counted as zero


def park_flows(
    park: Park,
    points: Sequence[Point],
    series: Mapping[str, Ints],
    *,
    step_s: int,
    days: Sequence[date] = (),
    hours: Ints | None = None,
) -> ParkFlows:
    """Place every electric point of a park.

    Parameters
    ----------
    points : sequence of Point
        Accounting points (:func:`lingtan.carbon.points.points`).
    series : mapping of int64 array
        By channel id the energy of each interval. [Wh]
    step_s : int
        Length of an interval. [s]
    days, hours
        Local day and local hour of the day of each interval, for agreements with dates or curves.
    """
    where = _Places(park)
    size = next((s.size for s in series.values()), 0)
    sources: dict[str, Tap] = {}
    kinds: dict[str, str] = {}
    origins: dict[str, str] = {}
    uses: dict[str, tuple[str, Ints, Sink]] = {}
    exports: dict[str, Tap] = {}
    stores: dict[str, dict[str, Ints]] = {}
    over = 0
    for point in points:
        if point.carrier.id != "electricity":
            continue
        wh = _values(point, series, size)
        if point.activity in (Activity.IMPORT, Activity.GENERATION):
            sources[point.id] = Tap(where.of(point), np.maximum(wh, 0))
            kinds[point.id] = _kind(park, point)
            origins[point.id] = point.connection or point.asset or point.id
        elif point.activity is Activity.EXPORT:
            exports[point.id] = Tap(where.of(point), np.maximum(wh, 0))
        elif point.activity in (Activity.CHARGE, Activity.DISCHARGE):
            key = "charge" if point.activity is Activity.CHARGE else "discharge"
            held = stores.setdefault(point.asset or point.id, {"node": where.of(point)})  # type: ignore[dict-item]
            held[key] = held.get(key, np.zeros(size, np.int64)) + np.maximum(wh, 0)
        elif point.activity is Activity.USE:
            asset = point.asset if _asset_kind(park, point.asset) in ELECTRIC_HEAT else None
            node, sink = where.of(point), Sink(point.enterprise, asset or "")
            name = "/".join(p for p in (sink.enterprise, sink.asset, node if node != ONE_PLACE else "") if p)
            over += int(np.maximum(-wh, 0).sum())
            before = uses[name][1] if name in uses else 0
            uses[name] = (node, before + np.maximum(wh, 0), sink)
    network = Network(
        where.nodes,
        sources,
        {**{name: Tap(node, wh) for name, (node, wh, _) in uses.items()}, **exports},
        {name: _store(park, name, held, size) for name, held in stores.items()},
        _lines(park, where, series),
    )
    sinks = {name: sink for name, (_, _, sink) in uses.items()}
    agreements = tuple(_agreements(park, network, sinks, origins, step_s, days, hours)) if _contractual(park) else ()
    return ParkFlows(network, sinks, tuple(exports), kinds, origins, agreements, over)


def rule_of(park: Park) -> str:
    """The rule of allocation: that of the park file, else proportional."""
    return park.tracing.rule or "proportional"


def _contractual(park: Park) -> bool:
    return rule_of(park) == "contractual"


class _Places:
    """Which node each point stands at."""

    def __init__(self, park: Park) -> None:
        self.nodes = tuple(n.id for n in park.tracing.nodes) or (ONE_PLACE,)
        if _contractual(park):
            self.nodes = (ONE_PLACE,)
        self._one = len(self.nodes) == 1
        self._meters = {m.id: m for m in park.meters}
        self._channels = channels(park)
        self._things = {a.id: a.node for a in park.assets} | {c.id: c.node for c in park.connections}

    def of(self, point: Point) -> str:
        """The node of a point."""
        if self._one:
            return self.nodes[0]
        for thing in (point.asset, point.connection):
            if thing and self._things.get(thing):
                return str(self._things[thing])
        pair = self._channels.get(point.id)
        seen: set[str] = set()
        meter = pair[0] if pair else None
        while meter is not None and meter.id not in seen:
            if meter.node:
                return meter.node
            seen.add(meter.id)
            meter = self._meters.get(meter.parent) if meter.parent else None
        return self.nodes[0]


def _values(point: Point, series: Mapping[str, Ints], size: int) -> Ints:
    total = np.zeros(size, np.int64)
    for channel, factor in point.terms.items():
        values = series.get(channel)
        if values is not None:
            total = total + (values * int(factor) if factor.denominator == 1 else _scaled(values, factor))
    return total


def _scaled(values: Ints, factor: Fraction) -> Ints:
    doubled = 2 * np.abs(values) * abs(factor.numerator) + factor.denominator
    magnitude = doubled // (2 * factor.denominator)
    return np.asarray(np.where((values < 0) ^ (factor < 0), -magnitude, magnitude), dtype=np.int64)


def _asset_kind(park: Park, asset: str | None) -> str:
    return next((a.kind for a in park.assets if a.id == asset), "")


def _kind(park: Park, point: Point) -> str:
    if point.activity is Activity.GENERATION:
        return "own_nonfossil" if _asset_kind(park, point.asset) in NON_FOSSIL_ASSETS else "own_other"
    if point.kind_of_power == "direct_nonfossil":
        return "direct"
    connection = next((c for c in park.connections if c.id == point.connection), None)
    direct = connection is not None and connection.kind in ("direct_line", "incremental_grid")
    return "direct" if connection is not None and direct and connection.source in NON_FOSSIL_SOURCES else "grid"


def _store(park: Park, name: str, held: dict[str, Ints], size: int) -> Store:
    """A store with the efficiency of its whole cycle (the park file states one way) and what it can hold as charged."""
    asset = next((a for a in park.assets if a.id == name), None)
    efficiency = float(asset.efficiency) ** 2 if asset is not None and asset.efficiency else DEFAULT_EFFICIENCY
    energy = quantity(asset.energy, "kWh") if asset is not None and asset.energy else None
    zero = np.zeros(size, np.int64)
    return Store(
        str(held["node"]),
        held.get("charge", zero),
        held.get("discharge", zero),
        efficiency=efficiency,
        capacity_wh=None if energy is None else round(float(energy) * 1000),
    )


def _lines(park: Park, where: _Places, series: Mapping[str, Ints]) -> dict[str, Line]:
    if len(where.nodes) == 1:
        return {}
    found = {}
    for line in park.tracing.lines:
        sent = series.get(line.sent)
        if sent is None:
            raise DataError("green.line-without-readings", line=line.id, channel=line.sent)
        received = series.get(line.received, sent) if line.received else sent
        sent = np.maximum(sent, 0)
        # two meters of one line differ by their classes: what is received is at most what was sent
        found[line.id] = Line(line.start, line.end, sent, np.minimum(np.maximum(received, 0), sent))
    return found


def _agreements(
    park: Park,
    network: Network,
    sinks: Mapping[str, Sink],
    origins: Mapping[str, str],
    step_s: int,
    days: Sequence[date],
    hours: Ints | None,
) -> list[Agreement]:
    found = []
    for agreed in park.tracing.agreements:
        names = tuple(n for n, thing in origins.items() if thing == agreed.source)
        names += tuple(n for n in network.stores if n == agreed.source)
        consumers = tuple(n for n, sink in sinks.items() if sink.enterprise == agreed.enterprise)
        if not names:
            raise DataError("green.unmetered-party", agreement=agreed.id, party=agreed.source)
        if not consumers:
            raise DataError("green.unmetered-party", agreement=agreed.id, party=agreed.enterprise)
        cap = agreed_wh(agreed, network.intervals, step_s, days, hours)
        found.append(Agreement(agreed.id, names, consumers, float(agreed.share), cap, agreed.priority))
    return found


def agreed_wh(agreed: Agreed, intervals: int, step_s: int, days: Sequence[date], hours: Ints | None) -> Floats | None:
    """The most that an agreement gives by interval: its cap and curve, nothing outside its dates; None if it has none. [Wh]"""
    if agreed.cap_kw is None and not agreed.curve_kw and not agreed.valid_from and not agreed.valid_to:
        return None
    cap = np.full(intervals, float(agreed.cap_kw) if agreed.cap_kw is not None else np.inf)
    if agreed.curve_kw and hours is not None:
        cap = np.minimum(cap, np.array([float(v) for v in agreed.curve_kw])[hours])
    for i, day in enumerate(days if agreed.valid_from or agreed.valid_to else ()):
        late = agreed.valid_from is not None and day < agreed.valid_from
        if late or (agreed.valid_to is not None and day > agreed.valid_to):
            cap[i] = 0.0
    return np.asarray(cap * (step_s / 3.6))  # kW over the interval as Wh
