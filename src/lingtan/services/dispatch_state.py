"""Where the park's assets stand when a plan begins: contents of stores, and what is on, by what was known then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lingtan.base.ids import channel_key
from lingtan.forecast.record import Target
from lingtan.forecast.targets import Plan, Source, per_unit
from lingtan.metering.channels import Book
from lingtan.metering.readings import Quality
from lingtan.optimize.dispatch.contents import content_bounds
from lingtan.optimize.dispatch.inputs import State
from lingtan.optimize.dispatch.record import STORES, Description, Unit
from lingtan.optimize.model import FloatArray
from lingtan.park.activities import Activity
from lingtan.park.carriers import carriers
from lingtan.park.model import Park, channels
from lingtan.services.dispatch_expected import step_seconds
from lingtan.services.forecast_panel import read_panel, rows_known
from lingtan.services.forecast_sources import NoSources
from lingtan.services.workspace import Workspace

DAYS = 14
NEWEST_H = 3.0  # a level or a power may be so old to stand for now
RUNS_SHARE = 0.01  # of the capacity: below it a unit is off
IN_AND_OUT = (Activity.CHARGE, Activity.DISCHARGE)
MICRO = 1_000_000


@dataclass(frozen=True)
class Content:
    """What a store is taken to hold. [kWh]"""

    asset: str
    kwh: float
    low: float
    high: float
    how: Literal["level", "flows", "unknown"]  # a level meter, what went in and out, or half full for want of both

    def note(self) -> dict[str, Any]:
        """For the schedule that is planned with it."""
        told = {"asset": self.asset, "kwh": round(self.kwh), "low": round(self.low), "high": round(self.high)}
        return {"code": f"dispatch.content-{self.how}", **told}


def state_at(workspace: Workspace, description: Description, at: datetime) -> tuple[State, list[Content]]:
    """Contents, units that are on and their power as known at an instant, without the month's peak.

    A level meter of the store is taken first (a channel of kind ``level`` that names the asset, in a unit of energy),
    else the meters of what goes in and out; a store with neither counts as half full, and says so.
    """
    park = workspace.park
    stores = [u for u in description.units if u.kind in STORES and u.energy_kwh]
    power = _known_power(workspace, description, at)
    contents = []
    for unit in stores:
        size = unit.energy_kwh or 0.0
        level = _level(workspace, park, unit, at)
        if level is not None:
            kwh = min(max(level, 0.0), size)
            contents.append(Content(unit.id, kwh, kwh, kwh, "level"))
            continue
        bounds = _from_flows(park, description, unit, power)
        low, high = bounds or (0.0, size)
        how: Literal["flows", "unknown"] = "unknown" if bounds is None or high - low >= size else "flows"
        contents.append(Content(unit.id, 0.5 * (low + high), low, high, how))
    outputs = _outputs(description, power)
    units = {u.id: u for u in description.units}
    on = {k: kw > RUNS_SHARE * (units[k].capacity_kw or 0.0) for k, kw in outputs.items() if units[k].whole}
    return State({c.asset: c.kwh for c in contents}, on, outputs), contents


def _known_power(workspace: Workspace, description: Description, at: datetime) -> dict[str, FloatArray]:
    """By channel the mean power of each step of the last days, NaN where it was not known at the instant. [kW]"""
    there = channels(workspace.park)
    names = sorted({m for u in description.units for m in u.meters if m in there and u.kind not in ("source",)})
    if not names:
        return {}
    step_s = step_seconds(description)
    end = datetime.fromtimestamp(int(at.timestamp()) // step_s * step_s, UTC)
    plan = Plan(tuple(Target(n, "load", "park", "kW") for n in names), {n: (Source(n),) for n in names}, ())
    history = read_panel(workspace, end - timedelta(days=DAYS), end, NoSources(), step_s=step_s, wanted=plan).history
    known = np.where(history.known(int(at.timestamp())), history.values, np.nan)
    return dict(zip(history.ids, known, strict=True))


def _from_flows(
    park: Park, description: Description, unit: Unit, power: Mapping[str, FloatArray]
) -> tuple[float, float] | None:
    there = channels(park)
    flows = []
    for activity in IN_AND_OUT:
        mine = [power[m] for m in unit.meters if m in power and there[m][1].activity == activity]
        if not mine:
            return None
        flows.append(np.sum(mine, axis=0))
    return content_bounds(
        flows[0],
        flows[1],
        energy_kwh=unit.energy_kwh or 0.0,
        power_kw=unit.capacity_kw or 0.0,
        efficiency=unit.efficiency or 1.0,
        loss_per_hour=unit.loss_per_hour,
        hours=step_seconds(description) / 3600,
    )


def _level(workspace: Workspace, park: Park, unit: Unit, at: datetime) -> float | None:
    """The newest level that was known and is not too old. [kWh]"""
    info, book = carriers(park), Book(park)
    for name, (_, c) in channels(park).items():
        if c.kind != "level" or c.asset != unit.id:
            continue
        terms, (per, shown) = book.terms(channel_key(name)), per_unit(info[c.carrier])
        if terms is None or shown != "kW":
            continue
        rows = workspace.store.readings(
            channels=[channel_key(name)], start=at - timedelta(hours=NEWEST_H), end=at + timedelta(microseconds=1)
        )
        good = pc.is_in(rows["quality"], pa.array([int(Quality.MEASURED), int(Quality.CONFIRMED)], pa.int8()))
        rows = rows.filter(pc.and_(good, rows["value"].is_valid()))
        start = rows["start"].cast(pa.int64()).to_numpy() // MICRO
        seen = np.flatnonzero(rows_known(workspace, rows, c) <= int(at.timestamp()))
        if len(seen):
            newest = int(seen[-1])
            factor = float(terms.era(int(start[newest])).factor)
            return float(rows["value"].to_numpy()[newest]) * factor / 1000 * per
    return None


def _outputs(description: Description, power: Mapping[str, FloatArray]) -> dict[str, float]:
    """The newest known power of converters, on the side that is metered. [kW]"""
    newest = int(NEWEST_H * 3600 // step_seconds(description))
    found = {}
    for unit in description.units:
        mine = [power[m][-newest:] for m in unit.meters if m in power]
        if not mine or unit.kind in STORES or unit.available:
            continue
        total = np.sum(mine, axis=0)
        good = np.flatnonzero(np.isfinite(total))
        if len(good):
            found[unit.id] = float(total[good[-1]])
    return found
