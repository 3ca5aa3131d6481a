"""The park as a record. Names of fields are the names in ``park.yaml``.

The record carries no behaviour: rooms that need some bring their own functions.
"""

from decimal import Decimal
from typing import Any, Literal

from pydantic import ConfigDict, Field

from lingtan.base.time import DEFAULT_ZONE
from lingtan.park.activities import Activity
from lingtan.park.network import Tracing
from lingtan.park.record import Day, Instant, NonNegative, Number, Positive, Share, Slug, Year
from lingtan.park.record import Label as Label
from lingtan.park.record import Record as Record
from lingtan.park.record import Step as Step
from lingtan.park.tariffs.record import Tariff as Tariff

SCHEMA = 1


MeterClass = Literal["0.1", "0.2S", "0.2", "0.5S", "0.5", "1", "1.5", "2", "2.5", "3", "5"]
PowerSource = Literal["pv", "wind", "hydro", "biomass", "nuclear", "geothermal", "waste_heat", "fossil", "mixed"]
NON_FOSSIL_SOURCES = frozenset({"pv", "wind", "hydro", "biomass", "nuclear", "geothermal"})


class ParkInfo(Record):
    """Who and where the park is."""

    id: Slug
    name: Label
    region: str = Field(description="Province code of the factor tables, such as CN-JS.")
    timezone: str = DEFAULT_ZONE
    synthetic: bool = False
    size_class: Literal["below_200k", "200k_to_1m", "from_1m"] | None = None
    operator: Slug | None = Field(default=None, description="The enterprise that runs the park's networks.")
    builder: Label | None = None
    base_year: Year = 2025


class Boundary(Record):
    """The accounting boundary (四至) in words and on the map."""

    description: Label | None = None
    area_km2: Positive | None = None
    geojson: dict[str, Any] | None = None


class Site(Record):
    """A place in the park."""

    id: Slug
    name: Label | None = None
    geojson: dict[str, Any] | None = None


class Enterprise(Record):
    """A member of the park. Output value (产值) and value added (工业增加值) by year. [CNY]"""

    id: Slug
    name: Label
    industry: str | None = Field(default=None, description="GB/T 4754 code, such as C3130.")
    site: Slug | None = None
    output_value_cny: dict[Year, NonNegative] = {}
    value_added_cny: dict[Year, Number] = {}


class Carrier(Record):
    """A carrier beside the built-in ones (``lingtan.park.carriers``), with its own metering unit."""

    id: Slug
    name: Label
    group: Literal[
        "electricity",
        "heat",
        "fossil",
        "biomass",
        "other_energy",
        "water",
        "solid_waste",
        "waste_energy",
        "product",
        "other",
    ]
    unit: Literal["kWh", "GJ", "kg", "m3", "unit"]


class Replacement(Record):
    """From ``start`` on the channel's readings come from another meter, or need another multiplier.

    ``start`` is aware; in the file a time without offset is the park's local time. For counters: ``final`` is the old
    register at that moment, ``initial`` the new one. [channel unit, before the multiplier]
    """

    start: Instant = Field(alias="from")
    multiplier: Positive | None = None
    final: NonNegative | None = None
    initial: NonNegative | None = None
    digits: int | None = Field(default=None, ge=1, le=12)
    serial: str | None = None
    reason: str | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Channel(Record):
    """One measured quantity of a meter.

    ``unit`` is the unit of the numbers in the files. Readings are kept as read; ``multiplier`` (and ``content``, carrier
    units per channel unit when they measure different things, such as GJ per t of steam) is applied when they are accounted.
    """

    id: Slug
    name: Label | None = None
    carrier: str
    activity: Activity
    unit: str
    kind: Literal["interval", "counter", "level"] = "interval"
    step: Step = "15min"
    multiplier: Positive = Decimal(1)
    content: Positive | None = None
    digits: int | None = Field(default=None, ge=1, le=12, description="Whole digits of a counter's register.")
    max_per_hour: Positive | None = Field(
        default=None,
        description="Rating: more than this per hour is impossible. [channel unit × multiplier per h]",
    )
    signed: bool = Field(default=False, description="Negative interval values are allowed.")
    enterprise: Slug | None = Field(default=None, description="If other than the meter's.")
    connection: Slug | None = None
    asset: Slug | None = None
    process: Slug | None = None
    waste: Slug | None = None
    kind_of_power: Literal["direct_nonfossil", "own_nonfossil", "other"] | None = Field(
        default=None, description="For exports that are metered by kind."
    )
    delay_minutes: int = Field(default=0, ge=0, description="From interval end until a reading is normally known.")
    history: list[Replacement] = []


