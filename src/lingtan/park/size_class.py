"""The size classes of notice 910 (发改环资〔2025〕910号, annex 3): the core limit depends on the energy of a year."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from lingtan.park.model import Park

Name = Literal["below_200k", "200k_to_1m", "from_1m"]


@dataclass(frozen=True)
class SizeClass:
    """A class ``[from_tce, to_tce)`` and its limit; None where the notice gives none. [tce], [tCO2/tce]"""

    name: Name
    from_tce: int
    to_tce: int | None
    limit_tco2_per_tce: Fraction | None


SIZE_CLASSES: Final = (
    SizeClass("below_200k", 0, 200_000, None),
    SizeClass("200k_to_1m", 200_000, 1_000_000, Fraction(2, 10)),
    SizeClass("from_1m", 1_000_000, None, Fraction(3, 10)),
)


def size_class(energy_tce: Fraction | Decimal | int) -> SizeClass:
    """The class of a park by its energy consumption of a year, electricity at equivalent value.

    Parameters
    ----------
    energy_tce : Fraction, Decimal or int
        Energy consumption, exact: 999 999.999 is still below a million. [tce]

    Returns
    -------
    SizeClass
        With its limit: none below 200 000 tce, 0.2 below 1 000 000 tce, 0.3 from there on. [tCO2/tce]

    References
    ----------
    .. [1] 发改环资〔2025〕910号, annex 3: "20 万吨~100 万吨标准煤 ≤0.2；≥100 万吨标准煤 ≤0.3".

    Examples
    --------
    >>> size_class(1_000_000).name
    'from_1m'
    """
    return next(c for c in reversed(SIZE_CLASSES) if energy_tce >= c.from_tce or c.from_tce == 0)


def stated_differs(park: Park, energy_tce: Fraction | Decimal | int) -> bool:
    """Whether the park file states a size class and the accounted energy says another. [tce]"""
    stated = park.park.size_class
    return stated is not None and stated != size_class(energy_tce).name
