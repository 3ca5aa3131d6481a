"""What holds for every park, whatever its numbers."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.optimize.components import Boiler, Source
from lingtan.optimize.model import Model, Size
from lingtan.optimize.solve import clean, solve, with_sizes
from unit.optimize.parks import small_park

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from checks.robust_plans import compare

GAP = 1e-6
STEPS = 48
caps = st.floats(0.5, 3.0)


def cost(model: Model) -> tuple[float, float]:
    """Lower bound and cost."""
    found = solve(model, gap=GAP, solver="chain")
    assert found.status == "solved"
    return found.lower_bound, found.cost


@pytest.mark.parametrize("seed", range(10))
def test_random_plans_agree_with_highs(seed: int) -> None:
    assert compare(seed, 72).agrees


@settings(max_examples=8)
@given(caps, st.floats(0.0, 2.0), st.floats(1.0, 2.0))
def test_a_looser_limit_never_costs_more(cap: float, more: float, wider: float) -> None:
    low, _ = cost(small_park(STEPS, cap=cap + more, connection=8_000 * wider))
    _, high = cost(small_park(STEPS, cap=cap))
    assert low <= high


@settings(max_examples=6)
@given(st.floats(-4, 4), st.floats(-3, 3))
def test_scaling_units_changes_nothing(power: float, money: float) -> None:
    unit, price = 10.0**power, 10.0**money
    _, plain = cost(small_park(STEPS))
    _, scaled = cost(small_park(STEPS, unit=unit, money=price))
    assert scaled / (unit * price) == pytest.approx(plain, rel=5 * GAP)


@settings(max_examples=6)
@given(st.floats(1.0, 9.0))
def test_a_technology_that_is_not_used_changes_nothing(price: float) -> None:
    useless = (
        Source("dear", "el", 50.0 * price, 1_000.0),
        Boiler("bad", None, "heat", Size(500, cost=900.0), 0.5, 9.0 * price),
    )
    _, plain = cost(small_park(STEPS))
    low, with_it = cost(small_park(STEPS, extra=useless))
    assert with_it == pytest.approx(plain, rel=5 * GAP)
    assert low <= plain


@settings(max_examples=5)
@given(caps, st.floats(1.0, 1.3))
def test_a_plan_operated_in_full_never_beats_its_bound(cap: float, larger: float) -> None:
    model = small_park(STEPS, cap=cap)
    found = solve(model, gap=1e-3)
    assert clean(model, found).cost >= found.lower_bound
    names = {"pv", "boiler", "pump"}
    limits = {g.name: g.upper for g in model.globals}
    sizes = {name: min(found.sizes[name] * larger, limits[name]) for name in names}
    again = solve(with_sizes(model, sizes), gap=1e-4)
    if again.status == "solved":
        assert again.cost >= found.lower_bound


@settings(max_examples=5)
@given(st.integers(1, 3))
def test_equal_years_side_by_side_are_one_year(years: int) -> None:
    _, one = cost(small_park(STEPS))
    low, many = cost(small_park(STEPS * years, years=years))
    # peaks are paid in every year, so their price must be shared like the rest
    shared = small_park(STEPS * years, years=years)
    shared.globals = [replace(g, cost=g.cost / years) if "peak" in g.name else g for g in shared.globals]
    assert cost(shared)[1] == pytest.approx(one, rel=5 * GAP)
    assert low <= many


def test_the_balances_of_a_plan_close() -> None:
    model = small_park(STEPS)
    found = solve(model, gap=1e-4)
    for row in model.nodes.values():
        record = model.rows[row]
        left = sum(np.asarray(v) * found.series[model.columns[c].name] for c, v in record.now)
        assert left == pytest.approx(np.broadcast_to(record.upper, STEPS), abs=1e-6 * 6_000)
