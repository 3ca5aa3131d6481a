"""The rules in force: the packaged ones, and what people stated in their stead; every version is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from lingtan.base.errors import InputError, Problem
from lingtan.base.ids import nearest
from lingtan.metering.alarms.defaults import DEFAULTS
from lingtan.metering.alarms.rule import Fault, Rule
from lingtan.park.model import channels
from lingtan.services.alarm_ports import CLEARED, AlarmBook, Change, RuleVersion
from lingtan.services.workspace import Workspace

_known: "WeakKeyDictionary[AlarmBook, tuple[int, Mapping[str, Rule]]]" = WeakKeyDictionary()
PACKAGED = {rule.id: rule for rule in DEFAULTS}


def rules_in_force(book: AlarmBook) -> Mapping[str, Rule]:
    """Every rule by id, inactive ones included: people's first versions after the packaged ones."""
    if book.fresh():
        return PACKAGED
    stamp = book.rule_stamp()
    held = _known.get(book)
    if held is not None and held[0] == stamp:
        return held[1]
    found: dict[str, Rule | None] = dict(PACKAGED)
    for version in book.rule_versions():
        found[version.id] = version.rule
    made = {name: rule for name, rule in found.items() if rule is not None}
    _known[book] = (stamp, made)
    return made


def rule_history(book: AlarmBook, name: str) -> Sequence[RuleVersion]:
    """The versions of one rule, oldest first; the packaged rule is none."""
    return [] if book.fresh() else book.rule_versions(name)


def find_rule(book: AlarmBook, name: str) -> Rule:
    """A rule by id.

    Raises
    ------
    InputError
        ``alarm.no-rule``.
    """
    known = rules_in_force(book)
    if name not in known:
        raise InputError("alarm.no-rule", rule=name[:63], nearest=nearest(name, known) or "–")
    return known[name]


def parse_rule(data: Mapping[str, object]) -> Rule:
    """A rule from plain values.

    Raises
    ------
    InputError
        ``alarm.bad-rule`` with every problem and its place.
    """
    try:
        return Rule.model_validate(data)
    except ValidationError as error:
        problems = [
            Problem("alarm.bad-field", values={"field": ".".join(map(str, e["loc"])) or "–", "why": e["msg"]})
            for e in error.errors()
        ]
        raise InputError("alarm.bad-rule", problems=problems) from None


def put_rule(workspace: Workspace, rule: Rule, *, by: str, reason: str) -> RuleVersion:
    """State a rule: a new one, or the next version of a known one.

    Raises
    ------
    InputError
        ``alarm.unknown-in-rule`` for a channel, an enterprise or a target that is not there.
    """
    park, book = workspace.park, workspace.alarms()
    problems = []
    known = {
        "channel": (rule.scope.channels, list(channels(park))),
        "enterprise": (rule.scope.enterprises, [e.id for e in park.enterprises]),
        "target": (rule.tell or [], [t.id for t in book.targets()]),
    }
    for kind, (named, there) in known.items():
        for name in sorted(set(named) - set(there)):
            values = {"kind": kind, "name": name, "nearest": nearest(name, there) or "–"}
            problems.append(Problem("alarm.unknown-name", values=values))
    if problems:
        raise InputError("alarm.unknown-in-rule", problems=problems, rule=rule.id)
    made = book.put_rule(rule.id, rule, at=workspace.clock(), by=by, reason=reason)
    if not rule.active:
        _let_go(workspace, rule.id)
    return made


def drop_rule(workspace: Workspace, name: str, *, by: str, reason: str) -> RuleVersion:
    """Take a rule out of force; a packaged one is back when it is stated again."""
    find_rule(workspace.alarms(), name)
    made = workspace.alarms().put_rule(name, None, at=workspace.clock(), by=by, reason=reason)
    _let_go(workspace, name)
    return made


def _let_go(workspace: Workspace, name: str) -> None:
    """Alarms of a rule that no longer judges anything do not hold any more."""
    book, now = workspace.alarms(), workspace.clock()
    gone = [
        Change(replace(alarm, state=CLEARED, cleared_at=now), "cleared", now)
        for alarm in book.live().values()
        if alarm.rule == name and alarm.state != CLEARED
    ]
    book.save(gone)


def fault_rule(rules: Mapping[str, Rule], code: str) -> Rule | None:
    """The active rule that speaks of a told fault: the one with the longest beginning of its code."""
    fitting = [
        (len(beginning), rule)
        for rule in rules.values()
        if isinstance(rule.condition, Fault)
        for beginning in rule.condition.codes
        if code.startswith(beginning)
    ]
    best = max(fitting, key=lambda f: f[0], default=None)
    return best[1] if best is not None and best[1].active else None
