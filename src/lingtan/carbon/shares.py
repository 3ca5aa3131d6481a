"""Splitting integers so that the parts sum to the whole: largest remainder, ties to the first."""

import numpy as np
import numpy.typing as npt

from lingtan.base.units import INT64_MAX

Ints = npt.NDArray[np.int64]


def split(total: Ints, weights: Ints, *, fallback: int) -> Ints:
    """Split each ``total[h]`` over the rows of ``weights[:, h]`` in proportion.

    Parameters
    ----------
    total : int64 array (H,)
        May be negative.
    weights : int64 array (K, H)
        Never negative.
    fallback : int
        Row that takes an hour in which all weights are zero.

    Returns
    -------
    int64 array (K, H)
        Column sums equal ``total`` exactly; what rounding leaves goes to the largest remainders, ties to the lowest row.
    """
    sign = np.where(total < 0, -1, 1)
    amount = np.abs(total)
    whole = weights.sum(axis=0)
    empty = whole == 0
    base = np.where(empty, 1, whole)
    quotient, rest = amount // base, amount % base
    if weights.size and int(rest.max(initial=0)) * int(weights.max(initial=0)) > INT64_MAX:
        scaled = rest.astype(object) * weights.astype(object)
        part = (quotient * weights) + (scaled // base).astype(np.int64)
        remainder = (scaled % base).astype(np.int64)
    else:
        scaled = rest * weights
        part = quotient * weights + scaled // base
        remainder = scaled % base
    left = np.where(empty, 0, amount - part.sum(axis=0))
    if left.any():
        order = np.argsort(-remainder, axis=0, kind="stable")
        extra = np.arange(weights.shape[0])[:, None] < left
        np.add.at(part, (order, np.broadcast_to(np.arange(total.size), order.shape)), extra.astype(np.int64))
    part[fallback] += np.where(empty, amount, 0)
    return np.asarray(part * sign, dtype=np.int64)


def spread(total: int, weights: Ints) -> Ints:
    """Spread one integer over a series in proportion, by cumulative rounding: the sum is exact and no part exceeds its
    weight when ``total`` does not exceed the sum of the weights. All zero weights give all zeros."""
    running = np.cumsum(weights.astype(object))
    whole = int(running[-1]) if running.size else 0
    if whole == 0:
        return np.zeros(weights.shape, np.int64)
    reached = (running * total) // whole
    return np.diff(reached, prepend=0).astype(np.int64)
