"""Records of the power network and of who may use what first: for tracing green power."""

from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, Field

from lingtan.park.record import Day, Label, Positive, Record, Share, Slug, Year


class GridNode(Record):
    """A place of the power network at which energy mixes: a busbar, a switch room."""

    id: Slug
    name: Label | None = None


class GridLine(Record):
    """A line between two nodes with the channels that meter it; a line used both ways is written twice."""

    id: Slug
    name: Label | None = None
    start: Slug = Field(alias="from", description="Node that sends.")
    end: Slug = Field(alias="to", description="Node that receives.")
    sent: Slug = Field(description="Channel at the sending end.")
    received: Slug | None = Field(
        default=None, description="Channel at the receiving end; without one no loss is known."
    )

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Agreement(Record):
    """A direct-supply contract: who gets the energy of a source first, how much of it, and at what price.

    ``source`` is an asset or a connection, ``enterprise`` who gets it. ``curve_kw`` is the agreed power by hour of the day.
    """

    id: Slug
    name: Label | None = None
    source: Slug
    enterprise: Slug
    share: Share = Decimal(1)
    cap_kw: Positive | None = None
    curve_kw: list[Positive] = Field(default=[], max_length=24, description="24 values, from 00:00. [kW]")
    priority: int = Field(default=1, ge=1, le=99)
    price_cny_per_kwh: Positive | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    document: str | None = None


class GreenTrade(Record):
    """Green power bought through the exchange (绿电交易): certificates come with the energy. [kWh]"""

    id: Slug
    enterprise: Slug
    plant: str
    year: Year
    kwh_by_month: dict[int, int] = Field(description="Contracted energy by month, 1 to 12. [kWh]")
    price_cny_per_kwh: Positive | None = None
    environmental_cny_per_kwh: Positive | None = None
    document: str | None = None


class DirectSupply(Record):
    """Choices about the ratios of direct supply, where notices and provinces differ."""

    export_share_max: Share = Decimal("0.20")
    generation_share_min: Share = Decimal("0.60")
    load_share_min: Share = Decimal("0.30")
    load_share_min_raised: Share = Decimal("0.35")
    load_share_raised_from: Year = 2030
    available_generation: Literal["used_exported_curtailed", "used_exported"] = "used_exported_curtailed"


class Tracing(Record):
    """How green power is traced; printed with each result."""

    rule: Literal["proportional", "contractual"] | None = Field(
        default=None,
        description="Rule of allocation; where one is stated the account shares power by it. Proportional if not.",
    )
    in_account: bool | None = Field(
        default=None,
        description="Whether the account shares power as traced; yes if a rule is stated, else by metered use.",
    )
    storage: Literal["proportional", "fifo"] = "proportional"
    losses: Literal["operator", "consumers"] = Field(
        default="operator", description="Who bears network losses: the operator, or consumers in proportion to use."
    )
    nodes: list[GridNode] = []
    lines: list[GridLine] = []
    agreements: list[Agreement] = []
    trades: list[GreenTrade] = []
    direct_supply: DirectSupply = DirectSupply()
