"""The full template as plain values, to be spoilt by a test, and as a park file again."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from lingtan.base.errors import Problem
from lingtan.park.file import parse_park
from lingtan.park.model import Park
from lingtan.services.start_park import template_text


@cache
def _full() -> Any:
    text = template_text("full").replace(" 0.5S", ' "0.5S"')
    return YAML(typ="safe").load(text)


def full() -> Any:
    """The full template, to be changed at will; times and days as text."""
    return deepcopy(_full())


def as_text(plain: Any) -> str:
    """JSON over many lines is YAML, and gives each value a line of its own."""
    return json.dumps(plain, ensure_ascii=False, indent=1, default=str)


def parsed(change: Callable[[Any], Any] | None = None) -> tuple[Park | None, list[Problem]]:
    """The template after ``change``, read as a park file."""
    plain = full()
    if change is not None:
        change(plain)
    return parse_park(as_text(plain))


def channel(plain: Any, name: str) -> Any:
    """A channel of the plain values by its id."""
    return next(c for m in plain["meters"] for c in m["channels"] if c["id"] == name)


def meter(plain: Any, name: str) -> Any:
    """A meter of the plain values by its id."""
    return next(m for m in plain["meters"] if m["id"] == name)
