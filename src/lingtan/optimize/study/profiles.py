"""The hourly series of a study: read, made from weather or from a pattern, and checked."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.time import Period
from lingtan.base.units import ratio
from lingtan.optimize.study import weather as sky
from lingtan.optimize.study.record import Profile, Shape, Study

Floats = npt.NDArray[np.float64]
Locate = Callable[[tuple[str | int, ...]], Place]
MAX_NAMED = 5
_WEATHER = {"ghi": "ghi", "dni": "dni", "dhi": "dhi", "temperature_c": "temperature_c", "wind_m_s": "wind_m_s"}


@dataclass(frozen=True)
class Inputs:
    """Everything of a study that is a series: one value an hour of the local calendar year."""

    start: datetime
    hours: int
    months: npt.NDArray[np.int64]
    weather: sky.Weather
    series: Mapping[str, Floats]


def inputs(
    study: Study,
    *,
    files: Callable[[str], bytes],
    readings: Callable[[str, Period], Floats] | None = None,
    locate: Locate = lambda path: Place(),
    seed: int | None = None,
) -> Inputs:
    """The series of a study.

    Parameters
    ----------
    files
        Gives the bytes of a file beside the study.
    readings
        Gives the hourly mean power of a channel of the park over a year, NaN where it is not known. [kW]
    seed
        Of another weather year than the study's; files and readings stay as they are.

    Raises
    ------
    InputError
        ``study.bad-profiles`` with every problem: unreadable files, wrong columns or units, missing hours, gaps.
    """
    period = Period.parse(str(study.study.year), study.study.timezone)
    zone = ZoneInfo(period.zone)
    hours = min(period.hours, study.study.hours or period.hours)
    local = [(period.start + timedelta(hours=h)).astimezone(zone) for h in range(hours)]
    months = np.array([at.month for at in local], np.int64)
    problems: list[Problem] = []
    air = _weather(study, files, period, locate, problems, seed)
    if air is None:
        raise InputError("study.bad-profiles", problems=problems)
    series: dict[str, Floats] = {}
    for i, profile in enumerate(study.profiles):
        place = locate(("profiles", i))
        try:
            found = _one(profile, study, air, local, period, files, readings, place, problems)
        except InputError as error:
            problems += error.problems or (Problem(error.code, place, error.values),)
            continue
        if found is not None:
            series[profile.id] = found[:hours]
    _signs(study, series, locate, problems)
    if any(p.severity == "error" for p in problems):
        raise InputError("study.bad-profiles", problems=problems)
    return Inputs(period.start, hours, months, air, series)


def _weather(
    study: Study,
    files: Callable[[str], bytes],
    period: Period,
    locate: Locate,
    problems: list[Problem],
    seed: int | None,
) -> sky.Weather | None:
    source = study.weather
    if source.file is None:
        return sky.generated(source, period.start.astimezone(ZoneInfo(period.zone)), period.hours, seed)
    place = locate(("weather", "file"))
    try:
        table = Table(files(source.file), source.file)
        columns = {}
        for name in _WEATHER:
            if name in table.columns or name in ("ghi", "temperature_c", "wind_m_s"):
                columns[name] = table.hourly(name, period, place, problems)
    except InputError as error:
        problems.append(Problem(error.code, place, error.values))
        return None
    if any(c is None for c in columns.values()):
        return None
    return sky.tabled(source, period.start, {k: v for k, v in columns.items() if v is not None})


def _one(
    profile: Profile,
    study: Study,
    air: sky.Weather,
    local: list[datetime],
    period: Period,
    files: Callable[[str], bytes],
    readings: Callable[[str, Period], Floats] | None,
    place: Place,
    problems: list[Problem],
) -> Floats | None:
    if profile.constant is not None:
        return np.full(period.hours, profile.constant)
    if profile.pv is not None:
        return sky.pv_share(air, profile.pv)
    if profile.wind is not None:
        return sky.wind_share(air, profile.wind)
    if profile.cop is not None:
        return sky.cop(air, profile.cop)
    if profile.shape is not None:
        return shaped(profile.shape, local, air.temperature_c[: len(local)])
    if profile.file is not None:
        table = Table(files(profile.file), profile.file)
        values = table.hourly(profile.column or "", period, place, problems)
        return None if values is None else values * _factor(profile.unit, place, problems)
    if profile.readings is None or readings is None:
        problems.append(Problem("study.needs", place, {"id": profile.id, "what": "study.park"}))
        return None
    values = readings(profile.readings, period)
    return _complete(values, profile.readings, period, place, problems)


def _factor(unit: str | None, place: Place, problems: list[Problem]) -> float:
    if unit is None or unit in ("-", "1", "CNY/kWh"):
        return 1.0
    if unit in ("%", "CNY/MWh"):
        return 0.01 if unit == "%" else 0.001
    for target in ("kW", "kWh"):
        try:
            return float(ratio(unit, target))
        except InputError:
            continue
    problems.append(Problem("study.wrong-unit", place, {"unit": unit}))
    return 1.0


class Table:
    """A CSV of hourly columns; a column ``time`` (local or with offset) is checked hour by hour if there is one."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError("study.not-utf8", file=name) from None
        rows = list(csv.reader(StringIO(text)))
        if len(rows) < 2:
            raise InputError("study.empty-file", file=name)
        self.columns = [c.strip() for c in rows[0]]
        self.rows = [r for r in rows[1:] if any(cell.strip() for cell in r)]

    def hourly(self, column: str, period: Period, place: Place, problems: list[Problem]) -> Floats | None:
        """The column as the hours of the year; problems name rows that are missing, doubled or no number."""
        if column not in self.columns:
            known = ", ".join(self.columns)
            raise InputError("study.no-column", file=self.name, column=column, known=known)
        i = self.columns.index(column)
        values = np.full(len(self.rows), np.nan)
        bad = []
        for row, cells in enumerate(self.rows):
            try:
                values[row] = float(cells[i])
            except (ValueError, IndexError):
                bad.append(row + 2)
        bad += [int(r) + 2 for r in np.flatnonzero(~np.isfinite(values)) if int(r) + 2 not in bad]
        if bad:
            rows = ", ".join(map(str, bad[:MAX_NAMED]))
            problems.append(
                Problem(
                    "study.not-numbers", place, {"file": self.name, "column": column, "count": len(bad), "rows": rows}
                )
            )
            return None
        if "time" in self.columns:
            return self._by_time(values, period, place, problems)
        if len(values) != period.hours:
            problems.append(
                Problem(
                    "study.hours",
                    place,
                    {"file": self.name, "found": len(values), "wanted": period.hours, "year": period.label},
                )
            )
            return None
        return values

    def _by_time(self, values: Floats, period: Period, place: Place, problems: list[Problem]) -> Floats | None:
        from lingtan.base.time import parse_instant

        i = self.columns.index("time")
        placed = np.full(period.hours, np.nan)
        double, outside = [], 0
        for row, cells in enumerate(self.rows):
            text = cells[i].strip()
            try:
                at = parse_instant(text, period.zone)
            except InputError as error:
                problems.append(Problem(error.code, place, error.values))
                return None
            offset = (at - period.start).total_seconds() / 3600
            if offset != int(offset):
                problems.append(Problem("study.not-hourly", place, {"file": self.name, "time": text, "row": row + 2}))
                return None
            if not 0 <= offset < period.hours:
                outside += 1
            elif np.isfinite(placed[int(offset)]):
                # a clock set back names an hour twice: the second one is the hour that has none yet
                if int(offset) + 1 < period.hours and self._set_back(at, period) and np.isnan(placed[int(offset) + 1]):
                    placed[int(offset) + 1] = values[row]
                else:
                    double.append(text)
            else:
                placed[int(offset)] = values[row]
        if outside:
            problems.append(
                Problem(
                    "study.outside",
                    place,
                    {"file": self.name, "count": outside, "year": period.label},
                    severity="error",
                )
            )
        if double:
            values_ = {"file": self.name, "count": len(double), "times": ", ".join(double[:MAX_NAMED])}
            problems.append(Problem("study.twice", place, values_))
        return None if outside or double else _complete(placed, self.name, period, place, problems)

    @staticmethod
    def _set_back(at: datetime, period: Period) -> bool:
        zone = ZoneInfo(period.zone)
        before, after = at.astimezone(zone).utcoffset(), (at + timedelta(hours=1)).astimezone(zone).utcoffset()
        return before is not None and after is not None and after < before


