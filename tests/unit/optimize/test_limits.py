"""Each policy row alone, by hand."""

import numpy as np
import pytest

from lingtan.optimize.components import Demand, GridConnection, Pv, Sink, Source
from lingtan.optimize.limits import Cap, Certificates, IntensityCap, Share, solve_classes
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solution import Solution
from lingtan.optimize.solve import solve
from unit.optimize.hand import both

GRID = {"emissions": 0.8, "energy": 0.2, "electricity": 1.0}
GREEN = {"energy": 0.2, "direct": 1.0, "electricity": 1.0}


def test_a_cap_brings_the_dear_clean_source_in() -> None:
    found = both(
        5 * 1.0 + 5 * 3.0,
        Demand("works", "el", 5.0),
        Source("grid", "el", 1.0, tallies={"emissions": 0.8}),
        Source("clean", "el", 3.0),
        Cap("budget", "emissions", most=4.0),
    )
    # one tonne… one kilogram more saves (3 - 1) / 0.8
    assert found.totals["budget"] == pytest.approx(-2.5)


def test_a_cap_from_below_and_above() -> None:
    parts = (Demand("works", "el", 5.0), Source("grid", "el", 1.0), Source("wood", "el", 2.0, tallies={"wood": 1.0}))
    both(10.0 + 3.0, *parts, Cap("at-least", "wood", least=3.0))
    both(10.0 + 3.0, *parts, Cap("between", "wood", least=3.0, most=4.0))


def test_fixed_amounts_count_in_a_cap() -> None:
    both(
        4 * 1.0 + 6 * 3.0,
        Demand("works", "el", 5.0, tallies={"emissions": 0.08}),
        Source("grid", "el", 1.0, tallies={"emissions": 0.8}),
        Source("clean", "el", 3.0),
        Cap("budget", "emissions", most=4.0),
    )


def test_a_share_of_direct_supply_is_kept() -> None:
    found = both(
        6 * 2.0 + 4 * 1.0,
        Demand("works", "el", 5.0),
        Source("grid", "el", 1.0, tallies=GRID),
        Source("line", "el", 2.0, tallies=GREEN),
        Share("direct-share", "direct", "electricity", least=0.6),
    )
    assert found.totals["direct-share"] > 0


def test_an_export_ratio_holds_generation_back() -> None:
    # 20 % of what is taken from the roof may go out: 4 used + 1 exported
    both(
        -1.0,
        Demand("works", "el", 4.0),
        Pv("roof", "el", 100.0, 1.0, tallies={"generation": 1.0}),
        GridConnection("grid", "el", 9.0, 50.0, export_price=1.0, export_limit=50.0, export_tallies={"export": 1.0}),
        Share("export-ratio", "export", "generation", most=0.2),
        steps=1,
    )


def test_a_share_between_two_sides() -> None:
    parts = (Demand("works", "el", 5.0), Source("a", "el", 1.0, tallies={"all": 1.0}))
    both(5 + 5 + 2, *parts, Source("b", "el", 2.0, tallies={"b": 1.0, "all": 1.0}), Share("s", "b", "all", 0.2, 0.5))
    both(
        5 + 5 - 5 * 0.5,
        *parts,
        Source("b", "el", 0.5, tallies={"b": 1.0, "all": 1.0}),
        Share("s", "b", "all", 0.2, 0.5),
    )


def test_certificates_stand_against_emissions_at_their_price() -> None:
    # target 2: 10 · 0.8 ≤ 2 · 10 · 0.2 + 0.8 r: r = 5
    found = both(
        10.0 + 5 * 0.1,
        Demand("works", "el", 5.0),
        Source("grid", "el", 1.0, tallies=GRID),
        Certificates("2026", 100.0, 0.1, {"emissions": -0.8}),
        IntensityCap("core", 2.0),
    )
    assert found.sizes["2026"] == pytest.approx(5)