class Meter(Record):
    """A meter with its accuracy class and its place in the tree; ``loss_share`` may be lost on the way to its children."""

    id: Slug
    name: Label | None = None
    enterprise: Slug | None = None
    site: Slug | None = None
    node: Slug | None = Field(default=None, description="Node of the power network that feeds it; see tracing.")
    parent: Slug | None = None
    accuracy: MeterClass | None = Field(default=None, alias="class")
    rating: str | None = Field(default=None, description="Such as '40 MW'.")
    loss_share: Share = Decimal("0.03")
    manual: bool = Field(default=False, description="Read by people or from bills.")
    channels: list[Channel] = Field(min_length=1)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class VirtualMeter(Record):
    """A sum of channels: ``formula`` such as ``grid-import + 0.98 * pv-a - export``; linear, constants are decimals."""

    id: Slug
    name: Label | None = None
    formula: str
    carrier: str
    activity: Activity
    enterprise: Slug | None = None
    connection: Slug | None = None
    asset: Slug | None = None
    process: Slug | None = None
    waste: Slug | None = None
    kind_of_power: Literal["direct_nonfossil", "own_nonfossil", "other"] | None = None


class Connection(Record):
    """Where power or heat crosses the boundary: public grid, 绿电直连, incremental grid or a neighbour."""

    id: Slug
    name: Label | None = None
    node: Slug | None = Field(default=None, description="Node of the power network; see tracing.")
    carrier: str = "electricity"
    kind: Literal["public_grid", "direct_line", "incremental_grid", "neighbor"]
    source: PowerSource = Field(
        default="mixed", description="What feeds it; a direct line of non-fossil power has factor 0."
    )
    capacity: str | None = None
    factor_kgco2_per_gj: NonNegative | None = Field(default=None, description="Measured factor of imported heat.")
    factor_source: str | None = None
    export_capacity: str | None = Field(default=None, description="What may be given back at most.")
    price_cny_per_kwh: NonNegative | None = Field(
        default=None, description="For dispatch, where no tariff says: direct supply, steam. [CNY/kWh]"
    )
    export_price_cny_per_kwh: Number | None = Field(default=None, description="For dispatch. [CNY/kWh]")
    signal_kgco2_per_kwh: NonNegative | None = Field(
        default=None, description="Factor of the dispatch signal; the account keeps its own. [kgCO2/kWh]"
    )


class Asset(Record):
    """Generation, storage and conversion."""

    id: Slug
    name: Label | None = None
    kind: Literal[
        "pv", "wind", "hydro", "biomass_chp", "gas_chp", "coal_chp", "waste_heat_power", "battery", "heat_store",
        "cold_store", "hydrogen_tank", "boiler", "electric_boiler", "heat_pump", "chiller", "electrolyser", "fuel_cell", "converter",
        "other",
    ]  # fmt: skip
    enterprise: Slug | None = None
    site: Slug | None = None
    node: Slug | None = Field(default=None, description="Node of the power network; see tracing.")
    capacity: str | None = None
    energy: str | None = None
    efficiency: Share | None = None
    heat_efficiency: Share | None = Field(default=None, description="Heat of a unit that makes power too.")
    cop: Positive | None = Field(default=None, description="Of a heat pump or chiller, where it does not change.")
    supply_c: Number | None = Field(default=None, description="Supply temperature, for a COP that follows the air.")
    min_load: Share | None = Field(default=None, description="Least load while on, share of the capacity.")
    ramp_per_hour: Positive | None = Field(
        default=None, description="Largest change in an hour, share of the capacity."
    )
    start_cost_cny: NonNegative | None = None
    min_up_hours: NonNegative | None = None
    min_down_hours: NonNegative | None = None
    loss_per_hour: Share | None = Field(default=None, description="Share of a store's content lost in an hour.")
    wear_cny_per_kwh: NonNegative | None = Field(default=None, description="For each kilowatt-hour charged.")
    price_cny_per_kwh: NonNegative | None = Field(default=None, description="Of its fuel.")
    signal_kgco2_per_kwh: NonNegative | None = Field(
        default=None, description="Of its fuel, for the dispatch signal; the account keeps its own. [kgCO2/kWh]"
    )


