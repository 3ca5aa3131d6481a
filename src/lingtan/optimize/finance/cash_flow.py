"""The cash flow of a project by year, before and after tax and debt."""

from dataclasses import dataclass, field

from lingtan.optimize.finance.loan import Installment, schedule, total_service
from lingtan.optimize.finance.measures import cover, irr, levelised, npv, payback
from lingtan.optimize.study.record_finance import Finance


@dataclass(frozen=True)
class Project:
    """What is paid and gained. Yearly numbers are of the first year of operation, at prices of today. [CNY]"""

    id: str
    capex: float
    income: float  # sales and savings of a year
    opex: float  # upkeep and operation of a year
    life: float  # of the equipment [years]
    energy_kwh: float = 0.0  # delivered in a year, for the levelised cost
    emissions_saved_t: float = 0.0  # in a year
    subsidy: float = 0.0
    replacement: dict[int, float] = field(default_factory=dict)  # year of operation -> CNY
    basis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Year:
    """One line; year 0 is the building. [CNY]"""

    year: int
    income: float = 0.0
    opex: float = 0.0
    investment: float = 0.0
    subsidy: float = 0.0
    depreciation: float = 0.0
    interest: float = 0.0
    principal: float = 0.0
    borrowed: float = 0.0
    tax: float = 0.0
    residual: float = 0.0

    @property
    def before_tax(self) -> float:
        """Of the project, as if it had no debt and paid no tax."""
        return self.income - self.opex - self.investment + self.subsidy + self.residual

    @property
    def after_tax(self) -> float:
        """Of the project, as if it had no debt."""
        return self.before_tax - self.tax

    @property
    def equity(self) -> float:
        """Of the owners, after debt and tax."""
        return self.after_tax + self.borrowed - self.interest - self.principal


@dataclass(frozen=True)
class CashFlow:
    """The table and what follows from it."""

    project: Project
    years: tuple[Year, ...]
    npv: float
    npv_equity: float
    irr_before_tax: float | None
    irr_after_tax: float | None
    irr_equity: float | None
    payback: float | None  # static, after tax, from the start of operation's building [years]
    payback_discounted: float | None
    lcoe: float | None  # [CNY/kWh]
    dscr_least: float | None
    dscr_mean: float | None
    abatement_cost: float | None  # [CNY/tCO2]


def cash_flow(project: Project, terms: Finance, discount_rate: float) -> CashFlow:
    """The cash flow of a project over the years of the terms.

    Equipment that dies earlier is built anew at the same price; what is left of the last one counts at the end with the
    residual share of what is not yet depreciated by its life. Tax is on income less opex, depreciation and interest; losses are
    carried forward. Depreciation is even over the stated years, down to the residual share.
    """
    loan = terms.loan
    net_capex = project.capex - project.subsidy
    borrowed = loan.share * max(net_capex, 0.0) if loan is not None else 0.0
    debt: list[Installment] = (
        schedule(borrowed, loan.rate, loan.years, repayment=loan.repayment, grace_years=loan.grace_years)
        if loan is not None and borrowed > 0
        else []
    )
    subsidy = project.subsidy
    lines = [Year(0, investment=project.capex, subsidy=subsidy, borrowed=borrowed)]
    depreciable = (project.capex - subsidy) * (1 - terms.residual_share)
    carried = 0.0
    for year in range(1, terms.years + 1):
        grown = (1 + terms.inflation) ** (year - 1)
        income, opex = project.income * grown, project.opex * grown
        investment = project.replacement.get(year, 0.0) + _rebuilt(project, year, terms.years)
        depreciation = depreciable / terms.depreciation_years if year <= terms.depreciation_years else 0.0
        interest = debt[year - 1].interest if year <= len(debt) else 0.0
        principal = debt[year - 1].principal if year <= len(debt) else 0.0
        profit = income - opex - depreciation - interest + carried
        carried = min(profit, 0.0)
        tax = max(profit, 0.0) * _tax_rate(terms, year)
        residual = _residual(project, terms, year)
        lines.append(Year(year, income, opex, investment, 0.0, depreciation, interest, principal, 0.0, tax, residual))
    after = [y.after_tax for y in lines]
    equity = [y.equity for y in lines]
    costs = [y.opex + y.investment - y.subsidy - y.residual for y in lines]
    energy = [0.0] + [project.energy_kwh] * terms.years
    saved = [0.0] + [project.emissions_saved_t] * terms.years
    service = [total_service(debt, y.year) if y.year else 0.0 for y in lines]
    least, mean = cover([y.income - y.opex - y.tax for y in lines], service)
    saved_value = npv(discount_rate, saved)
    before = [y.before_tax for y in lines]
    return CashFlow(
        project,
        tuple(lines),
        npv(discount_rate, after),
        npv(discount_rate, equity),
        irr(before),
        irr(after),
        irr(equity),
        payback(after),
        payback(after, discount_rate),
        levelised(discount_rate, costs, energy),
        least,
        mean,
        -npv(discount_rate, before) / saved_value if saved_value > 0 else None,
    )


def _tax_rate(terms: Finance, year: int) -> float:
    """Nil in the holiday, then half, then whole (三免三减半 with 3 and 3)."""
    if year <= terms.tax_holiday_years:
        return 0.0
    if year <= terms.tax_holiday_years + terms.tax_half_years:
        return terms.tax_rate / 2
    return terms.tax_rate


def _rebuilt(project: Project, year: int, last: int) -> float:
    """Capex again in the year after the equipment's life has ended."""
    life = max(int(project.life), 1)
    return project.capex if year > 1 and (year - 1) % life == 0 and year <= last else 0.0


def _residual(project: Project, terms: Finance, year: int) -> float:
    if year != terms.years:
        return 0.0
    life = max(int(project.life), 1)
    used = (terms.years - 1) % life + 1
    left = project.capex * (life - used) / life
    return max(left, project.capex * terms.residual_share)
