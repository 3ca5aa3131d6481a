"""A replay against the settled flows themselves, counted again by hand; and what a plan moves is moved when the day comes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from lingtan.optimize.dispatch import replay
from lingtan.optimize.dispatch.inputs import Horizon
from lingtan.optimize.dispatch.record import Fleet, Money, Need, Unit
from lingtan.optimize.dispatch.replay import Outcome, Past, by_rules, day_ahead, hourly, perfect, weekly_naive
from lingtan.optimize.dispatch.settle import Settled
from lingtan.optimize.model import FloatArray
from lingtan.park.tariffs.bill import Usage, bill
from lingtan.park.tariffs.record import Tariff
from lingtan.park.tariffs.terms import resolve
from tests.unit.optimize.dispatch.parks import battery, description

HOURS = {"valley": (0, 8), "peak": (14, 22)}
TARIFF = Tariff(
    id="tou", connection="grid", region="CN-JS", basis="demand", demand_cny_per_kw_month="40",
    energy_cny_per_kwh={"peak": "1.0", "flat": "0.6", "valley": "0.3"}, power_factor_standard="0.90", power_factor="0.95",
    windows=[{"period": "peak", "windows": ["14:00-22:00"]}, {"period": "valley", "windows": ["00:00-08:00"]}, {"period": "flat", "windows": ["rest"]}],
    export_cny_per_kwh="0.2",
)  # fmt: skip


def month(
    *more: Unit, days: int = 31, start: datetime = datetime(2025, 6, 30, 16, tzinfo=UTC), **fields: object
) -> Past:
    """July 2025 of a park with sun, a battery, a CHP and a boiler."""
    described = description(
        battery(efficiency=0.9, end_level=None, wear_cny_per_kwh=0.02),
        Unit(id="sun", kind="pv", output="el", available="sun"),
        Unit(id="chp", kind="chp", output="el", heat="heat", capacity_kw=50, efficiency=0.4, heat_efficiency=0.4, price_cny_per_kwh=0.25,
             minimum_load=0.4, start_cost_cny=20, factor_kgco2_per_kwh=0.2),
        Unit(id="boiler", kind="boiler", output="heat", capacity_kw=200, efficiency=0.9, price_cny_per_kwh=0.3, factor_kgco2_per_kwh=0.2),
        *more, surplus=["heat"], tariffs=[TARIFF], needs=[Need(id="heat", node="heat", series="heat"), *fields.pop("needs", [])],  # type: ignore[misc]
        grid={"price_series": None, "tariff": "tou", "export_kw": 60.0, "factor_kgco2_per_kwh": 0.5}, **fields,
    )  # fmt: skip
    whole = Horizon(start, 24 * days, 60)
    t, rng = whole.day_hours(), np.random.default_rng(5)
    cloud = np.repeat(rng.uniform(0.2, 1.0, days), 24)
    actual = {
        "sun": np.maximum(0.0, 260 * np.sin((t - 6) / 12 * np.pi)) * cloud,
        "load": 110 + 35 * np.sin(t / 24 * 2 * np.pi) + 10 * rng.standard_normal(len(t)),
        "heat": 35 + 5 * rng.standard_normal(len(t)),
        "mill": np.where((t >= 8) & (t < 16), 30.0, 0.0), "far": np.full(len(t), 9.0),
    }  # fmt: skip
    return Past(described, whole, actual, weekly_naive(actual, 1.0))


def flows_of(monkeypatch: pytest.MonkeyPatch, run, past: Past) -> tuple[Outcome, Mapping[str, FloatArray]]:  # type: ignore[no-untyped-def]
    """The outcome, and every settled series hour after hour."""
    kept: list[Mapping[str, FloatArray]] = []
    counted = replay._count

    def count(past: Past, outcome: Outcome, first: int, last: int, settled: Settled) -> None:
        kept.append(settled.series)
        counted(past, outcome, first, last, settled)

    monkeypatch.setattr(replay, "_count", count)
    outcome = run(past)
    return outcome, {name: np.concatenate([k[name] for k in kept]) for name in kept[0]}


@pytest.mark.parametrize("run", [by_rules, day_ahead, hourly])
def test_a_month_is_what_its_settled_flows_say(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    past = month()
    outcome, f = flows_of(monkeypatch, run, past)
    assert len(f["grid.import"]) == 31 * 24
    # flows: power and heat balance in every hour
    power = (
        f["grid.import"]
        - f["grid.export"]
        + f["sun.power"]
        + 0.4 * f["chp.input"]
        + f["battery.discharge"]
        - f["battery.charge"]
    )
    assert np.abs(power + f["el-unserved.power"] - past.actual["load"]).max() < 1e-6
    heat = 0.4 * f["chp.input"] + 0.9 * f["boiler.input"] - f["heat-surplus.power"] + f["heat-unserved.power"]
    assert np.abs(heat - past.actual["heat"]).max() < 1e-6
    before = np.concatenate([[100.0], f["battery.content"][:-1]])
    assert np.abs(before + 0.9 * f["battery.charge"] - f["battery.discharge"] / 0.9 - f["battery.content"]).max() < 1e-6
    # the bill of the month, by the function that makes bills
    hour = np.arange(31 * 24) % 24
    inside = {p: (hour >= a) & (hour < b) for p, (a, b) in HOURS.items()}
    inside["flat"] = ~(inside["valley"] | inside["peak"])
    kwh = {p: Decimal(float(f["grid.import"][at].sum())) for p, at in inside.items()}
    usage = Usage(kwh, max_kw=Decimal(float(f["grid.import"].max())), export_kwh=Decimal(float(f["grid.export"].sum())))  # type: ignore[arg-type]
    paid = bill(resolve(TARIFF, datetime(2025, 7, 1).date()), usage)
    adjusted = 1 - 0.0075  # of power factor 0.95 against 0.90
    assert float(paid.amount("power_factor")) == pytest.approx(
        (adjusted - 1) * float(paid.amount("energy", "demand")), abs=0.01
    )
    assert outcome.demand_cny == pytest.approx(float(paid.amount("demand")) * adjusted, abs=0.02)
    starts = np.sum(np.diff(np.concatenate([[0.0], np.round(f["chp.on"])])) > 0)
    fuel = 0.25 * f["chp.input"].sum() + 0.3 * f["boiler.input"].sum() + 20 * starts
    other = 0.02 * f["battery.charge"].sum() + 0.001 * f["heat-surplus.power"].sum()
    assert outcome.energy_cny == pytest.approx(
        float(paid.amount("energy", "export")) + (adjusted - 1) * float(paid.amount("energy")) + fuel + other, abs=0.05
    )
    # what is left in the battery more than at the start, at the cheap quarter of the month's prices
    left = (f["battery.content"][-1] - 100.0) * 0.98 * 0.3 * adjusted / 0.9
    assert outcome.cost_cny == pytest.approx(float(paid.total) + fuel + other - left, abs=0.05)
    # emissions, peak, cycles, green share
    burnt = f["chp.input"].sum() + f["boiler.input"].sum()
    assert outcome.emissions_kg == pytest.approx(0.5 * f["grid.import"].sum() + 0.2 * burnt)
    assert outcome.peaks_kw == {2025 * 12 + 7: pytest.approx(f["grid.import"].max())}
    assert outcome.cycles == {"battery": pytest.approx(f["battery.discharge"].sum() / 200.0)}
    kept = f["sun.power"].sum() - f["grid.export"].sum()
    assert outcome.green_share == pytest.approx(kept / (kept + f["grid.import"].sum() + 0.4 * f["chp.input"].sum()))
    assert outcome.unserved_kwh == pytest.approx(0.0, abs=1e-6)


def test_perfect_foresight_is_what_its_flows_say(monkeypatch: pytest.MonkeyPatch) -> None:
    past = month()
    outcome, f = flows_of(monkeypatch, perfect, past)
    assert outcome.emissions_kg == pytest.approx(
        0.5 * f["grid.import"].sum() + 0.2 * (f["chp.input"].sum() + f["boiler.input"].sum())
    )
    assert outcome.demand_cny == pytest.approx(40 * (1 - 0.0075) * f["grid.import"].max(), rel=1e-3)
    assert outcome.cycles["battery"] == pytest.approx(f["battery.discharge"].sum() / 200.0)


def knowing(past: Past) -> Past:
    """The same past, expected as it came."""
    return Past(
        past.description, past.start, past.actual, lambda first, steps: {k: v[first : first + steps] for k, v in past.actual.items()}
    )  # fmt: skip


def test_production_that_a_plan_moves_is_moved_when_the_day_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need(
        id="mill",
        node="el",
        series="mill",
        shiftable=1.0,
        shift_cost_cny_per_kwh=0.01,
        deadline_hours=24,
        catch_up_kw=60,
    )
    moving = month(days=4, needs=[need])
    rigid = month(days=4, needs=[need.model_copy(update={"shiftable": 0.0})])
    outcome, f = flows_of(monkeypatch, day_ahead, knowing(moving))
    off, on = f["mill-shift.put-off"].sum(), f["mill-shift.caught-up"].sum()
    assert off == pytest.approx(on, abs=1e-6)
    assert off > 100
    assert f["mill-shift.backlog"].reshape(4, 24)[:, -1] == pytest.approx(np.zeros(4), abs=1e-6)
    assert outcome.cost_cny < day_ahead(knowing(rigid)).cost_cny
    assert outcome.unserved_kwh == pytest.approx(0.0, abs=1e-6)


def test_heat_is_sent_in_time_through_a_slow_network(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Unit(id="pipe", kind="network", input="heat", output="far", capacity_kw=50, loss_per_hour=0.1, delay_steps=2)
    past = month(pipe, days=4, needs=[Need(id="far", node="far", series="far")], money=Money())
    outcome, f = flows_of(monkeypatch, day_ahead, knowing(past))
    assert outcome.unserved_kwh == pytest.approx(2 * 9.0, abs=1e-5)  # the first two hours: nothing was under way
    assert f["pipe.forth"][:-2] == pytest.approx(np.full(94, 10.0), abs=1e-5)


def test_a_fleet_leaves_with_what_it_needs_when_the_day_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = Fleet(
        id="ev",
        node="el",
        vehicles=4,
        charger_kw=10,
        battery_kwh=50,
        arrives=19,
        leaves=7,
        arrival_level=0.3,
        departure_level=0.8,
    )
    past = month(days=4, fleets=[fleet])
    outcome, f = flows_of(monkeypatch, day_ahead, past)
    nights = [f["ev.charge"][a : a + 12].sum() for a in (19, 43, 67)]
    assert nights == pytest.approx([100 / 0.95] * 3, abs=1e-4)
    assert outcome.unserved_kwh == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("run", [by_rules, hourly])
def test_a_slow_network_is_run_by_rules_and_by_the_hour_and_what_arrives_too_much_is_let_go(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    pipe = Unit(id="pipe", kind="network", input="heat", output="far", capacity_kw=50, loss_per_hour=0.1, delay_steps=1)
    past = month(pipe, days=3, needs=[Need(id="far", node="far", series="far")])
    past.actual["far"][30:] = 6.0  # type: ignore[index]
    outcome, f = flows_of(monkeypatch, run, past)
    assert outcome.unserved_kwh == pytest.approx(9.0, abs=1e-4)  # the first hour alone
    arrived = 0.9 * np.concatenate([[0.0], f["pipe.forth"][:-1]])
    assert np.abs(arrived + f["far-unserved.power"] - f["far-surplus.power"] - past.actual["far"]).max() < 1e-6
    assert f["far-surplus.power"][30] == pytest.approx(3.0, abs=1e-5)
