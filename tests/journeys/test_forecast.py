"""A person forecasts a small park, looks back, and asks why."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from lingtan.apps.cli.main import app
from lingtan.base.ids import channel_key
from lingtan.forecast.boosted import Effort
from lingtan.metering.readings import SCHEMA, Quality
from lingtan.services import forecast_models, score_forecasts
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import NoSources
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

START = datetime(2025, 3, 3, 16, tzinfo=UTC)  # midnight in China
DAYS = 50
PARK = """
schema: 1
park: {id: small, name: Small, region: CN-JS, operator: zone, synthetic: true}
boundary: {geojson: {type: Polygon, coordinates: [[[120, 33], [120.1, 33], [120.1, 33.1]]]}}
enterprises: [{id: zone, name: Zone}, {id: a, name: A}, {id: b, name: B}]
assets: [{id: pv-a, kind: pv, enterprise: a, capacity: 500 kW}, {id: boil, kind: electric_boiler, enterprise: b}]
meters:
  - {id: feeder, channels: [{id: feeder, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
  - {id: m-a, enterprise: a, parent: feeder, channels: [{id: a-in, carrier: electricity, activity: use, unit: kWh, step: 1h, max_per_hour: 900}]}
  - {id: m-a1, enterprise: a, parent: m-a, channels: [{id: a-line, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
  - {id: m-b, enterprise: b, parent: feeder, channels: [{id: b-in, carrier: electricity, activity: use, unit: MWh, step: 1h, delay_minutes: 30}]}
  - {id: m-boil, enterprise: b, parent: m-b, channels: [{id: boil-in, carrier: electricity, activity: use, unit: kWh, step: 1h, asset: boil}]}
  - {id: m-pv, enterprise: a, channels: [{id: pv-out, carrier: electricity, activity: generation, unit: kWh, step: 1h, asset: pv-a}]}
  - {id: m-gas, enterprise: b, channels: [{id: b-gas, carrier: natural_gas, activity: final, unit: m3, step: 1h, kind: counter}]}
  - {id: m-bill, enterprise: b, manual: true, channels: [{id: b-coal, carrier: coke, activity: final, unit: t, step: 1month}]}
  - {id: m-air, channels: [{id: air, carrier: temperature, activity: reference, unit: "°C", step: 1h, signed: true}]}
"""


def values() -> dict[str, np.ndarray]:
    """Hourly numbers in channel units."""
    rng = np.random.default_rng(1)
    hour = np.arange(DAYS * 24)
    free = ((hour // 24) + 1) % 7 >= 5
    on = np.where((hour % 24 >= 8) & (hour % 24 < 20), 1.0, 0.4) * np.where(free, 0.5, 1.0)
    a = 300 * on * (1 + 0.05 * rng.standard_normal(len(hour)))
    sun = np.clip(np.sin(np.pi * ((hour % 24) - 6) / 12), 0, None) * (hour % 24 < 18)
    return {
        "feeder": a + 900, "a-in": a, "a-line": 0.7 * a, "b-in": 0.8 + 0.02 * rng.standard_normal(len(hour)),
        "boil-in": np.full(len(hour), 50.0) + rng.standard_normal(len(hour)),
        "pv-out": 400 * sun * np.repeat(rng.uniform(0.3, 1, DAYS), 24),
        "b-gas": np.cumsum(20 + rng.uniform(0, 5, len(hour))), "air": 15 + 5 * np.sin(hour / 24 * 2 * np.pi),
    }  # fmt: skip


SCALE = {"b-in": 1_000_000}  # kept in 1/1000 kWh


def commit(space: Workspace, table: dict[str, np.ndarray], first: int = 0, last: int = DAYS * 24, **more: Any) -> None:
    rows = []
    for name, numbers in table.items():
        for i in range(first, last):
            rows.append(
                {
                    "channel": channel_key(name), "start": START + timedelta(hours=i), "seconds": 0 if name == "b-gas" else 3600,
                    "value": round(float(numbers[i]) * SCALE.get(name, 1000)), "quality": 0, "method": 0,
                    "available_at": None, **more,
                }
            )  # fmt: skip
    rows.sort(key=lambda r: (r["channel"], r["start"]))
    space.store.commit(pa.Table.from_pylist(rows, schema=SCHEMA), kind="import", at=space.clock(), again=True)


@pytest.fixture(scope="module", autouse=True)
def _little_effort() -> Any:
    patch = pytest.MonkeyPatch()
    little = Effort(trees=10, rate=0.3, rows=3000, hours=(0,))
    patch.setattr(forecast_models, "EFFORT", little)
    patch.setattr(score_forecasts, "QUICK", little)
    patch.setattr(score_forecasts, "FULL", little)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    (root / "park.yaml").write_text(PARK, "utf-8")
    commit(open_workspace(root), values())
    return root


def ask(folder: Path, *words: str, code: int = 0) -> Any:
    found = CliRunner().invoke(app, ["forecast", *words, "--park", str(folder), "--json", "--lang", "en"])
    assert found.exit_code == code, found.output + repr(found.exception)
    return json.loads(found.stdout)


def test_the_targets_are_loads_and_plants_not_feeders_bills_or_what_dispatch_decides(folder: Path) -> None:
    space = open_workspace(folder)
    made = read_panel(space, START, START + timedelta(days=DAYS), NoSources(), step_s=3600, meters=True)
    ids = {t.id: t for t in made.targets}
    assert set(ids) == {
        "a:electricity", "a-line", "a:electricity:rest", "b:electricity", "b:natural_gas",
        "park:electricity", "park:natural_gas", "pv-a",
    }  # fmt: skip
    assert ids["a:electricity"].highest == 900
    assert (ids["pv-a"].capacity_kw, ids["b:natural_gas"].unit) == (500, "m3/h")
    history = made.history
    row = history.ids.index("b:electricity")
    assert np.nanmean(history.values[row]) == pytest.approx(800, rel=0.01)
    assert (history.available[row] - (history.start_s + 3600 * (np.arange(DAYS * 24) + 1)) == 1800).all()
    gas = history.ids.index("b:natural_gas")
    assert np.isfinite(history.values[gas]).sum() == DAYS * 24 - 1
    assert made.surroundings.temperature is not None
    assert {n["target"] for n in made.left_out} == {"b-coal"}


def test_train_run_show_and_explain(folder: Path) -> None:
    first = ask(folder, "train", "--at", "2025-04-14")
    assert first["kept_before"] is False
    again = ask(folder, "train", "--at", "2025-04-14")
    assert (again["kept_before"], again["model"]) == (True, first["model"])
    made = ask(folder, "run", "--at", "2025-04-15 08:00", "--horizon", "24h")
    assert (made["model"], made["trained_now"], made["steps"], made["step_s"]) == (first["model"], False, 96, 900)
    assert ask(folder, "run", "--at", "2025-04-15 08:00", "--horizon", "24h")["run"] == made["run"]
    series = {s["target"]["id"]: s for s in made["series"]}
    middle = [np.array(series[n]["values"])[:, 3] for n in ("a:electricity", "b:electricity", "park:electricity")]
    np.testing.assert_allclose(middle[0] + middle[1], middle[2])
    shown = ask(folder, "show", "a:electricity")
    assert [s["target"]["id"] for s in shown["series"]] == ["a:electricity"]
    why = ask(folder, "explain", "a:electricity")
    assert why["base"] + sum(why["drivers"].values()) == pytest.approx(why["median_before_sums"])
    assert len(why["similar_days"]) == 5
    assert ask(folder, "show", "a:electricty", code=2)["error"]["values"]["nearest"] == "a:electricity"
    assert ask(folder, "run", "--horizon", "9d", code=2)["error"]["code"] == "forecast.bad-horizon"
    for words in (["show"], ["show", "pv-a"], ["explain", "pv-a"], ["run", "--at", "2025-04-15 08:00"]):
        told = CliRunner().invoke(app, ["forecast", *words, "--park", str(folder), "--lang", "zh"])
        assert told.exit_code == 0, told.output
        assert "forecast" not in told.stdout.replace("lingtan forecast", "")


def test_sub_meters_agree_with_their_enterprise(folder: Path) -> None:
    made = ask(folder, "run", "--at", "2025-04-15 08:00", "--horizon", "12h", "--meters")
    series = {s["target"]["id"]: np.array(s["values"])[:, 3] for s in made["series"]}
    np.testing.assert_allclose(series["a-line"] + series["a:electricity:rest"], series["a:electricity"])


def test_readings_that_came_later_change_no_forecast(tmp_path: Path) -> None:
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    space, table = open_workspace(tmp_path), values()
    cut = 42 * 24
    commit(space, table, 0, cut)
    late = {"a-in": table["a-in"] * 7}
    at = f"{START + timedelta(hours=cut + 8, minutes=-1):%Y-%m-%d %H:%M}"  # local time, in words
    before = ask(tmp_path, "run", "--at", at, "--horizon", "6h")
    commit(space, {k: v * 3 for k, v in table.items()}, cut, DAYS * 24)
    commit(space, late, cut - 30, cut - 20, available_at=START + timedelta(days=49))
    late_is_gone = ask(tmp_path, "run", "--at", at, "--horizon", "6h", "--as-of", str(before["as_of"]))
    assert late_is_gone["series"] == before["series"]
    # a correction that came later hides what it corrected, and shows nothing of itself
    after = ask(tmp_path, "run", "--at", at, "--horizon", "6h")
    old = {s["target"]["id"]: s["values"] for s in before["series"]}
    new = {s["target"]["id"]: s["values"] for s in after["series"]}
    assert set(old) == set(new)
    assert new["pv-a"] == old["pv-a"]
    assert new["b:natural_gas"] == old["b:natural_gas"]
    assert np.array(new["a:electricity"]).max() < 600  # the corrected readings are seven times as high


def test_an_estimate_is_not_something_that_was_known(tmp_path: Path) -> None:
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    space = open_workspace(tmp_path)
    commit(space, {"a-in": values()["a-in"]}, 0, 48)
    commit(space, {"a-in": values()["a-in"]}, 48, 72, quality=int(Quality.ESTIMATED))
    made = read_panel(space, START, START + timedelta(days=4), NoSources(), step_s=3600)
    row = made.history.ids.index("a:electricity")
    assert np.isfinite(made.history.values[row]).sum() == 48


def test_a_backtest_is_kept_and_drawn(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    made = ask(folder, "score", "--period", "2025-04", "--sample", "--horizon", "24h", "--page", str(page))
    assert made["origins"]
    assert {s["method"] for s in made["scores"]} >= {"forecast", "weekly-naive", "seasonal-naive", "climatology"}
    text = page.read_text("utf-8")
    assert "<svg" in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert "forecast-page." not in text
    assert list((folder / ".lingtan" / "forecast" / "scores").glob("*.json"))


def test_without_readings_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    assert ask(tmp_path, "run", code=3)["error"]["code"] == "forecast.no-readings"
    assert ask(tmp_path, "show", code=3)["error"]["code"] == "forecast.none-kept"
    assert ask(tmp_path, "fetch", code=2)["error"]["code"] == "forecast.no-server"


def test_a_park_with_a_few_days_is_forecast_by_rules_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    commit(open_workspace(tmp_path), values(), 0, 9 * 24)
    made = ask(tmp_path, "run", "--horizon", "24h")
    found = {s["target"]["id"]: (s["model"], s["reason"]) for s in made["series"]}
    assert found["a:electricity"] == ("similar-days", "no-model")
    assert found["park:electricity"] == ("sum", None)
    assert made["model"] == "none"
    assert {"forecast.reason-no-model"} <= {n["code"] for n in made["notes"]}
    assert ask(tmp_path, "train", code=3)["error"]["code"] == "forecast.too-few-days"


def test_without_lightgbm_nothing_is_learnt_and_forecasts_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "park.yaml").write_text(PARK, "utf-8")
    commit(open_workspace(tmp_path), values())
    monkeypatch.setattr(forecast_models, "can_learn", lambda: False)
    assert ask(tmp_path, "train", code=3)["error"]["code"] == "forecast.no-lightgbm"
    made = ask(tmp_path, "run", "--horizon", "24h")
    assert {s["model"] for s in made["series"]} <= {"similar-days", "sum"}
