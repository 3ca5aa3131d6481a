"""The child of a lane: reads jobs from stdin, answers on stdout, ends when stdin does."""

import contextlib
import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from lingtan.apps.web.background import error_dict
from lingtan.base.errors import LingtanError
from lingtan.services.ports import Progress

GRACE_S = 20.0


def main(root: Path) -> None:
    """Work until the parent closes the pipe."""
    from lingtan.apps.web.jobs import JOBS

    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints to stdout must not get between the messages
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]

    def say(**message: Any) -> None:
        out.write(json.dumps(message, default=str) + "\n")
        out.flush()

    def hear(progress: Progress) -> None:
        say(
            progress={
                "key": progress.key,
                "done": progress.done,
                "total": progress.total,
                "values": dict(progress.values),
            }
        )

    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = JOBS[asked["job"]](root, hear, **asked["arguments"])
        except LingtanError as error:
            say(error=error_dict(error))
        except Exception:
            say(bug=traceback.format_exc())
        else:
            say(answer=answer)


def _watch(parent: int) -> None:
    """Nobody waits for the work of a killed server: end with it. What is half done is not there; that is the store's promise."""
    from lingtan.apps.web.study_jobs import at_work

    while os.getppid() == parent:
        time.sleep(1)
    gone = time.monotonic()
    while at_work() and time.monotonic() - gone < GRACE_S:  # a plan sees it too, and keeps where it stands
        time.sleep(0.2)
    os._exit(1)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the server is gone
        main(Path(sys.argv[1]))
