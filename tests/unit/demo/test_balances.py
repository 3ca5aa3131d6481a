"""The simulated park obeys its physics: every node balances, and every quarter hour is possible."""

import numpy as np
import pytest

from lingtan.demo.energy_center import BATTERY_WH, Flows
from lingtan.demo.point import Point
from lingtan.demo.simulate import simulate_flows
from lingtan.demo.span import Span

Park = tuple[Flows, list[Point]]


@pytest.fixture(scope="module")
def park() -> Park:
    return simulate_flows(Span(21), 7)


def test_every_node_balances_in_every_quarter_hour(park: Park) -> None:
    flows, _ = park
    assert len(flows.nodes) > 40
    for node, names_in, names_out in flows.nodes:
        assert (flows.total(names_in) == flows.total(names_out)).all(), node


def test_no_flow_is_negative(park: Park) -> None:
    flows, _ = park
    assert not [name for name, values in flows.series.items() if (values < 0).any()]


def test_the_battery_stays_within_its_size(park: Park) -> None:
    content = park[0].levels["battery"]
    assert content.min() >= 0
    assert content.max() <= BATTERY_WH


def test_the_battery_does_not_charge_and_discharge_at_once(park: Park) -> None:
    series = park[0].series
    assert not ((series["battery-charge"] > 0) & (series["battery-discharge"] > 0)).any()


def test_stocks_are_opening_plus_bought_less_used(park: Park) -> None:
    _, points = park
    by_id = {p.id: p for p in points}
    stock, bought = by_id["coal-stock"].truth, by_id["coal-bought"].truth
    used = by_id["coal-used"].truth
    assert np.array_equal(np.diff(stock), bought - used)


def test_the_park_is_about_as_large_as_it_says(park: Park) -> None:
    _, points = park
    assert len({p.enterprise for p in points if p.enterprise}) >= 30
    assert sum(p.step == "15min" for p in points) >= 280
    assert len({p.id for p in points}) == len(points)
