"""Laws of tracing on random networks: both store rules and both rules of allocation; month by month equals at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.adapters.store import FolderBlobs
from lingtan.green.contracts import Agreement
from lingtan.green.network import Network, Tap
from lingtan.green.rules import Quantities, year_end_by_shape
from lingtan.green.trace import Traced, joined, trace
from lingtan.services.trace_green import trace_months
from tests.unit.green.networks import ints, random_network

AGREED = (
    Agreement("x", ("s0", "s1"), ("c1", "c2"), share=0.6),
    Agreement("y", "s1", "c3", cap_wh=800.0, priority=2),
    Agreement("z", "s1", "c1", cap_wh=9_000.0, priority=2),
    Agreement("w", "b0", "c3", share=0.5, priority=3),
)
RULES = st.sampled_from(["proportional", "fifo"])


@given(st.integers(0, 5_000), RULES)
def test_agreements_conserve_every_source_through_stores_and_export(seed: int, rule: Any) -> None:
    traced = trace(random_network(seed), agreements=AGREED, store_rule=rule)
    network = traced.network
    got = np.zeros(len(traced.columns))
    for name, tap in network.sinks.items():
        got += tap.wh @ traced.of_sink(name)
    got += np.einsum("nt,tnk->k", traced.losses(), traced.mixes)
    for s, (name, store) in enumerate(network.stores.items()):
        charged = store.charge @ traced.mixes[:, 0]
        taken = (store.discharge / store.efficiency) @ traced.store_mixes[:, s]
        held = traced.inventories[name].content
        assert charged[:-1] == pytest.approx(held[:-1] + taken[:-1], abs=1e-2)
        got += charged - store.discharge @ traced.store_mixes[:, s]
    for k, column in enumerate(traced.columns):
        if column in network.sources:
            assert got[k] == pytest.approx(float(network.sources[column].wh.sum()), rel=1e-9, abs=1.0)


@given(st.integers(0, 5_000))
def test_no_source_gives_agreements_more_than_it_has(seed: int) -> None:
    traced = trace(random_network(seed), agreements=AGREED)
    given_ = sum(traced.given.values(), np.zeros((1,)))
    for k, column in enumerate(traced.columns):
        if column in ("s1",):
            assert (
                np.asarray(given_)[:, k]
                <= traced.network.sources[column].wh + traced.network.stores["b0"].discharge + 1e-6
            ).all()


def test_caps_that_promise_too_much_are_cut_and_nothing_is_made() -> None:
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(100)), "grid": Tap("bus", ints(100))},
        {"a": Tap("bus", ints(100)), "b": Tap("bus", ints(100))},
    )
    traced = trace(network, agreements=[Agreement("x", "pv", "a", cap_wh=80), Agreement("y", "pv", "b", cap_wh=80)])
    assert [traced.by_agreement[n][0] for n in ("x", "y")] == pytest.approx([50, 50])
    assert traced.wh_of_sink("a")[:2, 0].tolist() == [50, 50]


def test_an_agreement_with_several_meters_follows_their_need() -> None:
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(90)), "grid": Tap("bus", ints(60))},
        {"a1": Tap("bus", ints(100)), "a2": Tap("bus", ints(20)), "b": Tap("bus", ints(30))},
    )
    traced = trace(network, agreements=[Agreement("x", "pv", ("a1", "a2"))])
    assert [int(traced.wh_of_sink(n)[0, 0]) for n in ("a1", "a2", "b")] == [75, 15, 0]


def together(network: Network, parts: list[Traced]) -> Traced:
    return joined(network, parts)


@settings(max_examples=25)
@given(st.integers(0, 5_000), RULES, st.integers(1, 39), st.booleans())
def test_part_by_part_equals_at_once(seed: int, rule: Any, cut: int, agreed: bool) -> None:
    network = random_network(seed)
    agreements = AGREED if agreed else ()
    whole = trace(network, agreements=agreements, store_rule=rule)
    parts, _, rebuilt = trace_months(whole.network, [(0, cut), (cut, 40)], agreements, rule)
    assert rebuilt == 2
    both = together(whole.network, parts)
    np.testing.assert_allclose(both.contents, whole.contents, atol=1e-6)
    for name in network.sinks:
        mine, other = columns_of(both, name), columns_of(whole, name)
        for column in set(mine) | set(other):
            np.testing.assert_allclose(mine.get(column, 0.0), other.get(column, 0.0), atol=1e-9)


def columns_of(traced: Traced, sink: str) -> Mapping[str, Any]:
    return dict(zip(traced.columns, traced.of_sink(sink).T, strict=True))


@pytest.mark.parametrize("rule", ["proportional", "fifo"])
def test_a_changed_reading_traces_again_only_what_it_touches(tmp_path: Path, rule: Any) -> None:
    network = random_network(3)
    keep: Any = SimpleNamespace(blobs=FolderBlobs(tmp_path))
    edges = [(0, 10), (10, 20), (20, 30), (30, 40)]
    first, names, rebuilt = trace_months(network, edges, (), rule, keep=keep)
    assert rebuilt == 4
    again, same, rebuilt = trace_months(network, edges, (), rule, keep=keep)
    assert (rebuilt, same) == (0, names)
    assert all((a.mixes == b.mixes).all() and a.columns == b.columns for a, b in zip(first, again, strict=True))
    tap = network.sources["s0"]
    wh = tap.wh.copy()
    wh[25] += 1_000
    changed = replace(network, sources={**network.sources, "s0": Tap(tap.node, wh)})
    kept, other, rebuilt = trace_months(changed, edges, (), rule, keep=keep)
    assert other[:2] == names[:2]
    assert rebuilt <= 2
    anew, _, _ = trace_months(changed, edges, (), rule)
    assert all((a.mixes == b.mixes).all() for a, b in zip(kept, anew, strict=True))


def test_the_rest_of_the_year_stands_to_what_was_as_the_year_before() -> None:
    so_far = Quantities(direct=100, curtailed=0, exported=10, own=50, load=1_000)
    same = Quantities(direct=50, curtailed=0, exported=5, own=50, load=500)
    rest = Quantities(direct=150, curtailed=7, exported=5, own=50, load=500)
    found = year_end_by_shape(so_far, same, rest)
    assert found == Quantities(direct=400, curtailed=7, exported=20, own=100, load=2_000)
