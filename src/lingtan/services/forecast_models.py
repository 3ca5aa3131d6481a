"""Trained models kept in the workspace, each named by the moment it was trained for and the digest of its inputs."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.base.errors import DataError
from lingtan.base.ids import channel_key, digest, digest_bytes
from lingtan.forecast.backtest import train_all
from lingtan.forecast.boosted import Effort, can_learn
from lingtan.forecast.features import WINDOW
from lingtan.forecast.history import History
from lingtan.forecast.issue import Models, Panel
from lingtan.forecast.targets import Plan, plan
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.known_when import USUAL
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.workspace import Workspace

FOLDER = "forecast/models/"
VERSION = 5  # raised whenever the same inputs give another model
TRAINED_DAYS = 150
STALE_DAYS = 35  # a model that is older is trained anew
STEP_S = 900
EFFORT = Effort(rows=80_000, trees=120, rate=0.08)


def default_at(workspace: Workspace) -> datetime:
    """Now, or where the readings end if that is earlier."""
    keys = [channel_key(c) for c in plan(workspace.park).channels]
    ends = [r.start + timedelta(seconds=r.seconds) for r in workspace.store.latest(keys)] if keys else []
    if not ends:
        raise DataError("forecast.no-readings")
    return min(workspace.clock(), max(ends))


def train_forecast(
    workspace: Workspace,
    sources: ForecastSources,
    at: datetime | None = None,
    *,
    days: int = TRAINED_DAYS,
    meters: bool = False,
    wanted: Plan | None = None,
    step_s: int = STEP_S,
    as_of: int | None = None,
    effort: Effort = EFFORT,
    listener: Listener = silent,
) -> tuple[Models, Panel, bool]:
    """The model of what was known at ``at``, its panel, and whether it had been kept before.

    Of the park's targets, or those ``wanted``.

    Raises
    ------
    DataError
        ``forecast.no-readings``; ``forecast.too-few-days`` where nothing can be learnt, ``forecast.no-lightgbm`` where LightGBM
        cannot be loaded.
    """
    when = at or default_at(workspace)
    listener(Progress("forecast-read", 0, 1))
    panel = read_panel(
        workspace,
        when - timedelta(days=days + WINDOW),
        when,
        sources,
        step_s=step_s,
        meters=meters,
        as_of=as_of,
        wanted=wanted,
    )
    moment = int(when.timestamp())
    inputs = {
        "readings": _seen_digest(panel.history, moment),
        "temperature": _seen_digest(panel.surroundings.temperature, moment),
        "sources": sources.state(),
        "park": digest([t.as_dict() for t in panel.targets]),
    }
    told = {
        **inputs, "at": moment, "days": days, "effort": vars(effort), "version": VERSION,
        "zone": panel.surroundings.zone, "place": [panel.surroundings.latitude, panel.surroundings.longitude],
    }  # fmt: skip
    name = digest(told)
    path = f"{FOLDER}{when.astimezone(UTC):%Y%m%dT%H%M%SZ}-{_scope(workspace, meters, wanted)}-{name[:24]}.json.gz"
    kept = workspace.blobs.get(path)
    if kept is not None:
        return _opened(kept, name), panel, True
    if not can_learn():
        raise DataError("forecast.no-lightgbm")
    listener(Progress("forecast-train", 0, 1))
    made = train_all(panel, moment, days=days, effort=effort, zone_s=zone_seconds(panel.surroundings.zone, when))
    if not made.kinds:
        raise DataError("forecast.too-few-days", at=when.isoformat())
    data = {**made.as_dict(), "digest": name, "inputs": inputs, "version": VERSION}
    workspace.blobs.put(path, gzip.compress(json.dumps(data).encode(), 6, mtime=0))
    listener(Progress("forecast-train", 1, 1))
    return Models(made.kinds, moment, name, inputs), panel, False


def newest_models(
    workspace: Workspace, at: datetime, *, meters: bool = False, wanted: Plan | None = None
) -> Models | None:
    """The newest kept model that was trained no later than ``at``, is not stale, and was made by this version."""
    scope = _scope(workspace, meters, wanted)
    oldest = f"{at - timedelta(days=STALE_DAYS):%Y%m%dT%H%M%SZ}"
    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for name in reversed(workspace.blobs.names(FOLDER)):
        told = name.removeprefix(FOLDER).split("-")
        if oldest <= told[0] <= stamp and told[1] == scope:
            data = workspace.blobs.get(name)
            told_inside = json.loads(gzip.decompress(data)) if data is not None else {}
            if told_inside.get("version") == VERSION:
                return Models.from_dict(told_inside, told_inside["digest"])
    return None


def _scope(workspace: Workspace, meters: bool, wanted: Plan | None) -> str:
    """What a model is of, in its name: enterprises, their sub-meters too, or targets of their own; and by which rule of what was known."""
    rule = "" if workspace.known == USUAL else workspace.known
    if wanted is not None:
        return f"d{digest([t.as_dict() for t in wanted.targets])[:16]}{rule}"
    return f"{'m' if meters else 'e'}{rule}"


def zone_seconds(zone: str, at: datetime) -> int:
    """How far local time is ahead of UTC at an instant. [s]"""
    away = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(away.total_seconds()) if away else 0


def _opened(data: bytes, name: str | None) -> Models:
    told: dict[str, Any] = json.loads(gzip.decompress(data))
    return Models.from_dict(told, name or told["digest"])


def _seen_digest(history: History | None, at: int) -> str:
    if history is None:
        return "none"
    known = history.known(at)
    values = np.where(known, history.values, np.nan)
    when = np.where(known, history.available, 0)
    return digest_bytes(
        digest([history.ids, history.start_s, history.step_s]).encode() + values.tobytes() + when.tobytes()
    )
