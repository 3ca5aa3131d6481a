"""The folder, sealed and opened anew at random, says the same as the fake in memory after any sequence of changes."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from fakes import MemoryStore
from lingtan.adapters.store import FolderStore
from store_rows import AT, FAR, T0, batch, shown

CHANNELS = st.sampled_from([1, 2, FAR, 5 * FAR + 3])
HOURS = st.sampled_from([0, 1, 743, 744, 1500])
ROWS = st.dictionaries(st.tuples(CHANNELS, HOURS), st.none() | st.integers(-3, 3), min_size=1, max_size=6)


class Stores(RuleBasedStateMachine):
    """One change after another, to both."""

    given = Bundle("given")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ours: Any = FolderStore(self.folder / "store")
        self.fake: Any = MemoryStore()
        self.time = AT

    def teardown(self) -> None:
        assert self.ours.verify() == []
        shutil.rmtree(self.folder)

    @rule(target=given, rows=ROWS)
    def commit(self, rows: dict[tuple[int, int], int | None]) -> Any:
        table = batch([(c, h, v) for (c, h), v in rows.items()])
        self._both(table, False)
        return table

    @rule(table=given, again=st.booleans())
    def send_again(self, table: Any, again: bool) -> None:
        self._both(table, again)

    def _both(self, table: Any, again: bool) -> None:
        self.time += timedelta(minutes=1)
        one, two = (s.commit(table, kind="import", at=self.time, again=again) for s in (self.ours, self.fake))
        assert (one.commit.rev, one.duplicate, one.superseded) == (two.commit.rev, two.duplicate, two.superseded)

    @rule(text=st.sampled_from([b"a", b"b"]))
    def document(self, text: bytes) -> None:
        one, two = (s.put_document("park", text, at=self.time) for s in (self.ours, self.fake))
        assert one.rev == two.rev

    @rule(before=st.none() | st.sampled_from(["2025-01", "2025-02", "2025-03"]))
    def seal(self, before: str | None) -> None:
        self.ours.seal(before=before)

    @rule()
    def open_anew(self) -> None:
        self.ours = FolderStore(self.ours.root)

    @rule(back=st.integers(0, 4), history=st.booleans(), channels=st.none() | st.lists(CHANNELS), hours=st.tuples(HOURS, HOURS))  # fmt: skip
    def look(self, back: int, history: bool, channels: list[int] | None, hours: tuple[int, int]) -> None:
        start, end = (T0 + timedelta(hours=h) for h in sorted(hours))
        for as_of in (None, max(self.fake.head() - back, 0)):
            one, two = (
                s.readings(channels=channels, start=start, end=end, as_of=as_of, history=history)
                for s in (self.ours, self.fake)
            )
            assert one.equals(two)

    @precondition(lambda self: self.fake.head())
    @rule(back=st.integers(0, 4))
    def scan(self, back: int) -> None:
        as_of = max(self.fake.head() - back, 0)
        rows = sorted(row for piece in self.ours.scan(as_of=as_of) for row in shown(piece))
        assert rows == shown(self.fake.readings(as_of=as_of))

    @invariant()
    def same(self) -> None:
        assert self.ours.head() == self.fake.head()
        assert self.ours.readings().equals(self.fake.readings())
        assert self.ours.latest() == self.fake.latest()
        for as_of in (None, self.fake.head() - 1):
            one, two = (s.document("park", as_of) for s in (self.ours, self.fake))
            assert (one and (one[0].rev, one[1])) == (two and (two[0].rev, two[1]))


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=30, stateful_step_count=20, deadline=None, derandomize=True)
