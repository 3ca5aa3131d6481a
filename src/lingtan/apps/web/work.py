"""Long work that people start and watch: what is running, how far it is, what came out, or why it failed, in words."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lingtan.apps.web.background import Task
from lingtan.base.errors import DataError, InputError, LingtanError
from lingtan.base.text import say, sentences
from lingtan.base.time import iso

if TYPE_CHECKING:
    from lingtan.apps.web.portal import Portal

MOST = 60  # pieces of finished work that are remembered
MOST_WAITING = 12  # of a room, at a time


@dataclass(frozen=True)
class Work:
    """A piece of work of a room (``forecast``, ``dispatch``): who began it when."""

    id: str
    room: str
    by: str
    begun_at: datetime
    task: Task


def begin(portal: "Portal", room: str, job: str, arguments: Mapping[str, Any], *, by: str) -> Work:
    """Start a job on the room's lane; the same job while it waits or runs is the same work.

    Raises
    ------
    DataError
        ``portal.work-full`` while too much of the room waits.
    """
    if sum(not w.task.future.done() for w in works(portal, room)) >= MOST_WAITING:
        raise DataError("portal.work-full", most=MOST_WAITING)
    task = portal.background.submit(room, job, arguments)
    for found in works(portal, room):
        if found.task is task:
            return found
    made = Work(secrets.token_hex(8), room, by, portal.clock(), task)
    done = [w.id for w in portal.works.values() if w.task.future.done()]
    for name in done[: max(0, len(portal.works) - MOST)]:
        portal.works.pop(name, None)
    portal.works[made.id] = made
    return made


def works(portal: "Portal", room: str) -> list[Work]:
    """The room's work that is remembered, the newest first."""
    return [w for w in reversed(list(portal.works.values())) if w.room == room]


def find(portal: "Portal", room: str, name: str) -> Work:
    """A piece of work of a room.

    Raises
    ------
    InputError
        ``portal.unknown-work``: there is none, or the server was started again since.
    """
    found = portal.works.get(name)
    if found is None or found.room != room:
        raise InputError("portal.unknown-work", work=name[:40])
    return found


def told(work: Work, lang: str) -> dict[str, Any]:
    """A piece of work as pages and programs read it."""
    task = work.task
    error = task.future.exception() if task.future.done() else None
    state = "running" if not task.future.done() else "failed" if error else "done"
    made: dict[str, Any] = {
        "work": work.id, "job": task.job, "state": state, "by": work.by, "begun_at": iso(work.begun_at),
        "arguments": dict(task.arguments), "progress": _progress(task, lang) if state == "running" else None,
        "answer": task.future.result() if state == "done" else None, "problem": None,
    }  # fmt: skip
    if isinstance(error, LingtanError):
        problems = [
            {"code": p.code, "severity": p.severity, "text": p.format(lang), "values": dict(p.values)}
            for p in error.problems
        ]
        text = say(error.code, lang, count=len(problems), **error.values)
        made["problem"] = {"code": error.code, "text": text, "problems": problems}
    elif error is not None:
        made["problem"] = {"code": "portal.worker", "text": str(error), "problems": []}
    return made


def _progress(task: Task, lang: str) -> dict[str, Any]:
    now = dict(task.progress)
    key = f"progress.{now.get('key', '')}"
    values = {"done": now.get("done"), "total": now.get("total"), **now.get("values", {})}
    text = say(key, lang, **values) if key in sentences(lang) else say("portal.working", lang)
    return {"text": text, "done": now.get("done"), "total": now.get("total")}
