"""Two baselines in the shape of other systems, written for this comparison alone.

``RowTables``: an indexed SQL table of values, filled by statements of 100 rows with three commits for each; from it a table
of hours, and from that a table of carbon, by loops over meters and rows in decimals: the shape of MyEMS.
``BeliefTables``: a row for each belief (event start, belief time, source, sensor, probability, value) under a compound key
and a second index; unchanged beliefs are looked up and left out when they come, and the newest one of each event is picked
when a sensor is read into a frame: the shape of FlexMeasures and timely-beliefs.

Both run in SQLite in this process with its usual settings (WAL), without a server between: kinder than the original.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd

Row = tuple[int, int, int]  # meter, hour (seconds since 1970), value [1/1000]


class RowTables:
    """Values row by row, and a loop that aggregates them."""

    def __init__(self, path: Path) -> None:
        self.con = sqlite3.connect(path)
        self.con.executescript(
            """PRAGMA journal_mode = WAL;
            CREATE TABLE value (id INTEGER PRIMARY KEY, meter_id INTEGER, start INTEGER, actual REAL);
            CREATE INDEX value_by_meter ON value (meter_id, start);
            CREATE TABLE latest (id INTEGER PRIMARY KEY, meter_id INTEGER, start INTEGER, actual REAL);
            CREATE INDEX latest_by_meter ON latest (meter_id);
            CREATE TABLE hourly (id INTEGER PRIMARY KEY, meter_id INTEGER, start INTEGER, actual REAL);
            CREATE INDEX hourly_by_meter ON hourly (meter_id, start);
            CREATE TABLE carbon (id INTEGER PRIMARY KEY, meter_id INTEGER, start INTEGER, actual REAL);
            CREATE INDEX carbon_by_meter ON carbon (meter_id, start);"""
        )

    def ingest(self, rows: Sequence[Row]) -> None:
        """A batch: a hundred rows a statement, three commits for each hundred."""
        for low in range(0, len(rows), 100):
            some = [(m, at, v / 1000) for m, at, v in rows[low : low + 100]]
            many = ", ".join(["(?, ?, ?)"] * len(some))
            flat = [cell for row in some for cell in row]
            self.con.execute(f"INSERT INTO value (meter_id, start, actual) VALUES {many}", flat)
            self.con.commit()
            meters = [row[0] for row in some]
            self.con.execute(f"DELETE FROM latest WHERE meter_id IN ({', '.join('?' * len(meters))})", meters)
            self.con.commit()
            self.con.execute(f"INSERT INTO latest (meter_id, start, actual) VALUES {many}", flat)
            self.con.commit()

    def account(self, meters: Sequence[int], factors: Sequence[float]) -> float:
        """Meter by meter: values into hours, hours into carbon, for each factor; one factor for all time."""
        for meter in meters:
            self._loop("value", "hourly", meter, Decimal(1))
        total = 0.0
        for factor in factors:
            self.con.execute("DELETE FROM carbon")
            self.con.commit()
            for meter in meters:
                self._loop("hourly", "carbon", meter, Decimal(str(factor)))
            total += float(self.con.execute("SELECT sum(actual) FROM carbon").fetchone()[0])
        return total

    def _loop(self, source: str, target: str, meter: int, factor: Decimal) -> None:
        """What came after the newest hour of ``target``, row by row into ``target``."""
        last = self.con.execute(f"SELECT max(start) FROM {target} WHERE meter_id = ?", (meter,)).fetchone()[0] or 0
        rows = self.con.execute(
            f"SELECT start, actual FROM {source} WHERE meter_id = ? AND start > ? ORDER BY start", (meter, last)
        ).fetchall()
        found: dict[datetime, Decimal] = {}
        for start, actual in rows:
            hour = datetime.fromtimestamp(start, UTC).replace(minute=0, second=0)
            found[hour] = found.get(hour, Decimal(0)) + Decimal(str(actual)) * factor
        done = list(found.items())
        for low in range(0, len(done), 100):
            some = done[low : low + 100]
            many = ", ".join(["(?, ?, ?)"] * len(some))
            flat = [cell for hour, kg in some for cell in (meter, int(hour.timestamp()), float(kg))]
            self.con.execute(f"INSERT INTO {target} (meter_id, start, actual) VALUES {many}", flat)
            self.con.commit()


class BeliefTables:
    """A row a belief; the newest one counts."""

    def __init__(self, path: Path) -> None:
        self.con = sqlite3.connect(path)
        self.con.executescript(
            """PRAGMA journal_mode = WAL;
            CREATE TABLE belief (event_start TEXT, belief_horizon INTEGER, source_id INTEGER, sensor_id INTEGER,
                cumulative_probability REAL, event_value REAL,
                PRIMARY KEY (event_start, belief_horizon, source_id, sensor_id, cumulative_probability));
            CREATE INDEX belief_by_sensor ON belief (sensor_id, event_start);"""
        )

    def ingest(self, rows: Sequence[Row]) -> None:
        """A batch in one transaction, sensor by sensor: what is believed already is looked up and left out."""
        by_sensor: dict[int, list[tuple[str, float]]] = {}
        for m, at, v in rows:
            by_sensor.setdefault(m, []).append((datetime.fromtimestamp(at, UTC).isoformat(), v / 1000))
        for sensor, events in by_sensor.items():
            known = dict(self._newest(sensor, min(e for e, _ in events), max(e for e, _ in events)))
            new = [
                {"start": e, "horizon": 0, "source": 1, "sensor": sensor, "probability": 0.5, "value": v}
                for e, v in events
                if known.get(e) != v
            ]
            self.con.executemany(
                "INSERT INTO belief VALUES (:start, :horizon, :source, :sensor, :probability, :value) ON CONFLICT DO NOTHING",
                new,
            )
        self.con.commit()

    def account(self, meters: Sequence[int], factors: Sequence[float]) -> float:
        """The newest belief of every event, sensor by sensor, as a frame by the hour, times each factor."""
        total = 0.0
        for factor in factors:
            for meter in meters:
                frame = pd.DataFrame(self._newest(meter), columns=["event_start", "event_value"])
                series = frame.set_index(pd.to_datetime(frame["event_start"], utc=True))["event_value"]
                total += float((series.resample("1h").sum() * factor).sum())
        return total

    def _newest(self, sensor: int, first: str = "", last: str = "9") -> Iterator[tuple[str, float]]:
        yield from self.con.execute(
            """SELECT b.event_start, b.event_value FROM belief b JOIN (
                SELECT event_start, source_id, min(belief_horizon) AS newest FROM belief
                WHERE sensor_id = ?1 AND event_start BETWEEN ?2 AND ?3 GROUP BY event_start, source_id) n
            ON b.event_start = n.event_start AND b.source_id = n.source_id AND b.belief_horizon = n.newest
            WHERE b.sensor_id = ?1 AND b.event_start BETWEEN ?2 AND ?3 ORDER BY b.event_start""",
            (sensor, first, last),
        )
