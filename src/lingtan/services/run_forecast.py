"""Issue a forecast and keep it, so that it can be shown, explained and scored as it was."""

import gzip
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import digest, nearest
from lingtan.forecast.backtest import caught_up
from lingtan.forecast.boosted import Effort
from lingtan.forecast.explain import Explanation
from lingtan.forecast.explain import explain as explained
from lingtan.forecast.features import WINDOW
from lingtan.forecast.issue import Models, Panel, issue
from lingtan.forecast.record import Forecast
from lingtan.forecast.targets import Plan
from lingtan.services.forecast_models import EFFORT, STEP_S, TRAINED_DAYS, default_at, newest_models, train_forecast
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.ports import Listener, silent
from lingtan.services.workspace import Workspace

_log = logging.getLogger(__name__)
FOLDER = "forecast/runs/"
UNLEARNT = ("forecast.too-few-days", "forecast.no-lightgbm")
CATCH_UP_DAYS = 14
MOST_HOURS = 168


@dataclass(frozen=True)
class Issued:
    """A forecast with the name it is kept under; ``trained`` says whether a model had to be trained for it first."""

    id: str
    forecast: Forecast
    trained: bool = False


def run_forecast(
    workspace: Workspace,
    sources: ForecastSources,
    at: datetime | None = None,
    *,
    hours: float = 48,
    start: datetime | None = None,
    meters: bool = False,
    as_of: int | None = None,
    listener: Listener = silent,
) -> Issued:
    """Forecast every target of the park from what was known at ``at``; a missing model is trained first.

    Parameters
    ----------
    at
        When it is issued; else now, or where the readings end.
    hours
        How far ahead, from ``start`` on, else from ``at``; at most a week.
    as_of
        The revision of the readings; else the newest.

    Raises
    ------
    InputError
        ``forecast.bad-horizon``.
    DataError
        ``forecast.no-readings``.
    """
    when = at or default_at(workspace)
    ahead = (start - when).total_seconds() / 3600 if start else 0.0
    if not 0.25 <= hours <= MOST_HOURS or ahead < 0 or ahead + hours > MOST_HOURS:
        raise InputError("forecast.bad-horizon", hours=f"{hours:g}", most=MOST_HOURS)
    models, trained = models_for(workspace, sources, when, meters=meters, as_of=as_of, listener=listener)
    panel = recent_panel(workspace, sources, when, meters=meters, as_of=as_of)
    moment = int(when.timestamp())
    ready = caught_up(panel, models, moment, CATCH_UP_DAYS)
    rev = workspace.store.head() if as_of is None else as_of
    made = issue(
        panel,
        ready,
        moment,
        round(hours * 3600 / panel.history.step_s),
        start=int(start.timestamp()) if start else None,
        as_of=rev,
    )
    name = f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest(made.as_dict())[:16]}"
    workspace.blobs.put(f"{FOLDER}{name}.json.gz", gzip.compress(json.dumps(made.as_dict()).encode(), 6, mtime=0))
    return Issued(name, made, trained)


def models_for(
    workspace: Workspace,
    sources: ForecastSources,
    at: datetime,
    *,
    meters: bool = False,
    as_of: int | None = None,
    wanted: Plan | None = None,
    step_s: int = STEP_S,
    days: int = TRAINED_DAYS,
    effort: Effort = EFFORT,
    listener: Listener = silent,
) -> tuple[Models, bool]:
    """The newest model trained no later than ``at``, else one trained for ``at``; and whether it was trained now.

    Where nothing can be learnt there is no model of any kind, and every series falls back to a simpler rule that is named.
    """
    found = newest_models(workspace, at, meters=meters, wanted=wanted)
    if found is not None:
        return found, False
    try:
        made, _, kept = train_forecast(
            workspace,
            sources,
            at,
            days=days,
            meters=meters,
            wanted=wanted,
            step_s=step_s,
            as_of=as_of,
            effort=effort,
            listener=listener,
        )
    except DataError as error:
        if error.code not in UNLEARNT:
            raise
        _log.info("forecast by simple rules: %s", error.code)
        return Models({}, int(at.timestamp()), "none"), False
    return made, not kept


def recent_panel(
    workspace: Workspace, sources: ForecastSources, at: datetime, *, meters: bool = False, as_of: int | None = None
) -> Panel:
    """The readings that a forecast at ``at`` looks at."""
    begin = at - timedelta(days=WINDOW + CATCH_UP_DAYS + 6)
    return read_panel(workspace, begin, at, sources, meters=meters, as_of=as_of)


def load_forecast(workspace: Workspace, name: str = "") -> Issued:
    """A kept forecast; the newest without a name.

    Raises
    ------
    DataError
        ``forecast.none-kept``.
    InputError
        ``forecast.no-run`` with the nearest one.
    """
    names = kept_forecasts(workspace)
    if not names:
        raise DataError("forecast.none-kept")
    wanted = name or names[-1]
    data = workspace.blobs.get(f"{FOLDER}{wanted}.json.gz") if wanted in names else None
    if data is None:
        raise InputError("forecast.no-run", run=wanted, nearest=nearest(wanted, names) or names[-1])
    return Issued(wanted, Forecast.from_dict(json.loads(gzip.decompress(data))))


def kept_forecasts(workspace: Workspace) -> list[str]:
    """Names of kept forecasts, the newest issue last."""
    return [n.removeprefix(FOLDER).removesuffix(".json.gz") for n in workspace.blobs.names(FOLDER)]


def explain_forecast(
    workspace: Workspace,
    sources: ForecastSources,
    target: str,
    name: str = "",
    *,
    day: int = 0,
    listener: Listener = silent,
) -> tuple[Issued, Explanation]:
    """Drivers and similar days of one target on the day ``day`` after a kept forecast's start.

    Raises
    ------
    InputError
        ``forecast.no-target``; ``forecast.not-modelled`` where a simpler rule or no model made it.
    """
    kept = load_forecast(workspace, name)
    made = kept.forecast
    if target not in made.series:
        raise InputError("forecast.no-target", target=target, nearest=nearest(target, made.series) or "–")
    series = made.series[target]
    meters = any(s.target.level == "meter" and s.target.kind == "load" for s in made.series.values())
    models, _ = models_for(workspace, sources, made.known_at, meters=meters, as_of=made.as_of, listener=listener)
    panel = recent_panel(workspace, sources, made.known_at, meters=meters, as_of=made.as_of)
    if series.target.kind not in models.kinds:
        raise InputError("forecast.not-modelled", target=target, model=series.model)
    import numpy as np

    at = int(made.known_at.timestamp())
    first = (int(made.start.timestamp()) - -(-at // made.step_s) * made.step_s) // made.step_s
    per_day = 86_400 // made.step_s
    low, high = day * per_day, min((day + 1) * per_day, made.steps)
    if not 0 <= low < high:
        raise InputError("forecast.bad-day", day=day, days=-(-made.steps // per_day))
    leads = np.arange(first + low, first + high, dtype=np.int64)
    return kept, explained(panel, models.kinds[series.target.kind], series.target, at, leads)
