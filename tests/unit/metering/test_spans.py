"""Which of overlapping quantities counts, and how one is shared over hours: no instant twice, no unit lost."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lingtan.metering.hours import hourly
from lingtan.metering.spans import Spans, concat, without_overlaps


def spans(*rows: tuple[int, int, int], rev: int = 1, channel: int = 1, usable: bool = True) -> Spans:
    """Rows (start [s], seconds, value) of one channel."""
    start, seconds, value = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    many = len(rows)
    return Spans.whole(
        np.full(many, channel), start, seconds, value, estimated=np.zeros(many, np.bool_),
        usable=np.full(many, usable), rev=np.full(many, rev),
    )  # fmt: skip


def ordered(*parts: Spans) -> Spans:
    whole = concat(list(parts))
    return whole.take(np.lexsort((whole.low, whole.channel)))


def stretches(found: Spans) -> list[tuple[int, int, int]]:
    return sorted(zip(found.low.tolist(), found.high.tolist(), found.value.tolist(), strict=True))


def test_apart_from_each_other_nothing_is_cut() -> None:
    given_ = spans((0, 900, 1), (900, 900, 2))
    assert without_overlaps(given_) is given_


def test_the_finer_one_counts_and_the_coarser_one_around_it() -> None:
    found = without_overlaps(ordered(spans((0, 3600, 40)), spans((900, 900, 7))))
    assert stretches(found) == [(0, 900, 40), (900, 1800, 7), (1800, 3600, 40)]


def test_of_equally_fine_ones_the_newer_revision_counts() -> None:
    found = without_overlaps(ordered(spans((0, 900, 1), rev=1), spans((300, 900, 2), rev=2)))
    assert stretches(found) == [(0, 300, 1), (300, 1200, 2)]


def test_an_unusable_one_never_covers_a_usable_one() -> None:
    found = without_overlaps(ordered(spans((0, 3600, 40)), spans((900, 900, 7), usable=False)))
    assert stretches(found) == [(0, 3600, 40)]


def test_channels_do_not_cut_each_other() -> None:
    both = ordered(spans((0, 3600, 40), channel=1), spans((900, 900, 7), channel=2))
    assert len(without_overlaps(both)) == 2


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.integers(1, 3)), min_size=1, max_size=12))
def test_no_instant_counts_twice_and_none_is_lost(rows: list[tuple[int, int, int]]) -> None:
    made = ordered(*(spans((start * 300, many * 300, 1000), rev=rev) for start, many, rev in rows))
    found = without_overlaps(made)
    held = sorted(zip(found.low.tolist(), found.high.tolist(), strict=True))
    assert all(high <= low for (_, high), (low, _) in pairwise(held))
    covered = {t for start, many, _ in rows for t in range(start, start + many)}
    assert sum(high - low for low, high in held) == 300 * len(covered)


@given(st.integers(-(10**12), 10**12), st.integers(0, 7199), st.integers(1, 40 * 3600))
def test_the_hours_of_a_span_add_up_to_it(value: int, start: int, seconds: int) -> None:
    found = hourly(spans((start, seconds, value)), 0, 50)
    assert int(found["value"].sum()) == value
    assert int(found["covered_s"].sum()) == seconds
    assert (np.diff(found["hour"]) == 1).all()


@given(st.integers(-(10**9), 10**9), st.integers(0, 7199), st.integers(1, 40 * 3600), st.integers(1, 49))
def test_two_periods_give_the_hours_of_their_union(value: int, start: int, seconds: int, cut: int) -> None:
    one = spans((start, seconds, value))
    whole, early, late = hourly(one, 0, 50), hourly(one, 0, cut), hourly(one, cut, 50)
    for name in ("hour", "value", "covered_s"):
        assert np.concatenate([early[name], late[name]]).tolist() == whole[name].tolist()


def test_rejected_seconds_are_not_more_than_what_nothing_else_covers() -> None:
    found = hourly(ordered(spans((0, 3600, 5)), spans((0, 1800, 9), usable=False)), 0, 1)
    assert (found["value"].tolist(), found["covered_s"].tolist(), found["rejected_s"].tolist()) == ([5], [3600], [0])
