from datetime import timedelta

from lingtan.metering.activity import activities
from tests.meter_rows import HOUR, T0, by_hour, park, table

DAY = T0 + timedelta(days=1)


def counter(*states: tuple[int, int], **channel: object) -> dict[int, int]:
    rows = [("a", minute, 0, value) for minute, value in states]
    return by_hour(activities(table(rows), park({"kind": "counter", **channel}), T0, DAY))


def test_a_counter_gives_the_differences_of_its_states() -> None:
    assert counter((0, 1000), (60, 1500), (120, 1700)) == {0: 500, 1: 200}


def test_a_difference_over_several_hours_is_spread_evenly() -> None:
    assert counter((0, 0), (180, 10)) == {0: 3, 1: 4, 2: 3}


def test_a_register_runs_over_its_last_digit() -> None:
    assert counter((0, 99_990_000), (60, 5_000), digits=5) == {0: 15_000}


def test_a_rollover_beyond_the_rating_is_no_rollover() -> None:
    assert counter((0, 99_000_000), (60, 5_000), digits=5, max_per_hour="100") == {0: 0}


def test_a_reset_is_not_used_and_counting_goes_on_after_it() -> None:
    rows = [("a", 0, 0, 5_000), ("a", 60, 0, 10), ("a", 120, 0, 30)]
    found = activities(table(rows), park({"kind": "counter", "digits": 6}), T0, DAY)
    assert by_hour(found) == {0: 0, 1: 20}
    assert by_hour(found, "rejected_s") == {0: 3600, 1: 0}


def test_a_reset_in_the_upper_half_of_the_register_is_no_rollover() -> None:
    """60,000 kWh of five digits back to 10: without a rating, 40,010 kWh in an hour are not believed."""
    rows = [("a", 0, 0, 60_000_000), ("a", 60, 0, 10_000), ("a", 120, 0, 30_000)]
    found = activities(table(rows), park({"kind": "counter", "digits": 5}), T0, DAY)
    assert by_hour(found) == {0: 0, 1: 20_000}
    assert by_hour(found, "rejected_s") == {0: 3600, 1: 0}


def test_a_rating_that_allows_it_makes_a_large_step_a_rollover() -> None:
    assert counter((0, 60_000_000), (60, 10_000), digits=5, max_per_hour="50000") == {0: 40_010_000}


def test_without_a_rating_a_rollover_may_bring_a_tenth_of_the_register() -> None:
    assert counter((0, 95_000_000), (60, 5_000_000), digits=5) == {0: 10_000_000}
    assert counter((0, 95_000_000), (60, 5_001_000), digits=5) == {0: 0}


def test_a_replacement_counts_each_side_with_its_own_registers_and_multiplier() -> None:
    change = {"from": T0 + HOUR / 2, "final": "1.5", "initial": "10", "multiplier": "20"}
    assert counter((0, 1_000), (60, 10_100), multiplier="10", history=[change]) == {0: 500 * 10 + 100 * 20}


def test_a_replacement_without_registers_makes_no_energy() -> None:
    change = {"from": T0 + HOUR / 2, "serial": "B"}
    assert counter((0, 1_000), (60, 9_000), (120, 9_500), history=[change]) == {0: 0, 1: 500}


def test_one_known_register_saves_its_side() -> None:
    rows = [("a", 0, 0, 1_000), ("a", 120, 0, 9_000)]
    swapped = park({"kind": "counter", "history": [{"from": T0 + HOUR, "final": "1.2"}]})
    found = activities(table(rows), swapped, T0, DAY)
    assert by_hour(found) == {0: 200, 1: 0}
    assert by_hour(found, "rejected_s") == {0: 0, 1: 3600}


def test_a_new_multiplier_alone_divides_the_difference_by_time() -> None:
    change = {"from": T0 + HOUR, "multiplier": "2"}
    assert counter((0, 0), (120, 1_000), history=[change]) == {0: 500, 1: 1_000}


def test_a_state_read_at_the_moment_of_the_change_is_the_new_meters() -> None:
    change = {"from": T0 + HOUR, "final": "1.5", "initial": "0"}
    assert counter((0, 1_000), (60, 0), (120, 70), history=[change]) == {0: 500, 1: 70}


def test_a_state_that_no_register_can_show_is_passed_over() -> None:
    assert counter((0, 1_000), (60, -99_000), (120, 1_200)) == {0: 100, 1: 100}
    assert counter((0, 1_000), (60, 65_535_000), (120, 1_200), digits=4) == {0: 100, 1: 100}


def test_a_level_puts_its_change_in_the_hour_before_the_newer_instant() -> None:
    stock = {"kind": "level", "carrier": "raw_coal", "unit": "kg", "activity": "stock"}
    rows = [("a", 0, 0, 900), ("a", 180, 0, 400)]
    found = activities(table(rows), park(stock), T0, DAY)
    assert by_hour(found) == {0: 0, 1: 0, 2: -500}
    assert set(by_hour(found, "covered_s").values()) == {3600}


def test_neighbours_beyond_the_period_are_used() -> None:
    rows = [("a", 0, 0, 0), ("a", 1440, 0, 2400)]
    found = activities(table(rows), park({"kind": "counter"}), T0 + 5 * HOUR, T0 + 7 * HOUR)
    assert by_hour(found) == {5: 100, 6: 100}
