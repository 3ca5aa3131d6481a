"""The park file keeps what its author wrote: exact numbers, text, local times."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lingtan.park.file import exact, park_from_json, park_to_json, parse_park, suggested_id
from lingtan.park.model import channels
from lingtan.services.start_park import TEMPLATES, named, template_text
from unit.park.park_text import parsed

HEAD = "schema: 1\npark: {id: p, name: p, region: CN-JS}\n"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_checks_clean(template: str) -> None:
    park, problems = parse_park(template_text(template))
    assert park is not None
    assert [p.format() for p in problems] == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_takes_a_name_with_any_character(template: str) -> None:
    park, problems = parse_park(named(template_text(template), "zone-7", "\u201c滨海\u201d: #1 \\ 'park'"))
    assert problems == []
    assert park is not None
    assert (park.park.id, park.park.name) == ("zone-7", "\u201c滨海\u201d: #1 \\ 'park'")


def test_the_full_template_shows_every_part_of_the_record() -> None:
    park, _ = parse_park(template_text("full"))
    assert park is not None
    empty = [name for name in type(park).model_fields if not getattr(park, name)]
    assert empty == []


def test_numbers_keep_their_decimal_text() -> None:
    park, _ = parsed()
    assert park is not None
    assert park.accounting.equivalent_kgce_per_kwh[2025].value == Decimal("0.2856")
    assert channels(park)["steam-import"][1].content == Decimal("2.78")


def test_a_class_and_a_serial_are_text_even_without_quotes() -> None:
    text = HEAD + (
        "meters:\n  - id: m\n    class: 0.5\n    channels:\n      - {id: c, carrier: electricity, activity: use, unit: kWh,"
        " history: [{from: 2025-06-01, serial: 00123, multiplier: 2}]}\n"
    )
    park, _ = parse_park(text)
    assert park is not None
    assert park.meters[0].accuracy == "0.5"
    assert park.meters[0].channels[0].history[0].serial == "00123"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2025-06-03T10:30", datetime(2025, 6, 3, 2, 30, tzinfo=UTC)),
        ("2025-06-03", datetime(2025, 6, 2, 16, 0, tzinfo=UTC)),
        ("2025-06-03T10:30+00:00", datetime(2025, 6, 3, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_offset_is_local_time_of_the_park(written: str, instant: datetime) -> None:
    def change(plain: object) -> None:
        plain["meters"][0]["channels"][0]["history"][0]["from"] = written  # type: ignore[index]

    park, problems = parsed(change)
    assert problems == []
    assert park is not None
    assert park.meters[0].channels[0].history[0].start == instant


def test_a_key_without_value_counts_as_not_written() -> None:
    park, problems = parse_park(HEAD + "meters:\nboundary:\n  area_km2:\n")
    assert park is not None
    assert park.meters == []
    assert [p for p in problems if p.severity == "error"] == []


def test_json_gives_the_same_park_back() -> None:
    park, _ = parsed()
    assert park is not None
    assert park_from_json(park_to_json(park)) == park


def test_anchors_and_merges_may_be_used() -> None:
    text = HEAD + (
        "sites:\n  - &a {id: s1, name: one}\n  - <<: *a\n    id: s2\n"
        "boundary:\n  geojson: {type: Point, coordinates: [120.5, 31], ok: true}\n"
    )
    park, problems = parse_park(text)
    assert park is not None, problems
    assert [(s.id, s.name) for s in park.sites] == [("s1", "one"), ("s2", "one")]
    assert park.boundary.geojson == {"type": "Point", "coordinates": [120.5, 31], "ok": True}


def test_ids_are_suggested_from_what_may_be_kept() -> None:
    assert suggested_id("Plant A (new)") == "plant-a-new"
    assert suggested_id("园区") == "meter-1"
    assert suggested_id("园区", "my-park") == "my-park"


def test_decimals_are_written_without_exponent_or_trailing_zeros() -> None:
    assert [exact(Decimal(t)) for t in ("1E+3", "0.2850", "7.000", "1E-7")] == ["1000", "0.285", "7", "0.0000001"]
