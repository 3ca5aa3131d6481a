"""A small synthetic park that several tests share: three carriers, six sizes, a store, a cap."""

import numpy as np

from lingtan.optimize.components import (
    Battery,
    Boiler,
    Demand,
    ElectricBoiler,
    GridConnection,
    HeatPump,
    Pv,
    Sink,
    ThermalStore,
    Wind,
)
from lingtan.optimize.limits import Certificates, IntensityCap
from lingtan.optimize.model import Contributes, Model, Size, Timeline


def small_park(
    steps: int = 96,
    *,
    cap: float | None = 1.5,
    unit: float = 1.0,
    money: float = 1.0,
    connection: float = 8_000.0,
    boiler: float = 9_000.0,
    years: int = 1,
    extra: tuple[Contributes, ...] = (),
) -> Model:
    """``unit`` scales all power, ``money`` all prices."""
    each = steps // years
    hour = np.tile(np.arange(each), years)
    day = np.sin((hour % 24 - 6) / 24 * 2 * np.pi)
    part = Timeline.hourly(each, months=np.arange(each) // 48, weight=1.0 / years)
    model = Model(Timeline.side_by_side([part] * years))
    k, m = unit, money
    price = np.where(hour % 24 < 7, 0.3, 0.9) * m
    share = each / 8760
    model.add(
        Demand("works", "el", k * (4_000 + 1_500 * day)),
        Demand("houses", "heat", k * (3_000 - 1_000 * day)),
        Pv("pv", "el", Size(20_000 * k, cost=300 * m * share), np.clip(day, 0, 1), tallies={"energy": 0.12}),
        Wind("wind", "el", Size(5_000 * k, cost=700 * m * share), 0.4 + 0.3 * np.sin(hour / 11), tallies={"energy": 0.12}),
        GridConnection(
            "grid",
            "el",
            price,
            connection * k,
            demand_charge=0.2 * m,
            import_tallies={"emissions": 0.6, "energy": 0.12},
        ),
        Boiler(
            "boiler", None, "heat", Size(boiler * k, cost=50 * m * share), 0.9, 0.35 * m,
            tallies={"emissions": 0.2, "energy": 0.12},
        ),
        ElectricBoiler("e-boiler", "el", "heat", Size(9_000 * k, cost=70 * m * share), 0.98),
        HeatPump("pump", "el", "heat", Size(4_000 * k, cost=350 * m * share), 2.8 + 0.3 * day),
        Battery(
            "battery", "el", Size(20_000 * k, cost=100 * m * share), Size(8_000 * k, cost=40 * m * share),
            charge_efficiency=0.95, discharge_efficiency=0.95, loss=0.001,
        ),
        ThermalStore("tank", "heat", Size(60_000 * k, cost=5 * m * share), None, 0.25, 0.97, 0.97, 0.005),
        Sink("off", "heat"),
        *extra,
    )  # fmt: skip
    if cap is not None:
        model.add(Certificates("green", 2e5 * k, 0.05 * m, {"emissions": -0.6}), IntensityCap("cap", cap))
    return model
