"""Chinese and English say the same things."""

import re
import tomllib
from pathlib import Path

import pytest
from checks.locales import differences, sentence_problems

CODE = re.compile(
    r"""(?:InputError|DataError|SolveError|AccessError|SourceError|Problem)\(\s*"([a-z0-9-]+\.[a-z0-9.-]+)\""""
)


def test_both_languages_have_the_same_files_keys_and_placeholders() -> None:
    assert list(differences()) == []


def test_every_toml_file_of_the_package_parses(root: Path) -> None:
    files = sorted((root / "src").rglob("*.toml"))
    assert files
    for file in files:
        tomllib.loads(file.read_text(encoding="utf-8"))


def test_every_error_code_in_the_source_has_its_sentence(root: Path) -> None:
    from lingtan.base.text import sentences

    known = sentences("en")
    used = {
        (code, file.name)
        for file in (root / "src").rglob("*.py")
        for code in CODE.findall(file.read_text(encoding="utf-8"))
    }
    assert used
    assert sorted((code, name) for code, name in used if code not in known) == []


@pytest.mark.parametrize(
    ("en", "zh"),
    [("{row} is wrong", "第 {line} 行有误"), ("fine", ""), ("a {brace", "一个 {brace"), ("{a}", "{a} {b}")],
)
def test_the_check_sees_a_difference(en: str, zh: str) -> None:
    assert list(sentence_problems("x", en, zh))


def test_the_check_sees_a_missing_file_and_a_missing_key(tmp_path: Path) -> None:
    for lang, text in (("en", '[a]\nb = "x"\nc = "y"\n'), ("zh", '[a]\nb = "x"\n')):
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "room.toml").write_text(text, encoding="utf-8")
    (tmp_path / "zh" / "other.toml").write_text("", encoding="utf-8")
    assert list(differences(tmp_path)) == ["other.toml: only in zh", "room.toml: a.c: only in en"]
