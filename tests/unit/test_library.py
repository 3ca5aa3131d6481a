"""``import lingtan``: light to import, and its tables say what the account says."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lingtan
from lingtan.base.errors import InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A year of the minimal park: 1 MW bought, 0.96 MW used by plant A, 1000 m3 of gas a month."""
    folder = tmp_path_factory.mktemp("library") / "park"
    lingtan.new(folder, name="A park")
    lines = ["time,meter,value"]
    at = datetime(2025, 1, 1)
    while at.year == 2025:
        lines += [f"{at:%Y-%m-%d %H:%M},grid-import,1000", f"{at:%Y-%m-%d %H:%M},plant-a-power,960"]
        at += timedelta(hours=1)
    lines += [f"2025-{m:02d}-01 00:00,plant-a-gas,1000" for m in range(1, 13)]
    file = folder / "meters.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    park = lingtan.open(folder)
    assert [i.status for i in park.import_files(file)] == ["committed"]
    return park


def test_importing_is_light() -> None:
    seen = "import sys, lingtan; print(sorted({'pandas', 'polars', 'pyarrow', 'ibis', 'duckdb'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("tables", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("arrow", pa.Table)])
def test_tables_come_as_asked(made: Any, tables: str, kind: type) -> None:
    assert isinstance(made.channels(to=tables), kind)
    assert isinstance(made.readings("plant-a-gas", to=tables), kind)
    assert isinstance(lingtan.open(made.workspace.root, tables=tables).log(), kind)


def test_readings_are_as_read_and_local_text_bounds_them(made: Any) -> None:
    table = made.readings("grid-import", start="2025-01-01", end="2025-01-01T02:00")
    assert list(table["value"]) == [1000.0, 1000.0]
    assert list(table["unit"]) == ["kWh", "kWh"]
    assert list(table["quality"]) == ["measured", "measured"]
    assert str(table["start"][0]) == "2024-12-31 16:00:00+00:00"
    assert made.readings("grid-import", as_of=1).empty
    assert set(made.readings(["grid-import", "plant-a-gas"])["channel"]) == {"grid-import", "plant-a-gas"}


def test_activity_adds_up_to_the_readings(made: Any) -> None:
    month = made.activity("2025-03", "plant-a-gas")
    assert len(month) == 31 * 24
    assert month["value_milli"].sum() == 1_000_000
    assert month["spread_s"].sum() == 31 * 24 * 3600


def test_the_account_is_what_a_hand_computes(made: Any) -> None:
    account = made.account("2025")
    power = 8760 * 1000 * 0.8325 / 1000  # t
    fuel = account.table("category", measure="co2").set_index("category")["tonnes"]["fuel"]
    assert account.totals["co2"] == pytest.approx(power + fuel)
    assert account.totals["co2"] == pytest.approx(
        account.postings().query("view == 'direct' and measure == 'co2'")["tonnes"].sum()
    )
    core = account.indicators().set_index("indicator").loc["core"]
    assert core["value"] == pytest.approx(account.totals["co2"] / account.totals["tce_equivalent"])
    by_enterprise = account.table("enterprise", measure="co2", view="transfer")
    assert by_enterprise["tonnes"].sum() == pytest.approx(account.totals["co2"])


def test_intensities_name_what_is_not_stated(made: Any) -> None:
    table = made.account("2025").intensities()
    assert set(table["measure"]) == {"co2", "tce_equivalent"}
    assert table["per_10k_cny"].isna().all()
    assert table["tonnes"].sum() > 0


def test_a_run_is_found_again_and_explains_itself(made: Any) -> None:
    account = made.account("2025")
    assert made.run(account.id).totals == account.totals
    assert made.run().id == account.id
    assert "core" in account.figures()
    passport = made.explain("core", account.id, depth=2)
    assert passport["recomputed"] is True
    assert passport["tree"]["children"]


def test_factors_carry_their_sources(made: Any) -> None:
    table = made.factors()
    assert len(table) > 100
    assert {"id", "value", "unit", "source", "confidence"} <= set(table.columns)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda p: p.readings("grid-imprt"), "library.unknown-channel"),
        (lambda p: p.account("2025").table("colour"), "library.unknown-column"),
        (lambda p: p.channels(to="excel"), "library.unknown-tables"),
        (lambda p: lingtan.open(Path("/nowhere")), "workspace.no-park"),
        (lambda p: lingtan.new(p.workspace.root), "park-new.exists"),
    ],
)
def test_a_wrong_question_is_refused_in_words(made: Any, ask: Any, code: str) -> None:
    with pytest.raises(InputError) as refused:
        ask(made)
    assert refused.value.code == code
    assert refused.value.format("zh")
