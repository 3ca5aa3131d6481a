r"""Contractual priority: agreements say who gets a source first; the rest is shared in proportion.

Agreements are served by priority. One with a share is entitled to that share of its source's energy in the interval, one
with a cap to at most the cap. A consumer whose agreements of one priority offer more than it uses takes them in
proportion. What no agreement took is one mix, for every use that is left, for losses, export and charging.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingtan.base.errors import DataError
from lingtan.green.mix import Floats
from lingtan.green.network import Network, Tap


@dataclass(frozen=True)
class Agreement:
    """A right of a consumer (a sink) to a source or a store. ``cap_wh`` per interval."""

    id: str
    source: str
    sink: str
    share: float = 1.0
    cap_wh: float | Floats | None = None
    priority: int = 1


@dataclass(frozen=True)
class Served:
    """What agreements gave, by sink: array (intervals, columns) [Wh], and the mix of what was left (intervals, columns)."""

    given: Mapping[str, Floats]
    rest: Floats
    by_agreement: Mapping[str, Floats]


def serve(network: Network, columns: Sequence[str], agreements: Sequence[Agreement]) -> Served:
    """Serve agreements on the whole network as one place.

    Parameters
    ----------
    columns : sequence of str
        Sources, unmetered rests and stores, as :func:`lingtan.green.mix.node_mixes` names them.

    Raises
    ------
    DataError
        ``green.unknown-party`` for a source or sink that is not there; ``green.overbooked`` if the shares of one source and
        priority sum to more than one.
    """
    _check(network, agreements)
    left = np.zeros((network.intervals, len(columns)))
    for k, name in enumerate(columns):
        if name in network.sources:
            left[:, k] = network.sources[name].wh
        elif name in network.stores:
            left[:, k] = network.stores[name].discharge
    need = {name: tap.wh.astype(float) for name, tap in network.sinks.items()}
    given: dict[str, Floats] = {}
    by_agreement: dict[str, Floats] = {}
    at = {name: k for k, name in enumerate(columns)}
    for priority in sorted({a.priority for a in agreements}):
        here = [a for a in agreements if a.priority == priority]
        offered = {a.id: _offer(a, left[:, at[a.source]]) for a in here}
        for sink in dict.fromkeys(a.sink for a in here):
            mine = [a for a in here if a.sink == sink]
            total = np.sum([offered[a.id] for a in mine], axis=0)
            factor = np.minimum(1.0, np.divide(need[sink], total, out=np.zeros_like(total), where=total > 0))
            for a in mine:
                wh = offered[a.id] * factor
                given.setdefault(sink, np.zeros_like(left))[:, at[a.source]] += wh
                by_agreement[a.id] = by_agreement.get(a.id, 0.0) + wh
                need[sink] = np.maximum(need[sink] - wh, 0.0)
        for a in here:
            left[:, at[a.source]] = np.maximum(left[:, at[a.source]] - by_agreement[a.id], 0.0)
    for k, name in enumerate(columns):
        if name.startswith("unmetered/"):
            uses = np.sum([*need.values(), *(s.charge for s in network.stores.values())], axis=0)
            left[:, k] = np.maximum(uses - left.sum(axis=1), 0.0)
    total = left.sum(axis=1, keepdims=True)
    return Served(given, np.divide(left, total, out=np.zeros_like(left), where=total > 0), by_agreement)


def one_place(network: Network) -> Network:
    """The network as one node: what its lines lose is lost there."""
    where = "park"
    return Network(
        (where,),
        {name: Tap(where, tap.wh) for name, tap in network.sources.items()},
        {name: Tap(where, tap.wh) for name, tap in network.sinks.items()},
        {name: replace(store, node=where) for name, store in network.stores.items()},
    )


def _offer(agreement: Agreement, left: Floats) -> Floats:
    offered = agreement.share * left
    return offered if agreement.cap_wh is None else np.minimum(offered, agreement.cap_wh)


def _check(network: Network, agreements: Sequence[Agreement]) -> None:
    booked: dict[tuple[str, int], float] = {}
    for a in agreements:
        if a.source not in network.sources and a.source not in network.stores:
            raise DataError("green.unknown-party", agreement=a.id, party=a.source)
        if a.sink not in network.sinks:
            raise DataError("green.unknown-party", agreement=a.id, party=a.sink)
        key = (a.source, a.priority)
        booked[key] = booked.get(key, 0.0) + a.share
        if a.cap_wh is None and booked[key] > 1 + 1e-9:
            raise DataError("green.overbooked", source=a.source, priority=a.priority, share=f"{booked[key]:.1%}")
