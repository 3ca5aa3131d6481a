"""Real series, where they are there: what is asked of day-ahead forecasts."""

from pathlib import Path

import pytest
from benchmarks.forecast_real import cases, ratios, run


@pytest.mark.parametrize("name", ["steel plant, load", "Chinese district, load"])
def test_a_real_load_is_forecast_better_than_by_last_week_and_its_band_holds(real_data: Path, name: str) -> None:
    found = {c.name: c for c in cases(real_data)}
    if name not in found:
        pytest.skip(f"no series of the {name}")
    share, nine, _ = ratios(run(found[name])[0])
    asked = found[name].asked
    assert asked is not None
    assert share["weekly-naive"] <= asked
    assert 0.87 <= nine <= 0.93
