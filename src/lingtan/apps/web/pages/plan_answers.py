"""The answers of a study: sizes with their proof, operation, money, reasons, and what else was asked."""

from typing import Annotated, Any

from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages.plan import READ, Opened, kept_answer, opened, page
from lingtan.apps.web.render import language_of
from lingtan.apps.web.study_words import cost_items
from lingtan.base.text import label, say, sentences

room = Room()
AnswerName = Annotated[
    str, InPath(pattern="^(least-carbon|frontier|alternatives|pathway|scenarios|sensitivities|sweep)$")
]
WAN = 1e4


@room.page("/planning/{study}", READ)
def plan(request: Request, study: str) -> Response:
    """Sizes and cost with bound and gap, indicators against their targets, the project table."""
    from lingtan.services.study_tables import project_table

    found, result = opened(request, study), kept_answer(request.app.state.portal.root, study, "plan")
    values: dict[str, Any] = {
        "result": result,
        "stale": stale(found, "plan"),
        "projects": None,
        "items": [],
        "target": None,
    }
    if result and result.get("technologies"):
        path = kept_answer(request.app.state.portal.root, study, "pathway")
        values["projects"] = project_table(result, path, found.record, language_of(request))
        values["items"] = cost_items(found.words, result["cost_items"])
        values["core"] = next((i for i in result["indicators"] if i["id"] == "core"), None)
        values["capex"] = sum(t.get("capex_cny") or 0.0 for t in result["technologies"])
        values["emissions_t"] = (result["tallies"].get("emissions") or 0.0) / 1000
    return page(request, "plan-answer.html", found, "plan", values)


@room.page("/planning/{study}/operation", READ)
def operation(request: Request, study: str) -> Response:
    """How the plan runs: weeks, duration curves, energy flow, the monthly bills."""
    found, result = opened(request, study), kept_answer(request.app.state.portal.root, study, "plan")
    nodes = [(n, found.words.name(n)) for n in (result or {}).get("node_flows_kwh", {})]
    weeks = max((result or {}).get("hours", 0) // 168, 1)
    values = {
        "result": result,
        "stale": stale(found, "plan"),
        "nodes": nodes,
        "weeks": weeks,
        "week": number(request, "week", 1, weeks, 3),
    }
    values["node"] = request.query_params.get("node", nodes[0][0] if nodes else "")
    return page(request, "plan-operation.html", found, "operation", values)


@room.page("/planning/{study}/money", READ)
def money(request: Request, study: str) -> Response:
    """Cash flows of the whole, of each project and of each party, with the basis of every figure."""
    found, result = opened(request, study), kept_answer(request.app.state.portal.root, study, "plan")
    flows = flows_of(found, (result or {}).get("finance"), language_of(request))
    return page(
        request, "plan-money.html", found, "money", {"result": result, "stale": stale(found, "plan"), "flows": flows}
    )


@room.page("/planning/{study}/why", READ)
def why(request: Request, study: str) -> Response:
    """What holds the cost up, what each technology earns; or who contradicts whom and the cheapest way out."""
    found, result = opened(request, study), kept_answer(request.app.state.portal.root, study, "plan")
    limits = []
    existing = {t["id"]: t["existing"] for t in (result or {}).get("technologies", [])}
    for limit in ((result or {}).get("why") or {}).get("limits", []):
        value, unit = found.words.worth(limit["kind"], limit["name"], limit["saves_per_unit"])
        limits.append({**limit, "text": found.words.condition(limit["name"]), "worth": value, "unit": unit})
    return page(
        request,
        "plan-why.html",
        found,
        "why",
        {"result": result, "stale": stale(found, "plan"), "limits": limits, "existing": existing},
    )


@room.page("/planning/{study}/answer/{answer}", READ)
def other(request: Request, study: str, answer: AnswerName) -> Response:
    """One of the other answers."""
    found, result = opened(request, study), kept_answer(request.app.state.portal.root, study, answer)
    values: dict[str, Any] = {
        "result": result,
        "stale": stale(found, answer),
        "answer": answer,
        "path_of": lambda p: path_words(found, p),
        "scenario": lambda n: scenario_name(found, n),
    }
    if answer == "pathway" and result:
        values["names"] = list(dict.fromkeys(k for s in result["steps"] for k in (*s["built"], *s["stands"])))
    return page(request, "plan-other.html", found, answer, values)


def stale(found: Opened, answer: str) -> bool:
    """Whether the study changed after an answer was worked out."""
    return answer in found.shelved.answers and not found.shelved.fresh(answer)


def flows_of(found: Opened, finance: Any, lang: str) -> list[dict[str, Any]]:
    """All cash flows: the park's, each project's, each party's; with names and the basis in words."""
    if not finance:
        return []
    made = []
    if finance["park"]:
        made.append({**finance["park"], "key": "park", "title": say("plan-page.whole", lang), "what": "whole"})
    for i, flow in enumerate(finance["projects"]):
        made.append({**flow, "key": f"project-{i}", "title": found.words.name(flow["id"]), "what": "project"})
    for i, flow in enumerate(finance["parties"]):
        title = found.words.party(flow["party"])
        partner = next((p for p in (found.record.parties if found.record else ()) if p.id == flow["party"]), None)
        role = f"plan-page.role.{partner.role}" if partner else ""
        made.append(
            {
                **flow,
                "key": f"party-{i}",
                "title": title,
                "what": "party",
                "role": say(role, lang) if role in sentences(lang) else "",
            }
        )
    for flow in made:
        flow["basis"] = [
            found.words.basis(b) for b in (*flow["basis"], *(finance["basis"] if flow["what"] == "party" else ()))
        ]
    return made


def path_words(found: Opened, path: str) -> str:
    """``technologies.battery.capex`` as thing and field."""
    parts = path.split(".")
    lang = found.words.lang
    field = f"plan-page.field.{parts[-1]}"
    words = say(field, lang) if field in sentences(lang) else parts[-1]
    return words if len(parts) == 2 else f"{found.words.name(parts[1])} · {words}"


def scenario_name(found: Opened, name: str) -> str:
    """A scenario by its label."""
    entry = next((s for s in (found.record.scenarios if found.record else ()) if s.id == name), None)
    return label(entry.name, found.words.lang, name) if entry else name


def number(request: Request, key: str, low: int, high: int, fallback: int) -> int:
    """A whole number of the query, kept within its range."""
    text = request.query_params.get(key, "")
    return min(max(int(text), low), high) if text.isdecimal() and len(text) < 6 else min(max(fallback, low), high)
