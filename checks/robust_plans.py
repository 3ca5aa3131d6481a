"""Random plans by the chain method against HiGHS: lower bound ≤ optimum ≤ upper bound, and the same verdict.

Each variant draws costs, prices (some negative), caps, limits, start of the year, and whether a park has a demand
charge, certificates, ramps, a part-load curve, minimum levels, two years side by side. They are made from a seed; no
measured series is needed. Exit code 1 if one disagrees.

Example: ``python checks/robust_plans.py 200 --hours 168 504``.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lingtan.optimize.components import (
    BackPressureChp,
    Battery,
    Boiler,
    Demand,
    ElectricBoiler,
    ElectricChiller,
    Electrolyser,
    ExtractionChp,
    GridConnection,
    HeatExchanger,
    HeatPump,
    HydrogenTank,
    Limits,
    NetworkLink,
    Pv,
    Segment,
    ShiftableLoad,
    Sink,
    Source,
    ThermalStore,
    Wind,
)
from lingtan.optimize.highs import Loaded
from lingtan.optimize.limits import Cap, Certificates, IntensityCap, Share
from lingtan.optimize.model import Model, Size, Timeline
from lingtan.optimize.solution import Solution
from lingtan.optimize.solve import solve

GAP = 1e-6
ROUNDING = 2e-7  # HiGHS meets its rows to 1e-8 at best; what that is worth, relative to the cost


@dataclass(frozen=True)
class Verdict:
    """One variant by both solvers."""

    seed: int
    hours: int
    chain: Solution
    highs: Solution
    chain_cpu_s: float
    highs_cpu_s: float

    @property
    def agrees(self) -> bool:
        """Same status, and the optimum of HiGHS within the chain's bounds."""
        if self.highs.status == "infeasible" or self.chain.status == "infeasible":
            return self.highs.status == self.chain.status
        room = ROUNDING * (1.0 + abs(self.highs.cost))
        low, high = self.chain.lower_bound - room, self.chain.cost + room
        return self.chain.status == "solved" and low <= self.highs.cost <= high


