"""A person checks, repairs, estimates and takes back, all from the command line; nothing is ever overwritten."""

import contextlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lingtan.apps.cli.main import cli
from lingtan.base.ids import channel_key
from lingtan.metering.readings import SCHEMA
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace
from tests.unit.metering.checks.case import PER_DAY, START, counter, plant, rows

PARK = """# the file of a person
schema: 1
park: {id: p, name: P, region: CN-JS}
meters:
  - id: m-a          # the main
    channels:
      - id: a
        carrier: electricity
        activity: use
        unit: kWh   # as the files say
  - id: m-w
    channels:
      - id: w
        carrier: fresh_water
        activity: intake
        unit: m3
        kind: counter
        digits: 7
"""
AT = 20 * PER_DAY + 40
Run = Callable[..., Any]


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    (tmp_path / "park.yaml").write_text(PARK, encoding="utf-8")
    made = open_workspace(tmp_path, clock=lambda: datetime(2026, 1, 5, tzinfo=UTC))
    values, keep = plant(), np.ones(42 * PER_DAY, bool)
    values[AT : AT + 4] = 65_535_000
    keep[AT + 300 : AT + 310] = False
    table = pa.concat_tables([rows("a", values, keep=keep), rows("w", counter(plant(seed=2)), counter=True)])
    batch = table.select(SCHEMA.names).cast(SCHEMA)
    names = {str(channel_key(c)): c for c in "aw"}
    made.store.commit(batch, kind="import", at=made.clock(), channels=names)
    return made


@pytest.fixture
def run(space: Workspace) -> Run:
    def call(*arguments: str, code: int = 0) -> Any:
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard), pytest.raises(SystemExit) as left:
            cli([*arguments, "--park", str(space.root), "--json", "--lang", "en"], prog_name="lingtan")
        assert left.value.code == code, heard.getvalue()
        return json.loads(heard.getvalue())

    return call


def view(space: Workspace, as_of: int | None = None) -> list[tuple[Any, ...]]:
    """The current readings without their revisions."""
    table = space.store.readings(as_of=as_of).drop_columns(["rev"])
    return [tuple(row.values()) for row in table.to_pylist()]


def test_from_check_to_a_series_without_a_finding(space: Workspace, run: Run) -> None:
    found = run("readings", "check")
    assert found["counts"] == {"gap": {"error": 1}, "sentinel": {"error": 1}}
    run("readings", "repair", "withdraw", "--found", "sentinel", "--reason", "logger fault")
    done = run("readings", "estimate", "--reason", "ticket 42")
    assert {g["method"] for g in done["gaps"]} == {"linear", "similar_day"}
    assert done["rows"] == 14
    assert run("readings", "check")["findings"] == []
    log = run("readings", "log")
    assert [(c["kind"], c["reason"]) for c in log[1:]] == [("repair", "logger fault"), ("estimate", "ticket 42")]


def test_a_dry_run_changes_nothing(space: Workspace, run: Run) -> None:
    head = space.store.head()
    assert run("readings", "estimate", "--reason", "x", "--dry-run")["rows"] == 10
    assert run("readings", "repair", "withdraw", "--found", "sentinel", "--reason", "x", "--dry-run")["rows"] == 4
    at = ["--channel", "a", "--from", "2025-01-02", "--to", "2025-01-03"]
    assert run("readings", "repair", "scale", *at, "--factor", "2", "--reason", "x", "--dry-run")["rows"] == 96
    change = ["park", "change-meter", "a", "--from", "2025-01-01", "--multiplier", "2", "--reason", "x", "--dry-run"]
    assert run(*change)["rev"] is None
    assert space.store.head() == head
    assert (space.root / "park.yaml").read_text(encoding="utf-8") == PARK


def test_every_change_wants_a_reason(run: Run) -> None:
    at = ["--channel", "a", "--from", "2025-01-02", "--to", "2025-01-03"]
    for verb in (["estimate"], ["repair", "confirm", *at], ["revert", "--rev", "2"]):
        assert run("readings", *verb, "--reason", " ", code=2)["error"]["code"] == "edit.no-reason"


