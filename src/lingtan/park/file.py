"""The park file: text or bytes in, a :class:`~lingtan.park.model.Park` and every problem with its line out.

Each plain value reaches the record as the text that stands in the file, and the record's own types read it: so numbers
are exact, ``class: 0.5`` is the accuracy class 0.5 and ``serial: 00123`` keeps its zeros. A key without a value counts as
not written.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import nearest
from lingtan.base.time import DEFAULT_ZONE, iso, parse_instant
from lingtan.park import fields
from lingtan.park.check import check_park
from lingtan.park.document import Document, Node, read_document
from lingtan.park.model import SCHEMA, Park

MAX_PROBLEMS: Final = 1000


def parse_park(text: str, *, name: str = "park.yaml") -> tuple[Park | None, list[Problem]]:
    """The park that a text describes, and everything that is wrong with it.

    Parameters
    ----------
    text : str
        The content of a park file (YAML).
    name : str
        The file's name, for the places of the problems.

    Returns
    -------
    tuple of Park or None, list of Problem
        None if the text cannot be read as a park; errors and warnings in the order of their lines. A park may
        come with errors (such as a reference to nothing): then it must not be accounted.
    """
    document, problems = read_document(text, name)
    park = None
    if document is not None:
        park, more = _validated(document)
        problems = [*problems, *more]
        if park is not None:
            problems += check_park(park, document.place)
    problems.sort(key=lambda p: (p.place.line or 0, p.code))
    if len(problems) > MAX_PROBLEMS:
        rest = Problem("park.more-problems", Place(file=name), {"number": len(problems) - MAX_PROBLEMS})
        problems = [*sorted(problems, key=lambda p: p.severity != "error")[:MAX_PROBLEMS], rest]
    return park, problems


def load_park(data: bytes, name: str = "park.yaml") -> Park:
    """The park in the bytes of a park file.

    Raises
    ------
    InputError
        ``park.invalid`` with every problem, warnings too, if there is an error among them.
    """
    park, problems = parse_bytes(data, name=name)
    if park is None or any(p.severity == "error" for p in problems):
        raise InputError("park.invalid", problems=problems, file=name)
    return park


def parse_bytes(data: bytes, *, name: str = "park.yaml") -> tuple[Park | None, list[Problem]]:
    """:func:`parse_park` of the bytes of a file, which must be UTF-8."""
    text, problem = decoded(data, name)
    if text is None:
        return None, [problem] if problem else []
    return parse_park(text, name=name)


def decoded(data: bytes, name: str) -> tuple[str | None, Problem | None]:
    """The text of UTF-8 bytes, or the problem that says where they are not UTF-8 and what they may be."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:200]:
        looks = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "binary"
        return None, Problem("park.encoding", Place(file=name, line=1), {"looks": looks})
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        data.decode("gb18030")
        looks = "GBK"
    except UnicodeDecodeError:
        looks = "binary"
    return None, Problem("park.encoding", Place(file=name, line=line), {"looks": looks})


def park_to_json(park: Park) -> bytes:
    """The park as JSON that :func:`park_from_json` reads back, some fifty times faster than YAML."""
    return park.model_dump_json(by_alias=True).encode()


def park_from_json(data: bytes) -> Park:
    """The park of :func:`park_to_json`."""
    return Park.model_validate_json(data)


def _validated(document: Document) -> tuple[Park | None, list[Problem]]:
    raw = raw_values(document.root)
    stated = raw.get("schema", str(SCHEMA))
    if stated != str(SCHEMA):
        values = {"value": _short(stated), "known": SCHEMA}
        return None, [Problem("park.unknown-schema", document.place(("schema",)), values)]
    raw["schema"] = SCHEMA
    zone, problems = _zone(raw, document)
    _localize(raw, zone)
    try:
        return Park.model_validate(raw), problems
    except ValidationError as error:
        return None, [*problems, *validation_problems(error, document)]


def validation_problems(error: ValidationError, document: Document, root: type[BaseModel] = Park) -> list[Problem]:
    """What a record refused, each with the line of the file that ``root`` describes."""
    found: dict[tuple[str, str | None], Problem] = {}
    for detail in error.errors(include_url=False):
        problem = _problem(detail, document, root)
        found.setdefault((problem.code, str(problem.place)), problem)
    return list(found.values())


def raw_values(node: Node, key: str = "") -> Any:
    """The texts of a subtree as plain tables and lists; keys without a value are left out."""
    if key == "geojson":
        return _typed(node)
    if isinstance(node.value, dict):
        return {k: raw_values(v, k) for k, v in node.value.items() if v.value is not None}
    if isinstance(node.value, list):
        return [raw_values(v) for v in node.value]
    return node.value


def _typed(node: Node) -> Any:
    """JSON values of a subtree that has no types of its own (the map)."""
    if isinstance(node.value, dict):
        return {k: _typed(v) for k, v in node.value.items()}
    if isinstance(node.value, list):
        return [_typed(v) for v in node.value]
    if not node.plain or node.value is None:
        return node.value
    if node.value in ("true", "false"):
        return node.value == "true"
    if re.fullmatch(r"-?\d{1,18}", node.value):
        return int(node.value)
    if re.fullmatch(r"-?[\d.]{1,40}(?:[eE][+-]?\d{1,3})?", node.value):
        try:
            number = float(node.value)
        except ValueError:
            return node.value
        return number if math.isfinite(number) else node.value
    return node.value


