"""Why a plan, or why none, as tables; and the words that all tables of studies share."""

from typing import Any

import typer

from lingtan.apps.cli.options import table


def say(key: str, lang: str, **values: Any) -> str:
    from lingtan.base.text import say

    return say(f"plan.{key}", lang, **values)


def columns(lang: str, *keys: str) -> list[str]:
    return [say(f"columns.{k}", lang) for k in keys]


def n(value: Any, digits: int = 0) -> str:
    return "" if value is None else f"{float(value):,.{digits}f}"


def proof(result: dict[str, Any], lang: str) -> None:
    if result.get("cost") is None:
        typer.echo(say("no-plan", lang, status=say(f"status.{result.get('status')}", lang)))
        return
    gap = result.get("gap")
    typer.echo(
        say(
            "proof",
            lang,
            cost=n(result["cost"]),
            bound=n(result.get("lower_bound")),
            gap="–" if gap is None else f"{gap:.4%}",
            hours=result.get("hours", ""),
            cpu=result.get("cpu_s", ""),
        )
    )


def print_explanation(study: Any, result: dict[str, Any], lang: str) -> None:
    """Why this plan, or why none."""
    proof(result, lang)
    found = result.get("why") or {}
    if found:
        rows = [
            [say(f"conditions.{p['kind']}", lang), p["name"], n(p["limit"]), n(p["saves_per_unit"], 4)]
            for p in found["limits"]
        ]
        table(say("limits-title", lang), columns(lang, "kind", "limit", "at", "worth"), rows, right=[2, 3])
        rows = [
            [
                m["name"],
                n(m["size"], 1),
                n(m["cost_per_unit"], 2),
                n(m["earns_per_unit"], 2),
                n(m["enters_below"], 2) if (m["net_cost_per_unit"] or 0) > 1e-6 else "",
            ]
            for m in found["margins"]
        ]
        table(
            say("margins-title", lang),
            columns(lang, "technology", "size", "yearly-cost", "earns", "enters"),
            rows,
            right=[1, 2, 3, 4],
        )
    conflict(result, lang)


def conflict(result: dict[str, Any], lang: str) -> None:
    if result.get("conflict"):
        rows = [[say(f"conditions.{c['kind']}", lang), c["name"]] for c in result["conflict"]]
        table(say("conflict-title", lang), columns(lang, "kind", "limit"), rows)
    if result.get("relaxation"):
        rows = [
            [say(f"conditions.{r['kind']}", lang), r["name"], n(r["limit"], 1), n(r["excess"], 1)]
            for r in result["relaxation"]
            if r["excess"]
        ]
        table(say("relaxation-title", lang), columns(lang, "kind", "limit", "at", "excess"), rows, right=[2, 3])
