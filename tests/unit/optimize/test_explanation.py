"""Prices in the user's words, who conflicts, and the way out, each checked by solving again."""

import numpy as np
import pytest

from lingtan.optimize.components import Battery, Boiler, Demand, GridConnection, Pv, Sink, Source
from lingtan.optimize.explanation import (
    Condition,
    cheapest_relaxation,
    flows,
    is_feasible,
    limit_prices,
    margins,
    smallest_conflict,
    without,
)
from lingtan.optimize.limits import Cap, Share
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import size_names, solve
from unit.optimize.parks import small_park


def test_the_price_of_a_limit_is_what_loosening_it_saves() -> None:
    def park(budget: float) -> Model:
        return small_park(48, cap=None, extra=(Cap("budget", "emissions", most=budget),))

    found = solve(park(2_000), gap=1e-7)
    price = next(p for p in limit_prices(park(2_000), found) if p.condition == Condition("limit", "budget"))
    looser = solve(park(2_004), gap=1e-7)
    assert (found.cost - looser.cost) / 4 == pytest.approx(price.saves_per_unit, rel=0.05)


def test_the_price_of_a_size_at_its_limit_is_what_a_unit_more_saves() -> None:
    def park(most: float) -> Model:
        return small_park(48, connection=most, boiler=500.0)

    found = solve(park(8000.0), gap=1e-7)
    prices = {p.condition.name: p for p in limit_prices(park(8000.0), found) if p.condition.kind == "size"}
    assert prices
    name = next(iter(prices))
    model = park(8000.0)
    record = next(g for g in model.globals if g.name == name)
    record.upper += 20.0
    assert (found.cost - solve(model, gap=1e-7).cost) / 20 == pytest.approx(prices[name].saves_per_unit, rel=0.1)


def test_a_technology_enters_when_its_cost_falls_below_what_it_earns() -> None:
    def park(cost: float) -> Model:
        return Model(Timeline.hourly(2)).add(
            Demand("works", "heat", np.array([1.0, 2.0])),
            Source("grid", "heat", 1.0),
            Boiler("boiler", None, "heat", Size(10, cost=cost), 0.5, 0.2),
        )

    model = park(2.0)
    found = solve(model, gap=1e-8)
    margin = margins(model, found, size_names(model))[0]
    # a kW saves (1 - 0.4) in both steps
    assert margin.size == pytest.approx(0, abs=1e-3)
    assert margin.enters_below == pytest.approx(1.2, rel=1e-3)
    assert solve(park(1.19), gap=1e-8).sizes["boiler"] > 0.9
    assert solve(park(1.21), gap=1e-8).sizes["boiler"] < 0.1


def test_flows_say_what_an_owner_brings_and_what_it_is_worth() -> None:
    model = small_park(48)
    found = solve(model, gap=1e-6)
    at = flows(model, found, "pump")
    assert set(at) == {"el", "heat"}
    assert at["el"][0] < 0 < at["heat"][0]
    assert at["heat"][1] + at["el"][1] == pytest.approx(found.sizes["pump"] * 350 * 48 / 8760, rel=1e-2)


def conflicting() -> Model:
    """A cap, a share of dirty supply, and a need that cannot stand together; a bystander that can."""
    return Model(Timeline.hourly(24)).add(
        Demand("works", "el", np.linspace(4, 6, 24)),
        Demand("houses", "heat", 1.0),
        Source("grid", "el", 1.0, Size(20), tallies={"emissions": 1.0, "all": 1.0, "bought": 1.0}),
        Source("sun", "el", 0.1, 10.0, tallies={"all": 1.0}),
        Source("stove", "heat", 1.0, Size(5)),
        Sink("off", "heat"),
        Cap("budget", "emissions", most=10.0),
        Share("contract", "bought", "all", least=0.5),
        Cap("harmless", "bought", most=1e6),
    )


def test_the_smallest_conflict_names_what_cannot_stand_together_and_nothing_else() -> None:
    model = conflicting()
    assert solve(model).status == "infeasible"
    tried = []
    found = smallest_conflict(model, listener=lambda c, needed: tried.append((c, needed)))
    assert set(found) == {Condition("limit", "budget"), Condition("limit", "contract"), Condition("need", "el")}
    assert {c for c, needed in tried if needed} == set(found)
    for one in found:
        assert is_feasible(without(model, {one}))
    with pytest.raises(ValueError, match="not proven infeasible"):
        smallest_conflict(small_park(24))


def test_the_cheapest_relaxation_makes_it_possible() -> None:
    model = conflicting()
    reliefs = cheapest_relaxation(model)
    assert reliefs
    assert all(r.excess > 0 for r in reliefs)
    first = reliefs[0]
    assert first.condition.kind == "limit"
    for relief in reliefs:
        for total in model.totals:
            if total.name == relief.condition.name:
                if np.isfinite(total.upper):
                    total.upper += relief.excess * 1.001
                else:
                    total.lower -= relief.excess * 1.001
        for record in model.globals:
            if record.name == relief.condition.name:
                record.upper += relief.excess * 1.001
    assert is_feasible(model)


def test_a_need_gives_way_only_when_nothing_else_can() -> None:
    model = Model(Timeline.hourly(2)).add(
        Demand("works", "el", np.array([4.0, 6.0])), GridConnection("grid", "el", 1.0, 5.0)
    )
    (relief,) = cheapest_relaxation(model)
    assert relief.condition == Condition("need", "el")
    assert relief.excess == pytest.approx(1.0, rel=1e-2)
    assert set(smallest_conflict(model)) == {Condition("need", "el"), Condition("bound", "grid")}


def test_ratios_whose_right_side_is_zero_are_among_the_prices_of_limits() -> None:
    """All power from the sun instead of half of it: the share is the dearest limit though its right side is 0."""
    sun = np.tile([0.0, 1.0], 24)
    model = Model(Timeline.hourly(48)).add(
        Demand("need", "el", np.full(48, 10.0)),
        GridConnection("grid", "el", 0.3, 20.0, import_tallies={"all": 1.0}),
        Pv("pv", "el", Size(200, cost=30.0), sun, tallies={"all": 1.0, "own": 1.0}),
        Battery("b", "el", Size(200, cost=1.0), None, 1.0, 0.9, 0.9),
    )
    model.add(Share("own-share", "own", "all", least=0.8))
    found = solve(model, gap=1e-5)
    prices = limit_prices(model, found)
    assert prices[0].condition.name == "own-share"
    assert prices[0].limit == 0.0
    assert prices[0].saves_per_unit > 0
