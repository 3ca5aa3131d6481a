"""Why a plan is as it is, as sheets: ways to pay side by side, prices of limits, what each technology earns."""

from collections.abc import Callable, Mapping
from typing import Any

from lingtan.base.text import say

Sheet = tuple[list[str], list[list[Any]]]


def why_sheets(plan: Mapping[str, Any], head: Callable[..., list[str]], lang: str) -> dict[str, Sheet]:
    """Sheets by name; none where there is nothing to tell."""
    out: dict[str, Sheet] = {}
    tried = plan.get("ways") or []
    if len(tried) > 1:
        best = min((w["cost"] for w in tried if w["cost"] is not None), default=0.0)
        out[say("plan.sheets.ways", lang)] = (
            head("way", "basis", "pricing", "cost", "bound", "gap", "dearer", "chosen"),
            [
                [
                    w["name"],
                    ", ".join(say(f"plan.basis.{b}", lang) for b in w["basis"].values()),
                    ", ".join(say(f"plan.pricing.{p}", lang) for p in w["pricing"].values()),
                    w["cost"],
                    w["lower_bound"],
                    w["gap"],
                    None if w["cost"] is None else w["cost"] - best,
                    w["chosen"],
                ]
                for w in tried
            ],
        )
    why = plan.get("why") or {}
    if why:
        out[say("plan.sheets.limits", lang)] = (
            head("kind", "limit", "at", "worth"),
            [
                [say(f"plan.conditions.{p['kind']}", lang), p["name"], p["limit"], p["saves_per_unit"]]
                for p in why["limits"]
            ],
        )
        out[say("plan.sheets.margins", lang)] = (
            head("technology", "size", "yearly-cost", "earns", "enters"),
            [
                [m["name"], m["size"], m["cost_per_unit"], m["earns_per_unit"], m["enters_below"]]
                for m in why["margins"]
            ],
        )
    return out
