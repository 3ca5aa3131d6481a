"""Periods are calendar years, months and days of a zone, as ``[start, end)`` in UTC."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import InputError
from lingtan.base.time import Period, iso, parse_instant

ZONES = ["Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]


def test_a_year_in_shanghai_begins_eight_hours_before_utc() -> None:
    year = Period.parse("2025")
    assert year.start == datetime(2024, 12, 31, 16, tzinfo=UTC)
    assert year.end == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert year.hours == 8760
    assert year.year == 2025


def test_a_leap_year_has_a_day_more() -> None:
    assert Period.parse("2024").hours == 8784
    assert Period.parse("2024-02").hours == 29 * 24


@pytest.mark.parametrize(("label", "clean"), [("2025-3", "2025-03"), (" 2025-03-07 ", "2025-03-07"), ("2025", "2025")])
def test_a_label_is_printed_in_one_form(label: str, clean: str) -> None:
    assert Period.parse(label).label == clean


@pytest.mark.parametrize(
    "label",
    ["", "25", "2025-13", "2025-02-30", "2025-00", "2025/03", "March 2025", "0000", "0001", "9999", "2025-03-07T00"],
)
def test_what_is_no_period_is_refused_with_an_example(label: str) -> None:
    with pytest.raises(InputError) as caught:
        Period.parse(label)
    assert caught.value.code == "time.bad-period"
    assert "2025-03" in caught.value.format("zh")


@given(st.integers(1990, 2100), st.sampled_from(ZONES))
def test_the_months_of_a_year_follow_each_other_without_gap(year: int, zone: str) -> None:
    whole = Period.parse(str(year), zone)
    months = whole.months()
    assert len(months) == 12
    assert (months[0].start, months[-1].end) == (whole.start, whole.end)
    assert all(a.end == b.start for a, b in pairwise(months))


def test_a_day_lies_in_one_month_and_a_month_in_itself() -> None:
    assert [m.label for m in Period.parse("2025-01-31").months()] == ["2025-01"]
    assert [m.label for m in Period.parse("2025-12").months()] == ["2025-12"]


def test_a_day_of_summer_time_has_23_or_25_hours() -> None:
    assert Period.parse("2025-03-30", "Europe/Berlin").hours == 23
    assert Period.parse("2025-10-26", "Europe/Berlin").hours == 25
    assert Period.parse("2025-03-30", "Asia/Shanghai").hours == 24


def test_the_start_belongs_to_a_period_and_the_end_does_not() -> None:
    day = Period.parse("2025-06-01")
    assert day.contains(day.start)
    assert day.contains(day.end - timedelta(microseconds=1))
    assert not day.contains(day.end)
    assert not day.contains(day.start - timedelta(microseconds=1))


def test_an_instant_without_offset_is_local_time() -> None:
    assert parse_instant("2025-01-01T08:00") == datetime(2025, 1, 1, tzinfo=UTC)
    assert parse_instant("2025-01-01") == datetime(2024, 12, 31, 16, tzinfo=UTC)
    assert parse_instant("2025-01-01T08:00", "UTC") == datetime(2025, 1, 1, 8, tzinfo=UTC)


def test_an_instant_with_offset_keeps_its_meaning() -> None:
    assert parse_instant("2025-01-01T08:00+08:00", "UTC") == datetime(2025, 1, 1, tzinfo=UTC)
    assert parse_instant("2025-01-01T00:00Z") == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2025-02-30", "08:00"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_instant(text)
    assert caught.value.code == "time.bad-instant"


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_an_instant_printed_and_read_again_is_the_same(at: datetime, zone: timezone) -> None:
    aware = at.replace(tzinfo=zone)
    assert iso(aware).endswith("Z")
    assert parse_instant(iso(aware)) == aware
