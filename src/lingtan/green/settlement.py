r"""Contracts settled: what was agreed against what was generated and used.

A direct-supply agreement is settled interval by interval on the least of three, a green trade month by month on the lesser of
two (its plant is metered elsewhere):

.. math:: S = \sum_t \min(C_t, G_t, U_t) \qquad S_m = \min(C_m, U_m)

with contract C, generation of the source G and use of the consumer U.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lingtan.carbon.shares import Ints
from lingtan.green.mix import Floats


@dataclass(frozen=True)
class Settled:
    """A contract in a month. [Wh] ``delivered``: what tracing says the consumer had of the source; ``metered``: its use."""

    contract: str
    sort: str  # agreement or trade
    enterprise: str
    source: str
    month: int
    contracted_wh: int
    generated_wh: int | None
    metered_wh: int
    delivered_wh: int | None
    settled_wh: int
    price_cny_per_kwh: Decimal | None = None
    document: str = ""

    @property
    def deviation_wh(self) -> int:
        """What was agreed and not settled."""
        return self.contracted_wh - self.settled_wh

    @property
    def amount_cny(self) -> Decimal | None:
        """Settled energy at the price, to the cent."""
        if self.price_cny_per_kwh is None:
            return None
        return (Decimal(self.settled_wh) / 1000 * self.price_cny_per_kwh).quantize(Decimal("0.01"))


def least(contracted: Floats, generated: Ints, used: Ints) -> Ints:
    """The least of three by interval, whole Wh."""
    return np.floor(np.minimum(np.minimum(contracted, generated), used)).astype(np.int64)
