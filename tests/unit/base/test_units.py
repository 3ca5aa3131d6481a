"""Units are exact ratios, and fixed point rounds half away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import InputError
from lingtan.base.units import (
    INT64_MAX,
    METERING_UNIT,
    MICRO,
    MILLI,
    UNITS,
    canonical_unit,
    dimension,
    fixed,
    quantity,
    ratio,
    rounded,
)

BY_DIMENSION = {d: sorted(u for u in UNITS if UNITS[u][0] == d) for d in METERING_UNIT}
unit_pairs = st.sampled_from(sorted(BY_DIMENSION)).flatmap(
    lambda d: st.tuples(st.sampled_from(BY_DIMENSION[d]), st.sampled_from(BY_DIMENSION[d]))
)
decimals = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6)


@pytest.mark.parametrize(
    ("unit", "target", "expected"),
    [
        ("MWh", "kWh", 1000),
        ("万kWh", "kWh", 10_000),
        ("亿千瓦时", "万千瓦时", 10_000),
        ("度", "kWh", 1),
        ("Wh", "kWh", Fraction(1, 1000)),
        ("t", "kg", 1000),
        ("万吨", "t", 10_000),
        ("万Nm3", "m3", 10_000),
        ("L", "m3", Fraction(1, 1000)),
        ("TJ", "GJ", 1000),
        ("亿元", "万元", 10_000),
    ],
)
def test_a_unit_is_an_exact_number_of_another(unit: str, target: str, expected: Fraction) -> None:
    assert ratio(unit, target) == expected


def test_kwh_and_gj_convert_without_loss_in_both_directions() -> None:
    assert ratio("GJ", "kWh") == Fraction(2500, 9)
    assert ratio("kWh", "GJ") == Fraction(36, 10_000)
    assert ratio("MWh", "GJ") == Fraction(36, 10)
    assert ratio("TJ", "MWh") * ratio("MWh", "TJ") == 1


@given(unit_pairs)
def test_there_and_back_is_one(pair: tuple[str, str]) -> None:
    unit, target = pair
    assert ratio(unit, target) * ratio(target, unit) == 1


def test_every_dimension_has_its_metering_unit_in_the_table() -> None:
    assert METERING_UNIT
    for name, unit in METERING_UNIT.items():
        assert UNITS[unit] == (name, 1)
        assert dimension(unit) == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ＭＷｈ", "MWh"),
        ("mwh", "MWh"),
        (" k W h ", "kWh"),
        ("KWH", "kWh"),
        ("nm³", "Nm3"),
        ("万 kWh", "万kWh"),
        ("万ｋＷｈ", "万kWh"),
        ("吨", "吨"),
        ("gj", "GJ"),
    ],
)
def test_a_unit_is_known_in_full_width_letters_other_case_and_with_spaces(written: str, meant: str) -> None:
    found = canonical_unit(written)
    assert found is not None
    assert UNITS[found] == UNITS[meant]


def test_letters_whose_case_matters_keep_it() -> None:
    assert ratio("MW", "kW") == 1000
    assert ratio("kW", "W") == 1000
    assert ratio("Mt", "t") == 1_000_000


@pytest.mark.parametrize("text", ["", "  ", "kWhh", "furlong", "千", "kWh/h"])
def test_what_is_no_unit_is_none(text: str) -> None:
    assert canonical_unit(text) is None


def test_an_unknown_unit_names_the_nearest_known_one() -> None:
    with pytest.raises(InputError) as caught:
        ratio("MWhh", "kWh")
    assert caught.value.code == "units.unknown"
    assert caught.value.values["nearest"] == "MWh"


@pytest.mark.parametrize(("unit", "target"), [("t", "kWh"), ("kW", "kWh"), ("m3", "kg"), ("CNY", "GJ")])
def test_units_that_measure_different_things_are_refused(unit: str, target: str) -> None:
    with pytest.raises(InputError) as caught:
        ratio(unit, target)
    assert caught.value.code == "units.different"


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("2 MWh", "kWh", "2000"),
        ("2MWh", "kWh", "2000"),
        ("2 000 kWh", "kWh", "2000"),
        ("2,000.5 kWh", "kWh", "2000.5"),
        ("2_000 kWh", "kWh", "2000"),
        ("-1.5 MWh", "kWh", "-1500"),
        ("3e2 kWh", "kWh", "300"),
        ("12.3456 万kWh", "kWh", "123456"),
        ("0.1 t", "kg", "100"),
        ("36 GJ", "kWh", "10000"),
        ("1,000", "kWh", "1000"),
        ("5.", "kWh", "5"),
        (".5 MWh", "kWh", "500"),
        ("２，０００ ｋＷｈ", "kWh", "2000"),
        ("5 1e4 Nm3", "m3", "50000"),
        ("5 10^4m3", "m3", "50000"),
        ("1,234,567 kWh", "kWh", "1234567"),
    ],
)
def test_a_quantity_is_a_number_and_a_unit(text: str, target: str, expected: str) -> None:
    assert quantity(text, target) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "2 MW",
        "kWh",
        "",
        "two kWh",
        "1 2 kW h h",
        "1.2.3 kWh",
        "--",
        "1,5 kWh",
        "1 000 0 kWh",
        "1e99999999 kWh",
        "1e99999999",
        "nan",
        "9" * 60,
    ],
)
def test_what_is_no_quantity_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InputError) as caught:
        quantity(text, "kWh")
    assert caught.value.code == "units.not-a-quantity"
    assert "2 kWh" in caught.value.format("en")
    assert "2 kWh" in caught.value.format("zh")


def test_a_bare_number_is_already_in_the_target_unit() -> None:
    assert quantity(3, "kWh") == 3
    assert quantity(0.1, "kWh") == Decimal("0.1")
    assert quantity(Decimal("0.30"), "t") == Decimal("0.30")


@given(decimals, unit_pairs)
def test_writing_a_quantity_and_reading_it_back_is_exact(number: Decimal, pair: tuple[str, str]) -> None:
    unit, target = pair
    exact = Fraction(number) * ratio(unit, target)
    read = quantity(f"{number} {unit}", target)
    assert abs(Fraction(read) - exact) <= abs(exact) / 10**26  # a decimal has 28 digits


@pytest.mark.parametrize(
    ("number", "scale", "expected"),
    [
        ("0.0005", MILLI, 1),
        ("-0.0005", MILLI, -1),
        ("0.0004999", MILLI, 0),
        ("1.0015", MILLI, 1002),
        ("1.0025", MILLI, 1003),
        ("-1.0025", MILLI, -1003),
        ("0.8325", MICRO, 832_500),
        (7, MILLI, 7000),
        (Fraction(1, 3), 10, 3),
        (Fraction(2, 3), 10, 7),
        (Fraction(-2, 3), 10, -7),
        ("9223372036854775.807", MILLI, INT64_MAX),
    ],
)
def test_fixed_point_rounds_half_away_from_zero(number: str | int | Fraction, scale: int, expected: int) -> None:
    assert fixed(number, scale) == expected


@given(st.fractions(min_value=-(10**6), max_value=10**6), st.sampled_from([1, 10, MILLI, MICRO]))
def test_fixed_point_is_never_further_than_half_a_step_and_has_no_bias_of_sign(number: Fraction, scale: int) -> None:
    assert abs(fixed(number, scale) - number * scale) <= Fraction(1, 2)
    assert fixed(-number, scale) == -fixed(number, scale)


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_an_integer_of_thousandths_printed_in_full_comes_back(amount: int) -> None:
    assert fixed(rounded(amount, MILLI, 3), MILLI) == amount


@pytest.mark.parametrize(
    ("amount", "scale", "digits", "expected"),
    [
        (1_250, MILLI, 1, "1.3"),
        (-1_250, MILLI, 1, "-1.3"),
        (1_249, MILLI, 1, "1.2"),
        (5, 10, 0, "1"),
        (0, MILLI, 2, "0.00"),
        (Fraction(1, 3), 1, 4, "0.3333"),
    ],
)
def test_a_figure_is_rounded_once_to_its_stated_digits(
    amount: int | Fraction, scale: int, digits: int, expected: str
) -> None:
    assert str(rounded(amount, scale, digits)) == expected