class Process(Record):
    """A process with emissions of its own; ``factor`` names a process factor, such as ``cement_clinker_cn``."""

    id: Slug
    name: Label | None = None
    enterprise: Slug
    factor: Slug
    product: Label | None = None


class Product(Record):
    """A product with its unit energy and the level-2 limit that it is held against."""

    id: Slug
    name: Label
    enterprise: Slug
    output: Slug = Field(description="Channel of its output.")
    energy: list[Slug] = Field(min_length=1, description="Channels of the energy that it takes.")
    limit_kgce_per_unit: Positive | None = None
    standard: str | None = Field(default=None, description="Such as 'GB 16780-2021, level 2'.")


class Waste(Record):
    """A stream of solid waste, water, or waste heat, cold or pressure."""

    id: Slug
    name: Label
    enterprise: Slug
    kind: Literal["solid", "water", "heat", "cold", "pressure"]


class Certificate(Record):
    """Green certificates or traded green power held for the consumption of a year. [kWh]"""

    id: Slug
    holder: Slug | None = None
    kind: Literal["gec", "green_trade"] = "gec"
    year: Year
    kwh: int = Field(ge=0)
    vintage: Year | None = None
    source: str


class YearValue(Record):
    """A coefficient that a user states for a year, with where it comes from."""

    value: Positive
    source: str
    confidence: Literal["official", "quoted", "unofficial", "recalled"] = "unofficial"


class CarrierValue(Record):
    """A measured or supplier's value for a carrier: heating value, carbon content, oxidation."""

    carrier: str
    source: str
    ncv_gj_per_unit: Positive | None = None
    carbon_t_per_gj: NonNegative | None = None
    oxidation: Share | None = None
    kgco2_per_unit: NonNegative | None = None
    kgce_per_unit: NonNegative | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class Accounting(Record):
    """Choices that the official text leaves to the park; each is printed with the result."""

    equivalent_kgce_per_kwh: dict[Year, YearValue] = {}
    energy_basis: dict[str, Literal["supply", "use"]] = Field(
        default={}, description="By carrier: purchases less stock change, or the sum of uses."
    )
    feedstock_in_energy: bool | None = None
    gas_is_clean: bool | None = None
    certificates_are_clean: bool | None = None
    chp_split: Literal["energy", "exergy", "efficiency"] = "energy"
    coverage_floor: dict[str, Share] = {}
    factor_years: dict[Year, Year] = Field(
        default={}, description="Use the factors of another year, stated: {2025: 2023}."
    )
    carriers: list[CarrierValue] = []
    excluded_indicators: dict[str, str] = Field(default={}, description="Guiding indicator: the stated reason.")


class Park(Record):
    """The whole park file."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    park: ParkInfo
    boundary: Boundary = Boundary()
    sites: list[Site] = []
    enterprises: list[Enterprise] = []
    carriers: list[Carrier] = []
    connections: list[Connection] = []
    assets: list[Asset] = []
    processes: list[Process] = []
    products: list[Product] = []
    wastes: list[Waste] = []
    meters: list[Meter] = []
    virtual_meters: list[VirtualMeter] = []
    certificates: list[Certificate] = []
    tariffs: list[Tariff] = []
    tracing: Tracing = Tracing()
    accounting: Accounting = Accounting()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def channels(park: Park) -> dict[str, tuple[Meter, Channel]]:
    """Every channel by id, with its meter."""
    return {c.id: (m, c) for m in park.meters for c in m.channels}


def owner(park: Park, meter: Meter, channel: Channel) -> str:
    """The enterprise that a channel belongs to; the operator, or ``park``, if none is named."""
    return channel.enterprise or meter.enterprise or park.park.operator or "park"