def variant(seed: int, hours: int) -> Model:
    """A random park."""
    r = np.random.default_rng(seed)
    years = 2 if r.random() < 0.2 else 1
    part = Timeline.hourly(hours // years, months=np.arange(hours // years) // 168, weight=1.0 / years)
    model = Model(Timeline.side_by_side([part] * years) if years > 1 else part)
    steps = len(model.timeline)
    hour = np.arange(steps) + int(r.integers(0, 8760))
    day = np.sin((hour % 24 - 6) / 24 * 2 * np.pi)
    season = np.cos(hour / 8760 * 2 * np.pi)
    sun = np.clip(day, 0, None) * r.uniform(0.3, 1.0, steps) * (1 - 0.4 * season)
    wind = np.clip(0.4 + 0.3 * np.sin(hour / 37) + 0.2 * r.normal(size=steps), 0, 1)
    noise = lambda s: 1 + s * r.normal(size=steps)  # noqa: E731
    el = 20_000 * (1 + 0.3 * day) * noise(0.03)
    heat = np.clip(12_000 * (1 + 0.6 * season - 0.2 * day) * noise(0.04), 0, None)
    cool = np.clip(6_000 * (0.4 - season + 0.4 * day) * noise(0.03), 0, None)
    h2 = np.clip(1_500 * (1 + 0.5 * day), 0, None) * (r.random() < 0.6)
    price = np.select([hour % 24 < 7, np.isin(hour % 24, (9, 10, 18, 19, 20))], [0.3, 1.0], 0.6) * r.uniform(0.5, 2.0)
    if r.random() < 0.2:
        price = price - 0.4
    share = steps / years / 8760

    def size(most: float, cost: float) -> Size:
        least = r.choice([0.0, 0.0, 0.0, 0.05]) * most
        return Size(most * r.choice([1, 1, 1, 0.3, 3]), least, cost * r.uniform(0.4, 1.8) * share)

    ramp = Limits(ramp=float(r.uniform(0.05, 0.4))) if r.random() < 0.4 else None
    curve = Limits(segments=(Segment(0.6, 1.0), Segment(0.4, 0.85))) if r.random() < 0.4 else None
    gas_price = 0.33 * r.uniform(0.3, 2)
    gas = {"emissions": 0.202, "energy": 0.1229}
    green = {"energy": 0.1229, "direct": 1.0, "electricity": 1.0}
    model.add(
        Demand("need-el", "el", el),
        Demand("need-heat", "hot", heat),
        Demand("need-cool", "cool", cool),
        Demand("need-h2", "h2", h2),
        Pv("pv", "el", size(150_000, 290), sun, tallies=green),
        Wind("wind", "el", size(60_000, 590), wind, price=0.05, tallies=green),
        GridConnection(
            "grid",
            "el",
            price=price,
            connection=size(80_000, 50) if r.random() < 0.3 else 80_000 * r.uniform(0.3, 1.2),
            export_price=price * 0.0 + min(0.0 if price.min() < 0 else 0.2 * price.min(), price.min()),
            export_limit=r.choice([0.0, 15_000.0]),
            demand_charge=r.choice([0.0, 10.0, 40.0]),
            billed_minimum=r.choice([0.0, 0.4]),
            import_tallies={"emissions": 0.53 * r.uniform(0.4, 1.6), "energy": 0.1229, "electricity": 1.0},
            export_tallies={"energy": -0.1229},
        ),
        Source("gas", "gas", price=gas_price, tallies=gas),
        BackPressureChp("chp", "gas", "el", "steam", size(40_000, 746), 0.36, 0.4, limits=ramp)
        if r.random() < 0.6
        else ExtractionChp("chp", "gas", "el", "steam", size(40_000, 746), 0.5, 0.4, 0.35, limits=ramp),
        Boiler("boiler", "gas", "steam", size(40_000, 51), 0.92, limits=curve),
        ElectricBoiler("e-boiler", "el", "steam", size(40_000, 76), 0.98),
        HeatPump("pump", "el", "hot", size(30_000, 350), 2.6 - 0.6 * season),
        HeatExchanger("exchanger", "steam", "hot", size(40_000, 12), 0.97),
        ElectricChiller("chiller", "el", "cool", size(40_000, 98), 5 + season),
        Electrolyser("electrolyser", "el", "h2", size(20_000, 711), 0.65, heat="hot", heat_efficiency=0.15),
        Sink("steam-off", "steam"),
        Sink("heat-off", "hot"),
        Battery(
            "battery",
            "el",
            size(400_000, 100),
            size(80_000, 42),
            charge_efficiency=0.95,
            discharge_efficiency=0.95,
            loss=0.0005,
            wear=0.002,
            minimum_level=r.choice([0.0, 0.1]),
        ),
        ThermalStore("tank", "hot", size(600_000, 5), None, 0.25, 0.97, 0.97, 0.004),
        HydrogenTank("bottles", "h2", size(200_000, 86), None, 0.25, 0.97, 0.97, auxiliary={"el": 0.05}),
    )
    if r.random() < 0.3:
        model.add(
            NetworkLink("pipe", "hot", "district", size(10_000, 20), loss=0.05, both_ways=bool(r.random() < 0.3)),
            Demand("need-district", "district", heat * 0.1),
            Source("district-boiler", "district", price=0.5, power=size(5_000, 40), tallies={"emissions": 0.3}),
        )
    if r.random() < 0.3:
        model.add(ShiftableLoad("mill", "el", 2_000 * (1 + day), 0.5, 4_000.0, np.arange(23, steps, 24), 0.01))
    if r.random() < 0.7:
        model.add(Certificates("green", 6e7 * r.choice([1e-3, 1.0]) * share, 0.06, {"emissions": -0.53}))
    kind = r.random()
    if kind < 0.6:
        model.add(IntensityCap("cap", float(r.choice([0.3, 0.6, 1.0, 2.0, 10.0]))))
    elif kind < 0.8:
        model.add(Cap("budget", "emissions", most=float(r.choice([2e5, 1e6, 1e7])) * steps / years / 504))
    if r.random() < 0.3:
        model.add(Share("direct-share", "direct", "electricity", least=float(r.choice([0.2, 0.5, 0.7]))))
    return model


def compare(seed: int, hours: int) -> Verdict:
    """Both solvers on one variant."""
    model = variant(seed, hours)
    begin = time.process_time()
    chain = solve(model, gap=GAP, solver="chain")
    middle = time.process_time()
    tight = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
    highs = Loaded(model, solver="ipm", run_crossover="on", **tight).run()
    return Verdict(seed, hours, chain, highs, middle - begin, time.process_time() - middle)


def main() -> int:
    """Compare many; print each and a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", type=int, nargs="?", default=200)
    parser.add_argument("--hours", type=int, nargs=2, default=(168, 504))
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    verdicts = []
    for seed in range(given.first, given.first + given.variants):
        hours = int(np.random.default_rng(seed).integers(given.hours[0] // 24, given.hours[1] // 24 + 1)) * 24
        one = compare(seed, hours)
        verdicts.append(one)
        c, h = one.chain, one.highs
        print(
            f"{'ok  ' if one.agrees else 'FAIL'} {seed:4d} {hours:4d} h  {c.status:10s} {h.status:10s} "
            f"{c.lower_bound:16.3f} {h.cost:16.3f} {c.cost:16.3f} {c.gap:8.1e} {c.iterations:3d} "
            f"{one.chain_cpu_s:6.2f} s {one.highs_cpu_s:6.2f} s",
            flush=True,
        )
    bad = [one.seed for one in verdicts if not one.agrees]
    ratio = np.median([one.highs_cpu_s / max(one.chain_cpu_s, 1e-3) for one in verdicts])
    print(f"{len(verdicts) - len(bad)} of {len(verdicts)} agree; HiGHS took {ratio:.0f} times the CPU (median)")
    if bad:
        print(f"disagree: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
