"""A short campaign of ``checks/kill_account.py``: nothing is lost or half there after a SIGKILL."""

import signal
from pathlib import Path

import pytest
from checks.kill_account import campaign


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_run_close_and_restate_survive_a_kill_at_any_moment(tmp_path: Path) -> None:
    assert campaign(3, 7, tmp_path)["rounds"] == 3
