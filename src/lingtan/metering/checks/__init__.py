"""What may be wrong with readings? One small check a file; findings come out, nothing is changed.

:func:`check` runs them in an order in which a fault that one check has explained is not told again by the next.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from lingtan.metering.channels import Book
from lingtan.metering.checks.balance import balance, corrected
from lingtan.metering.checks.duplicates import copied_days, overlaps
from lingtan.metering.checks.families import families
from lingtan.metering.checks.finding import Finding, Kind, Severity, found
from lingtan.metering.checks.gaps import gaps, outages
from lingtan.metering.checks.implausible import implausible
from lingtan.metering.checks.late import late
from lingtan.metering.checks.level_shift import level_shifts
from lingtan.metering.checks.look import Look, look_at
from lingtan.metering.checks.multiplier import multipliers
from lingtan.metering.checks.registers import registers
from lingtan.metering.checks.sentinels import sentinels
from lingtan.metering.checks.spikes import spikes
from lingtan.metering.checks.stuck import stuck
from lingtan.metering.checks.time_shift import time_shifts
from lingtan.metering.checks.zero_runs import zero_runs
from lingtan.metering.track import Track, strangers, tracks

__all__ = ["Finding", "Kind", "Severity", "check", "check_track"]


def check(readings: pa.Table, book: Book, start: datetime, end: datetime) -> list[Finding]:
    """Every finding about the readings of a park in ``[start, end)``, by time and channel.

    Parameters
    ----------
    readings : Table
        :data:`~lingtan.metering.readings.STORED` columns, sorted by channel and start.
    book : Book
        The terms of the park's channels.
    start, end : datetime
        The period; a channel without a reading in part of it has a gap there.
    """
    looks: dict[str, Look] = {}
    findings: list[Finding] = []
    offset_s = 0
    for track in tracks(readings, book, start, end):
        offset_s = track.offset_s
        told, look = check_track(track, book.park.park.timezone)
        findings += told
        if look is not None and look.counts:
            looks[track.terms.id] = look
    for family in families(book.park, looks):
        wrong = multipliers(family)
        factors = {f.channel: float(f.values["factor"]) for f in wrong}
        findings += wrong + balance(corrected(family, factors), offset_s)
    findings = outages(findings)
    low, high = int(start.timestamp()), int(end.timestamp())
    findings += [
        found(book.name(key), Kind.STRANGER, low, high, Severity.WARNING, "add-channel", readings=rows)
        for key, rows in strangers(readings, book).items()
    ]
    return sorted(findings, key=lambda f: (f.start, f.channel, f.kind))


def check_track(track: Track, zone: str) -> tuple[list[Finding], Look | None]:
    """What is to be said about one channel by itself, and its grid without what is at fault."""
    findings = [*gaps(track), *overlaps(track), *late(track)]
    bad = sentinels(track)
    findings += bad
    findings += (states := registers(_without_rows(track, bad)))
    clean = _without_rows(track, [f for f in (*bad, *states) if f.kind in (Kind.SENTINEL, Kind.SPIKE)])
    look = look_at(clean, zone)
    if look is None:
        return findings + implausible(clean, None), None
    look = _without(look, [f for f in states if f.severity is Severity.ERROR])
    for each in (spikes, stuck, zero_runs, copied_days):
        found_now = each(look)
        findings += found_now
        look = _without(look, found_now)
    told = [f for f in findings if f.kind is Kind.SPIKE]
    findings += [f for f in implausible(clean, look) if not any(s.start <= f.start and f.end <= s.end for s in told)]
    findings += (shifted := time_shifts(look))
    findings += level_shifts(_without(look, shifted))
    return findings, _without(look, shifted)


def _without(look: Look, findings: Iterable[Finding]) -> Look:
    for finding in findings:
        look = look.without(int(finding.start.timestamp()), int(finding.end.timestamp()))
    return look


def _without_rows(track: Track, findings: Iterable[Finding]) -> Track:
    """The track without the readings of findings."""
    keep = None
    for finding in findings:
        low, high = int(finding.start.timestamp()), int(finding.end.timestamp())
        inside = (track.at >= low) & (track.at < high)
        keep = ~inside if keep is None else keep & ~inside
    if keep is None or keep.all():
        return track
    columns = {name: getattr(track, name)[keep] for name in ("at", "seconds", "value", "quality", "rev")}
    return replace(track, **columns)
