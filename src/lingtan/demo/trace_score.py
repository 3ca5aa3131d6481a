"""How well tracing finds the truth: who used which kilowatt-hours, from meters with errors against the true flows."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow.parquet as pq

from lingtan.base.time import Period
from lingtan.green.summary import GREEN_KINDS
from lingtan.park.model import Park
from lingtan.services.power_series import dense, electric
from lingtan.services.trace_green import GreenTrace, trace_green, traced_series

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace

RULES: tuple[Literal["proportional", "contractual"], ...] = ("proportional", "contractual")


@dataclass(frozen=True)
class TracingScore:
    """One rule against the truth. Shares of the true energy of all consumers.

    ``misplaced``: energy that stands at another source, consumer or hour than in truth (half the absolute differences);
    ``green_error``: relative error of the park's green energy; ``worst``: the enterprise whose green share is furthest off,
    and by how much.
    """

    rule: str
    true_mwh: float
    misplaced: float
    green_error: float
    worst: tuple[str, float]


def score_tracing(workspace: "Workspace", truth: Path) -> list[TracingScore]:
    """Both rules with the readings of now, against the true activities under the same rule."""
    found = []
    for rule in RULES:
        park = with_rule(workspace.park, rule)
        year = Period.parse("2025", park.park.timezone)
        named = electric(park)
        series = dense([pq.ParquetFile(truth).read()], named, year, 3600)
        true = traced_series(park, year, 3600, 0, series)
        found.append(against(rule, trace_green(workspace, "2025", park=park), true))
    return found


def with_rule(park: Park, rule: Literal["proportional", "contractual"]) -> Park:
    """The park traced by another rule."""
    return park.model_copy(update={"tracing": park.tracing.model_copy(update={"rule": rule})})


def against(rule: str, made: GreenTrace, true: GreenTrace) -> TracingScore:
    """A trace against the true one."""
    columns = list(dict.fromkeys([*made.traced.columns, *true.traced.columns]))
    off = whole = 0
    green = {"made": 0, "true": 0}
    worst = ("", 0.0)
    for enterprise in true.enterprises:
        sums = {}
        rows = {}
        for name, trace in (("made", made), ("true", true)):
            own = trace.of(enterprise) if enterprise in trace.enterprises else None
            known = dict(zip(trace.traced.columns, own, strict=True)) if own is not None else {}
            rows[name] = np.stack([known.get(c, np.zeros(trace.traced.network.intervals, np.int64)) for c in columns])
            kinds = np.array([trace.kind(c) in GREEN_KINDS for c in columns])
            sums[name] = int(rows[name][kinds].sum()), int(rows[name].sum())
            green[name] += sums[name][0]
        off += int(np.abs(rows["made"] - rows["true"]).sum())
        whole += sums["true"][1]
        shares = [g / u if u else 0.0 for g, u in (sums["made"], sums["true"])]
        if abs(shares[0] - shares[1]) > abs(worst[1]):
            worst = enterprise, shares[0] - shares[1]
    error = green["made"] / green["true"] - 1 if green["true"] else 0.0
    return TracingScore(rule, whole / 1e6, off / 2 / whole if whole else 0.0, error, worst)
