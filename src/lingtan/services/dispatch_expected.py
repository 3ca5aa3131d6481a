"""What is expected of a horizon: a forecast where there is one, else the weeks before, by what was known when it begins."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from lingtan.base.errors import DataError
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.peaks import usual_peaks
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.replay import weekly_naive
from lingtan.optimize.model import FloatArray
from lingtan.services.dispatch_series import FADE_HOURS, filled_in
from lingtan.services.dispatch_targets import peak_plan, recent_plan
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources, NoSources
from lingtan.services.workspace import Workspace

if TYPE_CHECKING:
    from lingtan.services.dispatch_live import Expectation

DAYS = 28
NEWEST_H = 3.0  # the newest known value may be so old


def step_seconds(description: Description) -> int:
    """On which grid readings are looked at: quarter hours, as demand is metered, unless steps are hours."""
    return 3600 if description.step_minutes == 60 else 900


@dataclass(frozen=True)
class Recent:
    """The weeks before an instant as they were known at it: every series without gaps, and how far the newest value is off."""

    start: datetime
    step_s: int
    series: dict[str, FloatArray]
    wrong: dict[str, tuple[float, float]]  # above the week before, and its age [h]

    def hourly(self) -> dict[str, FloatArray]:
        """Means by hour."""
        per = 3600 // self.step_s
        return {n: v[: len(v) // per * per].reshape(-1, per).mean(axis=1) for n, v in self.series.items()}


def recent(
    workspace: Workspace,
    description: Description,
    at: datetime,
    *,
    sources: ForecastSources | None = None,
) -> Recent:
    """What was known at an instant of the four weeks before it.

    Raises
    ------
    DataError
        ``dispatch.no-readings`` if a series has nothing, ``dispatch.no-source`` if it has no channels.
    """
    step_s = step_seconds(description)
    end = int(at.timestamp()) // step_s * step_s
    first = datetime.fromtimestamp((end - DAYS * 86_400) // 3600 * 3600, UTC)
    stop = datetime.fromtimestamp(end, UTC)
    wanted = recent_plan(description, workspace.park)
    history = None
    if wanted.targets:
        history = read_panel(workspace, first, stop, sources or NoSources(), step_s=step_s, wanted=wanted).history
    there = {*description.constants, *(history.ids if history else ())}
    lacking = [n for n in description.series if n not in there]
    if lacking:
        raise DataError("dispatch.no-source", series=lacking[0])
    series: dict[str, FloatArray] = {}
    wrong: dict[str, tuple[float, float]] = {}
    count, week = (end - int(first.timestamp())) // step_s, 7 * 86_400 // step_s
    if history is not None:
        known = np.where(history.known(int(at.timestamp())), history.values, np.nan)[:, :count]
        for name, values in zip(history.ids, known, strict=True):
            if name not in description.series:
                continue
            good = np.flatnonzero(np.isfinite(values))
            if not len(good):
                raise DataError("dispatch.no-readings", channel=name, period=f"{first:%Y-%m-%d}")
            series[name] = filled_in(values, week)
            last, age = int(good[-1]), (count - int(good[-1])) * step_s / 3600
            if age <= NEWEST_H and last >= week and np.isfinite(values[last - week]):
                wrong[name] = float(values[last] - values[last - week]), age
    series |= {n: np.full(count, v) for n, v in description.constants.items()}
    return Recent(first, step_s, series, wrong)


def expected_inputs(
    workspace: Workspace,
    description: Description,
    horizon: Horizon,
    state: State,
    *,
    forecast: "Expectation | None" = None,
    known: Recent | None = None,
    sources: ForecastSources | None = None,
) -> Inputs:
    """What is expected of a horizon: a forecast where there is one, else what was a week before and the latest error, fading.

    Raises
    ------
    DataError
        ``dispatch.no-readings`` if there is nothing of the four weeks before.
    """
    past = known or recent(workspace, description, horizon.start, sources=sources)
    hours = past.step_s / 3600
    begin = len(next(iter(past.series.values()), np.zeros(0)))
    ahead = -(-horizon.steps * horizon.step_minutes * 60 // past.step_s) + 1
    naive = dict(weekly_naive(past.series, hours)(begin, ahead))
    for name, (error, age) in past.wrong.items():
        fading = error * np.exp(-(age + np.arange(ahead) * hours) / FADE_HOURS)
        moved = naive[name] + fading
        naive[name] = np.maximum(moved, 0.0) if past.series[name].min() >= 0 else moved
    seconds = np.arange(horizon.steps) * horizon.step_minutes * 60
    offset = int(horizon.start.timestamp()) - (int(past.start.timestamp()) + begin * past.step_s)
    at = np.clip((seconds + offset) // past.step_s, 0, ahead - 1)
    series = {n: np.asarray(v[at], float) for n, v in naive.items()}
    source = dict.fromkeys(series, "weekly-naive")
    if forecast is not None:
        for name, values in forecast.mean.items():
            if name in series and len(values) == horizon.steps and np.isfinite(values).all():
                series[name], source[name] = np.asarray(values, float), forecast.sources[name]
    return Inputs(horizon, series, all_prices(description, horizon, series), state, source)


def month_peaks(workspace: Workspace, description: Description, at: datetime) -> dict[str, float]:
    """The highest import of the running local month so far that was known, by grid; over quarter hours unless steps are hours.

    [kW]
    """
    horizon = Horizon(at, 1, description.step_minutes, description.timezone)
    start = horizon.local(0).replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    wanted = peak_plan(description)
    if not wanted.targets or (at - start).total_seconds() < 3600:
        return {}
    read = read_panel(workspace, start, at, NoSources(), step_s=step_seconds(description), wanted=wanted).history
    known = np.where(read.known(int(at.timestamp())), read.values, np.nan)
    return {g: float(np.nanmax(v)) for g, v in zip(read.ids, known, strict=True) if np.isfinite(v).any()}


def usual_month_peaks(description: Description, known: Recent) -> dict[str, float]:
    """The peak that the month will see in any case, from the weeks that are known. [kW]"""
    series = known.hourly()
    steps = min((len(v) for v in series.values()), default=0)
    hourly = description.model_copy(update={"step_minutes": 60})
    horizon = Horizon(known.start, steps, 60, description.timezone)
    return usual_peaks(hourly, horizon, {n: v[:steps] for n, v in series.items()})


def planning_state(state: State, usual: Mapping[str, float]) -> State:
    """A state whose peaks are at least those that the month will see in any case."""
    held = {g: max(state.peak_kw.get(g, 0.0), kw) for g, kw in usual.items()}
    return replace(state, peak_kw={**state.peak_kw, **held})
