"""What may stand at a place of the park file, read from the record's own types."""

import re
import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from lingtan.park.model import Label, Park

_LABEL = set(get_args(Label))


def known_keys(record: type[BaseModel]) -> list[str]:
    """The keys that a record takes in the file."""
    return [field.alias or name for name, field in record.model_fields.items()]


def at(path: Sequence[str | int], root: type[BaseModel] = Park) -> Any:
    """The type at a path of the file that ``root`` describes, or None if nothing may stand there."""
    found: Any = root
    for part in path:
        found = _member(found, part)
        if found is None:
            return None
    return found


def record_at(path: Sequence[str | int], root: type[BaseModel] = Park) -> type[BaseModel] | None:
    """The record at a path, if one stands there."""
    return next((t for t in _variants(at(path, root)) if isinstance(t, type) and issubclass(t, BaseModel)), None)


def is_label(kind: Any) -> bool:
    """Whether the type is a label: text, or a table with ``zh`` and ``en``."""
    return set(_variants(kind)) >= _LABEL


def known_words(expected: str) -> list[str]:
    """The words in pydantic's list of what it expected."""
    return re.findall(r"'([^']*)'", expected)


def _member(kind: Any, part: str | int) -> Any:
    for variant in _variants(kind):
        origin, args = get_origin(variant), get_args(variant)
        if isinstance(variant, type) and issubclass(variant, BaseModel):
            for name, field in variant.model_fields.items():
                if part in (name, field.alias):
                    return field.annotation
        elif (origin is list and isinstance(part, int)) or (origin is dict and isinstance(part, str)):
            return args[-1]
    return None


def _variants(kind: Any) -> list[Any]:
    """The alternatives of a type, without ``Annotated`` and None."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _variants(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return [v for part in get_args(kind) if part is not type(None) for v in _variants(part)]
    return [] if kind is None or origin is Literal else [kind]
