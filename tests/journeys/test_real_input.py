"""Real measured files through import, check, account and explain: what is wrong with them is found, what is right stays.

Skips where the files are not. Of series whose licence does not allow more, only counts are looked at.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.real_input import SITES, head, run, summary

from lingtan.base.ids import channel_key
from lingtan.wiring import open_workspace

BY_NAME = {site.name: site for site in SITES}
MONTHS = {
    "steel": "2018-01",
    "zhongshan": "2025-09",
    "campus": "2018-01",
    "pv-plant": "2019-01",
    "heat-meter": "2018-02",
}
DAYS = {"steel": 60, "zhongshan": 60, "campus": 280, "pv-plant": 200, "heat-meter": 90, "district": 280}


@pytest.fixture(scope="module")
def made(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Each site's first days, run once."""
    out = tmp_path_factory.mktemp("real")
    sites = {n: replace(s, account=MONTHS.get(n)) for n, s in BY_NAME.items()}
    results = {name: run(sites[name], real_data, out, days) for name, days in DAYS.items()}
    return {name: {**result, "folder": out / name} for name, result in results.items()}


def findings(result: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [f for f in result["checked"]["findings"] if f["severity"] != "info" and (not kinds or f["kind"] in kinds)]


def test_every_site_is_imported_checked_accounted_and_explained(made: dict[str, dict[str, Any]]) -> None:
    assert set(made) == set(BY_NAME)
    for name, result in made.items():
        counts = summary(result)
        assert counts["readings"] > 1000, name
        assert counts["rejected"] == 0, name
        if name in MONTHS:
            assert counts["account"] is True, name
            assert counts["explained"] is True, name


def test_the_complete_series_has_no_finding(made: dict[str, dict[str, Any]]) -> None:
    assert made["steel"]["checked"]["readings"] == DAYS["steel"] * 96
    assert findings(made["steel"]) == []


def test_every_sentinel_of_the_pv_plant_is_found_and_nothing_else(
    made: dict[str, dict[str, Any]], real_data: Path
) -> None:
    frame = head(
        DAYS["pv-plant"], pl.read_parquet(real_data / "renewable/pv_stategrid_site1_50MW_2019_2020_15min.parquet")
    )
    expected = {
        "irradiance": int((frame["total_irradiance_W_m2"] == -99).sum()),
        "air-temperature": int((frame["temp_degC"] == -99).sum()),
        # a register with one decimal that went below zero stands near 6553.5
        "humidity": int(((frame["rh_pct"] == -99) | (frame["rh_pct"] > 6422)).sum()),
    }
    assert min(expected.values()) > 0
    told = dict.fromkeys(expected, 0)
    for finding in findings(made["pv-plant"], "sentinel"):
        told[finding["channel"]] += finding["values"]["readings"]
    assert told == expected
    others = [f for f in findings(made["pv-plant"]) if f["kind"] != "sentinel"]
    assert not [f for f in others if f["channel"] != "pv-power"]


def test_the_zeros_that_stand_for_gaps_are_found(made: dict[str, dict[str, Any]], real_data: Path) -> None:
    frame = head(DAYS["campus"], pl.read_parquet(real_data / "load/cambridge_campus_elec_gas_2018_2020_hourly.parquet"))
    seen = 0
    for (building,), rows in frame.group_by("building_id"):
        zero = (rows.sort("ts")["electricity_kwh"] == 0).to_numpy()
        edges = np.flatnonzero(np.diff(np.concatenate([[False], zero, [False]]).astype(int)))
        long = int(((edges[1::2] - edges[::2]) >= 3).sum())
        channel = str(building).replace("UCam_", "").lower() + "-electricity"
        told = [f for f in made["campus"]["checked"]["findings"] if f["kind"] == "zero_run" and f["channel"] == channel]
        assert len(told) == long, channel
        seen += long
    assert seen > 0


def test_the_level_shift_of_the_district_is_found(made: dict[str, dict[str, Any]]) -> None:
    shifts = findings(made["district"], "level_shift")
    assert [f["start"][:7] for f in shifts] == ["2018-08"]


def test_a_meter_of_coarse_steps_is_not_called_stuck(made: dict[str, dict[str, Any]]) -> None:
    assert findings(made["zhongshan"], "stuck") == []


def test_the_register_of_the_heat_meter_keeps_its_total(made: dict[str, dict[str, Any]]) -> None:
    assert not findings(made["heat-meter"], "reset", "replacement", "rollover", "spike", "gap")
    space = open_workspace(made["heat-meter"]["folder"])
    values = space.store.readings(channels=[channel_key("heat-register")])["value"].to_pylist()
    assert values == sorted(values)
    assert len(values) == DAYS["heat-meter"] * 24


def test_a_check_changes_nothing(made: dict[str, dict[str, Any]]) -> None:
    for result in made.values():
        space = open_workspace(result["folder"])
        assert {c.kind for c in space.store.commits()} <= {"import", "park"}
