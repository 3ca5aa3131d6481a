"""The study as a record. Names of fields are the names in the study file. Power in kW, energy in kWh, money in CNY."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from lingtan.base.time import DEFAULT_ZONE
from lingtan.optimize.study.fields import Amount, Share, Signed
from lingtan.optimize.study.record_finance import Finance, Party
from lingtan.park.record import Label, Record, Slug, Year
from lingtan.park.tariffs.record import Tariff

SCHEMA = 1
Kind = Literal[
    "pv", "wind", "direct_line", "gas_chp", "biomass_chp", "extraction_chp", "gas_boiler", "biomass_boiler",
    "electric_boiler", "heat_pump", "waste_heat", "orc", "heat_exchanger", "letdown", "electric_chiller",
    "absorption_chiller", "battery", "heat_store", "cold_store", "steam_store", "molten_salt", "electrolyser",
    "hydrogen_tank", "fuel_cell", "link", "carbon_capture", "charging_fleet",
]  # fmt: skip


class Info(Record):
    """Who asks, where, for which year."""

    id: Slug
    name: Label
    region: str = Field(description="Province, such as CN-JS.")
    park: str | None = Field(default=None, description="Folder of the park whose readings are used.")
    timezone: str = DEFAULT_ZONE
    year: Year = Field(default=2025, description="Calendar year of the profiles, tariffs and factors.")
    price_date: str = Field(default="2025", description="Money of which time.")
    hours: int | None = Field(default=None, ge=24, le=8784, description="Only the first hours, for a quick look.")
    discount_rate: Share = 0.06
    gap: Annotated[float, Field(gt=0, le=0.1)] = 1e-3
    regions: list[str] = Field(default=["China"], description="Regions of the technology library, in this order.")
    library_year: int = 2025
    notes: Label | None = None


class WeatherSource(Record):
    """A weather year: generated from a seed at a place, or a file with ghi, dni, dhi, temperature and wind."""

    latitude: Annotated[float, Field(ge=-90, le=90)] = 33.2
    longitude: Annotated[float, Field(ge=-180, le=180)] = 120.6
    altitude_m: float = 5.0
    seed: int = 1
    mean_temperature_c: float = 15.6
    mean_wind_m_s: Annotated[float, Field(gt=0)] = 5.9
    cloudiness: Annotated[float, Field(gt=0, le=2)] = 1.0
    file: str | None = None


class Plane(Record):
    """The plane of PV modules."""

    tilt_deg: Annotated[float, Field(ge=0, le=90)] = 25
    azimuth_deg: Annotated[float, Field(ge=0, le=360)] = 180
    losses: Share = 0.11


class Curve(Record):
    """A power curve: wind speed at hub height [m/s] to share of the rated power."""

    speeds: list[Amount] = [0, 2.8, 4, 5, 6, 7, 8, 9, 10, 11.2, 24, 24.01, 40]
    shares: list[Share] = [0, 0, 0.06, 0.14, 0.25, 0.40, 0.58, 0.76, 0.91, 1, 1, 0, 0]
    hub_factor: Annotated[float, Field(gt=0)] = Field(default=1.0, description="Hub over measured wind speed.")
    losses: Share = 0.09


class Lift(Record):
    """The COP of a heat pump or chiller from its temperatures: a share of Carnot, within bounds."""

    sink_c: float
    source: Literal["air", "constant"] = "air"
    source_c: float = 10.0
    quality: Share = 0.45
    lowest: float = 1.5
    highest: float = 7.0


class Shape(Record):
    """A synthetic load: a pattern of the day and week, perhaps of the season, scaled by the use of it."""

    pattern: Literal["flat", "one_shift", "two_shift", "three_shift", "office", "heating", "cooling"]
    noise: Share = 0.02
    seed: int = 1
    threshold_c: float | None = Field(default=None, description="Where heating or cooling begins.")


class Profile(Record):
    """An hourly series of the year; exactly one of the ways to get it."""

    id: Slug
    file: str | None = Field(default=None, description="CSV with one row an hour, beside the study.")
    column: str | None = None
    unit: str | None = Field(default=None, description="Unit of the column if not the expected one, such as MW.")
    readings: str | None = Field(default=None, description="A channel of the park; its hourly mean power.")
    pv: Plane | None = None
    wind: Curve | None = None
    cop: Lift | None = None
    shape: Shape | None = None
    constant: Signed | None = None


class NodeEntry(Record):
    """A place where something is in balance at each hour."""

    id: Slug
    carrier: Literal["electricity", "heat", "steam", "hot_water", "cooling", "hydrogen", "fuel", "co2"]
    name: Label | None = None
    temperature_c: float | None = None
    pressure_bar: Amount | None = None
    surplus: bool = Field(default=False, description="What is too much may be let go; it never counts as consumed.")


class DemandEntry(Record):
    """A need: a profile times a peak, or brought to a year's energy."""

    id: Slug
    name: Label | None = None
    node: Slug
    profile: Slug
    peak_kw: Amount | None = None
    annual_kwh: Amount | None = None
    factor: Amount = 1.0
    enterprise: Slug | None = None
    growth: dict[Year, Amount] = Field(default={}, description="Factor from that year on, 1 before.")
    shiftable: Share = 0.0
    shift_cost: Amount = 0.0
    interruptible: Share = 0.0
    interrupt_cost: Amount = 1.0


