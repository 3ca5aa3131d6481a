"""The verifier's view: what was closed, its sealed packs and whether they hold, aggregates, and the questions that are open."""

from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.pages.shared import choose, waiting
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import LingtanError
from lingtan.base.text import say
from lingtan.services.access.policy import Kind

room = Room()
EVIDENCE = Need(Kind.EVIDENCE)
Year = Annotated[str, Query(pattern=r"^(\d{4})?$")]


@room.page("/verification", EVIDENCE)
def verification(request: Request, period: Year = "") -> Response:
    """The page."""
    from lingtan.services.closings import closings
    from lingtan.services.questions import DONE, OPEN, WAITING, questions
    from lingtan.services.sealed_packs import packs
    from lingtan.services.show_enterprises import enterprise_totals
    from lingtan.services.show_overview import data_quality, parts_of_emissions

    portal = request.app.state.portal
    space = portal.space()
    kept = [c for c in closings(space) if not period or c.record["period"] == period]
    shown = choose(request, period, kept[-1].id if kept else "")
    if shown is None:
        return waiting(request, period)
    core = shown.run.rules.core
    asked = questions(space)
    values: dict[str, Any] = {
        "shown": shown, "years": portal.years(), "closings": [c.record for c in reversed(kept)], "packs": packs(space),
        "counts": {s: sum(q.state == s for q in asked) for s in (OPEN, WAITING, DONE)}, "asked": [q for q in asked if q.state != DONE][:8],
        "totals": enterprise_totals(shown.run, language_of(request)) if shown.closing else [], "emissions": core["emissions"], "energy": core.get("energy", ""),
        "parts": parts_of_emissions(shown.run), "quality": data_quality(shown.run), "indicators": shown.run.indicators,
        "people": {u.name: u.label for u in portal.directory.users()}, "known": {e.id for e in shown.run.park.enterprises},
    }  # fmt: skip
    return render(request, "verification.html", values)


@room.page("/verification/{period}/check", EVIDENCE)
def check(
    request: Request,
    period: Annotated[str, InPath(pattern=r"^\d{4}$")],
    profile: Annotated[str, Query(pattern="^(full|park)$")] = "park",
) -> Response:
    """Seal a pack if it is not, and compute it again as its receiver would; worked out in the background."""
    made, failure = checked(request, period, profile)
    values = {"period": period, "profile": profile, "made": made, "failure": failure, "words": _words(request, made)}
    return render(request, "pack-check.html", values)


def checked(request: Request, period: str, profile: str) -> tuple[dict[str, Any] | None, str]:
    """What the check of a pack found, None while it runs; or why it could not be made."""
    portal = request.app.state.portal
    space = portal.space()
    key = ("pack-check", period, profile, len(space.blobs.names("closings/")), len(space.blobs.names("questions/")))
    task = portal.tasks.get(key)
    if task is None:
        asked = {"period": period, "profile": profile}
        task = portal.tasks[key] = portal.background.submit("figures", "check_pack", asked)
    if not task.future.done():
        return None, ""
    error = task.future.exception()
    if error is not None:
        portal.tasks.pop(key, None)
        return None, error.format(language_of(request)) if isinstance(error, LingtanError) else str(error)
    found: dict[str, Any] = task.future.result()
    return found, ""


def _words(request: Request, made: dict[str, Any] | None) -> dict[str, list[str]]:
    if made is None:
        return {}
    lang = language_of(request)

    def told(found: dict[str, Any]) -> str:
        values = {k: v for k, v in found.items() if k != "code"}
        return say(found["code"], lang, **values)

    faults = [
        f"{say(f['code'], lang)} {', '.join(f'{k} {v}' for k, v in f.items() if k != 'code')}" for f in made["faults"]
    ]
    return {
        "passed": [say(f"evidence-passed.{p}", lang) for p in made["passed"]],
        "faults": faults,
        "unchecked": [told(u) for u in made["unchecked"]],
    }
