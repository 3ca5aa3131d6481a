"""Every hour of every explanation put to the test: solved again without the limit or price that it names.

Plans of random complete parks, and with ``--park`` of days of a park's own year: claims checked, confirmed, degenerate and refuted by code;
shadow prices against one unit more; conflicts of cases without a solution against leaving each condition out. Exit code 1 if a claim is refuted.

Example: ``python -m checks.explain_dispatch 100 --park demo-park --days 24``.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checks.explain_parks import park

from lingtan.optimize.dispatch.build import build
from lingtan.optimize.dispatch.conflict import _Elastic, explain_infeasible
from lingtan.optimize.dispatch.explanation import Checker
from lingtan.optimize.dispatch.explanation_worth import Worth, worths
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.record import Description, Limits

PEAK_SHARE = 0.9  # of a day's highest need, as the month's peak so far


def of_a_workspace(root: Path, days: int) -> Iterator[tuple[str, Description, Inputs]]:
    """Days through the year of a park's own readings, quarter-hours."""
    from lingtan.base.time import Period
    from lingtan.services.dispatch_series import actual_series
    from lingtan.services.dispatch_store import description_of
    from lingtan.wiring import open_workspace

    workspace = open_workspace(root)
    described, _ = description_of(workspace, None)
    year = Period.parse("2025", described.timezone)
    series, _ = actual_series(workspace, described, year)
    total = year.hours // 24
    for day in np.linspace(3, total - 4, days).astype(int):
        hours = {k: v[day * 24 : day * 24 + 25] for k, v in series.items()}
        fine = {k: np.interp(np.arange(96) / 4, np.arange(len(v)), v) for k, v in hours.items()}
        horizon = Horizon(Horizon(year.start, 1, 60).at(int(day) * 24), 96, 15, described.timezone)
        prices = all_prices(described, horizon, fine)
        need = sum(np.max(fine[n.series]) for n in described.needs if n.node == described.grids[0].node)
        for name, share in (("calm", PEAK_SHARE), ("tight", 0.3)):
            state = State(peak_kw={described.grids[0].id: share * float(need)})
            yield f"day {day} {name}", described, Inputs(horizon, fine, prices, state)


def random_plans(count: int, first: int) -> Iterator[tuple[str, Description, Inputs]]:
    """Random parks: every second complete; of hours, one in ten of quarter-hours."""
    for seed in range(first, first + count):
        steps, minutes = (96, 15) if seed % 10 == 9 else (24, 60)
        described, given = park(seed, steps=steps, minutes=minutes, complete=seed % 2 == 0)
        yield f"park {seed}", described, given


def conflicts(count: int) -> tuple[int, int, int, int, float, float]:
    """Cases without a solution: how many, smallest conflicts, ways out that work, cheapest ones; the middle and the longest time. [s]"""
    cases = smallest = works = cheapest = 0
    spent = []
    for seed in range(count):
        described, given = park(seed, complete=seed % 2 == 0)
        r = np.random.default_rng(seed)
        node = str(r.choice(["el", "heat", "cold", "steam"]))
        series = {**given.series, node: given.series[node] * float(r.uniform(4, 12))}
        described = described.model_copy(update={"limits": Limits(hard_needs=True)})
        model = build(described, Inputs(given.horizon, series, given.prices, given.state))
        weather = {u.id for u in described.units if u.kind in ("pv", "wind", "direct_line")}
        began = time.process_time()
        why = explain_infeasible(model, given=weather)
        spent.append(time.process_time() - began)
        if why is None or not why.conflict:
            spent.pop()
            continue
        cases += 1
        elastic = _Elastic(model, frozenset(weather))
        whole = set(why.conflict)
        if elastic.solve(whole) is None and all(elastic.solve(whole - {c}) is not None for c in whole):
            smallest += 1
        least = elastic.solve(set())
        free = {w.condition for w in why.relaxation}
        held = elastic.solve(set(elastic.slack) - free)
        works += held is not None
        cheapest += (
            held is not None and least is not None and abs(held.cost - least.cost) <= 1e-6 * max(1.0, least.cost)
        )
    return cases, smallest, works, cheapest, float(np.median(spent or [0.0])), float(np.max(spent or [0.0]))


def main() -> int:
    """Check many plans; print by code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parks", type=int, nargs="?", default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--park", type=Path, help="a workspace with a year of readings, such as the demo park's")
    parser.add_argument("--days", type=int, default=24)
    parser.add_argument("--conflicts", type=int, default=60)
    asked = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    worth: Counter[tuple[str, str]] = Counter()
    bare = solved = plans = 0
    began = time.process_time()
    sources = [random_plans(asked.parks, asked.first)]
    if asked.park:
        sources.append(of_a_workspace(asked.park, asked.days))
    for source in sources:
        for name, described, given in source:
            planner = Planner(described, gap=1e-4, time_limit_s=20.0, reserve=RESERVE)
            checker = Checker(described, planner.price(planner.plan(given)))
            plans += 1
            for claim in checker.check():
                counts[claim.code, claim.verdict] += 1
                if claim.verdict == "refuted":
                    print(f"refuted: {name} {claim}", flush=True)
            found: list[Worth] = worths(checker)
            worth.update((w.limit, w.verdict) for w in found)
            for w in found:
                if w.verdict == "refuted":
                    print(f"refuted: {name} {w}", flush=True)
            for column, t in checker.unexplained():
                bare += 1
                print(f"unexplained: {name} {column} at {t}", flush=True)
            solved += checker.held.asked
    print(
        f"{plans} plans, {sum(counts.values())} claims, {solved} solves, {time.process_time() - began:.0f} CPU s; unexplained {bare}"
    )
    for title, table in (("code", counts), ("shadow price of", worth)):
        print(f"{title:18s} {'checked':>8s} {'confirmed':>9s} {'degenerate':>10s} {'refuted':>8s}")
        for code in [*sorted({c for c, _ in table}), "all"]:
            row = [
                sum(n for (c, v), n in table.items() if code in (c, "all") and v == k)
                for k in ("confirmed", "degenerate", "refuted")
            ]
            print(f"{code:18s} {sum(row):8d} {row[0]:9d} {row[1]:10d} {row[2]:8d}")
    cases, smallest, works, cheapest, middle, longest = conflicts(asked.conflicts)
    print(
        f"{cases} cases without a solution: conflict smallest in {smallest}, way out works in {works}, cheapest in {cheapest}; {middle:.2f} s in the middle, {longest:.2f} s at most"
    )
    bad = (
        sum(n for (_, v), n in (counts + worth).items() if v == "refuted")
        + bare
        + 3 * cases
        - smallest
        - works
        - cheapest
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
