"""Factors of power for scores and intensities: location, market, and what each source carries."""

from dataclasses import dataclass, field

import numpy as np

from lingtan.base.errors import LingtanError
from lingtan.base.ids import channel_key
from lingtan.carbon.factors import Factor
from lingtan.carbon.points import points
from lingtan.carbon.transfers import CHP_SPLITS
from lingtan.green.mix import Floats
from lingtan.park.activities import Activity
from lingtan.services.activities import activity_pieces
from lingtan.services.basis import basis_as_of
from lingtan.services.kept_tables import hourly_of
from lingtan.services.power_series import dense
from lingtan.services.trace_green import GreenTrace
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class PowerFactors:
    """Factors. [kgCO2/kWh] ``grid`` is what imported power carries under notice 910; ``plants`` by source column."""

    location: float | None
    market: float | None
    grid: float
    sources: dict[str, str]  # name -> id of the factor
    plants: dict[str, float] = field(default_factory=dict)

    def of(self, made: GreenTrace, column: str) -> float:
        """What a column carries; unmetered and opening power counts as grid power."""
        kind = made.kind(column)
        if kind in ("direct", "own_nonfossil"):
            return 0.0
        if kind == "own_other":
            return self.plants.get(column, self.grid)
        return self.grid


def power_factors(workspace: Workspace, made: GreenTrace) -> PowerFactors:
    """The factors of the period's year: those of notice 910 and, side by side, of the GHG Protocol rule set."""
    official = basis_as_of(workspace, "ndrc-910-2025", made.as_of)
    other = basis_as_of(workspace, "ghg-protocol", made.as_of)
    year = made.park.accounting.factor_years.get(made.period.year, made.period.year)
    region = made.park.park.region

    def find(subject: str, sets: list[str], where: str) -> Factor | None:
        try:
            return official.book.find("co2", subject, sets=sets, region=where, year=year)
        except LingtanError:
            return None  # shown as unknown; no other year stands in unless the park file says so

    power = official.rules.power
    grid = find(dict(power.bases[0].kinds)["other"], list(power.sets), "CN")
    location = find("grid_average", list(other.rules.power.sets), region)
    market = find("grid_ex_market_nonfossil", list(other.rules.power.sets), "CN")
    used = {n: f for n, f in (("grid", grid), ("location", location), ("market", market)) if f is not None}
    base = float(grid.value) if grid is not None else 0.0
    return PowerFactors(
        float(location.value) if location else None,
        float(market.value) if market else None,
        base,
        {n: f.id for n, f in used.items()},
        plant_factors(workspace, made),
    )


def plant_factors(workspace: Workspace, made: GreenTrace) -> dict[str, float]:
    """CO2 of the park's own fuel plants over what they made in the period, a CHP's by the park's split. [kgCO2/kWh]"""
    basis = basis_as_of(workspace, "ndrc-910-2025", made.as_of)
    found: dict[str, float] = {}
    everything = points(made.park)
    own = [p for p in everything if p.id in made.flows.kinds and made.flows.kinds[p.id] == "own_other"]
    for point in own:
        fuels = [
            p
            for p in everything
            if p.asset == point.asset and p.activity in (Activity.THERMAL_POWER, Activity.HEAT_SUPPLY)
        ]
        heat = [
            p
            for p in everything
            if p.asset == point.asset and p.activity is Activity.GENERATION and p.carrier.group == "heat"
        ]
        channels = {c for p in (*fuels, *heat) for c in p.terms}
        if not fuels:
            continue
        named = {channel_key(c): c for c in channels}
        pieces = activity_pieces(workspace, made.park, made.period, basis.view)
        series = dense([hourly_of(workspace, pieces, list(named))], named, made.period, 3600)
        kg = 0.0
        for fuel in fuels:
            try:
                factor = basis.book.find(
                    "co2", fuel.carrier.id, sets=["park", "cn-fuel-2015"], region=made.park.park.region,
                    year=made.park.accounting.factor_years.get(made.period.year, made.period.year),
                )  # fmt: skip
            except LingtanError:
                continue
            kg += sum(float(series[c].sum()) * float(f) for c, f in fuel.terms.items()) / 1000 * float(factor.value)
        power = float(made.traced.network.sources[point.id].wh.sum())
        warm = sum(float(series[c].sum()) * float(f) for p in heat for c, f in p.terms.items())
        to_power, to_heat = CHP_SPLITS[made.park.accounting.chp_split]
        part = power * to_power / (power * to_power + warm * to_heat) if power or warm else 0.0
        found[point.id] = kg * part / (power / 1000) if power else 0.0
    return found


def by_source(factors: PowerFactors, made: GreenTrace) -> Floats:
    """The factor of each column of a trace. [kgCO2/kWh]"""
    return np.array([factors.of(made, c) for c in made.traced.columns])
