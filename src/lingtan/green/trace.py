"""Flow tracing: mixes of nodes with the stores resolved into what they were charged with.

The mix of a node depends on the mix of a discharging store, and what a store is charged with depends on its node. In one
interval a store gives what it held at its beginning, so the two are solved one after the other, interval by interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from lingtan.carbon.shares import Ints
from lingtan.green.contracts import Agreement, one_place, serve
from lingtan.green.mix import Floats, node_mixes
from lingtan.green.network import Network
from lingtan.green.storage import Inventory, Queue, renamed

OPENING = "opening"
StoreRule = Literal["proportional", "fifo"]


@dataclass(frozen=True)
class Traced:
    """Mixes by interval. ``mixes`` (intervals, nodes, columns), ``store_mixes`` (intervals, stores, columns).

    ``columns`` are the sources, the unmetered rests and ``opening``. ``coupling`` (intervals, nodes, stores): the share of each
    store's discharge in a node. ``ages`` (intervals, stores): mean number of intervals since what was discharged had been
    charged. ``contents`` (intervals + 1, stores): what each store held, as charged. [Wh] ``given`` and ``given_stores``: what
    agreements gave each sink, by column and by store; ``by_agreement``: what each agreement gave. [Wh]
    """

    network: Network
    columns: tuple[str, ...]
    mixes: Floats
    store_mixes: Floats
    ages: Floats
    contents: Floats
    inventories: dict[str, Inventory]
    coupling: Floats
    given: Mapping[str, Floats] = field(default_factory=dict)
    given_stores: Mapping[str, Floats] = field(default_factory=dict)
    by_agreement: Mapping[str, Floats] = field(default_factory=dict)

    def of_sink(self, name: str) -> Floats:
        """The mix of a consumer or an export: what agreements gave it, and the mix of its node. Array (intervals, columns)."""
        return self._of_sink(name, self.mixes, self.given)

    def stores_of_sink(self, name: str) -> Floats:
        """The part of each store in what a consumer used. Array (intervals, stores)."""
        return self._of_sink(name, self.coupling, self.given_stores)

    def _of_sink(self, name: str, mixes: Floats, given: Mapping[str, Floats]) -> Floats:
        node = mixes[:, self.network.index[self.network.sinks[name].node]]
        if name not in self.given:
            return np.asarray(node)
        wh = self.network.sinks[name].wh[:, None].astype(float)
        rest = np.maximum(wh - self.given[name].sum(axis=1, keepdims=True), 0.0)
        energy = given[name] + node * rest
        return np.asarray(np.divide(energy, wh, out=np.zeros_like(energy), where=wh > 0))

    def wh_of_sink(self, name: str) -> Ints:
        """The energy of a consumer by column, exactly: columns sum to the metered use. [Wh], array (columns, intervals)"""
        return shared(self.network.sinks[name].wh, self.of_sink(name).T)

    def losses(self) -> Ints:
        """Losses of lines, and at nodes what came in and nobody metered out. [Wh], array (nodes, intervals)

        The loss of a line has the mix of the node that sends.
        """
        found = np.maximum(self.network.balance(), 0)
        for line in self.network.lines.values():
            found[self.network.index[line.start]] += line.sent - line.received
        return found


def trace(
    network: Network,
    *,
    agreements: Sequence[Agreement] = (),
    store_rule: StoreRule = "proportional",
    held: Mapping[str, Inventory] | None = None,
    held_columns: Sequence[str] = (),
    keep: Sequence[str] = (),
    first: int = 0,
) -> Traced:
    """Trace a network.

    Parameters
    ----------
    network : Network
        Metered flows. [Wh per interval]
    agreements : sequence of Agreement
        With any, the rule is contractual priority and the network counts as one place; without, proportional sharing.
    store_rule : {'proportional', 'fifo'}
        Whether a store gives its mix or its oldest lot first.
    held : mapping of Inventory, optional
        What the stores held at the beginning, from the trace of the time before; left as it is.
    held_columns : sequence of str
        The columns of ``held``, if they are others.
    keep : sequence of str
        Unmetered rests that get a column though no node lacks anything here, because a store holds some of it.
    first : int
        Number of the first interval, if ``held`` counts from an earlier one.

    Returns
    -------
    Traced
        Mixes of a node that carries something sum to 1 (to rounding of floats, about 1e-15).
    """
    if agreements:
        network = one_place(network)
    raw, names = node_mixes(network)
    served = serve(network, names, agreements) if agreements else None
    if served is not None:
        raw = served.rest[:, None, :]
    many = len(network.stores)
    own = len(names) - many  # sources and unmetered rests
    columns = (*names[:own], *(c for c in keep if c not in names), OPENING)
    width = len(columns)
    direct = np.zeros((network.intervals, len(network.nodes), width))
    direct[:, :, :own] = raw[:, :, :own]
    coupling = np.array(raw[:, :, own:])  # share of each store's discharge in each node
    store_mixes = np.zeros((network.intervals, many, width))
    ages = np.full((network.intervals, many), np.nan)
    contents = np.zeros((network.intervals + 1, many))
    kinds = Queue if store_rule == "fifo" else Inventory
    before = held or {}
    stock = {
        n: before[n].named(held_columns or columns, columns) if n in before else kinds(width) for n in network.stores
    }
    if many:
        _run_stores(network, stock, direct, coupling, store_mixes, ages, contents, first)
        direct += np.einsum("tns,tsk->tnk", coupling, store_mixes)
    given: dict[str, Floats] = {}
    given_stores: dict[str, Floats] = {}
    for sink, wh in served.given.items() if served else ():
        mine = np.zeros((network.intervals, width))
        mine[:, :own] = wh[:, :own]
        given[sink] = mine + np.einsum("ts,tsk->tk", wh[:, own:], store_mixes)
        given_stores[sink] = np.array(wh[:, own:])
    by_agreement = served.by_agreement if served else {}
    return Traced(
        network, columns, direct, store_mixes, ages, contents, stock, coupling, given, given_stores, by_agreement
    )


def joined(network: Network, parts: Sequence[Traced]) -> Traced:
    """Traces of times that follow each other as one; ``network`` spans them all.

    A store's content is that of the last; a column that one of them lacks (an unmetered rest) is zero there.
    """
    names = dict.fromkeys(c for p in parts for c in p.columns[:-1])
    columns = (*names, OPENING)
    if len(parts) == 1:
        return replace(parts[0], network=network)
    last = parts[-1]

    def all_of(arrays: Sequence[Floats]) -> Floats:
        return np.concatenate(arrays)

    def wide(part: Traced, values: Floats) -> Floats:
        return values if part.columns == columns else renamed(values, part.columns, columns)

    return Traced(
        network,
        columns,
        all_of([wide(p, p.mixes) for p in parts]),
        all_of([wide(p, p.store_mixes) for p in parts]),
        all_of([p.ages for p in parts]),
        all_of([p.contents[:-1] for p in parts[:-1]] + [last.contents]),
        {name: held.named(last.columns, columns) for name, held in last.inventories.items()},
        all_of([p.coupling for p in parts]),
        {
            sink: all_of([wide(p, p.given.get(sink, np.zeros((p.network.intervals, len(p.columns))))) for p in parts])
            for sink in dict.fromkeys(s for p in parts for s in p.given)
        },
        {
            sink: all_of(
                [p.given_stores.get(sink, np.zeros((p.network.intervals, len(network.stores)))) for p in parts]
            )
            for sink in dict.fromkeys(s for p in parts for s in p.given_stores)
        },
        {
            a: all_of([p.by_agreement.get(a, np.zeros(p.network.intervals)) for p in parts])
            for a in dict.fromkeys(a for p in parts for a in p.by_agreement)
        },
    )


def shared(total: Ints, shares: Floats) -> Ints:
    """``total`` over rows of ``shares``, as integers that sum to it: largest remainder, ties to the first row.

    Rows all zero (nothing is known to have entered) leave everything to the last row, ``opening``.
    """
    sums = shares.sum(axis=0)
    shares = np.where(sums > 0, shares / np.where(sums > 0, sums, 1.0), 0.0)
    exact = shares * total
    part = np.floor(exact + 1e-9).astype(np.int64)
    left = total - part.sum(axis=0)
    part[-1] += np.where(sums > 0, 0, left)
    left = np.where(sums > 0, left, 0)
    if left.any():
        order = np.argsort(-(exact - part), axis=0, kind="stable")
        step = np.sign(left)
        extra = np.arange(len(part))[:, None] < np.abs(left)
        np.add.at(part, (order, np.broadcast_to(np.arange(total.size), order.shape)), extra * step)
    return part


def _run_stores(
    network: Network,
    stock: dict[str, Inventory],
    direct: Floats,
    coupling: Floats,
    store_mixes: Floats,
    ages: Floats,
    contents: Floats,
    first: int,
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
            ages[t, s] = first + t - when
        for s in np.flatnonzero(charge[t]).tolist():
            mix = direct[t, nodes[s]]
            if giving.size:
                mix = mix + coupling[t, nodes[s]] @ store_mixes[t]
            inventory = stock[stores[s][0]]
            inventory.put(float(charge[t, s]), mix, first + t)
            capacity = stores[s][1].capacity_wh
            if capacity is not None:
                inventory.shrink(capacity / np.sqrt(stores[s][1].efficiency))
        contents[t + 1] = [stock[name].total for name, _ in stores]
        before = t + 1
    contents[before + 1 :] = contents[before]
