"""Whole numbers that follow a shape and sum to a known total exactly."""

import numpy as np

from lingtan.metering.checks.look import Floats
from lingtan.metering.exact import Ints, half_away

FINE = 1_000_000  # weights are whole numbers of this part of the largest


def shared(total: int, shape: Floats | None, many: int) -> Ints:
    r"""``total`` in ``many`` whole parts in proportion to ``shape`` (evenly without one).

    .. math:: v_k = \mathrm{round}(T\,W_k/W) - \mathrm{round}(T\,W_{k-1}/W)

    with the running sums W of the weights, so that the parts sum to T and none has the wrong sign.
    """
    weights = np.ones(many, dtype=np.int64)
    if shape is not None:
        above = np.clip(shape, 0, None)
        if float(above.max(initial=0)) > 0:
            weights = np.rint(above / above.max() * FINE).astype(np.int64)
    running = np.cumsum(weights).tolist()
    until = [0, *(half_away(total * w, running[-1]) for w in running)]
    sums: Ints = np.array(until, dtype=np.int64)
    return np.asarray(sums[1:] - sums[:-1])
