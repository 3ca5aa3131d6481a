"""``python -m benchmarks.forecast_real [--data DIR]``: forecasts of real series against simple rules.

Reads what is in DIR (else ``LINGTAN_DATA``, else ``../shared/data``) and skips what is not there. The last 28 days of each
series, issued at local midnight for the day, models trained on the year before. Prints scores only: some of the series may not be shown.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measure import Figure, as_table
from lingtan.forecast.backtest import Backtest, backtest
from lingtan.forecast.boosted import Effort
from lingtan.forecast.history import DAY, History, regular
from lingtan.forecast.issue import Panel
from lingtan.forecast.outlook import Surroundings
from lingtan.forecast.record import Kind, Target

Floats = npt.NDArray[np.float64]
TEST_DAYS = 28
RIVALS = ("weekly-naive", "seasonal-naive", "climatology", "similar-days")


@dataclass(frozen=True)
class Case:
    """A real series and what is asked of its forecast, as a share of the weekly-naive pinball loss."""

    name: str
    kind: Kind
    panel: Panel
    zone_s: int
    asked: float | None = None


def table(
    path: Path, column: str, zone: str, step_s: int, *, scale: float = 1.0, stamp: str = ""
) -> tuple[Floats, int]:
    """A column on a whole grid, NaN where it has gaps, and where it starts. [s since 1970]"""
    import pandas as pd

    found = pd.read_parquet(path)
    times = pd.DatetimeIndex(found[stamp] if stamp else found.iloc[:, 0]).tz_localize(zone)
    series = pd.Series(found[column].to_numpy(float) * scale, index=times)
    series = series[~series.index.duplicated()].asfreq(f"{step_s}s")
    return series.to_numpy(float), int(series.index[0].timestamp())


def panel(
    kind: Kind, values: Floats, start_s: int, step_s: int, zone: str, *, place: tuple[float, float] | None = None,
    air: History | None = None, highest: float = float("inf"), lowest: float = 0.0,
) -> Panel:  # fmt: skip
    """One series as a park of one target."""
    history = regular(values, start_s=start_s, step_s=step_s, ids=["series"])
    around = Surroundings(
        zone, place[0] if place else None, place[1] if place else None, air, None, start_s, history.end_s, step_s
    )
    target = Target("series", kind, "park", "kW", lowest=lowest, highest=highest)
    return Panel((target,), history, around)


def cases(data: Path) -> list[Case]:
    """The series that are there."""
    found = []
    path = data / "load" / "steel_daewoo_2018_15min.parquet"
    if path.exists():
        values, start = table(path, "usage_kwh", "Asia/Seoul", 900, scale=4)
        found.append(Case("steel plant, load", "load", panel("load", values, start, 900, "Asia/Seoul"), 9 * 3600, 0.80))
    path = data / "load" / "china_region_2018_2020H1_15min.parquet"
    if path.exists():
        values, start = table(path, "load_kw", "Asia/Shanghai", 900)
        found.append(
            Case("Chinese district, load", "load", panel("load", values, start, 900, "Asia/Shanghai"), 8 * 3600, 0.70)
        )
    air = None
    path = data / "weather" / "zhongshan_era5_2025_hourly.parquet"
    if path.exists():
        values, start = table(path, "temp_degC", "Asia/Shanghai", 3600)
        air = regular(values, start_s=start, step_s=3600, ids=["air"])
    spot = (22.52, 113.39)
    path = data / "zhongshan" / "industrial_portfolio_load_2025Apr_Dec_hourly.parquet"
    if path.exists():
        values, start = table(path, "load_mwh", "Asia/Shanghai", 3600, scale=1000)
        made = panel("load", values, start, 3600, "Asia/Shanghai", air=air)
        found.append(Case("Zhongshan, load", "load", made, 8 * 3600))
    path = data / "zhongshan" / "pv_phase1_8MWp_2025Jul_Dec_hourly.parquet"
    if path.exists():
        values, start = table(path, "energy_kwh", "Asia/Shanghai", 3600)
        made = panel("pv", values, start, 3600, "Asia/Shanghai", place=spot, air=air)
        found.append(Case("Zhongshan, PV", "pv", made, 8 * 3600))
    path = data / "price" / "guangdong_node_price_load_2025_hourly.parquet"
    if path.exists():
        for column, name in (
            ("node_price_rt_cny_mwh", "real-time price"),
            ("node_price_da_cny_mwh", "day-ahead price"),
        ):
            values, start = table(path, column, "Asia/Shanghai", 3600, scale=0.001)
            made = panel("price", values, start, 3600, "Asia/Shanghai", lowest=-2.0, highest=10.0, air=air)
            found.append(Case(f"Guangdong, {name}", "price", made, 8 * 3600))
    return found


def run(case: Case, test_days: int = TEST_DAYS) -> tuple[Backtest, float]:
    """The backtest of the last days, and the CPU seconds it took. Midnights that are followed by a whole day only."""
    history = case.panel.history
    end = (history.end_s + case.zone_s) // DAY * DAY - case.zone_s
    begin = time.process_time()
    made = backtest(
        case.panel, [end - DAY * (test_days - i) for i in range(test_days)], steps=DAY // history.step_s, days=365,
        effort=Effort(horizon_s=DAY, hours=(0,)), zone_s=case.zone_s, retrain_days=400, keep=0,
    )  # fmt: skip
    return made, time.process_time() - begin


def ratios(made: Backtest) -> tuple[dict[str, float], float, float]:
    """Pinball loss as a share of each rule's, over the day; and what the 90 % and the 50 % bands held."""
    total: dict[str, float] = {}
    held = [0.0, 0.0, 0.0]
    for s in made.scores:
        total[s.method] = total.get(s.method, 0.0) + s.pinball * s.values
        if s.method == "forecast":
            held = [held[0] + s.covered_90 * s.counted, held[1] + s.covered_50 * s.counted, held[2] + s.counted]
    share = {r: total["forecast"] / total[r] for r in RIVALS if total.get(r)}
    return share, held[0] / held[2], held[1] / held[2]


def main() -> int:
    """Exit code 1 where a figure that is asked for is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast_real")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LINGTAN_DATA", "../shared/data")))
    found = cases(parser.parse_args().data)
    if not found:
        print("no real series here")
        return 0
    figures = []
    print(
        "| series | of weekly naive | of seasonal naive | of climatology | of similar days | 90 % held | 50 % held | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for case in found:
        made, spent = run(case)
        share, nine, five = ratios(made)
        cells = " | ".join(f"{share[r]:.2f}" if r in share else "–" for r in RIVALS)
        print(f"| {case.name} | {cells} | {nine:.1%} | {five:.1%} | {spent:.0f} |", flush=True)
        if case.asked is not None:
            figures.append(Figure(f"{case.name}, pinball of weekly naive", share["weekly-naive"], "", case.asked))
            figures.append(Figure(f"{case.name}, 90 % band away from 90 %", abs(nine - 0.9) * 100, "points", 3.0))
    print()
    print(as_table(figures))
    return 0 if all(f.good for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
