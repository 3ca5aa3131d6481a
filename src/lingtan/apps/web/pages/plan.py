"""Planning: the studies of the workspace; new, uploaded, copied, removed; runs asked for, heard and stopped; plans side by side."""

import re
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Any

from fastapi import File, Form, Query, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.render import language_of, render
from lingtan.apps.web.study_words import Words
from lingtan.base.errors import InputError, Problem
from lingtan.base.text import label, say
from lingtan.services.access.policy import Action, Actor, Kind, Scope, scope_of
from lingtan.services.study_shelf import (
    ANSWERS,
    Shelved,
    list_studies,
    remove_study,
    save_study,
    shelf,
    show_study,
    study_path,
    study_text,
)

room = Room()
READ, WRITE = Need(Kind.PLAN), Need(Kind.PLAN, Action.WRITE)
Text = Annotated[str, Form(max_length=200)]
DATA_FILE = re.compile(r"[\w][\w .-]{0,80}\.(csv|txt)", re.UNICODE)


@dataclass(frozen=True)
class Opened:
    """A study as pages show it: the record (None where the file is wrong), its problems, its text."""

    shelved: Shelved
    text: str
    record: Any
    problems: list[Problem]
    words: Words


def opened(request: Request, study: str) -> Opened:
    """A study of the workspace with the problems that the file itself shows."""
    from lingtan.optimize.study.file import parse_study

    root = request.app.state.portal.root
    text = study_text(root, study)
    record, problems, _ = parse_study(text.encode(), f"{study}.yaml")
    return Opened(show_study(root, study), text, record, problems, Words(record, language_of(request)))


def gives(actor: Actor) -> bool:
    """Whether what somebody writes into a study may name the park's readings."""
    return scope_of(actor, Kind.READING, Action.READ) is Scope.ALL


def page(request: Request, template: str, found: Opened, tab: str, values: dict[str, Any]) -> Response:
    """A page of one study in its frame: tabs and runs."""
    runs = request.app.state.portal.studies
    lang = language_of(request)
    told = {
        "study": found.shelved, "record": found.record, "words": found.words, "tab": tab, "answers": ANSWERS,
        "runs": runs.state(found.shelved.id), "busy": runs.busy(found.shelved.id), "failure_of": lambda r: runs.failure(r, lang),
        "study_name": label(found.shelved.name, lang, found.shelved.id), "errors": [p for p in found.problems if p.severity == "error"],
        **values,
    }  # fmt: skip
    return render(request, template, told)


@room.page("/planning", READ)
def planning(request: Request) -> Response:
    """The studies, with what is kept of each."""
    portal = request.app.state.portal
    found = list_studies(portal.root)
    return render(
        request, "plan-list.html", {"studies": found, "busy": {s.id: portal.studies.busy(s.id) for s in found}}
    )


@room.act("/planning/new", WRITE)
def new(request: Request, study: Text, name: Text = "") -> Response:
    """A complete study from the template."""
    portal, actor = request.app.state.portal, actor_of(request)
    save_study(
        portal.root, study, template_text(study, name), by=actor.name, at=portal.clock(), gives=gives(actor), new=True
    )
    return RedirectResponse(f"/planning/{study}/edit", 303)


def template_text(study: str, name: str = "") -> str:
    """The study that runs as it stands, under another id and name."""
    text = files("lingtan.optimize.study").joinpath("templates", "study.yaml").read_text(encoding="utf-8")
    text = text.replace("id: sample-site", f"id: {study}", 1)
    if name:
        from lingtan.services.edit_study import edited

        text = edited(text, {"study.name.zh": name, "study.name.en": name})
    return text


@room.act("/planning/upload", WRITE)
def upload(request: Request, file: Annotated[UploadFile, File()], study: Text = "") -> Response:
    """A study as YAML or as a workbook; a CSV file becomes a profile file beside the studies."""
    portal, actor = request.app.state.portal, actor_of(request)
    name, data = (file.filename or "").replace("\\", "/").split("/")[-1], file.file.read()
    if name.lower().endswith((".csv", ".txt")):
        keep_data_file(portal.root, name, data)
        return RedirectResponse("/planning?data=1", 303)
    made = uploaded(portal, actor, name, data, study)
    return RedirectResponse(f"/planning/{made.id}/text", 303)


