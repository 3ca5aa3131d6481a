"""What a forecast says now of the very series that dispatch plans on, learnt from what was known.

The same targets as in :mod:`dispatch_outlook`, so that a plan expects what it will be settled against, losses and all. A model is
learnt once in five weeks and kept; each plan issues anew, so the newest readings always count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.base.errors import SourceError
from lingtan.forecast.backtest import caught_up
from lingtan.forecast.boosted import Effort
from lingtan.forecast.features import WINDOW
from lingtan.forecast.issue import Models, issue
from lingtan.forecast.quarters import A_DAY, QUARTER_S, quarter_shape
from lingtan.forecast.record import QUANTILES
from lingtan.forecast.targets import Plan
from lingtan.optimize.dispatch.inputs import Horizon
from lingtan.optimize.dispatch.park_nodes import POWER
from lingtan.optimize.dispatch.record import SPOT, Description
from lingtan.optimize.model import FloatArray
from lingtan.services.dispatch_expected import Recent
from lingtan.services.dispatch_outlook import STEP_S
from lingtan.services.dispatch_planned import planned_change
from lingtan.services.dispatch_series import spot_price
from lingtan.services.dispatch_targets import outlook_plan
from lingtan.services.forecast_models import EFFORT, TRAINED_DAYS, zone_seconds
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources, NoSources
from lingtan.services.ports import Listener, silent
from lingtan.services.run_forecast import CATCH_UP_DAYS, models_for
from lingtan.services.workspace import Workspace

MOST_AHEAD_S = 7 * 86_400  # that a plan may begin later than it is made


@dataclass(frozen=True)
class Expectation:
    """Means and quantiles by series of the description, from the start on. [kW; prices CNY/kWh]"""

    mean: dict[str, FloatArray]
    quantiles: tuple[float, ...]
    tables: dict[str, FloatArray]  # rows are steps
    sources: dict[str, str]  # series: ``forecast``, or the simpler rule that stood in
    notes: tuple[Mapping[str, Any], ...] = ()


def shaped(found: Expectation, known: Recent, horizon: Horizon, description: Description) -> Expectation:
    """The hours of a forecast run as they usually do within the hour, where quarter hours are planned on; prices do not."""
    if known.step_s != QUARTER_S or horizon.step_minutes > QUARTER_S // 60:
        return found
    zone_s = zone_seconds(horizon.zone, horizon.start)
    begin = int(horizon.start.timestamp()) + zone_s
    slot = (begin + np.arange(horizon.steps) * horizon.step_minutes * 60) // QUARTER_S % A_DAY
    mean, tables = dict(found.mean), dict(found.tables)
    for name, values in found.mean.items():
        past = known.series.get(name)
        if name not in description.price_series and past is not None and past.min(initial=0.0) >= 0.0:
            share = quarter_shape(past, int(known.start.timestamp()), zone_s)[slot]
            mean[name], tables[name] = values * share, tables[name] * share[:, None]
    return replace(found, mean=mean, tables=tables)


@dataclass
class LiveOutlook:
    """Forecasts for one description; models are opened once, and an hour's issue serves all plans of that hour."""

    workspace: Workspace
    description: Description
    sources: ForecastSources = field(default_factory=NoSources)
    listener: Listener = silent
    effort: Effort = EFFORT
    days: int = TRAINED_DAYS
    _models: Models | None = None
    _issued: dict[tuple[int, int, int], Expectation] = field(default_factory=dict)

    def expected(self, at: datetime, start: datetime, steps: int, step_minutes: int) -> Expectation | None:
        """What was known at ``at`` lets expect of ``steps`` steps from ``start`` on; None where no series is metered, or too far ahead."""
        moment = int(min(at, start).timestamp()) // STEP_S * STEP_S
        if not self._plan().targets or start.timestamp() - moment > MOST_AHEAD_S:
            return None
        begin = int(start.timestamp()) // STEP_S * STEP_S
        end = int(start.timestamp()) + steps * step_minutes * 60
        hours = -(-(end - begin) // STEP_S)
        key = moment, begin, hours
        if key not in self._issued:
            self._issued = {key: self._issue(moment, begin, hours)}
        whole = self._issued[key]
        row = (int(start.timestamp()) - begin + np.arange(steps) * step_minutes * 60) // STEP_S
        mean = {n: v[row] for n, v in whole.mean.items()}
        return Expectation(
            mean, whole.quantiles, {n: t[row] for n, t in whole.tables.items()}, whole.sources, whole.notes
        )

    def prepare(self, at: datetime) -> bool:
        """Learn what a plan at an instant will need, unless it is kept; whether there is a model."""
        return bool(self._model(at, self.sources).kinds)

    def _issue(self, moment: int, begin: int, hours: int) -> Expectation:
        notes: list[Mapping[str, Any]] = []
        at = datetime.fromtimestamp(moment, UTC)
        try:
            self.sources.weather(at, at + timedelta(hours=1))
            sources = self.sources
        except SourceError as error:
            sources = NoSources()
            notes.append({"code": "dispatch.no-weather", "why": error.code})
        models = self._model(at, sources)
        panel = self._panel(at, WINDOW + CATCH_UP_DAYS + 6, sources)
        made = issue(panel, caught_up(panel, models, moment, CATCH_UP_DAYS), moment, hours, start=begin)
        mean, tables, told = {}, {}, {}
        for name in panel.history.ids:
            found = made.series.get(name)
            if found is None or found.model == "unknown" or name not in self.description.series:
                continue
            mean[name], tables[name] = made.mean(name), found.values
            told[name] = found.model if found.fallback else "forecast"
        self._known_ahead(mean, tables, told, moment, begin, hours)
        for carrier, moved in planned_change(self.workspace, sources, at, begin, hours).items():
            name = "load" if carrier == POWER else carrier
            if name in mean:
                mean[name] = np.maximum(mean[name] + moved, 0.0)
                tables[name] = np.maximum(tables[name] + moved[:, None], 0.0)
                least, most = round(float(moved.min())), round(float(moved.max()))
                notes.append({"code": "dispatch.planned", "series": name, "least": least, "most": most})
        if models.kinds:
            trained = datetime.fromtimestamp(models.trained_at, ZoneInfo(self.description.timezone))
            notes.append(
                {"code": "dispatch.forecast-model", "model": models.digest[:12], "trained": f"{trained:%Y-%m-%d %H:%M}"}
            )
        return Expectation(mean, made.quantiles, tables, told, tuple(notes))

    def _known_ahead(
        self,
        mean: dict[str, FloatArray],
        tables: dict[str, FloatArray],
        told: dict[str, str],
        moment: int,
        begin: int,
        hours: int,
    ) -> None:
        """Spot prices that were published beforehand are what they are."""
        start, end = (datetime.fromtimestamp(s, UTC) for s in (begin, begin + hours * STEP_S))
        spot = spot_price(self.sources, self.description, start, end, STEP_S)
        if spot is None:
            return
        known = np.isfinite(spot.values[0]) & (spot.available[0] <= moment)
        if SPOT not in mean:
            if not known.all():
                return
            mean[SPOT], tables[SPOT] = spot.values[0], np.repeat(spot.values[0][:, None], len(QUANTILES), axis=1)
            told[SPOT] = "published"
            return
        mean[SPOT] = np.where(known, spot.values[0], mean[SPOT])
        tables[SPOT] = np.where(known[:, None], spot.values[0][:, None], tables[SPOT])
        if known.all():
            told[SPOT] = "published"

    def _panel(self, at: datetime, days: int, sources: ForecastSources) -> Any:
        return read_panel(self.workspace, at - timedelta(days=days), at, sources, step_s=STEP_S, wanted=self._plan())

    def _model(self, at: datetime, sources: ForecastSources) -> Models:
        """The newest model of these series that is not stale; learnt and kept where there is none and enough to learn from."""
        if self._models is None or self._models.trained_at > at.timestamp():
            self._models, _ = models_for(
                self.workspace, sources, at, wanted=self._plan(), step_s=STEP_S, days=self.days, effort=self.effort,
                listener=self.listener,
            )  # fmt: skip
        return self._models

    def _plan(self) -> Plan:
        return outlook_plan(self.description, self.workspace.park)