class GridEntry(Record):
    """A connection to the public grid, or a neighbour."""

    id: Slug
    name: Label | None = None
    node: Slug
    tariff: Slug
    choose_tariff: list[Slug] = Field(default=[], description="Other tariffs it may take; the plan keeps the cheapest.")
    choose_basis: list[Literal["demand", "contract", "capacity"]] = Field(
        default=[], description="Bases of the two-part charge it may take; the plan keeps the cheapest."
    )
    choose_pricing: list[Literal["ordinary", "direct_1192"]] = Field(
        default=[], description="Ordinary pricing and notice 1192, where both are open; the plan keeps the cheaper."
    )
    connection_kw: Amount
    expandable_to_kw: Amount | None = None
    connection_capex: Amount = 0.0
    export_kw: Amount = 0.0
    export_price: Signed | None = None
    spot_profile: Slug | None = None
    outage_profile: Slug | None = Field(default=None, description="1 where it is available, 0 where it is out.")


class SupplyEntry(Record):
    """Fuel, heat or hydrogen bought, by the kWh of lower heating value."""

    id: Slug
    name: Label | None = None
    node: Slug
    carrier: str
    price: Signed
    price_unit: str = Field(default="kWh", description="Of the price: kWh, m3, kg, GJ or t.")
    price_source: str = "stated"
    maximum_kw: Amount | None = None
    limit_kwh: Amount | None = Field(default=None, description="Most in a year.")
    nonfossil: bool = Field(default=False, description="Of bought heat: made without fossil fuel.")
    ncv_gj_per_unit: Amount | None = Field(default=None, description="Lower heating value where the tables have none.")
    ncv_source: str | None = None


class SaleEntry(Record):
    """Steam, heat or hydrogen sold."""

    id: Slug
    name: Label | None = None
    node: Slug
    price: Signed
    maximum_kw: Amount | None = None
    limit_kwh: Amount | None = None


class Segment(Record):
    """A stretch of a part-load curve: share of the size at a relative efficiency, best first."""

    share: Share
    relative: Amount


class TechnologyEntry(Record):
    """Something that stands or may be built.

    ``node`` is where its main product arrives (a store: where it stands), ``source`` what it takes. Costs are per kW of its
    size (stores: per kWh); what is not stated comes from ``library``.
    """

    id: Slug
    name: Label | None = None
    kind: Kind
    node: Slug
    source: Slug | None = None
    heat: Slug | None = None
    out: Slug | None = None
    enterprise: Slug | None = None
    party: Slug | None = None
    library: str | None = None
    cost_source: str | None = None
    capex: Amount | None = None
    capex_power: Amount | None = None
    fixed_om: Amount | None = Field(default=None, description="CNY per unit of size and year.")
    fixed_om_share: Share | None = None
    variable_om: Signed = 0.0
    lifetime: Annotated[float, Field(gt=0)] | None = None
    learning: dict[Year, Amount] = Field(default={}, description="Factor on capex from that year on.")
    subsidy_share: Share = 0.0
    minimum: Amount = 0.0
    maximum: Amount = 0.0
    existing: Amount = 0.0
    existing_until: Year | None = None
    power_maximum: Amount | None = Field(default=None, description="Stores whose power is sized apart.")
    unit_size: Amount | None = None
    available_from: Year | None = None
    profile: Slug | None = None
    efficiency: Amount | None = None
    heat_efficiency: Amount | None = None
    extraction_efficiency: Amount | None = None
    cop: Amount | None = None
    cop_profile: Slug | None = None
    charge_efficiency: Share | None = None
    discharge_efficiency: Share | None = None
    loss_per_hour: Share = 0.0
    kw_per_kwh: Amount = 0.5
    wear: Amount = 0.0
    minimum_level: Share = 0.0
    minimum_load: Share = 0.0
    ramp: Share | None = None
    segments: list[Segment] = []
    degradation: Share = Field(default=0.0, description="Share of output lost a year; the mean over its life counts.")
    loss: Share = 0.0
    distance_km: Amount | None = None
    both_ways: bool = False
    area_m2_per_kw: Amount | None = None
    area: Slug | None = None
    price: Signed = Field(default=0.0, description="Price of what it supplies, such as a PPA. [CNY/kWh]")
    draws: dict[Slug, Amount] = {}
    capture_rate: Share = 0.9
    back_share: Share = 0.0


