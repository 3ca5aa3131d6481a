"""Texts of numbers become exact integers of 1/1000, however they are read."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.metering.shapes.numbers import BAD, CELL_ERROR, GOOD, MISSING, TOO_LARGE, Spelling, milli, parse_number

FACTORS = [Fraction(1), Fraction(1, 4), Fraction(1000), Fraction(1, 3), Fraction(10**6, 3600), Fraction(7, 11)]


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=3) | st.decimals(-(10**6), 10**6, places=9), min_size=1, max_size=20),
    st.sampled_from(FACTORS),
)
def test_a_column_is_rounded_half_away_from_zero_once(numbers: list[Decimal], factor: Fraction) -> None:
    found = milli(pl.Series([f"{n:f}" for n in numbers]), factor)
    for number, value in zip(numbers, found["value"].to_list(), strict=True):
        exact = Fraction(number) * factor * 1000
        whole = (abs(exact) * 2 + 1) // 2
        assert value == (whole if exact >= 0 else -whole)


@given(st.lists(st.floats(-1e9, 1e9).map(repr), min_size=1, max_size=20))
def test_floats_are_taken_by_their_shortest_text(texts: list[str]) -> None:
    found = milli(pl.Series(texts), Fraction(1))["value"].to_list()
    wanted = [int((Decimal(t) * 1000).quantize(Decimal(1), ROUND_HALF_UP)) for t in texts]
    assert found == wanted


@given(st.lists(st.sampled_from(["1", "2.5", "--", "x", "１", None, "1,000.5", "1e3", "#REF!"]), min_size=1))
def test_one_odd_text_changes_nothing_for_the_others(texts: list[str | None]) -> None:
    alone = [milli(pl.Series([t], dtype=pl.String), Fraction(1)).row(0) for t in texts]
    assert milli(pl.Series(texts, dtype=pl.String), Fraction(1)).rows() == alone


@pytest.mark.parametrize(
    ("text", "state"),
    [("1.5", GOOD), ("—", MISSING), ("缺失", MISSING), ("abc", BAD), ("1e30", TOO_LARGE), ("#DIV/0!", CELL_ERROR),
     ("inf", BAD), ("nan", MISSING), ("", MISSING)],
)  # fmt: skip
def test_states(text: str, state: int) -> None:
    assert milli(pl.Series([text]), Fraction(1))["state"][0] == state


def test_sentinels_are_missing_however_they_are_written() -> None:
    found = milli(pl.Series(["-99", "-99.0", "6553.5", "5"]), Fraction(1), Spelling(frozenset({"-99", "6553.5"})))
    assert found["value"].to_list() == [None, None, None, 5000]


def test_other_spellings() -> None:
    assert parse_number("１，２３４．５") == Fraction("1234.5")
    assert parse_number("1.2万") == 12000
    assert parse_number("(5)") == -5
    assert parse_number("1.234,5", Spelling(decimal_comma=True)) == Fraction("1234.5")
