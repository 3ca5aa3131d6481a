"""How a series runs within its hours: what each quarter of an hour usually is of the hour's mean, by time of day."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
QUARTER_S, A_DAY = 900, 96
DAYS = 14  # that are looked back at
LEAST_GAIN = 0.95  # of the squared error of even hours


def quarter_shape(values: Floats, start_s: int, zone_s: int) -> Floats:
    """By quarter of the local day the share of its hour's mean; the four of an hour have the mean one.

    Parameters
    ----------
    values
        Complete quarter hours, not negative; the last fourteen days count. All shares are one where an hour is always zero, and
        where the first of these days do not serve the later ones.
    start_s
        Where they begin, on a full hour. [s since 1970]
    zone_s
        How far local time is ahead of UTC. [s]
    """
    values = values[: len(values) // 4 * 4]
    count = min(len(values) // A_DAY, DAYS) * A_DAY
    last = values[len(values) - count :]
    slot = ((start_s + zone_s) // QUARTER_S + len(values) - count + np.arange(count)) % A_DAY
    half = count // A_DAY // 2 * A_DAY
    if not half:
        return np.ones(A_DAY)
    # a run that does not come again (of wind) is none: what the first days show must serve the later ones
    hours = np.repeat(last[half:].reshape(-1, 4).mean(axis=1), 4)
    served = hours * _shares(last[:half], slot[:half])[slot[half:]]
    if ((last[half:] - served) ** 2).sum() > LEAST_GAIN * ((last[half:] - hours) ** 2).sum():
        return np.ones(A_DAY)
    return _shares(last, slot)


def _shares(values: Floats, slot: npt.NDArray[np.int64]) -> Floats:
    sums = np.bincount(slot, values, A_DAY).reshape(-1, 4)
    mean = sums.mean(axis=1, keepdims=True)
    return np.where(mean > 0, sums / np.where(mean > 0, mean, 1.0), 1.0).ravel()
