"""The whole way with the demo park: import, account, close; what comes later, restate; write the report.

It does what a person would do with the commands, in the same order, and keeps a line for each step.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lingtan.base.errors import DataError, LingtanError
from lingtan.demo.build import REPORTS, Built
from lingtan.demo.faults import TRUE_MULTIPLIER, WRONG_MULTIPLIER
from lingtan.services.ports import Listener, Progress, silent

if TYPE_CHECKING:
    from lingtan.services.attribute import Cause
    from lingtan.services.import_readings import Imported
    from lingtan.services.keep_run import Run
    from lingtan.services.workspace import Workspace
    from lingtan.services.write_report import Writer

RULES, SECOND = "ndrc-910-2025", "ghg-protocol"
PERIOD = "2025"
Open = Callable[[Path], "Workspace"]


@dataclass
class Story:
    """What happened: a run after each step, and what came out at the end."""

    built: Built
    runs: list[tuple[str, "Run"]] = field(default_factory=list)
    imported: list["Imported"] = field(default_factory=list)
    closed: bool = False
    causes: list["Cause"] = field(default_factory=list)
    second: "Run | None" = None
    reports: list[Path] = field(default_factory=list)

    @property
    def last(self) -> "Run":
        """The account at the end."""
        return self.runs[-1][1]


def run_demo(
    built: Built, open_: Open, writers: dict[str, "Writer"], listener: Listener = silent, *, lang: str = "zh"
) -> Story:
    """Go the whole way in a built folder; what was done already is found done."""
    from lingtan.services.import_readings import import_files
    from lingtan.services.run_account import run_account
    from lingtan.services.write_report import write_report

    story = Story(built)
    space = open_(built.folder)
    story.imported += import_files(space, built.files, listener=listener)
    _refuse_refused(story.imported)
    story.runs.append(("delivered", run_account(space, PERIOD, rules=RULES, floor=built.floor, listener=listener)))
    story.closed = built.whole_year and _close(space, built, listener)
    story.imported += import_files(space, built.late, listener=listener)
    story.runs.append(("late", run_account(space, PERIOD, rules=RULES, floor=built.floor, listener=listener)))
    correct_multiplier(built.folder / "park.yaml")
    space = open_(built.folder)
    if story.closed:
        story.causes = _restate(space, built, listener)
    story.runs.append(("corrected", run_account(space, PERIOD, rules=RULES, floor=built.floor, listener=listener)))
    story.second = run_account(space, PERIOD, rules=SECOND, floor=built.floor, listener=listener)
    for done, (kind, writer) in enumerate(writers.items()):
        listener(Progress("demo-report", done, len(writers), {"format": kind}))
        path = built.folder / REPORTS / f"report-{PERIOD}.{kind}"
        write_report(space, PERIOD, writer, path, format=kind, rules=RULES, second=SECOND, floor=built.floor, lang=lang)  # type: ignore[arg-type]
        story.reports.append(path)
    return story


def _refuse_refused(imported: list["Imported"]) -> None:
    """Every file of the demo can be read; one that cannot is a bug of the demo or of the import."""
    for item in imported:
        if item.error is not None:
            raise item.error


def _close(space: "Workspace", built: Built, listener: Listener) -> bool:
    from lingtan.services.close_period import close_period

    try:
        close_period(
            space,
            PERIOD,
            rules=RULES,
            floor=built.floor,
            reason="演示：年度结账 / demo: the year is closed",
            listener=listener,
        )
    except DataError as error:
        if error.code == "account.period-open":
            return False
        if error.code != "account.already-closed":
            raise
    return True


def _restate(space: "Workspace", built: Built, listener: Listener) -> list["Cause"]:
    from lingtan.services.restate_period import restate_period

    reason = "演示：补报与倍率更正 / demo: a late file and a corrected multiplier"
    return restate_period(space, PERIOD, rules=RULES, floor=built.floor, reason=reason, listener=listener).causes


def correct_multiplier(path: Path) -> bool:
    """Write the true multiplier into the park file, as a person would; False if it stands there already."""
    text = path.read_text(encoding="utf-8")
    line = re.search(rf"^.*\{{id: {re.escape(WRONG_MULTIPLIER)},.*$", text, re.MULTILINE)
    if line is None:
        raise LingtanError("demo.no-channel", channel=WRONG_MULTIPLIER)
    if "multiplier:" in line.group():
        return False
    fixed = line.group().replace("kind: counter,", f"kind: counter, multiplier: {TRUE_MULTIPLIER},", 1)
    path.write_text(text[: line.start()] + fixed + text[line.end() :], encoding="utf-8")
    return True