def _complete(values: Floats, name: str, period: Period, place: Place, problems: list[Problem]) -> Floats | None:
    gaps = np.flatnonzero(~np.isfinite(values))
    if not len(gaps):
        return values
    zone = ZoneInfo(period.zone)
    times = ", ".join(
        f"{(period.start + timedelta(hours=int(h))).astimezone(zone):%Y-%m-%d %H:%M}" for h in gaps[:MAX_NAMED]
    )
    problems.append(Problem("study.missing-hours", place, {"file": name, "count": len(gaps), "times": times}))
    return None


def _signs(study: Study, series: Mapping[str, Floats], locate: Locate, problems: list[Problem]) -> None:
    """Needs and shares may not be negative; a share of a rating above 1 means another unit."""
    needs = {d.profile for d in study.demands}
    shares = {t.profile for t in study.technologies if t.kind in ("pv", "wind", "direct_line")}
    for i, profile in enumerate(study.profiles):
        values = series.get(profile.id)
        if values is None:
            continue
        if profile.id in needs | shares and (values < 0).any():
            count = int((values < 0).sum())
            problems.append(Problem("study.negative", locate(("profiles", i)), {"id": profile.id, "count": count}))
        if profile.id in shares and values.max() > 1.5:
            problems.append(
                Problem(
                    "study.share-above-one",
                    locate(("profiles", i)),
                    {"id": profile.id, "value": round(float(values.max()), 3)},
                )
            )
        if profile.id in needs and not values.any():
            severity = "warning" if study.study.hours else "error"  # a fortnight in winter needs no cooling
            problems.append(Problem("study.all-zero", locate(("profiles", i)), {"id": profile.id}, severity=severity))