class AreaEntry(Record):
    """Roof or land with room for so much."""

    id: Slug
    name: Label | None = None
    m2: Amount


class Vintage(Record):
    """Certificates of one year of generation."""

    year: Year
    price_per_kwh: Amount
    maximum_kwh: Amount
    source: str | None = None


class Certificates(Record):
    """Green certificates or traded green power: at one price, or by vintage with how old they may be.

    From 2026 on certificates count in the year of their generation alone (证电同年核销): ``years_back: 0``.
    """

    price_per_kwh: Amount = 0.005
    maximum_kwh: Amount = 0.0
    vintages: list[Vintage] = Field(default=[], description="Instead of one price: what is on offer by year.")
    years_back: Annotated[int, Field(ge=0, le=5)] = Field(default=0, description="How old a certificate may be.")
    source: str = "stated"


class Targets(Record):
    """What the plan must meet. None: not asked for."""

    rules: str = "ndrc-910-2025"
    equivalent_kgce_per_kwh: Annotated[float, Field(gt=0, lt=1)] = 0.2856
    equivalent_source: str = "stated in the study"
    intensity: Amount | Literal["size_class"] | None = Field(default=None, description="tCO2/tce, or by size class.")
    emissions_t: Amount | None = None
    direct_share: Share | None = None
    clean_share: Share | None = None
    self_use_of_generation: Share | None = None
    self_use_of_load: Share | None = None
    export_of_generation: Share | None = None
    carbon_price: Amount = 0.0
    allowance_t: Amount = 0.0
    budget_cny: Amount | None = None
    certificates: Certificates | None = None
    hourly_match: Share | None = None
    process_t: Amount = Field(default=0.0, description="Process emissions, fixed. [tCO2]")
    islanding_hours: Amount = 0.0
    critical_share: Share = 0.0
    unserved_share: Share = Field(default=0.0, description="Of the critical energy of an outage: may stay unserved.")
    outages_per_year: Amount = Field(default=0.0, description="Expected, for the loss of load of a year (LOLE).")


class Scenario(Record):
    """A way the world may turn out."""

    id: Slug
    name: Label | None = None
    probability: Share = 1.0
    weather_seed: int | None = None
    demand: Amount = 1.0
    energy_price: Amount = 1.0
    fuel_price: Amount = 1.0
    capex: Amount = 1.0
    capex_of: dict[Slug, Amount] = {}
    carbon_price: Amount | None = None


class Stage(Record):
    """A year of the pathway that stands for the years until the next one."""

    year: Year
    intensity: Amount | Literal["size_class"] | None = None
    direct_share: Share | None = None
    demand: Amount = 1.0
    energy_price: Amount = 1.0
    carbon_price: Amount | None = None
    arrives: list[Slug] = Field(default=[], description="Demands that begin with this stage.")
    leaves: list[Slug] = Field(default=[], description="Demands that end with this stage.")


class Sensitivity(Record):
    """A number of the study that is varied: ``path`` such as technologies.battery.capex, or demand.all.factor."""

    id: Slug
    path: str
    factors: list[Amount] = Field(default=[0.8, 1.0, 1.2], min_length=1)


class Study(Record):
    """The whole study file."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    study: Info
    weather: WeatherSource = WeatherSource()
    nodes: list[NodeEntry] = Field(min_length=1)
    cascades: list[list[Slug]] = Field(default=[], description="Nodes from hot to cold; heat may fall.")
    profiles: list[Profile] = []
    demands: list[DemandEntry] = Field(min_length=1)
    tariffs: list[Tariff] = []
    grids: list[GridEntry] = []
    supplies: list[SupplyEntry] = []
    sales: list[SaleEntry] = []
    technologies: list[TechnologyEntry] = []
    areas: list[AreaEntry] = []
    targets: Targets = Targets()
    scenarios: list[Scenario] = []
    stages: list[Stage] = []
    sensitivities: list[Sensitivity] = []
    parties: list[Party] = []
    finance: Finance = Finance()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
