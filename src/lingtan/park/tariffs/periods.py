"""Which time-of-use period an interval lies in, by local time, month and kind of day."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.time import DEFAULT_ZONE
from lingtan.park.tariffs.days import is_kind
from lingtan.park.tariffs.record import PERIODS, TouWindow

SLOT_MINUTES = 5
SLOTS = 24 * 60 // SLOT_MINUTES
_OVERRIDES = frozenset({"sharp_peak", "deep_valley"})
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")

Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
FLAT_ALWAYS = (TouWindow(period="flat", windows=["00:00-24:00"]),)


def slots(window: str) -> Iterator[int]:
    """The slots of a day that ``18:00-20:00`` covers; ``22:00-06:00`` goes over midnight.

    Raises
    ------
    InputError
        ``tariff.bad-window`` unless it is two times on five minutes, not the same.
    """
    found = _SPAN.fullmatch(window.strip().replace("：", ":"))
    numbers = [int(g) for g in found.groups()] if found else []
    if not numbers or numbers[0] > 24 or numbers[2] > 24 or numbers[1] > 59 or numbers[3] > 59:
        raise InputError("tariff.bad-window", window=window)
    begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if begin % SLOT_MINUTES or end % SLOT_MINUTES or max(begin, end) > 24 * 60 or begin == end:
        raise InputError("tariff.bad-window", window=window)
    if end < begin:
        end += 24 * 60
    for slot in range(begin // SLOT_MINUTES, end // SLOT_MINUTES):
        yield slot % SLOTS


def day_codes(windows: Sequence[TouWindow], day: date, hot_days: Collection[date] = ()) -> Codes:
    """The period of each five minutes of a local day, as an index into :data:`PERIODS`; -1 where no window says.

    Painted from the general to the special: ``rest``, then the plain periods, then sharp peak and deep valley; windows of a
    kind of day go over those of all days.
    """
    codes = np.full(SLOTS, -1, np.int8)
    mine = [w for w in windows if day.month in w.months and is_kind(day, w.days, hot_days)]
    order = sorted(mine, key=lambda w: (w.days != "all", w.period in _OVERRIDES))
    rest = [w.period for w in mine if "rest" in w.windows]
    for window in order:
        for text in window.windows:
            if text != "rest":
                codes[list(slots(text))] = PERIODS.index(window.period)
    if rest:
        codes[codes < 0] = PERIODS.index(rest[0])
    return codes


def check_windows(windows: Sequence[TouWindow], year: int, place: Place | None = None) -> list[Problem]:
    """Windows that cannot be read, and months with hours that no period covers."""
    problems = []
    for window in windows:
        for text in window.windows:
            if text != "rest":
                try:
                    list(slots(text))
                except InputError as error:
                    problems.append(Problem(error.code, place or Place(), error.values))
    if problems or not windows:
        return problems
    for month in range(1, 13):
        plain = [w for w in windows if w.days == "all"]
        codes = day_codes(plain, date(year, month, 15))
        if (codes < 0).any():
            first = int(np.argmax(codes < 0)) * SLOT_MINUTES
            at = f"{first // 60:02d}:{first % 60:02d}"
            problems.append(Problem("tariff.uncovered", place or Place(), {"month": month, "at": at}))
    return problems


def period_shares(
    windows: Sequence[TouWindow],
    start: datetime,
    count: int,
    step_minutes: int,
    *,
    zone: str = DEFAULT_ZONE,
    hot_days: Collection[date] = (),
) -> Floats:
    """How each interval divides over the periods: one row an interval, one column for each of :data:`PERIODS`; rows sum to 1.

    An interval that a border cuts, such as an hour with a border at 11:30, is divided by time.

    Raises
    ------
    InputError
        ``tariff.bad-step`` unless the step is a multiple of five minutes up to a day or divides them;
        ``tariff.uncovered`` if an interval lies in no period.
    """
    if step_minutes <= 0 or step_minutes > 24 * 60 or (step_minutes % SLOT_MINUTES and SLOT_MINUTES % step_minutes):
        raise InputError("tariff.bad-step", minutes=step_minutes)
    tz = ZoneInfo(zone)
    first = start.astimezone(UTC)
    end = first + timedelta(minutes=step_minutes * count)
    fine = max(step_minutes, SLOT_MINUTES)
    per = max(1, fine // SLOT_MINUTES)
    whole = -(-int((end - first).total_seconds()) // (SLOT_MINUTES * 60))
    codes = np.empty(whole, np.int8)
    known: dict[date, Codes] = {}
    at, done = first, 0
    while done < whole:
        local = at.astimezone(tz)
        day = local.date()
        if day not in known:
            known[day] = day_codes(windows or FLAT_ALWAYS, day, hot_days)
        offset = (local.hour * 60 + local.minute) // SLOT_MINUTES
        # to the next local midnight, or to the next change of the clock, hour by hour, where the zone has any
        tomorrow = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=tz).astimezone(UTC)
        run = int((tomorrow - at).total_seconds()) // (SLOT_MINUTES * 60)
        if run != SLOTS - offset:
            run = min(12 - offset % 12, run)
        run = min(run, whole - done)
        codes[done : done + run] = known[day][offset : offset + run]
        done += run
        at += timedelta(minutes=SLOT_MINUTES * run)
    if (codes < 0).any():
        bad = (first + timedelta(minutes=SLOT_MINUTES * int(np.argmax(codes < 0)))).astimezone(tz)
        raise InputError("tariff.uncovered", month=bad.month, at=f"{bad:%H:%M}")
    hot = np.zeros((whole, len(PERIODS)))
    hot[np.arange(whole), codes] = 1.0
    if step_minutes < SLOT_MINUTES:
        return np.repeat(hot, SLOT_MINUTES // step_minutes, axis=0)[:count]
    shares: Floats = hot.reshape(count, per, len(PERIODS)).mean(axis=1)
    return shares
