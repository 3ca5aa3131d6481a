"""A short campaign of kills; ``python checks/kill_store.py`` runs a long one."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_writer_killed_at_random_moments_loses_tears_and_doubles_nothing(root: Path) -> None:
    command = [sys.executable, str(root / "checks" / "kill_store.py"), "--kills", "15", "--seed", "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == 15
    assert found["acknowledged"] > 15
    wrong = ("lost", "torn", "doubled", "problems")
    assert [found[name] for name in wrong] == [0, 0, 0, 0]
