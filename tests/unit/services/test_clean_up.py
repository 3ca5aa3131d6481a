"""What is kept for a while only goes when its time is over or when there is too much of it; the rest stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lingtan.services.clean_up import BOUNDS, Bound, clean_up
from tests.closing_case import workspace

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def put(root: Path, name: str, age: timedelta, size: int = 10) -> Path:
    path = root / ".lingtan" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    when = (NOW - age).timestamp()
    os.utime(path, (when, when))
    return path


def test_previews_go_after_a_day_and_nothing_else_is_touched(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    old, fresh = (
        put(tmp_path, "incoming/a.csv", timedelta(hours=25)),
        put(tmp_path, "incoming/b.csv", timedelta(hours=23)),
    )
    others = [
        put(tmp_path, n, timedelta(days=900))
        for n in ("incoming/forms/f", "runs/x/run.json", "closings/1", "quarantine/q", "cache/other/y")
    ]
    assert clean_up(space, NOW)["incoming"] == 1
    assert not old.exists()
    assert fresh.exists()
    assert all(p.exists() for p in others)
    assert space.store.verify() == []


def test_caches_keep_what_was_used_last_within_files_and_bytes(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    made = [put(tmp_path, f"cache/passports/{i}.json", timedelta(minutes=i), 100) for i in range(10)]
    few = Bound("cache/passports", timedelta(days=1), 6, 10_000)
    assert clean_up(space, NOW, (few,)) == {"cache/passports": 4}
    assert [p.exists() for p in made] == [True] * 6 + [False] * 4
    small = Bound("cache/passports", timedelta(days=1), 100, 250)
    assert clean_up(space, NOW, (small,)) == {"cache/passports": 4}
    assert [p.exists() for p in made[:6]] == [True] * 2 + [False] * 4


def test_a_workspace_that_has_nothing_of_it_is_fine(tmp_path: Path) -> None:
    assert set(clean_up(workspace(tmp_path), NOW).values()) == {0}
    assert {b.folder for b in BOUNDS} >= {"incoming", "cache/passports"}