def _zone(raw: dict[str, Any], document: Document) -> tuple[str, list[Problem]]:
    info = raw.get("park")
    zone = info.get("timezone", DEFAULT_ZONE) if isinstance(info, dict) else DEFAULT_ZONE
    if not isinstance(zone, str):
        return DEFAULT_ZONE, []  # the record says so
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        near = nearest(zone, available_timezones()) or DEFAULT_ZONE
        place = document.place(("park", "timezone"))
        return DEFAULT_ZONE, [Problem("park.unknown-timezone", place, {"value": _short(zone), "nearest": near})]
    return zone, []


def _localize(raw: dict[str, Any], zone: str) -> None:
    """Times of replacements without an offset are the park's local time."""
    for meter in _tables(raw.get("meters")):
        for channel in _tables(meter.get("channels")):
            for entry in _tables(channel.get("history")):
                try:
                    entry["from"] = iso(parse_instant(entry["from"], zone))
                except (KeyError, AttributeError, InputError, OverflowError, ValueError):
                    continue  # the record's own check says what is wrong with it


def _tables(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


# pydantic's error types -> our codes; a type that begins with "park." is a code already
_CODES: Final = {
    "missing": "park.missing-key",
    "string_type": "park.not-text",
    "list_type": "park.not-a-list",
    "dict_type": "park.not-a-table",
    "model_type": "park.not-a-table",
    "model_attributes_type": "park.not-a-table",
    "too_short": "park.empty-list",
    "bool_parsing": "park.not-yes-or-no",
    "bool_type": "park.not-yes-or-no",
    "datetime_type": "park.bad-time",
    "date_type": "park.bad-time",
}
_LIMITS: Final = {
    "greater_than": ("gt", "> "),
    "greater_than_equal": ("ge", "≥ "),
    "less_than": ("lt", "< "),
    "less_than_equal": ("le", "≤ "),
}


def _problem(detail: ErrorDetails, document: Document, root: type[BaseModel]) -> Problem:
    loc = tuple(part for part in detail["loc"] if part != "[key]")
    kind = detail["type"]
    path = _in_document(loc, document)
    for i in range(1, len(path) + 1):
        if fields.is_label(fields.at(path[:i], root)):
            return Problem("park.bad-label", document.place(path[:i]), {"field": path[i - 1]})
    value = _short(detail["input"])
    key = str(loc[-1]) if loc else ""
    if kind == "missing":
        return Problem(_CODES[kind], document.place(path), {"field": key})
    if kind == "extra_forbidden":
        record = fields.record_at(path[:-1], root)
        return _unknown("park.unknown-key", key, fields.known_keys(record) if record else [], document.place(path))
    if kind in ("literal_error", "enum"):
        expected = str(detail.get("ctx", {}).get("expected", ""))
        return _unknown("park.unknown-word", value, fields.known_words(expected), document.place(path), field=key)
    values: dict[str, Any] = {"value": value, "field": key}
    if kind in _LIMITS:
        name, sign = _LIMITS[kind]
        limit = detail.get("ctx", {}).get(name)
        return Problem("park.out-of-range", document.place(path), {**values, "limit": f"{sign}{limit}"})
    if kind.startswith("park."):
        if kind == "park.bad-id":
            values["suggestion"] = suggested_id(value)
        return Problem(kind, document.place(path), values)
    if kind in _CODES:
        return Problem(_CODES[kind], document.place(path), values)
    if kind.startswith(("decimal", "finite", "float")):
        return Problem("park.not-a-number", document.place(path), values)
    if kind.startswith("int"):
        return Problem("park.not-a-whole-number", document.place(path), values)
    return Problem("park.wrong-value", document.place(path), {**values, "detail": detail["msg"]})


def _unknown(code: str, word: str, known: list[str], place: Place, **values: Any) -> Problem:
    near = nearest(word, known)
    if near is not None:
        return Problem(code, place, {"value": _short(word), "nearest": near, **values})
    return Problem(f"{code}-listed", place, {"value": _short(word), "known": ", ".join(known), **values})


def _in_document(loc: Sequence[str | int], document: Document) -> tuple[str | int, ...]:
    """The part of pydantic's location that is in the document (it also names the variants of a type)."""
    node = document.root
    path: list[str | int] = []
    for part in loc:
        if isinstance(node.value, dict) and str(part) in node.value:
            node = node.value[str(part)]
            path.append(str(part))
        elif isinstance(node.value, list) and isinstance(part, int) and 0 <= part < len(node.value):
            node = node.value[part]
            path.append(part)
        else:
            break
    return tuple(path)


def suggested_id(text: str, otherwise: str = "meter-1") -> str:
    """An id made of what may be kept of ``text``; ``otherwise`` if that is nothing."""
    kept = re.sub(r"[^a-z0-9._]+", "-", text.strip().lower()).strip("-._")[:63]
    return kept or otherwise


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "…" if isinstance(value, dict | list) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def exact(value: Decimal) -> str:
    """A decimal as plain text, without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
