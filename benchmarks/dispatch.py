"""Rolling dispatch of a park with fifty assets: how long a step takes, and how long its numbers take to put in place.

Three CHP units with on and off, start cost, minimum load and two hours minimum run, a battery that goes one way at a time:
384 whole numbers over 96 quarter hours; boilers, heat pumps, chillers, electrolysers, stores, fleets, shiftable production.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, tell
from benchmarks.park_year import Size
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner, state_after
from lingtan.optimize.dispatch.record import Description, Fleet, Grid, Limits, Need, Unit
from lingtan.optimize.model import FloatArray

STEPS = 96
ROLLS = 40


def fifty_assets() -> Description:
    """The park of the benchmark; invented numbers of a usual size."""
    units = [
        Unit(
            id=f"chp{i}", kind="chp", output="el", heat="steam", capacity_kw=p, efficiency=e, heat_efficiency=h,
            price_cny_per_kwh=0.33, minimum_load=0.45, start_cost_cny=900, minimum_up_hours=2,
        )
        for i, (p, e, h) in enumerate([(6000, 0.36, 0.42), (4000, 0.38, 0.38), (3000, 0.34, 0.44)])
    ]  # fmt: skip
    add = units.append
    for i, p in enumerate([8000, 6000, 6000, 4000]):
        add(
            Unit(
                id=f"gb{i}",
                kind="boiler",
                output="steam",
                capacity_kw=p,
                efficiency=0.92 - i / 100,
                price_cny_per_kwh=0.33,
            )
        )
    for i, p in enumerate([8000, 6000, 4000]):
        add(Unit(id=f"eb{i}", kind="electric_boiler", input="el", output="steam", capacity_kw=p, efficiency=0.98))
    for i, p in enumerate([4000, 4000, 3000, 3000]):
        add(
            Unit(
                id=f"hp{i}",
                kind="heat_pump",
                input="el",
                output="heat",
                capacity_kw=p,
                supply_c=60,
                carnot_share=0.5 - i / 100,
            )
        )
    for i, p in enumerate([5000, 5000, 4000, 4000]):
        add(
            Unit(
                id=f"ec{i}",
                kind="chiller",
                input="el",
                output="cool",
                capacity_kw=p,
                supply_c=6,
                carnot_share=0.42 - i / 100,
            )
        )
    add(Unit(id="ach", kind="absorption_chiller", input="heat", output="cool", capacity_kw=5000, cop=0.72))
    add(Unit(id="hx", kind="exchanger", input="steam", output="heat", capacity_kw=25000, efficiency=0.97))
    for i, p in enumerate([2000, 1500, 1000]):
        add(Unit(id=f"ely{i}", kind="electrolyser", input="el", output="h2", capacity_kw=p, efficiency=0.65))
    stores = {
        "battery": ("el", [(8000, 30000), (5000, 20000), (4000, 12000), (2000, 8000)], 0.95),
        "heat_store": ("heat", [(20000, 80000), (8000, 30000), (5000, 20000)], 0.97),
        "cold_store": ("cool", [(10000, 40000), (6000, 20000)], 0.97),
        "hydrogen_tank": ("h2", [(2000, 20000)], 0.97),
    }
    for kind, (node, sizes, eta) in stores.items():
        for i, (p, e) in enumerate(sizes):
            add(
                Unit(
                    id=f"{kind}{i}", kind=kind, input=node, capacity_kw=p, energy_kwh=e, efficiency=eta,
                    loss_per_hour=0.002, wear_cny_per_kwh=0.002, exclusive=kind == "battery" and i == 0,
                )
            )  # fmt: skip
    for name, sizes in (("pv", [20000, 15000, 10000]), ("wind", [10000, 8000])):
        for i, _ in enumerate(sizes):
            add(Unit(id=f"{name}{i}", kind="pv" if name == "pv" else "wind", output="el", available=f"{name}{i}"))
    add(Unit(id="line", kind="direct_line", output="el", available="line", price_cny_per_kwh=0.39))
    fleets = [
        Fleet(
            id=f"ev{i}",
            node="el",
            vehicles=10,
            charger_kw=40,
            battery_kwh=60,
            arrives=(18 + i) % 24,
            leaves=(7 + i) % 24,
        )
        for i in range(6)
    ]
    needs = [Need(id=n, node=n, series=n) for n in ("el", "steam", "heat", "cool", "h2")]
    needs += [
        Need(
            id=f"line{i}", node="el", series=f"line{i}", shiftable=0.5, shift_cost_cny_per_kwh=0.005, deadline_hours=24
        )
        for i in range(8)
    ]
    grid = Grid(
        id="grid", node="el", import_kw=60000, export_kw=15000, export_price_cny_per_kwh=0.2, price_series="price"
    )
    return Description(
        units=units,
        needs=needs,
        fleets=fleets,
        grids=[grid],
        surplus=["steam", "heat"],
        temperature="air",
        limits=Limits(),
    )


def inputs(description: Description, at: int, state: State, *, peak: float = 41.0) -> Inputs:
    """The horizon that begins ``at`` quarter hours after a summer midnight, with a little noise of its own."""
    start = Horizon(datetime(2025, 7, 10, 16, tzinfo=UTC), STEPS, 15)
    horizon = start.later(at)
    t = horizon.day_hours()
    rng = np.random.default_rng(at)
    sun = np.maximum(0.0, np.sin((t - 6) / 12 * np.pi))
    work = 0.7 + 0.3 * np.exp(-(((t - 14) / 5) ** 2))

    def noisy(values: FloatArray) -> FloatArray:
        return np.maximum(values * (1 + 0.03 * rng.standard_normal(STEPS)), 0.0)

    series = {
        "el": noisy(36000 * work), "steam": noisy(14000 * work), "heat": noisy(6000 + 2000 * np.cos(t / 24 * 2 * np.pi)),
        "cool": noisy(9000 * (0.5 + 0.5 * sun)), "h2": noisy(np.full(STEPS, 900.0)), "air": 27 + 6 * sun,
        "line": noisy(20000 * (0.35 + 0.2 * np.sin(t / 5))),
        "price": np.where((t >= 14) & (t < 22), 1.062, np.where((t < 6) | (t >= 22), 0.287, 0.624)),
    }  # fmt: skip
    series |= {f"line{i}": np.where((t >= 8) & (t < 20), 300.0 + 40 * i, 60.0) for i in range(8)}
    series |= {f"pv{i}": noisy(p * 0.8 * sun) for i, p in enumerate([20000, 15000, 10000])}
    series |= {f"wind{i}": noisy(p * 0.4 * np.ones(STEPS)) for i, p in enumerate([10000, 8000])}
    prices = all_prices(description, horizon, series)
    charged = {
        k: type(v)(**{**vars(v), "demand_cny_per_kw": np.full_like(v.demand_cny_per_kw, peak)})
        for k, v in prices.items()
    }
    return Inputs(horizon, series, charged, state)


def mpc(folder: Path, size: Size) -> None:
    """A day of rolling steps, whole and linear."""
    description = fifty_assets()
    for linear in (False, True):
        planner = Planner(description)
        state = State(peak_kw={"grid": 20000.0})
        solve, prepare, build = [], [], []
        for k in range(ROLLS):
            made = time.process_time()
            given = inputs(description, k, state)
            build.append(time.process_time() - made)
            began = time.process_time()
            step = planner.plan(given, linear=linear)
            solve.append(time.process_time() - began)
            prepare.append(step.prepare_s)
            state = state_after(description, step, 1)
        label = "linear" if linear else "384 whole numbers"
        tell(
            Figure(
                f"MPC step, 96 quarter hours, {label}: 95 % below",
                float(np.quantile(solve[1:], 0.95)),
                "CPU s",
                0.1 if linear else 0.5,
            )
        )
        tell(Figure(f"MPC step, {label}: worst after the first", float(np.max(solve[1:])), "CPU s", 2.0))
        tell(Figure(f"MPC model update, {label}: median", float(np.median(prepare[1:])) * 1000, "ms", 20.0))


__all__ = ["fifty_assets", "inputs", "mpc"]
