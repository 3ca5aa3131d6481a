"""Live forecasts of the series that a plan is made on: learnt once, issued anew, and blind to what comes later."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lingtan.base.errors import SourceError
from lingtan.base.time import Period
from lingtan.services import forecast_models
from lingtan.services.dispatch_expected import recent
from lingtan.services.dispatch_live import Expectation, LiveOutlook
from lingtan.services.dispatch_outlook import past_outlooks
from lingtan.services.dispatch_series import actual_series
from lingtan.services.dispatch_store import description_of
from lingtan.services.forecast_sources import NoSources
from lingtan.services.ingest import Ingest
from lingtan.services.plan_dispatch import plan_dispatch
from lingtan.services.workspace import Workspace
from lingtan.wiring import forecast_sources, open_workspace, workspace_audit
from tests.forecast_case import LITTLE, ZONE, series

PARK = """\
schema: 1
park: {id: p, name: 测试园区, region: CN-JS}
connections: [{id: grid, kind: public_grid, capacity: 10 MVA, price_cny_per_kwh: 0.6}]
assets: [{id: battery, kind: battery, capacity: 100 kW, energy: 200 kWh}]
meters:
  - {id: m1, channels: [{id: import, carrier: electricity, activity: import, unit: kWh, connection: grid, step: 1h}]}
