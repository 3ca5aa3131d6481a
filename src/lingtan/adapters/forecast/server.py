"""Weather forecasts from a server that answers in the Open-Meteo form; what it said is kept beside the files, with when."""

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from lingtan.base.errors import SourceError

# name in our table -> name on the wire
HOURLY = {"temperature_c": "temperature_2m", "ghi_w_m2": "shortwave_radiation", "wind_m_s": "wind_speed_10m"}
MOST_BYTES = 4_000_000


def fetch_weather(
    address: str, latitude: float, longitude: float, at: datetime, folder: Path, *, timeout_s: float = 10
) -> int:
    """Ask a server for the coming week and add its answer to ``forecast/weather.csv``; how many rows came.

    Raises
    ------
    SourceError
        ``forecast.weather-unreachable`` if it does not answer in time, or not in the expected form.
    """
    asked = urllib.parse.urlencode(
        {
            "latitude": f"{latitude:.4f}",
            "longitude": f"{longitude:.4f}",
            "hourly": ",".join(HOURLY.values()),
            "wind_speed_unit": "ms",
            "timezone": "GMT",
            "forecast_days": 8,
        }
    )
    if not address.startswith(("http://", "https://")):
        raise SourceError("forecast.weather-unreachable", address=address, why="http(s)")
    try:
        with urllib.request.urlopen(f"{address}?{asked}", timeout=timeout_s) as answer:
            hourly = json.loads(answer.read(MOST_BYTES))["hourly"]
        times = [datetime.fromisoformat(t).replace(tzinfo=UTC) for t in hourly["time"]]
        columns = {name: hourly.get(wire) or [None] * len(times) for name, wire in HOURLY.items()}
        rows = [
            [
                at.astimezone(UTC).isoformat(),
                t.isoformat(),
                *("" if columns[n][i] is None else f"{float(columns[n][i]):g}" for n in HOURLY),
            ]
            for i, t in enumerate(times)
        ]
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise SourceError("forecast.weather-unreachable", address=address, why=str(error)) from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise SourceError("forecast.weather-unreachable", address=address, why="JSON") from None
    path = folder / "forecast" / "weather.csv"
    path.parent.mkdir(exist_ok=True)
    old = path.read_text("utf-8") if path.is_file() else ",".join(["issued_at", "time", *HOURLY]) + "\n"
    fresh = path.with_suffix(".new")
    fresh.write_text(old + "".join(",".join(r) + "\n" for r in rows), "utf-8")
    fresh.replace(path)
    return len(rows)
