from datetime import timedelta

import pytest

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key
from lingtan.metering.activity import ACTIVITY, activities
from tests.meter_rows import HOUR, T0, by_hour, park, table

DAY = T0 + timedelta(days=1)


def test_quarter_hours_add_up_to_the_hour() -> None:
    found = activities(table([("a", 15 * i, 15, 100 + i) for i in range(8)]), park({}), T0, DAY)
    assert found.schema == ACTIVITY
    assert by_hour(found) == {0: 406, 1: 422}
    assert by_hour(found, "covered_s") == {0: 3600, 1: 3600}


def test_a_gap_is_not_counted_as_zero_but_as_not_covered() -> None:
    found = activities(table([("a", 0, 15, 100), ("a", 30, 15, 100)]), park({}), T0, DAY)
    assert by_hour(found, "covered_s") == {0: 1800}


def test_the_multiplier_in_force_at_the_start_counts() -> None:
    changed = park({"multiplier": "100", "history": [{"from": T0 + HOUR, "multiplier": "0.5"}]})
    found = activities(table([("a", 0, 60, 3), ("a", 60, 60, 3)]), changed, T0, DAY)
    assert by_hour(found) == {0: 300, 1: 2}  # 1.5 is rounded away from zero


def test_content_turns_tonnes_of_steam_into_heat() -> None:
    steam = park({"carrier": "steam", "unit": "t", "content": "2.8"})
    found = activities(table([("a", 0, 60, 1_000_000)]), steam, T0, DAY)  # one tonne is 1 000 000 g
    assert by_hour(found) == {0: 2800}  # 2.8 GJ


def test_a_channel_of_another_kind_needs_its_content() -> None:
    with pytest.raises(InputError, match="content"):
        activities(table([("a", 0, 60, 1)]), park({"carrier": "steam", "unit": "t"}), T0, DAY)


def test_a_month_bill_is_spread_without_losing_a_unit() -> None:
    month = timedelta(days=31)
    found = activities(table([("a", 0, 31 * 1440, 1_000_003)]), park({}), T0, T0 + month)
    assert len(found) == 744
    assert sum(by_hour(found).values()) == 1_000_003
    assert set(by_hour(found, "spread_s").values()) == {3600}
    assert set(by_hour(found).values()) == {1344, 1345}


def test_a_reading_across_the_full_hour_is_split_exactly() -> None:
    found = activities(table([("a", 50, 15, 10)]), park({}), T0, DAY)
    assert by_hour(found) == {0: 7, 1: 3}
    assert by_hour(found, "covered_s") == {0: 600, 1: 300}
    assert set(by_hour(found, "spread_s").values()) == {0}


def test_impossible_values_are_not_used_but_counted_as_rejected() -> None:
    rated = park({"max_per_hour": "1"})
    rows = [("a", 0, 15, 250), ("a", 15, 15, 251), ("a", 30, 15, -1), ("a", 45, 15, 100)]
    found = activities(table(rows), rated, T0, DAY)
    assert by_hour(found) == {0: 350}
    assert by_hour(found, "covered_s") == {0: 1800}
    assert by_hour(found, "rejected_s") == {0: 1800}


def test_a_confirmed_value_above_the_rating_is_used() -> None:
    found = activities(table([("a", 0, 15, 251, 3)]), park({"max_per_hour": "1"}), T0, DAY)
    assert by_hour(found) == {0: 251}


def test_negative_values_of_a_signed_channel_are_used() -> None:
    found = activities(table([("a", 0, 15, -5)]), park({"signed": True}), T0, DAY)
    assert by_hour(found) == {0: -5}


def test_estimated_seconds_are_told_apart() -> None:
    found = activities(table([("a", 0, 15, 1, 1), ("a", 15, 15, 1, 2), ("a", 30, 15, 1)]), park({}), T0, DAY)
    assert by_hour(found, "estimated_s") == {0: 1800}


def test_a_finer_reading_counts_before_a_coarser_one_and_none_twice() -> None:
    rows = [("a", 0, 1440, 2400), ("a", 60, 15, 7), ("a", 75, 15, 8)]
    found = by_hour(activities(table(rows), park({}), T0, DAY))
    assert found[0] == 100
    assert found[1] == 7 + 8 + 50
    assert sum(found.values()) == 2400 - 50 + 15


def test_of_equally_fine_overlapping_readings_the_newer_revision_counts() -> None:
    rows = [("a", 0, 60, 600, 0, 2), ("a", 30, 60, 900, 0, 1)]
    found = activities(table(rows), park({}), T0, DAY)
    assert by_hour(found) == {0: 600, 1: 450}
    assert by_hour(found, "covered_s") == {0: 3600, 1: 1800}


def test_a_coarse_reading_stands_in_for_an_impossible_fine_one() -> None:
    rows = [("a", 0, 1440, 2400), ("a", 60, 60, -5)]
    found = activities(table(rows), park({}), T0, DAY)
    assert by_hour(found)[1] == 100
    assert by_hour(found, "rejected_s")[1] == 0


def test_the_newest_revision_behind_an_hour_is_named() -> None:
    found = activities(table([("a", 0, 15, 1, 0, 4), ("a", 15, 15, 1, 0, 9)]), park({}), T0, DAY)
    assert by_hour(found, "rev") == {0: 9}


def test_readings_of_unknown_channels_are_left_out() -> None:
    assert len(activities(table([("nobody", 0, 15, 1)]), park({}), T0, DAY)) == 0


def test_large_values_do_not_overflow_on_the_way() -> None:
    big = park({"multiplier": "12345.678901"})
    found = activities(table([("a", 0, 1440, 10**13)]), big, T0, DAY)
    assert sum(by_hour(found).values()) == 123456789010000000


def test_no_readings_give_no_activity() -> None:
    assert activities(table([]), park({}), T0, DAY).schema == ACTIVITY


def test_quarter_hours_sum_to_the_hour() -> None:
    rows = table([("a", 15 * i, 15, 1000 + i) for i in range(8)] + [("b", 0, 60, 999), ("b", 60, 60, 1001)])
    where = park({}, {"id": "b"})
    quarters = activities(rows, where, T0, T0 + 2 * HOUR, step_s=900).to_pylist()
    assert [r["value"] for r in quarters if r["channel"] == channel_key("b")][:4] == [
        250,
        250,
        249,
        250,
    ]  # rounded at each cut
    sums: dict[tuple[int, object], int] = {}
    for r in quarters:
        key = (r["channel"], r["hour"].replace(minute=0))
        sums[key] = sums.get(key, 0) + r["value"]
    hours = {(r["channel"], r["hour"]): r["value"] for r in activities(rows, where, T0, T0 + 2 * HOUR).to_pylist()}
    assert sums == hours
