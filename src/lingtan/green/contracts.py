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
    """A right of a consumer to a source or a store. ``cap_wh`` per interval.

    Several sources (the meters of one plant) or sinks (the meters of one enterprise) count as one: share and cap are of
    their sum, and what is given follows what the sources have and the sinks need in the interval.
    """

    id: str
    source: str | tuple[str, ...]
    sink: str | tuple[str, ...]
    share: float = 1.0
    cap_wh: float | Floats | None = None
    priority: int = 1

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources, as a tuple."""
        return (self.source,) if isinstance(self.source, str) else self.source

    @property
    def sinks(self) -> tuple[str, ...]:
        """The sinks, as a tuple."""
        return (self.sink,) if isinstance(self.sink, str) else self.sink


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

    Notes
    -----
    Caps without shares may promise more than there is; then what each would take is cut in proportion, source by source.
    """
    _check(network, agreements)
    at = {name: k for k, name in enumerate(columns)}
    left = np.zeros((network.intervals, len(columns)))
    for k, name in enumerate(columns):
        if name in network.sources:
            left[:, k] = network.sources[name].wh
        elif name in network.stores:
            left[:, k] = network.stores[name].discharge
    need = {name: tap.wh.astype(float) for name, tap in network.sinks.items()}
    given: dict[str, Floats] = {}
    by_agreement: dict[str, Floats] = {}
    for priority in sorted({a.priority for a in agreements}):
        here = [a for a in agreements if a.priority == priority]
        takes = _wanted(here, left, need, at)
        asked = np.zeros_like(left)
        for a in here:
            asked[:, [at[s] for s in a.sources]] += takes[a.id]
        cut = np.minimum(1.0, _over(left, asked))
        for a in here:
            where = [at[s] for s in a.sources]
            got = takes[a.id] * cut[:, where]
            whole = got.sum(axis=1)
            by_agreement[a.id] = whole
            wants = np.stack([need[s] for s in a.sinks])
            total = wants.sum(axis=0)
            for s, want in zip(a.sinks, wants, strict=True):
                part = _over(want, total)
                mine = given.setdefault(s, np.zeros_like(left))
                mine[:, where] += got * part[:, None]
                need[s] = np.maximum(need[s] - whole * part, 0.0)
            left[:, where] = np.maximum(left[:, where] - got, 0.0)
    for k, name in enumerate(columns):
        if name.startswith("unmetered/"):
            uses = np.sum([*need.values(), *(s.charge for s in network.stores.values())], axis=0)
            left[:, k] = np.maximum(uses - left.sum(axis=1), 0.0)
    return Served(given, _over(left, left.sum(axis=1, keepdims=True)), by_agreement)


def _wanted(
    agreements: Sequence[Agreement], left: Floats, need: Mapping[str, Floats], at: Mapping[str, int]
) -> dict[str, Floats]:
    """What each agreement of one priority would take of its sources: never more than its consumer needs in all."""
    offered: dict[str, Floats] = {}
    for a in agreements:
        has = left[:, [at[s] for s in a.sources]]
        offer = a.share * has
        if a.cap_wh is not None:
            total = offer.sum(axis=1)
            offer = offer * np.minimum(1.0, _over(np.broadcast_to(a.cap_wh, total.shape), total))[:, None]
        offered[a.id] = offer
    for sinks in dict.fromkeys(a.sinks for a in agreements):
        mine = [a for a in agreements if a.sinks == sinks]
        total = np.sum([offered[a.id].sum(axis=1) for a in mine], axis=0)
        factor = np.minimum(1.0, _over(np.sum([need[s] for s in sinks], axis=0), total))
        for a in mine:
            offered[a.id] = offered[a.id] * factor[:, None]
    return offered


def _over(one: Floats, two: Floats) -> Floats:
    """``one / two``, zero where ``two`` is."""
    two = np.broadcast_to(two, np.broadcast_shapes(one.shape, two.shape))
    return np.divide(one, two, out=np.zeros(two.shape), where=two > 0)


def one_place(network: Network) -> Network:
    """The network as one node: what its lines lose is lost there."""
    where = "park"
    return Network(
        (where,),
        {name: Tap(where, tap.wh) for name, tap in network.sources.items()},
        {name: Tap(where, tap.wh) for name, tap in network.sinks.items()},
        {name: replace(store, node=where) for name, store in network.stores.items()},
    )


def _check(network: Network, agreements: Sequence[Agreement]) -> None:
    booked: dict[tuple[str, int], float] = {}
    for a in agreements:
        for party in a.sources:
            if party not in network.sources and party not in network.stores:
                raise DataError("green.unknown-party", agreement=a.id, party=party)
        for party in a.sinks:
            if party not in network.sinks:
                raise DataError("green.unknown-party", agreement=a.id, party=party)
        if a.cap_wh is not None:  # a cap without shares is cut where it promises too much
            continue
        for party in a.sources:
            key = (party, a.priority)
            booked[key] = booked.get(key, 0.0) + a.share
            if booked[key] > 1 + 1e-9:
                raise DataError("green.overbooked", source=party, priority=a.priority, share=f"{booked[key]:.1%}")