@pytest.mark.parametrize(
    "change",
    [
        ["repair", "edit", "--value", "12.5"],
        ["repair", "scale", "--factor", "1.25"],
        ["repair", "shift", "--minutes", "-60"],
        ["repair", "withdraw"],
        ["repair", "confirm"],
        ["estimate"],
    ],
)
def test_a_change_taken_back_leaves_the_earlier_view(space: Workspace, run: Run, change: list[str]) -> None:
    before, head = view(space), space.store.head()
    done = run("readings", *change, "--channel", "a", "--from", "2025-01-05", "--to", "2025-02-05", "--reason", "why")
    assert done["rev"] == head + 1
    assert view(space) != before
    assert view(space, as_of=head) == before
    run("readings", "revert", "--rev", str(done["rev"]), "--reason", "was wrong")
    assert view(space) == before
    stretch = ["--channel", "a", "--from", "2025-01-01", "--to", "2025-03-01"]
    run("readings", "revert", *stretch, "--to-rev", str(done["rev"]), "--reason", "was right after all")
    assert view(space) == view(space, as_of=done["rev"])


def test_what_was_changed_again_since_is_left_alone(space: Workspace, run: Run) -> None:
    at = ["--channel", "a", "--from", "2025-01-02T08:00", "--to", "2025-01-02T09:00"]
    first = run("readings", "repair", "edit", *at, "--value", "1", "--reason", "one")
    at[-1] = "2025-01-02T08:30"
    run("readings", "repair", "edit", *at, "--value", "2", "--reason", "two")
    done = run("readings", "revert", "--rev", str(first["rev"]), "--reason", "back")
    assert (done["rows"], done["kept"]) == (2, 2)


def test_a_shift_never_replaces_a_reading_outside(space: Workspace, run: Run) -> None:
    outside = {row[1]: row[3] for row in view(space) if row[0] == channel_key("a")}
    at = ["--channel", "a", "--from", "2025-01-10", "--to", "2025-01-12"]
    done = run("readings", "repair", "shift", *at, "--minutes", "-60", "--reason", "clock was fast")
    assert done["notes"] == {"action": "shift", "minutes": -60.0, "dropped": 4, "gaps": 4}
    low, high = START + timedelta(days=9), START + timedelta(days=11)
    now = {row[1]: row[3] for row in view(space) if row[0] == channel_key("a")}
    hour = timedelta(hours=1)
    assert all(now[t] == v for t, v in outside.items() if not low <= t < high)
    assert all(now[t] == outside[t + hour] for t in now if low <= t < high - hour)
    assert not [t for t in now if high - hour <= t < high]


def test_a_confirmed_reading_is_not_found_again(run: Run) -> None:
    at = ["--channel", "a", "--from", "2025-01-21T10:00", "--to", "2025-01-21T11:00"]
    run("readings", "repair", "confirm", *at, "--reason", "was measured by hand")
    assert "sentinel" not in run("readings", "check")["counts"]


def test_a_known_total_is_kept_to_the_unit(run: Run, space: Workspace) -> None:
    at = ["--channel", "a", "--from", "2025-01-24", "--to", "2025-01-25"]
    run("readings", "estimate", *at, "--total", "123.457", "--method", "profile", "--reason", "bill")
    filled = [row for row in view(space) if row[4] == 1]
    assert sum(row[3] for row in filled) == 123_457


def test_a_meter_is_changed_in_the_park_file_and_comments_stay(space: Workspace, run: Run) -> None:
    change = ["park", "change-meter", "a", "--from", "2025-01-01", "--multiplier", "1.25", "--reason", "corrector"]
    done = run(*change)
    assert float(done["after"]) == pytest.approx(1.25 * float(done["before"]), rel=1e-5)  # each reading is rounded
    text = (space.root / "park.yaml").read_text(encoding="utf-8")
    for line in PARK.splitlines():
        assert line in text.splitlines()
    assert 'reason: "corrector"' in text
    kept = space.store.document("park")
    assert kept is not None
    assert kept[0].rev == done["rev"]
    assert kept[1] == text.encode()
    assert run(*change, code=2)["error"]["code"] == "change-meter.twice"


