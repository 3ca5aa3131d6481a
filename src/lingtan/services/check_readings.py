"""Check the readings of a period: what is missing, what looks wrong, and what may be done about it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from lingtan.base.errors import DataError
from lingtan.base.ids import channel_key
from lingtan.base.time import Period, parse_instant
from lingtan.metering.channels import Book
from lingtan.metering.checks import Finding, Kind, Severity, check
from lingtan.park.model import channels as channels_of
from lingtan.park.tree import ancestors, children
from lingtan.services.edits import known_channels
from lingtan.services.workspace import Workspace

COARSE = ("1d", "1month", "1year")


@dataclass(frozen=True)
class Checked:
    """The findings about a period, and what was looked at."""

    start: datetime
    end: datetime
    channels: int
    readings: int
    findings: list[Finding]

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Findings by kind and severity."""
        found = Counter((str(f.kind), str(f.severity)) for f in self.findings)
        return {
            kind: {str(s): found[kind, str(s)] for s in Severity if found[kind, str(s)]}
            for kind in sorted({k for k, _ in found})
        }


def check_readings(
    workspace: Workspace, period: str = "", *, channels: Collection[str] = (), as_of: int | None = None
) -> Checked:
    """Check a year, a month or a day; by default from the first reading to the last.

    With ``channels`` only those are reported; the meters of their branch are read too, for the balance.

    Raises
    ------
    DataError
        ``check.no-readings`` if the period has none.
    InputError
        If a channel is unknown or the period cannot be read.
    """
    book = Book(workspace.park)
    wanted = known_channels(book, channels)
    asked = Period.parse(period, workspace.park.park.timezone) if period else None
    keys = sorted(channel_key(c) for c in _branch(workspace, wanted)) if wanted else None
    table = workspace.store.readings(
        channels=keys, start=asked.start if asked else None, end=asked.end if asked else None, as_of=as_of
    )
    if asked:
        table = pa.concat_tables([*_reaching_in(workspace, keys, asked.start, as_of), table]).sort_by(
            [("channel", "ascending"), ("start", "ascending")]
        )
    if not table.num_rows:
        raise DataError("check.no-readings", period=period or "–")
    first, last = extent(table)
    start = asked.start if asked else first
    end = min(asked.end, max(last, start)) if asked else last
    findings = [*check(table, book, start, end), *repeats(workspace, start, end, as_of)]
    if wanted:
        findings = [f for f in findings if f.channel in set(wanted)]
    findings.sort(key=lambda f: (f.start, f.channel, f.kind))
    return Checked(start, end, len(wanted) or len(list(book)), table.num_rows, findings)


def _reaching_in(workspace: Workspace, keys: list[int] | None, start: datetime, as_of: int | None) -> list[pa.Table]:
    """The readings of a day and longer that begin before an instant and last beyond it, such as a year's for one of its months."""
    coarse = sorted(
        channel_key(c.id) for _, c in channels_of(workspace.park).values() if c.kind == "interval" and c.step in COARSE
    )
    wanted = [k for k in coarse if keys is None or k in set(keys)]
    if not wanted:
        return []
    table = workspace.store.readings(channels=wanted, start=start - timedelta(days=366), end=start, as_of=as_of)
    ends = np.asarray(table["start"].cast(pa.int64())) // 1_000_000 + np.asarray(table["seconds"])
    return [table.filter(pa.array(ends > int(start.timestamp())))]


def extent(table: pa.Table) -> tuple[datetime, datetime]:
    """From the first reading's start to the last one's end."""
    at = np.asarray(table["start"].cast(pa.int64()).combine_chunks()) // 1_000_000
    ends = at + np.asarray(table["seconds"].combine_chunks())
    return (datetime.fromtimestamp(int(v), tz=UTC) for v in (at.min(), ends.max()))  # type: ignore[return-value]


def repeats(workspace: Workspace, start: datetime, end: datetime, as_of: int | None) -> list[Finding]:
    """Rows that stood twice in an imported file with the same value; they count once, so nothing is lost."""
    found = []
    for commit in workspace.store.commits(as_of):
        for entry in commit.source.get("repeated") or ():
            low, high = parse_instant(str(entry["start"])), parse_instant(str(entry["end"]))
            if low < end and high > start:
                values = {"rows": entry["rows"], "file": commit.source.get("file"), "what": "file", "rev": commit.rev}
                severity = Severity.WARNING
                found.append(Finding(str(entry["channel"]), Kind.DUPLICATE, low, high, severity, "none", values))
    return found


def _branch(workspace: Workspace, channels: Collection[str]) -> set[str]:
    """The channels with those of the meters above, beside and below."""
    park = workspace.park
    below = children(park)
    names = set(channels)
    for meter in park.meters:
        if names & {c.id for c in meter.channels}:
            parents = ancestors(park, meter.id)[:1]
            near = [meter, *below[meter.id], *parents, *(k for p in parents for k in below[p.id])]
            names |= {c.id for m in near for c in m.channels}
    return names
