"""Text of numbers to integers of 1/1000, exactly: no value passes through float arithmetic.

Plain decimals go column-wise through 128-bit integers; other spellings (``1,234.5``, ``１２``, ``1.2万``, ``3e-4``) are
read one by one, each distinct text once.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np
import polars as pl

from lingtan.base.units import INT64_MAX, MILLI, fixed
from lingtan.metering.exact import scaled

# what people write where nothing was measured
MISSING_WORDS = frozenset(
    ["", "-", "--", "---", "—", "——", "–", "/", "\\", "*", ".", "缺失", "缺测", "缺数", "无", "无数据", "空", "na", "n/a",
     "#n/a", "#n/a n/a", "nan", "nil", "null", "none", "missing", "no data", "nodata", "<na>", "?", "#null!"]
)  # fmt: skip
CELL_ERRORS = frozenset(["#div/0!", "#ref!", "#value!", "#name?", "#num!", "#getting_data", "#spill!", "#calc!"])
SCALE = 12
SHORT = 15  # bytes of a text that a float names faithfully
PLAIN = r"^[+-]?(?:\d{1,14}(?:\.\d{0,12})?|\.\d{1,12})$"
_MYRIADS = {"万": 10**4, "千": 1000, "百万": 10**6, "亿": 10**8, "k": 1000}
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_SPELT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)(百万|万|千|亿|k)?", re.ASCII)
_LIMIT = 40  # digits before or after the point: more is no measurement

GOOD, MISSING, BAD, TOO_LARGE, CELL_ERROR = range(5)


@dataclass(frozen=True)
class Spelling:
    """What a mapping says about numbers: words and sentinel values that mean missing, and a decimal comma."""

    missing: frozenset[str] = frozenset()
    decimal_comma: bool = False


def is_missing(text: str | None, spelling: Spelling = Spelling()) -> bool:
    """Whether a cell says that there is no value."""
    if text is None:
        return True
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return plain in MISSING_WORDS or plain in spelling.missing


def parse_number(text: str, spelling: Spelling = Spelling()) -> Fraction | None:
    """The exact number that a text says, or None if it says none."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("−", "-").replace(" ", "").replace("_", "")
    plain = plain.replace("，", ",").lstrip("'")
    if plain.startswith("(") and plain.endswith(")"):  # accountants' minus
        plain = "-" + plain[1:-1]
    if spelling.decimal_comma:
        plain = plain.replace(".", "").replace(",", ".")
    elif _GROUPED.fullmatch(plain.rstrip("万千亿k百")):
        plain = plain.replace(",", "")
    found = _SPELT.fullmatch(plain)
    if found is None:
        return None
    try:
        number = Decimal(found.group(1))
    except InvalidOperation:
        return None
    if number and abs(number.adjusted()) > _LIMIT:
        # beyond any measurement: keep the sign and the fact that it does not fit
        return Fraction(0) if number.adjusted() < 0 else Fraction(INT64_MAX) * 10 * (1 if number > 0 else -1)
    return Fraction(number) * _MYRIADS.get(found.group(2) or "", 1)


def milli(text: pl.Series, factor: Fraction, spelling: Spelling = Spelling()) -> pl.DataFrame:
    """A column of number texts times ``factor``, as integers of 1/1000 rounded half away from zero.

    Parameters
    ----------
    text : Series
        Texts (or numbers, which are taken by their shortest decimal text).
    factor : Fraction
        Stored units per unit of the text.
    spelling : Spelling
        Words and sentinels that mean missing.

    Returns
    -------
    DataFrame
        ``value`` (Int64, null unless good) and ``state`` (``GOOD``, ``MISSING``, ``BAD``, ``TOO_LARGE``, ``CELL_ERROR``).
    """
    text = as_text(text)
    short = _short_decimals(text, factor) if not spelling.missing else None
    if short is not None:
        return short
    num, den = (factor * MILLI / 10**SCALE).as_integer_ratio()
    # 26 digits of the text times the factor must stay below 2**127
    fast = num <= 10**11 and den <= 10**24
    frame = text.rename("text").to_frame().with_columns(plain=pl.col("text").str.contains(PLAIN) & pl.lit(fast))
    frame = frame.with_columns(exact=pl.when("plain").then(pl.col("text")).cast(pl.Decimal(38, SCALE), strict=False))
    value = _times(pl.col("exact").to_physical().cast(pl.Int128), num, den)
    frame = frame.select("text", value=value)
    limit = pl.lit(INT64_MAX, dtype=pl.Int128)
    fits = pl.col("value").is_not_null() & (pl.col("value") <= limit) & (pl.col("value") >= -limit)
    frame = frame.select(
        "text",
        value=pl.when(fits).then(pl.col("value")).cast(pl.Int64),
        state=pl.when(fits)
        .then(GOOD)
        .when(pl.col("value").is_not_null())
        .then(TOO_LARGE)
        .when(pl.col("text").is_null())
        .then(MISSING)
        .otherwise(-1)
        .cast(pl.Int8),
    )
    if spelling.missing:
        frame = frame.with_columns(
            state=pl.when(pl.col("text").is_in(_spelt_sentinels(frame["text"], spelling)))
            .then(pl.lit(MISSING, dtype=pl.Int8))
            .otherwise("state")
        ).with_columns(value=pl.when(pl.col("state") == GOOD).then("value"))
    rest = frame.filter(pl.col("state") == -1)["text"].unique()
    if rest.len() == 0:
        return frame.select("value", "state")
    table = pl.DataFrame(
        [_one(t, factor, spelling) for t in rest], schema={"odd": pl.Int64, "why": pl.Int8}, orient="row"
    ).with_columns(text=rest)
    joined = frame.join(table, on="text", how="left", maintain_order="left")
    odd = pl.col("state") == -1
    return joined.select(
        value=pl.when(odd).then("odd").otherwise("value"), state=pl.when(odd).then("why").otherwise("state")
    )


