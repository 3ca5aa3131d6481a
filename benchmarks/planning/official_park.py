"""The second reference park: the official factors (0.8325, equivalent value 0.2856) and target 0.2, made by the project itself.

It is the sample study of ``lingtan plan new`` with its generated weather and loads, so that anyone has it; the first park
(``reference_park``) is for solver speed against peers, this one for the whole way from a study file to an accounted plan.

``python -m benchmarks.planning.official_park`` prints CPU seconds of one thread, the proven gap and the accounted indicator.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from lingtan.carbon.factors import FactorBook
from lingtan.optimize.chain.lower import lower
from lingtan.optimize.solve import solve_chain
from lingtan.optimize.study.build import build, intensity_classes
from lingtan.optimize.study.plan import solve_case
from lingtan.optimize.study.site import account, site
from lingtan.services.start_study import start_study
from lingtan.services.studies import open_study

GAPS = (1e-2, 1e-3, 1e-6)


def main() -> int:
    """Print the figures; nil if the plan is proven and its indicator within the target."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_study(start_study(Path(folder) / "official.yaml"))
    case = opened.case()
    cap = intensity_classes(opened.study, opened.rules)[0]
    begin = time.process_time()
    model = build(case, cap=cap)
    print(f"model build                 {time.process_time() - begin:8.2f} s")
    for gap in GAPS:
        begin = time.process_time()
        found = solve_chain(lower(model), gap=gap)
        taken = time.process_time() - begin
        print(
            f"gap {gap:<8g} proven {found.gap:9.2e} {taken:8.2f} s   {found.lower_bound:,.0f} … {found.cost:,.0f} CNY"
        )
    begin = time.process_time()
    plan = solve_case(case, opened.rules, gap=1e-3)
    taken = time.process_time() - begin
    print(f"plan: solved, served, rounded, simulated at 0.1 %: {taken:.2f} s, gap {plan.gap:.2e}")
    begin = time.process_time()
    _, indicators = account(site(case, plan), opened.rules, FactorBook.packaged(), opened.study.study.year)
    core = next(i for i in indicators if i.id == "core")
    value = float(core.value or 0)
    print(f"accounted: {value:.4f} tCO2/tce (target {cap.target}), {time.process_time() - begin:.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if plan.status == "solved" and value <= cap.target else 1


if __name__ == "__main__":
    sys.exit(main())
