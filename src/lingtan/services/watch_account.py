"""Judge indicators by the alarm rules when a year was accounted, and tell programs of it."""

import logging
from datetime import datetime

from lingtan.carbon.indicators import Indicator
from lingtan.metering.alarms.rule import Rule, Target
from lingtan.services.alarm_rules import rules_in_force
from lingtan.services.alarms import Sign, keep_states
from lingtan.services.announce import announce
from lingtan.services.keep_run import Run
from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)


def account_ran(workspace: Workspace, run: Run, *, newest: bool) -> None:
    """After a run: alarms, if it is of the newest knowledge, and the event. The run is kept already; what fails is logged."""
    label = str(run.record["period"])
    try:
        if newest and len(label) == 4:
            watch_indicators(workspace, run)
    except Exception:
        log.exception("run %s was not watched", run.id)
    announce(workspace, "account.run", {"run": run.id, "period": label, "rules": run.rules.id})


def watch_indicators(workspace: Workspace, run: Run) -> int:
    """Judge the indicators of a year; how many alarms changed."""
    rules = [r for r in rules_in_force(workspace.alarms()).values() if r.active and isinstance(r.condition, Target)]
    year, now = str(run.record["period"]), workspace.clock()
    tail = f":{year}:{run.rules.id}"
    signs = [
        s
        for rule in rules
        for indicator in run.indicators
        if (s := _sign(rule, indicator, tail, year, run, now)) is not None
    ]
    ids = {r.id for r in rules}
    return len(keep_states(workspace, signs, lambda alarm: alarm.rule in ids and alarm.subject.endswith(tail)))


def _sign(rule: Rule, indicator: Indicator, tail: str, year: str, run: Run, now: datetime) -> Sign | None:
    condition = rule.condition
    assert isinstance(condition, Target)
    if indicator.id != condition.indicator or indicator.value is None or indicator.target is None:
        return None
    values = {
        "indicator": indicator.id, "value": round(float(indicator.value), 6), "target": float(indicator.target), "year": year,
        "run": run.id,
    }  # fmt: skip
    if condition.least_probability is None:
        if indicator.met is not False:
            return None
        code = "alarm.says-target-high" if indicator.lower_is_better else "alarm.says-target-low"
        return Sign(rule, f"{indicator.id}{tail}", code, now, now, values=values)
    chance = None if indicator.interval is None else indicator.interval.probability
    if indicator.met is not True or chance is None or float(chance) >= float(condition.least_probability):
        return None
    values |= {"probability": round(float(chance), 3)}
    return Sign(rule, f"{indicator.id}{tail}", "alarm.says-doubt", now, now, values=values)
