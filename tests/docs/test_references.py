"""Reference pages say what the code says."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

from checks.park_reference import PAGE, page

from lingtan.base.errors import InputError, LingtanError
from lingtan.metering.shapes.mapping import SHAPES, Mapping
from lingtan.park.fields import known_keys
from lingtan.park.schema import records


def test_the_park_reference_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python checks/park_reference.py"


def test_the_park_reference_names_every_key() -> None:
    text = page()
    assert records()
    for record in records():
        section = text.split(f"## {record.__name__}\n")[1].split("\n## ")[0]
        assert [key for key in known_keys(record) if f"| `{key}` |" not in section] == []


def test_the_mapping_page_names_every_key_and_shape(root: Path) -> None:
    text = (root / "docs" / "mapping-file.md").read_text(encoding="utf-8")
    named = {
        word for row in re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE) for word in re.findall(r"`([^`]+)`", row)
    }
    assert set(Mapping.model_fields) | set(SHAPES) <= named
    assert named <= set(Mapping.model_fields) | set(SHAPES)


def test_the_guide_names_every_exit_code(root: Path) -> None:
    text = (root / "docs" / "guide.md").read_text(encoding="utf-8")
    codes = {error.exit_code for error in LingtanError.__subclasses__()}
    assert InputError.exit_code in codes
    assert [code for code in sorted(codes) if f"；{code} " not in text and f"\n{code} " not in text] == []


def test_a_rule_names_where_it_stands(root: Path) -> None:
    pages = [p for p in sorted((root / "docs" / "rules").glob("*.md")) if p.name != "README.md"]
    assert pages
    for path in pages:
        for section in re.split(r"^### ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            found = re.search(r"^Where: `([^`]+)`", section, re.MULTILINE)
            assert found, section.splitlines()[0]
            for place in found.group(1).split(", "):
                assert (root / "src" / "lingtan" / place).exists(), place


def test_the_map_has_every_floor_in_its_order(root: Path) -> None:
    contract = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ][0]
    floors = [layer.strip("()") for layer in reversed(contract["layers"])]
    text = (root / "docs" / "map.md").read_text(encoding="utf-8").partition("`library` stands")[0]
    assert re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE) == floors


def test_the_map_names_places_that_exist(root: Path) -> None:
    text = (root / "docs" / "map.md").read_text(encoding="utf-8").partition("Where things are")[2]
    places = re.findall(r"`([a-z_]+/[a-z_/.]*)`", text)
    assert len(places) > 10
    assert [p for p in places if not (root / "src" / "lingtan" / p).exists() and not (root / p).exists()] == []


def test_pictures_are_well_formed_and_say_what_they_show(root: Path) -> None:
    pictures = sorted((root / "docs").rglob("*.svg"))
    assert pictures
    for picture in pictures:
        tree = ElementTree.parse(picture).getroot()
        assert tree.find("{http://www.w3.org/2000/svg}title") is not None, picture.name
