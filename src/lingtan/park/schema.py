"""The JSON schema of the park file, for editors, made from the record itself.

It describes the file as YAML readers see it: numbers and texts may stand for each other where the record reads either, and
times may be local. What only the whole file shows (references, circles) is left to ``lingtan park check``.
"""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from lingtan.base.ids import SLUG
from lingtan.base.text import say, sentences
from lingtan.park.activities import Activity
from lingtan.park.fields import known_keys
from lingtan.park.model import Park

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_LIMITS: Final = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_WHEN: Final = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"


def park_schema() -> dict[str, Any]:
    """The schema, with a description in Chinese and English at each key."""
    made = Park.model_json_schema(by_alias=True)
    for record in records():
        entry = made if record is Park else made.get("$defs", {}).get(record.__name__)
        if entry is None:
            continue
        entry["description"] = " · ".join(t for t in described(record) if t)
        for key, value in entry.get("properties", {}).items():
            value.pop("title", None)
            if key == "id":
                value["pattern"] = f"^{SLUG.pattern.removesuffix(chr(92) + 'Z')}$"
            text = " · ".join(t for t in described(record, key) if t)
            if text:
                value["description"] = text
    plain: dict[str, Any] = _plain(made)
    return {"$schema": DIALECT, **plain, "title": "Lingtan park file · 零碳园区档案"}


def records() -> list[type[BaseModel]]:
    """Every record of the park file, each before those inside it."""
    found: dict[type[BaseModel], None] = {}
    _collect(Park, found)
    return list(found)


def _collect(record: type[BaseModel], found: dict[type[BaseModel], None]) -> None:
    if record in found:
        return
    found[record] = None
    for field in record.model_fields.values():
        for inner in _inside(field.annotation):
            _collect(inner, found)


def _inside(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in getattr(kind, "__args__", ()):
        yield from _inside(part)


def described(record: type[BaseModel], key: str | None = None) -> tuple[str, str]:
    """What a record (or a key of it) is, in Chinese and English; the code's own words where no sentence is written."""
    path = f"park-field.{record.__name__}.{key or 'record'}"
    if path in sentences("en"):
        return say(path, "zh"), say(path, "en")
    if key is None:
        return "", (record.__doc__ or "").strip().partition("\n")[0]
    name = next((n for n, f in record.model_fields.items() if key in (n, f.alias)), key)
    return "", record.model_fields[name].description or ""


def undescribed() -> list[str]:
    """Keys of which nothing is said, as ``Record.key``."""
    return [f"{r.__name__}.{k}" for r in records() for k in known_keys(r) if not described(r, k)[1]]


def _plain(value: Any) -> Any:
    """The schema as an editor should apply it to YAML."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    kept = {k: _plain(v) for k, v in value.items() if k != "title" or isinstance(v, dict)}
    options = kept.get("anyOf")
    if isinstance(options, list):
        real = [o for o in options if o != {"type": "null"}]
        numbers = [o for o in real if isinstance(o, dict) and o.get("type") == "number"]
        if numbers:  # an exact number: the text form is for the record alone
            real = numbers
        del kept["anyOf"]
        kept = {**real[0], **kept} if len(real) == 1 else {**kept, "anyOf": real}
    if kept.get("format") in ("date", "date-time"):
        del kept["format"]
        kept["pattern"] = _WHEN
    elif kept.get("type") == "string" and "enum" not in kept and "const" not in kept:
        kept["type"] = ["string", "number"]  # an unquoted 00123 or 0.5 is text to the record
    if kept.get("type") == "string" and "enum" in kept and any(w[0].isdigit() for w in kept["enum"]):
        kept.pop("type")
        kept["enum"] = [*kept["enum"], *(float(w) for w in kept["enum"] if w.replace(".", "").isdigit())]
    for ours, theirs in _LIMITS.items():
        if ours in kept and kept.get("type") in ("number", "integer"):
            kept[theirs] = kept.pop(ours)
    if kept.get("type") == "number" and isinstance(kept.get("default"), str):
        kept["default"] = float(kept["default"])
    if kept.get("default", ...) is None:
        del kept["default"]
    return kept


def activity_names() -> dict[str, tuple[str, str]]:
    """Each activity with its Chinese and English name."""
    return {a.value: (sentences("zh")[f"activity.{a.value}"], sentences("en")[f"activity.{a.value}"]) for a in Activity}
