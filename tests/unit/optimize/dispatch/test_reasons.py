"""What the plan says of itself, checked by solving again without the limit that it names."""

import numpy as np
import pytest

from lingtan.optimize.dispatch.bindings import bindings, changes
from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.conflict import explain_infeasible, names
from lingtan.optimize.dispatch.counterfactual import lifted, without
from lingtan.optimize.dispatch.inputs import Inputs, State
from lingtan.optimize.dispatch.planner import Planner, Step
from lingtan.optimize.dispatch.reasons import Reason, reasons
from lingtan.optimize.dispatch.record import Description, Limits, Money, Need, Unit
from tests.unit.optimize.dispatch.parks import battery, description, inputs

EMPTY = State(content_kwh={"battery": 0.0})


def priced(described: Description, given: Inputs) -> Step:
    planner = Planner(described, gap=1e-7)
    return planner.price(planner.plan(given))


def of(found: list[Reason], asset: str, action: str) -> dict[int, str]:
    """The code of each step."""
    return {t: r.code for r in found if (r.asset, r.action) == (asset, action) for t in range(r.first, r.last)}


def test_price_spread_is_named_and_without_it_the_battery_rests() -> None:
    described = description(battery())
    given = inputs(described, {"load": [50, 50, 150], "price": [0.2, 0.5, 1.0]}, state=EMPTY)
    step = priced(described, given)
    assert of(reasons(described, step), "battery", "charge") == {0: "price-spread"}
    assert of(reasons(described, step), "battery", "discharge") == {2: "price-spread"}
    flat = Planner(*lifted(described, given, "price-spread")[:1]).plan(lifted(described, given, "price-spread")[1])
    assert flat.series["battery.charge"].max() < 1e-6


def test_the_months_peak_is_named_with_its_price_and_without_it_the_import_rises() -> None:
    described = description(battery(energy_kwh=1000.0, end_level=None))
    given = inputs(
        described,
        {"load": [100, 300, 100, 100], "price": [0.5] * 4},
        state=State(content_kwh={"battery": 80.0}),
        demand=40.0,
    )
    step = priced(described, given)
    assert of(reasons(described, step), "battery", "discharge")[1] == "month-peak"
    peak = next(b for b in bindings(described, step) if b.limit == "month-peak")
    assert peak.saves_per_unit == pytest.approx(40.0, rel=1e-3)
    other = without(described, step, "month-peak")
    assert other.saves_cny > 40.0 * 150
    free = Planner(described).plan(lifted(described, given, "month-peak")[1])
    assert free.series["grid.import"].max() > step.series["grid.import"].max() + 1.0
    assert free.series["battery.discharge"][1] < step.series["battery.discharge"][1] - 1.0


def test_carbon_is_named_where_only_carbon_makes_it_pay() -> None:
    dirty = Unit(id="dirty", kind="source", output="heat", price_cny_per_kwh=0.10, factor_kgco2_per_kwh=0.5)
    clean = Unit(id="clean", kind="source", output="heat", price_cny_per_kwh=0.14, capacity_kw=5)
    described = description(
        dirty, clean, needs=[Need(id="heat", node="heat", series="heat")], money=Money(carbon_cny_per_kg=0.2)
    )
    given = inputs(described, {"load": [0], "heat": [8], "price": [0.5]})
    step = priced(described, given)
    assert of(reasons(described, step), "clean", "run") == {0: "carbon"}
    other, same = lifted(described, given, "carbon")
    assert Planner(other).plan(same).series["clean.power"][0] == pytest.approx(0.0)


def test_a_unit_that_loses_now_is_said_to_have_to_run() -> None:
    unit = Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=100, efficiency=0.5, heat_efficiency=0.4,
                price_cny_per_kwh=0.2, minimum_load=0.6, start_cost_cny=1.0, minimum_up_hours=3)  # fmt: skip
    described = description(unit, surplus=["heat"], needs=[Need(id="heat", node="heat", series="heat")])
    given = inputs(described, {"load": [100] * 6, "heat": [0] * 6, "price": [0.1, 0.1, 0.9, 0.1, 0.1, 0.1]})
    step = priced(described, given)
    codes = of(reasons(described, step), "chp", "run")
    assert [codes[t] for t in sorted(codes) if t != 2] == ["must-run", "must-run"]
    free = Planner(*lifted(described, given, "must-run", "chp")[:1]).plan(given)
    assert free.series["chp.input"][[0, 1, 3, 4, 5]].max() < 1e-6


def test_an_export_limit_is_named_and_without_it_more_is_sold() -> None:
    sun = Unit(id="sun", kind="pv", output="el", available="sun")
    described = description(sun, grid={"export_kw": 20.0, "export_price_cny_per_kwh": 0.3})
    given = inputs(described, {"load": [10, 10], "sun": [100, 15], "price": [0.5, 0.5]})
    step = priced(described, given)
    assert of(reasons(described, step), "sun", "curtail") == {0: "export-limit"}
    found = next(b for b in bindings(described, step) if b.limit == "export-limit")
    assert found.saves_per_unit == pytest.approx(0.3)
    assert without(described, step, "export-limit", "grid").saves_cny == pytest.approx(0.3 * 70, abs=1e-3)


