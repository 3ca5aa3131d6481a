"""How answers of studies look as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from lingtan.apps.cli.options import table, talk
from lingtan.apps.cli.plan_why import columns, conflict, n, proof, say


def print_problems(study: Path, opened: Any, problems: Sequence[Any], lang: str) -> None:
    """All problems, then what was taken from the library and which factors hold."""
    for problem in problems:
        mark = "✗" if problem.severity == "error" else "!"
        typer.echo(f"{mark} {problem.format(lang)}")
    if opened is None:
        typer.echo(say("bad", lang, study=study, count=sum(p.severity == "error" for p in problems)))
        return
    from lingtan.base.errors import InputError
    from lingtan.optimize.study.costs import costs_of

    rows = []
    for t in opened.study.technologies:
        try:
            costs = costs_of(opened.study, t)
        except InputError:
            continue
        rows.append(
            [
                t.id,
                n(costs.capex),
                n(costs.fixed_om, 1),
                n(costs.lifetime),
                "; ".join(f"{k}: {v}" for k, v in costs.sources.items()),
            ]
        )
    table(
        say("costs-title", lang),
        columns(lang, "technology", "capex", "om", "lifetime", "source"),
        rows,
        right=[1, 2, 3],
    )
    table(
        say("factors-title", lang),
        columns(lang, "factor", "source"),
        [[k, v] for k, v in opened.factors.sources.items()],
    )
    typer.echo(say("good", lang, study=study))


def print_answer(study: Any, result: dict[str, Any], lang: str) -> None:
    """An answer by its kind."""
    kinds = {
        "plan": _plan,
        "least-carbon": _least_carbon,
        "frontier": _frontier,
        "alternatives": _alternatives,
        "pathway": _pathway,
        "scenarios": _scenarios,
        "sensitivities": _sensitivities,
    }
    kinds[result["answer"]](result, lang)


def _plan(result: dict[str, Any], lang: str) -> None:
    if result.get("weather_generated"):
        talk(say("generated-weather", lang))
    proof(result, lang)
    if result.get("status") == "stopped":
        typer.echo(say("stopped", lang))
    if "technologies" not in result:
        conflict(result, lang)
        return
    _ways(result, lang)
    rows = [
        [t["id"], n(t["size"], 1), t["unit"], n(t["existing"], 1), n(t["built"], 1), n(t.get("capex_cny"))]
        for t in result["technologies"]
    ]
    table(
        say("sizes-title", lang),
        columns(lang, "technology", "size", "unit", "existing", "built", "capex-total"),
        rows,
        right=[1, 3, 4, 5],
    )
    table(
        say("items-title", lang),
        columns(lang, "item", "cost"),
        [[k, n(v)] for k, v in result["cost_items"].items()],
        right=[1],
    )
    if result.get("indicators"):
        rows = [
            [
                say(f"indicators.{i['id']}", lang),
                i["value"],
                i["unit"],
                i["target"],
                {True: "✓", False: "✗", None: "–"}[i["met"]],
            ]
            for i in result["indicators"]
            if i["value"] is not None
        ]
        table(
            say("indicators-title", lang),
            columns(lang, "indicator", "value", "unit", "target", "met"),
            rows,
            right=[1, 3],
        )
    _served(result, lang)
    for found in _each_outage(result.get("outages")):
        typer.echo(say("outages", lang, **_outages(found)))
    bills = result.get("bills")
    if bills:
        typer.echo(say("bills", lang, total=n(bills["total_cny"], 2), months=len(bills["months"])))
    _finance(result.get("finance"), lang)


def _ways(result: dict[str, Any], lang: str) -> None:
    """Ways to pay side by side, where the study leaves a choice."""
    tried = result.get("ways") or []
    if len(tried) < 2:
        return
    best = min((w["cost"] for w in tried if w["cost"] is not None), default=0.0)
    rows = [
        [
            w["name"],
            ", ".join(say(f"basis.{b}", lang) for b in w["basis"].values()),
            ", ".join(say(f"pricing.{p}", lang) for p in w["pricing"].values()),
            n(w["cost"]) or say(f"status.{w['status']}", lang),
            n(w["lower_bound"]),
            "" if w["cost"] is None else n(w["cost"] - best),
            "✓" if w["chosen"] else "",
        ]
        for w in tried
    ]
    table(
        say("ways-title", lang),
        columns(lang, "way", "basis", "pricing", "cost", "bound", "dearer", "chosen"),
        rows,
        right=[3, 4, 5],
    )


def _served(result: dict[str, Any], lang: str) -> None:
    if result.get("served_difference") is not None:
        typer.echo(say("served", lang, difference=n(result["served_difference"])))


def _each_outage(found: Any) -> list[dict[str, Any]]:
    return [found] if isinstance(found, dict) else list(found or [])


def _outages(found: dict[str, Any]) -> dict[str, str]:
    return {
        "hours": str(found["hours"]),
        "share": f"{found['critical_share']:.0%}",
        "starts": n(found["starts"]),
        "served": n(found["starts"] - found["failed"]),
        "worst": n(found["worst_unserved_kwh"]),
        "lost": n(found["mean_hours_lost"], 2),
        "often": f"{found.get('outages_per_year', 0):g}",
        "lole": n(found.get("lole_h"), 2),
        "eens": n(found.get("eens_kwh")),
    }


def _finance(money: dict[str, Any] | None, lang: str) -> None:
    if not money:
        return
    flows = (
        ([money["park"]] if money["park"] else [])
        + money["projects"]
        + [{**p, "id": f"→ {p['party']}"} for p in money["parties"]]
    )
    rows = [
        [
            f["id"],
            n(f["capex"]),
            n(f["income"] - f["opex"]),
            n(f["npv"]),
            _pct(f["irr_after_tax"]),
            n(f["payback_years"], 1),
            n(f["lcoe_cny_per_kwh"], 4),
            n(f["dscr_least"], 2),
            n(f["abatement_cny_per_t"]),
        ]
        for f in flows
    ]
    table(
        say("finance-title", lang, basis="; ".join(money["basis"])),
        columns(lang, "project", "capex-total", "benefit", "npv", "irr", "payback", "lcoe", "dscr", "abatement"),
        rows,
        right=list(range(1, 9)),
    )


def _pct(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _least_carbon(result: dict[str, Any], lang: str) -> None:
    _ways(result, lang)
    typer.echo(
        say(
            "least-carbon",
            lang,
            budget=n(result["budget"]),
            emissions=n(result["emissions_t"], 1),
            cost=n(result["cost"]),
            marginal=n(result["marginal_cny_per_t"]),
            proven=n(result["lower_bound_emissions_t"], 1),
        )
    )
    table(
        say("sizes-title", lang),
        columns(lang, "technology", "size"),
        [[k, n(v, 1)] for k, v in result["sizes"].items()],
        right=[1],
    )


def _frontier(result: dict[str, Any], lang: str) -> None:
    _ways(result, lang)
    rows = [
        [
            n(p["emissions_t"], 1),
            n(p["cost"]),
            "" if p["gap"] is None else f"{p['gap']:.3%}",
            n(p["marginal_cny_per_t"]),
            n(p["average_cny_per_t"]),
        ]
        for p in result["points"]
    ]
    table(
        say("frontier-title", lang),
        columns(lang, "emissions", "cost", "gap", "marginal", "average"),
        rows,
        right=list(range(5)),
    )
    if result.get("least_emissions_t") is not None:
        last = result["points"][-1]["emissions_t"]
        typer.echo(say("frontier-end", lang, last=n(last, 1), least=n(result["least_emissions_t"], 1)))


def _alternatives(result: dict[str, Any], lang: str) -> None:
    proof(result, lang)
    _ways(result, lang)
    rows = [
        [
            r["technology"],
            n(r.get("least_proven"), 1),
            n(r["least"], 1),
            n(r["optimum"], 1),
            n(r["most"], 1),
            n(r.get("most_proven"), 1),
            say(f"verdict.{r['verdict']}", lang),
        ]
        for r in result["ranges"]
    ]
    table(
        say("alternatives-title", lang, within=f"{result['within']:.0%}"),
        columns(lang, "technology", "least-proven", "least", "optimum", "most", "most-proven", "verdict"),
        rows,
        right=[1, 2, 3, 4, 5],
    )


def _pathway(result: dict[str, Any], lang: str) -> None:
    proof(result, lang)
    rows = [
        [
            s["year"],
            s["years"],
            n(s["emissions_t"]),
            n(s["intensity"], 4),
            n(s["capex_cny"]),
            ", ".join(f"{k} {v:,.0f}" for k, v in s["built"].items()),
        ]
        for s in result["steps"]
    ]
    table(
        say("pathway-title", lang),
        columns(lang, "year", "years", "emissions", "intensity", "capex-total", "built"),
        rows,
        right=[0, 1, 2, 3, 4],
    )
    _ways(result, lang)
    _served(result, lang)
    for found in _each_outage(result.get("outages")):
        typer.echo(f"{found['year']} · " + say("outages", lang, **_outages(found)))
    if result.get("conflict"):
        typer.echo(", ".join(result["conflict"]))


def _scenarios(result: dict[str, Any], lang: str) -> None:
    proof(result, lang)
    names = list(result["alone"])
    rows = [[plan, *("✗" if row[s] is None else n(row[s]) for s in names)] for plan, row in result["regret"].items()]
    _ways(result, lang)
    _served(result, lang)
    for found in _each_outage(result.get("outages")):
        typer.echo(f"{found['year']} · " + say("outages", lang, **_outages(found)))
    table(say("regret-title", lang), [*columns(lang, "plan"), *names], rows, right=list(range(1, 1 + len(names))))
    typer.echo(
        say(
            "values",
            lang,
            information=n(result["value_of_information"]),
            flexibility=n(result["value_of_flexibility"]) or "–",
            regret=n(result["minimax"]["regret"]),
        )
    )


def _sensitivities(result: dict[str, Any], lang: str) -> None:
    rows = [[r["path"], r["factor"], r["status"], n(r["cost"]), n(r["emissions_t"], 1)] for r in result["runs"]]
    table(
        say("sweep-title", lang),
        columns(lang, "task", "factor", "status", "cost", "emissions"),
        rows,
        right=[1, 3, 4],
    )


def print_rows(rows: Sequence[dict[str, Any]], lang: str) -> None:
    """Plans side by side."""
    names = [r["name"] for r in rows]
    keys = list(dict.fromkeys(k for r in rows for k in r["sizes"]))
    lines: list[list[Any]] = [
        [say(f"columns.{k}", lang), *(n(r.get(source)) for r in rows)]
        for k, source in (("cost", "cost"), ("bound", "lower_bound"), ("emissions", "emissions_t"))
    ]
    lines.append([say("columns.gap", lang), *("" if r["gap"] is None else f"{r['gap']:.3%}" for r in rows)])
    lines += [[k, *(n(r["sizes"].get(k), 1) for r in rows)] for k in keys]
    table(say("compare-title", lang), ["", *names], lines, right=list(range(1, 1 + len(names))))
