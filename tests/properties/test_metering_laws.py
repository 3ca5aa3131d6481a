"""Laws of metering: what must hold for any readings."""

from datetime import timedelta
from fractions import Fraction
from random import Random

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.meter_rows import HOUR, T0, by_hour, park, table

from lingtan.base.units import fixed
from lingtan.metering.activity import activities
from lingtan.metering.exact import scaled
from lingtan.park.model import Park

DAY_MIN = 1440
VALUES = st.integers(-50, 10_000)
# (start, minutes) of interval readings: fine and coarse, free to overlap
INTERVALS = st.lists(
    st.tuples(
        st.integers(0, 2 * DAY_MIN),
        st.sampled_from([1, 15, 30, 60, 90, 1440]),
        VALUES,
        st.integers(0, 3),
        st.integers(1, 3),
    ),
    max_size=25,
    unique_by=lambda row: row[0],
)
STATES = st.lists(
    st.tuples(st.integers(0, 2 * DAY_MIN), st.just(0), st.integers(-5, 99_000), st.integers(0, 3), st.integers(1, 3)),
    max_size=25,
    unique_by=lambda row: row[0],
)
HISTORY = [
    {"from": T0 + timedelta(hours=7, minutes=20), "multiplier": "1.7", "final": "60", "initial": "2"},
    {"from": T0 + timedelta(hours=20), "multiplier": "3"},
    {"from": T0 + timedelta(hours=31), "serial": "C", "final": "5"},
]
KINDS = [
    {"kind": "interval", "multiplier": "0.7", "max_per_hour": "20"},
    {"kind": "interval", "signed": True, "history": HISTORY},
    {"kind": "counter", "digits": 2, "history": HISTORY},
    {"kind": "level", "multiplier": "1.3", "activity": "stock", "history": [HISTORY[1]]},
]


def rows_for(kind: dict[str, object]) -> st.SearchStrategy[pa.Table]:
    rows = INTERVALS if kind["kind"] == "interval" else STATES
    return rows.map(lambda found: table([("a", *row) for row in found]))


CASES = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(park(kind)), rows_for(kind)))
END = T0 + timedelta(days=4)


@given(CASES, st.integers(1, 95))
def test_two_adjacent_periods_give_the_rows_of_their_union(case: tuple[Park, pa.Table], cut: int) -> None:
    where, readings = case
    middle = T0 + cut * HOUR
    parts = [activities(readings, where, T0, middle), activities(readings, where, middle, END)]
    assert pa.concat_tables(parts).combine_chunks().equals(activities(readings, where, T0, END).combine_chunks())


@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(case: tuple[Park, pa.Table], random: Random) -> None:
    where, readings = case
    order = np.arange(len(readings))
    random.shuffle(order)
    assert activities(readings.take(order), where, T0, END).equals(activities(readings, where, T0, END))


@given(CASES)
def test_no_second_is_counted_twice(case: tuple[Park, pa.Table]) -> None:
    where, readings = case
    found = activities(readings, where, T0, END).to_pydict()
    for covered, estimated, spread, rejected in zip(
        found["covered_s"], found["estimated_s"], found["spread_s"], found["rejected_s"], strict=True
    ):
        assert 0 <= covered + rejected <= 3600
        assert max(estimated, spread) <= covered


@given(st.integers(0, 600), st.integers(1, 44_640), st.integers(-(10**13), 10**13))
def test_shares_of_a_spread_total_add_up_exactly(start: int, minutes: int, total: int) -> None:
    found = activities(table([("a", start, minutes, total)]), park({"signed": True}), T0, T0 + timedelta(days=40))
    assert sum(by_hour(found).values()) == total
    assert sum(by_hour(found, "covered_s").values()) == minutes * 60


@given(st.lists(st.integers(0, 499_000), min_size=2, max_size=40), st.integers(0, 39), st.integers(0, 999_000))
def test_a_counter_read_back_gives_the_intervals_it_counted(used: list[int], swap: int, begin: int) -> None:
    """Intervals, run through a register of three digits that rolls over and is once replaced, come out again."""
    swap = min(swap, len(used) - 1)
    register, final, states = begin, begin, []
    for hour, value in enumerate(used):
        if hour == swap:
            final, register = register, 77_000
        states.append(("a", 60 * hour, 0, register))
        register = (register + value) % 1_000_000
    states.append(("a", 60 * len(used), 0, register))
    change = {"from": T0 + swap * HOUR, "final": str(final / 1000), "initial": "77"}
    where = park(
        {"kind": "counter", "digits": 3, "max_per_hour": 499, "history": [change]}
    )  # so a rollover is told from a reset
    found = by_hour(activities(table(states), where, T0, END))
    assert [found[hour] for hour in range(len(used))] == used


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6)), max_size=20))
def test_scaling_is_exact(rows: list[tuple[int, int, int]]) -> None:
    v, n, d = (np.array([row[i] for row in rows], dtype=np.int64) for i in range(3))
    if rows:
        assert scaled(-v, n, d).tolist() == [-fixed(Fraction(a * b, c), 1) for a, b, c in rows]
