"""Time-of-use periods: every packaged region covers the day; borders, midnight, kinds of days, half hours."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import InputError
from lingtan.park.tariffs.book import plan, prices, regions_with_periods
from lingtan.park.tariffs.periods import check_windows, day_codes, period_shares, slots
from lingtan.park.tariffs.record import PERIODS, TouWindow

D = Decimal
SHANGHAI = ZoneInfo("Asia/Shanghai")
YEAR = datetime(2025, 1, 1, tzinfo=SHANGHAI)


def of(day: date, hour: float, windows: tuple[TouWindow, ...], **more: object) -> str:
    codes = day_codes(windows, day, **more)  # type: ignore[arg-type]
    return PERIODS[codes[int(hour * 12)]]


@pytest.mark.parametrize(("region", "grid"), regions_with_periods())
def test_every_packaged_rule_covers_every_hour_of_the_year(region: str, grid: str) -> None:
    windows = plan(region, grid=grid).windows
    assert check_windows(windows, 2025) == []
    shares = period_shares(windows, YEAR, 8760, 60)
    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares.sum(axis=0) > 0).sum() >= 2


def test_there_are_33_rules_and_prices_with_sources() -> None:
    assert len(regions_with_periods()) == 33
    assert all(p.source_document and p.confidence for p in prices())
    assert {p.source_link for p in prices()} == {"cited", "inferred", "recalled"}


def test_hubei_hours_of_the_policy_note() -> None:
    windows = plan("湖北").windows
    january, july = date(2026, 1, 7), date(2026, 7, 8)
    assert of(january, 18.5, windows) == "sharp_peak"
    assert of(january, 20.5, windows) == "peak"
    assert of(july, 18.5, windows) == "peak"
    assert of(july, 20.5, windows) == "sharp_peak"
    assert of(january, 13, windows) == "valley"
    assert of(january, 15, windows) == "flat"
    assert plan("CN-HB").ratios["peak"] == D("1.49")


def test_deep_valley_of_long_holidays_only_then() -> None:
    windows = plan("CN-AH").windows
    assert of(date(2025, 10, 2), 12, windows) == "deep_valley"  # National Day
    assert of(date(2025, 10, 14), 12, windows) == "valley"
    assert of(date(2025, 1, 1), 12.5, windows) == "valley"  # one day off is no long holiday


def test_hot_days_are_sharp_only_where_they_are_named() -> None:
    windows = plan("CN-GD").windows
    day = date(2025, 6, 20)
    assert of(day, 11.5, windows) == "peak"
    assert of(day, 11.5, windows, hot_days={day}) == "sharp_peak"


def test_weekend_rule_of_shanghai_leaves_out_worked_weekends() -> None:
    windows = plan("CN-SH").windows
    assert of(date(2025, 3, 8), 3, windows) == "deep_valley"  # a Saturday
    assert of(date(2025, 4, 27), 3, windows) == "valley"  # a Sunday people work on
    assert of(date(2025, 12, 6), 3, windows) == "valley"  # a Saturday outside the months


def test_an_hour_that_a_border_cuts_is_divided() -> None:
    windows = plan("CN-HL").windows  # peak from 09:00 to 11:30
    shares = period_shares(windows, datetime(2025, 3, 3, 11, tzinfo=SHANGHAI), 1, 60)
    assert shares[0, PERIODS.index("peak")] == 0.5
    assert shares[0, PERIODS.index("flat")] == 0.5


def test_quarter_hours_sum_to_the_hours() -> None:
    windows = plan("CN-LN").windows
    hours = period_shares(windows, YEAR, 24 * 14, 60)
    quarters = period_shares(windows, YEAR, 24 * 14 * 4, 15)
    assert np.allclose(quarters.reshape(-1, 4, len(PERIODS)).mean(axis=1), hours)
    assert np.allclose(period_shares(windows, YEAR, 50, 1), np.repeat(period_shares(windows, YEAR, 10, 5), 5, axis=0))


def test_the_clock_change_keeps_the_local_hours() -> None:
    windows = (TouWindow(period="peak", windows=["08:00-20:00"]), TouWindow(period="valley", windows=["rest"]))
    berlin = "Europe/Berlin"
    spring = period_shares(windows, datetime(2025, 3, 29, 23, tzinfo=UTC), 23, 60, zone=berlin)
    autumn = period_shares(windows, datetime(2025, 10, 25, 22, tzinfo=UTC), 25, 60, zone=berlin)
    assert (spring[:, 1].sum(), spring[:, 3].sum()) == (12, 11)
    assert (autumn[:, 1].sum(), autumn[:, 3].sum()) == (12, 13)


@pytest.mark.parametrize("text", ["8-10", "08:00", "08:03-10:00", "25:00-26:00", "10:00-10:00", ""])
def test_bad_windows_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no time window"):
        list(slots(text))


def test_uncovered_hours_and_unreadable_windows_are_named() -> None:
    gap = (TouWindow(period="peak", windows=["08:00-20:00"]),)
    assert [p.code for p in check_windows(gap, 2025)] == ["tariff.uncovered"] * 12
    assert [p.code for p in check_windows((TouWindow(period="peak", windows=["x"]),), 2025)] == ["tariff.bad-window"]


def test_an_unknown_year_of_holidays_is_refused_where_it_matters() -> None:
    with pytest.raises(InputError, match="calendar"):
        day_codes(plan("CN-AH").windows, date(2090, 1, 1))
    assert (day_codes(plan("CN-QH").windows, date(2090, 1, 1)) >= 0).all()


@given(st.integers(0, 287), st.integers(1, 287))
def test_a_window_has_its_length_wherever_it_begins(begin: int, length: int) -> None:
    end = (begin + length) % 288
    text = f"{begin // 12:02d}:{begin % 12 * 5:02d}-{end // 12:02d}:{end % 12 * 5:02d}"
    assert len(set(slots(text))) == length


def test_a_region_without_a_rule_says_which_parts_of_the_grid_have_one() -> None:
    with pytest.raises(InputError, match="east, west"):
        plan("CN-NM")
