"""Who stands below whom."""

from hypothesis import given
from hypothesis import strategies as st

from lingtan.park.model import Channel, Meter, Park, ParkInfo
from lingtan.park.tree import ancestors, children, circles, descendants, roots, walk


def park_of(parents: dict[str, str | None]) -> Park:
    def meter(name: str, parent: str | None) -> Meter:
        channel = Channel(id=f"c-{name}", carrier="electricity", activity="use", unit="kWh")  # type: ignore[arg-type]
        return Meter(id=name, parent=parent, channels=[channel])

    info = ParkInfo(id="p", name="p", region="CN-JS")
    return Park(park=info, meters=[meter(n, p) for n, p in parents.items()])


TREE = park_of({"leaf": "mid", "top": None, "mid": "top", "other": "nowhere"})


def test_roots_children_ancestors_and_descendants() -> None:
    assert [m.id for m in roots(TREE)] == ["top", "other"]
    assert {k: [m.id for m in v] for k, v in children(TREE).items()} == {
        "leaf": [], "top": ["mid"], "mid": ["leaf"], "other": [],
    }  # fmt: skip
    assert [m.id for m in ancestors(TREE, "leaf")] == ["mid", "top"]
    assert [m.id for m in descendants(TREE, "top")] == ["mid", "leaf"]
    assert [(m.id, depth) for m, depth in walk(TREE)] == [("top", 0), ("mid", 1), ("leaf", 2), ("other", 0)]
    assert list(walk(TREE, "not there")) == []


def test_a_circle_is_found_once_and_nothing_runs_for_ever() -> None:
    park = park_of({"a": "b", "b": "c", "c": "a", "d": "a", "e": "e"})
    assert circles(park) == [["a", "b", "c"], ["e"]]
    assert [m.id for m in ancestors(park, "d")] == ["a", "b", "c"]
    assert [m.id for m in ancestors(park, "e")] == []


@given(st.lists(st.none() | st.integers(0, 11), min_size=1, max_size=12))
def test_every_meter_is_walked_once(parents: list[int | None]) -> None:
    park = park_of({f"m{i}": None if p is None else f"m{p}" for i, p in enumerate(parents)})
    seen = [m.id for m, _ in walk(park)]
    assert sorted(seen) == sorted(m.id for m in park.meters)
    for meter in park.meters:
        assert len(ancestors(park, meter.id)) < len(parents) + 1
