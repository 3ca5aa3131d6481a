"""The simulated year as a park with readings, and its account by the rule set: plan and account cannot differ.

The park has a meter at each connection, plant and fuel yard; readings are whole watt-hours and 1/1000 of fuel units, as any
meter gives them. What the account makes of them is what the plan prints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.carbon.account import Account, build_account, compile_account
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.factors.stated import stated
from lingtan.carbon.indicators import Indicator, indicators
from lingtan.carbon.lines import role_rows
from lingtan.carbon.rules.model import RuleSet
from lingtan.optimize.study.build import bought
from lingtan.optimize.study.case import Case
from lingtan.optimize.study.factors import HEAT, KGCE_PER_GJ
from lingtan.optimize.study.plan import Plan
from lingtan.optimize.study.record import SupplyEntry, TechnologyEntry
from lingtan.park.carriers import BUILT_IN, carriers
from lingtan.park.model import Park
from lingtan.park.regions import region_code

Ints = npt.NDArray[np.int64]
PROCESS = "stated_process"
ASSETS = {"pv": "pv", "wind": "wind", "gas_chp": "gas_chp", "extraction_chp": "gas_chp", "biomass_chp": "biomass_chp",
          "orc": "waste_heat_power", "fuel_cell": "other"}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A generated park and its hourly readings in 1/1000 of the carrier's unit, by channel."""

    park: Park
    readings: Mapping[str, Ints]


def site(case: Case, plan: Plan) -> Site:
    """The park of a plan and the readings of its simulated year (the first chain)."""
    study = case.study
    made = _Draft(case, plan)
    for grid in study.grids:
        made.grid(grid.id)
    for technology in study.technologies:
        made.technology(technology)
    for supply in study.supplies:
        made.supply(supply)
    if study.targets.process_t:
        made.process(study.targets.process_t)
    year = study.study.year
    park = Park.model_validate(
        {
            "schema": 1,
            "park": {
                "id": study.study.id,
                "name": study.study.name,
                "region": region_code(study.study.region) or study.study.region,
                "timezone": study.study.timezone,
                "synthetic": True,
                "operator": "site",
            },
            "enterprises": [{"id": "site", "name": study.study.name}],
            "connections": made.connections,
            "assets": made.assets,
            "meters": made.meters,
            "processes": made.processes,
            "certificates": made.certificates(),
            "accounting": {
                "equivalent_kgce_per_kwh": {
                    year: {
                        "value": str(study.targets.equivalent_kgce_per_kwh),
                        "source": study.targets.equivalent_source,
                        "confidence": "unofficial",
                    }
                },
                "carriers": made.values,
            },
        }
    )
    return Site(park, made.readings)


