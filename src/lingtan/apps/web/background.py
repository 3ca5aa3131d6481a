"""Heavy work away from the server: a child process for each lane, started when it is asked, ended when it is idle.

The server stays small and quick; what a child took of memory goes back when it ends. Parent and child speak JSON, a line a message.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lingtan.base import errors
from lingtan.base.errors import LingtanError, Place, Problem, SourceError

log = logging.getLogger(__name__)
IDLE_S = 60.0
Progressed = Callable[[Mapping[str, Any]], None]


@dataclass
class Task:
    """One piece of work: its newest progress, and its answer when it is there."""

    key: str
    job: str
    arguments: Mapping[str, Any]
    future: "Future[Any]" = field(default_factory=Future)
    progress: Mapping[str, Any] = field(default_factory=dict)
    watched: bool = False


class Background:
    """Lanes of work; the same key is not worked on twice at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lanes: dict[str, _Lane] = {}
        self._guard = threading.Lock()

    def submit(self, lane: str, job: str, arguments: Mapping[str, Any]) -> Task:
        """Ask for a job; who asks for the same while it runs gets the same task."""
        with self._guard:
            found = self._lanes.get(lane)
            if found is None:
                found = self._lanes[lane] = _Lane(self._root, lane)
            return found.submit(job, arguments)

    def wait(self, lane: str, job: str, arguments: Mapping[str, Any], timeout_s: float = 120.0) -> Any:
        """The answer of a job.

        Raises
        ------
        LingtanError
            Whatever the job raised; ``portal.worker`` if the child died or took too long.
        """
        task = self.submit(lane, job, arguments)
        try:
            return task.future.result(timeout_s)
        except TimeoutError:
            raise SourceError("portal.worker", job=job, detail=f"> {timeout_s:.0f} s") from None

    def running(self, lane: str) -> Task | None:
        """What a lane works on."""
        found = self._lanes.get(lane)
        return found.current if found is not None else None

    def close(self) -> None:
        """End the children."""
        for lane in self._lanes.values():
            lane.close()


class _Lane:
    """A queue and the child that works on it, one task after the other."""

    def __init__(self, root: Path, name: str) -> None:
        self._root, self._name = root, name
        self._waiting: list[Task] = []
        self._by_key: dict[str, Task] = {}
        self._there = threading.Condition()
        self._child: subprocess.Popen[str] | None = None
        self._closed = False
        self.current: Task | None = None
        self._thread = threading.Thread(target=self._work, name=f"lane-{name}", daemon=True)
        self._thread.start()

    def submit(self, job: str, arguments: Mapping[str, Any]) -> Task:
        key = json.dumps([job, arguments], sort_keys=True)
        with self._there:
            if (known := self._by_key.get(key)) is not None:
                return known
            task = self._by_key[key] = Task(key, job, arguments)
            self._waiting.append(task)
            self._there.notify()
            return task

    def close(self) -> None:
        with self._there:
            self._closed = True
            self._there.notify()
        if self._child is not None:
            self._child.kill()

    def _work(self) -> None:
        while True:
            with self._there:
                while not self._waiting:
                    idle = not self._there.wait(IDLE_S)
                    if self._closed:
                        return
                    if idle and not self._waiting and self._child is not None:
                        self._end_child()
                task = self.current = self._waiting.pop(0)
            try:
                answer = self._ask(task)
            except BaseException as error:
                self._done(task)
                task.future.set_exception(error)
            else:
                self._done(task)
                task.future.set_result(answer)

    def _done(self, task: Task) -> None:
        with self._there:
            self.current = None
            self._by_key.pop(task.key, None)

    def _ask(self, task: Task) -> Any:
        if self._child is None or self._child.poll() is not None:
            command = [sys.executable, "-m", "lingtan.apps.web.worker", str(self._root)]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps({"job": task.job, "arguments": task.arguments}) + "\n")
            child.stdin.flush()
        except OSError:
            self._end_child()
            raise SourceError("portal.worker", job=task.job, detail="gone") from None
        for line in child.stdout:
            message = json.loads(line)
            if "progress" in message:
                task.progress = message["progress"]
            elif "error" in message:
                raise error_from(message["error"])
            elif "bug" in message:
                log.error("job %s failed:\n%s", task.job, message["bug"])
                raise SourceError("portal.worker", job=task.job, detail=message["bug"].strip().splitlines()[-1][:200])
            else:
                return message["answer"]
        code = child.wait()
        self._end_child()
        raise SourceError("portal.worker", job=task.job, detail=f"exit {code}")

    def _end_child(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            if child.stdin is not None:
                child.stdin.close()
            try:
                child.wait(2)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if child.stdout is not None:
                child.stdout.close()


def error_dict(error: LingtanError) -> dict[str, Any]:
    """An error as it travels between processes."""
    problems = [
        {"code": p.code, "place": vars(p.place), "values": _texts(p.values), "severity": p.severity}
        for p in error.problems
    ]
    return {"type": type(error).__name__, "code": error.code, "values": _texts(error.values), "problems": problems}


def error_from(plain: Mapping[str, Any]) -> LingtanError:
    """The error that :func:`error_dict` wrote."""
    made = getattr(errors, str(plain["type"]), SourceError)
    problems = [Problem(p["code"], Place(**p["place"]), p["values"], p["severity"]) for p in plain["problems"]]
    found: LingtanError = made(plain["code"], problems=problems, **plain["values"])
    return found


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v if isinstance(v, int | float | bool | None) else str(v) for k, v in values.items()}
