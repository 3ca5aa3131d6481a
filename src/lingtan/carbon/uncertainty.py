r"""How sure a figure is: first-order propagation from meters, estimates and factors.

A figure is a ratio N/D (or a sum N). Each source of error s moves its own parts n_s and d_s by one relative error u_s:

.. math:: \sigma_R^2 = R^2 \sum_s \left( \left(\frac{n_s}{N} - \frac{d_s}{D}\right) u_s \right)^2

So an error that stands in both numerator and denominator cancels as far as it should. Sources: each meter by its class
(rectangular, class/√3), each channel's estimated share (10 % standard uncertainty), each factor (its published 95 % range / 1.96).

References
----------
.. [1] JCGM 100:2008 (GUM), 4.3.7 and 5.1.2.
.. [2] IPCC 2006 Guidelines, vol. 1, ch. 3.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import erf, sqrt

ESTIMATE_SIGMA = 0.10  # standard uncertainty of an estimated value; our choice, stated in the report
NO_CLASS_PERCENT = 2.0  # assumed class of a meter that states none, bills included
Z95 = 1.959964


@dataclass(frozen=True)
class Interval:
    """95 % interval of a figure, in the figure's unit, and the probability of meeting a target."""

    low: float
    high: float
    sigma: float
    probability: float | None = None


Parts = Mapping[str, tuple[float, float]]  # source -> (part of the numerator, part of the denominator)


def class_sigma(accuracy: str | None) -> float:
    """Relative standard uncertainty of a meter of an accuracy class."""
    percent = float(accuracy.rstrip("S")) if accuracy else NO_CLASS_PERCENT
    return percent / 100 / sqrt(3)


def interval(
    numerator: float,
    denominator: float | None,
    parts: Parts,
    sigmas: Mapping[str, float],
    *,
    limit: Fraction | None = None,
    lower_is_better: bool = True,
) -> Interval:
    """The interval of ``numerator / denominator`` (or of ``numerator``)."""
    value = numerator / denominator if denominator else numerator
    squares = 0.0
    for source, (n, d) in parts.items():
        relative = (n / numerator if numerator else 0.0) - (d / denominator if denominator else 0.0)
        squares += (relative * sigmas.get(source, 0.0)) ** 2
    sigma = abs(value) * sqrt(squares)
    probability = None
    if limit is not None:
        distance = float(limit) - value if lower_is_better else value - float(limit)
        certain = 1.0 if distance >= 0 else 0.0
        probability = 0.5 * (1 + erf(distance / sigma / sqrt(2))) if sigma > 0 else certain
    return Interval(value - Z95 * sigma, value + Z95 * sigma, sigma, probability)


class Sources:
    """Collects the parts of a figure by source of error."""

    def __init__(self) -> None:
        self._parts: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.sigmas: dict[str, float] = {}

    def add(self, source: str, sigma: float, *, numerator: float = 0.0, denominator: float = 0.0) -> None:
        """Let a source move a part of the figure."""
        if sigma <= 0:
            return
        cell = self._parts[source]
        cell[0] += numerator
        cell[1] += denominator
        self.sigmas[source] = max(sigma, self.sigmas.get(source, 0.0))

    @property
    def parts(self) -> dict[str, tuple[float, float]]:
        """By source, the parts of numerator and denominator."""
        return {k: (v[0], v[1]) for k, v in self._parts.items()}
