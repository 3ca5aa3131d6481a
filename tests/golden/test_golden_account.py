"""The method gives what it gave: whoever changes a figure raises ``METHOD_VERSION`` (or the activities' ``VERSION``)."""

from collections.abc import Callable
from pathlib import Path

from tests.closing_case import filled

from lingtan.services.compute_account import METHOD
from lingtan.services.run_account import run_account


def test_the_account_of_a_small_park(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    space = filled(tmp_path, range(10, 14))
    lines = [f"method {METHOD}"]
    for rules in ("ndrc-910-2025",):
        run = run_account(space, "2025", rules=rules, floor=0)
        lines.append(f"{rules} {run.record['result']}")
        lines += [f"  {k} {v}" for k, v in run.record["totals"].items()]
        lines += [f"  {i.id} {i.value}" for i in run.indicators]
    golden("account.txt", "\n".join(lines) + "\n")
