"""Importing is idempotent, and the order in which files arrive does not matter."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from tests.fakes import MemoryBlobs, MemoryStore
from tests.file_rows import PARK_FILE

from lingtan.services.import_readings import import_files
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

NAMES = ("m1", "1#进线", "m2", "shop", "m3", "nobody")


@st.composite
def files(draw: DrawFn) -> list[str]:
    """Files of hours that do not overlap between files, in any shape of row, with holes and nonsense in them."""
    made = []
    for day in range(1, draw(st.integers(2, 4)) + 1):
        lines = ["时间,表号,数值"]
        for hour in draw(st.lists(st.integers(0, 23), min_size=4, max_size=12, unique=True)):
            number = draw(st.sampled_from(["1", "2.5", "--", "x", "-3", "1e2", "１"]))
            lines.append(f"2025-01-{day:02d} {hour:02d}:00,{draw(st.sampled_from(NAMES))},{number}")
        made.append("\n".join(lines))
    return made


def space() -> Workspace:
    """A workspace in memory whose park file lies in a folder."""
    folder = Path(tempfile.mkdtemp())
    folder.joinpath("park.yaml").write_text(PARK_FILE, encoding="utf-8")
    return replace(open_workspace(folder), store=MemoryStore(), blobs=MemoryBlobs())


def take(into: Workspace, texts: Sequence[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            paths.append(Path(folder, f"{number}.csv"))
            paths[-1].write_text(text, encoding="utf-8")
        return [d.status for d in import_files(into, paths)]


@settings(max_examples=25)
@given(files(), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter_and_again_changes_nothing(texts: list[str], random: object) -> None:
    first, second = space(), space()
    take(first, texts)
    mixed = list(texts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    take(second, mixed)
    assert first.store.readings().drop_columns(["rev"]).equals(second.store.readings().drop_columns(["rev"]))
    head = first.store.head()
    assert set(take(first, texts)) <= {"duplicate", "nothing"}
    assert first.store.head() == head
