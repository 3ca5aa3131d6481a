"""The commands on closings, passports and evidence, as a person types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lingtan.apps.cli.main import cli
from tests.closing_case import commit, filled, workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    filled(folder)
    return folder


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(cli, list(words))
    assert found.exit_code == code, found.output
    return found.stdout


def told(*words: str, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code))


def test_the_whole_way_from_closing_to_evidence(root: Path, tmp_path: Path) -> None:
    here = ("--park", str(root))
    at = ("--period", "2025", "--floor", "0", *here)
    assert told("account", "run", *at)["closing"] is None
    closed = told("account", "close", *at, "--reason", "audited")
    assert closed["id"] == "2025-ndrc-910-2025@0"
    again = told("account", "close", *at, code=3)
    assert again["error"]["code"] == "account.already-closed"
    assert told("account", "restate", *at)["changed"] is False
    commit(workspace(root), {"grid-in": {3: 4000}}, file="late.csv")
    restated = told("account", "restate", *at)
    assert restated["causes"][0]["causes"] == ["corrected"]
    assert [c["id"] for c in told("account", "list", *here)] == ["2025-ndrc-910-2025@0", "2025-ndrc-910-2025@1"]
    diff = told("account", "diff", "2025-ndrc-910-2025@0", "2025-ndrc-910-2025@1", *here)
    moved = int(diff["difference_micrograms"]["co2"]["category"]["power"])
    totals = [int(diff[side]["totals"]["co2"]) for side in ("before", "after")]
    assert totals[1] - totals[0] == moved > 0
    shown = told("account", "show", "2025-ndrc-910-2025@0", *here)
    assert shown["run"]["totals"]["co2"] == str(totals[0])
    pack = tmp_path / "pack.zip"
    sealed = told("evidence", "seal", "--period", "2025", "--out", str(pack), *here)
    assert sealed["manifest"]["closing"] == "2025-ndrc-910-2025@1"
    key = told("evidence", "key", "show", *here)["key"]
    found = told("evidence", "verify", str(pack), "--trust", key)
    assert (found["intact"], found["authentic"]) == (True, True)
    public = tmp_path / "park.zip"
    run("evidence", "seal", "--period", "2025", "--out", str(public), "--profile", "park", *here)
    shown = tmp_path / "plant.json"
    shown.write_text(run("evidence", "book", "plant", "--period", "2025", "--json", *here), encoding="utf-8")
    assert "enterprise-book" in told("evidence", "verify", str(public), "--book", str(shown))["passed"]
    shown.write_text(shown.read_text(encoding="utf-8").replace("natural_gas", "coke"), encoding="utf-8")
    assert told("evidence", "verify", str(public), "--book", str(shown), code=3)["faults"]
    pack.write_bytes(pack.read_bytes()[:-1] + b"x")
    assert told("evidence", "verify", str(pack), code=3)["intact"] is False


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_can_read_every_answer(root: Path, lang: str) -> None:
    here = ("--park", str(root), "--lang", lang)
    run("account", "run", "--period", "2025", "--floor", "0", *here)
    tree = run("account", "explain", "core", "--depth", "3", *here)
    assert "core.numerator" in tree
    assert "附件4" in tree
    assert "passport" not in tree
    assert "core.denominator" in run("account", "explain", "--list", *here).split()
    hour = run("account", "explain", "quantity/channel=grid-in", "--hour", "2025-01-31T05:00", *here)
    assert "first.csv" in hour
    for words in (("list",), ("show", "--period", "2025")):
        assert "2025" in run("account", *words, *here)


def test_an_unknown_figure_says_what_was_meant(root: Path) -> None:
    run("account", "run", "--period", "2025", "--floor", "0", "--park", str(root))
    error = told("account", "explain", "co2/categori=power", "--park", str(root), code=2)["error"]
    assert error["code"] == "figure.unknown"
    assert "category=" in error["text"]
