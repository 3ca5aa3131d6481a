"""Random networks that balance at every node, and small ones for hand calculation."""

import numpy as np

from lingtan.green.network import Line, Network, Store, Tap


def ints(*values: int) -> np.ndarray:
    """A series of Wh."""
    return np.array(values, np.int64)


def random_network(
    seed: int, *, nodes: int = 6, intervals: int = 40, lines: int = 9, stores: int = 2, sources: int = 4
) -> Network:
    """A network with rings, losses, stores and export; every node's rest is a consumer, so nothing is unmetered."""
    rng = np.random.default_rng(seed)
    names = tuple(f"n{i}" for i in range(nodes))
    net = np.zeros((nodes, intervals), np.int64)
    taps = {}
    for k in range(sources):
        wh = rng.integers(0, 5_000, intervals) * (rng.random(intervals) < 0.8)
        at = int(rng.integers(nodes))
        taps[f"s{k}"] = Tap(names[at], wh)
        net[at] += wh
    held = {}
    for k in range(stores):
        at, level = int(rng.integers(nodes)), 0
        charge, discharge = np.zeros(intervals, np.int64), np.zeros(intervals, np.int64)
        for t in range(intervals):
            if rng.random() < 0.5:
                charge[t] = int(rng.integers(0, max(1, net[at, t] + 1))) if net[at, t] > 0 else 0
                level += int(charge[t] * 0.9)
            else:
                discharge[t] = int(rng.integers(0, level + 1))
                level -= int(discharge[t])
        held[f"b{k}"] = Store(names[at], charge, discharge, efficiency=0.9)
        net[at] += discharge - charge
    wires = {}
    for k in range(lines):
        a, b = rng.choice(nodes, 2, replace=False)
        sent = (np.maximum(net[a], 0) * rng.uniform(0, 0.5, intervals)).astype(np.int64)
        received = (sent * rng.uniform(0.95, 1.0, intervals)).astype(np.int64)
        wires[f"l{k}"] = Line(names[a], names[b], sent, received)
        net[a] -= sent
        net[b] += received
    sinks = {f"c{i}": Tap(names[i], np.maximum(net[i], 0)) for i in range(nodes)}
    return Network(names, taps, sinks, held, wires)
