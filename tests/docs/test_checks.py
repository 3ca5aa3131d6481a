"""The checks see what they are for."""

import warnings
from pathlib import Path

import pytest
from checks import hygiene, lock, rooms


@pytest.mark.parametrize(
    "line",
    [
        "see https://py" + "pi.org/project/x",
        "--index" + "-url=https://example.com/simple",
        "path = '/ho" + "me/someone/park'",
        'data = "/wo' + 'rk/shared"',
        "C:" + "\\Users\\someone",
    ],
)
def test_hygiene_finds_hosts_and_places(line: str) -> None:
    assert hygiene.finds(line)


@pytest.mark.parametrize("line", ["lingtan/work/order", "https://example.com/home/page", "input/output", "a /b"])
def test_hygiene_leaves_other_text_alone(line: str) -> None:
    assert hygiene.finds(line) == []


def test_the_repository_is_clean() -> None:
    bad = [
        f"{path.name}:{number}: {what}"
        for path in hygiene.tracked()
        if path.suffix in {".py", ".md", ".toml", ".lock", ".yaml", ".csv", ""}
        for number, what in hygiene.finds(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert bad == []


def test_the_lock_fits_the_project() -> None:
    assert lock.wanted()
    assert lock.problems() == []


def test_files_of_the_source_are_short_enough_to_read(root: Path) -> None:
    sources = [(lines, path) for lines, path in rooms.files() if "src" in path.parts]
    assert sources
    for lines, path in sources:
        if lines > rooms.LONG_FILE:
            with warnings.catch_warnings():
                warnings.simplefilter("default")
                warnings.warn(f"{path.relative_to(root)} has {lines} lines: two subjects?", stacklevel=1)
