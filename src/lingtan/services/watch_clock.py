"""Judge what only time shows: channels that are late, a park that is silent, meters that do not balance."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import numpy as np
import pyarrow.compute as pc

from lingtan.base.ids import channel_key
from lingtan.base.time import iso
from lingtan.metering.alarms.late import STEPS, patience
from lingtan.metering.alarms.rule import Balance, Missing, Rule, Silence
from lingtan.metering.alarms.scope import covers, covers_park
from lingtan.metering.channels import Book
from lingtan.metering.checks.families import sign
from lingtan.park.model import Channel, Meter, channels, owner
from lingtan.park.tree import children
from lingtan.services.alarm_rules import rules_in_force
from lingtan.services.alarms import Sign, keep_states
from lingtan.services.ports import Latest
from lingtan.services.workspace import Workspace

COVERED = 0.99  # of the hours that a balance speaks of


def watch_clock(workspace: Workspace) -> int:
    """Judge the workspace as it stands now; how many alarms changed."""
    rules = [r for r in rules_in_force(workspace.alarms()).values() if r.active]
    latest = {x.channel: x for x in workspace.store.latest()}
    if not latest:
        return 0
    now = workspace.clock()
    newest = max(_end(x) for x in latest.values())
    silent = _silence(workspace, rules, newest, now)
    # if nothing comes at all, or the year of a synthetic park is over, a channel is late against the others, not against the clock
    present = newest if silent or workspace.park.park.synthetic else max(now, newest)
    signs = [*silent, *_late(workspace, rules, latest, present), *_balances(workspace, rules, newest)]
    judged = {r.id for r in rules if isinstance(r.condition, Missing | Silence | Balance)}
    return len(keep_states(workspace, signs, lambda alarm: alarm.rule in judged))


def _end(latest: Latest) -> datetime:
    return latest.start + timedelta(seconds=latest.seconds)


def _silence(workspace: Workspace, rules: Iterable[Rule], newest: datetime, now: datetime) -> list[Sign]:
    if workspace.park.park.synthetic:
        return []
    return [
        Sign(rule, "park", "alarm.says-silent", newest, newest, values={"since": iso(newest)})
        for rule in rules
        if isinstance(rule.condition, Silence) and covers_park(rule.scope)
        if now - newest > timedelta(minutes=rule.condition.minutes)
    ]


def _late(workspace: Workspace, rules: Iterable[Rule], latest: dict[int, Latest], present: datetime) -> Iterator[Sign]:
    park = workspace.park
    for rule in rules:
        if not isinstance(rule.condition, Missing):
            continue
        for name, (meter, channel) in channels(park).items():
            seen = latest.get(channel_key(name))
            # one that never gave anything is not late: nobody knows when it should have begun
            if seen is None or not covers(rule.scope, park, meter, channel):
                continue
            end = _end(seen)
            if present - end > patience(channel, rule.condition):
                held = owner(park, meter, channel)
                yield Sign(
                    rule, name, "alarm.says-late", end, end, enterprise=None if held == "park" else held, channel=name,
                    values={"since": iso(end)},
                )  # fmt: skip


def _balances(workspace: Workspace, rules: Iterable[Rule], newest: datetime) -> Iterator[Sign]:
    for rule in rules:
        if not isinstance(rule.condition, Balance):
            continue
        hour = newest.replace(minute=0, second=0, microsecond=0)
        start = hour - timedelta(hours=rule.condition.hours)
        for meter, own, theirs in _families(workspace):
            if not any(covers(rule.scope, workspace.park, meter, c) for c in own):
                continue
            sums = _sums(workspace, [*own, *theirs], start, hour)
            if sums is None:
                continue
            above = sum(sign(c) * sums[c.id] for c in own)
            below = sum(sign(c) * sums[c.id] for c in theirs)
            size = max(abs(above), abs(below))
            share = (above - below) / size if size else 0.0
            allowed = float(rule.condition.share) + (float(meter.loss_share) if share > 0 else 0.0)
            if abs(share) > allowed:
                held = owner(workspace.park, meter, own[0])
                values = {"share": round(share, 4), "hours": rule.condition.hours, "allowed": round(allowed, 4)}
                yield Sign(
                    rule, own[0].id, "alarm.says-balance", start, hour, enterprise=None if held == "park" else held,
                    channel=own[0].id, values=values,
                )  # fmt: skip


def _families(workspace: Workspace) -> Iterator[tuple[Meter, list[Channel], list[Channel]]]:
    """Meters with those below them, of one carrier, all read by the hour or finer."""
    below = children(workspace.park)
    for meter in workspace.park.meters:
        for carrier in sorted({c.carrier for c in meter.channels if sign(c)}):
            own = [c for c in meter.channels if c.carrier == carrier and sign(c)]
            theirs = [c for k in below[meter.id] for c in k.channels if c.carrier == carrier and sign(c)]
            if theirs and all(c.kind == "interval" and c.step in STEPS for c in [*own, *theirs]):
                yield meter, own, theirs


def _sums(workspace: Workspace, wanted: list[Channel], start: datetime, end: datetime) -> dict[str, float] | None:
    """What each channel counted; None if one of them does not cover the time."""
    table = workspace.store.readings(channels=[channel_key(c.id) for c in wanted], start=start, end=end)
    table = table.filter(pc.is_valid(table["value"]))
    book, found = Book(workspace.park), {}
    key, seconds = table["channel"].to_numpy(), table["seconds"].to_numpy()
    value = table["value"].to_numpy().astype(np.float64)
    for channel in wanted:
        mine = key == channel_key(channel.id)
        terms = book.terms(channel_key(channel.id))
        if terms is None or seconds[mine].sum() < COVERED * (end - start).total_seconds():
            return None
        found[channel.id] = float(value[mine].sum()) * float(terms.era(int(end.timestamp())).factor)
    return found
