"""How a running plan is heard and stopped."""

import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lingtan.optimize.solution import Progress


DOING = (
    "solve",
    "served",
    "simulate",
    "rolling",
    "least-carbon",
    "frontier",
    "pathway",
    "scenarios",
    "without-stores",
    "minimax",
)


class Stop:
    """Ctrl-C asks the solver to stop after its step; a second one ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> "Stop":
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def hearing(lang: str, stop: Stop, *, quiet: bool) -> "Callable[[str, Progress], bool | None]":
    """Tells the gap on the error stream while it works; asks the solver to stop after Ctrl-C."""
    from lingtan.base.text import say

    live = sys.stderr.isatty()
    last = {"key": "", "count": 0}

    def hear(key: str, progress: "Progress") -> bool | None:
        if not quiet:
            share = f"{progress.gap:.3%}" if progress.gap < 10 else "–"
            text = say(
                "plan.progress",
                lang,
                what=say(f"plan.doing.{key}", lang) if key in DOING else key,
                iteration=progress.iteration,
                gap=share,
                cost=f"{progress.cost:,.0f}",
            )
            if live:
                sys.stderr.write(f"\r\033[K{text}")
                sys.stderr.flush()
            elif key != last["key"] or progress.iteration % 20 == 0:
                sys.stderr.write(text + "\n")
            last["key"] = key
        return False if stop.asked else None

    return hear
