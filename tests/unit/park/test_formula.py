"""Formulas are linear sums of channels."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import InputError
from lingtan.park.formula import expand, expand_all, terms
from lingtan.park.summary import written
from unit.park.park_text import parsed

NAMES = st.sampled_from(["a", "b-1", "grid.import", "x_y", "pv-a"])
FACTORS = st.fractions(min_value=-9, max_value=9, max_denominator=1).map(lambda f: f / 8)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("a + b", {"a": Fraction(1), "b": Fraction(1)}),
        ("a - 0.98 * b", {"a": Fraction(1), "b": Fraction(-49, 50)}),
        ("2 * (a - (b - c))", {"a": Fraction(2), "b": Fraction(-2), "c": Fraction(2)}),
        ("-a + - b", {"a": Fraction(-1), "b": Fraction(-1)}),
        ("a * 0.5", {"a": Fraction(1, 2)}),
        ("a + a", {"a": Fraction(2)}),
        ("a ＋ b × 2", {"a": Fraction(1), "b": Fraction(2)}),
        ("3 * 2 * a - 6*a + b", {"b": Fraction(1)}),
    ],
)
def test_terms_are_the_channels_with_their_factors(formula: str, expected: dict[str, Fraction]) -> None:
    assert terms(formula) == expected


def test_a_hyphen_belongs_to_an_id_where_the_id_is_known() -> None:
    assert terms("a-b", {"a-b", "a", "b"}) == {"a-b": 1}
    assert terms("a-b", {"a", "b"}) == {"a": 1, "b": -1}
    assert terms("2-a", {"2-a"}) == {"2-a": 1}


@given(st.dictionaries(NAMES, FACTORS.filter(bool), min_size=1))
def test_what_is_written_is_read_again(factors: dict[str, Fraction]) -> None:
    assert terms(written(factors)) == factors


@given(st.text(alphabet="ab-+*(). 0129é", max_size=30))
def test_any_text_is_read_or_refused_with_its_position(text: str) -> None:
    try:
        found = terms(text, {"a", "b", "a-b"})
    except InputError as error:
        refused = error
    else:
        assert found
        assert all(found.values())
        return
    assert refused.code.startswith("formula.")
    assert refused.format("zh") != refused.format("en")
    assert 1 <= refused.values.get("position", 1) <= len(text) + 1


def test_virtual_meters_are_followed_down_to_channels() -> None:
    def change(plain: dict[str, list[dict[str, str]]]) -> None:
        one = plain["virtual_meters"][0]
        plain["virtual_meters"] = [
            {**one, "id": "upper", "formula": "lower + 0.5 * plant-b-line-1"},
            {**one, "id": "lower", "formula": "plant-b-power - plant-b-line-1"},
        ]

    park, problems = parsed(change)
    assert problems == []
    assert park is not None
    assert expand(park, "upper") == {"plant-b-power": Fraction(1), "plant-b-line-1": Fraction(-1, 2)}
    assert set(expand_all(park)) == {"upper", "lower"}


def test_a_long_chain_of_formulas_is_no_recursion() -> None:
    def change(plain: dict[str, list[dict[str, str]]]) -> None:
        one = plain["virtual_meters"][0]
        before = ["plant-b-power", *(f"v{i}" for i in range(1199))]
        plain["virtual_meters"] = [{**one, "id": f"v{i}", "formula": name} for i, name in enumerate(before[:-1])]

    park, problems = parsed(change)
    assert problems == []
    assert park is not None
    assert expand(park, "v1198") == {"plant-b-power": Fraction(1)}


def test_a_virtual_meter_that_is_not_there_names_the_nearest() -> None:
    park, _ = parsed()
    assert park is not None
    with pytest.raises(InputError) as error:
        expand(park, "office-powr")
    assert (error.value.code, error.value.values["nearest"]) == ("formula.no-virtual", "office-power")
