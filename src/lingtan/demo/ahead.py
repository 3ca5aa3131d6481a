"""What the demo park looks ahead to: forecasts of its last days beside what came, a plan to approve, a few steps on the simulated plant.

It is what a person would do with ``lingtan forecast`` and ``lingtan dispatch``, with a smaller model so that it takes seconds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lingtan.base.errors import LingtanError
from lingtan.base.time import parse_instant
from lingtan.services.ports import Listener, Progress, silent

if TYPE_CHECKING:
    from lingtan.services.access.ports import AuditLog
    from lingtan.services.forecast_sources import ForecastSources
    from lingtan.services.workspace import Workspace

DAY = "2025-12-30"  # the day that is planned; readings go on, so that what came stands beside it
BACKTEST = "2025-12"
WAYS = ("rules", "day-ahead")  # and perfect foresight: a month in seconds
BY = "demo"
DAYS, ROWS, TREES, RATE = 28, 12_000, 50, 0.12
STEPS = 6  # on the simulated plant
PARTS = 4


def look_ahead(
    space: "Workspace",
    sources: "ForecastSources",
    audit: "AuditLog",
    make_plant: Callable[[Any, datetime, Any], Any],
    listener: Listener = silent,
) -> dict[str, str]:
    """Forecasts, a plan, a rolling run and a backtest; their ids. What is kept already is not made again.

    The account does not rest on any of it: what fails is left out, and pages say that there is none.
    """
    from lingtan.services.run_forecast import kept_forecasts

    if kept_forecasts(space):
        return {}
    found: dict[str, str] = {}
    zone = space.park.park.timezone
    day = parse_instant(DAY, zone)
    steps: tuple[Callable[[], dict[str, str]], ...] = (
        lambda: _forecasts(space, sources, day),
        lambda: _roll(space, sources, audit, make_plant, day),
        lambda: _plan(space, sources, audit, day),
        lambda: _backtest(space),
    )
    for number, step in enumerate(steps):
        listener(Progress("demo-ahead", number, PARTS))
        try:
            found |= step()
        except LingtanError as error:
            found[f"failed-{number}"] = error.code
    listener(Progress("demo-ahead", PARTS, PARTS))
    return found


def _forecasts(space: "Workspace", sources: "ForecastSources", day: datetime) -> dict[str, str]:
    from lingtan.forecast.boosted import Effort
    from lingtan.services.forecast_models import train_forecast
    from lingtan.services.forecast_outcome import forecast_outcome
    from lingtan.services.run_forecast import run_forecast

    effort = Effort(rows=ROWS, trees=TREES, rate=RATE)
    train_forecast(space, sources, day - timedelta(days=2), days=DAYS, effort=effort)
    # a day ahead, and again when the day begins
    earlier = run_forecast(space, sources, day - timedelta(hours=24), hours=48)
    made = run_forecast(space, sources, day, hours=48)
    for one in (earlier, made):
        forecast_outcome(space, sources, one.id)
    return {"forecast": made.id}


def _plan(space: "Workspace", sources: "ForecastSources", audit: "AuditLog", day: datetime) -> dict[str, str]:
    from lingtan.services.plan_dispatch import plan_dispatch

    return {"schedule": plan_dispatch(space, start=day, by=BY, audit=audit, hours=24, sources=sources).schedule.id}


def _roll(
    space: "Workspace",
    sources: "ForecastSources",
    audit: "AuditLog",
    make_plant: Callable[[Any, datetime, Any], Any],
    day: datetime,
) -> dict[str, str]:
    from lingtan.forecast.boosted import Effort
    from lingtan.services.dispatch_kept import keep_roll
    from lingtan.services.dispatch_live import LiveOutlook
    from lingtan.services.dispatch_store import description_of
    from lingtan.services.roll_dispatch import roll_dispatch

    at = day - timedelta(hours=16)  # the morning before
    effort = Effort(rows=ROWS, trees=TREES, rate=RATE)
    LiveOutlook(space, description_of(space)[0], sources, effort=effort, days=DAYS).prepare(at - timedelta(days=1))
    rolled = roll_dispatch(space, at, make_plant, audit=audit, by=BY, steps=STEPS, hours=12, auto=True, sources=sources)
    return {"roll": keep_roll(space, rolled, by=BY, steps=STEPS, hours=12, auto=True)}


def _backtest(space: "Workspace") -> dict[str, str]:
    from lingtan.services.backtest_dispatch import backtest_dispatch
    from lingtan.services.dispatch_kept import keep_backtest

    return {"backtest": keep_backtest(space, backtest_dispatch(space, BACKTEST, ways=WAYS, expect="week"))}
