"""Clear the alarms of findings that somebody has dealt with."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime

from lingtan.base.time import parse_instant
from lingtan.metering.alarms.rule import Found
from lingtan.metering.checks.finding import Kind
from lingtan.services.alarm_ports import CLEARED
from lingtan.services.alarm_rules import rules_in_force
from lingtan.services.alarms import Sign, keep_signs
from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
FILLED = (Kind.GAP, Kind.OUTAGE)  # what an estimate deals with


def settle_findings(
    workspace: Workspace, dealt: Mapping[str, tuple[datetime, datetime]], kinds: Collection[Kind] | None = None
) -> int:
    """Take the stretches away that lie in what was dealt with, by channel; how many alarms changed. What fails is logged."""
    try:
        book = workspace.alarms()
        if book.fresh():
            return 0
        rules = {r.id: r for r in rules_in_force(book).values() if isinstance(r.condition, Found)}
        signs = []
        for alarm in book.live().values():
            channel, _, kind = alarm.subject.rpartition(":")
            rule = rules.get(alarm.rule)
            if rule is None or alarm.state == CLEARED or channel not in dealt:
                continue
            if kinds is not None and kind not in {str(k) for k in kinds}:
                continue
            start, end = dealt[channel]
            spans = [tuple(s) for s in alarm.values.get("spans", ())]
            left = [s for s in spans if parse_instant(s[0]) < start or parse_instant(s[1]) > end]
            if left == spans:
                continue
            values = {**alarm.values, "spans": left, "stretches": len(left)}
            sign = Sign(rule, alarm.subject, alarm.code, alarm.begun, alarm.seen, bool(left), 0, values=values)
            signs.append(sign)
        return len(keep_signs(workspace, signs))
    except Exception:
        log.exception("findings of %s were not settled", ", ".join(sorted(dealt))[:200])
        return 0
