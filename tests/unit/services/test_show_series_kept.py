"""A course that is asked for twice is worked out once, and anew when something was written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lingtan.services import show_series
from tests.closing_case import filled


def test_a_course_is_kept_until_something_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = filled(tmp_path / "park")
    worked = []
    real = show_series._quarter_rates
    monkeypatch.setattr(show_series, "_quarter_rates", lambda *a: worked.append(1) or real(*a))
    start, end = datetime(2025, 1, 31, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
    first = show_series.show_series(space, "a-use", start, end)
    again = show_series.show_series(space, "a-use", start, end, points=10)
    assert len(worked) == 1
    assert again.mean.size < first.mean.size
    space.store.put_document("park", b"other", at=datetime(2026, 3, 1, tzinfo=UTC))
    show_series.show_series(space, "a-use", start, end)
    assert len(worked) == 2


def test_no_more_than_a_few_are_kept(tmp_path: Path) -> None:
    space = filled(tmp_path / "park")
    for day in range(1, 20):
        show_series.show_series(
            space, "a-use", datetime(2025, 1, day, tzinfo=UTC), datetime(2025, 1, day + 1, tzinfo=UTC)
        )
    assert len(show_series._kept) <= show_series.KEPT
