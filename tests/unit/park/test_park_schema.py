"""The JSON schema for editors is made from the record, describes every key and accepts what the record accepts."""

from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from lingtan.park import model
from lingtan.park.activities import Activity
from lingtan.park.schema import activity_names, described, park_schema, records, undescribed
from lingtan.services.start_park import TEMPLATES, template_text
from unit.park.park_text import channel, full

SCHEMA = park_schema()


def faults(plain: Any) -> list[str]:
    return [e.message for e in jsonschema.Draft202012Validator(SCHEMA).iter_errors(plain)]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_templates_are_valid(template: str) -> None:
    plain = YAML(typ="safe").load(template_text(template))
    text_keys = _keys_as_text(plain)
    assert faults(text_keys) == []


def _keys_as_text(value: Any) -> Any:
    """As an editor sees the file: every key is text, and dates are too."""
    if isinstance(value, dict):
        return {str(k): _keys_as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_keys_as_text(v) for v in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("activity", "usee"), ("multiplier", -1), ("multiplier", "x"), ("digits", 0), ("signed", "no"), ("xyzzy", 1),
     ("id", "Not An Id")],
)  # fmt: skip
def test_what_the_record_refuses_is_marked_in_the_editor(name: str, value: Any) -> None:
    plain = full()
    channel(plain, "grid-import")[name] = value
    assert faults(_keys_as_text(plain))


def test_every_key_of_the_park_records_is_described_in_both_languages() -> None:
    own = {r.__name__ for r in records() if r.__module__ == model.__name__}
    assert len(own) > 15
    assert [key for key in undescribed() if key.partition(".")[0] in own] == []
    for record in records():
        if record.__name__ in own:
            zh, en = described(record)
            assert zh
            assert en


def test_every_activity_has_its_names() -> None:
    assert set(activity_names()) == {a.value for a in Activity}


def test_every_key_is_described_in_chinese_and_in_english() -> None:
    bare = [
        f"{record.__name__}.{field.alias or name}"
        for record in records()
        for name, field in record.model_fields.items()
        if not all(described(record, field.alias or name))
    ]
    assert bare == []
