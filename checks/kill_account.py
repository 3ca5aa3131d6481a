"""Kill ``account run``, ``close`` and ``restate`` at random moments, start them again, and look at what is left.

    python checks/kill_account.py [--rounds 40] [--seed 1]

After each kill the workspace must open, every closing must be whole, figures that were closed must be the same to the last digit, and the
command started again must end with the result of a run that was never disturbed. A closing is either there as a whole or not at all.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.closing_case import commit, filled, workspace

from lingtan.services.closings import closings, frozen_run

CHILD = """
import sys
from datetime import datetime, UTC
from lingtan.wiring import open_workspace
from lingtan.services.run_account import run_account
from lingtan.services.close_period import close_period
from lingtan.services.restate_period import restate_period
print("ready", flush=True)
space = open_workspace(sys.argv[1], clock=lambda: datetime(2026, 2, 1, tzinfo=UTC))
what = {"run": run_account, "close": close_period, "restate": restate_period}[sys.argv[2]]
what(space, "2025", floor=0)
print("done", flush=True)
"""


def start(root: Path, verb: str) -> "subprocess.Popen[str]":
    """A process that does one thing to a workspace; it is past its imports."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), verb], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError(process.stderr.read() if process.stderr else "")
    return process


def finish(root: Path, verb: str) -> float:
    """Do it undisturbed; how long it took. [s]"""
    begun = time.perf_counter()
    process = start(root, verb)
    out, err = process.communicate(timeout=120)
    if "done" not in out and "account.already-closed" not in err:
        raise RuntimeError(err)
    return time.perf_counter() - begun


def kill_after(root: Path, verb: str, seconds: float) -> bool:
    """Start it and kill it; whether it was still running."""
    process = start(root, verb)
    time.sleep(seconds)
    running = process.poll() is None
    if running:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    return running


def state(root: Path) -> dict[str, str]:
    """Each closing with the digest of the figures that its frozen files give."""
    space = workspace(root)
    return {c.id: frozen_run(space, c).account.digest for c in closings(space)}


def campaign(rounds: int, seed: int, folder: Path) -> dict[str, int]:
    """Kill ``rounds`` times; what was seen. Raises AssertionError where a promise is broken."""
    rng = random.Random(seed)
    clean, late = folder / "clean", folder / "late"
    filled(clean)
    shutil.copytree(clean, late)
    longest = finish(late, "close")
    commit(workspace(late), {"grid-in": dict.fromkeys(range(9), 777)}, file="late.csv")
    before = state(late)
    expected = folder / "expected"
    shutil.copytree(late, expected)
    longest = max(longest, finish(expected, "restate"))
    closed, restated = dict(before), state(expected)
    seen = {"rounds": 0, "killed": 0, "half": 0}
    for i in range(rounds):
        verb = ("run", "close", "restate")[i % 3]
        root = folder / f"try-{i}"
        shutil.copytree(late if verb == "restate" else clean, root)
        for _ in range(rng.randint(1, 3)):
            seen["killed"] += kill_after(root, verb, rng.uniform(0, longest))
            left = state(root)
            allowed = restated if verb == "restate" else closed
            assert left.items() <= allowed.items(), f"{verb}: {left}"
            assert verb != "restate" or before.items() <= left.items(), "a closed figure is gone"
        finish(root, verb)
        if verb == "run":
            finish(root, "close")
        assert state(root) == (restated if verb == "restate" else closed), f"{verb}: other figures after a restart"
        left_over = list((root / ".lingtan").rglob("*.tmp"))
        seen["half"] += len(left_over)
        seen["rounds"] += 1
        shutil.rmtree(root)
    return seen


def main() -> int:
    """Run the campaign and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(campaign(asked.rounds, asked.seed, Path(name))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
