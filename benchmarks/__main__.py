"""``python -m benchmarks [NAMES] [--quick] [--folder DIR]``: measure, print a table, fail where the baselines come too near.

Each name runs in a process of its own, so that its peak memory is its own. ``--quick`` takes a twentieth of the channels.
Figures that miss what is asked are marked; only the comparison with the baselines decides the exit code, because seconds
depend on the machine and a ratio measured beside it does not.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Figure, as_table, machine
from benchmarks.park_year import FULL, QUICK, Size

TIMES = 20.0  # faster than each baseline


def works() -> dict[str, tuple[str, Callable[[Path, Size], None]]]:
    """Name: the part of the folder that it uses, and what it does; in this order."""
    from benchmarks import account, baselines, dispatch, forecast, green, replay, start, store

    return {
        "start": ("start", start.start),
        "import": ("import", store.imports),
        "commit": ("commit", store.commits),
        "build": ("year", account.build),
        "account": ("year", account.cold),
        "plain": ("year", account.plain),
        "hourly": ("year", account.hourly),
        "late": ("year", account.late),
        "latest": ("year/.lingtan", store.latest),
        "channel": ("channel", store.one_channel),
        "trace": ("trace", green.traces),
        "certificates": ("certificates", green.certificates),
        "dispatch": ("dispatch", dispatch.mpc),
        "infeasible": ("dispatch", replay.conflicts),
        "replay": ("dispatch", replay.year),
        "baselines": ("baselines", baselines.baselines),
        "forecast": ("forecast", forecast.forecast),
    }


NAMES = (
    "start",
    "import",
    "commit",
    "build",
    "account",
    "plain",
    "hourly",
    "late",
    "latest",
    "channel",
    "dispatch",
    "infeasible",
    "replay",
    "trace",
    "certificates",
    "baselines",
    "forecast",
)
ON_YEAR = ("account", "plain", "hourly", "late", "latest")


def run(name: str, folder: Path, quick: bool) -> list[Figure]:
    """One name in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "--child",
        name,
        "--folder",
        str(folder),
        *(["--quick"] if quick else []),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    figures = [Figure(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]
    for figure in figures:
        print(as_table([figure]).splitlines()[-1], flush=True)
    if done.returncode:
        print(f"{name} failed with {done.returncode}", file=sys.stderr)
        figures.append(Figure(f"{name} failed", done.returncode, "exit code", 0))
    return figures


def ratios(figures: list[Figure]) -> list[Figure]:
    """How many times faster than each baseline."""
    ours = {
        "import": [f.value for f in figures if f.name.startswith("import, columns")],
        "account": [f.value for f in figures if f.name == "from readings to two accounts"],
    }
    found = []
    for figure in figures:
        for kind, mine in ours.items():
            if figure.name.startswith("baseline") and figure.name.endswith(f": {kind}") and mine:
                name = f"{kind}: times faster than {figure.name.split(', ')[1].split(':')[0]}"
                found.append(Figure(name, mine[0] / figure.value, "times", TIMES, True))
    return found


def main() -> int:
    """Exit code 1 if something failed or a baseline is less than twenty times slower."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Lingtan.")
    parser.add_argument("names", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="a twentieth of the channels")
    parser.add_argument("--folder", type=Path, help="keep what is built here; a year that is there is used again")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        where, work = works()[asked.child]
        if not where.startswith("year"):
            shutil.rmtree(asked.folder / where, ignore_errors=True)
        work(asked.folder / where, QUICK if asked.quick else FULL)
        return 0
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        chosen = [name for name in NAMES if not asked.names or name in asked.names]
        ready = (folder / "year" / ".lingtan" / "sealed.json").exists()
        if any(name in ON_YEAR for name in chosen) and "build" not in chosen and not ready:
            chosen.insert(0, "build")
        if ready:
            chosen = [name for name in chosen if name != "build"]
        figures = [figure for name in chosen for figure in run(name, folder, asked.quick)]
    compared = ratios(figures)
    print()
    print(as_table([*figures, *compared]))
    failed = any(f.name.endswith(" failed") for f in figures)
    return 1 if failed or not all(f.good for f in compared) else 0


if __name__ == "__main__":
    sys.exit(main())