def test_a_replaced_register_counts_with_both_registers(space: Workspace, run: Run) -> None:
    change = ["--final", "100", "--initial", "3", "--serial", "77", "--reason", "verification"]
    done = run("park", "change-meter", "w", "--from", "2025-01-20T00:00", *change)
    assert done["entry"]["final"] == "100"
    refused = run("park", "change-meter", "a", "--from", "2025-01-20", "--final", "1", "--reason", "x", code=2)
    assert refused["error"]["code"] == "change-meter.not-counter"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["readings", "repair", "erase", "--reason", "x"], "repair.unknown-action"),
        (["readings", "repair", "edit", "--reason", "x"], "repair.where"),
        (["readings", "repair", "withdraw", "--found", "gap", "--reason", "x"], "repair.unknown-kind"),
        (["readings", "repair", "edit", "--channel", "b", "--from", "2025-01-01", "--reason", "x", "--value", "1"],
         "edit.unknown-channel"),
        (["readings", "repair", "scale", "--channel", "w", "--from", "2025-01-01", "--reason", "x", "--factor", "2"],
         "repair.scale-counter"),
        (["readings", "repair", "edit", "--channel", "a", "--from", "2025-01-01", "--reason", "x", "--value", "NaN"],
         "repair.bad-number"),
        (["readings", "estimate", "--method", "guess", "--reason", "x"], "estimate.unknown-method"),
        (["readings", "estimate", "--total", "5", "--reason", "x"], "estimate.total-needs-one-gap"),
        (["readings", "revert", "--rev", "99", "--reason", "x"], "revert.no-commit"),
        (["readings", "revert", "--reason", "x"], "revert.what"),
        (["park", "change-meter", "b", "--from", "2025-01-01", "--multiplier", "2", "--reason", "x"],
         "change-meter.unknown-channel"),
        (["park", "change-meter", "a", "--from", "2025-01-01", "--reason", "x"], "change-meter.nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(run: Run, arguments: list[str], code: str) -> None:
    error = run(*arguments, code=2)["error"]
    assert error["code"] == code
    assert not error["text"].startswith(code)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_findings_are_shown_in_both_languages(
    space: Workspace, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli(["readings", "check", "--park", str(space.root), "--lang", lang], prog_name="lingtan")
    shown = capsys.readouterr()
    assert ("占位值" if lang == "zh" else "sentinel value") in shown.out
    assert "finding-kind" not in shown.out


MONTHLY = """schema: 1
park: {id: p, name: P, region: CN-JS}
meters:
  - {id: m-g, manual: true, channels: [{id: g, carrier: natural_gas, activity: final, unit: m3, step: 1month}]}
  - {id: m-y, manual: true, channels: [{id: y, carrier: electricity, activity: reference, unit: kWh, step: 1year}]}
"""


@pytest.fixture
def bills(tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "park.yaml").write_text(MONTHLY, encoding="utf-8")
    file = tmp_path / "bills.csv"
    rows_ = [f"2025-{month:02d},g,{100 * month}" for month in range(1, 13) if month != 6]
    file.write_text("\n".join(["月份,表号,用量", *rows_]), encoding="utf-8")
    years = tmp_path / "years.csv"
    years.write_text("年份,表号,电量\n2024,y,1\n2025,y,2\n", encoding="utf-8")

    def call(*arguments: str, code: int = 0) -> Any:
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard), pytest.raises(SystemExit) as left:
            cli([*arguments, "--park", str(tmp_path), "--json", "--lang", "en"], prog_name="lingtan")
        assert left.value.code == code, heard.getvalue()
        return json.loads(heard.getvalue())

    call("readings", "import", str(file), str(years))
    return call


def test_a_missing_month_is_filled_with_the_total_that_a_person_states(bills: Run) -> None:
    june = ["--channel", "g", "--from", "2025-06-01", "--to", "2025-07-01", "--reason", "by phone"]
    done = bills("readings", "estimate", *june, "--total", "600.5")
    assert [(g["method"], g["total"]) for g in done["gaps"]] == [("stated", 600.5)]
    assert bills("readings", "check", "--period", "2025")["findings"] == []


def test_a_stated_total_never_stands_over_a_reading(bills: Run) -> None:
    here = ["--channel", "g", "--from", "2025-05-01", "--to", "2025-07-01", "--reason", "x"]
    told = bills("readings", "estimate", *here, "--total", "600", code=2)
    assert told["error"]["code"] == "estimate.total-needs-one-gap"


def test_the_value_of_a_year_is_no_gap_of_its_months(bills: Run) -> None:
    found = bills("readings", "check", "--period", "2025-07")["findings"]
    assert [f for f in found if f["channel"] == "y"] == []
    assert [f["channel"] for f in bills("readings", "check", "--period", "2025-06")["findings"]] == ["g"]
