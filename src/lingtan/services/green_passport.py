"""The passport of green figures: what a score is made of, by which method, from which readings, factors and certificates."""

from typing import Any

import numpy as np

from lingtan.base.time import iso
from lingtan.green.summary import GREEN_KINDS
from lingtan.park.activities import Activity
from lingtan.park.model import channels, owner
from lingtan.services.green_scores import GreenScore, green_scores
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace
from lingtan.services.workspace import Workspace


def green_passport(
    workspace: Workspace, period: str, enterprise: str = "", *, listener: Listener = silent
) -> dict[str, Any]:
    """Everything that the green figures of an enterprise, or the park, rest on; plain, for pages and programs. [Wh]"""
    found = green_scores(workspace, period, enterprise=enterprise, listener=listener)
    made, score = found.trace, found.scores[0]
    commits = workspace.store.commits(made.as_of)
    tracing = made.park.tracing
    kinds = _kinds(made, enterprise)
    return {
        "period": made.period.label,
        "enterprise": enterprise,
        "trace": made.id,
        "rule": made.rule,
        "storage": tracing.storage,
        "losses": tracing.losses,
        "step_s": made.step_s,
        "as_of": made.as_of,
        "as_of_time": iso(commits[-1].at) if commits else "",
        "head": commits[-1].hash if commits else "",
        "park": workspace.park_commit.content,
        "used_wh": score.matching.yearly.used_wh,
        "scores": {
            k: {"matched_wh": int(s.matched_wh), "used_wh": int(s.used_wh), "share": s.matched_wh / s.used_wh if s.used_wh else None}
            for k, s in (("hourly", score.matching.hourly), ("monthly", score.matching.monthly), ("yearly", score.matching.yearly))
        },
        "certificates_kwh": score.certificates_kwh,
        "with_certificates": None if score.with_certificates is None else float(score.with_certificates),
        "kinds": kinds,
        "emissions_kg": _emissions(score),
        "factors": [
            {"name": n, "id": i, "kgco2_per_kwh": getattr(found.factors, n, None)} for n, i in sorted(found.factors.sources.items())
        ],
        "use_channels": sorted(
            n for n, (m, c) in channels(made.park).items()
            if c.carrier == "electricity" and c.activity is Activity.USE and (not enterprise or owner(made.park, m, c) == enterprise)
        ),
        "source_channels": len(made.flows.kinds),
    }  # fmt: skip


def _kinds(made: GreenTrace, enterprise: str) -> list[dict[str, Any]]:
    rows = made.of(enterprise) if enterprise else np.sum([made.of(e) for e in made.enterprises], axis=0) + made.rest
    sums: dict[str, int] = {}
    for column, row in zip(made.traced.columns, rows, strict=True):
        sums[made.kind(column)] = sums.get(made.kind(column), 0) + int(row.sum())
    whole = sum(sums.values()) or 1
    return [
        {"kind": k, "wh": v, "share": v / whole, "green": k in GREEN_KINDS}
        for k, v in sorted(sums.items(), key=lambda kv: -kv[1])
        if v
    ]


def _emissions(score: GreenScore) -> dict[str, float | None]:
    return {"location": score.location_kg, "market": score.market_kg, "traced": score.traced_kg}
