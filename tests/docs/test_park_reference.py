"""The reference of the park file is what the record says."""

from checks.park_reference import PAGE, page

from lingtan.park.fields import known_keys
from lingtan.park.schema import records


def test_the_reference_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python checks/park_reference.py"


def test_it_names_every_key() -> None:
    text = page()
    assert records()
    for record in records():
        section = text.split(f"## {record.__name__}\n")[1].split("\n## ")[0]
        assert [key for key in known_keys(record) if f"| `{key}` |" not in section] == []
