"""Whole numbers by step over a long time: operated window by window, between the relaxed bound and a real cost."""

from pathlib import Path

import numpy as np
import pytest

from lingtan.optimize import rolling
from lingtan.optimize import solve as solving
from lingtan.optimize.chain.lower import lower
from lingtan.optimize.components import (
    BackPressureChp,
    Battery,
    Boiler,
    Demand,
    GridConnection,
    Limits,
    Pv,
    Running,
    Sink,
    Source,
    ThermalStore,
)
from lingtan.optimize.limits import Cap
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solve import solve, solve_chain
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.optimize.study.plan import solve_case
from study_case import SMALL, opened

HOURS = 144


def park(cap: float = np.inf, *, tank: float = 40.0) -> Model:
    """Power and heat with a CHP that runs at half load or not at all, starts that cost, a battery, a tank, a carbon cap."""
    hour, rng = np.arange(HOURS), np.random.default_rng(7)
    power = 20 + 8 * np.sin(hour / 24 * 2 * np.pi) + rng.uniform(0, 2, HOURS)
    warm = 14 + 8 * np.cos(hour / 24 * 2 * np.pi) + rng.uniform(0, 1, HOURS)
    price = np.where((hour % 24 >= 8) & (hour % 24 < 22), 0.9, 0.35)
    sun = np.maximum(np.sin((hour % 24 - 6) / 12 * np.pi), 0.0)
    running = Limits(running=Running(minimum_load=0.5), ramp=0.7)
    model = Model(Timeline.hourly(HOURS, months=1 + hour // 72)).add(
        Demand("need", "el", power),
        Demand("warm", "heat", warm),
        GridConnection("grid", "el", price, 60.0, demand_charge=20.0, import_tallies={"emissions": 0.8}),
        Source("gas", "gas", 0.3, tallies={"emissions": 0.2}),
        BackPressureChp("chp", "gas", "el", "heat", Size(25, cost=10.0), 0.38, 0.44, limits=running),
        Boiler("boiler", "gas", "heat", Size(60, cost=1.0), 0.9),
        Pv("pv", "el", Size(200, cost=12.0), sun),
        Battery("b", "el", Size(300, cost=3.0), None, 0.5, 0.95, 0.95, 0.001),
        ThermalStore("tank", "heat", Size(tank, cost=0.1), None, 0.25, 0.98, 0.98, 0.005),
    )
    if np.isfinite(cap):
        model.add(Cap("cap", "emissions", most=cap))
    return model


def relaxed(model: Model):  # type: ignore[no-untyped-def]
    return solve_chain(lower(model), gap=1e-4)


@pytest.mark.parametrize("share", [np.inf, 0.75])
def test_a_roll_is_a_real_operation_between_bound_and_optimum(share: float) -> None:
    free = park()
    cap = np.inf
    if np.isfinite(share):
        loose = relaxed(free)
        used = sum(
            float((np.asarray(per) * loose.series[free.columns[c.index].name]).sum())
            for c, per in free.tallies["emissions"]
        )
        cap = share * used
    model = park(cap)
    start = relaxed(model)
    found = rolling.operate_best(model, start, relaxed, gap=1e-3)
    assert np.isfinite(found.cost)
    assert start.lower_bound <= found.cost
    assert found.lower_bound == start.lower_bound
    assert found.gap == pytest.approx((found.cost - found.lower_bound) / found.cost)
    series = np.array([found.series[c.name] for c in model.columns])
    chosen = np.array([found.sizes[g.name] for g in model.globals])
    assert rolling.violation(model, series, chosen) <= rolling.SHARE
    load = found.series["chp.input"] * 0.38 / found.sizes["chp"]
    assert np.all((load < 1e-6) | (load > 0.5 - 1e-6))
    whole = np.round(found.series["chp.on"])
    assert np.array_equal(whole, found.series["chp.on"])
    if np.isfinite(cap):
        emitted = sum(
            float((np.asarray(per) * found.series[model.columns[c.index].name]).sum())
            for c, per in model.tallies["emissions"]
        )
        assert emitted <= cap * (1 + 1e-6)


def test_the_whole_problem_solved_at_once_is_never_dearer_than_the_roll() -> None:
    model = park()
    start = relaxed(model)
    found = rolling.operate(model, start, gap=1e-3)
    at_once = solve(model, solver="highs", gap=5e-3)
    assert start.lower_bound <= at_once.cost
    assert at_once.lower_bound <= found.cost
    assert found.cost <= at_once.cost * 1.02


def test_a_plant_that_pays_in_fractions_alone_is_left_out() -> None:
    """Half load or nothing, of a plant that is needed for two hours a day at a tenth: relaxed it stays, whole it goes."""
    need = np.where(np.arange(96) % 24 < 2, 11.0, 10.0)
    model = Model(Timeline.hourly(96)).add(
        Demand("need", "el", need),
        GridConnection("grid", "el", 0.5, 10.9),
        Source("gas", "gas", 0.02),
        BackPressureChp(
            "plant", "gas", "el", "heat", Size(10, cost=1.0), 0.4, 0.4,
            limits=Limits(running=Running(minimum_load=0.9, start_cost=60.0)),
        ),
        Sink("off", "heat"),
        Battery("b", "el", Size(30, cost=0.05), None, 0.5, 0.95, 0.95),
    )  # fmt: skip
    start = relaxed(model)
    found, best = rolling.operate(model, start), rolling.operate_best(model, start, relaxed)
    at_once = solve(model, solver="highs", gap=1e-4)
    assert best.cost <= found.cost
    assert start.lower_bound <= at_once.cost <= best.cost * (1 + 1e-4)


def test_what_a_row_is_missed_by_is_seen() -> None:
    model = park()
    start = relaxed(model)
    series = np.array([start.series[c.name] for c in model.columns])
    chosen = np.array([start.sizes[g.name] for g in model.globals])
    assert rolling.violation(model, series, chosen) < 1e-5
    names = [c.name for c in model.columns]
    series[names.index("grid.import"), 17] -= 3.0
    assert rolling.violation(model, series, chosen) > 0.05
    series[names.index("grid.import"), 17] += 3.0
    series[names.index("b.content"), 30] = 1e3
    assert rolling.violation(model, series, chosen) > 1.0


def test_a_size_grows_where_a_minimum_load_leaves_a_gap() -> None:
    """Heat need 6 kW. Heat of the CHP 10…20 kW or none, boiler at most 4 kW until it grows: no store to bridge it."""
    model = Model(Timeline.hourly(96)).add(
        Demand("warm", "heat", np.array([6.0, 16.0] * 48)),
        Source("gas", "gas", 0.3),
        BackPressureChp("chp", "gas", "el", "heat", 20.0, 0.4, 0.4, limits=Limits(running=Running(minimum_load=0.5))),
        Demand("need", "el", np.full(96, 30.0)),
        GridConnection("grid", "el", 0.6, 60.0),
        Boiler("boiler", "gas", "heat", Size(30, cost=1.0), 0.9),
    )
    start = relaxed(model)
    assert start.sizes["boiler"] < 6.0
    found = rolling.operate(model, start)
    assert found.sizes["boiler"] >= 6.0
    assert np.isfinite(found.cost)


def test_a_listener_may_stop_the_roll() -> None:
    model = park()
    found = rolling.operate(model, relaxed(model), listener=lambda progress: progress.iteration < 2)
    assert found.status == "unsolved"
    assert not np.isfinite(found.cost)
    assert np.isfinite(found.lower_bound)


def test_a_study_with_a_minimum_load_reports_its_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LONG", 100)
    monkeypatch.setattr("lingtan.optimize.study.plan.LONG", 100)
    text = SMALL.replace(
        "existing: 1000}\n",
        "existing: 1000}\n  - {id: chp, kind: gas_chp, node: el, heat: heat, source: gas, efficiency: 0.4, "
        "heat_efficiency: 0.45, minimum_load: 0.5, capex: 4000, fixed_om: 80, lifetime: 20, maximum: 2000, minimum: 400}\n"
        "  - {id: tank, kind: heat_store, node: heat, capex: 60, fixed_om: 0, lifetime: 25, maximum: 9000, kw_per_kwh: 0.25}\n",
    )
    study = opened(tmp_path, text)
    plan = solve_case(study.case(), study.rules)
    assert (plan.status, plan.solver) == ("solved", "rolling")
    assert plan.lower_bound <= plan.cost
    assert 0 < plan.gap < 0.03
    assert sum(plan.items.values()) == pytest.approx(plan.cost, rel=1e-6)
    load = plan.series["chp.input"] * 0.4 / plan.sizes["chp"]
    assert np.all((load < 1e-6) | (load > 0.5 - 1e-6))
    cap = intensity_classes(study.study, study.rules)[0]
    assert plan.tallies["emissions"] <= cap.target * plan.tallies["energy"] * (1 + 1e-4)
    assert any(c.integer for c in build(study.case(), cap=cap).columns)
