"""Every check, in the order of ``make test``: all are run, what failed is shown, one failure fails the whole.

Example: ``python checks/all.py`` or ``python checks/all.py types imports``.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["src", "tests", "checks", "benchmarks"]
WORKERS = os.environ.get("LINGTAN_TEST_WORKERS", "2")

STEPS: dict[str, list[str]] = {
    "format": ["-m", "ruff", "format", "--check", *SOURCES],
    "lint": ["-m", "ruff", "check", *SOURCES],
    "types": ["-m", "mypy"],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "hygiene": ["checks/hygiene.py"],
    "locales": ["checks/locales.py"],
    "lock": ["checks/lock.py", "--check"],
    "tests": ["-m", "pytest", "-n", WORKERS, "-m", "not cluster"],
}


def run(name: str) -> bool:
    """Run one step; pytest speaks for itself, the others only when they fail."""
    aloud = name == "tests"
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, *STEPS[name]],
        cwd=ROOT,
        stdout=None if aloud else subprocess.PIPE,
        stderr=None if aloud else subprocess.STDOUT,
        text=True,
        check=False,
    )
    good = done.returncode == 0
    if not good and not aloud:
        print(done.stdout)
    print(f"{'ok  ' if good else 'FAIL'} {name:<8} {time.monotonic() - begin:6.1f} s", flush=True)
    return good


def main() -> int:
    """Exit code 0 if every step is good."""
    names = sys.argv[1:] or list(STEPS)
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    failed = [name for name in names if not run(name)]
    print(f"failed: {', '.join(failed)}" if failed else f"all {len(names)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
