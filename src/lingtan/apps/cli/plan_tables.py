"""How answers of studies look as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from lingtan.apps.cli.options import table, talk


def _say(key: str, lang: str, **values: Any) -> str:
    from lingtan.base.text import say

    return say(f"plan.{key}", lang, **values)


def _columns(lang: str, *keys: str) -> list[str]:
    return [_say(f"columns.{k}", lang) for k in keys]


def _n(value: Any, digits: int = 0) -> str:
    return "" if value is None else f"{float(value):,.{digits}f}"


def print_problems(study: Path, opened: Any, problems: Sequence[Any], lang: str) -> None:
    """All problems, then what was taken from the library and which factors hold."""
    for problem in problems:
        mark = "✗" if problem.severity == "error" else "!"
        typer.echo(f"{mark} {problem.format(lang)}")
    if opened is None:
        typer.echo(_say("bad", lang, study=study, count=sum(p.severity == "error" for p in problems)))
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
                _n(costs.capex),
                _n(costs.fixed_om, 1),
                _n(costs.lifetime),
                "; ".join(f"{k}: {v}" for k, v in costs.sources.items()),
            ]
        )
    table(
        _say("costs-title", lang),
        _columns(lang, "technology", "capex", "om", "lifetime", "source"),
        rows,
        right=[1, 2, 3],
    )
    table(
        _say("factors-title", lang),
        _columns(lang, "factor", "source"),
        [[k, v] for k, v in opened.factors.sources.items()],
    )
    typer.echo(_say("good", lang, study=study))


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


def _proof(result: dict[str, Any], lang: str) -> None:
    if result.get("cost") is None:
        typer.echo(_say("no-plan", lang, status=_say(f"status.{result.get('status')}", lang)))
        return
    gap = result.get("gap")
    typer.echo(
        _say(
            "proof",
            lang,
            cost=_n(result["cost"]),
            bound=_n(result.get("lower_bound")),
            gap="–" if gap is None else f"{gap:.4%}",
            hours=result.get("hours", ""),
            cpu=result.get("cpu_s", ""),
        )
    )


def _plan(result: dict[str, Any], lang: str) -> None:
    if result.get("weather_generated"):
        talk(_say("generated-weather", lang))
    _proof(result, lang)
    if result.get("status") == "stopped":
        typer.echo(_say("stopped", lang))
    if "technologies" not in result:
        _conflict(result, lang)
        return
    _ways(result, lang)
    rows = [
        [t["id"], _n(t["size"], 1), t["unit"], _n(t["existing"], 1), _n(t["built"], 1), _n(t.get("capex_cny"))]
        for t in result["technologies"]
    ]
    table(
        _say("sizes-title", lang),
        _columns(lang, "technology", "size", "unit", "existing", "built", "capex-total"),
        rows,
        right=[1, 3, 4, 5],
    )
    table(
        _say("items-title", lang),
        _columns(lang, "item", "cost"),
        [[k, _n(v)] for k, v in result["cost_items"].items()],
        right=[1],
    )
    if result.get("indicators"):
        rows = [
            [
                _say(f"indicators.{i['id']}", lang),
                i["value"],
                i["unit"],
                i["target"],
                {True: "✓", False: "✗", None: "–"}[i["met"]],
            ]
            for i in result["indicators"]
            if i["value"] is not None
        ]
        table(
            _say("indicators-title", lang),
            _columns(lang, "indicator", "value", "unit", "target", "met"),
            rows,
            right=[1, 3],
        )
    _served(result, lang)
    for found in _each_outage(result.get("outages")):
        typer.echo(_say("outages", lang, **_outages(found)))
    bills = result.get("bills")
    if bills:
        typer.echo(_say("bills", lang, total=_n(bills["total_cny"], 2), months=len(bills["months"])))
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
            ", ".join(_say(f"basis.{b}", lang) for b in w["basis"].values()),
            ", ".join(_say(f"pricing.{p}", lang) for p in w["pricing"].values()),
            _n(w["cost"]) or _say(f"status.{w['status']}", lang),
            _n(w["lower_bound"]),
            "" if w["cost"] is None else _n(w["cost"] - best),
            "✓" if w["chosen"] else "",
        ]
        for w in tried
    ]
    table(
        _say("ways-title", lang),
        _columns(lang, "way", "basis", "pricing", "cost", "bound", "dearer", "chosen"),
        rows,
        right=[3, 4, 5],
    )


def _served(result: dict[str, Any], lang: str) -> None:
    if result.get("served_difference") is not None:
        typer.echo(_say("served", lang, difference=_n(result["served_difference"])))


def _each_outage(found: Any) -> list[dict[str, Any]]:
    return [found] if isinstance(found, dict) else list(found or [])


def _outages(found: dict[str, Any]) -> dict[str, str]:
    return {
        "hours": str(found["hours"]),
        "share": f"{found['critical_share']:.0%}",
        "starts": _n(found["starts"]),
        "served": _n(found["starts"] - found["failed"]),
        "worst": _n(found["worst_unserved_kwh"]),
        "lost": _n(found["mean_hours_lost"], 2),
        "often": f"{found.get('outages_per_year', 0):g}",
        "lole": _n(found.get("lole_h"), 2),
        "eens": _n(found.get("eens_kwh")),
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
            _n(f["capex"]),
            _n(f["income"] - f["opex"]),
            _n(f["npv"]),
            _pct(f["irr_after_tax"]),
            _n(f["payback_years"], 1),
            _n(f["lcoe_cny_per_kwh"], 4),
            _n(f["dscr_least"], 2),
            _n(f["abatement_cny_per_t"]),
        ]
        for f in flows
    ]
    table(
        _say("finance-title", lang, basis="; ".join(money["basis"])),
        _columns(lang, "project", "capex-total", "benefit", "npv", "irr", "payback", "lcoe", "dscr", "abatement"),
        rows,
        right=list(range(1, 9)),
    )


def _pct(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _least_carbon(result: dict[str, Any], lang: str) -> None:
    _ways(result, lang)
    typer.echo(
        _say(
            "least-carbon",
            lang,
            budget=_n(result["budget"]),
            emissions=_n(result["emissions_t"], 1),
            cost=_n(result["cost"]),
            marginal=_n(result["marginal_cny_per_t"]),
            proven=_n(result["lower_bound_emissions_t"], 1),
        )
    )
    table(
        _say("sizes-title", lang),
        _columns(lang, "technology", "size"),
        [[k, _n(v, 1)] for k, v in result["sizes"].items()],
        right=[1],
    )


def _frontier(result: dict[str, Any], lang: str) -> None:
    _ways(result, lang)
    rows = [
        [
            _n(p["emissions_t"], 1),
            _n(p["cost"]),
            "" if p["gap"] is None else f"{p['gap']:.3%}",
            _n(p["marginal_cny_per_t"]),
            _n(p["average_cny_per_t"]),
        ]
        for p in result["points"]
    ]
    table(
        _say("frontier-title", lang),
        _columns(lang, "emissions", "cost", "gap", "marginal", "average"),
        rows,
        right=list(range(5)),
    )
    if result.get("least_emissions_t") is not None:
        last = result["points"][-1]["emissions_t"]
        typer.echo(_say("frontier-end", lang, last=_n(last, 1), least=_n(result["least_emissions_t"], 1)))


def _alternatives(result: dict[str, Any], lang: str) -> None:
    _proof(result, lang)
    _ways(result, lang)
    rows = [
        [
            r["technology"],
            _n(r.get("least_proven"), 1),
            _n(r["least"], 1),
            _n(r["optimum"], 1),
            _n(r["most"], 1),
            _n(r.get("most_proven"), 1),
            _say(f"verdict.{r['verdict']}", lang),
        ]
        for r in result["ranges"]
    ]
    table(
        _say("alternatives-title", lang, within=f"{result['within']:.0%}"),
        _columns(lang, "technology", "least-proven", "least", "optimum", "most", "most-proven", "verdict"),
        rows,
        right=[1, 2, 3, 4, 5],
    )


def _pathway(result: dict[str, Any], lang: str) -> None:
    _proof(result, lang)
    rows = [
        [
            s["year"],
            s["years"],
            _n(s["emissions_t"]),
            _n(s["intensity"], 4),
            _n(s["capex_cny"]),
            ", ".join(f"{k} {v:,.0f}" for k, v in s["built"].items()),
        ]
        for s in result["steps"]
    ]
    table(
        _say("pathway-title", lang),
        _columns(lang, "year", "years", "emissions", "intensity", "capex-total", "built"),
        rows,
        right=[0, 1, 2, 3, 4],
    )
    _ways(result, lang)
    _served(result, lang)
    for found in _each_outage(result.get("outages")):
        typer.echo(f"{found['year']} · " + _say("outages", lang, **_outages(found)))
    if result.get("conflict"):
        typer.echo(", ".join(result["conflict"]))


def _scenarios(result: dict[str, Any], lang: str) -> None:
    _proof(result, lang)
    names = list(result["alone"])
    rows = [[plan, *("✗" if row[s] is None else _n(row[s]) for s in names)] for plan, row in result["regret"].items()]
    _ways(result, lang)
    _served(result, lang)
    for found in _each_outage(result.get("outages")):
        typer.echo(f"{found['year']} · " + _say("outages", lang, **_outages(found)))
    table(_say("regret-title", lang), [*_columns(lang, "plan"), *names], rows, right=list(range(1, 1 + len(names))))
    typer.echo(
        _say(
            "values",
            lang,
            information=_n(result["value_of_information"]),
            flexibility=_n(result["value_of_flexibility"]) or "–",
            regret=_n(result["minimax"]["regret"]),
        )
    )


def _sensitivities(result: dict[str, Any], lang: str) -> None:
    rows = [[r["path"], r["factor"], r["status"], _n(r["cost"]), _n(r["emissions_t"], 1)] for r in result["runs"]]
    table(
        _say("sweep-title", lang),
        _columns(lang, "task", "factor", "status", "cost", "emissions"),
        rows,
        right=[1, 3, 4],
    )


def print_explanation(study: Any, result: dict[str, Any], lang: str) -> None:
    """Why this plan, or why none."""
    _proof(result, lang)
    found = result.get("why") or {}
    if found:
        rows = [
            [_say(f"conditions.{p['kind']}", lang), p["name"], _n(p["limit"]), _n(p["saves_per_unit"], 4)]
            for p in found["limits"]
        ]
        table(_say("limits-title", lang), _columns(lang, "kind", "limit", "at", "worth"), rows, right=[2, 3])
        rows = [
            [
                m["name"],
                _n(m["size"], 1),
                _n(m["cost_per_unit"], 2),
                _n(m["earns_per_unit"], 2),
                _n(m["enters_below"], 2) if (m["net_cost_per_unit"] or 0) > 1e-6 else "",
            ]
            for m in found["margins"]
        ]
        table(
            _say("margins-title", lang),
            _columns(lang, "technology", "size", "yearly-cost", "earns", "enters"),
            rows,
            right=[1, 2, 3, 4],
        )
    _conflict(result, lang)


def _conflict(result: dict[str, Any], lang: str) -> None:
    if result.get("conflict"):
        rows = [[_say(f"conditions.{c['kind']}", lang), c["name"]] for c in result["conflict"]]
        table(_say("conflict-title", lang), _columns(lang, "kind", "limit"), rows)
    if result.get("relaxation"):
        rows = [
            [_say(f"conditions.{r['kind']}", lang), r["name"], _n(r["limit"], 1), _n(r["excess"], 1)]
            for r in result["relaxation"]
            if r["excess"]
        ]
        table(_say("relaxation-title", lang), _columns(lang, "kind", "limit", "at", "excess"), rows, right=[2, 3])


def print_rows(rows: Sequence[dict[str, Any]], lang: str) -> None:
    """Plans side by side."""
    names = [r["name"] for r in rows]
    keys = list(dict.fromkeys(k for r in rows for k in r["sizes"]))
    lines: list[list[Any]] = [
        [_say(f"columns.{k}", lang), *(_n(r.get(source)) for r in rows)]
        for k, source in (("cost", "cost"), ("bound", "lower_bound"), ("emissions", "emissions_t"))
    ]
    lines.append([_say("columns.gap", lang), *("" if r["gap"] is None else f"{r['gap']:.3%}" for r in rows)])
    lines += [[k, *(_n(r["sizes"].get(k), 1) for r in rows)] for k in keys]
    table(_say("compare-title", lang), ["", *names], lines, right=list(range(1, 1 + len(names))))
