"""A consultant forecasts a measured series from a file, as docs/how-to/forecast-a-series.md says."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lingtan.apps.cli.main import app
from lingtan.forecast.boosted import Effort
from lingtan.services import forecast_models

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "forecast-a-series.md"
HEAD = "stated_at,enterprise,carrier,from,to,days,hours,level\n"


def test_a_measured_series_is_forecast_with_a_planned_stop(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    source = real_data / "load" / "steel_daewoo_2018_15min.parquet"
    if not source.exists():
        pytest.skip("no steel plant here")
    park = re.search(r"```yaml\n(.*?)```", HOW_TO.read_text("utf-8"), re.S)
    assert park is not None
    (tmp_path / "park.yaml").write_text(park[1], "utf-8")
    found = pd.read_parquet(source)
    times = pd.to_datetime(found.iloc[:, 0])
    part = (times >= "2018-10-01") & (times < "2018-12-12")
    table = pd.DataFrame({"时间": times[part], "steel-power (kWh)": found["usage_kwh"][part]})
    table.to_csv(tmp_path / "steel.csv", index=False)
    # the test is about the way, not about how good it gets
    monkeypatch.setattr(
        forecast_models.train_forecast, "__kwdefaults__",
        {**forecast_models.train_forecast.__kwdefaults__, "effort": Effort(rows=8_000, trees=20, rate=0.15)},
    )  # fmt: skip

    def told(*command: str, wrong: bool = False) -> str:
        made = CliRunner().invoke(app, [*command, "--park", str(tmp_path), "--lang", "en"])
        assert (made.exit_code != 0) == wrong, made.output
        return made.output

    told("readings", "import", str(tmp_path / "steel.csv"), "--yes")
    issue = ("forecast", "run", "--at", "2018-12-10 00:00", "--json")
    plain = json.loads(told(*issue))
    plans = tmp_path / "forecast" / "shifts.csv"
    plans.parent.mkdir(exist_ok=True)
    plans.write_text(HEAD + "2018-12-05,stel,,2018-12-11,2018-12-11,,,zero\n", "utf-8")
    wrong = told(*issue, wrong=True)
    assert "the nearest is 'steel'" in wrong
    assert "'zero' is no level" in wrong
    plans.write_text(HEAD + "2018-12-05,steel,,2018-12-11,2018-12-11,,,0\n", "utf-8")
    made = json.loads(told(*issue))
    before, after = (
        next(s["values"] for s in f["series"] if s["target"]["id"] == "steel:electricity") for f in (plain, made)
    )
    # at work the plant takes ten times what it takes at rest
    assert sum(v[3] for v in after[96:]) < 0.3 * sum(v[3] for v in before[96:])
    assert after[48][3] == pytest.approx(before[48][3], rel=0.15)
    assert "planned production" in told("forecast", "explain", "steel:electricity", "--day", "1")
