"""What enterprises said of their production: shifts, planned stops, a level for some days. Known from when it was stated.

A plan says at what share of its full production a plant runs. History is first read as if the plant had run fully all the time, and
what is expected is then brought down to the plan; so a stop that is over no longer weighs on habit, and one to come is felt before it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lingtan.forecast.calendar import Days, days
from lingtan.forecast.history import Seen

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STOPPED = 0.05  # of full production; below, a plant stands still
IDLE_SHARE = 0.12  # of its mean that a plant takes at rest, where it was never seen at rest
LEAST_HOURS = 6  # of a level that was seen, for what the plant took then to count
# quantiles of a plant at rest that was never seen so, as multiples of what is assumed
UNSEEN_REST = (0.2, 0.35, 0.65, 1.0, 1.5, 2.2, 3.0)
FULL = 0.95


@dataclass(frozen=True)
class Shift:
    """A line of a plan: the level of an enterprise's load on some weekdays and hours of ``[begin_s, end_s)``.

    ``level`` None withdraws what was said before for that time. ``weekdays`` counts Monday as 0; 7 stands for workdays and 8 for
    free days by the official calendar. ``hours`` may run over midnight; the day is then the one on which they began. ``carrier``
    None means every carrier.
    """

    stated_s: int
    enterprise: str
    begin_s: int
    end_s: int
    level: float | None
    carrier: str | None = None
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] = (0, 86_400)  # seconds into the day


@dataclass(frozen=True)
class Shifts:
    """All lines of a park, in the order in which they were stated."""

    rows: tuple[Shift, ...]
    zone: str

    def levels(self, ids: tuple[str, ...], at: int, times_s: Ints) -> Floats | None:
        """The level of each target at each instant as it was stated by ``at``; NaN where nothing was said, None for nobody."""
        known = sorted((r for r in self.rows if r.stated_s <= at), key=lambda r: r.stated_s)
        found = np.full((len(ids), len(times_s)), np.nan)
        calendar = days(times_s, self.zone) if known else None
        for row in known:
            mine = [i for i, name in enumerate(ids) if _means(row, name)]
            if mine and calendar is not None:
                where = _covers(row, times_s, calendar)
                found[np.ix_(np.array(mine), np.flatnonzero(where))] = np.nan if row.level is None else row.level
        return found if np.isfinite(found).any() else None


@dataclass(frozen=True)
class Planned:
    """History as if the plants had run fully, and how to come back: ``offset + gain × value`` at each lead.

    ``rest`` are the quantiles of a plant at rest, and ``stopped`` says at which leads it is. Shapes: (series, window), (series,
    leads), (series, quantiles).
    """

    values: Floats
    gain: Floats
    offset: Floats
    rest: Floats
    stopped: npt.NDArray[np.bool_]

    def brought_down(self, quantiles: Floats) -> Floats:
        """Quantiles of full production, as they are under the plan."""
        made = self.offset[:, :, None] + self.gain[:, :, None] * quantiles
        return np.where(self.stopped[:, :, None], self.rest[:, None, :], made)


def planned(seen: Seen, level_seen: Floats, level: Floats, quantiles: tuple[float, ...]) -> Planned:
    """What was seen freed from the plan, and what the plan does to what comes. Levels: NaN where nothing was said."""
    values = np.array(seen.values, float)
    count, leads = level.shape
    gain, offset = np.ones((count, leads)), np.zeros((count, leads))
    rest = np.zeros((count, len(quantiles)))
    stopped = np.zeros((count, leads), np.bool_)
    for i in np.flatnonzero(np.isfinite(level_seen).any(axis=1) | np.isfinite(level).any(axis=1)):
        before = np.where(np.isfinite(level_seen[i]), level_seen[i], 1.0)
        ahead = np.where(np.isfinite(level[i]), level[i], 1.0)
        idle, rest[i] = _at_rest(values[i], before, seen.day, quantiles)
        share = _response(values[i], before, idle, seen.day)
        was = np.array([share.get(round(x, 1), x) for x in before])
        comes = np.array([share.get(round(x, 1), x) for x in ahead])
        still = before < STOPPED
        freed = idle + (values[i] - idle) / np.where(still, 1.0, np.maximum(was, STOPPED))
        values[i] = _filled(np.where(before == 1.0, values[i], freed), still & np.isfinite(values[i]), seen.day)
        stopped[i] = ahead < STOPPED
        gain[i], offset[i] = (
            np.where(stopped[i], 0.0, comes),
            np.where(stopped[i], rest[i][len(quantiles) // 2], idle * (1 - comes)),
        )
    return Planned(values, gain, offset, rest, stopped)


def _covers(row: Shift, times_s: Ints, calendar: Days) -> npt.NDArray[np.bool_]:
    inside = (times_s >= row.begin_s) & (times_s < row.end_s)
    start, stop = row.hours
    slot = calendar.slot
    over = stop <= start
    inside &= (slot >= start) | (slot < stop) if over else (slot >= start) & (slot < stop)
    if row.weekdays:
        yesterday = over & (slot < stop)  # a night that began the day before
        weekday = np.where(yesterday, (calendar.weekday + 6) % 7, calendar.weekday)
        off = np.where(yesterday, calendar.before, calendar.kind) > 0
        inside &= np.isin(weekday, list(row.weekdays)) | np.isin(np.where(off, 8, 7), list(row.weekdays))
    return inside


def _means(row: Shift, target: str) -> bool:
    who, _, carrier = target.partition(":")
    return who == row.enterprise and (row.carrier is None or carrier.split(":")[0] == row.carrier)


def _at_rest(values: Floats, before: Floats, day: int, quantiles: tuple[float, ...]) -> tuple[float, Floats]:
    """What the plant takes at rest, as seen, else as assumed; and its quantiles."""
    known = np.isfinite(values)
    seen = values[known & (before < STOPPED)]
    if len(seen) >= LEAST_HOURS * max(day // 24, 1):
        return float(np.median(seen)), np.quantile(seen, quantiles)
    running = values[known & (before >= STOPPED)]
    if not len(running):
        return 0.0, np.zeros(len(quantiles))
    idle = min(float(np.quantile(running, 0.02)), IDLE_SHARE * float(running.mean()))
    return idle, idle * np.interp(quantiles, (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95), UNSEEN_REST)


def _response(values: Floats, before: Floats, idle: float, day: int) -> dict[float, float]:
    """What levels other than full production did to the load, by level to a tenth, where enough of it was seen."""
    known = np.isfinite(values)
    full = values[known & (before >= FULL)]
    least = LEAST_HOURS * max(day // 24, 1)
    if len(full) < least or full.mean() - idle <= 0:
        return {}
    found = {}
    for step in np.unique(np.round(before, 1)):
        mine = values[known & (np.round(before, 1) == step) & (before >= STOPPED)]
        if len(mine) >= least and not FULL <= step <= 1.05:
            found[float(step)] = float(np.clip((mine.mean() - idle) / (full.mean() - idle), STOPPED, 3.0))
    return found


def _filled(values: Floats, stood: npt.NDArray[np.bool_], day: int) -> Floats:
    """Steps at rest take the value of the same time on the last day on which the plant ran, else on the next."""
    table, still = values.reshape(-1, day).copy(), stood.reshape(-1, day)
    for i in range(1, len(table)):
        table[i] = np.where(still[i], table[i - 1], table[i])
    first = np.where(still.all(axis=0), np.nan, np.take_along_axis(table, np.argmin(still, axis=0)[None], 0)[0])
    leading = np.logical_and.accumulate(still, axis=0)
    return np.asarray(np.where(leading, first, table).ravel())
