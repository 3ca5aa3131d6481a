"""What the routes stand on: the workspace, the users, the audit log, the background, and the runs that pages show."""

import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingtan.apps.web.background import Background, Task
from lingtan.apps.web.limits import Limits
from lingtan.apps.web.live import Feed
from lingtan.apps.web.study_runs import StudyRuns
from lingtan.apps.web.watchman import Watchman
from lingtan.base.errors import InputError
from lingtan.services.access.policy import Actor
from lingtan.services.access.ports import AuditLog, Directory
from lingtan.services.access.provider import Provider

if TYPE_CHECKING:
    from lingtan.apps.web.work import Work
    from lingtan.services.keep_run import Run
    from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
RULES = "ndrc-910-2025"


@dataclass(frozen=True)
class Shown:
    """The run that a page shows: frozen by ``closing`` or open; ``stale`` while a newer one is being worked out."""

    run: "Run"
    closing: str | None
    stale: bool
    task: Task | None

    @property
    def id(self) -> str:
        """By what links name it."""
        return self.closing or self.run.id


class Portal:
    """One park's portal."""

    def __init__(
        self,
        root: Path,
        open_: Callable[[Path], "Workspace"],
        directory: Directory,
        audit: AuditLog,
        clock: Callable[[], datetime],
        *,
        lang: str = "zh",
        background: Background | None = None,
    ) -> None:
        self.root, self.directory, self.audit, self.clock, self.lang = root, directory, audit, clock, lang
        self.background = background or Background(root)
        self.limits = Limits()
        self.feed = Feed(self)
        self.watchman = Watchman(self)
        self.studies = StudyRuns(self)
        self.tasks: dict[tuple[Any, ...], Task] = {}  # what pages wait for
        self.works: dict[str, Work] = {}  # what people started, by its id
        self.public_url = ""  # how browsers reach the portal, where that is stated
        self.provider: Provider | None = None  # of sign-ins from elsewhere
        self.once: dict[tuple[str, ...], Any] = {}  # answers to writes, by Idempotency-Key
        self.setup_code = secrets.token_hex(4)
        self._open = open_
        self._opened: tuple[int, Workspace] | None = None
        self._runs: dict[str, Run] = {}
        self._records: dict[str, Mapping[str, Any]] = {}
        self._failed: dict[tuple[Any, ...], str] = {}
        self._guard = threading.RLock()

    def space(self) -> "Workspace":
        """The workspace; opened again when the park file changed."""
        stamp = (self.root / "park.yaml").stat().st_mtime_ns
        with self._guard:
            if self._opened is None or self._opened[0] != stamp:
                self._opened = (stamp, self._open(self.root))
            return self._opened[1]

    def needs_setup(self) -> bool:
        """Whether nobody has an account yet."""
        return not self.directory.users()

    def note(self, actor: Actor, action: str, kind: str, name: str, detail: Mapping[str, Any]) -> None:
        """A line in the audit log."""
        self.audit.append(
            at=self.clock(),
            actor=actor.name,
            role=actor.role.value,
            action=action,
            kind=kind,
            object=name,
            detail=detail,
        )

    # ---- runs -------------------------------------------------------------------------------------------------------------

    def records(self) -> dict[str, Mapping[str, Any]]:
        """The records of all kept runs, by id."""
        space = self.space()
        names = {n.split("/")[1] for n in space.blobs.names("runs/") if n.endswith("/run.json")}
        with self._guard:
            for name in names - self._records.keys():
                self._records[name] = json.loads(space.blobs.get(f"runs/{name}/run.json") or b"{}")
            return {n: self._records[n] for n in sorted(names)}

    def years(self, rules: str = RULES) -> list[str]:
        """The years that were accounted, newest first."""
        found = {str(r["period"])[:4] for r in self.records().values() if r["rules"]["id"] == rules}
        return sorted(found, reverse=True)

    def shown(self, period: str = "", *, rules: str = RULES, run: str = "", refresh: bool = True) -> Shown | None:
        """The run to show: a named run or closing; else the newest of the period, with a newer one asked for if there is news.

        None while the very first one is being worked out (or nothing was imported yet).
        """
        space = self.space()
        if run:
            return Shown(self.load(run), run if "@" in run else None, False, None)
        year = period or next(iter(self.years(rules)), "") or newest_year(space)
        if not year:
            return None
        mine = [(k, r) for k, r in self.records().items() if r["rules"]["id"] == rules and str(r["period"]) == year]
        head, park = space.store.head(), space.park_commit.content
        best = max(
            mine, key=lambda kr: (kr[1]["park"]["digest"] == park, kr[1]["as_of"], kr[1]["made_at"]), default=None
        )
        fresh = best is not None and best[1]["as_of"] == head and best[1]["park"]["digest"] == park
        task = None if fresh or not refresh else self._refresh(year, rules, head, park)
        if best is None:
            return None
        found = self.load(best[0])
        return Shown(found, self._closing_of(found), not fresh, task)

    def load(self, name: str) -> "Run":
        """A kept run, or the frozen run of a closing (``…@n``)."""
        from lingtan.services.closings import find_closing, frozen_run
        from lingtan.services.keep_run import load_run

        with self._guard:
            if name not in self._runs:
                space = self.space()
                made = frozen_run(space, find_closing(space, name)) if "@" in name else load_run(space, name)
                while len(self._runs) >= 4:
                    self._runs.pop(next(iter(self._runs)))
                self._runs[name] = made
            return self._runs[name]

    def has_closing(self, period: str = "") -> bool:
        """Whether a period (any, where none is named) was closed."""
        from lingtan.services.closings import closings

        return bool(closings(self.space(), period or None))

    def failure(self, period: str, rules: str = RULES) -> str | None:
        """Why the newest account of a period could not be made, in the portal's language."""
        space = self.space()
        return self._failed.get((period, rules, space.store.head(), space.park_commit.content))

    def _closing_of(self, run: "Run") -> str | None:
        from lingtan.services.closings import current_closing

        closing = current_closing(self.space(), str(run.record["period"]), run.rules.id)
        return closing.id if closing is not None and closing.record["result"] == run.record["result"] else None

    def _refresh(self, year: str, rules: str, head: int, park: str) -> Task | None:
        key = (year, rules, head, park)
        if key in self._failed:
            return None
        task = self.background.submit("account", "account", {"period": year, "rules": rules})

        def ended(future: Any) -> None:
            error = future.exception()
            if error is not None:
                log.warning("account of %s: %s", year, error)
                self._failed[key] = error.format(self.lang) if hasattr(error, "format") else str(error)

        if not task.watched:
            task.watched = True
            task.future.add_done_callback(ended)
        return task

    def passport(self, **asked: Any) -> dict[str, Any]:
        """A passport, from the child process; kept by what it is asked with, for its run never changes."""
        from lingtan import __version__
        from lingtan.base.ids import digest

        space = self.space()
        name = f"cache/passports/{digest({**asked, 'code': __version__})}.json"
        kept = space.blobs.get(name)
        if kept is not None:
            found: dict[str, Any] = json.loads(kept)
            return found
        made: dict[str, Any] = self.background.wait("figures", "passport", asked)
        space.blobs.put(name, json.dumps(made, ensure_ascii=False).encode())
        return made

    def close(self) -> None:
        """End what runs beside."""
        self.studies.hold()
        self.watchman.close()
        self.background.close()


def newest_year(space: "Workspace") -> str:
    """The last year that has readings."""
    months = [m for c in space.store.commits() for m in c.parts]
    return max(months)[:4] if months else ""


def need_run(shown: Shown | None) -> Shown:
    """The run, or a word on what to do first."""
    if shown is None:
        raise InputError("figure.no-run")
    return shown
