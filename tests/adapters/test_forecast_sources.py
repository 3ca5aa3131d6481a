"""Weather forecasts and prices from files and from a server."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from lingtan.adapters.forecast.files import ForecastFiles
from lingtan.adapters.forecast.server import fetch_weather
from lingtan.base.errors import InputError, SourceError
from lingtan.services.forecast_sources import NoSources

START, END = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 3, tzinfo=UTC)
NOON = int(datetime(2025, 6, 1, 4, tzinfo=UTC).timestamp())  # in China


def files(root: Path, **tables: str) -> ForecastFiles:
    (root / "forecast").mkdir(exist_ok=True)
    for name, text in tables.items():
        (root / "forecast" / f"{name}.csv").write_text(text, "utf-8")
    return ForecastFiles(root, "Asia/Shanghai")


def test_without_tables_there_is_no_source(tmp_path: Path) -> None:
    for source in (ForecastFiles(tmp_path, "UTC"), NoSources()):
        assert source.weather(START, END) is None
        assert source.prices(START, END, 900) is None
        assert source.state()


def test_the_newest_forecast_issued_in_time_counts(tmp_path: Path) -> None:
    text = "issued_at,time,temperature_c,ghi_w_m2\n2025-06-01 06:00,2025-06-01 12:00,20,\n2025-06-01 09:00,2025-06-01 12:00,25,600\n"
    archive = files(tmp_path, weather=text).weather(START, END)
    assert archive is not None
    at = np.array([NOON])
    assert archive.latest("temperature_c", NOON - 5 * 3600, at).tolist() == [20]
    assert archive.latest("temperature_c", NOON, at).tolist() == [25]
    assert np.isnan(archive.latest("temperature_c", NOON - 7 * 3600, at)).all()
    assert archive.latest("ghi_w_m2", NOON, at).tolist() == [600]
    assert np.isnan(archive.latest("wind_m_s", NOON, at)).all()


def test_a_gap_between_forecasts_is_not_bridged(tmp_path: Path) -> None:
    text = "issued_at,time,temperature_c\n2025-06-01,2025-06-01 12:00,20\n2025-06-01,2025-06-01 14:00,22\n2025-06-01,2025-06-02 12:00,30\n"
    archive = files(tmp_path, weather=text).weather(START, END)
    assert archive is not None
    found = archive.latest("temperature_c", NOON, np.array([NOON + 3600, NOON + 9 * 3600]))
    assert found[0] == 21
    assert np.isnan(found[1])


def test_a_price_is_known_when_it_was_published_else_when_its_hour_has_passed(tmp_path: Path) -> None:
    text = "time,price_cny_per_kwh,available_at\n2025-06-01 12:00,0.5,2025-05-31 18:00\n2025-06-01 13:00,-0.1,\n"
    found = files(tmp_path, prices=text).prices(START, END, 900)
    assert found is not None
    i = (NOON - found.start_s) // 900
    assert found.values[0, i : i + 8].tolist() == [0.5] * 4 + [-0.1] * 4
    assert found.available[0, i] == NOON - 18 * 3600
    assert found.available[0, i + 4] == NOON + 2 * 3600


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("time,temperature_c\n", "forecast.columns"),
        ("issued_at,time,temperature_c\n2025-06-01,2025-06-01,20\nsoon,2025-06-01,20\n", "forecast.bad-row"),
        ("issued_at,time,temperature_c\n2025-06-01,2025-06-01,warm\n", "forecast.bad-row"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        files(tmp_path, weather=text).weather(START, END)
    assert [p.code for p in caught.value.problems] == [code]
    assert caught.value.problems[0].place.line


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "forecast").mkdir()
    (tmp_path / "forecast" / "prices.csv").write_bytes("时间,电价".encode("gbk"))
    with pytest.raises(InputError, match="UTF-8"):
        ForecastFiles(tmp_path, "UTC").prices(START, END, 900)


@contextmanager
def server(body: bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1", asked
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)


def test_a_servers_answer_is_kept_with_the_moment_it_came(tmp_path: Path) -> None:
    hourly = {
        "time": ["2025-06-01T04:00", "2025-06-01T05:00"],
        "temperature_2m": [21.5, None],
        "wind_speed_10m": [3, 4],
    }
    at = datetime(2025, 6, 1, 1, tzinfo=UTC)
    with server(json.dumps({"hourly": hourly}).encode()) as (address, asked):
        assert fetch_weather(address, 33.2, 120.6, at, tmp_path) == 2
        assert fetch_weather(address, 33.2, 120.6, at.replace(hour=2), tmp_path) == 2
    assert "latitude=33.2000" in asked[0]
    archive = ForecastFiles(tmp_path, "Asia/Shanghai").weather(START, END)
    assert archive is not None
    assert len(archive.time_s) == 4
    assert archive.latest("temperature_c", NOON, np.array([NOON])).tolist() == [21.5]
    assert np.isnan(archive.latest("temperature_c", int(at.timestamp()) - 1, np.array([NOON]))).all()


@pytest.mark.parametrize(("body", "status"), [(b"no json", 200), (b"{}", 200), (b"", 500)])
def test_a_server_that_does_not_answer_well_leaves_no_table(tmp_path: Path, body: bytes, status: int) -> None:
    with server(body, status) as (address, _), pytest.raises(SourceError):
        fetch_weather(address, 33.2, 120.6, START, tmp_path, timeout_s=2)
    assert not (tmp_path / "forecast").exists()


def test_an_address_that_is_no_web_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        fetch_weather("file:///etc/hosts", 0, 0, START, tmp_path)