def uploaded(portal: Any, actor: Actor, name: str, data: bytes, study: str = "") -> Shelved:
    """A new study from the bytes of a file, named by its own id if nothing else is asked for."""
    from lingtan.park.file import suggested_id
    from lingtan.services.edit_study import tree_of, value_at

    if name.lower().endswith(".xlsx"):
        from lingtan.services.study_workbook import yaml_from_workbook

        data = yaml_from_workbook(data, name)
    elif not name.lower().endswith((".yaml", ".yml")):
        raise InputError("plan-page.file-kind", file=name[:80])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("study.not-utf8", file=name[:80]) from None
    if not study:
        try:
            study = str(value_at(tree_of(text), ("study", "id")) or "")
        except InputError:
            study = ""
    id_ = study or suggested_id(name.rsplit(".", 1)[0], "study-1")
    made: Shelved = save_study(portal.root, id_, text, by=actor.name, at=portal.clock(), gives=gives(actor), new=True)
    return made


def keep_data_file(root: Any, name: str, data: bytes) -> str:
    """A CSV file beside the studies, for their profiles."""
    from lingtan.services.study_kept import write_file

    if not DATA_FILE.fullmatch(name):
        raise InputError("plan-page.file-kind", file=name[:80])
    write_file(shelf(root) / name, data)
    return name


@room.page("/planning/compare", READ)
def compare(request: Request, study: Annotated[list[str] | None, Query(max_length=12)] = None) -> Response:
    """Plans of several studies side by side."""
    from lingtan.services.run_study import compare_results

    portal, lang = request.app.state.portal, language_of(request)
    chosen = list(dict.fromkeys(study or []))[:12]
    found = {name: opened(request, name) for name in chosen}
    results = {name: kept_answer(portal.root, name, "plan") for name in chosen}
    there = {k: v for k, v in results.items() if v is not None}
    rows = compare_results(there)
    kinds = {t.id: f.words.name(t.id) for f in found.values() if f.record for t in f.record.technologies}
    units = {t["id"]: t["unit"] for r in there.values() for t in r.get("technologies", [])}
    finances = {name: (r.get("finance") or {}).get("park") for name, r in there.items()}
    values = {
        "rows": rows, "results": there, "missing": [n for n in chosen if n not in there], "all": list_studies(portal.root), "chosen": chosen,
        "names": {n: label(f.shelved.name, lang, n) for n, f in found.items()}, "kinds": kinds, "units": units, "finances": finances,
        "keys": list(dict.fromkeys(k for r in rows for k in r["sizes"])),
        "core": {n: next((i for i in r.get("indicators", []) if i["id"] == "core"), None) for n, r in there.items()},
    }  # fmt: skip
    return render(request, "plan-compare.html", values)


@room.page("/planning/compare/sizes.json", READ)
def compare_chart(request: Request, study: Annotated[list[str] | None, Query(max_length=12)] = None) -> Response:
    """Cost and sizes of plans side by side, for the chart."""
    lang = language_of(request)
    series: dict[str, dict[str, float]] = {}
    names = []
    for name in dict.fromkeys(study or []):
        found, result = opened(request, name), kept_answer(request.app.state.portal.root, name, "plan")
        if result is None or not result.get("cost_items"):
            continue
        names.append(label(found.shelved.name, lang, name))
        for item, value in result["cost_items"].items():
            key = found.words.name(item.partition(".")[0])
            mine = series.setdefault(key, {})
            mine[names[-1]] = mine.get(names[-1], 0.0) + (value or 0.0) / 1e4
    ranked = sorted(series.items(), key=lambda kv: -sum(kv[1].values()))
    shown = [
        {"name": k, "values": [round(v.get(n, 0.0), 1) for n in names]} for k, v in ranked if sum(v.values()) > 0.05
    ]
    if not names:
        return JSONResponse({"empty": say("plan-page.nothing-run", lang)})
    return JSONResponse(
        {
            "title": say("plan-page.cost-by-thing", lang),
            "months": names,
            "series": shown,
            "unit": say("plan-page.unit.wan", lang),
        }
    )


@room.page("/planning/library", READ)
def library(request: Request, technology: str = "", region: str = "") -> Response:
    """Costs and efficiencies of technologies, each with range, source and confidence."""
    from lingtan.optimize.library import entries

    lang = language_of(request)
    found = list(entries())
    shown = [e for e in found if (not technology or e.technology == technology) and (not region or e.region == region)]
    names = {e.technology: (e.zh if lang == "zh" else e.en) for e in found}
    values = {
        "rows": shown if technology or region else [e for e in shown if e.region == "China"], "names": names, "technology": technology,
        "region": region or ("" if technology else "China"), "regions": sorted({e.region for e in found}), "words": Words(None, lang),
    }  # fmt: skip
    return render(request, "plan-library.html", values)


