"""The description as a page: operations by subject, their parameters, bodies and answers, and every shape, with links between them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

Told = Mapping[str, Any]


def contents(described: Told) -> dict[str, Any]:
    """What the template shows."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            tag = (told.get("tags") or ["more"])[0]
            groups.setdefault(tag, []).append(_operation(path, method.upper(), told))
    shapes = [(name, told, list(_fields(told))) for name, told in sorted(described["components"]["schemas"].items())]
    about = [spoken(part) for part in described["info"]["description"].split("\n\n")]
    return {"groups": groups, "shapes": shapes, "about": about, "spoken": spoken}


def spoken(text: str) -> Markup:
    """Words with what stands between backticks as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>" if i % 2 else "{}").format(part) for i, part in enumerate(parts))


def _operation(path: str, method: str, told: Told) -> dict[str, Any]:
    parameters = [
        {**p, "kind": kind(p.get("schema", {})), "limits": limits(p.get("schema", {}))}
        for p in told.get("parameters", ())
        if p["in"] != "header"
    ]
    bodies = [(form, kind(c.get("schema", {}))) for form, c in told.get("requestBody", {}).get("content", {}).items()]
    answers = [
        (status, one.get("description", ""), [(form, kind(c.get("schema", {}))) for form, c in one.get("content", {}).items()])
        for status, one in sorted(told["responses"].items())
        if status.startswith("2")
    ]  # fmt: skip
    return {
        "id": told["operationId"], "path": f"/api/v1{path}", "method": method, "parameters": parameters, "bodies": bodies, "answers": answers,
        "words": told.get("description") or told.get("summary", ""), "needs": told["x-lingtan-needs"],
        "refusals": [s for s in sorted(told["responses"]) if s >= "4"],
    }  # fmt: skip


def _fields(told: Told) -> Iterator[tuple[str, Markup, str, bool]]:
    for name, one in told.get("properties", {}).items():
        words = " ".join(x for x in (one.get("description", ""), limits(one)) if x)
        yield name, kind(one), words, name in told.get("required", ())


def kind(schema: Told) -> Markup:
    """A schema in one word, linked where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return Markup(" | ").join(kind(s) for s in schema[key])
    if "enum" in schema or "const" in schema:
        return Markup("{}").format(
            " | ".join(json.dumps(v, ensure_ascii=False) for v in schema.get("enum", [schema.get("const")]))
        )
    named = schema.get("type", "any")
    if named == "array":
        return Markup("[{}]").format(kind(schema.get("items", {})))
    if named == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("{{name: {}}}").format(kind(schema["additionalProperties"]))
    return Markup("{}").format(f"{named} ({schema['format']})" if "format" in schema else named)


def limits(schema: Told) -> str:
    """Bounds, pattern, default and examples of a schema."""
    words = {
        "minimum": "≥",
        "maximum": "≤",
        "minLength": "length ≥",
        "maxLength": "length ≤",
        "pattern": "pattern",
        "default": "default",
    }
    found = [f"{word} {schema[key]}" for key, word in words.items() if schema.get(key) not in (None, "")]
    return "; ".join([*found, *(f"e.g. {e}" for e in schema.get("examples", ()) if not isinstance(e, dict))])
