"""Cleaning up, whole numbers, and HiGHS as a loaded model."""

import numpy as np
import pytest

from lingtan.optimize.branch import solve_units
from lingtan.optimize.components import Battery, Boiler, Demand, Limits, Pv, Running, Source
from lingtan.optimize.export_mps import as_mps, column_names
from lingtan.optimize.highs import Loaded, arrays
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import asks_for_whole_numbers, clean, round_up, size_names, solve, with_sizes
from unit.optimize.parks import small_park


def test_clean_sizes_are_round_and_the_full_operation_is_not_below_the_bound() -> None:
    model = small_park(96)
    raw = solve(model, gap=1e-4)
    plan = clean(model, raw, gap=1e-4)
    for name in size_names(model):
        assert plan.sizes[name] == round_up(plan.sizes[name])
    assert raw.lower_bound <= plan.cost
    assert plan.lower_bound == raw.lower_bound
    assert plan.gap < 2e-3


def test_sizes_are_told_from_peaks_and_certificates() -> None:
    assert size_names(small_park()) == {
        "pv", "wind", "boiler", "e-boiler", "pump", "battery.energy", "battery.power", "tank",
    }  # fmt: skip


@pytest.mark.parametrize(("value", "written"), [(0.0, 0.0), (1234.4, 1235.0), (0.012341, 0.01235), (5000.0, 5000.0)])
def test_sizes_are_rounded_up_to_four_digits(value: float, written: float) -> None:
    assert round_up(value) == pytest.approx(written, rel=1e-12)


def test_given_sizes_are_kept_and_the_rest_stays_free() -> None:
    model = small_park(48)
    found = solve(with_sizes(model, {"pv": 1000.0}), gap=1e-4)
    assert found.sizes["pv"] == 1000.0
    assert found.cost >= solve(model, gap=1e-4).lower_bound


def test_whole_numbers_go_to_highs_and_the_chain_bounds_them() -> None:
    model = small_park(24, cap=None)
    assert not asks_for_whole_numbers(model)
    model.add(Boiler("on-off", None, "heat", 1500.0, 0.95, 0.2, limits=Limits(running=Running(0.5, 10.0))))
    assert asks_for_whole_numbers(model)
    whole, relaxed = solve(model, gap=1e-6), solve(model, gap=1e-6, solver="chain")
    assert whole.solver == "highs"
    assert relaxed.lower_bound <= whole.cost * (1 + 1e-6)
    assert set(np.round(whole.series["on-off.on"], 6)) <= {0.0, 1.0}


def test_branching_on_sizes_finds_what_highs_finds() -> None:
    model = small_park(96, cap=None)
    for record in model.globals:
        if record.name in ("wind", "boiler", "pump"):
            record.unit = {"wind": 1250.0, "boiler": 900.0, "pump": 800.0}[record.name]
    best = solve(model, gap=1e-7).cost
    found = solve_units(model, lambda part: solve(part, gap=1e-5, solver="chain"), gap=1e-4)
    assert found.status == "solved"
    assert found.lower_bound <= best * (1 + 1e-7)
    assert best <= found.cost * (1 + 1e-5) <= best * (1 + 2e-4)
    assert all(
        found.sizes[n] / u == pytest.approx(round(found.sizes[n] / u)) for n, u in (("wind", 1250), ("pump", 800))
    )
    rushed = solve_units(model, lambda part: solve(part, gap=1e-5, solver="chain"), gap=1e-6, most_nodes=4)
    assert rushed.lower_bound <= best <= rushed.cost * (1 + 1e-5)


def dispatch(price: np.ndarray, start: float) -> Model:
    """A battery, a roof and a price."""
    return Model(Timeline.hourly(len(price))).add(
        Demand("works", "el", 2.0),
        Source("grid", "el", price),
        Pv("roof", "el", 3.0, np.linspace(0, 1, len(price))),
        Battery("b", "el", 6.0, 2.0, charge_efficiency=0.9, discharge_efficiency=0.9, start=start, end=0.5),
    )


def test_a_loaded_model_takes_new_numbers_and_answers_like_a_new_one() -> None:
    rng = np.random.default_rng(2)
    loaded = Loaded(dispatch(rng.uniform(0.2, 1.0, 24), 0.5))
    loaded.run()
    for start in (0.1, 0.9):
        new = dispatch(rng.uniform(0.2, 1.0, 24), start)
        loaded.update(new)
        assert loaded.run().cost == pytest.approx(solve(new, solver="highs").cost, rel=1e-9)


def test_a_loaded_model_takes_a_model_of_another_shape() -> None:
    loaded = Loaded(dispatch(np.ones(8), 0.5))
    new = dispatch(np.ones(12), 0.5)
    loaded.update(new)
    assert loaded.run().cost == pytest.approx(solve(new, solver="highs").cost)


def test_a_start_is_taken_by_a_model_with_whole_numbers() -> None:
    model = Model(Timeline.hourly(6)).add(
        Demand("works", "heat", np.array([2.0, 8, 2, 8, 2, 8])),
        Boiler("b", None, "heat", 10.0, 1.0, 1.0, limits=Limits(running=Running(0.5))),
        Source("dear", "heat", 3.0),
    )
    loaded = Loaded(model)
    first = loaded.run(gap=0.0)
    loaded.start_from(first.state)
    assert loaded.run(gap=0.0).cost == pytest.approx(first.cost)


def test_highs_says_infeasible_and_unbounded() -> None:
    stuck = Model(Timeline.hourly(2)).add(Demand("works", "el", 5.0), Source("grid", "el", 1.0, 2.0))
    assert solve(stuck, solver="highs").status == "infeasible"
    free = Model(Timeline.hourly(1)).add(Source("money", "el", -1.0))
    free.rows.clear()
    assert solve(free, solver="highs").status in ("unbounded", "unsolved", "infeasible")


def test_a_model_of_one_step_follows_itself() -> None:
    model = Model(Timeline.hourly(1)).add(
        Demand("works", "el", 2.0), Source("grid", "el", 1.0), Battery("b", "el", Size(5, 2, cost=1.0), 1.0, loss=0.1)
    )
    assert solve(model, gap=1e-6).cost == pytest.approx(solve(model, solver="highs").cost, rel=1e-4)


def test_what_exists_must_be_whole_units() -> None:
    with pytest.raises(ValueError, match="whole units"):
        Size(2000, unit=500.0, existing=100.0)


def test_the_mps_text_gives_the_same_optimum(tmp_path) -> None:  # type: ignore[no-untyped-def]
    highspy = pytest.importorskip("highspy")
    model = small_park(24)
    model.add(Boiler("units", None, "heat", Size(2000, cost=0.01, unit=500.0, existing=500.0), 0.9, 0.3))
    file = tmp_path / "park.mps"
    file.write_text(as_mps(model), encoding="utf-8")
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    assert h.readModel(str(file)) == highspy.HighsStatus.kOk
    h.setOptionValue("mip_rel_gap", 1e-9)
    h.run()
    assert h.getInfo().objective_function_value == pytest.approx(solve(model, gap=1e-9).cost, rel=1e-7)
    assert len(column_names(model)) == len(set(column_names(model))) == len(arrays(model).cost)
