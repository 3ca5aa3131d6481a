"""``forecast/shifts.csv`` of a workspace: what enterprises said of their production.

Columns: ``stated_at, enterprise, from, to, level`` and perhaps ``carrier, days, hours``. Times without offset are the park's local
time; a ``to`` that is a mere day counts whole. ``days``: ``mon-fri``, ``sat,sun``, ``work`` or ``free`` (by the official calendar, moved
days and all). ``hours``: ``20:00-08:00`` runs over midnight. ``level``: 0 stands still, 1 is full; empty withdraws.
"""

import csv
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

from lingtan.base.errors import InputError, Place, Problem, SourceError
from lingtan.base.ids import nearest
from lingtan.forecast.shifts import Shift, Shifts

NAME = "shifts.csv"
WANTED = ("stated_at", "enterprise", "from", "to", "level")
MORE = ("carrier", "days", "hours")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = {"work": 7, "free": 8}
HIGHEST = 1.5  # of full production
MOST_PROBLEMS = 50


def read_shifts(path: Path, zone: str, enterprises: Collection[str] | None = None) -> Shifts | None:
    """The lines of a file; None where there is none.

    Raises
    ------
    InputError
        ``forecast.bad-table`` with every problem and its place.
    """
    if not path.is_file():
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("forecast.bad-table", problems=[Problem("forecast.not-utf8", Place(file=NAME))]) from None
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror or "") from None
    table = csv.DictReader(StringIO(text))
    table.fieldnames = columns = [c.strip() for c in table.fieldnames or ()]
    strange = [c for c in columns if c not in (*WANTED, *MORE)]
    if strange or any(c not in columns for c in WANTED):
        wanted = ", ".join((*WANTED, *(f"({c})" for c in MORE)))
        raise InputError(
            "forecast.bad-table",
            problems=[Problem("forecast.columns", Place(file=NAME, line=1), {"wanted": wanted})],
        )
    problems: list[Problem] = []
    rows = []
    for row in table:
        line = table.line_num
        found = _row({k: (v or "").strip() for k, v in row.items() if k}, line, ZoneInfo(zone), enterprises, problems)
        if found is not None:
            rows.append(found)
    if problems:
        raise InputError("forecast.bad-table", problems=problems[:MOST_PROBLEMS])
    return Shifts(tuple(rows), zone) if rows else None


def _row(
    row: Mapping[str, str], line: int, zone: ZoneInfo, enterprises: Collection[str] | None, problems: list[Problem]
) -> Shift | None:
    before = len(problems)

    def wrong(column: str, code: str, **values: object) -> None:
        problems.append(
            Problem(code, Place(file=NAME, line=line, column=column), {"text": row.get(column, ""), **values})
        )

    moments = {}
    for column in ("stated_at", "from", "to"):
        try:
            moments[column] = _instant(row[column], zone, whole=column == "to")
        except ValueError:
            wrong(column, "forecast.shift-time")
    who = row["enterprise"]
    if not who or (enterprises is not None and who not in enterprises):
        wrong("enterprise", "forecast.shift-enterprise", nearest=nearest(who, enterprises or ()) or "–")
    level: float | None = None
    if row["level"]:
        try:
            level = float(row["level"])
        except ValueError:
            level = -1.0
        if not 0 <= level <= HIGHEST:
            wrong("level", "forecast.shift-level", most=HIGHEST)
    if "from" in moments and "to" in moments and moments["to"] <= moments["from"]:
        wrong("to", "forecast.shift-order")
    weekdays = _weekdays(row.get("days", ""))
    if weekdays is None:
        wrong("days", "forecast.shift-days")
    hours = _hours(row.get("hours", ""))
    if hours is None:
        wrong("hours", "forecast.shift-hours")
    if len(problems) > before or weekdays is None or hours is None:
        return None
    return Shift(
        moments["stated_at"], who, moments["from"], moments["to"], level, row.get("carrier") or None, weekdays, hours
    )


def _instant(text: str, zone: ZoneInfo, *, whole: bool) -> int:
    at = datetime.fromisoformat(text)
    if whole and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        at += timedelta(days=1)
    return int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp())


def _weekdays(text: str) -> frozenset[int] | None:
    found: set[int] = set()
    for part in (p.strip().lower() for p in re.split(r"[,;、 ]+", text) if p.strip()):
        first, _, last = part.partition("-")
        if part in KINDS:
            found.add(KINDS[part])
        elif first in WEEKDAYS and (not last or last in WEEKDAYS):
            begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            found |= {(begin + i) % 7 for i in range((end - begin) % 7 + 1)}
        else:
            return None
    return frozenset(found)


def _hours(text: str) -> tuple[int, int] | None:
    if not text:
        return 0, 86_400
    told = re.fullmatch(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})", text)
    if told is None:
        return None
    a, b, c, d = (int(n) for n in told.groups())
    start, stop = a * 3600 + b * 60, c * 3600 + d * 60
    if b > 59 or d > 59 or start >= 86_400 or stop > 86_400 or start == stop:
        return None
    return start, stop
