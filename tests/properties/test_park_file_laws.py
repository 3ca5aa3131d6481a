"""Whatever stands in a park file: it is read or refused in words, each problem has its line, and JSON gives it back."""

from collections import Counter
from decimal import Decimal

from checks.fuzz_park import outcome, spoilt
from hypothesis import given
from hypothesis import strategies as st

from lingtan.park.file import park_from_json, park_to_json, parse_bytes, parse_park
from lingtan.park.model import Park


def test_spoilt_files_never_end_in_a_traceback() -> None:
    outcomes: Counter[str] = Counter()
    for data in spoilt(seed=20, count=150):
        how, _ = outcome(data)
        outcomes[how] += 1
    assert set(outcomes) >= {"good", "errors", "refused"}


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    how, problems = outcome(data)
    assert how == "refused"
    assert problems


@given(st.text(alphabet="ab:-{}[]&*#|>'\"\n \t<,?!%@：", max_size=120))
def test_any_punctuation_is_refused_with_its_line(text: str) -> None:
    park, problems = parse_park(text)
    assert park is None
    assert all(p.place.line is not None for p in problems)
    assert problems


def test_json_gives_back_every_good_spoilt_park() -> None:
    seen = 0
    for data in spoilt(seed=3, count=150):
        park, _ = parse_bytes(data)
        if park is not None:
            assert park_from_json(park_to_json(park)) == park
            seen += 1
    assert seen > 5


@given(
    st.decimals(min_value="0.000001", max_value="1e9", allow_nan=False, places=6).filter(bool),
    st.text(min_size=1, max_size=20).filter(lambda t: t.isprintable() and t.strip() == t),
)
def test_exact_numbers_and_any_name_survive_the_way_through_json(number: Decimal, name: str) -> None:
    info = {"id": "p", "name": name, "region": "CN-JS"}
    meter = {
        "id": "m",
        "channels": [
            {"id": "c", "carrier": "electricity", "activity": "use", "unit": "kWh", "multiplier": str(number)}
        ],
    }
    park = Park.model_validate({"schema": 1, "park": info, "meters": [meter]})
    back = park_from_json(park_to_json(park))
    assert back == park
    assert str(back.meters[0].channels[0].multiplier) == str(park.meters[0].channels[0].multiplier)
