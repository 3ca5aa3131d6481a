"""``forecast/weather.csv``, ``forecast/prices.csv`` and ``forecast/shifts.csv`` of a workspace.

Weather: ``issued_at, time`` and any of ``temperature_c, ghi_w_m2, wind_m_s``. Prices: ``time, price_cny_per_kwh`` and perhaps
``available_at``; without it a price is known when its interval has ended. Times without offset are the park's local time.
"""

import csv
from collections.abc import Collection
from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.adapters.forecast.shifts_file import read_shifts
from lingtan.base.errors import InputError, Place, Problem, SourceError
from lingtan.base.ids import digest_bytes
from lingtan.forecast.history import NEVER, History
from lingtan.forecast.outlook import Archive
from lingtan.forecast.shifts import Shifts

WEATHER = ("temperature_c", "ghi_w_m2", "wind_m_s")
MOST_PROBLEMS = 20


class ForecastFiles:
    """The tables of a workspace folder; a table that is not there is no source."""

    def __init__(self, folder: Path, zone: str, enterprises: Collection[str] | None = None) -> None:
        self.folder = folder / "forecast"
        self.zone = ZoneInfo(zone)
        self.enterprises = enterprises  # who may have plans of production; None: anybody

    def weather(self, start: datetime, end: datetime) -> Archive | None:
        """See :class:`lingtan.services.forecast_sources.ForecastSources`."""
        rows = self._rows("weather.csv", ("issued_at", "time"), WEATHER)
        if rows is None:
            return None
        issued = np.array([r[0] for r in rows], np.int64)
        times = np.array([r[1] for r in rows], np.int64)
        near = (times >= start.timestamp() - 7200) & (times <= end.timestamp() + 7200)
        values = {name: np.array([r[2][i] for r in rows], float)[near] for i, name in enumerate(WEATHER)}
        values = {name: v for name, v in values.items() if np.isfinite(v).any()}
        return Archive(issued[near], times[near], values)

    def prices(self, start: datetime, end: datetime, step_s: int) -> History | None:
        """See :class:`lingtan.services.forecast_sources.ForecastSources`."""
        rows = self._rows("prices.csv", ("time",), ("price_cny_per_kwh",), ("available_at",))
        if rows is None:
            return None
        first, last = int(start.timestamp()) // step_s * step_s, int(end.timestamp())
        count = (last - first) // step_s
        values, when = np.full(count, np.nan), np.full(count, NEVER, np.int64)
        times = sorted({r[1] for r in rows})
        long = min(np.diff(times), default=3600) if len(times) > 1 else 3600
        for known, time, (price,) in rows:
            for at in range(time, time + int(long), step_s):
                i = (at - first) // step_s
                if 0 <= i < count:
                    values[i], when[i] = price, known if known else time + long
        return History(("price",), first, step_s, values[None], when[None])

    def shifts(self) -> Shifts | None:
        """See :class:`lingtan.services.forecast_sources.ForecastSources`."""
        return read_shifts(self.folder / "shifts.csv", str(self.zone), self.enterprises)

    def state(self) -> str:
        """Digest of all files."""
        paths = [self.folder / name for name in ("weather.csv", "prices.csv", "shifts.csv")]
        found = [p.read_bytes() if p.is_file() else b"" for p in paths]
        if not found[2]:  # a park without plans keeps its models
            found = found[:2]
        return digest_bytes(b"|".join(digest_bytes(f).encode() for f in found))

    def _rows(
        self, name: str, stamps: tuple[str, ...], numbers: tuple[str, ...], more: tuple[str, ...] = ()
    ) -> list[tuple[int, int, tuple[float, ...]]] | None:
        """Rows as (issued or known, time, numbers)."""
        path = self.folder / name
        if not path.is_file():
            return None
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError("forecast.bad-table", problems=[Problem("forecast.not-utf8", Place(file=name))]) from None
        except OSError as error:
            raise SourceError("workspace.unreadable", path=path, why=error.strerror or "") from None
        table = csv.DictReader(StringIO(text))
        columns = [c.strip() for c in table.fieldnames or ()]
        table.fieldnames = columns
        missing = [c for c in stamps if c not in columns]
        if missing or not any(c in columns for c in numbers):
            wanted = ", ".join((*stamps, *numbers))
            raise InputError(
                "forecast.bad-table",
                problems=[Problem("forecast.columns", Place(file=name, line=1), {"wanted": wanted})],
            )
        problems: list[Problem] = []
        found = []
        for line, row in enumerate(table, start=2):
            try:
                time = self._instant(row["time"])
                known = next((row[c] for c in ("issued_at", *more) if row.get(c)), "")
                found.append(
                    (
                        self._instant(known) if known else 0,
                        time,
                        tuple(float(row[c]) if (row.get(c) or "").strip() else np.nan for c in numbers),
                    )
                )
            except (ValueError, TypeError):
                problems.append(Problem("forecast.bad-row", Place(file=name, line=line)))
                if len(problems) >= MOST_PROBLEMS:
                    break
        if problems:
            raise InputError("forecast.bad-table", problems=problems)
        return found or None

    def _instant(self, text: str) -> int:
        at = datetime.fromisoformat(text.strip())
        return int((at if at.tzinfo else at.replace(tzinfo=self.zone)).timestamp())
