"""A schedule as rows of bars: every asset's stretches with their reasons, its set-point drawn in them. Plain numbers for a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.optimize.dispatch.record import GENERATION, STORES, Description
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.optimize.model import FloatArray

LEFT, WIDTH, RIGHT, ROW, TOP = 196, 930, 88, 34, 26
BAR = 24
MANY = 3  # plants of a kind that have a chart of their own


@dataclass(frozen=True)
class Bar:
    """A stretch in which an asset does one thing for one reason. Places in the units of the drawing."""

    x: float
    width: float
    action: str
    reason: Mapping[str, Any]
    number: int  # in the schedule's list of reasons


@dataclass(frozen=True)
class Row:
    """An asset: its bars, the outline of its set-point, its largest power. [kW]"""

    asset: str
    y: float
    bars: tuple[Bar, ...]
    outline: str
    most_kw: float


@dataclass(frozen=True)
class Gantt:
    """Rows and ticks of one drawing."""

    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str, bool], ...]  # place, text, whether a day begins
    height: float
    left: int = LEFT
    width: int = WIDTH
    right: int = RIGHT
    bar: int = BAR


def set_point(schedule: Schedule, asset: str) -> FloatArray:
    """What an asset is asked for by step, without its sign. [kW]"""
    points = schedule.set_points
    found = np.zeros(schedule.steps)
    for name in ("charge", "discharge", "import", "export", "power", "input", "forth"):
        if (values := points.get(f"{asset}.{name}")) is not None:
            found = found + np.abs(np.asarray(values, float))
    for name in ("put-off", "caught-up"):
        if (values := points.get(f"{asset}-shift.{name}")) is not None:
            found = found + np.asarray(values, float)
    if (values := points.get(f"{asset}-cut.left-out")) is not None:
        found = found + np.asarray(values, float)
    return found


def gantts(description: Description, schedule: Schedule, zone: str) -> list[tuple[str, Gantt]]:
    """The main drawing, and one for each kind of plant of which there are many."""
    kinds = {u.id: u.kind for u in description.units}
    order = {g.id: 0 for g in description.grids}
    for unit in description.units:
        order[unit.id] = (
            3 if unit.kind in GENERATION and unit.kind != "direct_line" else 1 if unit.kind in STORES else 2
        )
    assets = sorted(dict.fromkeys(r["asset"] for r in schedule.reasons), key=lambda a: order.get(a, 4))
    crowds = {k for k in ("pv", "wind") if sum(kinds.get(a) == k for a in assets) > MANY}
    made = [("", _draw(schedule, [a for a in assets if kinds.get(a) not in crowds], zone))]
    made += [(k, _draw(schedule, [a for a in assets if kinds.get(a) == k], zone)) for k in sorted(crowds)]
    return made


def _draw(schedule: Schedule, assets: Sequence[str], zone: str) -> Gantt:
    per = WIDTH / schedule.steps
    rows = []
    for i, asset in enumerate(assets):
        y = TOP + i * ROW
        bars = tuple(
            Bar(round(LEFT + r["first"] * per, 2), round((r["last"] - r["first"]) * per, 2), r["action"], r, n)
            for n, r in enumerate(schedule.reasons)
            if r["asset"] == asset
        )
        kw = set_point(schedule, asset)
        rows.append(Row(asset, y, bars, _outline(kw, y, per), float(kw.max(initial=0.0))))
    return Gantt(tuple(rows), _ticks(schedule, zone, per), TOP + len(assets) * ROW + 6)


def _outline(kw: FloatArray, y: float, per: float) -> str:
    most = float(kw.max(initial=0.0))
    if most <= 0:
        return ""
    floor = y + BAR
    parts = [f"M{LEFT} {floor:g}"]
    last = None
    for i, value in enumerate(kw):
        top = round(floor - value / most * (BAR - 2), 1)
        if top != last:
            parts.append(f"H{LEFT + i * per:.1f}V{top:g}")
            last = top
    parts.append(f"H{LEFT + WIDTH}V{floor:g}Z")
    return "".join(parts)


def _ticks(schedule: Schedule, zone: str, per: float) -> tuple[tuple[float, str, bool], ...]:
    hours = schedule.steps * schedule.step_minutes / 60
    every = 1 if hours <= 8 else 3 if hours <= 36 else 12 if hours <= 96 else 24
    found = []
    for i in range(schedule.steps):
        at = (schedule.start + timedelta(minutes=schedule.step_minutes * i)).astimezone(ZoneInfo(zone))
        if at.minute == 0 and at.hour % every == 0:
            day = at.hour == 0
            found.append((round(LEFT + i * per, 1), f"{at:%m-%d}" if day else f"{at:%H:%M}", day))
    return tuple(found)
