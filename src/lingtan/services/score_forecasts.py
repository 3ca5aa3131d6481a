"""Backtest a period: what forecasts would have been worth, by target and horizon."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from lingtan.base.errors import DataError
from lingtan.base.ids import digest
from lingtan.base.time import Period, iso
from lingtan.forecast.backtest import Backtest, backtest
from lingtan.forecast.boosted import Effort
from lingtan.forecast.features import WINDOW
from lingtan.forecast.history import DAY
from lingtan.forecast.targets import plan
from lingtan.services.forecast_models import TRAINED_DAYS, zone_seconds
from lingtan.services.forecast_names import name_of_id
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.workspace import Workspace

FOLDER = "forecast/scores/"
LEAST_DAYS = 21  # of readings before the first origin
SAMPLE_DAYS = 11  # between origins of a sample; no multiple of a week
FULL = Effort(rows=90_000)
QUICK = Effort(rows=40_000, trees=120, rate=0.08)


@dataclass(frozen=True)
class Scored:
    """A backtest with the name it is kept under."""

    id: str
    period: Period
    result: Backtest
    record: dict[str, Any]


def score_forecasts(
    workspace: Workspace,
    sources: ForecastSources,
    period: str,
    *,
    sample: bool = False,
    hours: float = 48,
    hour: int = 0,
    as_of: int | None = None,
    listener: Listener = silent,
) -> Scored:
    """Forecast each day of a period from its hour ``hour`` (local), from what was known then, and score it.

    With ``sample`` only every eleventh day, with models trained every three months.

    Raises
    ------
    DataError
        ``forecast.too-few-days`` where no day of the period has three weeks of readings before it.
    """
    zone = workspace.park.park.timezone
    span = Period.parse(period, zone)
    if span.start >= workspace.clock():
        raise DataError("forecast.too-few-days", at=iso(span.start))
    panel = read_panel(
        workspace,
        span.start - timedelta(days=TRAINED_DAYS + WINDOW),
        min(span.end + timedelta(hours=hours), workspace.clock()),
        sources,
        as_of=as_of,
    )
    import numpy as np

    history = panel.history
    some = np.flatnonzero(np.isfinite(history.values).any(axis=0))
    if not len(some):
        raise DataError("forecast.no-readings")
    ready = history.start_s + int(some[0]) * history.step_s + LEAST_DAYS * DAY
    last = history.start_s + int(some[-1]) * history.step_s
    first = int(span.start.timestamp()) + hour * 3600
    every = SAMPLE_DAYS if sample else 1
    origins = [o for o in range(first, int(span.end.timestamp()), DAY) if ready <= o <= last - 6 * 3600][::every]
    if not origins:
        raise DataError("forecast.too-few-days", at=iso(span.start))
    made = backtest(
        panel,
        origins,
        steps=round(hours * 3600 / history.step_s),
        days=TRAINED_DAYS,
        effort=QUICK if sample else FULL,
        zone_s=zone_seconds(zone, span.start),
        retrain_days=91 if sample else 28,
        listener=lambda done, total: listener(Progress("forecast-score", done, total)),
    )
    record = {
        "period": span.label,
        "sample": sample,
        "hours": hours,
        "as_of": workspace.store.head() if as_of is None else as_of,
        "sources": sources.state(),
        "origins": [iso(_at(o)) for o in origins],
        "trained": [iso(_at(o)) for o in made.trained],
        "synthetic": workspace.park.park.synthetic,
        "fallbacks": made.fallbacks,
        "scores": [asdict(s) for s in made.scores],
    }
    name = f"{span.label}-{digest(record)[:16]}"
    workspace.blobs.put(f"{FOLDER}{name}.json", json.dumps(record, ensure_ascii=False).encode())
    return Scored(name, span, made, record)


def _at(moment: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC)


def score_page(workspace: Workspace, made: Scored, lang: str) -> str:
    """The page of charts about a backtest: the park, its largest enterprises, PV and wind."""
    from lingtan.base.text import label, say
    from lingtan.forecast.page import page

    own = {s.target: s for s in made.result.scores if s.method == "forecast"}
    large = sorted(
        (t for t in own if t.endswith(":electricity") and not t.startswith("park:")), key=lambda t: -own[t].mean_actual
    )
    shown = [t for t in ("park:electricity", *large[:2], "park:pv", "park:wind", "price") if t in own]
    shown += [t for t in own if own[t].kind == "wind" and "park:wind" not in own][:1]
    targets = {t.id: t for t in plan(workspace.park, meters=True).targets}
    names = {t: name_of_id(workspace.park, t, score.kind, lang, targets) for t, score in own.items()}
    title = say("forecast-page.title", lang, park=label(workspace.park.park.name, lang), period=made.period.label)
    return page(
        made.result, title=title, lang=lang, zone=made.period.zone, synthetic=workspace.park.park.synthetic,
        names=names, shown=shown,
    )  # fmt: skip
