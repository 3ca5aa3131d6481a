"""Complete parks from a seed: every component of dispatch, and limits and prices of every kind, over a day or so."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.record import Description, Fleet, Grid, Limits, Money, Need, Unit

NODES = ("el", "steam", "heat", "cold", "h2", "far")
PRICES = (0.28, 0.62, 1.05, 1.3)


def park(seed: int, *, steps: int = 24, minutes: int = 60, complete: bool = False) -> tuple[Description, Inputs]:
    """A park and its horizon; ``complete``: every component is there, else each with three chances in four."""
    r = np.random.default_rng(seed)

    def size(low: float, high: float) -> float:
        return float(r.uniform(low, high))

    def there() -> bool:
        return bool(r.random() < 0.75) or complete

    slow = {"minimum_load": 0.4, "start_cost_cny": size(5, 60), "minimum_up_hours": 3.0, "minimum_down_hours": 2.0}
    units = [
        Unit(id="battery", kind="battery", input="el", capacity_kw=size(30, 90), energy_kwh=size(60, 240), efficiency=0.95,
             wear_cny_per_kwh=0.02, exclusive=True, end_level=0.3 if r.random() < 0.3 else None),
        Unit(id="tank", kind="heat_store", input="heat", capacity_kw=60, energy_kwh=size(60, 200), efficiency=0.97, loss_per_hour=0.01, wear_cny_per_kwh=0.001),
        Unit(id="ice", kind="cold_store", input="cold", capacity_kw=30, energy_kwh=size(40, 120), efficiency=0.96, wear_cny_per_kwh=0.001),
        Unit(id="bottle", kind="hydrogen_tank", input="h2", capacity_kw=40, energy_kwh=size(60, 200), efficiency=0.98, wear_cny_per_kwh=0.001),
        Unit(id="electrolyser", kind="electrolyser", input="el", output="h2", heat="heat", heat_efficiency=0.15, capacity_kw=size(30, 60),
             efficiency=0.65, ramp_per_hour=size(0.4, 1.5), minimum_load=0.2, start_cost_cny=size(1, 10)),
        Unit(id="cell", kind="fuel_cell", input="h2", output="el", heat="heat", heat_efficiency=0.3, capacity_kw=size(5, 30), efficiency=0.5),
        Unit(id="pump", kind="heat_pump", input="el", output="heat", capacity_kw=size(20, 60), supply_c=55),
        Unit(id="chiller", kind="chiller", input="el", output="cold", capacity_kw=size(40, 70), supply_c=6, carnot_share=0.4),
        Unit(id="absorber", kind="absorption_chiller", input="heat", output="cold", capacity_kw=size(5, 30), cop=0.7),
        Unit(id="boiler", kind="boiler", output="steam", capacity_kw=size(80, 140), efficiency=0.9, price_cny_per_kwh=0.33, factor_kgco2_per_kwh=0.202),
        Unit(id="electrode", kind="electric_boiler", input="el", output="steam", capacity_kw=size(20, 80), efficiency=0.98),
        Unit(id="chp", kind="chp", output="el", heat="steam", capacity_kw=size(30, 70), efficiency=0.38, heat_efficiency=0.42,
             price_cny_per_kwh=0.33, factor_kgco2_per_kwh=0.202, **slow),
        Unit(id="exchanger", kind="exchanger", input="steam", output="heat", capacity_kw=120, efficiency=0.97),
        Unit(id="pipe", kind="network", input="heat", output="far", capacity_kw=60, loss_per_hour=0.08, delay_steps=int(r.integers(0, 3)), standing_loss_kw=0.5),
        Unit(id="sun", kind="pv", output="el", available="sun"),
        Unit(id="wind", kind="wind", output="el", available="wind"),
        Unit(id="line", kind="direct_line", output="el", available="line", capacity_kw=60, price_cny_per_kwh=0.39),
        Unit(id="neighbor", kind="source", output="steam", capacity_kw=size(15, 40), minimum_kw=5, price_cny_per_kwh=0.26, factor_kgco2_per_kwh=0.396),
    ]  # fmt: skip
    units = [u for u in units if u.id in ("boiler", "exchanger", "pipe", "chiller") or there()]
    cars = Fleet(id="cars", node="el", vehicles=4, charger_kw=7, battery_kwh=50, arrives=8, leaves=float(r.integers(15, 20)),
                 back_share=float(r.random() < 0.5 or complete), wear_cny_per_kwh=0.05)  # fmt: skip
    needs = [Need(id=n, node=n, series=n) for n in NODES]
    needs += [
        Need(id="mill", node="el", series="mill", shiftable=0.6, shift_cost_cny_per_kwh=0.01, deadline_hours=12),
        Need(id="melt", node="el", series="melt", curtailable=0.5, curtail_cost_cny_per_kwh=1.2, curtail_limit_kwh=60),
    ]
    grid = Grid(id="grid", node="el", import_kw=size(170, 500), export_kw=size(10, 60), price_series="price",
                export_price_cny_per_kwh=0.22, factor_kgco2_per_kwh=0.58)  # fmt: skip
    capped = r.random() < 0.25
    limits = Limits(
        export_share=float(r.uniform(0.02, 0.2)) if r.random() < 0.4 else None,
        emission_cap_kg_per_day=size(1500, 3500) * steps * minutes / 1440 if capped else None,
        emission_penalty_cny_per_kg=2.0 if capped else None,
    )
    carbon = 0.09 if not capped and r.random() < 0.5 else 0.0
    described = Description(
        units=units, needs=needs, fleets=[cars] if there() else [], grids=[grid], surplus=["steam", "heat", "cold", "far"],
        temperature="air", step_minutes=minutes, limits=limits, money=Money(carbon_cny_per_kg=carbon),
    )  # fmt: skip
    return described, _day(r, described, steps, minutes)


def _day(r: np.random.Generator, described: Description, steps: int, minutes: int) -> Inputs:
    horizon = Horizon(datetime(2025, int(r.integers(1, 13)), int(r.integers(1, 28)), 16, tzinfo=UTC), steps, minutes)
    hour = np.arange(steps) * minutes / 60 % 24
    work = 0.55 + 0.45 * np.clip(np.sin((hour - 6) / 14 * np.pi), 0, None)
    most = {"el": 120, "steam": 50, "heat": 35, "cold": 30, "h2": 12, "far": 15, "mill": 30, "melt": 25}
    series = {n: np.round(kw * work * r.uniform(0.7, 1.1, steps), 3) for n, kw in most.items()}
    series["sun"] = np.round(150 * np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * r.uniform(0.3, 1.1, steps), 3)
    series["wind"] = np.round(
        70 * np.clip(0.4 + 0.3 * np.sin(hour / 5 + r.uniform(0, 6)) + 0.1 * r.normal(size=steps), 0, 1), 3
    )
    series["line"] = np.round(60 * r.uniform(0, 1, steps), 3)
    series["air"] = np.round(r.uniform(-5, 28) + 5 * np.sin((hour - 9) / 24 * 2 * np.pi), 2)
    level = np.select([hour < 7, np.isin(np.floor(hour), (10, 11, 18, 20)), np.floor(hour) == 19], [0, 2, 3], 1)
    series["price"] = np.array(PRICES)[level]
    prices = all_prices(described, horizon, series)
    charge = float(r.choice([0.0, 1.5, 8.0, 40.0]))
    months = len(np.unique(horizon.months()))
    prices = {k: replace(p, demand_cny_per_kw=np.full(months, charge)) for k, p in prices.items()}
    return Inputs(horizon, series, prices, State(peak_kw={"grid": float(r.uniform(0, 160))}))
