"""Sentences by key, in Chinese and English."""

import pytest

from lingtan.base.text import LANGUAGES, label, say, sentences


def test_there_are_sentences_in_both_languages() -> None:
    assert set(LANGUAGES) == {"zh", "en"}
    for lang in LANGUAGES:
        assert len(sentences(lang)) > 5


def test_values_stand_in_the_sentence() -> None:
    assert "'MWhh'" in say("units.unknown", "en", unit="MWhh", nearest="MWh")
    assert "“MWhh”" in say("units.unknown", "zh", unit="MWhh", nearest="MWh")


def test_a_missing_sentence_shows_its_key_and_values_instead_of_failing() -> None:
    assert say("no.such-sentence", "en") == "no.such-sentence"
    assert say("no.such-sentence", "zh", row=3) == "no.such-sentence {'row': 3}"


@pytest.mark.parametrize(
    ("value", "lang", "expected"),
    [
        ("Steel plant", "zh", "Steel plant"),
        ({"zh": "钢厂", "en": "Steel plant"}, "zh", "钢厂"),
        ({"zh": "钢厂", "en": "Steel plant"}, "en", "Steel plant"),
        ({"zh": "钢厂"}, "en", "钢厂"),
        (None, "en", "steel-1"),
        ({}, "en", "steel-1"),
    ],
)
def test_a_label_falls_back_to_the_other_language_and_then_to_the_id(
    value: str | dict[str, str] | None, lang: str, expected: str
) -> None:
    assert label(value, lang, "steel-1") == expected
