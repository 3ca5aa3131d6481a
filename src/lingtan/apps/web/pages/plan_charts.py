"""What the charts of a study show, as JSON."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import Path as InPath
from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages.plan import READ, Opened, kept_answer, opened
from lingtan.apps.web.pages.plan_answers import WAN, flows_of, number, path_words
from lingtan.apps.web.render import language_of
from lingtan.apps.web.study_words import cost_items
from lingtan.base.text import say

room = Room()
WEEK = 168
ChartName = Annotated[
    str, InPath(pattern="^(week|duration|flow|cost|bills|cash|frontier|alternatives|pathway|intensity|tornado)$")
]


@room.page("/planning/{study}/chart/{chart}", READ)
def chart(
    request: Request, study: str, chart: ChartName, flow: Annotated[str, Query(max_length=40)] = "park"
) -> Response:
    """One chart of a kept answer; says so where there is none."""
    found, lang = opened(request, study), language_of(request)
    answer = {
        "frontier": "frontier",
        "alternatives": "alternatives",
        "pathway": "pathway",
        "intensity": "pathway",
        "tornado": "sensitivities",
    }
    result = kept_answer(request.app.state.portal.root, study, answer.get(chart, "plan"))
    if result is None or (chart not in answer and not result.get("technologies")):
        return JSONResponse({"empty": say("plan-page.nothing-run", lang)})
    made = {
        "week": lambda: week(request, found, result), "duration": lambda: duration(request, found, result), "flow": lambda: energy_flow(found, result),
        "cost": lambda: cost(found, result), "bills": lambda: bills(found, result), "cash": lambda: cash(found, result, flow),
        "frontier": lambda: frontier(found, result), "alternatives": lambda: alternatives(found, result),
        "pathway": lambda: pathway(found, result), "intensity": lambda: intensity(found, result), "tornado": lambda: tornado(found, result),
    }[chart]()  # fmt: skip
    return JSONResponse(made)


def columns(request: Request, found: Opened) -> dict[str, Any]:
    """The hourly series that are kept."""
    import pyarrow.parquet as pq

    from lingtan.services.studies import results_folder
    from lingtan.services.study_shelf import study_path

    path = results_folder(study_path(request.app.state.portal.root, found.shelved.id)) / "series.parquet"
    if not path.is_file():
        return {}
    table = pq.read_table(path)
    return {
        n: table.column(n).to_numpy() if n != "time_utc" else table.column(n).to_pylist() for n in table.column_names
    }


def at_node(found: Opened, result: Any, series: dict[str, Any], node: str, sign: int) -> list[tuple[str, Any]]:
    """What is brought to a node (``sign`` 1) or taken from it (-1) by the hour, the largest first. [kW]

    Flows are counted where they arrive: a converter's input times what it makes of it over the year; where its efficiency
    changes by the hour that is marked by ≈.
    """
    varying = {t.id for t in (found.record.technologies if found.record else ()) if t.cop_profile}
    made = []
    for name, amount in sorted(result["node_flows_kwh"].get(node, {}).items(), key=lambda kv: -abs(kv[1])):
        values = series.get(f"{name} [kW]")
        if values is None or amount * sign <= 0:
            continue
        total = float(values.sum())
        factor = abs(amount) / total if total else 0.0
        factor = 1.0 if abs(factor - 1) < 1e-3 else factor
        mark = "≈ " if factor != 1.0 and name.partition(".")[0] in varying else ""
        made.append((mark + found.words.flow(name), values * factor))
    return made


def node_of(request: Request, result: Any) -> str:
    """The node that is asked for, else the first."""
    asked = request.query_params.get("node", "")
    return asked if asked in result["node_flows_kwh"] else next(iter(result["node_flows_kwh"]), "")


def week(request: Request, found: Opened, result: Any) -> dict[str, Any]:
    """A week at a node: supplies upwards, uses downwards, hour by hour."""
    series = columns(request, found)
    if not series:
        return {"empty": say("plan-page.nothing-run", found.words.lang)}
    hours = len(series["time_utc"])
    start = (number(request, "week", 1, max(hours // WEEK, 1), 3) - 1) * WEEK
    cut = slice(start, min(start + WEEK, hours))
    zone = ZoneInfo(found.record.study.timezone if found.record else "Asia/Shanghai")
    times = [as_local(t, zone) for t in series["time_utc"][cut]]
    node, lang = node_of(request, result), found.words.lang
    up = [{"name": n, "values": mw(v[cut])} for n, v in at_node(found, result, series, node, 1)]
    down = [{"name": n, "values": mw(-v[cut])} for n, v in at_node(found, result, series, node, -1)]
    same = {x["name"] for x in up} & {x["name"] for x in down}
    for x in down:
        if x["name"] in same:
            x["name"] = say("plan-page.taken-by", lang, what=x["name"])
    title = say("plan-page.week-of", lang, node=found.words.name(node), day=times[0][:5])
    return {"title": title, "times": times, "up": up, "down": down, "unit": "MW"}


def duration(request: Request, found: Opened, result: Any) -> dict[str, Any]:
    """Hours of the year by height, for supplies and the whole use."""
    series = columns(request, found)
    if not series:
        return {"empty": say("plan-page.nothing-run", found.words.lang)}
    node, lang = node_of(request, result), found.words.lang
    lines = at_node(found, result, series, node, 1)[:6]
    uses = [v for _, v in at_node(found, result, series, node, -1)]
    step = max(len(series["time_utc"]) // 400, 1)
    whole = [(say("plan-page.whole-use", lang), np.sum(uses, axis=0))] if uses else []
    made = [{"name": n, "values": mw(np.sort(v)[::-1][::step])} for n, v in [*whole, *lines]]
    return {
        "title": say("plan.figures.duration", lang),
        "step": step,
        "lines": made,
        "unit": "MW",
        "words": {"hours": say("plan-page.hours-axis", lang)},
    }


def energy_flow(found: Opened, result: Any) -> dict[str, Any]:
    """What flows from supplies over nodes and converters to needs in the year. [GWh]"""
    words = found.words
    nodes: dict[str, str] = {}
    links = []
    for node, parts in result["node_flows_kwh"].items():
        nodes[f"n:{node}"] = words.name(node)
        for name, value in parts.items():
            if name.endswith((".charge", ".discharge")) or abs(value) < 1e3:
                continue
            owner = name.partition(".")[0]
            nodes[owner] = words.name(owner)
            a, b = (owner, f"n:{node}") if value > 0 else (f"n:{node}", owner)
            links.append({"source": a, "target": b, "value": round(abs(value) / 1e6, 3)})
    used = {x["source"] for x in links} | {x["target"] for x in links}
    shown = [{"name": k, "label": v} for k, v in nodes.items() if k in used]
    return {
        "title": say("plan.figures.flow", words.lang),
        "nodes": shown,
        "links": [x for x in links if x["value"] > 0],
        "unit": "GWh",
    }


def cost(found: Opened, result: Any) -> dict[str, Any]:
    """The items of the yearly cost. [10,000 CNY]"""
    items = cost_items(found.words, result["cost_items"])
    shown = [(n, v / WAN) for n, v in items if abs(v) >= 0.002 * sum(abs(x) for _, x in items)]
    bars = [{"name": n, "value": round(v, 1)} for n, v in shown]
    return {
        "title": say("plan-page.cost-items", found.words.lang),
        "bars": bars,
        "unit": say("plan-page.unit.wan", found.words.lang),
    }


def bills(found: Opened, result: Any) -> dict[str, Any]:
    """The bills of the simulated year by month and connection. [10,000 CNY]"""
    months = (result.get("bills") or {}).get("months", [])
    if not months:
        return {"empty": say("plan-page.no-bills", found.words.lang)}
    names = sorted({m["month"] for m in months})
    by = {
        c: {m["month"]: float(m["total_cny"]) / WAN for m in months if m["connection"] == c}
        for c in dict.fromkeys(m["connection"] for m in months)
    }
    series = [{"name": found.words.name(c), "values": [round(v.get(n, 0.0), 1) for n in names]} for c, v in by.items()]
    return {
        "title": say("plan-page.monthly-bills", found.words.lang),
        "months": names,
        "series": series,
        "unit": say("plan-page.unit.wan", found.words.lang),
    }


def cash(found: Opened, result: Any, key: str) -> dict[str, Any]:
    """A cash flow by year, and its sum. [10,000 CNY]"""
    lang = found.words.lang
    flow = next((f for f in flows_of(found, result.get("finance"), lang) if f["key"] == key), None)
    if flow is None:
        return {"empty": say("plan-page.no-money", lang)}
    years = flow["years"]
    total, sums = 0.0, []
    for y in years:
        total += y["after_tax"]
        sums.append(round(total / WAN, 1))
    words = {k: say(f"plan-page.cash.{k}", lang) for k in ("in", "out", "sum", "year")}
    inflow = [round((y["income"] + y["subsidy"] + y["residual"]) / WAN, 1) for y in years]
    outflow = [round(-(y["opex"] + y["investment"] + y["tax"]) / WAN, 1) for y in years]
    return {
        "title": flow["title"],
        "years": [y["year"] for y in years],
        "in": inflow,
        "out": outflow,
        "sum": sums,
        "unit": say("plan-page.unit.wan", lang),
        "words": words,
    }


def frontier(found: Opened, result: Any) -> dict[str, Any]:
    """Cost against emissions, with what the next ton costs."""
    lang = found.words.lang
    points = [p for p in result["points"] if p["cost"] is not None]
    rows = [[round(p["emissions_t"], 1), round(p["cost"] / WAN, 1), p["marginal_cny_per_t"], p["gap"]] for p in points]
    words = {k: say(f"plan-page.frontier.{k}", lang) for k in ("cost", "marginal", "emissions", "per-ton")}
    return {
        "title": say("plan.frontier-title", lang),
        "points": rows,
        "unit": say("plan-page.unit.wan", lang),
        "words": words,
    }


def alternatives(found: Opened, result: Any) -> dict[str, Any]:
    """How much of each thing a plan within so much of the cheapest may have, as share of the most that may be built."""
    lang, record = found.words.lang, found.record
    most = {t.id: max(t.maximum, t.existing) for t in record.technologies} if record else {}
    rows = []
    for r in result["ranges"]:
        top = most.get(r["technology"]) or max(r["most"], 1e-9)
        rows.append(
            {
                "name": found.words.name(r["technology"]),
                "least": r["least"],
                "most": r["most"],
                "optimum": r["optimum"],
                "maximum": top,
            }
        )
    words = {k: say(f"plan.columns.{k}", lang) for k in ("least", "optimum", "most")}
    return {
        "title": say("plan-page.ranges", lang),
        "rows": rows,
        "words": {**words, "share": say("plan-page.share-of-most", lang)},
    }


def pathway(found: Opened, result: Any) -> dict[str, Any]:
    """What stands at each stage. [MW, MWh]"""
    steps = result["steps"]
    names = list(dict.fromkeys(k for s in steps for k, v in s["stands"].items() if v > 1))
    series = [
        {"name": found.words.part(n), "values": [round(s["stands"].get(n, 0.0) / 1000, 2) for s in steps]}
        for n in names
    ]
    return {
        "title": say("plan.figures.roadmap", found.words.lang),
        "months": [str(s["year"]) for s in steps],
        "series": series,
        "unit": "MW / MWh",
    }


def intensity(found: Opened, result: Any) -> dict[str, Any]:
    """Intensity by stage against its target, with the emissions."""
    steps, lang = result["steps"], found.words.lang
    stages = {s.year: s.intensity for s in found.record.stages} if found.record else {}
    limits = [v if isinstance(v := stages.get(s["year"]), int | float) else None for s in steps]
    words = {k: say(f"plan-page.path.{k}", lang) for k in ("intensity", "target", "emissions")}
    return {
        "title": say("plan.figures.intensity", lang), "years": [str(s["year"]) for s in steps], "intensity": [round(s["intensity"], 4) for s in steps],
        "target": limits, "emissions": [round(s["emissions_t"], 1) for s in steps], "words": words,
    }  # fmt: skip


def tornado(found: Opened, result: Any) -> dict[str, Any]:
    """How the cost moves with each number: from its lowest to its highest factor, against the plan. [10,000 CNY]"""
    lang = found.words.lang
    by: dict[str, list[tuple[float, float]]] = {}
    for r in result["runs"]:
        if r["cost"] is not None:
            by.setdefault(r["path"], []).append((r["factor"], r["cost"] / WAN))
    rows: list[dict[str, Any]] = []
    for path, points in by.items():
        points.sort()
        base = next((c for f, c in points if f == 1.0), points[len(points) // 2][1])
        rows.append(
            {
                "name": path_words(found, path),
                "points": [{"factor": f, "change": round(c - base, 1)} for f, c in points if f != 1.0],
            }
        )
    rows.sort(key=lambda r: max((abs(p["change"]) for p in r["points"]), default=0.0))
    if not rows:
        return {"empty": say("plan-page.nothing-run", lang)}
    return {"title": say("plan-page.tornado", lang), "rows": rows, "unit": say("plan-page.unit.wan", lang)}


def mw(values: Any) -> list[float]:
    """kW as MW, three places."""
    return [round(float(v) / 1000, 3) for v in values]


def as_local(at: datetime, zone: ZoneInfo) -> str:
    """A time of the series in the study's zone."""
    return f"{at.astimezone(zone):%m-%d %H:%M}"
