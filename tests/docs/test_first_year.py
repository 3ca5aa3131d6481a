"""The page for operators is true: its commands are run one by one, and its figures come out."""

import re
import shlex
from pathlib import Path

import click.testing
import pytest

from lingtan.apps.cli.main import cli

BLOCK = re.compile(r"^```(sh|csv) ?([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_first_year_can_be_walked_as_it_is_written(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINGTAN_LANG", "zh")
    text = (root / "docs" / "first-year.md").read_text(encoding="utf-8")
    said: dict[str, str] = {}
    for language, note, body in BLOCK.findall(text):
        if language == "csv":
            Path(note).write_text(body, encoding="utf-8")
            continue
        code = int(note.removeprefix("exit=") or 0)
        for line in body.splitlines():
            words = shlex.split(line)
            assert words[0] == "lingtan"
            done = click.testing.CliRunner().invoke(cli, words[1:])
            assert done.exit_code == code, f"{line}\n{done.output}"
            said[" ".join(words[1:3])] = done.output
    assert len(said) > 10
    assert "2.9067" in said["indicators show"]
    assert "0.432" in said["account restate"] or "0.4" in said["account restate"]
    assert (tmp_path / "evidence-2025.zip").stat().st_size > 0