@room.act("/planning/{study}/copy", WRITE)
def copy(request: Request, study: str, to: Text) -> Response:
    """The same study under another id, to change and compare."""
    from lingtan.services.edit_study import edited

    portal, actor = request.app.state.portal, actor_of(request)
    old = show_study(portal.root, study)
    text = study_text(portal.root, study)
    with suppress(InputError):  # a text that cannot be read is copied as it stands
        text = edited(text, {"study.id": to})
    save_study(portal.root, to, text, by=actor.name, at=portal.clock(), gives=gives(actor), new=True)
    if not gives(actor) and old.given:
        from lingtan.services.study_shelf import give

        give(portal.root, to, old.given)
    return RedirectResponse(f"/planning/{to}/edit", 303)


@room.act("/planning/{study}/remove", WRITE)
def remove(request: Request, study: str) -> Response:
    """Out of the list; the folder `studies/removed` keeps it."""
    portal = request.app.state.portal
    for answer in portal.studies.state(study):
        portal.studies.stop(study, answer)
    remove_study(portal.root, study)
    return RedirectResponse("/planning", 303)


@room.act("/planning/{study}/run", WRITE)
def run(
    request: Request,
    study: str,
    answer: Text,
    gap: Text = "",
    budget: Text = "",
    within: Text = "",
    steps: Text = "",
    solver: Text = "auto",
    cross: Text = "",
    anew: Text = "",
) -> Response:
    """Ask for an answer in the background."""
    portal = request.app.state.portal
    study_path(portal.root, study)
    stated = {
        "gap": gap,
        "budget": budget,
        "within": within,
        "steps": steps,
        "solver": solver,
        "cross": cross,
        "anew": anew,
    }
    portal.studies.start(study, answer, options_of(answer, stated), actor_of(request).name)
    return RedirectResponse(f"/planning/{study}" + ("" if answer == "plan" else f"/answer/{answer}"), 303)


def options_of(answer: str, stated: dict[str, Any]) -> dict[str, Any]:
    """The options that an answer takes, from what was typed; a gap may be written as percent.

    Raises
    ------
    InputError
        ``plan-page.bad-option``.
    """
    found: dict[str, Any] = {}

    def number(key: str, low: float, high: float) -> None:
        text = str(stated.get(key) if stated.get(key) is not None else "").strip().replace(",", "")
        if not text:
            return
        try:
            value = float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise InputError(
                "plan-page.bad-option",
                option=say(f"plan-page.option.{key}", "zh"),
                value=text[:40],
                low=f"{low:g}",
                high=f"{high:g}",
            )
        found[key] = int(value) if key == "steps" else value

    number("gap", 1e-7, 0.5)
    if answer == "least-carbon":
        number("budget", 0, 1e13)
    if answer == "alternatives":
        number("within", 0.0001, 1)
    if answer == "frontier":
        number("steps", 2, 50)
    if answer == "sweep":
        found["cross"] = bool(stated.get("cross"))
        found["again"] = bool(stated.get("anew"))
        return found
    if stated.get("solver") not in ("", None, "auto"):
        if stated["solver"] not in ("chain", "highs"):
            raise InputError("plan-page.bad-solver", solver=str(stated["solver"])[:40])
        found["solver"] = stated["solver"]
    if stated.get("anew"):
        found["resume"] = False
    return found


@room.act("/planning/{study}/stop", WRITE)
def stop(request: Request, study: str, answer: Text) -> Response:
    """Ask a run to stop; a plan keeps where it stands."""
    portal = request.app.state.portal
    study_path(portal.root, study)
    if answer in ANSWERS:
        portal.studies.stop(study, answer)
    return RedirectResponse(f"/planning/{study}", 303)


@room.page("/planning/{study}/progress", READ)
def progress(
    request: Request, study: str, was: str = "", tab: Annotated[str, Query(max_length=20)] = "plan"
) -> Response:
    """The runs of a study; when the last one ends the page is loaded anew."""
    portal, lang = request.app.state.portal, language_of(request)
    show_study(portal.root, study)
    busy = portal.studies.busy(study)
    if was == "busy" and not busy:
        return Response(status_code=204, headers={"hx-refresh": "true"})
    runs = portal.studies
    values = {
        "study_id": study,
        "runs": runs.state(study),
        "busy": busy,
        "tab": tab,
        "answers": ANSWERS,
        "failure_of": lambda r: runs.failure(r, lang),
    }
    return render(request, "plan-progress.html", values)


def kept_answer(root: Any, study: str, answer: str) -> dict[str, Any] | None:
    """An answer that was kept, or None."""
    from lingtan.services.studies import kept, results_folder

    return kept(results_folder(study_path(root, study)), answer) if answer in ANSWERS else None
