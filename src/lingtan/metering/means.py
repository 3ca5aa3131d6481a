"""Means of what is a state and not an amount: temperature, wind speed, a price. Sums of such readings mean nothing."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def step_means(start_s: Ints, seconds: Ints, values: Floats, first_s: int, last_s: int, step_s: int) -> Floats:
    """The mean of the readings that lie in each step of ``[first_s, last_s)``, by how long they do; NaN without any.

    Parameters
    ----------
    start_s, seconds, values
        Readings: when each begins, how long it holds (at least a second counts), and what it says. [s since 1970], [s]
    """
    count = (last_s - first_s) // step_s
    end_s = start_s + np.maximum(seconds, 1)
    one = np.maximum((start_s - first_s) // step_s, 0)
    many = np.minimum(-((first_s - end_s) // step_s), count) - one
    good = many > 0
    one, many = one[good], many[good]
    reading = np.repeat(np.flatnonzero(good), many)
    step = np.repeat(one, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    edge = first_s + step * step_s
    inside = np.minimum(end_s[reading], edge + step_s) - np.maximum(start_s[reading], edge)
    weight = np.bincount(step, inside, count)
    total = np.bincount(step, inside * values[reading], count)
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)
