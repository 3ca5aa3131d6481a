"""Make alarms of what the checks of readings found, and clear those of what was repaired."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from lingtan.base.ids import channel_key
from lingtan.base.time import iso, parse_instant
from lingtan.metering.alarms.rule import Found, Rule
from lingtan.metering.alarms.scope import covers, covers_park
from lingtan.metering.checks.finding import Finding, Kind
from lingtan.metering.checks.finding import Severity as FindingSeverity
from lingtan.park.model import channels, owner
from lingtan.services.alarm_rules import rules_in_force
from lingtan.services.alarms import Sign, keep_states
from lingtan.services.check_readings import check_readings
from lingtan.services.workspace import Workspace

RANK = {FindingSeverity.INFO: 0, FindingSeverity.WARNING: 1, FindingSeverity.ERROR: 2}
OPEN_ENDED = (Kind.GAP, Kind.OUTAGE)
BEFORE = timedelta(days=40)
MOST_SPANS = 60
Span = tuple[str, str]


def check_and_watch(workspace: Workspace, period: str) -> int:
    """Check a period's readings and judge what was found; how many alarms changed.

    Raises
    ------
    DataError
        ``check.no-readings``.
    """
    made = check_readings(workspace, period)
    newest = max(x.start + timedelta(seconds=x.seconds) for x in workspace.store.latest())
    coming = made.end >= newest
    leading = {f.channel for f in made.findings if f.kind in OPEN_ENDED and f.start <= made.start}
    known = _reporting(workspace, leading, made.start)

    def between(finding: Finding) -> bool:
        """A gap has readings on both sides: what has not come yet is late, and another rule's matter."""
        began = finding.start > made.start or finding.channel in known
        return began and not (coming and finding.end >= made.end)

    found = [f for f in made.findings if f.kind not in OPEN_ENDED or between(f)]
    return watch_findings(workspace, made.start, made.end, found)


def _reporting(workspace: Workspace, names: Collection[str], start: datetime) -> set[str]:
    """The channels that had readings in the weeks before an instant."""
    if not names:
        return set()
    keys = {channel_key(n): n for n in names}
    table = workspace.store.readings(channels=list(keys), start=start - BEFORE, end=start)
    return {keys[k] for k in table["channel"].unique().to_pylist()}


def watch_findings(workspace: Workspace, start: datetime, end: datetime, findings: Iterable[Finding]) -> int:
    """Judge the findings about ``[start, end)``: one alarm for a channel and a kind, with all its stretches.

    Of an earlier check those stretches stay that lie outside of what was checked now; an alarm without any left has gone.
    """
    book = workspace.alarms()
    rules = {r.id: r for r in rules_in_force(book).values() if r.active and isinstance(r.condition, Found)}
    park, known = workspace.park, channels(workspace.park)
    grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        for rule in rules.values():
            if _speaks(rule, finding) and _in_scope(workspace, rule, finding.channel):
                grouped[rule.id, f"{finding.channel}:{finding.kind}"].append(finding)
    live = {} if book.fresh() else {k: a for k, a in book.live().items() if a.rule in rules}
    signs = []
    for key in sorted(grouped.keys() | {k for k, a in live.items() if a.state != "cleared"}):
        rule, now = rules[key[0]], grouped.get(key, [])
        held = live.get(key)
        earlier = [] if held is None or held.state == "cleared" else _outside(held.values.get("spans", ()), start, end)
        spans = sorted({*earlier, *((iso(f.start), iso(f.end)) for f in now)})
        if not spans:
            continue
        channel, kind = key[1].rsplit(":", 1)
        whose = owner(park, *known[channel]) if channel in known else "park"
        values = {"kind": kind, "stretches": len(spans), "spans": spans[-MOST_SPANS:]}
        values |= {k: v for f in now[-1:] for k, v in f.values.items() if isinstance(v, int | float | str)}
        signs.append(
            Sign(
                rule, key[1], "alarm.says-finding", parse_instant(spans[0][0]), parse_instant(max(e for _, e in spans)),
                enterprise=None if whose == "park" else whose, channel=channel if channel in known else None, values=values,
            )
        )  # fmt: skip
    return len(keep_states(workspace, signs, lambda alarm: alarm.rule in rules))


def _speaks(rule: Rule, finding: Finding) -> bool:
    assert isinstance(rule.condition, Found)
    return finding.kind in rule.condition.kinds and RANK[finding.severity] >= RANK[rule.condition.least]


def _in_scope(workspace: Workspace, rule: Rule, channel: str) -> bool:
    held = channels(workspace.park).get(channel)
    return covers(rule.scope, workspace.park, *held) if held is not None else covers_park(rule.scope)


def _outside(spans: Iterable[Iterable[str]], start: datetime, end: datetime) -> list[Span]:
    """The stretches that do not lie wholly in what was checked."""
    pairs = [tuple(s) for s in spans]
    return [(a, b) for a, b in pairs if parse_instant(a) < start or parse_instant(b) > end]
