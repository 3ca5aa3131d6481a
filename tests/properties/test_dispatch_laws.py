"""Laws of dispatch on random parks with every kind of asset: balances close, limits hold, one way at a time, prices are right."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.conflict import _Elastic, explain_infeasible
from lingtan.optimize.dispatch.extras import air_cop
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner, Step, state_after
from lingtan.optimize.dispatch.record import STORES, Description, Fleet, Grid, Limits, Money, Need, Unit

STEPS, H = 12, 0.5
NODES = ("el", "steam", "heat", "cold", "h2", "far")
CLOSED = 1e-6
seeds = st.integers(0, 10**6)


def park(rng: np.random.Generator, *, whole: bool = True) -> tuple[Description, Inputs]:
    """A random park: each kind of asset is there or not, of a random size."""

    def there() -> bool:
        return bool(rng.random() < 0.6)

    def size(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    running = (
        {"minimum_load": 0.4, "start_cost_cny": size(0, 30), "minimum_up_hours": 1.0, "minimum_down_hours": 1.0}
        if whole
        else {}
    )
    eta = size(0.85, 1.0)
    units = [
        Unit(id="battery", kind="battery", input="el", capacity_kw=size(10, 80), energy_kwh=size(20, 200), efficiency=eta, loss_per_hour=size(0, 0.02),
             wear_cny_per_kwh=0.001, exclusive=whole),
        Unit(id="tank", kind="heat_store", input="heat", capacity_kw=size(10, 80), energy_kwh=size(20, 200), efficiency=0.97, loss_per_hour=0.01,
             wear_cny_per_kwh=0.001),
        Unit(id="ice", kind="cold_store", input="cold", capacity_kw=size(10, 50), energy_kwh=size(20, 100), efficiency=0.96, wear_cny_per_kwh=0.001),
        Unit(id="bottle", kind="hydrogen_tank", input="h2", capacity_kw=40, energy_kwh=size(20, 200), efficiency=1.0, wear_cny_per_kwh=0.001),
        Unit(id="ely", kind="electrolyser", input="el", output="h2", heat="heat", heat_efficiency=0.15, capacity_kw=size(20, 60), efficiency=0.65,
             ramp_per_hour=size(0.5, 3), **running),
        Unit(id="cell", kind="fuel_cell", input="h2", output="el", heat="heat", heat_efficiency=0.3, capacity_kw=size(5, 30), efficiency=0.5),
        Unit(id="pump", kind="heat_pump", input="el", output="heat", capacity_kw=size(10, 60), supply_c=55),
        Unit(id="chiller", kind="chiller", input="el", output="cold", capacity_kw=size(30, 60), supply_c=6, carnot_share=0.4),
        Unit(id="absorber", kind="absorption_chiller", input="heat", output="cold", capacity_kw=size(5, 30), cop=0.7),
        Unit(id="gas", kind="boiler", output="steam", capacity_kw=size(40, 120), efficiency=0.9, price_cny_per_kwh=0.33, factor_kgco2_per_kwh=0.2),
        Unit(id="electrode", kind="electric_boiler", input="el", output="steam", capacity_kw=size(20, 80), efficiency=0.98),
        Unit(id="chp", kind="chp", output="el", heat="steam", capacity_kw=size(20, 60), efficiency=0.38, heat_efficiency=0.42, price_cny_per_kwh=0.33,
             factor_kgco2_per_kwh=0.2, **running),
        Unit(id="hx", kind="exchanger", input="steam", output="heat", capacity_kw=120, efficiency=0.97),
        Unit(id="pipe", kind="network", input="heat", output="far", capacity_kw=60, loss_per_hour=0.08, delay_steps=int(rng.integers(0, 3)), standing_loss_kw=0.5),
        Unit(id="sun", kind="pv", output="el", available="sun"),
        Unit(id="wind", kind="wind", output="el", available="wind"),
        Unit(id="line", kind="direct_line", output="el", available="line", capacity_kw=50, price_cny_per_kwh=0.39),
        Unit(id="neighbor", kind="source", output="steam", capacity_kw=size(5, 40), price_cny_per_kwh=0.26, factor_kgco2_per_kwh=0.4),
    ]  # fmt: skip
    units = [u for u in units if u.id in ("gas", "hx", "pipe", "chiller") or there()]
    fleets = [
        Fleet(id="cars", node="el", vehicles=3, charger_kw=7, battery_kwh=40, arrives=(comes := float(rng.integers(0, 24))), leaves=(comes + float(rng.integers(4, 20))) % 24,
              back_share=float(rng.random() < 0.5), wear_cny_per_kwh=0.05)
    ] if there() else []  # fmt: skip
    needs = [Need(id=n, node=n, series=n) for n in NODES]
    needs += [
        Need(id="mill", node="el", series="mill", shiftable=0.6, shift_cost_cny_per_kwh=0.01, deadline_hours=6),
        Need(id="melt", node="el", series="melt", curtailable=0.5, curtail_cost_cny_per_kwh=0.9, curtail_limit_kwh=30),
    ]
    grid = Grid(id="grid", node="el", import_kw=size(120, 400), export_kw=size(0, 60), price_series="price", export_price_cny_per_kwh=0.2,
                factor_kgco2_per_kwh=0.58)  # fmt: skip
    described = Description(
        units=units, needs=needs, fleets=fleets, grids=[grid], surplus=["steam", "heat", "cold", "far"], temperature="air", step_minutes=30,
        limits=Limits(export_share=0.3 if there() else None), money=Money(carbon_cny_per_kg=0.08 if there() else 0.0),
    )  # fmt: skip
    horizon = Horizon(datetime(2025, 7, 31, int(rng.integers(8, 16)), tzinfo=UTC), STEPS, 30)
    series = {name: rng.uniform(0.2, 1.0, STEPS) * most for name, most in
              {"el": 120, "steam": 50, "heat": 40, "cold": 30, "h2": 15, "far": 15, "mill": 30, "melt": 20, "sun": 90, "wind": 60, "line": 70}.items()}  # fmt: skip
    series |= {"price": rng.choice([0.25, 0.6, 1.1], STEPS), "air": rng.uniform(-8, 36, STEPS)}
    prices = all_prices(described, horizon, series)
    prices = {
        k: replace(p, demand_cny_per_kw=np.full(len(np.unique(horizon.months())), 3.0)) for k, p in prices.items()
    }
    return described, Inputs(horizon, series, prices, State(peak_kw={"grid": size(0, 150)}))


def flows(described: Description, step: Step) -> dict[str, np.ndarray]:
    """What comes in less what goes out of each node, from the set-points and the plates of the assets alone."""
    s, inputs = step.series, step.inputs
    net = {
        node: -sum((inputs.series[n.series] for n in described.needs if n.node == node), np.zeros(STEPS))
        for node in NODES
    }
    air = inputs.series["air"]
    for u in described.units:
        x = s.get(f"{u.id}.input", np.zeros(STEPS))
        if u.kind in STORES:
            net[u.input] += s[f"{u.id}.discharge"] - s[f"{u.id}.charge"]
        elif u.kind in ("pv", "wind", "direct_line", "source"):
            net[u.output] += s[f"{u.id}.power"]
        elif u.kind == "network":
            arrived = s[f"{u.id}.behind-{u.delay_steps}"] if u.delay_steps else s[f"{u.id}.forth"]
            net[u.input] -= s[f"{u.id}.forth"] + u.standing_loss_kw
            net[u.output] += (1 - u.loss_per_hour) * arrived
        else:
            if u.kind in ("heat_pump", "chiller", "absorption_chiller"):
                gives = (
                    u.cop
                    if u.cop is not None
                    else air_cop(air, u.supply_c or 0, u.carnot_share, cooling=u.kind == "chiller")
                )
            else:
                gives = u.efficiency
            if u.input:
                net[u.input] -= x
            net[u.output] += gives * x
            if u.heat:
                net[u.heat] += u.heat_efficiency * x
    for fleet in described.fleets:
        net["el"] += s.get(f"{fleet.id}.discharge", 0.0) - s[f"{fleet.id}.charge"]
    net["el"] += (
        s["grid.import"]
        - s.get("grid.export", 0.0)
        + s["mill-shift.put-off"]
        - s["mill-shift.caught-up"]
        + s["melt-cut.left-out"]
    )
    for node in NODES:
        net[node] += s.get(f"{node}-unserved.power", 0.0) - s.get(f"{node}-surplus.power", 0.0)
    return net


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_every_node_balances_and_every_store_keeps_what_it_was_given(seed: int) -> None:
    described, inputs = park(np.random.default_rng(seed))
    step = Planner(described, gap=1e-4, time_limit_s=20).plan(inputs)
    for node, left in flows(described, step).items():
        assert np.abs(left).max() < CLOSED, (node, left)
    s = step.series
    for u in described.units:
        if u.kind in STORES:
            eta, content = u.efficiency or 1.0, s[f"{u.id}.content"]
            before = np.concatenate([[0.5 * (u.energy_kwh or 0)], content[:-1]])
            kept = before * (1 - u.loss_per_hour) ** H + H * (eta * s[f"{u.id}.charge"] - s[f"{u.id}.discharge"] / eta)
            assert np.abs(kept - content).max() < CLOSED
            assert content.min() >= -CLOSED
            assert content.max() <= (u.energy_kwh or 0) + CLOSED
        if u.delay_steps:
            sent = np.concatenate([np.zeros(u.delay_steps), s[f"{u.id}.forth"]])[:STEPS]
            assert np.abs(sent - s[f"{u.id}.behind-{u.delay_steps}"]).max() < CLOSED
        if u.kind in ("pv", "wind", "direct_line"):
            assert (
                s[f"{u.id}.power"] <= np.minimum(inputs.series[u.available or ""], u.capacity_kw or np.inf) + CLOSED
            ).all()
    assert (s["mill-shift.put-off"].sum() - s["mill-shift.caught-up"].sum()) == pytest.approx(0.0, abs=CLOSED)
    assert s["melt-cut.left-out"].sum() * H <= 30 + CLOSED


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_limits_hold_and_nothing_charges_and_discharges_at_once(seed: int) -> None:
    described, inputs = park(np.random.default_rng(seed))
    step = Planner(described, gap=1e-4, time_limit_s=20).plan(inputs)
    s, grid = step.series, described.grids[0]
    sold = s.get("grid.export", np.zeros(STEPS))
    assert s["grid.import"].max() <= grid.import_kw + CLOSED
    assert sold.max() <= grid.export_kw + CLOSED
    assert (s["grid.import"] * sold).max() < CLOSED  # bought at no less than it sells for
    if described.limits.export_share is not None:
        made = sum((s[f"{u.id}.power"].sum() for u in described.units if u.kind in ("pv", "wind", "direct_line")), 0.0)
        assert sold.sum() <= 0.3 * made + CLOSED
    for u in described.units:
        if u.exclusive or (
            u.kind in STORES and (u.efficiency or 1.0) < 1.0 and not described.surplus.count(u.input or "")
        ):
            assert (s[f"{u.id}.charge"] * s[f"{u.id}.discharge"]).max() < 1e-4, u.id
        if f"{u.id}.on" not in s:
            continue
        on = np.round(s[f"{u.id}.on"])
        assert np.abs(on - s[f"{u.id}.on"]).max() < 1e-5
        rated = s[f"{u.id}.input"] * (u.efficiency or 1.0 if u.kind == "chp" else 1.0)
        capacity = u.capacity_kw or 0.0
        assert (rated <= on * capacity + 1e-4).all()
        assert (rated >= on * u.minimum_load * capacity - 1e-4).all()
        runs = np.diff(np.concatenate([[0.0], on]))
        for begun in np.flatnonzero(runs > 0):  # an hour is two steps
            assert on[begun : begun + 2].all()
        for ended in np.flatnonzero(runs < 0):
            assert not on[ended : ended + 2].any()


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, STEPS))
def test_what_a_plan_leaves_is_where_the_next_begins(seed: int, steps: int) -> None:
    described, inputs = park(np.random.default_rng(seed), whole=False)
    step = Planner(described).plan(inputs)
    state = state_after(described, step, steps)
    local = inputs.horizon.months()
    after = inputs.horizon.local(steps)
    mine = step.series["grid.import"][:steps][local[:steps] == after.year * 12 + after.month]
    carried = inputs.state.peak_kw["grid"] if local[0] == after.year * 12 + after.month else 0.0
    assert state.peak_kw["grid"] == pytest.approx(max(carried, float(mine.max(initial=0.0))))
    for u in described.units:
        if u.kind in STORES:
            assert state.content_kwh[u.id] == pytest.approx(step.series[f"{u.id}.content"][steps - 1])


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0.3, 1.0))
def test_a_tighter_connection_a_dearer_carbon_or_a_smaller_battery_never_costs_less(seed: int, part: float) -> None:
    described, inputs = park(np.random.default_rng(seed), whole=False)
    cost = Planner(described, gap=1e-9).plan(inputs).solution.cost
    grid = described.grids[0].model_copy(update={"import_kw": described.grids[0].import_kw * part})
    dearer = described.money.model_copy(update={"carbon_cny_per_kg": described.money.carbon_cny_per_kg + part})
    smaller = [
        u.model_copy(update={"capacity_kw": part * (u.capacity_kw or 0)}) if u.id == "battery" else u
        for u in described.units
    ]
    for change in ({"grids": [grid]}, {"money": dearer}, {"units": smaller}):
        worse = Planner(described.model_copy(update=change), gap=1e-9).plan(inputs).solution.cost
        assert worse >= cost - 1e-6 * max(1.0, abs(cost)), change.keys()


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_a_conflict_cannot_hold_and_without_any_one_of_its_conditions_it_can(seed: int) -> None:
    described, inputs = park(np.random.default_rng(seed), whole=False)
    hard = described.model_copy(update={"limits": described.limits.model_copy(update={"unserved_cny_per_kwh": None})})
    units = [
        u.model_copy(update={"capacity_kw": 0.3 * (u.capacity_kw or 0)}) if u.id in ("gas", "hx") else u
        for u in hard.units
    ]
    model = build(hard.model_copy(update={"units": units}), inputs)
    why = explain_infeasible(model, given=["sun", "wind", "line"])
    if why is None:
        return
    assert why.conflict
    elastic = _Elastic(model, frozenset(["sun", "wind", "line"]))
    assert elastic.solve(set(why.conflict)) is None
    for condition in why.conflict:
        assert elastic.solve(set(why.conflict) - {condition}) is not None, condition
    assert elastic.solve(set(elastic.slack) - {w.condition for w in why.relaxation}) is not None
