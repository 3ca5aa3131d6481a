"""Forecast work of the child processes: train, issue, score, fetch, compare with what came, explain."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingtan.apps.web.job_space import space_of
from lingtan.services.ports import Listener, Progress

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace


def train(root: Path, listener: Listener, *, at: str = "", days: int = 150, meters: bool = False) -> dict[str, Any]:
    """Train the models of a time and keep them."""
    from lingtan.base.time import iso
    from lingtan.services.forecast_models import train_forecast
    from lingtan.wiring import forecast_sources

    space = space_of(root)
    made, panel, kept = train_forecast(
        space, forecast_sources(space), _instant(space, at), days=days, meters=meters, listener=listener
    )
    return {
        "model": made.digest,
        "trained_at": iso(datetime.fromtimestamp(made.trained_at, UTC)),
        "kept_before": kept,
        "kinds": {k: {"rows": m.rows, "targets": len(panel.of(k))} for k, m in made.kinds.items()},
        "left_out": [dict(n) for n in panel.left_out],
    }


def run(
    root: Path, listener: Listener, *, at: str = "", start: str = "", hours: float = 48, meters: bool = False
) -> dict[str, Any]:
    """Issue a forecast and keep it; a model that is missing is trained first."""
    from lingtan.services.forecast_outcome import forecast_outcome
    from lingtan.services.run_forecast import run_forecast
    from lingtan.wiring import forecast_sources

    space = space_of(root)
    sources = forecast_sources(space)
    made = run_forecast(
        space, sources, _instant(space, at), hours=hours, start=_instant(space, start), meters=meters, listener=listener
    )
    listener(Progress("forecast-outcome", 0, 1))
    forecast_outcome(space, sources, made.id)
    return {"run": made.id, "trained_now": made.trained, "targets": len(made.forecast.series)}


def score(
    root: Path, listener: Listener, *, period: str, sample: bool = True, hours: float = 48, hour: int = 0
) -> dict[str, Any]:
    """Backtest a period and keep its scores."""
    from lingtan.services.score_forecasts import score_forecasts
    from lingtan.wiring import forecast_sources

    space = space_of(root)
    made = score_forecasts(
        space, forecast_sources(space), period, sample=sample, hours=hours, hour=hour, listener=listener
    )
    return {"score": made.id, "origins": len(made.result.origins)}


def fetch(root: Path, listener: Listener) -> dict[str, Any]:
    """Ask the weather server for the coming week."""
    from lingtan.wiring import fetch_forecast_weather

    return {"rows": fetch_forecast_weather(space_of(root))}


def outcome(root: Path, listener: Listener, *, run: str) -> dict[str, Any]:
    """What was known, what is known since, and what came."""
    from lingtan.services.forecast_outcome import forecast_outcome
    from lingtan.wiring import forecast_sources

    space = space_of(root)
    return forecast_outcome(space, forecast_sources(space), run)


def why(root: Path, listener: Listener, *, run: str, target: str, day: int = 0) -> dict[str, Any]:
    """Drivers and similar days."""
    from lingtan.services.forecast_outcome import forecast_reasons
    from lingtan.wiring import forecast_sources

    space = space_of(root)
    return forecast_reasons(space, forecast_sources(space), target, run, day=day)


def _instant(space: "Workspace", text: str) -> datetime | None:
    from lingtan.base.time import parse_instant

    return parse_instant(text, space.park.park.timezone) if text else None


FORECAST_JOBS: dict[str, Callable[..., Any]] = {
    "forecast_fetch": fetch,
    "forecast_outcome": outcome,
    "forecast_run": run,
    "forecast_score": score,
    "forecast_train": train,
    "forecast_why": why,
}
