"""Integer arithmetic on columns: scaling by a fraction and sharing over time, exact and rounded half away from zero.

No value passes through a float. A product that would leave int64 is computed in Python's integers.
"""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from lingtan.base.errors import DataError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
SAFE = 2**61  # room for the doubling in the rounding


def scaled(values: Ints, num: int | Ints, den: int | Ints) -> Ints:
    r"""``values × num / den`` for each row, rounded half away from zero.

    .. math:: v \frac{n}{d} = n \lfloor v/d \rfloor + n\,(v \bmod d)/d

    The split keeps every product in int64 as long as the result fits.

    Parameters
    ----------
    values : array of int64
        Any fixed-point column.
    num, den : int or array of int64
        The factor as a fraction; ``den`` is positive.

    Raises
    ------
    DataError
        ``metering.overflow`` if a result does not fit in int64.
    """
    num_max, den_max = int(np.max(np.abs(num))), int(np.max(den))
    if len(values) == 0 or (num_max == 1 and den_max == 1 and int(np.min(num)) == 1):
        return values
    top = _largest(values)
    if den_max == 1 and top * num_max < SAFE:
        return values * num
    if (top // int(np.min(den)) + 1) * num_max < SAFE and num_max * den_max < SAFE // 2:
        whole = np.abs(values) // den
        rest = np.abs(values) - whole * den
        magnitude = whole * np.abs(num) + (2 * rest * np.abs(num) + den) // (2 * den)
        return np.asarray(np.where((values < 0) ^ (np.asarray(num) < 0), -magnitude, magnitude), dtype=np.int64)
    return _slow(values, num, den)


def _largest(values: Ints) -> int:
    return max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0


def _slow(values: Ints, num: int | Ints, den: int | Ints) -> Ints:
    nums, dens = np.broadcast_to(num, len(values)).tolist(), np.broadcast_to(den, len(values)).tolist()
    found = [half_away(v * n, d) for v, n, d in zip(values.tolist(), nums, dens, strict=True)]
    if any(abs(f) >= 2**63 for f in found):
        raise DataError("metering.overflow", value=max(found, key=abs))
    return np.array(found, dtype=np.int64)


def half_away(number: int, divisor: int) -> int:
    """``number / divisor`` as an integer, rounded half away from zero; ``divisor`` is positive."""
    magnitude = (2 * abs(number) + divisor) // (2 * divisor)
    return magnitude if number >= 0 else -magnitude


def times(value: int, factor: Fraction) -> int:
    """One value times an exact factor, rounded half away from zero."""
    return half_away(value * factor.numerator, factor.denominator)


def until(total: Ints, elapsed: Ints, seconds: Ints) -> Ints:
    r"""What of ``total`` lies in the first ``elapsed`` of ``seconds``, when it is spread evenly.

    .. math:: C(t) = \mathrm{round}(V\,t / D), \quad C(0) = 0, \quad C(D) = V

    Shares taken as differences of C add up to V exactly, wherever the interval is cut, and do not depend on who asks.
    """
    magnitude = np.abs(total)
    whole = magnitude // seconds
    rest = magnitude - whole * seconds
    share = whole * elapsed + (2 * rest * elapsed + seconds) // (2 * seconds)
    return np.asarray(np.where(total < 0, -share, share), dtype=np.int64)
