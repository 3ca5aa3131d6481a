"""``forecast/shifts.csv`` as a park operator writes it."""

from pathlib import Path

import pytest

from lingtan.adapters.forecast.shifts_file import read_shifts
from lingtan.base.errors import InputError
from lingtan.forecast.history import DAY

GOOD = """stated_at,enterprise,carrier,from,to,days,hours,level
2025-01-10,steel,,2025-01-26,2025-02-06,,,0
2025-03-01 09:00,steel,electricity,2025-03-03,2025-06-30,work,20:00-08:00,1
2025-03-01T01:00:00+00:00,steel,electricity,2025-03-03 06:00,2025-06-30,"sat,sun",,0.4
2025-04-01,steel,,2025-05-10,2025-05-11,,,
"""


def test_lines_are_read_in_local_time_and_a_day_counts_whole(tmp_path: Path) -> None:
    path = tmp_path / "shifts.csv"
    path.write_text(GOOD, "utf-8-sig")
    found = read_shifts(path, "Asia/Shanghai", ["steel"])
    assert found is not None
    stop, night, weekend, back = found.rows
    assert (stop.end_s - stop.begin_s) == 12 * DAY
    assert (stop.level, stop.carrier, stop.hours) == (0.0, None, (0, DAY))
    assert night.stated_s == weekend.stated_s
    assert (night.weekdays, night.hours) == (frozenset({7}), (72_000, 28_800))
    assert weekend.weekdays == frozenset({5, 6})
    assert back.level is None


def test_every_problem_is_told_with_its_place_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "shifts.csv"
    path.write_text(
        "stated_at,enterprise,from,to,level,days,hours\n"
        "soon,stel,2025-01-26,2025-01-20,2,mon-day,8-20\n"
        "2025-01-01,steel,2025-01-26,2025-02-01,half,fri-mon,08:00-08:00\n",
        "utf-8",
    )
    with pytest.raises(InputError) as error:
        read_shifts(path, "Asia/Shanghai", ["steel"])
    told = [(p.place.line, p.place.column) for p in error.value.problems]
    assert told == [
        (2, "stated_at"), (2, "enterprise"), (2, "level"), (2, "to"), (2, "days"), (2, "hours"), (3, "level"), (3, "hours"),
    ]  # fmt: skip
    assert "'steel'" in error.value.format("en")
    assert "停产写 0" in error.value.format("zh")


def test_a_wrong_header_names_the_columns_and_no_file_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "shifts.csv"
    assert read_shifts(path, "Asia/Shanghai") is None
    path.write_text("stated,enterprise,from,to,level\n", "utf-8")
    with pytest.raises(InputError) as error:
        read_shifts(path, "Asia/Shanghai")
    assert "stated_at, enterprise, from, to, level" in error.value.format("en")
    path.write_text("stated_at,enterprise,from,to,level\n", "utf-8")
    assert read_shifts(path, "Asia/Shanghai") is None