"""
FIRST = datetime(2025, 3, 3, 16, tzinfo=UTC)  # midnight in China
DAYS = 45
AT = FIRST + timedelta(days=40)


def put(space: Workspace, values: np.ndarray, start: datetime = FIRST, *, channel: str = "import") -> None:
    count = len(values)
    columns = {
        "channel": [channel] * count,
        "start": [start + timedelta(hours=i) for i in range(count)],
        "value": values.tolist(),
    }
    Ingest(space).commit(pa.table({**columns, "seconds": pa.array([3600] * count, pa.int32())}))


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    tmp_path.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    space = open_workspace(tmp_path)
    put(space, series(DAYS, level=1000.0))
    return space


def outlook(space: Workspace, **given: Any) -> LiveOutlook:
    return LiveOutlook(space, description_of(space)[0], effort=LITTLE, **given)


def expected(space: Workspace, **given: Any) -> Expectation:
    found = outlook(space, **given).expected(AT, AT, 96, 15)
    assert found is not None
    return found


def test_a_plan_is_made_on_a_forecast_of_its_own_series(space: Workspace) -> None:
    planned = plan_dispatch(space, start=AT, by="li", audit=workspace_audit(space.root), hours=24)
    assert planned.inputs.source["load"] == "forecast"
    assert planned.schedule.sources["load"] == "forecast"
    assert "dispatch.forecast-model" in {n["code"] for n in planned.schedule.notes}
    hour = planned.inputs.series["load"].reshape(24, 4)
    assert np.ptp(hour, axis=1).max() < 0.01  # meters by the hour show no run within it
    assert hour[10].mean() > 1.5 * hour[2].mean()  # two shifts


def test_a_model_is_learnt_once_and_kept(space: Workspace) -> None:
    expected(space)
    kept = space.blobs.names(forecast_models.FOLDER)
    assert len(kept) == 1
    told: list[str] = []
    found = outlook(space, listener=lambda p: told.append(p.stage)).expected(
        AT + timedelta(days=3), AT + timedelta(days=3), 24, 60
    )
    assert found is not None
    assert not told
    assert space.blobs.names(forecast_models.FOLDER) == kept


def test_nothing_that_comes_later_changes_a_forecast(space: Workspace, tmp_path: Path) -> None:
    before = expected(space)
    other = tmp_path / "other"
    other.mkdir()
    other.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    twin = open_workspace(other)
    values = series(DAYS, level=1000.0)
    values[40 * 24 :] = 9000.0
    put(twin, values)
    after = expected(twin)
    assert np.array_equal(before.mean["load"], after.mean["load"])
    assert np.array_equal(before.tables["load"], after.tables["load"])
    assert before.notes == after.notes


def test_with_too_few_days_a_simpler_rule_stands_in_and_is_named(tmp_path: Path) -> None:
    tmp_path.joinpath("park.yaml").write_text(PARK, encoding="utf-8")
    space = open_workspace(tmp_path)
    put(space, series(5, level=1000.0), AT - timedelta(days=5))
    found = expected(space)
    assert found.sources["load"] == "similar-days"
    assert not found.notes


def test_a_silent_weather_source_is_told_and_survived(space: Workspace) -> None:
    class Silent(NoSources):
        def weather(self, start: datetime, end: datetime) -> None:
            raise SourceError("forecast.weather-unreachable")

    found = expected(space, sources=Silent())
    assert found.sources["load"] == "forecast"
    assert {"code": "dispatch.no-weather", "why": "forecast.weather-unreachable"} in found.notes


def test_a_plan_of_tomorrow_is_made_with_what_is_known_today(space: Workspace) -> None:
    found = outlook(space).expected(AT - timedelta(hours=8), AT, 24, 60)
    assert found is not None
    now = outlook(space).expected(AT, AT, 24, 60)
    assert now is not None
    assert not np.array_equal(found.mean["load"], now.mean["load"])
    assert outlook(space).expected(AT - timedelta(days=8), AT, 24, 60) is None


def test_a_price_that_was_published_is_what_it_is_and_a_later_one_is_forecast(space: Workspace) -> None:
    hours = DAYS * 24
    prices = np.where(np.arange(hours) % 24 < 8, 0.2, 0.6) + 0.01 * np.random.default_rng(4).standard_normal(hours)
    prices[41 * 24 :] += 1.0  # nobody can know this of the day after
    rows = ["time,price_cny_per_kwh,available_at"]
    for hour, price in enumerate(prices):
        time = FIRST + timedelta(hours=hour)
        known = FIRST + timedelta(days=hour // 24, hours=-6)
        rows.append(f"{time.isoformat()},{price},{known.isoformat()}")
    space.root.joinpath("forecast").mkdir(exist_ok=True)
    space.root.joinpath("forecast", "prices.csv").write_text("\n".join(rows), encoding="utf-8")
    description = description_of(space)[0]
    grid = description.grids[0].model_copy(update={"price_cny_per_kwh": None, "price_series": "price"})
    description = description.model_copy(update={"grids": [grid]})
    found = LiveOutlook(space, description, forecast_sources(space), effort=LITTLE).expected(AT, AT, 48, 60)
    assert found is not None
    assert found.mean["price"][:24] == pytest.approx(prices[40 * 24 : 41 * 24])
    assert found.mean["price"][24:].max() < 0.8
    assert found.sources["price"] == "forecast"
    day = LiveOutlook(space, description, forecast_sources(space), effort=LITTLE).expected(AT, AT, 24, 60)
    assert day is not None
    assert day.sources["price"] == "published"
    known = recent(space, description, AT, sources=forecast_sources(space))
    assert known.hourly()["price"][-24:] == pytest.approx(prices[39 * 24 : 40 * 24])
    period = Period("a day", AT, AT + timedelta(days=1), ZONE)
    actual, _ = actual_series(space, description, period, sources=forecast_sources(space))
    assert actual["price"] == pytest.approx(prices[40 * 24 : 41 * 24])
    outlooks = past_outlooks(space, description, forecast_sources(space), period)
    assert outlooks.expected(int(AT.timestamp()), 24)["price"] == pytest.approx(prices[40 * 24 : 41 * 24])


MEMBER = (
    PARK.replace("connections:", "enterprises: [{id: works, name: 甲厂}]\nconnections:")
    + """\
  - {id: m2, enterprise: works, channels: [{id: works, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
"""
)
SHIFTS = "stated_at,enterprise,carrier,from,to,days,hours,level\n{said},works,electricity,2025-04-13,2025-04-14,,,0\n"


@pytest.mark.parametrize(("said", "heard"), [("2025-04-01", True), ("2025-04-13 06:00", False)])
def test_a_stop_that_an_enterprise_stated_in_time_lowers_the_load_of_the_park(
    tmp_path: Path, said: str, heard: bool
) -> None:
    tmp_path.joinpath("park.yaml").write_text(MEMBER, encoding="utf-8")
    space = open_workspace(tmp_path)
    works = series(DAYS, level=600.0, noise=0.01)
    put(space, works + 400.0)
    put(space, works, channel="works")
    tmp_path.joinpath("forecast").mkdir()
    plain = expected(space, sources=forecast_sources(space)).mean["load"]
    tmp_path.joinpath("forecast", "shifts.csv").write_text(SHIFTS.format(said=said), encoding="utf-8")
    found = expected(space, sources=forecast_sources(space))
    lower = plain.mean() - found.mean["load"].mean()
    assert lower == pytest.approx(0.9 * works[40 * 24 : 41 * 24].mean() if heard else 0.0, rel=0.2, abs=1e-9)
    assert ("dispatch.planned" in {n["code"] for n in found.notes}) is heard
