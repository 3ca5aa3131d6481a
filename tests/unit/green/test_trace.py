"""Proportional tracing: conservation, hand cases, and an independent solution of the linear system."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import DataError
from lingtan.green.mix import node_mixes
from lingtan.green.network import Line, Network, Store, Tap
from lingtan.green.trace import OPENING, trace
from tests.unit.green.networks import ints, random_network


@given(st.integers(0, 10_000))
def test_the_mix_of_a_node_that_carries_something_sums_to_one(seed: int) -> None:
    traced = trace(random_network(seed))
    sums = traced.mixes.sum(axis=2)
    assert np.all((np.abs(sums - 1) < 1e-9) | (np.abs(sums) < 1e-12))


@given(st.integers(0, 10_000), st.sampled_from(["proportional", "fifo"]))
def test_every_source_is_conserved_over_sinks_losses_and_stores(seed: int, rule: str) -> None:
    network = random_network(seed)
    traced = trace(network, store_rule=rule)  # type: ignore[arg-type]
    got = np.einsum("nt,tnk->k", traced.losses(), traced.mixes)
    for name, tap in network.sinks.items():
        got += tap.wh @ traced.of_sink(name)
    for s, (name, store) in enumerate(network.stores.items()):
        charged = store.charge @ traced.mixes[:, network.index[store.node]]
        discharged = store.discharge @ traced.store_mixes[:, s]
        given_out = (store.discharge / store.efficiency) @ traced.store_mixes[:, s]
        held = traced.inventories[name].content
        # in a store: charged = what is still held + what was taken, its loss included (opening apart)
        assert charged[:-1] == pytest.approx(held[:-1] + given_out[:-1], abs=1e-3)
        got += charged - discharged
    given_in = np.array([network.sources[c].wh.sum() if c in network.sources else 0 for c in traced.columns], float)
    for k, column in enumerate(traced.columns):
        if column in network.sources:
            assert got[k] == pytest.approx(given_in[k], abs=1e-2)


@given(st.integers(0, 10_000))
def test_mixes_agree_with_a_sparse_solution_of_the_whole_system(seed: int) -> None:
    network = random_network(seed, intervals=5)
    mixes, columns = node_mixes(network)
    index = network.index
    n = len(network.nodes)
    for t in range(network.intervals):
        matrix = scipy.sparse.lil_matrix((n, n))
        right = np.zeros((n, len(columns)))
        for k, tap in enumerate(network.sources.values()):
            right[index[tap.node], k] += tap.wh[t]
        for k, store in enumerate(network.stores.values()):
            right[index[store.node], len(columns) - len(network.stores) + k] += store.discharge[t]
        enters = right.sum(axis=1)
        for line in network.lines.values():
            matrix[index[line.end], index[line.start]] -= float(line.received[t])
            enters[index[line.end]] += line.received[t]
        for i in range(n):
            matrix[i, i] += enters[i] if enters[i] > 0 else 1.0
        wanted = scipy.sparse.linalg.spsolve(matrix.tocsc(), right)
        np.testing.assert_allclose(mixes[t], wanted, atol=1e-9)


def test_bialeks_four_nodes() -> None:
    # two generators (400, 114 MW) and two loads (300, 200 MW); gross flows without losses
    def one(a: str, b: str, mw: int) -> Line:
        return Line(a, b, ints(mw), ints(mw))

    network = Network(
        ("1", "2", "3", "4"),
        {"G1": Tap("1", ints(400)), "G2": Tap("2", ints(114))},
        {"L3": Tap("3", ints(300)), "L4": Tap("4", ints(214))},
        lines={"12": one("1", "2", 60), "13": one("1", "3", 225), "14": one("1", "4", 115), "24": one("2", "4", 174),
               "43": one("4", "3", 75)},
    )  # fmt: skip
    traced = trace(network)
    at2 = 60 / 174
    at4 = (115 + 174 * at2) / 289
    at3 = (225 + 75 * at4) / 300
    assert traced.of_sink("L4")[0, 0] == pytest.approx(at4)
    assert traced.of_sink("L3")[0, 0] == pytest.approx(at3)
    assert 300 * at3 + 214 * at4 == pytest.approx(400)  # all of G1 arrives


def test_two_sources_and_one_store_by_hand() -> None:
    # 1st interval: 300 of pv and 100 of grid, 200 of it charged; 2nd: 90 from the store and 90 of grid
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(300, 0)), "grid": Tap("bus", ints(100, 90))},
        {"load": Tap("bus", ints(200, 180))},
        {"battery": Store("bus", ints(200, 0), ints(0, 90), efficiency=0.9)},
    )
    traced = trace(network)
    assert traced.of_sink("load")[0, :2] == pytest.approx([0.75, 0.25])
    assert traced.store_mixes[1, 0, :2] == pytest.approx([0.75, 0.25])
    assert traced.of_sink("load")[1, :2] == pytest.approx([0.375, 0.625])
    assert traced.ages[1, 0] == pytest.approx(1.0)
    assert traced.contents[2, 0] == pytest.approx(100.0)  # 200 - 90 / 0.9


def test_first_in_first_out_gives_the_oldest_lot_first() -> None:
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(100, 0, 0)), "grid": Tap("bus", ints(0, 100, 0))},
        {"load": Tap("bus", ints(0, 0, 150))},
        {"battery": Store("bus", ints(100, 100, 0), ints(0, 0, 150), efficiency=1.0)},
    )
    assert trace(network, store_rule="fifo").of_sink("load")[2, :2] == pytest.approx([2 / 3, 1 / 3])
    assert trace(network).of_sink("load")[2, :2] == pytest.approx([0.5, 0.5])


def test_an_export_from_a_mixed_node_carries_the_mix() -> None:
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(60)), "chp": Tap("bus", ints(40))},
        {"load": Tap("bus", ints(50)), "export": Tap("bus", ints(50))},
    )
    assert trace(network).of_sink("export")[0, :2] == pytest.approx([0.6, 0.4])


def test_a_ring_is_traced() -> None:
    # 100 enter at a, 20 go round a-b-c-a
    network = Network(
        ("a", "b", "c"),
        {"g": Tap("a", ints(100)), "h": Tap("c", ints(30))},
        {"load": Tap("b", ints(130))},
        lines={
            "ab": Line("a", "b", ints(150), ints(150)),
            "bc": Line("b", "c", ints(20), ints(20)),
            "ca": Line("c", "a", ints(50), ints(50)),
        },
    )
    mix = trace(network).of_sink("load")[0, :2]
    assert mix == pytest.approx([100 / 130, 30 / 130])


def test_a_node_that_gives_more_than_it_got_shows_the_rest_as_unmetered() -> None:
    network = Network(("bus",), {"pv": Tap("bus", ints(60))}, {"load": Tap("bus", ints(100))})
    traced = trace(network)
    assert traced.columns == ("pv", "unmetered/bus", OPENING)
    assert traced.of_sink("load")[0] == pytest.approx([0.6, 0.4, 0.0])


def test_what_a_store_held_at_the_beginning_is_called_opening() -> None:
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(0))},
        {"load": Tap("bus", ints(90))},
        {"battery": Store("bus", ints(0), ints(90))},
    )
    assert trace(network).of_sink("load")[0] == pytest.approx([0.0, 1.0])


def test_a_trace_goes_on_from_the_inventories_of_the_one_before() -> None:
    whole = random_network(3, intervals=40)
    once = trace(whole)

    def part(low: int, high: int) -> Network:
        cut = slice(low, high)
        return Network(
            whole.nodes,
            {k: Tap(v.node, v.wh[cut]) for k, v in whole.sources.items()},
            {k: Tap(v.node, v.wh[cut]) for k, v in whole.sinks.items()},
            {k: Store(v.node, v.charge[cut], v.discharge[cut], v.efficiency) for k, v in whole.stores.items()},
            {k: Line(v.start, v.end, v.sent[cut], v.received[cut]) for k, v in whole.lines.items()},
        )

    first = trace(part(0, 25))
    assert first.columns == once.columns
    second = trace(part(25, 40), held=first.inventories)
    np.testing.assert_allclose(second.mixes, once.mixes[25:], atol=1e-12)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("green.unknown-node", {"sinks": {"load": Tap("nowhere", ints(1))}}),
        ("green.negative-flow", {"sinks": {"load": Tap("bus", ints(-1))}}),
        ("green.lengths", {"sinks": {"load": Tap("bus", ints(1, 2))}}),
        ("green.gaining-line", {"lines": {"x": Line("bus", "bus", ints(1), ints(2))}}),
    ],
)
def test_flows_that_cannot_be_are_refused(code: str, change: dict[str, object]) -> None:
    with pytest.raises(DataError) as refused:
        Network(**{"nodes": ("bus",), "sources": {"pv": Tap("bus", ints(1))}, "sinks": {}, **change})  # type: ignore[arg-type]
    assert refused.value.code == code
