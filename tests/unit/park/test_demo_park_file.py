"""The demo's park file is an example too: it checks clean, the editors' schema takes it, and its indicators lack nothing."""

from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from lingtan.demo.park_file import park_yaml
from lingtan.demo.simulate import simulate
from lingtan.demo.span import Span
from lingtan.park.file import parse_park
from lingtan.park.missing import missing
from lingtan.park.schema import park_schema


@pytest.fixture(scope="module")
def text() -> str:
    span = Span(7)
    return park_yaml(simulate(span, 7), span, 7)


def test_it_checks_clean(text: str) -> None:
    park, problems = parse_park(text)
    assert park is not None
    assert [p.format() for p in problems] == []
    assert {name for name, lacks in missing(park).items() if lacks} == set()


def test_the_schema_takes_it(text: str) -> None:
    plain = _as_in_an_editor(YAML(typ="safe").load(text))
    found = jsonschema.Draft202012Validator(park_schema()).iter_errors(plain)
    assert [f"{e.json_path}: {e.message}" for e in found] == []


def _as_in_an_editor(value: Any) -> Any:
    """Every key is text, and days are too."""
    if isinstance(value, dict):
        return {str(k): _as_in_an_editor(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_as_in_an_editor(v) for v in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)
