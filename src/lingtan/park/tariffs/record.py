"""The tariff of a connection, as it stands in the park file."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from lingtan.park.record import Day, NonNegative, Number, Positive, Record, Share, Slug

TouPeriod = Literal["sharp_peak", "peak", "flat", "valley", "deep_valley"]
PERIODS: tuple[TouPeriod, ...] = ("sharp_peak", "peak", "flat", "valley", "deep_valley")
DayKind = Literal["all", "workdays", "weekends", "holidays", "long_holidays", "great_holidays", "hot_days"]
Part = Literal["purchase", "line_loss", "transmission", "system_operation"]
PARTS: tuple[Part, ...] = ("purchase", "line_loss", "transmission", "system_operation")
Month = int


class TouWindow(Record):
    """Hours of the day that belong to a period: ``windows: ["18:00-20:00", "22:00-06:00"]``, or ``[rest]``.

    Sharp peak and deep valley go before the others, a kind of day before ``all``.
    """

    period: TouPeriod
    windows: list[str] = Field(min_length=1)
    months: list[Month] = Field(default=list(range(1, 13)), min_length=1)
    days: DayKind = "all"


class Composition(Record):
    """What a flat kilowatt-hour is made of. Funds go by their names and never float. [CNY/kWh, tax included]"""

    purchase: Number
    line_loss: Number = Decimal(0)
    transmission: Number
    system_operation: Number = Decimal(0)
    funds: dict[str, NonNegative] = {}


class Tariff(Record):
    """How a connection is paid for in a stretch of time.

    Energy prices are given as ``energy_cny_per_kwh`` by period (as published, all in), as ``composition`` with ``ratios``,
    or both: then the published price counts and the difference to the composition is a line of the bill. What is not given
    is looked up in the packaged tables by region, voltage and date, and the bill says so.
    """

    id: Slug
    connection: Slug
    region: str
    voltage: str | None = None
    customer: Literal["one_part", "two_part"] = "two_part"
    basis: Literal["demand", "contract", "capacity"] | None = Field(
        default=None, description="Of the fixed charge: actual demand, contract demand or transformer capacity."
    )
    pricing: Literal["ordinary", "direct_1192"] = "ordinary"
    purchase: Literal["periods", "spot"] = "periods"
    energy_cny_per_kwh: dict[TouPeriod, Number] = {}
    composition: Composition | None = None
    floating: list[Part] = Field(default=["purchase", "line_loss"], description="Parts that follow the ratios.")
    ratios: dict[TouPeriod, NonNegative] = {}
    windows: list[TouWindow] = []
    demand_cny_per_kw_month: NonNegative | None = None
    capacity_cny_per_kva_month: NonNegative | None = None
    contract_kw: Positive | None = None
    capacity_kva: Positive | None = Field(
        default=None, description="Transformers in simultaneous use and high-voltage motors fed without one. [kVA]"
    )
    demand_discount: bool = Field(
        default=False, description="90 % of the demand price from 260 kWh a month and kVA on."
    )
    average_load_factor: Share | None = Field(default=None, description="Of the province, for 1192 pricing.")
    power_factor_standard: Literal["0.90", "0.85", "0.80"] | None = None
    reactive_channel: Slug | None = Field(default=None, description="Reactive energy, in kvarh counted as kWh.")
    power_factor: Share | None = Field(default=None, description="Where reactive energy is not metered.")
    export_cny_per_kwh: Number | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    source: str | None = None
    confidence: Literal["official", "quoted", "unofficial", "recalled"] | None = None
