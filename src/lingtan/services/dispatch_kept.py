"""Rolling runs and backtests of dispatch that are kept, so that they can be looked at later."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lingtan.base.errors import InputError
from lingtan.base.ids import digest, nearest
from lingtan.base.time import iso
from lingtan.services.run_dispatch import Rolled
from lingtan.services.workspace import Workspace

ROLLS, BACKTESTS = "dispatch/rolls/", "dispatch/backtests/"


def keep_roll(workspace: Workspace, rolled: Rolled, *, by: str, steps: int, hours: int, auto: bool) -> str:
    """Keep what was sent, answered and alarmed in a rolling run on the simulated plant; its id."""
    at = workspace.clock()
    told = {
        "made_at": iso(at),
        "made_by": by,
        "plant": "simulated",
        "steps": steps,
        "hours": hours,
        "auto": auto,
        "schedules": [s.id for s in rolled.schedules],
        "ways": list(rolled.ways),
        "sent": [{"at": iso(t), "set_points": [vars(s) for s in sent]} for t, sent in rolled.sent],
        "alarms": list(rolled.alarms),
    }
    return _keep(workspace, ROLLS, f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}", told)


def keep_backtest(workspace: Workspace, made: Mapping[str, Any]) -> str:
    """Keep the outcomes of a backtest; its id begins with the period."""
    return _keep(workspace, BACKTESTS, str(made["period"]), dict(made))


def kept_rolls(workspace: Workspace) -> list[str]:
    """Ids of kept rolling runs, the newest last."""
    return _names(workspace, ROLLS)


def kept_backtests(workspace: Workspace) -> list[str]:
    """Ids of kept backtests, by period."""
    return _names(workspace, BACKTESTS)


def load_roll(workspace: Workspace, name: str = "") -> dict[str, Any]:
    """A kept rolling run; the newest without a name.

    Raises
    ------
    InputError
        ``dispatch.no-roll``.
    """
    return _load(workspace, ROLLS, name, "dispatch.no-roll")


def load_backtest(workspace: Workspace, name: str = "") -> dict[str, Any]:
    """A kept backtest; the one made last without a name.

    Raises
    ------
    InputError
        ``dispatch.no-backtest``.
    """
    names = kept_backtests(workspace)
    if not name and names:
        found = [_load(workspace, BACKTESTS, n, "dispatch.no-backtest") for n in names]
        return max(found, key=lambda b: datetime.fromisoformat(b["made_at"]))
    return _load(workspace, BACKTESTS, name, "dispatch.no-backtest")


def _keep(workspace: Workspace, folder: str, stem: str, told: dict[str, Any]) -> str:
    plain = json.loads(json.dumps(told, ensure_ascii=False, default=str))
    name = f"{stem}-{digest(plain)[:8]}"
    workspace.blobs.put(f"{folder}{name}.json", json.dumps(plain, ensure_ascii=False).encode())
    return name


def _names(workspace: Workspace, folder: str) -> list[str]:
    return [n.removeprefix(folder).removesuffix(".json") for n in workspace.blobs.names(folder)]


def _load(workspace: Workspace, folder: str, name: str, code: str) -> dict[str, Any]:
    names = _names(workspace, folder)
    wanted = name or (names[-1] if names else "")
    data = workspace.blobs.get(f"{folder}{wanted}.json") if wanted in names else None
    if data is None:
        raise InputError(code, id=wanted or "–", nearest=nearest(wanted, names) or "–")
    return {"id": wanted, **json.loads(data)}
