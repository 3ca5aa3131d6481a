"""Carbon intensity of the park's electricity, heat and steam by hour: average as accounted, and marginal."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from lingtan.base.time import Period
from lingtan.carbon.account import Account
from lingtan.carbon.shares import Ints
from lingtan.carbon.transfers import pools
from lingtan.green.intensity import marginal
from lingtan.green.mix import Floats
from lingtan.green.summary import GREEN_KINDS
from lingtan.park.activities import Activity
from lingtan.park.model import channels
from lingtan.services.basis import basis_as_of, resolve_as_of
from lingtan.services.compute_account import compute
from lingtan.services.green_factors import power_factors
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace, trace_green
from lingtan.services.workspace import Workspace

UNITS = {"electricity": "kgCO2/kWh", "heat": "kgCO2/GJ", "steam": "kgCO2/GJ", "hot_water": "kgCO2/GJ"}


@dataclass(frozen=True)
class Intensity:
    """Of one carrier by hour; NaN where nothing was used. ``unit`` of both."""

    carrier: str
    unit: str
    average: Floats
    marginal: Floats


@dataclass(frozen=True)
class Intensities:
    """Hours of the period with the intensities of each carrier, by the account's own sums."""

    period: Period
    hours: list[datetime]
    carriers: list[Intensity]

    def table(self) -> pa.Table:
        """Hour (UTC), carrier, average, marginal, unit: a row for each carrier and hour."""
        parts = [
            pa.table(
                {
                    "hour": pa.array(self.hours, pa.timestamp("us", tz="UTC")),
                    "carrier": pa.array([i.carrier] * len(self.hours)),
                    "average": pa.array(i.average, from_pandas=True),
                    "marginal": pa.array(i.marginal, from_pandas=True),
                    "unit": pa.array([i.unit] * len(self.hours)),
                }
            )
            for i in self.carriers
        ]
        return pa.concat_tables(parts)


def green_intensity(
    workspace: Workspace, period: str, *, as_of: datetime | int | None = None, listener: Listener = silent
) -> Intensities:
    """Average and marginal intensity by hour under notice 910.

    Average: what the pool of the hour carries over what was used of it, losses included. Marginal: 0 while green power is
    curtailed or exported, else that of the public grid; of heat and steam that of the boiler where one runs in the park, else
    of imported fossil heat, else the average.
    """
    rev = resolve_as_of(workspace, as_of)
    basis = basis_as_of(workspace, "ndrc-910-2025", rev)
    account = compute(workspace, basis, period[:4], listener).account
    made = trace_green(workspace, period, as_of=rev, listener=listener)
    where = _hours_of(made)
    found = []
    _, pool = next(iter(pools(account.compiled, account.crossing, dict(account.series), ["co2"], account.use)))
    power = pool["power"]
    if power.weights.any():
        used = power.weights.sum(axis=0)[where]
        average = _over(power.amount[where], used) * 1e-6  # µg per 1/1000 kWh: 1e-6 kg per kWh
        found.append(Intensity("electricity", UNITS["electricity"], average, _marginal_power(workspace, made)))
    kinds = {p.id: p.carrier.id for p in account.compiled.points}
    plants = {
        p.asset: p.carrier.id
        for p in account.compiled.points
        if p.asset and p.activity is Activity.GENERATION and p.carrier.group == "heat"
    }
    fuels = {p.id: p.asset for p in account.compiled.points if p.asset}
    for carrier in [c for c in UNITS if c != "electricity"]:
        supply = _supply(account, carrier)[where]
        if not supply.any():
            continue
        amount = np.zeros(len(supply), np.int64)
        for what, _, point, hourly in pool["heat"].sources:
            plant = point if what.startswith("electric/") else fuels.get(point) if what.startswith("fuel/") else None
            of = plants.get(plant or "") if plant else kinds.get(point)
            if of == carrier and not what.startswith("out/"):
                amount = amount + hourly[where]
        average = _over(amount, supply) * 1e-6
        found.append(Intensity(carrier, UNITS[carrier], average, _marginal_heat(account, carrier, average, where)))
    return Intensities(made.period, made.local, found)


def _hours_of(made: GreenTrace) -> slice:
    year = Period.parse(str(made.period.year), made.period.zone)
    first = int((made.period.start - year.start).total_seconds()) // 3600
    return slice(first, first + made.traced.network.intervals)


def _over(one: Ints, two: Ints) -> Floats:
    return np.asarray(np.divide(one, two, out=np.full(one.shape, np.nan), where=two > 0))


def _supply(account: Account, carrier: str) -> Ints:
    size = next(iter(account.series.values())).size
    total = np.zeros(size, np.int64)
    for role in account.compiled.roles:
        if role.kind in ("heat_in", "heat_own") and role.point.carrier.id == carrier:
            total = total + np.maximum(account.series[role.id], 0)
    return total


def _marginal_power(workspace: Workspace, made: GreenTrace) -> Floats:
    nothing = np.zeros(made.traced.network.intervals, np.int64)
    curtailed, exported = nothing.copy(), nothing.copy()
    for name, (_, channel) in channels(made.park).items():
        if channel.carrier == "electricity" and channel.activity is Activity.CURTAILED:
            curtailed = curtailed + np.maximum(made.series[name], 0)
    green = [k for k, c in enumerate(made.traced.columns) if made.kind(c) in GREEN_KINDS]
    for name in made.flows.exports:
        exported = exported + made.by_consumer[name][green].sum(axis=0)
    order = [("curtailed", 0.0, nothing, curtailed), ("exported", 0.0, nothing, exported)]
    return np.asarray(marginal(order, power_factors(workspace, made).grid))


def _marginal_heat(account: Account, carrier: str, average: Floats, where: slice) -> Floats:
    """Boilers first: what their fuel carried over the heat that they gave in the year."""
    boilers = {a.id for a in account.compiled.park.assets if a.kind == "boiler"}
    heat = sum(
        int(account.series[r.id].sum())
        for r in account.compiled.roles
        if r.kind == "heat_own" and r.point.asset in boilers and r.point.carrier.id == carrier
    )
    fuel = 0
    for role in account.compiled.roles:
        if role.kind == "fuel" and role.point.asset in boilers:
            rates = [
                li.micro(next(iter(li.point.terms)))
                for li in account.compiled.lines
                if li.measure == "co2" and li.point.id == role.point.id
            ]
            fuel += int(account.series[role.id].sum()) * (rates[0] if rates else 0)
    if heat and fuel:
        return np.full(average.shape, fuel / heat * 1e-6)
    factor = account.compiled.heat_factors.get(("co2", "fossil"))
    bought = any(
        f.pool == "heat" and f.kind == "fossil" and f.value[where].any() for f in account.crossing.of("heat", "in")
    )
    return np.full(average.shape, float(factor.value)) if factor is not None and bought else average
