"""Meters and data: the tree with status, findings and repairs by two people, quarantine, import with a preview."""

import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import File, Form, UploadFile
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of, check_thing
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import label, say, sentences
from lingtan.base.time import parse_instant
from lingtan.park.model import channels
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of

room = Room()
Short = Annotated[str, Form(max_length=120)]


def _own(connection: HTTPConnection, actor: Actor) -> Thing:
    """The readings of the park, or one's own."""
    own = scope_of(actor, Kind.READING, Action.READ) is Scope.OWN
    return Thing(Kind.READING, enterprise=actor.enterprise if own else None)


READ, WRITE = Need(Kind.READING, thing=_own), Need(Kind.READING, Action.WRITE, thing=_own)
DECIDE = Need(Kind.READING, Action.APPROVE)


@room.page("/meters", READ)
def meters(request: Request, state: str = "") -> Response:
    """The tree of meters."""
    from lingtan.services.meter_status import meter_status
    from lingtan.services.quarantine import quarantined

    portal, actor, lang = request.app.state.portal, actor_of(request), language_of(request)
    space, own = portal.space(), _own(request, actor).enterprise
    shown = portal.shown(refresh=False)
    found = meter_status(space, shown.run if shown else None, own)
    counts = {s: sum(x.state == s for x in found) for s in ("fresh", "late", "silent")}
    values: dict[str, Any] = {
        "rows": [x for x in found if not state or x.state == state],
        "counts": counts,
        "total": len(found),
        "state": state,
        "shown": shown,
        "names": {e.id: label(e.name, lang, e.id) for e in space.park.enterprises},
        "quarantine": quarantined(space.blobs) if own is None else [],
    }
    return render(request, "meters.html", values)


@room.page("/meters/findings", Need(Kind.READING))
def findings(request: Request, month: str = "") -> Response:
    """What the checks found in a month, worked out in the background, and the proposals of repair."""
    from lingtan.services.propose_repair import proposals

    portal, lang = request.app.state.portal, language_of(request)
    space = portal.space()
    months = sorted({m for c in space.store.commits() for m in c.parts}, reverse=True)
    month = month if re.fullmatch(r"\d{4}-\d{2}", month) else (months[1] if len(months) > 1 else next(iter(months), ""))
    key = ("check", month, space.store.head())
    task = portal.tasks.get(key)
    if task is None and month:
        for old in [k for k in portal.tasks if k[0] == "check" and portal.tasks[k].future.done() and k[2] != key[2]]:
            del portal.tasks[old]
        task = portal.tasks[key] = portal.background.submit("figures", "check", {"period": month})
    made, failure = None, None
    if task is not None and task.future.done():
        error = task.future.exception()
        made = None if error else task.future.result()
        failure = error.format(lang) if isinstance(error, LingtanError) else str(error) if error else None
    names = {name: label(c.name, lang, name) for name, (_, c) in channels(space.park).items()}

    def evidence(values: dict[str, Any]) -> str:
        told = []
        for k, v in values.items():
            key = f"finding-value.{k}"
            if v is not None and k != "what" and key in sentences(lang):
                told.append(f"{say(key, lang)} {v}")
        return "；".join(told) if lang == "zh" else ", ".join(told)

    values = {
        "month": month,
        "months": months,
        "made": made,
        "failure": failure,
        "names": names,
        "evidence": evidence,
        "proposals": proposals(space),
    }
    return render(request, "findings.html", values)


@room.act("/meters/proposals", Need(Kind.READING, Action.WRITE))
def propose(
    request: Request,
    channel: Short,
    start: Short,
    end: Short,
    action: Annotated[str, Form(pattern="^(withdraw|confirm)$")],
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    month: Short = "",
) -> Response:
    """Propose a repair."""
    from lingtan.services.propose_repair import propose_repair

    portal = request.app.state.portal
    space = portal.space()
    zone = space.park.park.timezone
    propose_repair(
        space,
        channel,
        parse_instant(start, zone),
        parse_instant(end, zone),
        action,
        reason=reason,
        by=actor_of(request).name,
    )
    return RedirectResponse(f"/meters/findings?month={month}#proposals", 303)


@room.act("/meters/proposals/{name}", DECIDE)
def decide(request: Request, name: str, approve: Annotated[bool, Form()]) -> Response:
    """Approve another's proposal, or refuse one."""
    from lingtan.services.propose_repair import decide_repair

    decide_repair(request.app.state.portal.space(), name, by=actor_of(request).name, approve=approve)
    return RedirectResponse("/meters/findings#proposals", 303)


@room.page("/meters/quarantine/{name}", Need(Kind.READING))
def quarantine(request: Request, name: str) -> Response:
    """The rejected cells of a file."""
    from lingtan.services.quarantine import quarantined, read_rejects

    blobs = request.app.state.portal.space().blobs
    found = next((q for q in quarantined(blobs) if Path(q.name).name == name), None)
    if found is None:
        raise InputError("meters.no-quarantine", file=name[:80])
    return render(request, "quarantine.html", {"file": found, "cells": read_rejects(blobs, found.name)[:500]})


@room.page("/meters/import", WRITE)
def import_page(request: Request) -> Response:
    """Where files are dropped."""
    return render(request, "import.html", {"seen": None, "staged": "", "done": None, "failure": None})


@room.act("/meters/import", WRITE)
def upload(request: Request, file: Annotated[UploadFile, File()]) -> Response:
    """Keep a file aside and show what was understood of it; nothing is written."""
    from lingtan.services.stage_import import MOST_BYTES, stage

    data = file.file.read(MOST_BYTES + 1)
    return _preview(request, stage(request.app.state.portal.space(), file.filename or "file", data))


@room.act("/meters/import/write", WRITE)
def write(
    request: Request, staged: Annotated[str, Form(pattern=r"^[0-9a-f]{16}/[\w.()\-]+$", max_length=140)]
) -> Response:
    """Write what was previewed."""
    return _preview(request, staged, dry_run=False)


def _preview(request: Request, staged: str, *, dry_run: bool = True) -> Response:
    from lingtan.services.stage_import import import_staged

    def allow(enterprise: str) -> None:
        check_thing(request, Action.WRITE, Thing(Kind.READING, enterprise=enterprise))

    space, lang = request.app.state.portal.space(), language_of(request)
    done = import_staged(space, staged, allow, dry_run=dry_run)
    failure = done.error.format(lang) if done.error is not None else None
    from lingtan.apps.cli.readings_show import table_line

    values = {
        "seen": done.seen, "staged": staged, "done": None if dry_run else done, "failure": failure, "file": done.file,
        "told": [table_line(t, lang) for t in done.seen.tables] if done.seen else [],
        "counts": {c.channel: c for c in done.seen.channels} if done.seen else {},
        "names": {n: label(c.name, lang, n) for n, (_, c) in channels(space.park).items()},
    }  # fmt: skip
    return render(request, "import.html", values, status=done.error.http_status if done.error is not None else 200)
