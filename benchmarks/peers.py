"""Two baselines in the shape of other systems, written for this comparison alone.

``RowTables``: an indexed SQL table of hourly values, filled by statements of 100 rows with three commits for each, and a
carbon table filled by a loop over meters, hour by hour: the shape of MyEMS.
``BeliefTables``: a row for each belief (event start, belief time, source, sensor, probability, value) under a compound key
and a second index, and the newest belief of each event picked when read: the shape of FlexMeasures and timely-beliefs.

Both run in SQLite in this process with its usual settings (WAL), without a server between: kinder than the original.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

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

    def account(self, meters: Sequence[int], factor: float) -> float:
        """Carbon hour by hour and meter by meter, and its total; one factor for all time."""
        for meter in meters:
            last = self.con.execute("SELECT max(start) FROM carbon WHERE meter_id = ?", (meter,)).fetchone()[0] or 0
            hours = self.con.execute(
                "SELECT start, actual FROM value WHERE meter_id = ? AND start > ? ORDER BY start", (meter, last)
            ).fetchall()
            found: dict[int, float] = {}
            for start, actual in hours:
                hour = start - start % 3600
                found[hour] = found.get(hour, 0.0) + actual * factor
            for low in range(0, len(found), 100):
                some = list(found.items())[low : low + 100]
                many = ", ".join(["(?, ?, ?)"] * len(some))
                flat = [cell for hour, kg in some for cell in (meter, hour, kg)]
                self.con.execute(f"INSERT INTO carbon (meter_id, start, actual) VALUES {many}", flat)
                self.con.commit()
        return float(self.con.execute("SELECT sum(actual) FROM carbon").fetchone()[0])


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

    def account(self, meters: Sequence[int], factor: float) -> float:
        """The newest belief of every event, sensor by sensor, times the factor."""
        total = 0.0
        for meter in meters:
            total += sum(value * factor for _, value in self._newest(meter))
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
