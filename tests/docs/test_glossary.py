"""The glossary is one table by room; each name stands in it once, and the words of the code are all there."""

import re
from collections import Counter
from pathlib import Path

from lingtan.park.activities import Activity

ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


def rows(root: Path) -> list[tuple[str, str, str, str]]:
    return ROW.findall((root / "docs" / "glossary.md").read_text(encoding="utf-8"))


def test_each_name_stands_once(root: Path) -> None:
    names = [name for name, *_ in rows(root)]
    assert len(names) > 60
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_each_name_has_chinese_and_english(root: Path) -> None:
    for name, zh, en, _ in rows(root):
        assert re.search(r"[\u4e00-\u9fff]", zh), name
        assert re.search(r"[A-Za-z]{2}", en), name


def test_every_activity_is_explained(root: Path) -> None:
    names = {name for name, *_ in rows(root)}
    assert sorted({activity.value for activity in Activity} - names) == []


def test_rules_are_numbered_once_and_name_their_source(root: Path) -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in sorted((root / "docs" / "rules").glob("*.md")))
    numbers = re.findall(r"^### (c\d\d) ", text, re.MULTILINE)
    assert len(numbers) > 20
    assert len(numbers) == len(set(numbers))
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        assert "Source:" in section, section.splitlines()[0]


def test_a_rule_that_a_test_cites_exists(root: Path) -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in (root / "docs" / "rules").glob("*.md"))
    numbers = set(re.findall(r"^### (c\d\d) ", text, re.MULTILINE))
    cited = {
        (number, file.name)
        for file in (root / "tests").rglob("test_*.py")
        for number in re.findall(r"def test_(c\d\d)_", file.read_text(encoding="utf-8"))
    }
    assert sorted((number, name) for number, name in cited if number not in numbers) == []


def test_decisions_are_numbered_without_gap(root: Path) -> None:
    names = sorted(p.name for p in (root / "docs" / "decisions").glob("[0-9]*.md"))
    assert names
    assert [name[:4] for name in names] == [f"{i:04d}" for i in range(1, len(names) + 1)]
    for name in names:
        page = (root / "docs" / "decisions" / name).read_text(encoding="utf-8")
        for part in ("**Question.**", "**Choice.**", "**Why.**", "**Cost.**"):
            assert part in page, f"{name}: no {part}"
