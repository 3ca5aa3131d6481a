"""The dispatch description: what can be moved, what it costs, what binds. Field names are those of the YAML file."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lingtan.base.time import DEFAULT_ZONE
from lingtan.park.record import Label, Slug
from lingtan.park.tariffs.record import Tariff

Kw = Annotated[float, Field(ge=0, le=1e9)]
Kwh = Annotated[float, Field(ge=0, le=1e10)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Efficiency = Annotated[float, Field(gt=0, le=1.2)]
Price = Annotated[float, Field(ge=-1e4, le=1e4)]
UnitKind = Literal[
    "battery", "heat_store", "cold_store", "hydrogen_tank", "electrolyser", "fuel_cell", "heat_pump", "chiller",
    "absorption_chiller", "boiler", "electric_boiler", "chp", "pv", "wind", "direct_line", "source", "network",
    "exchanger",
]  # fmt: skip
STORES = ("battery", "heat_store", "cold_store", "hydrogen_tank")
GENERATION = ("pv", "wind", "direct_line")
SPOT = "price"  # a price series of this name may come from the table of spot prices


def _whole(value: Any) -> Any:
    """A whole number where a file gives its text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class Part(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(Part):
    """A thing with a set-point. Which fields count depends on its kind; see ``docs/dispatch.md``."""

    id: Slug
    kind: UnitKind
    name: Label | None = None
    enterprise: Slug | None = None
    input: Slug | None = Field(default=None, description="Node it draws from; None: bought at its price.")
    output: Slug | None = Field(default=None, description="Node it feeds.")
    heat: Slug | None = Field(default=None, description="Node of the heat beside the power.")
    capacity_kw: Kw | None = Field(default=None, description="On the side that the kind is rated on. [kW]")
    energy_kwh: Kwh | None = Field(default=None, description="Of a store. [kWh]")
    efficiency: Efficiency | None = Field(default=None, description="One way for a store, input to output otherwise.")
    heat_efficiency: Fraction = 0.0
    cop: Annotated[float, Field(gt=0, le=30)] | None = Field(default=None, description="If it does not change.")
    supply_c: float | None = Field(default=None, description="Supply temperature, for a COP that follows the air. [°C]")
    carnot_share: Fraction = Field(default=0.45, description="Of the ideal COP between air and supply.")
    loss_per_hour: Fraction = Field(default=0.0, description="Share of a store's content; of what a network sends.")
    standing_loss_kw: Kw = 0.0
    delay_steps: Annotated[int, Field(ge=0, le=8)] = Field(default=0, description="Until a network's heat arrives.")
    wear_cny_per_kwh: Price = 0.0
    minimum_level: Fraction = 0.0
    end_level: Fraction | None = Field(default=None, description="Least content at the end; None: worth its value.")
    exclusive: bool = Field(default=False, description="Never charge and discharge at once, by whole numbers.")
    minimum_load: Fraction = 0.0
    start_cost_cny: Annotated[float, Field(ge=0)] = 0.0
    ramp_per_hour: Annotated[float, Field(gt=0)] | None = Field(default=None, description="Share of the capacity.")
    minimum_up_hours: Annotated[float, Field(ge=0, le=48)] = 0.0
    minimum_down_hours: Annotated[float, Field(ge=0, le=48)] = 0.0
    price_cny_per_kwh: Price = Field(default=0.0, description="Of the input, or of what a source delivers.")
    price_series: str | None = None
    minimum_kw: Kw = Field(default=0.0, description="What must be taken of a source.")
    factor_kgco2_per_kwh: Annotated[float, Field(ge=0)] = Field(default=0.0, description="Of the dispatch signal.")
    available: str | None = Field(default=None, description="Series of what there is at most. [kW]")
    meters: list[Slug] = Field(default=[], description="Channels of its power: charge and discharge, or output.")
    controllable: bool = True

    @property
    def whole(self) -> bool:
        """Whether it is switched on and off."""
        return bool(self.minimum_load or self.start_cost_cny or self.minimum_up_hours or self.minimum_down_hours)


class Need(Part):
    """What must be served at a node, by a series; a part may be moved or left out at a cost."""

    id: Slug
    node: Slug
    series: str
    enterprise: Slug | None = None
    name: Label | None = None
    factor: float = Field(default=1.0, description="The series times this.")
    shiftable: Fraction = 0.0
    shift_cost_cny_per_kwh: Price = 0.0
    deadline_hours: Annotated[float, Field(gt=0, le=168)] = Field(
        default=24.0, description="What is put off is done before the local clock has gone round by so much."
    )
    catch_up_kw: Kw | None = None
    curtailable: Fraction = 0.0
    curtail_cost_cny_per_kwh: Price = 0.0
    curtail_limit_kwh: Kwh | None = Field(default=None, description="Within one horizon.")


class Fleet(Part):
    """Vehicles that come, charge and leave: on every day the same, at local hours."""

    id: Slug
    node: Slug
    name: Label | None = None
    vehicles: Annotated[int, Field(ge=1)]
    charger_kw: Kw
    battery_kwh: Kwh
    arrives: Annotated[float, Field(ge=0, lt=24)]
    leaves: Annotated[float, Field(ge=0, lt=24)]
    arrival_level: Fraction = 0.3
    departure_level: Fraction = 0.8
    efficiency: Efficiency = 0.95
    back_share: Fraction = Field(default=0.0, description="Part of the power that may be given back (V2G).")
    wear_cny_per_kwh: Price = 0.0


class Grid(Part):
    """A connection to the public grid with its limits both ways and how it is paid for."""

    id: Slug
    node: Slug
    import_kw: Kw
    export_kw: Kw = 0.0
    tariff: Slug | None = Field(default=None, description="One of ``tariffs``.")
    price_series: str | None = Field(default=None, description="Spot purchase price, or the whole price. [CNY/kWh]")
    price_cny_per_kwh: Price | None = None
    export_price_cny_per_kwh: Price | None = None
    export_price_series: str | None = None
    factor_kgco2_per_kwh: Annotated[float, Field(ge=0)] = Field(default=0.0, description="Of the dispatch signal.")
    factor_series: str | None = None
    import_meter: Slug | None = None
    export_meter: Slug | None = None


class Limits(Part):
    """Policy of the horizon. What has a penalty is soft: it may be broken at that price, and the plan says so."""

    emission_cap_kg_per_day: Annotated[float, Field(ge=0)] | None = None
    emission_penalty_cny_per_kg: Price | None = None
    export_share: Fraction | None = Field(default=None, description="Of all generation, at most.")
    peak_target_kw: Kw | None = Field(default=None, description="Soft: imports above cost the penalty.")
    peak_penalty_cny_per_kw: Price = 100.0
    unserved_cny_per_kwh: Price | None = Field(default=1000.0, description="None: needs are hard.")
    hard_needs: bool = Field(default=False, description="Needs must be served, or there is no schedule.")
    surplus_cny_per_kwh: Price = Field(default=0.001, description="For letting heat or cold go.")


class Money(Part):
    """What is paid beside the tariff. The account's own factors stay apart from these signals."""

    carbon_cny_per_kg: Price = 0.0
    certificate_cny_per_kwh: Price = 0.0
    certificate_share: Fraction = Field(default=0.0, description="Of bought power that certificates must cover.")
    demand_share: Fraction | None = Field(
        default=None, description="Of the demand charge that a new peak costs now; None: all of it, as billed."
    )


class Approval(Part):
    """How a schedule becomes one."""

    people: Annotated[int, Field(ge=0, le=4)] = Field(default=1, description="2: four eyes; 0: at once.")
    valid_hours: Annotated[float, Field(gt=0)] = 36.0


class Description(Part):
    """The whole file."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    id: Slug = "dispatch"
    timezone: str = DEFAULT_ZONE
    step_minutes: Annotated[Literal[5, 15, 30, 60], BeforeValidator(_whole)] = 15
    horizon_hours: Annotated[int, Field(ge=1, le=168)] = 24
    units: list[Unit] = []
    needs: list[Need] = Field(min_length=1)
    fleets: list[Fleet] = []
    grids: list[Grid] = []
    tariffs: list[Tariff] = []
    surplus: list[Slug] = Field(default=[], description="Nodes where energy may be let go.")
    temperature: str | None = Field(default=None, description="Series of the outside air. [°C]")
    sources: dict[str, dict[str, float]] = Field(
        default={}, description="Series: the park's channels that it is the sum of, each times its factor. [kW]"
    )
    constants: dict[str, float] = Field(default={}, description="Series that do not change.")
    limits: Limits = Limits()
    money: Money = Money()
    approval: Approval = Approval()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @property
    def series(self) -> list[str]:
        """Names of all series that a horizon must bring, each once."""
        names = [n.series for n in self.needs]
        names += [u.available for u in self.units if u.available]
        names += [g.factor_series for g in self.grids if g.factor_series]
        names += self.price_series
        if self.temperature:
            names.append(self.temperature)
        return list(dict.fromkeys(names))

    @property
    def price_series(self) -> list[str]:
        """Names of the series that are prices, which may be negative and be known before their time."""
        names = [u.price_series for u in self.units]
        names += [p for g in self.grids for p in (g.price_series, g.export_price_series)]
        return list(dict.fromkeys(n for n in names if n))

    def unit(self, name: str) -> Unit | None:
        """The unit of that id."""
        return next((u for u in self.units if u.id == name), None)
