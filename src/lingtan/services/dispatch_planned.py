"""What the plans of enterprises change in the park's loads: stops, shifts and levels of production that were stated by then.

A load of the park is forecast as one series, which knows nothing of one enterprise's plan. So each enterprise with a plan is forecast
by plain similar days, with its plan and as if it had none; the difference is what the park's load is moved by.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from lingtan.forecast.features import WINDOW
from lingtan.forecast.issue import Models, issue
from lingtan.optimize.model import FloatArray
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.workspace import Workspace

STEP_S = 3600
SMALL_KW = 0.5


def planned_change(
    workspace: Workspace, sources: ForecastSources, at: datetime, begin: int, hours: int
) -> dict[str, FloatArray]:
    """By carrier what stated plans add to the hours from ``begin`` on (negative for a stop), where they change anything. [kW]"""
    if sources.shifts() is None:
        return {}
    panel = read_panel(workspace, at - timedelta(days=WINDOW + 6), at, sources, step_s=STEP_S)
    blind = replace(panel, surroundings=replace(panel.surroundings, shifts=None))
    moment = int(at.timestamp())
    none = Models({}, moment, "none")
    said, unsaid = (issue(p, none, moment, hours, start=begin, coherent=False) for p in (panel, blind))
    found: dict[str, FloatArray] = {}
    for target in panel.targets:
        if target.kind != "load" or target.level != "enterprise" or target.unit != "kW" or target.id not in said.series:
            continue
        moved = said.mean(target.id) - unsaid.mean(target.id)
        if np.abs(moved).max() > SMALL_KW:
            carrier = target.id.rsplit(":", 1)[-1]
            found[carrier] = found.get(carrier, np.zeros(hours)) + moved
    return found