class _Draft:
    """A park that is being written: what stands in it, and what its meters read."""

    def __init__(self, case: Case, plan: Plan) -> None:
        self.case, self.plan = case, plan
        self.hours = case.chains[0].inputs.hours
        self.connections: list[dict[str, Any]] = []
        self.assets: list[dict[str, Any]] = []
        self.meters: list[dict[str, Any]] = []
        self.processes: list[dict[str, Any]] = []
        self.values: list[dict[str, Any]] = []
        self.readings: dict[str, Ints] = {}

    def channel(
        self, name: str, carrier: str, activity: str, values: npt.NDArray[np.float64], **more: Any
    ) -> dict[str, Any]:
        """A channel with its readings in 1/1000 of the carrier's unit."""
        self.readings[name] = np.rint(np.maximum(values[: self.hours], 0.0) * 1000).astype(np.int64)
        return {
            "id": name, "carrier": carrier, "activity": activity, "unit": BUILT_IN[carrier].unit, "step": "1h", **more,
        }  # fmt: skip

    def meter(self, name: str, *channels: dict[str, Any]) -> None:
        """A meter with its channels."""
        self.meters.append({"id": f"m-{name}", "enterprise": "site", "class": "0.5", "channels": list(channels)})

    def grid(self, name: str) -> None:
        """A connection with import, and export if there is any."""
        self.connections.append({"id": name, "kind": "public_grid"})
        series = self.plan.series
        mine = [
            self.channel(f"{name}-{way}", "electricity", way, series[f"{name}.{way}"], connection=name)
            for way in ("import", "export")
            if f"{name}.{way}" in series
        ]
        self.meter(name, *mine)

    def technology(self, t: TechnologyEntry) -> None:
        """A direct line as a connection, a plant as an asset with its generation."""
        power = self.plan.series.get(f"{t.id}.power")
        if t.kind == "direct_line" and power is not None:
            self.connections.append({"id": t.id, "kind": "direct_line", "source": "wind" if "wind" in t.id else "pv"})
            arrives = _delivered(self.case, t.id) * power
            self.meter(t.id, self.channel(f"{t.id}-import", "electricity", "import", arrives, connection=t.id))
        elif t.kind in ASSETS:
            made = _generation(self.plan, t)
            if made is not None:
                self.assets.append({"id": t.id, "kind": ASSETS[t.kind]})
                self.meter(t.id, self.channel(f"{t.id}-power", "electricity", "generation", made, asset=t.id))

    def supply(self, supply: SupplyEntry) -> None:
        """Heat from a neighbor as a connection, fuel as purchase and use."""
        fuel, carrier = self.case.factors.fuels[supply.id], supply.carrier
        taken = self.plan.series[f"{supply.id}.power"] * fuel.units
        if carrier in HEAT:
            source = "waste_heat" if supply.nonfossil else "fossil"
            self.connections.append({"id": supply.id, "kind": "neighbor", "carrier": carrier, "source": source})
            self.meter(supply.id, self.channel(f"{supply.id}-import", carrier, "import", taken, connection=supply.id))
            return
        mine = [self.channel(f"{supply.id}-import", carrier, "import", taken)]
        if fuel.group == "fossil":
            mine.append(self.channel(f"{supply.id}-final", carrier, "final", taken))
        self.meter(supply.id, *mine)
        if fuel.group == "biomass" and supply.ncv_gj_per_unit:
            source = supply.ncv_source or "study"
            kgce = round(supply.ncv_gj_per_unit * KGCE_PER_GJ, 9)
            self.values.append({"carrier": carrier, "source": source, "kgce_per_unit": kgce})

    def process(self, tonnes: float) -> None:
        """Process emissions as they are stated: so many tonnes over the year, at one tonne of CO2 a tonne."""
        self.processes.append({"id": "process", "enterprise": "site", "factor": PROCESS})
        whole = round(tonnes * self.case.hours_share * 1_000_000)  # g, spread so that the sum is exact
        step = np.arange(self.hours + 1) * whole // self.hours
        made = self.channel("process-output", "product", "output", np.zeros(self.hours), process="process")
        self.readings["process-output"] = np.diff(step).astype(np.int64)
        self.meter("process", made)

    def certificates(self) -> list[dict[str, Any]]:
        """What was bought, in whole kilowatt-hours."""
        targets, year = self.case.study.targets, self.case.study.study.year
        found = []
        for name, kwh in bought(self.plan.globals).items():
            vintage = int(name.rsplit("-", 1)[1]) if "-of-" in name else year
            source = targets.certificates.source if targets.certificates else "study"
            if kwh >= 1:
                made = {"id": "plan" if vintage == year else f"plan-{vintage}", "year": year, "kwh": int(kwh)}
                found.append({**made, "source": source} | ({"vintage": vintage} if vintage != year else {}))
        return found


def _delivered(case: Case, technology: str) -> float:
    from lingtan.optimize.components.network import loss_over

    entry = next(t for t in case.study.technologies if t.id == technology)
    return 1.0 - (loss_over(entry.distance_km, entry.loss) if entry.distance_km else entry.loss)