_DAY = {
    "flat": [1.0] * 24,
    "one_shift": [0.25] * 7 + [0.7] + [1.0] * 4 + [0.85] + [1.0] * 4 + [0.6] + [0.25] * 6,
    "two_shift": [0.4] * 6 + [0.8] + [1.0] * 15 + [0.6, 0.4],
    "three_shift": [0.92] * 7 + [0.97] + [1.0] * 12 + [0.97] * 2 + [0.92] * 2,
    "office": [0.2] * 7 + [0.5, 0.9] + [1.0] * 3 + [0.85] + [1.0] * 4 + [0.8, 0.5, 0.35] + [0.2] * 4,
}
_WEEK = {
    "flat": (1.0, 1.0),
    "one_shift": (0.6, 0.3),
    "two_shift": (0.85, 0.5),
    "three_shift": (0.97, 0.9),
    "office": (0.4, 0.3),
}
_FESTIVAL = {"flat": 1.0, "one_shift": 0.25, "two_shift": 0.4, "three_shift": 0.8, "office": 0.25}


def shaped(shape: Shape, local: list[datetime], temperature_c: Floats) -> Floats:
    """A load by pattern, mean near 0.5–1; the demand scales it."""
    rng = np.random.default_rng([shape.seed, 24])
    noise = 1 + shape.noise * rng.standard_normal(len(local))
    if shape.pattern in ("heating", "cooling"):
        border = shape.threshold_c if shape.threshold_c is not None else (16.0 if shape.pattern == "heating" else 22.0)
        away = border - temperature_c if shape.pattern == "heating" else temperature_c - border
        busy = np.array([1.0 if 6 <= at.hour < 22 else 0.75 for at in local])
        return np.asarray(np.clip(away, 0, None) / 20 * busy * np.clip(noise, 0.5, 1.5), float)
    day, (saturday, sunday), festival = _DAY[shape.pattern], _WEEK[shape.pattern], _FESTIVAL[shape.pattern]
    closed = _festival_days(local[0].year)
    factor = {at.date(): _of_day(at, closed, saturday, sunday, festival) for at in local}
    values = np.array([day[at.hour] * factor[at.date()] for at in local])
    return np.asarray(values * np.clip(noise, 0.5, 1.5), float)


def _of_day(at: datetime, closed: set[date], saturday: float, sunday: float, festival: float) -> float:
    if at.date() in closed:
        return festival
    return {5: saturday, 6: sunday}.get(at.weekday(), 1.0)


def _festival_days(year: int) -> set[date]:
    """The days of the Spring Festival, where the calendar knows the year; else the first days of February."""
    from lingtan.park.tariffs.days import is_kind

    days = [date(year, 1, 10) + timedelta(days=i) for i in range(50)]
    try:
        return {d for d in days if is_kind(d, "great_holidays")}
    except InputError:
        return {date(year, 2, d) for d in range(1, 8)}