def test_a_battery_that_fills_from_surplus_says_so() -> None:
    sun = Unit(id="sun", kind="pv", output="el", available="sun")
    described = description(sun, battery())
    given = inputs(described, {"load": [10, 80], "sun": [100, 0], "price": [0.5, 0.5]}, state=EMPTY)
    assert of(reasons(described, priced(described, given)), "battery", "charge") == {0: "surplus"}


def test_what_would_change_the_plan_does_change_it() -> None:
    cheap = Unit(id="cheap", kind="source", output="heat", price_cny_per_kwh=0.20)
    dear = Unit(id="dear", kind="source", output="heat", price_cny_per_kwh=0.23)
    needs = [Need(id="heat", node="heat", series="heat")]
    described = description(cheap, dear, needs=needs)
    series = {"load": [0], "heat": [8], "price": [0.5]}
    step = priced(described, inputs(described, series))
    change = next(c for c in changes(described, step) if c.asset == "dear")
    assert (change.code, change.by_cny_per_kwh) == ("would-start", pytest.approx(0.03))
    for by, starts in ((0.029, False), (0.031, True)):
        other = description(cheap, dear.model_copy(update={"price_cny_per_kwh": 0.23 - by}), needs=needs)
        assert bool(Planner(other).plan(inputs(other, series)).series["dear.power"][0] > 1) is starts


def test_a_capacity_is_worth_what_it_says() -> None:
    small = Unit(id="small", kind="boiler", output="heat", capacity_kw=10, efficiency=1.0, price_cny_per_kwh=0.1)
    big = Unit(id="big", kind="source", output="heat", price_cny_per_kwh=0.4)
    needs = [Need(id="heat", node="heat", series="heat")]
    series = {"load": [0, 0, 0], "heat": [20, 5, 30], "price": [0.5] * 3}
    described = description(small, big, needs=needs)
    step = priced(described, inputs(described, series))
    found = next(b for b in bindings(described, step) if b.limit == "capacity")
    assert (found.asset, found.steps, found.saves_per_unit) == ("small", 2, pytest.approx(0.6))
    larger = description(small.model_copy(update={"capacity_kw": 11.0}), big, needs=needs)
    assert step.solution.cost - Planner(larger).plan(inputs(larger, series)).solution.cost == pytest.approx(0.6)


def test_a_conflict_is_smallest_and_its_way_out_works() -> None:
    boiler = Unit(id="boiler", kind="boiler", output="heat", capacity_kw=30, efficiency=1.0, price_cny_per_kwh=0.1)
    idle = Unit(id="idle", kind="boiler", output="other", capacity_kw=30, efficiency=1.0, price_cny_per_kwh=0.1)
    needs = [Need(id="heat", node="heat", series="heat"), Need(id="other", node="other", series="other")]
    described = description(boiler, idle, needs=needs, limits=Limits(unserved_cny_per_kwh=None))
    series = {"load": [5] * 4, "heat": [20, 50, 20, 20], "other": [10] * 4, "price": [0.5] * 4}
    given = inputs(described, series)
    why = explain_infeasible(build(described, given))
    assert why is not None
    assert sorted(names(why.conflict)) == ["capacity boiler.input", "need heat"]
    (way,) = why.relaxation
    assert (way.condition.name, way.amount, way.first) == ("boiler.input", pytest.approx(20.0), 1)
    larger = description(
        boiler.model_copy(update={"capacity_kw": 30 + way.largest}),
        idle,
        needs=needs,
        limits=Limits(unserved_cny_per_kwh=None),
    )
    assert Planner(larger).plan(inputs(larger, series)).solution.found


def test_the_sun_is_never_asked_to_give_way() -> None:
    sun = Unit(id="sun", kind="pv", output="el", available="sun")
    described = description(sun, grid={"import_kw": 10.0}, limits=Limits(unserved_cny_per_kwh=None))
    given = inputs(described, {"load": [50, 50], "sun": [0, 45], "price": [0.5, 0.5]})
    why = explain_infeasible(build(described, given), given={"sun"})
    assert why is not None
    assert {w.condition.name for w in why.relaxation} == {"grid.import"}


def test_a_feasible_model_has_no_conflict() -> None:
    described = description(battery())
    assert explain_infeasible(build(described, inputs(described, {"load": [50, 50], "price": [0.2, 0.5]}))) is None


def test_every_reason_has_a_sentence() -> None:
    import re
    from pathlib import Path

    from lingtan.base.text import sentences
    from lingtan.optimize.dispatch import reasons as module

    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    codes = set(re.findall(r', "([a-z-]+)"\)', text)) - {"charge", "discharge", "put-off", "catch-up"}
    assert codes
    known = sentences("en")
    assert [c for c in codes if f"dispatch.reason-{c}" not in known and c not in ("import", "export")] == []
    assert np.all([f"dispatch.reason-{c}" in sentences("zh") for c in codes if f"dispatch.reason-{c}" in known])
