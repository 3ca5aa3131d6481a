"""The glossary: the words of files, code and figures with their Chinese and English names and units."""

from importlib.resources import files
from pathlib import Path

FILE = "glossary.md"


def glossary() -> list[dict[str, str]]:
    """Every word: ``name``, ``zh``, ``en``, ``unit``, ``room``."""
    found, room = [], ""
    for line in _text().splitlines():
        if line.startswith("## "):
            room = line[3:].strip()
        elif line.startswith("| `"):
            cells = [c.strip() for c in line.strip("|").split(" | ")]
            if len(cells) >= 4:
                name, zh, en, unit = cells[:4]
                found.append({"name": name.strip(" `"), "zh": zh, "en": en, "unit": unit.strip(" |"), "room": room})
    return found


def _text() -> str:
    """The packaged file; in a source tree, the one of the documentation."""
    packaged = files("lingtan").joinpath(FILE)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    path = Path(__file__).parents[3] / "docs" / FILE
    return path.read_text(encoding="utf-8") if path.is_file() else ""
