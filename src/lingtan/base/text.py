"""People's sentences by key, in Chinese and English, from ``locales/<lang>/*.toml``.

Keys are dotted: the table ``[park]`` with key ``unknown-key`` in any file of the folder is ``park.unknown-key``.
Every language has the same keys with the same placeholders (a test keeps it).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("zh", "en")


@cache
def sentences(lang: str) -> dict[str, str]:
    """All sentences of one language by dotted key."""
    found: dict[str, str] = {}
    for entry in sorted(files("lingtan").joinpath("locales", lang).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            _flatten(tomllib.loads(entry.read_text(encoding="utf-8")), "", found, entry.name)
    return found


def _flatten(table: Mapping[str, Any], prefix: str, found: dict[str, str], name: str) -> None:
    for key, value in table.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            _flatten(value, f"{path}.", found, name)
        elif path in found:
            raise ValueError(f"{name}: the key {path} stands in two locale files")
        else:
            found[path] = value


def say(key: str, lang: str = "en", /, **values: Any) -> str:
    """The sentence under ``key`` with its values; the bare key and values if there is no such sentence."""
    template = sentences(lang).get(key)
    if template is None:
        return f"{key} {values}" if values else key
    return template.format(**values)


def label(value: str | Mapping[Any, str] | None, lang: str, fallback: str = "") -> str:
    """A label of the park file: plain text, or the entry of ``{zh: …, en: …}`` for ``lang``."""
    if value is None:
        return fallback
    if isinstance(value, str):
        return value
    return value.get(lang) or next(iter(value.values()), fallback)
