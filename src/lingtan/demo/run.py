"""The whole way with the demo park: import, check, repair, estimate, close; what comes later, restate; write the report.

It does what a person would do with the commands, in the same order and with reasons, and keeps the account after each step.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingtan.base.errors import DataError, InputError
from lingtan.base.time import Period
from lingtan.demo.build import REPORTS, Built
from lingtan.demo.faults import TRUE_MULTIPLIER, WRONG_MULTIPLIER
from lingtan.demo.study import put_study
from lingtan.park.activities import Activity
from lingtan.park.model import channels
from lingtan.services.ports import Listener, Progress, silent

if TYPE_CHECKING:
    from lingtan.metering.checks import Finding
    from lingtan.services.import_readings import Imported
    from lingtan.services.keep_run import Run
    from lingtan.services.workspace import Workspace
    from lingtan.services.write_report import Format, Writer

RULES, SECOND, PERIOD = "ndrc-910-2025", "ghg-protocol", "2025"
STORY = "story.json"
Open = Callable[[Path], "Workspace"]


@dataclass
class Story:
    """What happened: findings by kind, a run after each step, the causes of the restatement, and what came out."""

    built: Built
    findings: Mapping[str, int] = field(default_factory=dict)
    repairs: int = 0
    runs: list[tuple[str, "Run"]] = field(default_factory=list)
    closed: bool = False
    causes: list[Mapping[str, Any]] = field(default_factory=list)
    second: "Run | None" = None
    reports: list[Path] = field(default_factory=list)
    told: bool = False  # read from an earlier time

    @property
    def last(self) -> "Run":
        """The account at the end."""
        return self.runs[-1][1]


def run_demo(
    built: Built, open_: Open, writers: Mapping["Format", "Writer"], listener: Listener = silent, *, lang: str = "zh"
) -> Story:
    """Go the whole way in a built folder; if that was done before, the story is read."""
    from lingtan.services.import_readings import import_files
    from lingtan.services.run_account import run_account

    space = open_(built.folder)
    if (earlier := read_story(space, built)) is not None:
        return earlier
    story = Story(built)

    def account(step: str, rules: str = RULES) -> "Run":
        made = run_account(space, PERIOD, rules=rules, floor=built.floor, listener=listener)
        if rules == RULES:
            story.runs.append((step, made))
        return made

    _refuse_refused(import_files(space, built.files, listener=listener))
    account("delivered")
    _mend(space, story, listener)
    account("estimated")
    story.closed = built.whole_year and _close(space, built, listener)
    _refuse_refused(import_files(space, built.late, listener=listener))
    account("late")
    correct_multiplier(space)
    space = open_(built.folder)
    if story.closed:
        story.causes = _restate(space, built, listener)
    account("corrected")
    story.second = account("corrected", SECOND)
    _reports(space, story, writers, listener, lang)
    if built.whole_year:
        put_study(space, listener)
    _keep_story(story)
    return story


def _mend(space: "Workspace", story: Story, listener: Listener) -> None:
    """Check; withdraw and move what is wrong; estimate what is missing."""
    from lingtan.services.check_readings import check_readings
    from lingtan.services.estimate_gaps import estimate_gaps
    from lingtan.services.repair_readings import Stretch, shift, withdraw
    from lingtan.services.watch_findings import watch_findings

    listener(Progress("demo-check", 0, 3))
    year = Period.parse(PERIOD, space.park.park.timezone)
    end = min(year.end, year.start + timedelta(days=story.built.days))
    # what a shorter span has no readings of is no gap
    findings = [f for f in check_readings(space, PERIOD).findings if f.start < end]
    watch_findings(space, year.start, end, findings)
    story.findings = Counter(str(f.kind) for f in findings)
    listener(Progress("demo-repair", 1, 3, {"count": len(findings)}))
    for finding in findings:
        where = Stretch(finding.channel, finding.start, finding.end)
        try:
            if _wrong(space, finding):
                withdraw(space, where, reason=f"演示：检查发现 / demo: found by the checks ({finding.kind})")
            elif finding.kind == "time_shift":
                off = timedelta(hours=float(finding.values["hours"]))
                shift(space, where, -off, reason="演示：表钟偏移 / demo: the meter's clock was off")
            else:
                continue
            story.repairs += 1
        except DataError as error:
            if error.code != "repair.nothing-there":  # withdrawn already, under another name
                raise
    listener(Progress("demo-estimate", 2, 3))
    estimate_gaps(space, year.start, end, reason="演示：补估缺数 / demo: gaps filled")
    listener(Progress("demo-estimate", 3, 3))


def _wrong(space: "Workspace", finding: "Finding") -> bool:
    """Whether a person would withdraw it. Plants and imports may well be at zero; the incoming meter of a works may not."""
    if finding.severity == "info" or finding.suggestion != "withdraw":
        return False
    if finding.kind == "zero_run":
        meter, channel = channels(space.park)[finding.channel]
        return channel.activity is Activity.USE and (meter.parent or "").startswith("m.feeder-")
    return finding.kind in ("sentinel", "spike", "stuck", "implausible", "negative")


def _refuse_refused(imported: list["Imported"]) -> None:
    """Every file of the demo can be read; one that cannot is a bug of the demo or of the import."""
    for item in imported:
        if item.error is not None:
            raise item.error


def _close(space: "Workspace", built: Built, listener: Listener) -> bool:
    from lingtan.services.close_period import close_period

    reason = "演示：年度结账 / demo: the year is closed"
    try:
        close_period(space, PERIOD, rules=RULES, floor=built.floor, reason=reason, listener=listener)
    except DataError as error:
        if error.code == "account.period-open":  # by the clock of this machine 2025 is not over
            return False
        if error.code != "account.already-closed":
            raise
    return True


def _restate(space: "Workspace", built: Built, listener: Listener) -> list[Mapping[str, Any]]:
    from lingtan.services.restate_period import cause_dict, restate_period

    reason = "演示：补报与倍率更正 / demo: a late file and a corrected multiplier"
    made = restate_period(space, PERIOD, rules=RULES, floor=built.floor, reason=reason, listener=listener)
    return [cause_dict(c) for c in made.causes]


def correct_multiplier(space: "Workspace") -> bool:
    """State the true multiplier, as a person would who has found the wrong one; False if that is done already."""
    from lingtan.services.change_meter import change_meter

    start = Period.parse(PERIOD, space.park.park.timezone).start
    reason = "演示：体积修正系数漏设，1.25 / demo: the volume corrector was forgotten, 1.25"
    try:
        change_meter(space, WRONG_MULTIPLIER, start, reason=reason, multiplier=Decimal(TRUE_MULTIPLIER))
    except InputError as error:
        if error.code != "change-meter.twice":
            raise
        return False
    return True


def _reports(
    space: "Workspace", story: Story, writers: Mapping["Format", "Writer"], listener: Listener, lang: str
) -> None:
    from lingtan.services.write_report import write_report

    for done, (kind, writer) in enumerate(writers.items()):
        listener(Progress("demo-report", done, len(writers), {"format": kind}))
        path = story.built.folder / REPORTS / f"report-{PERIOD}.{kind}"
        floor = story.built.floor
        write_report(space, PERIOD, writer, path, format=kind, rules=RULES, second=SECOND, floor=floor, lang=lang)
        story.reports.append(path)


def _keep_story(story: Story) -> None:
    kept = {
        "findings": story.findings,
        "repairs": story.repairs,
        "runs": [[step, run.id] for step, run in story.runs],
        "closed": story.closed,
        "causes": story.causes,
        "second": story.second.id if story.second else None,
        "reports": [p.name for p in story.reports],
    }
    (story.built.folder / STORY).write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_story(space: "Workspace", built: Built) -> Story | None:
    """The story of an earlier time, its runs as they were kept; None if the way was not gone to its end."""
    from lingtan.services.keep_run import load_run

    try:
        kept = json.loads((built.folder / STORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    runs = [(step, load_run(space, run)) for step, run in kept["runs"]]
    second = load_run(space, kept["second"]) if kept["second"] else None
    reports = [built.folder / REPORTS / name for name in kept["reports"]]
    return Story(built, kept["findings"], kept["repairs"], runs, kept["closed"], kept["causes"], second, reports, True)
