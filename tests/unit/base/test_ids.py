"""Ids, channel keys and digests do not depend on order, machine or run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.ids import canonical_json, channel_key, digest, digest_bytes, is_slug, nearest

KEY_OF_GRID_IMPORT = "a23b67e06d91a237"  # b2sum -l 64
slugs = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,62}", fullmatch=True)


@pytest.mark.parametrize("text", ["pv-roof-a", "a", "0", "grid.import_1", "a" * 63])
def test_lower_case_names_are_ids(text: str) -> None:
    assert is_slug(text)


@pytest.mark.parametrize("text", ["", "-a", ".a", "A", "a b", "园区", "a" * 64, "a\n", "a/b"])
def test_other_text_is_no_id(text: str) -> None:
    assert not is_slug(text)


def test_a_channel_key_never_changes() -> None:
    # written down once: stored readings are found by it
    assert channel_key("grid-import") == int.from_bytes(bytes.fromhex(KEY_OF_GRID_IMPORT), "big") >> 1


@given(slugs)
def test_a_channel_key_fits_a_signed_64_bit_integer(slug: str) -> None:
    assert 0 <= channel_key(slug) < 2**63


@given(st.lists(slugs, unique=True, max_size=50))
def test_different_channels_have_different_keys(names: list[str]) -> None:
    assert len({channel_key(name) for name in names}) == len(names)


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=6))
def test_the_digest_does_not_depend_on_the_order_of_keys(value: dict[str, int | str]) -> None:
    backwards = dict(reversed(list(value.items())))
    assert digest(value) == digest(backwards)


def test_the_digest_sees_every_change() -> None:
    values = [{"a": 1}, {"a": "1"}, {"a": 2}, {"b": 1}, {"a": [1]}, {"a": None}, {}]
    assert len({digest(value) for value in values}) == len(values)


def test_canonical_json_keeps_chinese_as_it_is_and_has_no_spaces() -> None:
    assert canonical_json({"名": [1, "零碳"], "a": True}) == '{"a":true,"名":[1,"零碳"]}'.encode()


def test_the_digest_of_nothing_is_the_published_one() -> None:
    assert digest_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_nearest_name_is_offered_only_when_it_is_near() -> None:
    assert nearest("multiplyer", ["multiplier", "carrier"]) == "multiplier"
    assert nearest("xyz", ["multiplier", "carrier"]) is None
    assert nearest("a", []) is None