def test_only_so_many_certificates_of_a_vintage() -> None:
    both(
        10.0 + 3 * 0.1 + 2 * 0.3,
        Demand("works", "el", 5.0),
        Source("grid", "el", 1.0, tallies=GRID),
        Certificates("2026", 3.0, 0.1, {"emissions": -0.8}),
        Certificates("2027", 100.0, 0.3, {"emissions": -0.8}),
        IntensityCap("core", 2.0),
    )


def test_energy_that_is_wasted_does_not_loosen_a_cap_on_served_energy() -> None:
    def park(served: float | None) -> Solution:
        model = Model(Timeline.hourly(1)).add(
            Demand("works", "el", 10.0),
            Source("grid", "el", 1.0, tallies=GRID),
            Source("sun", "el", 0.1, tallies=GREEN),
            Source("waste-in", "burner", 0.01, tallies={"energy": 1.0}),
            IntensityCap("core", 0.5, served_energy=served),
        )
        return solve(model.add(Sink("waste-out", "burner")), gap=1e-7)

    # 0.8 g ≤ 0.5 · 2.0: 1.25 from the grid at most; the sun is cheap, so nothing binds and all is green
    assert park(2.0).cost == pytest.approx(1.0, rel=1e-4)
    assert park(None).cost == pytest.approx(1.0, rel=1e-4)


def test_the_cheapest_size_class_wins_and_the_bound_is_that_of_all() -> None:
    def build(cap: IntensityCap) -> Model:
        return Model(Timeline.hourly(1)).add(
            Demand("works", "el", 10.0),
            Source("grid", "el", 1.0, tallies=GRID),
            Source("line", "el", 3.0, tallies=GREEN),
            Source("extra", "waste", 0.05, tallies={"energy": 1.0}, power=100.0),
            Pv("off", "unused", 0.0, 0.0),
            Sink("off-sink", "waste"),
            cap,
        )

    strict = IntensityCap("core", 1.0, 0.0, 20.0)
    loose = IntensityCap("core", 2.0, 20.0, np.inf)
    best, answer, answers = solve_classes(build, [strict, loose], lambda model: solve(model, gap=1e-7))
    # strict: waste up to 18 costs 0.9 and allows all 10 from the grid (8 ≤ 1 · 8 with 6 of waste at 0.3)
    assert best == strict
    assert answer.cost == pytest.approx(10 + 6 * 0.05, rel=1e-4)
    assert answers[loose].cost == pytest.approx(10 + 18 * 0.05, rel=1e-4)


def test_a_class_that_cannot_be_reached_drops_out() -> None:
    def build(cap: IntensityCap) -> Model:
        return Model(Timeline.hourly(1)).add(
            Demand("works", "el", 10.0), Source("grid", "el", 1.0, 20.0, tallies=GRID), cap
        )

    low, high = IntensityCap("core", 9.0, 0.0, 20.0), IntensityCap("core", 9.0, 20.0, np.inf)
    best, answer, answers = solve_classes(build, [low, high], solve)
    assert best == low
    assert answers[high].status == "infeasible"
    assert answer.cost == pytest.approx(10, rel=1e-3)


def test_sizes_and_weights_of_two_years_side_by_side() -> None:
    # the dry year needs 2 kW of backup, which is paid once; running costs count half each
    year = Timeline.hourly(2, weight=0.5)
    timeline = Timeline.side_by_side([year, year])
    model = Model(timeline).add(
        Demand("works", "el", 3.0),
        Pv("sun", "el", 3.0, np.array([1.0, 1.0, 1 / 3, 1 / 3])),
        Source("backup", "el", 1.0, Size(10, cost=5.0)),
    )
    found = solve(model, solver="highs")
    assert found.cost == pytest.approx(5 * 2 + 0.5 * 4)
    assert solve(model, gap=1e-7).cost == pytest.approx(found.cost, rel=1e-5)
