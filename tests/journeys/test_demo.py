"""A person builds the demo park with one command, reads its indicators and its report, and compares it with the truth."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from lingtan.apps.cli.demo import app as demo_app
from lingtan.apps.cli.report import app as report_app

RUNNER = CliRunner()
SEED, DAYS = "7", "14"


def invoke(app: Any, *words: str | Path) -> Any:
    done = RUNNER.invoke(app, [str(w) for w in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("journey") / "demo-park"
    done = invoke(demo_app, "--out", folder, "--seed", SEED, "--days", DAYS, "--no-serve", "--lang", "en")
    assert done.exit_code == 0, done.output
    return folder, done


def test_it_ends_well_without_a_terminal_and_says_how_to_go_on(built: tuple[Path, Any]) -> None:
    folder, done = built
    assert (folder / "park.yaml").is_file()
    assert len(list((folder / "files").iterdir())) > 20
    assert "lingtan account explain" in done.output
    assert "Synthetic" in done.output
    assert str(folder / "reports" / "report-2025.docx") in done.output


def test_the_printed_indicators_are_those_of_the_seed(
    built: tuple[Path, Any], golden: Callable[[str, str], None]
) -> None:
    lines = built[1].stdout.splitlines()
    last = next(i for i, line in enumerate(lines) if "category" in line.lower() and "2025" in line)
    table = "\n".join(line.rstrip() for line in lines[:last]) + "\n"
    assert "tCO₂/tce" in table
    golden("demo_indicators.txt", table)


def test_running_it_again_reads_what_was_done(built: tuple[Path, Any]) -> None:
    folder, _ = built
    words = ("--out", folder, "--seed", SEED, "--days", DAYS, "--no-serve", "--json")
    again = json.loads(invoke(demo_app, *words).stdout)
    assert not again["fresh"]
    assert [s["step"] for s in again["steps"]] == ["delivered", "estimated", "late", "corrected"]
    assert again["account"]["run"]["synthetic"] is True


def test_another_seed_in_the_same_folder_is_refused(built: tuple[Path, Any]) -> None:
    done = invoke(demo_app, "--out", built[0], "--seed", "8", "--days", DAYS, "--no-serve", "--lang", "en")
    assert done.exit_code == 2
    assert "--force" in done.output


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = invoke(demo_app, "--out", tmp_path, "--force", "--no-serve", "--lang", "en")
    assert done.exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_score_finds_what_was_put_in_and_estimates_bring_the_account_nearer(built: tuple[Path, Any]) -> None:
    found = json.loads(invoke(demo_app, "score", "--park", built[0], "--json").stdout)
    faults = {f["kind"]: f for f in found["faults"]}
    assert faults["gap"]["recall"] == 1
    assert faults["sentinel"]["recall"] == 1
    errors = {a["state"]: abs(a["emissions_tco2"] / found["true"]["tco2"] - 1) for a in found["accounts"]}
    assert errors["now"] < errors["delivered"]
    assert errors["now"] < 0.03


def test_the_word_report_says_what_the_account_says(built: tuple[Path, Any]) -> None:
    folder, _ = built
    file = docx.Document(BytesIO((folder / "reports" / "report-2025.docx").read_bytes()))
    text = "\n".join(p.text for p in file.paragraphs)
    cells = {c.text for t in file.tables for row in t.rows for c in row.cells}
    run = json.loads(invoke(demo_app, "--out", folder, "--days", DAYS, "--no-serve", "--json").stdout)
    assert "Synthetic park" in text
    assert "Synthetic park" in file.sections[0].header.paragraphs[0].text
    assert run["account"]["run"]["id"] in cells
    assert run["account"]["run"]["result"] in cells
    total = f"{float(run['account']['totals']['co2']):,.2f}"
    assert total in cells
    assert "0.2856 kgce/kWh" in cells
    assert not [c for c in cells if c.startswith("report.")], "a sentence is missing"


def test_the_workbook_has_numbers_that_sum_to_the_park(built: tuple[Path, Any]) -> None:
    folder, _ = built
    book = CalamineWorkbook.from_path(str(folder / "reports" / "report-2025.xlsx"))
    rows = [r for name in book.sheet_names for r in book.get_sheet_by_name(name).to_python()]
    run = json.loads(invoke(demo_app, "--out", folder, "--days", DAYS, "--no-serve", "--json").stdout)
    total = float(run["account"]["totals"]["co2"])
    found = [r for r in rows if r and r[0] == "Park" and any(isinstance(c, float) and abs(c - total) < 0.01 for c in r)]
    assert len(found) >= 4  # by category, month, carrier and enterprise
    postings = [r for r in rows if r[:2] == ["direct", "co2"]]
    assert len(postings) > 20
    assert abs(sum(r[-1] for r in postings) - total) < 0.01


def test_a_pdf_is_written_or_refused_in_words(built: tuple[Path, Any], tmp_path: Path) -> None:
    out = tmp_path / "r.pdf"
    words = ("write", "--period", "2025", "--floor", "0", "--park", built[0], "--out", out, "--lang", "zh")
    done = invoke(report_app, *words)
    if done.exit_code:
        assert "PDF" in done.output
    else:
        assert out.read_bytes().startswith(b"%PDF")
