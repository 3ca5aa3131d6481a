"""Runs of studies: asked for, heard, stopped; written down beside the answers, so that a restarted server goes on with them."""

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingtan.apps.web.background import Task, error_dict, error_from
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.time import iso

if TYPE_CHECKING:
    from lingtan.apps.web.portal import Portal

log = logging.getLogger(__name__)
LANE = "plan"
OPEN = ("queued", "running")
PATIENCE_S = 4.0


class StudyRuns:
    """All runs of a portal's studies; one answer of a study runs once at a time."""

    def __init__(self, portal: "Portal") -> None:
        self._portal = portal
        self._tasks: dict[tuple[str, str], Task] = {}
        self._guard = threading.RLock()
        self._ending = False

    def start(self, study: str, answer: str, options: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Ask for an answer; who asks for one that runs gets that one."""
        from lingtan.services.study_shelf import ANSWERS

        if answer not in ANSWERS:
            raise InputError("study.unknown-answer", answer=answer[:40], known=", ".join(ANSWERS))
        with self._guard:
            records = self._read(study)
            if self._live(study, answer) is None:
                stop = self._stop(study, answer)
                stop.unlink(missing_ok=True)
                record = {
                    "answer": answer,
                    "options": dict(options),
                    "by": by,
                    "asked_at": iso(self._portal.clock()),
                    "state": "queued",
                }
                records[answer] = record
                self._write(study, records)
                self._submit(study, answer, options)
        return self.state(study)[answer]

    def stop(self, study: str, answer: str) -> None:
        """Ask a run to stop; where a plan stands is kept."""
        if self._live(study, answer) is not None:
            stop = self._stop(study, answer)
            stop.parent.mkdir(parents=True, exist_ok=True)
            stop.touch()

    def state(self, study: str) -> dict[str, dict[str, Any]]:
        """The newest run of each answer, with its progress while it works."""
        with self._guard:
            records = self._read(study)
        for answer, record in records.items():
            task = self._live(study, answer)
            if task is not None:
                working = self._portal.background.running(LANE) is task
                record["state"] = "running" if working else "queued"
                told = dict(task.progress)
                record["progress"] = {
                    "done": told.get("done"),
                    "total": told.get("total"),
                    **dict(told.get("values", {})),
                }
                record["stopping"] = self._stop(study, answer).exists()
            elif record["state"] in OPEN:
                record["state"] = "interrupted"
        return records

    def busy(self, study: str) -> bool:
        """Whether anything of a study runs or waits."""
        return any(r["state"] in OPEN for r in self.state(study).values())

    def failure(self, record: Mapping[str, Any], lang: str) -> str | None:
        """Why a run failed, in words."""
        error = record.get("error")
        return error_from(error).format(lang) if error else None

    def revive(self) -> int:
        """After a start of the server: go on with what was running or waiting; how many."""
        from lingtan.services.study_shelf import study_ids

        count = 0
        for study in study_ids(self._portal.root):
            with self._guard:
                for answer, record in self._read(study).items():
                    if record["state"] in OPEN and self._live(study, answer) is None:
                        self._stop(study, answer).unlink(missing_ok=True)
                        self._submit(study, answer, record["options"])
                        count += 1
        return count

    def hold(self) -> None:
        """Before the server ends: the plan that is worked on keeps where it stands; it goes on at the next start."""
        with self._guard:
            self._ending = True
            live = [(k, t) for k, t in self._tasks.items() if not t.future.done()]
        for (study, answer), task in live:
            if self._portal.background.running(LANE) is task:
                self._stop(study, answer).touch()
                try:
                    task.future.result(PATIENCE_S)
                except Exception:
                    log.info("run of %s/%s was cut off", study, answer)

    def _submit(self, study: str, answer: str, options: Mapping[str, Any]) -> None:
        arguments = {"study": study, "options": dict(options)}
        if answer == "sweep":
            task = self._portal.background.submit(LANE, "plan-sweep", arguments)
        else:
            task = self._portal.background.submit(LANE, "plan-run", {**arguments, "answer": answer})
        self._tasks[study, answer] = task
        task.future.add_done_callback(lambda future: self._ended(study, answer, future))

    def _ended(self, study: str, answer: str, future: Any) -> None:
        if self._ending:  # it goes on at the next start
            return
        error = future.exception()
        changes: dict[str, Any] = {"ended_at": iso(self._portal.clock())}
        if error is None:
            status = future.result().get("status")
            changes |= {"state": "stopped" if status == "stopped" else "done", "status": status}
        elif isinstance(error, LingtanError):
            changes |= (
                {"state": "stopped"}
                if error.code == "plan-page.stopped"
                else {"state": "failed", "error": error_dict(error)}
            )
        else:
            log.error("run of %s/%s", study, answer, exc_info=error)
            changes |= {"state": "failed", "error": error_dict(InputError("plan-page.bug", detail=str(error)[:200]))}
        with self._guard:
            try:
                self._stop(study, answer).unlink(missing_ok=True)
                records = self._read(study)
                records.setdefault(
                    answer, {"answer": answer, "options": {}, "by": "–", "asked_at": changes["ended_at"]}
                ).update(changes)
                self._write(study, records)
            except LingtanError:  # the study was removed meanwhile
                log.info("run of %s/%s ended after its study was removed", study, answer)

    def _live(self, study: str, answer: str) -> Task | None:
        task = self._tasks.get((study, answer))
        return task if task is not None and not task.future.done() else None

    def _stop(self, study: str, answer: str) -> Path:
        from lingtan.apps.web.study_jobs import stop_path

        return stop_path(self._portal.root, study, answer)

    def _file(self, study: str) -> Path:
        return self._stop(study, "").with_name("runs.json")

    def _read(self, study: str) -> dict[str, dict[str, Any]]:
        try:
            found: dict[str, dict[str, Any]] = json.loads(self._file(study).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def _write(self, study: str, records: Mapping[str, Any]) -> None:
        from lingtan.services.study_kept import write_file

        path = self._file(study)
        part = write_file(path.with_name("runs.json.part"), json.dumps(records, ensure_ascii=False).encode())
        part.replace(path)
