"""The newest kept forecast that a plan may use: issued before the horizon begins, and long enough for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from lingtan.base.errors import LingtanError
from lingtan.optimize.model import FloatArray
from lingtan.services.workspace import Workspace

NEWEST = 20  # kept forecasts that are looked through
TARGETS = {"load": "park:electricity", "steam": "park:steam"}
KWH_PER_GJ = 1 / 0.0036


@dataclass(frozen=True)
class Expectation:
    """Means and quantiles by series of the dispatch description, from the start on. [kW]"""

    id: str
    mean: dict[str, FloatArray]
    quantiles: tuple[float, ...]
    tables: dict[str, FloatArray]  # rows are steps


def expectation(
    workspace: Workspace, series: list[str], start: datetime, steps: int, step_minutes: int
) -> Expectation | None:
    """What a kept forecast says of these series; None if none covers the horizon."""
    from lingtan.services.run_forecast import kept_forecasts, load_forecast

    for name in sorted(kept_forecasts(workspace), reverse=True)[:NEWEST]:
        try:
            forecast = load_forecast(workspace, name).forecast
        except (LingtanError, KeyError, ValueError):
            continue
        end = forecast.start + timedelta(seconds=forecast.step_s * forecast.steps)
        if forecast.known_at > start or forecast.start > start or end < start + timedelta(minutes=steps * step_minutes):
            continue
        at = (np.arange(steps) * step_minutes * 60 + (start - forecast.start).total_seconds()) // forecast.step_s
        index = at.astype(int)
        mean, tables = {}, {}
        for wanted in series:
            target = TARGETS.get(wanted, wanted.removesuffix("-available"))
            found = forecast.series.get(target)
            if found is None or found.model == "unknown":
                continue
            per = KWH_PER_GJ if found.target.unit.startswith("GJ") else 1.0
            mean[wanted] = forecast.mean(target)[index] * per
            tables[wanted] = found.values[index] * per
        if mean:
            return Expectation(name, mean, forecast.quantiles, tables)
    return None
