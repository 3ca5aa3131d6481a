"""Interest and repayment of a loan or bond by year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lingtan.optimize.study.costs import capital_recovery


@dataclass(frozen=True)
class Installment:
    """A year of a loan. [CNY]"""

    interest: float
    principal: float
    left: float

    @property
    def service(self) -> float:
        """What is paid."""
        return self.interest + self.principal


def schedule(
    amount: float,
    rate: float,
    years: int,
    *,
    repayment: Literal["annuity", "principal", "bullet"] = "annuity",
    grace_years: int = 0,
) -> list[Installment]:
    """The years of a loan: interest alone in the grace years, then equal payments, equal principal, or all at the end.

    Examples
    --------
    >>> [round(i.service, 2) for i in schedule(1000, 0.05, 2)]
    [537.8, 537.8]
    """
    left, found = amount, []
    paying = years - grace_years
    if paying < 1:
        raise ValueError("a loan needs at least one year of repayment")
    payment = amount * capital_recovery(rate, paying)
    for year in range(1, years + 1):
        interest = left * rate
        if year <= grace_years:
            principal = 0.0
        elif repayment == "annuity":
            principal = payment - interest
        elif repayment == "principal":
            principal = amount / paying
        else:
            principal = left if year == years else 0.0
        left -= principal
        found.append(Installment(interest, principal, max(left, 0.0)))
    return found


def total_service(installments: Sequence[Installment], year: int) -> float:
    """What is paid in a year, counted from 1; nil after the last."""
    return installments[year - 1].service if year <= len(installments) else 0.0
