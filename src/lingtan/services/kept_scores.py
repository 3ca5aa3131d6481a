"""Kept backtests of forecasts: which there are, and their skill against the simple rules."""

import json
from collections.abc import Mapping
from typing import Any

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import nearest
from lingtan.services.score_forecasts import FOLDER
from lingtan.services.workspace import Workspace

RIVALS = ("weekly-naive", "seasonal-naive", "climatology", "similar-days")


def kept_scores(workspace: Workspace) -> list[str]:
    """Names of kept backtests, by period."""
    return [n.removeprefix(FOLDER).removesuffix(".json") for n in workspace.blobs.names(FOLDER)]


def load_scores(workspace: Workspace, name: str = "") -> dict[str, Any]:
    """A kept backtest; the last by period without a name.

    Raises
    ------
    DataError
        ``forecast.no-scores``.
    InputError
        ``forecast.no-score`` with the nearest one.
    """
    names = kept_scores(workspace)
    if not names:
        raise DataError("forecast.no-scores")
    wanted = name or names[-1]
    data = workspace.blobs.get(f"{FOLDER}{wanted}.json") if wanted in names else None
    if data is None:
        raise InputError("forecast.no-score", score=wanted, nearest=nearest(wanted, names) or names[-1])
    return {"id": wanted, **json.loads(data)}


def skill_rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each target and horizon: losses and coverage of the forecast, and its skill against each simple rule.

    Skill is one less the ratio of pinball losses: below zero the rule was better.
    """
    found: dict[tuple[str, int], dict[str, Mapping[str, Any]]] = {}
    for s in record["scores"]:
        found.setdefault((s["target"], s["bucket_h"]), {})[s["method"]] = s
    rows = []
    for by in found.values():
        own = by.get("forecast")
        if own is None:
            continue
        row = {k: own[k] for k in ("target", "kind", "bucket_h", "pinball", "crps", "mae", "covered_90", "covered_50")}
        row |= {"mean_actual": own["mean_actual"], "values": own["values"]}
        for rival in RIVALS:
            loss = by[rival]["pinball"] if rival in by else 0.0
            row[f"skill_{rival}"] = 1 - own["pinball"] / loss if loss > 0 else None
        rows.append(row)
    return rows