def _generation(plan: Plan, entry: Any) -> npt.NDArray[np.float64] | None:
    series = plan.series
    if entry.kind in ("pv", "wind"):
        return series.get(f"{entry.id}.power")
    if entry.kind == "extraction_chp":
        if f"{entry.id}.condensing" not in series:
            return None
        condensing, extraction = series[f"{entry.id}.condensing"], series[f"{entry.id}.extraction"]
        return condensing * (entry.efficiency or 0) + extraction * (entry.extraction_efficiency or 0)
    taken = [series[n] for n in series if n == f"{entry.id}.input" or n.startswith(f"{entry.id}.input-")]
    if not taken:
        return None
    relatives = [s.relative for s in entry.segments] or [1.0]
    made = np.sum([x * (entry.efficiency or 0) * r for x, r in zip(taken, relatives, strict=False)], axis=0)
    return np.asarray(made, float)


def account(made: Site, rules: RuleSet, book: FactorBook, year: int) -> tuple[Account, list[Indicator]]:
    """The account of a generated park over its whole year, and its indicators."""
    park = made.park
    accounting = park.accounting
    book = book.with_values(accounting.carriers, carriers=carriers(park), equivalent=accounting.equivalent_kgce_per_kwh)
    if park.processes:
        made_by = stated("co2", PROCESS, Fraction(1), unit="kgCO2/kg", source="stated in the study")
        book = book.with_factors([made_by])
    compiled = compile_account(park, rules, book, year)
    period = Period.parse(str(year), park.park.timezone)
    zone = ZoneInfo(period.zone)
    start = period.start.astimezone(zone)
    months_of_hour = np.array(
        [int(f"{(period.start + timedelta(hours=h)).astimezone(zone):%Y%m}") for h in range(period.hours)], np.int64
    )
    months = sorted(set(months_of_hour.tolist()))
    by_key = {channel_key(name): values for name, values in made.readings.items()}
    rows: dict[str, list[int]] = {k: [] for k in ("channel", "month", "value", "hours")}
    for key, values in by_key.items():
        for month in months:
            here = months_of_hour == month
            rows["channel"].append(key)
            rows["month"].append(month)
            rows["value"].append(int(values[here].sum()))
            rows["hours"].append(int(here.sum()))
    seconds = [h * 3600 for h in rows["hours"]]
    zeros = [0] * len(seconds)
    sums = pa.table(
        {
            "channel": pa.array(rows["channel"], pa.int64()),
            "month": pa.array(rows["month"], pa.int32()),
            "value": pa.array(rows["value"], pa.int64()),
            "covered_s": pa.array(seconds, pa.int64()),
            **{c: pa.array(zeros, pa.int64()) for c in ("estimated_s", "spread_s", "rejected_s")},
            "hours": pa.array(rows["hours"], pa.int64()),
            "rev": pa.array([1] * len(seconds), pa.int64()),
        }
    )
    flows = _flows(compiled, by_key, period.hours, int(start.timestamp()) * 1_000_000)
    found = build_account(
        compiled,
        months_of_hour=months_of_hour,
        months=months,
        sums=sums,
        flows=flows,
        hour_zero_us=int(start.timestamp()) * 1_000_000,
    )
    quantities = {(c, m): v for c, m, v in zip(rows["channel"], rows["month"], rows["value"], strict=True)}
    return found, indicators(found, quantities, book)


def _flows(compiled: Any, by_key: Mapping[int, Ints], hours: int, zero_us: int) -> pa.Table:
    table = role_rows(compiled.roles)
    dense = np.zeros((len(compiled.roles), hours), np.int64)
    for role, key, num in zip(table["role"], table["channel"], table["num"], strict=True):
        dense[role] += by_key[key] * num
    role_column = np.repeat(np.arange(len(compiled.roles), dtype=np.int32), hours)
    hour = np.tile(zero_us + np.arange(hours, dtype=np.int64) * 3_600_000_000, len(compiled.roles))
    return pa.table(
        {
            "role": pa.array(role_column, pa.int32()),
            "hour": pa.array(hour).cast(pa.timestamp("us", tz="UTC")),
            "value": pa.array(dense.ravel(), pa.int64()),
        }
    )
