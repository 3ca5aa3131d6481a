r"""Scenarios as whole courses of time: how past forecasts erred, hour after hour and all series together, laid onto the present.

Errors of one past issue belong together: a calm that lasts, a dear evening with little wind. Each past issue makes one scenario.
Where the present forecast brings calibrated quantiles, the past lends only its ranks and the quantiles stay what they are
(Schaake shuffle, an empirical copula); without quantiles the errors themselves are added.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from lingtan.optimize.model import FloatArray, IntArray

MEMBERS = 28  # past issues, at the same time of the last days
LEAST_MEMBERS = 7


@dataclass(frozen=True)
class PastErrors:
    """Errors of past issues, actual less expected, by series: rows are issues, columns steps ahead. [kW]"""

    by_series: Mapping[str, FloatArray]

    @property
    def members(self) -> int:
        """How many past issues."""
        return len(next(iter(self.by_series.values()), ()))


def past_errors(
    expected: Callable[[int, int], Mapping[str, FloatArray]],
    actual: Mapping[str, FloatArray],
    first: int,
    steps: int,
    *,
    day: int,
    names: Sequence[str] = (),
    most: int = MEMBERS,
    earliest: int = 0,
) -> PastErrors | None:
    """Of the issues at the same time of the days before whose last step was over at ``first``; None if they are too few.

    Parameters
    ----------
    expected : function of first step and count
        What was expected before that step.
    day : int
        Steps of a day.
    earliest : int
        No issue before this step.
    """
    over = -(-steps // day)
    issues = [first - k * day for k in range(over, over + most) if first - k * day >= earliest]
    if len(issues) < LEAST_MEMBERS:
        return None
    made: dict[str, list[FloatArray]] = {name: [] for name in names or actual}
    for issue in issues:
        told = expected(issue, steps)
        for name, rows in made.items():
            rows.append(np.asarray(actual[name][issue : issue + steps]) - np.asarray(told[name]))
    return PastErrors({name: np.stack(rows) for name, rows in made.items()})


def trajectories(
    expected: Mapping[str, FloatArray],
    errors: PastErrors,
    *,
    quantiles: Sequence[float] = (),
    tables: Mapping[str, FloatArray] | None = None,
    lowest: Mapping[str, float] | None = None,
    highest: Mapping[str, float] | None = None,
) -> dict[str, FloatArray]:
    """Courses of every series, rows are scenarios, all equally likely. [kW]

    Parameters
    ----------
    tables : mapping of series to array
        Calibrated quantiles, rows are steps; at each step a series of them takes the values that belong to the ranks of the
        errors, so their distribution is that of the quantiles.
    lowest, highest : mapping of series to float
        What is physically possible; a series that is not named does not go below zero.
    """
    found = {}
    for name, middle in expected.items():
        wrong = errors.by_series.get(name)
        if wrong is None:
            found[name] = np.broadcast_to(np.asarray(middle), (errors.members, len(middle)))
            continue
        table = None if tables is None else tables.get(name)
        values = middle + wrong if table is None else _at_ranks(wrong, quantiles, table)
        found[name] = np.clip(values, (lowest or {}).get(name, 0.0), (highest or {}).get(name, np.inf))
    return found


def _at_ranks(wrong: FloatArray, quantiles: Sequence[float], table: FloatArray) -> FloatArray:
    """The quantile function at each step at the plotting positions of the errors."""
    from scipy.stats import rankdata

    count = len(wrong)
    # ties are broken by the order of the days, at random as far as the weather is: shares of a tie would pile up in the middle
    shares = (rankdata(wrong, method="ordinal", axis=0) - 0.5) / count
    normal = NormalDist()
    knots = np.array([normal.inv_cdf(q) for q in quantiles])
    scores = np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])[
        np.rint(shares * count - 0.5).astype(int)
    ]
    return np.stack([_beyond(scores[:, t], knots, table[t]) for t in range(table.shape[0])], axis=1)


def _beyond(at: FloatArray, knots: FloatArray, values: FloatArray) -> FloatArray:
    """Between the quantiles a line in normal scores; beyond the outer ones it goes on."""
    found = np.interp(at, knots, values)
    low, high = at < knots[0], at > knots[-1]
    found[low] += (at[low] - knots[0]) * (values[1] - values[0]) / (knots[1] - knots[0])
    found[high] += (at[high] - knots[-1]) * (values[-1] - values[-2]) / (knots[-1] - knots[-2])
    return np.asarray(found)


def reduced(courses: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
    """Which scenarios stand for all, and the weights of those that each stands for: fast forward selection.

    Parameters
    ----------
    courses : array
        Rows are scenarios of equal weight, columns whatever they are to be alike in.

    References
    ----------
    .. [1] H. Heitsch and W. Römisch, "Scenario reduction algorithms in stochastic programming,"
       Computational Optimization and Applications 24, 2003.
    """
    whole = len(courses)
    apart = np.sqrt(((courses[:, None, :] - courses[None, :, :]) ** 2).sum(axis=2))
    nearest = np.full(whole, np.inf)
    chosen: list[int] = []
    for _ in range(min(count, whole)):
        left = np.minimum(nearest[:, None], apart).sum(axis=0)
        left[chosen] = np.inf
        best = int(np.argmin(left))
        chosen.append(best)
        nearest = np.minimum(nearest, apart[:, best])
    kept = np.array(chosen, np.int64)
    stands = np.argmin(apart[:, kept], axis=1)
    stands[kept] = np.arange(len(kept))  # a scenario that is kept stands for itself, even beside an equal one
    return kept, np.bincount(stands, minlength=len(kept)) / whole
