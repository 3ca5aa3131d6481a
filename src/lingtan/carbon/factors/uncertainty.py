"""How far a default may be off: relative, 95 %, and only where a source says so."""

from fractions import Fraction
from functools import cache
from math import isqrt

from lingtan.carbon.factors.tables import table_rows

_STEP = 10_000  # a combined uncertainty is rounded up to 0.01 %


@cache
def _ranges() -> dict[tuple[str, str], tuple[Fraction, str]]:
    found = {}
    for row in table_rows("uncertainty.csv"):
        value, lower, upper = (Fraction(row[name]) for name in ("value", "lower", "upper"))
        # the wider side of a skew range
        wider = max(upper - value, value - lower) / value
        source = f"{row['source_document']}, {row['source_ref']} ({row['confidence']}, {row['source_link']})"
        found[row["subject"], row["parameter"]] = (wider, source)
    return found


def relative(subject: str, parameters: tuple[str, ...]) -> tuple[Fraction, str] | None:
    """The relative uncertainty of a product of these parameters, and its source; None if one has no source.

    Independent parts add in squares; the sum is rounded up.
    """
    found = [_ranges().get((subject, parameter)) for parameter in parameters]
    parts = [part for part in found if part is not None]
    if not parts or len(parts) < len(found):
        return None
    sources = "; ".join(dict.fromkeys(source for _, source in parts))
    return _root(sum((share * share for share, _ in parts), Fraction(0))), sources


def _root(square: Fraction) -> Fraction:
    """The square root, rounded up to the step."""
    scaled = square * _STEP * _STEP
    root = isqrt(scaled.numerator // scaled.denominator)
    return Fraction(root if root * root == scaled else root + 1, _STEP)
