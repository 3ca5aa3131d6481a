"""How good a forecast was: pinball loss, CRPS, absolute error, coverage. NaN in what came is left out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def pinball(actual: Floats, values: Floats, quantiles: Sequence[float]) -> Floats:
    r"""Pinball loss of each value, averaged over the quantiles: :math:`\max(\tau(y-q), (\tau-1)(y-q))`. [unit of the series]"""
    tau = np.asarray(quantiles)
    gap = actual[..., None] - values
    return np.asarray(np.maximum(tau * gap, (tau - 1) * gap).mean(axis=-1))


def crps(actual: Floats, values: Floats, quantiles: Sequence[float]) -> Floats:
    """Continuous ranked probability score: twice the pinball loss integrated over all levels. [unit of the series]

    The quantile function runs straight between the given quantiles and stops at the outer ones.
    """
    tau = np.asarray(quantiles, float)
    edges = np.concatenate([[0.0], (tau[1:] + tau[:-1]) / 2, [1.0]])
    gap = actual[..., None] - values
    return np.asarray(2 * (np.maximum(tau * gap, (tau - 1) * gap) * np.diff(edges)).sum(axis=-1))


def covered(actual: Floats, values: Floats, quantiles: Sequence[float], share: float = 0.9) -> Floats:
    """1 where the central interval of ``share`` holds what came, 0 where not, NaN where it is not known."""
    q = np.asarray(quantiles)
    low = int(np.argmin(np.abs(q - (0.5 - share / 2))))
    high = int(np.argmin(np.abs(q - (0.5 + share / 2))))
    inside = (actual >= values[..., low]) & (actual <= values[..., high])
    return np.where(np.isfinite(actual) & np.isfinite(values[..., low]), inside.astype(float), np.nan)
