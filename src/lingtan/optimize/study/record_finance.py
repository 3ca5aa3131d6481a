"""The money of a study: who pays and earns, loans, terms. Names of fields are the names in the study file."""

from typing import Annotated, Literal

from pydantic import Field

from lingtan.optimize.study.fields import Amount, Share
from lingtan.park.record import Label, Record, Slug


class Party(Record):
    """Who pays and earns."""

    id: Slug
    name: Label | None = None
    role: Literal["park_company", "enterprise", "energy_service", "generator"] = "park_company"
    share_of_savings: Share = 1.0
    shares_with: Slug | None = Field(default=None, description="Party that gets the rest of the savings.")


class Loan(Record):
    """A loan or green bond: share of the capex, rate, years, level payments or level principal."""

    kind: Literal["loan", "green_bond"] = "loan"
    share: Share = 0.7
    rate: Share = 0.035
    years: Annotated[int, Field(ge=1, le=40)] = 12
    repayment: Literal["annuity", "principal", "bullet"] = "annuity"
    grace_years: Annotated[int, Field(ge=0, le=10)] = 0
    source: str = "stated"


class Finance(Record):
    """The terms of the money."""

    years: Annotated[int, Field(ge=1, le=50)] = 20
    tax_rate: Share = 0.25
    tax_holiday_years: Annotated[int, Field(ge=0, le=10)] = 0
    tax_half_years: Annotated[int, Field(ge=0, le=10)] = 0
    depreciation_years: Annotated[int, Field(ge=1, le=40)] = 15
    residual_share: Share = 0.05
    inflation: Share = 0.0
    loan: Loan | None = None
    subsidy_cny: Amount = 0.0
