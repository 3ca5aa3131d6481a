"""A short campaign of kills; ``python checks/kill_store.py`` runs a long one."""

import runpy
from pathlib import Path


def test_a_writer_killed_at_random_moments_loses_tears_and_doubles_nothing(root: Path, tmp_path: Path) -> None:
    campaign = runpy.run_path(str(root / "checks" / "kill_store.py"))["campaign"]
    found = campaign(15, 5, tmp_path)
    assert found["kills"] == 15
    assert found["acknowledged"] > 15
    assert found["seals"] > 0
    assert {name: found[name] for name in ("lost", "torn", "doubled", "problems")} == dict.fromkeys(
        ("lost", "torn", "doubled", "problems"), 0
    )
