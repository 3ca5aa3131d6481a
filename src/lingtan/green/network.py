"""Where things are connected, and what flowed: the input of tracing, as arrays over intervals. [Wh]"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from lingtan.base.errors import DataError
from lingtan.carbon.shares import Ints

UNMETERED = "unmetered"  # what a node gave out beyond what was metered into it


@dataclass(frozen=True)
class Tap:
    """Something at a node: a source or a sink. Values are never negative. [Wh per interval]"""

    node: str
    wh: Ints


@dataclass(frozen=True)
class Store:
    """A store at a node. ``efficiency`` is of a whole cycle; ``capacity_wh`` bounds what it can hold. [Wh per interval]"""

    node: str
    charge: Ints
    discharge: Ints
    efficiency: float = 0.9
    capacity_wh: int | None = None


@dataclass(frozen=True)
class Line:
    """A line from ``start`` to ``end``; what is sent and not received is its loss. A line used both ways is two lines."""

    start: str
    end: str
    sent: Ints
    received: Ints


@dataclass(frozen=True)
class Network:
    """Nodes and what is metered at them, all over the same intervals."""

    nodes: tuple[str, ...]
    sources: Mapping[str, Tap]
    sinks: Mapping[str, Tap]
    stores: Mapping[str, Store] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = set(self.nodes)
        sizes = set()
        for name, wh, nodes in self._series():
            sizes.add(wh.size)
            if missing := [n for n in nodes if n not in known]:
                raise DataError("green.unknown-node", element=name, node=missing[0])
            if (wh < 0).any():
                raise DataError("green.negative-flow", element=name, intervals=int((wh < 0).sum()))
        for name, line in self.lines.items():
            if (line.received > line.sent).any():
                raise DataError("green.gaining-line", line=name, intervals=int((line.received > line.sent).sum()))
        if len(sizes) > 1:
            raise DataError("green.lengths", lengths=", ".join(map(str, sorted(sizes))))

    def _series(self) -> list[tuple[str, Ints, tuple[str, ...]]]:
        found: list[tuple[str, Ints, tuple[str, ...]]] = []
        for name, tap in [*self.sources.items(), *self.sinks.items()]:
            found.append((name, tap.wh, (tap.node,)))
        for name, store in self.stores.items():
            found += [(name, store.charge, (store.node,)), (name, store.discharge, (store.node,))]
        for name, line in self.lines.items():
            found += [(name, line.sent, (line.start, line.end)), (name, line.received, (line.start, line.end))]
        return found

    def part(self, low: int, high: int) -> "Network":
        """The network in the intervals from ``low`` to before ``high``."""
        cut = slice(low, high)
        return Network(
            self.nodes,
            {k: Tap(t.node, t.wh[cut]) for k, t in self.sources.items()},
            {k: Tap(t.node, t.wh[cut]) for k, t in self.sinks.items()},
            {k: replace(s, charge=s.charge[cut], discharge=s.discharge[cut]) for k, s in self.stores.items()},
            {k: replace(line, sent=line.sent[cut], received=line.received[cut]) for k, line in self.lines.items()},
        )

    def state(self, low: int, high: int) -> bytes:
        """What decides a trace of these intervals, as a digest: names, places and every value."""
        found = hashlib.sha256(repr((self.nodes, list(self.sources), list(self.sinks))).encode())
        for name, store in self.stores.items():
            found.update(repr((name, store.node, store.efficiency, store.capacity_wh)).encode())
        for name, line in self.lines.items():
            found.update(repr((name, line.start, line.end)).encode())
        for name, wh, nodes in self._series():
            found.update(repr((name, nodes)).encode())
            found.update(np.ascontiguousarray(wh[low:high]).tobytes())
        return found.digest()

    @property
    def intervals(self) -> int:
        """How many intervals."""
        return next((wh.size for _, wh, _ in self._series()), 0)

    @property
    def index(self) -> dict[str, int]:
        """Position of each node."""
        return {node: i for i, node in enumerate(self.nodes)}

    def balance(self) -> Ints:
        """What comes into each node less what is metered out of it. [Wh], array (nodes, intervals)

        Positive: losses and uses that nobody meters. Negative: more was metered out than in; tracing shows the difference
        as the source ``unmetered`` of that node.
        """
        index = self.index
        net = np.zeros((len(self.nodes), self.intervals), np.int64)
        for tap in self.sources.values():
            net[index[tap.node]] += tap.wh
        for tap in self.sinks.values():
            net[index[tap.node]] -= tap.wh
        for store in self.stores.values():
            net[index[store.node]] += store.discharge - store.charge
        for line in self.lines.values():
            net[index[line.start]] -= line.sent
            net[index[line.end]] += line.received
        return net
