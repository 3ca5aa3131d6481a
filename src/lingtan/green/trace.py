"""Flow tracing: mixes of nodes with the stores resolved into what they were charged with.

The mix of a node depends on the mix of a discharging store, and what a store is charged with depends on its node. In one
interval a store gives what it held at its beginning, so the two are solved one after the other, interval by interval.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lingtan.carbon.shares import Ints
from lingtan.green.mix import Floats, node_mixes
from lingtan.green.network import Network
from lingtan.green.storage import Inventory, Queue

OPENING = "opening"
StoreRule = Literal["proportional", "fifo"]


@dataclass(frozen=True)
class Traced:
    """Mixes by interval. ``mixes`` (intervals, nodes, columns), ``store_mixes`` (intervals, stores, columns).

    ``columns`` are the sources, the unmetered rests and ``opening``. ``ages`` (intervals, stores): mean number of intervals
    since what was discharged had been charged. ``contents`` (intervals + 1, stores): what each store held, as charged. [Wh]
    """

    network: Network
    columns: tuple[str, ...]
    mixes: Floats
    store_mixes: Floats
    ages: Floats
    contents: Floats
    inventories: dict[str, Inventory]

    def of_sink(self, name: str) -> Floats:
        """The mix of a consumer or an export: that of its node. Array (intervals, columns)."""
        return np.asarray(self.mixes[:, self.network.index[self.network.sinks[name].node]])

    def losses(self) -> Ints:
        """Losses of lines, and at nodes what came in and nobody metered out. [Wh], array (nodes, intervals)

        The loss of a line has the mix of the node that sends.
        """
        found = np.maximum(self.network.balance(), 0)
        for line in self.network.lines.values():
            found[self.network.index[line.start]] += line.sent - line.received
        return found


def trace(
    network: Network, *, store_rule: StoreRule = "proportional", held: dict[str, Inventory] | None = None
) -> Traced:
    """Trace a network.

    Parameters
    ----------
    network : Network
        Metered flows. [Wh per interval]
    store_rule : {'proportional', 'fifo'}
        Whether a store gives its mix or its oldest lot first.
    held : dict of Inventory, optional
        What the stores held at the beginning, from an earlier trace with the same columns; it is used up.

    Returns
    -------
    Traced
        Mixes of a node that carries something sum to 1 (to rounding of floats, about 1e-15).
    """
    raw, names = node_mixes(network)
    many = len(network.stores)
    own = len(names) - many  # sources and unmetered rests
    columns = (*names[:own], OPENING)
    width = own + 1
    direct = np.zeros((network.intervals, len(network.nodes), width))
    direct[:, :, :own] = raw[:, :, :own]
    store_mixes = np.zeros((network.intervals, many, width))
    ages = np.full((network.intervals, many), np.nan)
    contents = np.zeros((network.intervals + 1, many))
    kinds = Queue if store_rule == "fifo" else Inventory
    stock = held or {name: kinds(width) for name in network.stores}
    if many:
        coupling = raw[:, :, own:]  # share of each store's discharge in each node
        _run_stores(network, stock, direct, coupling, store_mixes, ages, contents)
        direct += np.einsum("tns,tsk->tnk", coupling, store_mixes)
    return Traced(network, columns, direct, store_mixes, ages, contents, stock)


def _run_stores(
    network: Network,
    stock: dict[str, Inventory],
    direct: Floats,
    coupling: Floats,
    store_mixes: Floats,
    ages: Floats,
    contents: Floats,
) -> None:
    stores = list(network.stores.items())
    nodes = [network.index[s.node] for _, s in stores]
    charge = np.stack([s.charge for _, s in stores], axis=1)
    discharge = np.stack([s.discharge for _, s in stores], axis=1)
    taken = discharge / np.array([s.efficiency for _, s in stores])
    busy = np.flatnonzero((charge.any(axis=1)) | (discharge.any(axis=1)))
    contents[0] = [stock[name].total for name, _ in stores]
    before = 0
    for t in busy.tolist():
        contents[before + 1 : t + 1] = contents[before]
        giving = np.flatnonzero(discharge[t])
        for s in giving.tolist():
            store_mixes[t, s], when = stock[stores[s][0]].take(float(taken[t, s]))
            ages[t, s] = t - when
        for s in np.flatnonzero(charge[t]).tolist():
            mix = direct[t, nodes[s]]
            if giving.size:
                mix = mix + coupling[t, nodes[s]] @ store_mixes[t]
            inventory = stock[stores[s][0]]
            inventory.put(float(charge[t, s]), mix, t)
            capacity = stores[s][1].capacity_wh
            if capacity is not None:
                inventory.shrink(capacity / np.sqrt(stores[s][1].efficiency))
        contents[t + 1] = [stock[name].total for name, _ in stores]
        before = t + 1
    contents[before + 1 :] = contents[before]
