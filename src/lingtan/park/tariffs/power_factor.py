"""力调电费: the bill goes up or down with the month's power factor."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from lingtan.base.errors import InputError
from lingtan.park.tariffs.book import table_rows

HUNDREDTH = Decimal("0.01")


@cache
def _table() -> dict[str, dict[Decimal, Decimal]]:
    found: dict[str, dict[Decimal, Decimal]] = {}
    for row in table_rows("power_factor.csv"):
        found.setdefault(row["standard"], {})[Decimal(row["power_factor"])] = Decimal(row["percent"])
    return found


def power_factor(active_kwh: Decimal, reactive_kvarh: Decimal) -> Decimal:
    r"""The month's power factor, rounded to 0.01 as the table wants it.

    .. math:: \cos\varphi = W_p / \sqrt{W_p^2 + W_q^2}

    Parameters
    ----------
    active_kwh, reactive_kvarh : Decimal
        Active and reactive energy of the month. [kWh], [kvarh]
    """
    if active_kwh <= 0:
        raise InputError("tariff.no-energy")
    apparent = (active_kwh**2 + reactive_kvarh**2).sqrt()
    return (active_kwh / apparent).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def adjustment(standard: str, factor: Decimal) -> Decimal:
    """The surcharge (positive) or reduction (negative) as a share of the bill. [-]

    References
    ----------
    .. [1] 〔83〕水电财字第215号 功率因数调整电费办法 (table recalled, see ``data/power_factor.csv``).

    Examples
    --------
    >>> adjustment("0.90", Decimal("0.85"))
    Decimal('0.025')
    """
    column = _table()[standard]
    return column[factor.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)] / 100
