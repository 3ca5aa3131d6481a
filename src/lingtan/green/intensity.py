r"""Carbon intensity by interval: of a mix, of nodes, and from a grid's generation.

.. math:: i_t = \sum_k x_{tk} f_k

with the share x of source k and its factor f. Average intensity says what the power in use carries; the marginal one what
one more kilowatt-hour would cause: the factor of the source that would give it.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lingtan.base.errors import DataError
from lingtan.carbon.shares import Ints
from lingtan.green.mix import Floats


def of_mix(mixes: Floats, columns: Sequence[str], factors: Mapping[str, float]) -> Floats:
    """Average intensity of mixes (…, columns). [unit of the factors, such as kgCO2/kWh]

    Raises
    ------
    DataError
        ``green.no-factor`` for a column without a factor that carries energy.
    """
    weights = np.zeros(len(columns))
    for k, name in enumerate(columns):
        if name in factors:
            weights[k] = factors[name]
        elif mixes[..., k].any():
            raise DataError("green.no-factor", source=name)
    return np.asarray(mixes @ weights)


def of_generation(
    generation: Mapping[str, Floats], factors: Mapping[str, float], *, decimals: int | None = None
) -> Floats:
    """A grid's hourly intensity from what its plants and imports give. Negative entries (own use of a plant) count with
    their sign; what only moves energy (pumped storage) is left out by the caller.

    Parameters
    ----------
    generation : mapping of array (hours,)
        Power by source. [MW]
    factors : mapping
        Factor of each source. [unit of the result]
    decimals : int, optional
        Round the result, where a published series is to be compared.
    """
    if missing := [name for name in generation if name not in factors]:
        raise DataError("green.no-factor", source=missing[0])
    power = np.stack(list(generation.values()))
    total = power.sum(axis=0)
    carried = np.array([factors[name] for name in generation]) @ power
    found = np.divide(carried, total, out=np.full_like(total, np.nan), where=total > 0)
    return np.asarray(found if decimals is None else np.round(found, decimals))


def marginal(dispatchable: Sequence[tuple[str, float, Ints, Ints]], otherwise: float) -> Floats:
    """Factor of the source that would give one more kilowatt-hour in each interval.

    Parameters
    ----------
    dispatchable : sequence of (name, factor, given, available)
        In the order in which they are called; one with room left (given < available) gives the next kilowatt-hour. [Wh]
    otherwise : float
        Factor where none has room: that of the grid.
    """
    if not dispatchable:
        return np.asarray(otherwise)
    found = np.full(dispatchable[0][2].shape, otherwise, dtype=float)
    for _, factor, given, available in reversed(dispatchable):
        found = np.where(given < available, factor, found)
    return found
