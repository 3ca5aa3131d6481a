"""``lingtan park`` from the outside: what it says, where, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from lingtan.apps.cli.main import app

RUNNER = CliRunner()


def run(*words: object, code: int = 0) -> str:
    done = RUNNER.invoke(app, [str(w) for w in words])
    assert done.exit_code == code, done.output
    return done.stdout


def said(*words: object, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run("park", "new", tmp_path / "zone", "--template", "full", "--name", "滨海零碳产业园")
    return tmp_path / "zone"


def test_a_new_park_file_checks_clean_and_brings_its_schema(folder: Path) -> None:
    assert said("park", "check", "--park", folder) == {
        "file": str(folder / "park.yaml"), "good": True, "errors": [], "warnings": [],
    }  # fmt: skip
    schema = json.loads((folder / "park.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert (
        (folder / "park.yaml")
        .read_text(encoding="utf-8")
        .startswith("# yaml-language-server: $schema=./park.schema.json")
    )
    assert json.loads(run("park", "schema")) == schema


def test_nothing_is_overwritten(folder: Path) -> None:
    before = (folder / "park.yaml").read_bytes()
    assert said("park", "new", folder, code=2)["error"]["code"] == "park-new.exists"
    assert (folder / "park.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--template", "huge"], "park-new.template"), (["--id", "My Park"], "park-new.bad-id")],
)
def test_a_wrong_wish_is_refused(tmp_path: Path, words: list[str], code: str) -> None:
    assert said("park", "new", tmp_path / "x", *words, code=2)["error"]["code"] == code
    assert not (tmp_path / "x" / "park.yaml").exists()


def test_check_lists_errors_apart_from_warnings_and_exits_with_2(folder: Path) -> None:
    file = folder / "park.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("enterprise: plant-a\n", "enterprise: plant-aa\n").replace("C3670", "parts"), encoding="utf-8"
    )
    found = said("park", "check", "--park", folder, "--lang", "en", code=2)
    assert {p["code"] for p in found["errors"]} == {"park.unknown-reference"}
    assert [p["code"] for p in found["warnings"]] == ["park.enterprises-unmetered", "park.industry-code"]
    assert all(p["place"]["line"] and "Did you mean 'plant-a'?" in p["text"] for p in found["errors"])
    shown = run("park", "check", "--park", file, "--lang", "zh", code=2)
    assert "是不是“plant-a”？" in shown
    assert "第" in shown


@pytest.mark.parametrize(
    ("factor", "code"),
    [("cement_clinker", "park-check.process-factor"), ("moonshine", "park-check.no-process-factor")],
)
def test_a_process_factor_that_nobody_knows_is_warned_of(folder: Path, factor: str, code: str) -> None:
    file = folder / "park.yaml"
    text = file.read_text(encoding="utf-8").replace("factor: cement_clinker_cn", f"factor: {factor}")
    file.write_text(text, encoding="utf-8")
    (warning,) = said("park", "check", "--park", folder)["warnings"]
    line = next(i for i, line in enumerate(text.splitlines(), 1) if f"factor: {factor}" in line)
    assert (warning["code"], warning["place"]["line"]) == (code, line)


def test_a_folder_without_a_park_says_how_to_make_one(tmp_path: Path) -> None:
    assert said("park", "check", "--park", tmp_path, code=2)["error"]["code"] == "workspace.no-park"
    assert "lingtan park new" in said("park", "show", "--park", tmp_path, code=2)["error"]["text"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_prints_the_whole_park(folder: Path, lang: str) -> None:
    shown = run("park", "show", "--park", folder, "--lang", lang)
    names = (
        "grid-import",
        "office-power",
        "wind-line",
        "battery",
        "kiln",
        "gec-2025",
        "plant-b-power - plant-b-line-1",
    )
    for name in names:
        assert name in shown
    plain = said("park", "show", "--park", folder, "--lang", lang)
    assert plain["size_class"] == {
        "stated": "200k_to_1m", "accounted": None, "energy_tce": None, "run": None, "differs": False,
    }  # fmt: skip
    assert set(plain["missing"]) >= {"core", "clean_energy", "intensity"}


def test_revisions_are_kept_and_compared(folder: Path) -> None:
    assert len(said("park", "log", "--park", folder)) == 1
    file = folder / "park.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("area_km2: 4.2", "area_km2: 4.5"), encoding="utf-8")
    log = said("park", "log", "--park", folder)
    assert [r["changes"] for r in log] == [None, 1]
    assert said("park", "diff", "--park", folder) == [{"path": "boundary.area_km2", "before": "4.2", "after": "4.5"}]
    assert "4.5" in run("park", "diff", log[0]["rev"], log[1]["rev"], "--park", folder)
    same = run("park", "diff", log[1]["rev"], log[1]["rev"], "--park", folder, "--lang", "en")
    assert same.strip() == "Nothing changed."
    assert said("park", "diff", 1, 99, "--park", folder, code=2)["error"]["code"] == "account.no-revision"


def test_a_schema_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    assert said("park", "schema", "--out", tmp_path / "no" / "s.json", code=6)["error"]["code"] == "park-new.unwritable"
