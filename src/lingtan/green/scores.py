r"""How well green supply matches use: by the hour (24/7 CFE), by the month and by the year.

.. math:: s_P = \frac{\sum_{p \in P} \min(G_p, U_p)}{\sum_{p \in P} U_p}

with green supply G and use U summed over hours, months or the year. The finer the period, the lower the score.

References
----------
.. [1] Google, "24/7 Carbon-Free Energy: Methodologies and Metrics," 2021.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lingtan.carbon.shares import Ints


@dataclass(frozen=True)
class Score:
    """Matched and used energy of one way of matching. [Wh]"""

    matched_wh: int
    used_wh: int

    @property
    def share(self) -> Fraction | None:
        """Matched over used; None if nothing was used."""
        return Fraction(self.matched_wh, self.used_wh) if self.used_wh else None


@dataclass(frozen=True)
class Matching:
    """The scores side by side, and by hour what was not matched. [Wh]"""

    hourly: Score
    monthly: Score
    yearly: Score
    missed_wh: Ints


def matching(green: Ints, used: Ints, months: Ints) -> Matching:
    """Scores of one consumer or the park.

    Parameters
    ----------
    green, used : int64 array (hours,)
        Green supply and use by hour. [Wh]
    months : int64 array (hours,)
        The local month of each hour; any numbers that tell months apart.
    """
    matched = np.minimum(green, used)
    _, where = np.unique(months, return_inverse=True)
    size = int(where.max(initial=-1)) + 1
    green_month, used_month = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(green_month, where, green)
    np.add.at(used_month, where, used)
    total = int(used.sum())
    return Matching(
        Score(int(matched.sum()), total),
        Score(int(np.minimum(green_month, used_month).sum()), total),
        Score(min(int(green.sum()), total), total),
        used - matched,
    )


def costliest_hours(missed_wh: Ints, count: int = 20) -> list[tuple[int, int]]:
    """The hours that cost the score most: (hour of the year from 0, Wh not matched), the greatest first."""
    order = np.argsort(-missed_wh, kind="stable")[:count]
    return [(int(h), int(missed_wh[h])) for h in order if missed_wh[h] > 0]
