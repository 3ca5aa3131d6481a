"""Did a component's matrix move, and did we mean it? Two steps of each component, as MPS."""

from collections.abc import Callable

import numpy as np
import pytest

from lingtan.optimize import components as c
from lingtan.optimize.export_mps import as_mps
from lingtan.optimize.limits import Cap, Certificates, IntensityCap, Share
from lingtan.optimize.model import Contributes, Model, Size, Timeline

BUILT = Size(10, 1, cost=3)
TWO = np.array([1.0, 0.5])
CURVE = c.Limits((c.Segment(0.6, 1.0), c.Segment(0.4, 0.8)), ramp=0.5)
SWITCH = c.Limits(running=c.Running(0.4, 2.0, 2, 2, was_on=0.0))
COUNTED = {"emissions": 0.5, "energy": 0.2}

PARTS: dict[str, tuple[Contributes, ...]] = {
    "source-sink": (
        c.Demand("need", "el", TWO),
        c.Source("in", "el", TWO, BUILT, TWO, 0.1),
        c.Sink("out", "el", 0.1, 5.0),
    ),
    "grid-demand": (
        c.GridConnection("grid", "el", TWO, BUILT, 0.1, 4.0, 7.0, 1.0, 0.4, 2.0, TWO, COUNTED, {"export": 1.0}),
    ),
    "grid-capacity": (c.GridConnection("grid", "el", TWO, 9.0, capacity_charge=2.0),),
    "renewables": (
        c.Pv("pv", "el", BUILT, TWO, tallies=COUNTED),
        c.Wind("wind", "el", 5.0, TWO, 0.1),
        c.DirectLine("line", "el", BUILT, TWO, 0.3, COUNTED, Size(4), 0.05),
    ),
    "boilers": (
        c.Boiler("gas", "gas", "heat", BUILT, 0.9, flue={"co2": 0.2}, limits=CURVE),
        c.ElectricBoiler("e", "el", "heat", 4.0, 0.98, limits=SWITCH),
    ),
    "chp": (
        c.BackPressureChp("bp", "gas", "el", "heat", BUILT, 0.35, 0.45, 0.2, limits=SWITCH),
        c.ExtractionChp("ex", None, "el", "heat", BUILT, 0.5, 0.4, 0.35, 0.2, limits=c.Limits(ramp=0.5)),
    ),
    "heat": (
        c.HeatPump("hp", "el", "hot", BUILT, 2 + TWO, "warm"),
        c.HeatExchanger("hx", "hot", "warm", BUILT, 0.97),
        c.Letdown("valve", "high", "hot", 5.0, 1.1),
        c.Cascade("levels", ("hot", "warm", "cold")),
        c.WasteHeat("furnace", "warm", TWO, BUILT),
        c.Orc("orc", "hot", "el", BUILT, 0.1, "warm"),
    ),
    "cooling": (
        c.ElectricChiller("ec", "el", "cool", BUILT, 4 + TWO, "warm"),
        c.AbsorptionChiller("ac", "heat", "cool", 5.0, 0.7),
    ),
    "stores": (
        c.Battery("b", "el", BUILT, Size(4, cost=1), 1.0, 0.9, 0.9, 0.01, 0.1, 0.2),
        c.ThermalStore("t", "heat", 8.0, None, 0.25, 0.9, 0.9, 0.01, start=0.5, end=0.25),
        c.MoltenSalt("s", "el", BUILT, 2.0, out="steam", tallies=COUNTED),
        c.HydrogenTank("h", "h2", BUILT, None, 0.5, auxiliary={"el": 0.05}),
    ),
    "hydrogen": (
        c.Electrolyser("ely", "el", "h2", BUILT, 0.6, "heat", 0.2),
        c.FuelCell("fc", "h2", "el", BUILT, 0.5, "heat", 0.3),
    ),
    "flexible": (
        c.ShiftableLoad("mill", "el", 1 + TWO, 0.5, 2.0, None, 0.1),
        c.CurtailableLoad("shop", "el", TWO, 0.5, 3.0, 0.4, COUNTED),
        c.ChargingFleet("cars", "el", 2 * TWO, 9 * TWO, TWO, 0.5 * TWO, 0.9, 0.5, 0.1, 1.0),
    ),
    "network": (c.NetworkLink("pipe", "a", "b", BUILT, 0.1, 0.2, True, 0.05, COUNTED),),
    "capture": (c.Vent("stack", "co2"), c.CarbonCapture("ccus", "co2", BUILT, {"el": 0.3}, 0.9, 0.2)),
    "limits": (
        c.Source("in", "el", 1.0, 9.0, tallies={**COUNTED, "all": 1.0, "some": TWO}),
        c.Demand("need", "el", 1.0, {"emissions": 0.1}),
        Certificates("rec", 9.0, 0.1, {"emissions": -0.5}),
        IntensityCap("core", 2.0, 0.1, 9.0),
        IntensityCap("served", 2.0, served_energy=0.5),
        Cap("budget", "emissions", 5.0, -5.0),
        Share("share", "some", "all", 0.1, 0.9),
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_no_matrix_moves_unseen(name: str, golden: Callable[[str, str], None]) -> None:
    part = Timeline(np.array([1.0, 0.5]), np.array([1.0, 2.0]), np.zeros(2, np.int64), np.array([0, 1]))
    golden(f"model-{name}.mps", as_mps(Model(part).add(*PARTS[name]), name))
