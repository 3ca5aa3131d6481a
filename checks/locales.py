"""Chinese and English say the same things: the same files, keys and placeholders; every sentence is filled.

Prints a line for each difference; exit code 1 if there is one.
"""

import string
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).resolve().parent.parent / "src" / "lingtan" / "locales"
LANGUAGES = ("en", "zh")


def flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and their values."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def placeholders(sentence: str) -> set[str]:
    """The names in braces, without their formats."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def room(path: Path) -> dict[str, str]:
    """The sentences of one file."""
    return dict(flatten(tomllib.loads(path.read_text(encoding="utf-8"))))


def differences(folder: Path = LOCALES) -> Iterator[str]:
    """A line for each thing that stands in one language only, or differs."""
    rooms = {lang: {p.name for p in (folder / lang).glob("*.toml")} for lang in LANGUAGES}
    for name in sorted(rooms["en"] ^ rooms["zh"]):
        yield f"{name}: only in {'en' if name in rooms['en'] else 'zh'}"
    owner: dict[str, str] = {}
    for name in sorted(rooms["en"] & rooms["zh"]):
        en, zh = (room(folder / lang / name) for lang in LANGUAGES)
        for key in sorted(en.keys() ^ zh.keys()):
            yield f"{name}: {key}: only in {'en' if key in en else 'zh'}"
        for key in sorted(en.keys() & zh.keys()):
            yield from sentence_problems(f"{name}: {key}", en[key], zh[key])
            if owner.setdefault(key, name) != name:
                yield f"{name}: {key}: also in {owner[key]}"


def sentence_problems(where: str, en: Any, zh: Any) -> Iterator[str]:
    """What is wrong with one sentence in its two languages."""
    for lang, text in (("en", en), ("zh", zh)):
        if not isinstance(text, str) or not text:
            yield f"{where}: empty or no text in {lang}"
            return
        try:
            placeholders(text)
        except ValueError as error:
            yield f"{where}: {lang}: {error}"
            return
    if placeholders(en) != placeholders(zh):
        yield f"{where}: placeholders {sorted(placeholders(en))} in en, {sorted(placeholders(zh))} in zh"


def main() -> int:
    """Show the differences."""
    found = list(differences())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
