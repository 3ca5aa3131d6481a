"""The electric power of the park by source at an instant or over a span, from its readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from lingtan.base.ids import channel_key
from lingtan.base.units import MILLI
from lingtan.metering.channels import Book
from lingtan.park.activities import Activity
from lingtan.park.model import Park, channels
from lingtan.services.workspace import Workspace

INTO = frozenset({Activity.IMPORT, Activity.GENERATION, Activity.DISCHARGE})
OUT_OF = frozenset({Activity.EXPORT, Activity.CHARGE})
STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class PowerSource:
    """Channels of one kind: ``group`` is ``grid``, ``direct``, ``pv``, ``wind``, ``chp``, ``store``, ``other``; ``into`` the park or out."""

    group: str
    into: bool
    channels: tuple[str, ...]


@dataclass(frozen=True)
class PowerAt:
    """Mean power over one step, by source. [kW]"""

    start: datetime
    kw: Mapping[tuple[str, bool], float]


def power_sources(park: Park) -> list[PowerSource]:
    """Where the park's power comes from and what it gives away or stores."""
    kinds = {a.id: a.kind for a in park.assets}
    lines = {c.id: c.kind for c in park.connections}
    groups: dict[tuple[str, bool], list[str]] = {}
    for name, (_, channel) in channels(park).items():
        if channel.carrier != "electricity" or channel.kind != "interval" or channel.activity not in INTO | OUT_OF:
            continue
        if channel.connection is not None:
            group = {"direct_line": "direct", "incremental_grid": "direct"}.get(
                lines.get(channel.connection, ""), "grid"
            )
        else:
            kind = kinds.get(channel.asset or "", "other")
            group = "chp" if kind.endswith("_chp") else "store" if kind == "battery" else kind
        groups.setdefault((group, channel.activity in INTO), []).append(name)
    order = ("grid", "direct", "pv", "wind", "hydro", "chp", "store", "waste_heat_power", "other")
    keyed = sorted(groups.items(), key=lambda g: (order.index(g[0][0]) if g[0][0] in order else 99, not g[0][1]))
    return [PowerSource(group, into, tuple(sorted(names))) for (group, into), names in keyed]


def power_between(
    workspace: Workspace, sources: Sequence[PowerSource], start: datetime, end: datetime
) -> list[PowerAt]:
    """Mean power by source and quarter of an hour in ``[start, end)``; a step without any reading is left out."""
    of = {channel_key(c): (s.group, s.into) for s in sources for c in s.channels}
    table = workspace.store.readings(channels=list(of), start=start, end=end)
    book = Book(workspace.park)
    found: dict[int, dict[tuple[str, bool], float]] = {}
    step_s = int(STEP.total_seconds())
    columns = [table.column(n).to_pylist() for n in ("channel", "start", "seconds", "value")]
    for channel, at, seconds, value in zip(*columns, strict=True):
        terms = book.terms(channel)
        if value is None or seconds <= 0 or terms is None:
            continue
        begin = int(at.timestamp())
        factor = next((e.factor for e in reversed(terms.eras) if e.start_s <= begin), Fraction(1))
        kw = value * float(factor) / MILLI / (seconds / 3600)
        for slot in range(begin - begin % step_s, max(begin + seconds, begin + 1), step_s):
            share = min(slot + step_s, begin + seconds) - max(slot, begin)
            into = found.setdefault(slot, {})
            into[of[channel]] = into.get(of[channel], 0.0) + kw * share / step_s
    return [
        PowerAt(datetime.fromtimestamp(s, UTC), kw)
        for s, kw in sorted(found.items())
        if start <= datetime.fromtimestamp(s, UTC) < end
    ]
