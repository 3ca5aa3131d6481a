"""Estimates: the method by rule, totals kept to the unit, measured readings untouched."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.metering.channels import Book
from lingtan.metering.days import DAY_OFF, HOLIDAY, WORKDAY, day_kinds
from lingtan.metering.estimate import Estimates, estimate
from lingtan.metering.estimate.exact_sums import shared
from lingtan.metering.readings import SCHEMA, Method, Quality
from lingtan.park.model import Park
from tests.meter_rows import park
from tests.unit.metering.checks.case import PER_DAY, START, counter, plant, rows, table

AT = 20 * PER_DAY + 40
DAYS = 42


def made(readings: object, site: Park, **options: object) -> Estimates:
    return estimate(readings, Book(site), START, START + timedelta(days=DAYS), **options)  # type: ignore[arg-type]


def without(low: int, high: int, many: int = DAYS * PER_DAY) -> np.ndarray:
    keep = np.ones(many, bool)
    keep[low:high] = False
    return keep


def test_a_short_gap_is_a_straight_line() -> None:
    values = np.full(DAYS * PER_DAY, 1000)
    values[AT - 1], values[AT + 3] = 1000, 5000
    found = made(rows("a", values, keep=without(AT, AT + 3)), park({"id": "a"}))
    assert found.rows["value"].to_pylist() == [2000, 3000, 4000]
    assert [f.method for f in found.filled] == [Method.LINEAR]


def test_a_long_gap_is_filled_by_like_days() -> None:
    values = plant()
    found = made(rows("a", values, keep=without(AT, AT + 40)), park({"id": "a"}))
    assert [f.method for f in found.filled] == [Method.SIMILAR_DAY]
    estimated, true = np.array(found.rows["value"].to_pylist()), values[AT : AT + 40]
    assert abs(estimated.sum() / true.sum() - 1) < 0.1


def test_a_day_off_is_estimated_from_days_off() -> None:
    kinds = day_kinds(int((START.timestamp() + 8 * 3600) // 86400), DAYS, "Asia/Shanghai")
    values = np.where(np.repeat(kinds, PER_DAY) == WORKDAY, 40_000, 4_000)
    day = int(np.flatnonzero(kinds == DAY_OFF)[1])
    found = made(rows("a", values, keep=without(day * PER_DAY, (day + 1) * PER_DAY)), park({"id": "a"}))
    assert set(found.rows["value"].to_pylist()) == {4_000}


def test_chinese_moved_days_are_known() -> None:
    first = 20089  # 2025-01-01
    kinds = day_kinds(first, 40, "Asia/Shanghai")
    assert kinds[0] == HOLIDAY
    assert kinds[25] == WORKDAY  # Sunday, 26 January is worked
    assert kinds[28] == HOLIDAY  # Spring Festival
    assert day_kinds(first, 40, "Europe/Berlin")[25] == DAY_OFF


def test_a_child_is_its_parent_less_the_others() -> None:
    subs = {n: plant(seed=i) for i, n in enumerate("bc")}
    values = {"a": subs["b"] + subs["c"], **subs}
    site = park({"id": "a"}, *({"id": n, "parent": "m-a"} for n in subs))
    keep = without(AT, AT + 40)
    found = made(table(*(rows(n, v, keep=keep if n == "b" else None) for n, v in values.items())), site)
    assert [f.method for f in found.filled] == [Method.PARENT]
    assert found.rows["value"].to_pylist() == values["b"][AT : AT + 40].tolist()


def test_a_parent_is_the_sum_of_its_children_and_the_usual_loss() -> None:
    subs = {n: plant(seed=i) for i, n in enumerate("bc")}
    values = {"a": np.rint(1.02 * (subs["b"] + subs["c"])).astype(np.int64), **subs}
    site = park({"id": "a"}, *({"id": n, "parent": "m-a"} for n in subs))
    keep = without(AT, AT + 40)
    found = made(table(*(rows(n, v, keep=keep if n == "a" else None) for n, v in values.items())), site)
    assert [f.method for f in found.filled] == [Method.CHILDREN]
    assert np.abs(np.array(found.rows["value"].to_pylist()) / values["a"][AT : AT + 40] - 1).max() < 0.001


def test_a_register_keeps_its_known_difference() -> None:
    values = counter(plant())
    readings = rows("a", values, counter=True, keep=without(AT, AT + 60, len(values)))
    found = made(readings, park({"id": "a", "kind": "counter"}))
    assert [f.method for f in found.filled] == [Method.PROFILE]
    states = [values[AT - 1], *found.rows["value"].to_pylist(), values[AT + 60]]
    assert (np.diff(states) >= 0).all()
    assert found.rows.num_rows == 60


def test_a_register_over_its_last_digit_is_filled_too() -> None:
    values = counter(plant(), begin=9_999_000_000 - 10 * 25_000) % 10_000_000_000
    crossing = int(np.flatnonzero(np.diff(values) < 0)[0])
    readings = rows("a", values, counter=True, keep=without(crossing - 5, crossing + 5, len(values)))
    found = made(readings, park({"id": "a", "kind": "counter", "digits": 7}))
    assert found.rows.num_rows == 10
    assert all(0 <= v < 10_000_000_000 for v in found.rows["value"].to_pylist())


def test_a_multiplier_is_taken_off_again() -> None:
    values = {"a": plant(seed=1), "b": plant(seed=1) // 40}
    site = park({"id": "a"}, {"id": "b", "parent": "m-a", "multiplier": "40"})
    keep = without(AT, AT + 40)
    found = made(table(*(rows(n, v, keep=keep if n == "b" else None) for n, v in values.items())), site)
    estimated = np.array(found.rows["value"].to_pylist())
    assert np.abs(estimated / values["b"][AT : AT + 40] - 1).max() < 0.01


def test_a_gap_with_too_little_around_it_stays_open() -> None:
    found = made(rows("a", plant(), keep=~without(AT, AT + 20)), park({"id": "a"}))
    assert found.rows.num_rows == 0
    assert {f.method for f in found.filled} == {Method.NONE}


@pytest.mark.parametrize("method", [Method.LINEAR, Method.SIMILAR_DAY])
def test_a_method_may_be_asked_for(method: Method) -> None:
    found = made(rows("a", plant(), keep=without(AT, AT + 4)), park({"id": "a"}), method=method)
    assert [f.method for f in found.filled] == [method]


@given(
    total=st.integers(-(10**15), 10**15),
    shape=st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=200),
)
def test_shares_sum_to_the_total_and_keep_its_sign(total: int, shape: list[float]) -> None:
    parts = shared(total, np.array(shape), len(shape))
    assert int(parts.sum()) == total
    assert all(p * total >= 0 for p in parts.tolist())


@given(
    gaps=st.lists(st.tuples(st.integers(0, DAYS * PER_DAY), st.integers(1, 300)), min_size=1, max_size=6),
    total=st.none() | st.integers(0, 10**9),
    kind=st.sampled_from(["interval", "counter"]),
)
def test_an_estimate_never_stands_over_a_reading(gaps: list[tuple[int, int]], total: int | None, kind: str) -> None:
    values = plant()
    if kind == "counter":
        values = counter(values)
    keep = np.ones(len(values), bool)
    for low, size in gaps:
        keep[low : low + size] = False
    readings = rows("a", values, counter=kind == "counter", keep=keep)
    found = made(readings, park({"id": "a", "kind": kind}), total=total)
    assert found.rows.schema.equals(SCHEMA)
    taken = set(readings["start"].to_pylist())
    stamps = found.rows["start"].to_pylist()
    assert len(set(stamps)) == len(stamps)
    assert not taken & set(stamps)
    assert set(found.rows["quality"].to_pylist()) <= {int(Quality.ESTIMATED)}
    if total is not None and kind == "interval":
        sums = [f for f in found.filled if f.method is not Method.NONE]
        assert sum(found.rows["value"].to_pylist()) == total * len(sums)
