"""Small panels with known habits, for tests of forecasts."""

import numpy as np

from lingtan.forecast.boosted import Effort
from lingtan.forecast.history import DAY, History, regular
from lingtan.forecast.issue import Panel
from lingtan.forecast.outlook import Surroundings
from lingtan.forecast.record import Target

ZONE = "Asia/Shanghai"
ZONE_S = 8 * 3600
START_S = 1_741_017_600  # Tuesday, 4 March 2025, 00:00 in China
HOUR = 3600
LITTLE = Effort(trees=15, rate=0.2, rows=4000, horizon_s=2 * DAY, hours=(0, 9))


def series(days: int, *, seed: int = 1, level: float = 100.0, noise: float = 0.05, off: float = 0.4) -> np.ndarray:
    """A plant by the hour: two shifts, weaker on weekends, with noise."""
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    day = hours // 24
    free = (day + 1) % 7 >= 5
    shape = np.where((hours % 24 >= 7) & (hours % 24 < 22), 1.0, 0.5) * np.where(free, off, 1.0)
    return np.maximum(level * shape * (1 + noise * rng.standard_normal(len(hours))), 0)


def panel(days: int = 50, *, delay_s: int = 0) -> Panel:
    """Two enterprises and their sum, a PV plant, and a thermometer."""
    one, two = series(days, seed=1), series(days, seed=2, level=300.0, off=0.9)
    hours = np.arange(days * 24)
    rng = np.random.default_rng(3)
    sun = np.maximum(np.sin(np.pi * ((hours % 24) - 6) / 12), 0) * np.where((hours % 24 > 6) & (hours % 24 < 18), 1, 0)
    pv = 800 * sun * np.repeat(rng.uniform(0.2, 1.0, days), 24)
    ids = ["a:electricity", "b:electricity", "park:electricity", "pv-a"]
    history = regular(np.stack([one, two, one + two, pv]), start_s=START_S, step_s=HOUR, delay_s=delay_s, ids=ids)
    air = regular(
        15 + 5 * np.sin(hours / 24 * 2 * np.pi) + rng.standard_normal(len(hours)), start_s=START_S, step_s=HOUR
    )
    targets = (
        Target("a:electricity", "load", "enterprise", "kW", enterprise="a", parent="park:electricity", highest=1000),
        Target("b:electricity", "load", "enterprise", "kW", enterprise="b", parent="park:electricity", highest=1000),
        Target("park:electricity", "load", "park", "kW"),
        Target("pv-a", "pv", "meter", "kW", asset="pv-a", highest=1050, capacity_kw=1000),
    )
    around = Surroundings(ZONE, 31.0, 120.0, air, None, START_S, history.end_s, HOUR)
    return Panel(targets, history, around)


def one(values: np.ndarray, *, step_s: int = HOUR, name: str = "x:electricity") -> tuple[Panel, History]:
    """A park of one series."""
    history = regular(values, start_s=START_S, step_s=step_s, ids=[name])
    around = Surroundings(ZONE, start_s=START_S, end_s=history.end_s, step_s=step_s)
    return Panel((Target(name, "load", "enterprise", "kW", enterprise="x"),), history, around), history
