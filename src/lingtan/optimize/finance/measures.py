"""Net present value, internal rate of return, payback, levelised cost, debt service cover."""

import itertools
from collections.abc import Sequence

MOST_RATE = 10.0
LEAST_RATE = -0.99
PRECISION = 1e-10


def npv(rate: float, flows: Sequence[float]) -> float:
    r"""Present value of yearly flows, the first of which is today's. [CNY]

    .. math:: \sum_t F_t / (1 + i)^t

    Examples
    --------
    >>> round(npv(0.1, [-100, 60, 60]), 4)
    4.1322
    """
    return float(sum(f / (1 + rate) ** t for t, f in enumerate(flows)))


def irr(flows: Sequence[float]) -> float | None:
    """The rate at which the present value is nil; None if there is none, or several could be meant.

    Several can be meant when the flows change sign more than once; then the one that bisection over all rates finds would
    say nothing.

    Examples
    --------
    >>> round(irr([-100, 60, 60]), 6)
    0.130662
    """
    signs = [f > 0 for f in flows if f != 0]
    if sum(a != b for a, b in itertools.pairwise(signs)) != 1:
        return None
    low, high = LEAST_RATE, MOST_RATE
    at_low, at_high = npv(low, flows), npv(high, flows)
    if (at_low > 0) == (at_high > 0):
        return None
    while high - low > PRECISION:
        middle = (low + high) / 2
        if (npv(middle, flows) > 0) == (at_low > 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def payback(flows: Sequence[float], rate: float = 0.0) -> float | None:
    """Years until the flows have paid back what went before, discounted at ``rate``; within a year evenly. [years]

    Examples
    --------
    >>> payback([-100, 40, 40, 40])
    2.5
    """
    total = 0.0
    for year, flow in enumerate(flows):
        value = flow / (1 + rate) ** year
        if total < 0 <= total + value + 1e-9 * abs(total):
            return year - 1 + -total / value
        total += value
    return None


def levelised(rate: float, costs: Sequence[float], amounts: Sequence[float]) -> float | None:
    r"""Cost of a unit over the life: present value of costs over that of amounts.

    .. math:: \frac{\sum_t C_t / (1 + i)^t}{\sum_t Q_t / (1 + i)^t}
    """
    amount = npv(rate, amounts)
    return npv(rate, costs) / amount if amount > 0 else None


def cover(cash: Sequence[float], service: Sequence[float]) -> tuple[float | None, float | None]:
    """Smallest and mean ratio of cash before debt service to debt service (DSCR), over the years that have any."""
    ratios = [c / s for c, s in zip(cash, service, strict=True) if s > 0]
    return (min(ratios), sum(ratios) / len(ratios)) if ratios else (None, None)
