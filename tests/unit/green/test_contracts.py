"""Agreements: who gets a source first, and that nothing is made or lost by them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import DataError
from lingtan.green.contracts import Agreement
from lingtan.green.network import Network, Store, Tap
from lingtan.green.trace import shared, trace
from tests.unit.green.networks import ints, random_network


def bus(**sinks: int) -> Network:
    return Network(
        ("bus",),
        {"pv": Tap("bus", ints(100)), "grid": Tap("bus", ints(100))},
        {name: Tap("bus", ints(wh)) for name, wh in sinks.items()},
    )


def test_an_agreement_serves_its_consumer_first_and_the_rest_is_one_mix() -> None:
    traced = trace(bus(a=80, b=120), agreements=[Agreement("x", "pv", "a")])
    assert traced.wh_of_sink("a")[:2, 0].tolist() == [80, 0]
    assert traced.wh_of_sink("b")[:2, 0].tolist() == [20, 100]


def test_a_share_and_a_cap_limit_what_an_agreement_gives() -> None:
    half = trace(bus(a=80, b=120), agreements=[Agreement("x", "pv", "a", share=0.5)])
    assert half.by_agreement["x"][0] == pytest.approx(50)
    capped = trace(bus(a=80, b=120), agreements=[Agreement("x", "pv", "a", cap_wh=30)])
    assert capped.by_agreement["x"][0] == pytest.approx(30)


def test_a_lower_priority_gets_what_the_higher_left() -> None:
    agreements = [Agreement("first", "pv", "a", priority=1), Agreement("second", "pv", "b", priority=2)]
    traced = trace(bus(a=70, b=130), agreements=agreements)
    assert traced.by_agreement["second"][0] == pytest.approx(30)


def test_a_store_under_contract_hands_on_what_it_was_charged_with() -> None:
    network = Network(
        ("bus",),
        {"pv": Tap("bus", ints(100, 0)), "grid": Tap("bus", ints(0, 100))},
        {"a": Tap("bus", ints(0, 90)), "b": Tap("bus", ints(0, 100))},
        {"battery": Store("bus", ints(100, 0), ints(0, 90), efficiency=0.9)},
    )
    traced = trace(network, agreements=[Agreement("x", "battery", "a")])
    assert traced.wh_of_sink("a")[:2, 1].tolist() == [90, 0]
    assert traced.wh_of_sink("b")[:2, 1].tolist() == [0, 100]


@given(st.integers(0, 5_000))
def test_rows_of_a_consumer_sum_to_its_metered_use(seed: int) -> None:
    network = random_network(seed)
    agreements = [Agreement("x", "s0", "c1", share=0.6), Agreement("y", "s1", "c1", cap_wh=800.0, priority=2)]
    for traced in (trace(network), trace(network, agreements=agreements)):
        for name, tap in network.sinks.items():
            rows = traced.wh_of_sink(name)
            assert (rows.sum(axis=0) == tap.wh).all()
            assert (rows >= 0).all()


@given(st.integers(0, 5_000))
def test_agreements_move_sources_between_consumers_and_make_none(seed: int) -> None:
    network = random_network(seed, stores=0, lines=0)
    traced = trace(network, agreements=[Agreement("x", "s0", "c1", share=0.6)])
    for k, column in enumerate(traced.columns):
        if column in network.sources:
            used = sum(float(tap.wh @ traced.of_sink(name)[:, k]) for name, tap in network.sinks.items())
            lost = float(traced.losses()[0] @ traced.mixes[:, 0, k])
            assert used + lost == pytest.approx(network.sources[column].wh.sum(), abs=1.0)


def test_a_source_cannot_be_promised_twice() -> None:
    agreements = [Agreement("x", "pv", "a", share=0.7), Agreement("y", "pv", "b", share=0.7)]
    with pytest.raises(DataError, match="140"):
        trace(bus(a=80, b=120), agreements=agreements)


def test_an_agreement_with_somebody_unknown_is_refused() -> None:
    with pytest.raises(DataError) as refused:
        trace(bus(a=80), agreements=[Agreement("x", "wind", "a")])
    assert refused.value.code == "green.unknown-party"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.integers(0, 10**9))
def test_shares_become_integers_that_sum_to_the_whole(shares: list[float], total: int) -> None:
    parts = shared(np.array([total]), np.array(shares)[:, None])
    assert parts.sum() == total
    assert (parts >= 0).all()
