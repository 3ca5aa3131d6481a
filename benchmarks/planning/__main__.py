"""``python -m benchmarks.planning [NAMES] [--peer]``: the reference park, asked against measured, in CPU seconds of one thread.

Every figure is taken in a process of its own, runs of one kind interleaved with the others, and the median is shown.
``--peer`` solves the park by HiGHS HiPO at tolerance 1e-3 beside it (minutes). The data stand in ``LINGTAN_DATA``.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np

from benchmarks.measure import Figure, as_table, machine
from benchmarks.planning.reference_park import OPTIMUM_CNY, Case, build, folder, load, official
from lingtan.optimize.chain.lower import lower
from lingtan.optimize.explanation import cheapest_relaxation, smallest_conflict
from lingtan.optimize.highs import Loaded
from lingtan.optimize.model import Model
from lingtan.optimize.solution import Solution
from lingtan.optimize.solve import clean, solve, solve_chain

Measured = dict[str, float]
GAPS = {"gap-1%": (1e-2, 4.0), "gap-0.1%": (1e-3, 5.0), "gap-1e-6": (1e-6, 9.0)}


def _case() -> Case:
    place = folder()
    if place is None:
        raise SystemExit("LINGTAN_DATA names no folder with planning/park_p1.csv")
    return load(place)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _right(found: Solution) -> None:
    """The bounds must enclose what five other solvers found."""
    if not found.lower_bound <= OPTIMUM_CNY * (1 + 1e-7) or not found.cost >= OPTIMUM_CNY * (1 - 1e-7):
        raise SystemExit(f"wrong: {found.lower_bound} … {found.cost} does not hold {OPTIMUM_CNY}")


def solves(gap: float) -> Measured:
    """The year to a gap."""
    case = _case()
    begin = time.process_time()
    lowered = lower(build(case))
    built = time.process_time()
    found = solve_chain(lowered, gap=gap)
    done = time.process_time()
    _right(found)
    return {"build": built - begin, "solve": done - built, "mb": _peak_mb(), "gap": found.gap}


def second() -> Measured:
    """The park with the factors and target of notice 910 to 0.1 %."""
    lowered = lower(build(official(_case())))
    begin = time.process_time()
    found = solve_chain(lowered, gap=1e-3)
    return {"solve": time.process_time() - begin, "gap": found.gap, "cost": found.cost}


def cleaned() -> Measured:
    """The year to 0.1 %, then with sizes that a person would write down, operated in full."""
    model = build(_case())
    begin = time.process_time()
    found = clean(model, solve(model, gap=1e-3), gap=1e-3)
    return {"solve": time.process_time() - begin, "gap": found.gap}


def four_years() -> Measured:
    """Four weather years side by side, made from the one by shifting weeks and scaling needs."""
    case, rng = _case(), np.random.default_rng(4)
    kept = ("month", "price", "export", "cop", "eer")
    years = []
    for year in range(4):
        one = {}
        for name, values in case.series.items():
            moved = values if name in kept else np.roll(values * rng.uniform(0.93, 1.07), 168 * year)
            one[name] = np.minimum(moved, 1.0) if name in ("pv", "wind", "direct") else moved
        years.append(one)
    joined = Case({name: np.concatenate([y[name] for y in years]) for name in case.series}, case.numbers)
    begin = time.process_time()
    found = solve_chain(lower(build(joined, years=4)), gap=1e-2)
    return {"solve": time.process_time() - begin, "mb": _peak_mb(), "gap": found.gap}


def infeasible() -> Measured:
    """504 hours with too little heat, and with a cap out of reach: proven, then explained."""
    case = _case().part(0, 504)
    out: Measured = {}
    for name, model in (("heat", _without_heat(build(case))), ("cap", _without_green(build(case)))):
        begin = time.process_time()
        found = solve(model)
        proven = time.process_time()
        if found.status != "infeasible":
            raise SystemExit(f"{name}: {found.status}, not infeasible")
        conflict, relief = smallest_conflict(model, found), cheapest_relaxation(model)
        if not conflict or not relief:
            raise SystemExit(f"{name}: not explained")
        months = 504 / 730
        out |= {
            f"{name} proven": (proven - begin) / months,
            f"{name} explained": (time.process_time() - begin) / months,
        }
    return out


def _without_heat(model: Model) -> Model:
    names = ("chp", "gb", "bio", "eb")
    model.globals = [replace(g, upper=g.upper * 0.1) if g.name in names else g for g in model.globals]
    return model


def _without_green(model: Model) -> Model:
    small = {"pv", "wind", "direct", "bio", "rec"}
    model.globals = [replace(g, upper=g.upper * 0.01) if g.name in small else g for g in model.globals]
    return model


def peer() -> Measured:
    """HiGHS HiPO at tolerance 1e-3, without crossover, on the same arrays."""
    loose = dict.fromkeys(
        ("primal_feasibility_tolerance", "dual_feasibility_tolerance", "ipm_optimality_tolerance"), 1e-3
    )
    loaded = Loaded(build(_case()), solver="hipo", run_crossover="off", **loose)
    begin = time.process_time()
    found = loaded.run()
    return {"solve": time.process_time() - begin, "mb": _peak_mb(), "off": abs(found.cost / OPTIMUM_CNY - 1)}


def _sensitivity(seed: int) -> float:
    case, rng = _case(), np.random.default_rng(seed)
    numbers = dict(case.numbers)
    numbers["inv"] = {k: (c * rng.uniform(0.6, 1.4), u) for k, (c, u) in numbers["inv"].items()}
    numbers["gas_price"] *= rng.uniform(0.7, 1.3)
    found = solve(build(Case(case.series, numbers)), gap=1e-3)
    if found.status != "solved":
        raise SystemExit(f"sensitivity {seed}: {found.status}")
    return found.gap


def sensitivities(many: int = 100) -> Measured:
    """A hundred full years with other costs, in two processes. [wall seconds]"""
    begin = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        gaps = list(pool.map(_sensitivity, range(many)))
    return {"wall": time.perf_counter() - begin, "gap": max(gaps)}


WORKS: dict[str, Callable[[], Measured]] = {
    **{name: (lambda gap=gap: solves(gap)) for name, (gap, _) in GAPS.items()},
    "second": second,
    "clean": cleaned,
    "four-years": four_years,
    "infeasible": infeasible,
    "sensitivities": sensitivities,
    "peer": peer,
}


def run(name: str) -> Measured:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.planning", "--child", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def figures(found: dict[str, list[Measured]]) -> list[Figure]:
    """Medians against what is asked."""

    def median(name: str, key: str) -> float:
        return statistics.median(one[key] for one in found[name])

    made = []
    for name, (_, asked) in GAPS.items():
        if name in found:
            note = f"proven {median(name, 'gap'):.2g}"
            made.append(Figure(f"reference park, {name}", median(name, "solve"), "s", asked, note=note))
    if "gap-0.1%" in found:
        made.append(Figure("model build", median("gap-0.1%", "build"), "s", 0.2))
        made.append(Figure("peak memory", median("gap-0.1%", "mb"), "MB", 400))
    if "second" in found:
        note = f"{median('second', 'cost') / 1e6:.2f} million CNY, gap {median('second', 'gap'):.2g}"
        made.append(
            Figure("second park (0.8325, 0.2856, target 0.2), 0.1 %", median("second", "solve"), "s", 5.0, note=note)
        )
    if "clean" in found:
        made.append(
            Figure("0.1 % and clean sizes", median("clean", "solve"), "s", note=f"gap {median('clean', 'gap'):.2g}")
        )
    if "four-years" in found:
        made.append(Figure("four weather years, 1 %", median("four-years", "solve"), "s", 25.0))
        made.append(Figure("their peak memory", median("four-years", "mb"), "MB", 800))
    if "infeasible" in found:
        for key in found["infeasible"][0]:
            made.append(Figure(f"infeasible: {key}", median("infeasible", key), "s a month of data", 1.0))
    if "sensitivities" in found:
        made.append(Figure("100 sensitivities, 0.1 %", median("sensitivities", "wall") / 60, "min", 8.0))
    if "peer" in found and "gap-0.1%" in found:
        ratio = median("peer", "solve") / median("gap-0.1%", "solve")
        made.append(
            Figure("ratio to HiGHS HiPO", ratio, "×", 25.0, least=True, note=f"HiPO {median('peer', 'solve'):.0f} s")
        )
    return made


def main() -> int:
    """Measure and print; exit code 1 if something asked for is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planning", description=__doc__)
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--child", choices=WORKS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(WORKS[given.child]()))
        return 0
    names = given.names or [*GAPS, "second", "clean", "four-years", "infeasible"]
    names += ["peer"] if given.peer and "peer" not in names else []
    found: dict[str, list[Measured]] = {}
    for turn in range(given.runs):
        for name in names:
            if turn == 0 or name not in ("peer", "sensitivities"):
                found.setdefault(name, []).append(run(name))
    table = figures(found)
    print(machine())
    print(as_table(table))
    return 0 if all(figure.good for figure in table) else 1


if __name__ == "__main__":
    sys.exit(main())
