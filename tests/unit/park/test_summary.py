"""What the park is, and what its indicators lack."""

from fractions import Fraction
from typing import Any

from lingtan.park.missing import INDICATORS, missing
from lingtan.park.summary import counts, summary, written
from unit.park.park_text import channel, parsed


def test_the_summary_names_every_part_in_the_language() -> None:
    park, _ = parsed()
    assert park is not None
    en, zh = summary(park, "en"), summary(park, "zh")
    assert en["enterprises"][1]["name"] == "Plant A (cement)"
    assert zh["enterprises"][1]["name"] == "甲工厂（水泥）"
    assert len(en["meters"]) == len(park.meters)
    assert en["park"]["counts"] == counts(park)
    main = en["meters"][0]
    assert main["channels"][0]["multiplier"] == "13200"
    assert main["channels"][0]["replacements"] == 1
    assert {m["id"]: m["depth"] for m in en["meters"]}["m-plant-a"] == 1
    assert en["virtual_meters"][0]["expanded"] == "plant-b-power - plant-b-line-1"


def test_the_full_template_lacks_nothing() -> None:
    park, _ = parsed()
    assert park is not None
    assert missing(park) == {name: [] for name in INDICATORS}


def test_what_is_not_there_is_missing_for_its_indicator() -> None:
    def strip(plain: Any) -> None:
        plain["accounting"]["equivalent_kgce_per_kwh"] = {}
        plain["products"][0].pop("standard")
        channel(plain, "water-again")["activity"] = "reference"
        plain["enterprises"][1].pop("output_value_cny")
        plain["connections"][1]["source"] = "mixed"
        plain["assets"][0]["kind"] = "other"

    park, _ = parsed(strip)
    assert park is not None
    found = missing(park)
    assert ("equivalent", {"year": 2025}) in found["core"]
    assert [code for code, _ in found["product_energy"]] == ["limit"]
    assert found["water_reuse"] == [("channel", {"activity": "reuse", "group": "water"})]
    assert found["intensity"] == [("output-value-cny", {"year": 2025, "enterprises": "plant-a"})]
    assert [code for code, _ in found["direct_supply"]] == ["direct-source"]
    assert found["clean_energy"] == []  # certificates are held


def test_an_excluded_indicator_lacks_nothing() -> None:
    def exclude(plain: Any) -> None:
        plain["products"] = []
        plain["accounting"]["excluded_indicators"] = {"product_energy": "no product with a limit"}

    park, _ = parsed(exclude)
    assert park is not None
    assert missing(park)["product_energy"] == []


def test_sums_are_written_as_an_author_would() -> None:
    assert written({"a": Fraction(-1), "b": Fraction(1, 8), "c": Fraction(-2)}) == "-a + 0.125 * b - 2 * c"
