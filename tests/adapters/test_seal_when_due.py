"""When the store seals by itself, and the commands that look after it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lingtan.apps.cli import store as commands
from lingtan.services import seal_readings
from lingtan.wiring import open_workspace
from store_rows import AT, batch, shown

PARK = "schema: 1\npark: {id: p, name: P, region: CN-JS}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "park.yaml").write_text(PARK, encoding="utf-8")
    return tmp_path


def test_complete_months_are_sealed_once_enough_waits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = open_workspace(folder, clock=lambda: datetime(2025, 2, 20, tzinfo=UTC))
    monkeypatch.setattr(seal_readings, "DUE_ROWS", 3)
    space.store.commit(batch([(1, 0, 1), (1, 800, 2)]), kind="import", at=AT)
    assert seal_readings.seal_if_due(space).months == ()
    space.store.commit(batch([(1, 1, 1)]), kind="import", at=AT)
    assert seal_readings.seal_if_due(space).months == ["2025-01"], "February is still running"
    assert space.store.unsealed().months == ["2025-02"]


def test_a_month_is_complete_some_days_after_its_end(folder: Path) -> None:
    for day, first in ((2, "2025-01"), (3, "2025-01"), (4, "2025-02")):
        space = open_workspace(folder, clock=lambda day=day: datetime(2025, 2, day, tzinfo=UTC))
        assert seal_readings.complete_before(space) == first


def test_the_commands_tell_seal_verify_copy_and_restore(folder: Path, tmp_path: Path) -> None:
    open_workspace(folder).store.commit(batch([(1, 0, 1)]), kind="import", at=AT, reason="first")
    run = CliRunner()

    def answer(*words: str) -> dict[str, object]:
        done = run.invoke(commands.app, [*words, "--json"])
        assert done.exit_code == 0, done.output
        found: dict[str, object] = json.loads(done.stdout)
        return found

    here = ["--park", str(folder)]
    assert [c["reason"] for c in answer("log", *here)] == [None, "first"]  # type: ignore[index]
    assert answer("status", *here)["waiting_rows"] == 1
    assert answer("seal", *here)["rows"] == 1
    assert answer("verify", *here)["head"] == 2
    archive, there = tmp_path / "b.tar", tmp_path / "there"
    assert answer("backup", str(archive), *here)["rev"] == 2
    assert answer("restore", str(archive), "--park", str(there))["rev"] == 2
    other = open_workspace(there)
    assert shown(other.store.readings()) == [(1, 0, 1)]
    assert (there / "park.yaml").read_text(encoding="utf-8") == PARK
    next((there / ".lingtan" / "readings").rglob("*.parquet")).write_bytes(b"spoilt")
    done = run.invoke(commands.app, ["verify", "--park", str(there), "--lang", "en"])
    assert done.exit_code == 3
    assert "SHA-256" in done.output
    for words in (
        ["restore", str(archive), *here],
        ["restore", str(folder / "park.yaml"), "--park", str(tmp_path / "x")],
    ):
        assert run.invoke(commands.app, words).exit_code == 2
