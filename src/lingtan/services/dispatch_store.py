"""Where schedules, overrides and alarms of a workspace are kept."""

import gzip
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.base.time import iso
from lingtan.optimize.dispatch.derive import Note, derive
from lingtan.optimize.dispatch.file import load_description
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.services.workspace import Workspace

FILE = "dispatch.yaml"
SCHEDULES, OVERRIDES, ALARMS = "dispatch/schedules/", "dispatch/overrides.json", "dispatch/alarms.json"
INPUTS = "dispatch/inputs/"
MOST_ALARMS = 500


def description_of(workspace: Workspace, file: Path | None = None) -> tuple[Description, list[Note]]:
    """The dispatch description: a file, else ``dispatch.yaml`` of the workspace, else what the park file says.

    Raises
    ------
    InputError
        ``dispatch.invalid`` with every problem, ``dispatch.no-file``, ``dispatch.no-grid``.
    """
    path = file or workspace.root / FILE
    if path.exists():
        return load_description(path.read_bytes(), path.name), []
    if file is not None:
        raise InputError("dispatch.no-file", path=str(path))
    return derive(workspace.park)


def keep_schedule(workspace: Workspace, schedule: Schedule) -> None:
    """Keep a schedule under its id; approvals replace it."""
    data = json.dumps(schedule.as_dict(), ensure_ascii=False).encode()
    workspace.blobs.put(f"{SCHEDULES}{schedule.id}.json", data)


def keep_inputs(workspace: Workspace, name: str, inputs: Inputs) -> None:
    """Keep what a schedule was planned on, so that it can be planned again without a limit."""
    told = {
        "series": {k: np.round(v, 6).tolist() for k, v in inputs.series.items()},
        "state": asdict(inputs.state),
        "source": dict(inputs.source),
    }
    workspace.blobs.put(f"{INPUTS}{name}.json.gz", gzip.compress(json.dumps(told).encode(), 6, mtime=0))


def kept_inputs(workspace: Workspace, description: Description, schedule: Schedule) -> Inputs | None:
    """What a schedule was planned on; None where it was not kept."""
    data = workspace.blobs.get(f"{INPUTS}{schedule.id}.json.gz")
    if data is None:
        return None
    told = json.loads(gzip.decompress(data))
    horizon = Horizon(schedule.start, schedule.steps, schedule.step_minutes, description.timezone)
    series = {k: np.asarray(v, float) for k, v in told["series"].items()}
    return Inputs(horizon, series, all_prices(description, horizon, series), State(**told["state"]), told["source"])


def schedule_ids(workspace: Workspace) -> list[str]:
    """Ids of all schedules, oldest start first."""
    return [n.removeprefix(SCHEDULES).removesuffix(".json") for n in workspace.blobs.names(SCHEDULES)]


def kept_schedule(workspace: Workspace, name: str = "") -> Schedule:
    """A schedule by id; the newest made without one.

    Raises
    ------
    InputError
        ``dispatch.no-schedule``.
    """
    known = schedule_ids(workspace)
    if not name and known:
        return max((kept_schedule(workspace, k) for k in known), key=lambda s: s.made_at)
    data = workspace.blobs.get(f"{SCHEDULES}{name}.json") if name in known else None
    if data is None:
        raise InputError("dispatch.no-schedule", id=name or "–", nearest=nearest(name, known) or "–")
    return Schedule.from_dict(json.loads(data))


def active_schedule(workspace: Workspace, at: datetime) -> Schedule | None:
    """The newest approved schedule that covers an instant."""
    found = [s for s in (kept_schedule(workspace, k) for k in schedule_ids(workspace)) if s.status == "approved"]
    covering = [s for s in found if s.at(at) is not None]
    return max(covering, key=lambda s: s.made_at, default=None)


def overrides(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Set-points that people hold by hand: asset -> kw, until, by."""
    data = workspace.blobs.get(OVERRIDES)
    return json.loads(data) if data else {}


def put_override(
    workspace: Workspace, asset: str, kw: float | None, *, until: datetime, by: str, reason: str = ""
) -> None:
    """Hold an asset by hand until an instant; None gives it back to the schedule."""
    held = overrides(workspace)
    if kw is None:
        held.pop(asset, None)
    else:
        held[asset] = {"kw": kw, "until": iso(until), "by": by, "reason": reason}
    workspace.blobs.put(OVERRIDES, json.dumps(held).encode())


def alarms(workspace: Workspace) -> list[dict[str, Any]]:
    """What a person should see, oldest first."""
    data = workspace.blobs.get(ALARMS)
    return json.loads(data) if data else []


def put_alarms(workspace: Workspace, new: list[dict[str, Any]]) -> None:
    """Add alarms; the oldest fall off at the end."""
    if new:
        kept = [*alarms(workspace), *new][-MOST_ALARMS:]
        workspace.blobs.put(ALARMS, json.dumps(kept, ensure_ascii=False).encode())