def _short_decimals(text: pl.Series, factor: Fraction) -> pl.DataFrame | None:
    """The usual case of :func:`milli`: every text a decimal of up to 15 digits, three of them behind the point, or empty.

    Of such a text the nearest float is a faithful name: the thousandths that it rounds to are the text's own.
    """
    floats = text.cast(pl.Float64, strict=False)
    empty = text.null_count()
    if floats.null_count() != empty or int(text.str.len_bytes().max() or 0) > SHORT:  # type: ignore[arg-type]
        return None
    number = floats.fill_null(0).to_numpy() if empty else floats.to_numpy()
    near = np.rint(number * MILLI)
    if not (near / MILLI == number).all() or (np.abs(near) >= 2**53).any():  # infinity is no number either
        return None
    whole = near.astype(np.int64)
    num, den = factor.as_integer_ratio()
    if not (0 < num < 2**31 and den < 2**31) or int(np.abs(whole).max(initial=0)) * num >= INT64_MAX // 4:
        return None
    value = pl.Series("value", whole if factor == 1 else scaled(whole, num, den))
    frame = pl.DataFrame({"value": value}).with_columns(state=pl.lit(GOOD, pl.Int8))
    if not empty:
        return frame
    lost = text.is_null()
    return frame.select(
        value=pl.when(~lost).then("value"), state=pl.when(lost).then(pl.lit(MISSING, pl.Int8)).otherwise("state")
    )


def as_text(column: pl.Series) -> pl.Series:
    """A column as text: floats by their shortest decimal text, NaN and infinities as such."""
    if column.dtype == pl.String:
        return column
    return column.cast(pl.String, strict=False)


def _times(exact: pl.Expr, num: int, den: int) -> pl.Expr:
    """``exact × num / den`` on 128-bit integers, rounded half away from zero."""
    magnitude = exact.abs() * pl.lit(2 * num, dtype=pl.Int128) + pl.lit(den, dtype=pl.Int128)
    quotient = magnitude // pl.lit(2 * den, dtype=pl.Int128)
    return pl.when(exact < 0).then(pl.lit(0, dtype=pl.Int128) - quotient).otherwise(quotient)


def _spelt_sentinels(text: pl.Series, spelling: Spelling) -> list[str]:
    """The distinct texts that are one of the numbers that mean missing, however they are written."""
    numbers = {n for n in (parse_number(m) for m in spelling.missing) if n is not None}
    found = [t for t in _short(text.unique()) if t in spelling.missing or parse_number(t, spelling) in numbers]
    return found or [""]


def _short(texts: pl.Series) -> Iterable[str]:
    """Those texts that are short enough to be a sentinel."""
    return texts.filter(texts.is_not_null() & (texts.str.len_chars() <= 12)).to_list()


def _one(text: str, factor: Fraction, spelling: Spelling) -> tuple[int | None, int]:
    if is_missing(text, spelling):
        return None, MISSING
    if text.strip().lower() in CELL_ERRORS:
        return None, CELL_ERROR
    number = parse_number(text, spelling)
    if number is None:
        return None, BAD
    value = fixed(number * factor, MILLI)
    return (value, GOOD) if abs(value) <= INT64_MAX else (None, TOO_LARGE)
