"""What every store of readings promises: the folder on a disk, sealed or not, and the fake that tests use."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes import MemoryStore
from lingtan.adapters.store import FolderStore
from lingtan.base.errors import DataError, InputError
from lingtan.metering.readings import SCHEMA, STORED
from store_rows import AT, FAR, T0, batch, shown


class Sealing(FolderStore):
    """A folder store that seals after every commit."""

    def commit(self, *args: Any, **kwargs: Any) -> Any:
        receipt = super().commit(*args, **kwargs)
        self.seal()
        return receipt


KINDS: dict[str, Callable[[Path], Any]] = {
    "memory": lambda folder: MemoryStore(),
    "folder": lambda folder: FolderStore(folder / "store"),
    "sealed": lambda folder: Sealing(folder / "store"),
}


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return KINDS[request.param](tmp_path)


def put(store: Any, rows: list[tuple[int, int, int | None]], **options: Any) -> Any:
    return store.commit(batch(rows), **{"kind": "import", "at": AT, **options})


def test_an_empty_store_answers_everything(store: Any) -> None:
    assert store.head() == 0
    assert store.rev_at(AT) == 0
    assert list(store.commits()) == []
    assert store.document("park") is None
    assert store.readings().schema == STORED
    assert store.readings().num_rows == 0
    assert list(store.scan()) == []
    assert store.latest() == []
    assert store.seal().rows == 0
    assert store.verify() == []


def test_rows_come_back_sorted_with_their_revision(store: Any) -> None:
    put(store, [(9, 1, 5), (7, 2, 6), (7, 1, 7)])
    table = store.readings()
    assert table.schema == STORED
    assert shown(table) == [(7, 1, 7), (7, 2, 6), (9, 1, 5)]
    assert table["rev"].to_pylist() == [1, 1, 1]


def test_the_same_content_twice_changes_nothing(store: Any) -> None:
    first = put(store, [(7, 1, 1), (7, 2, 2)])
    again = put(store, [(7, 2, 2), (7, 1, 1)], kind="import", at=AT + timedelta(days=1), source={"file": "other"})
    assert again.duplicate
    assert not again.superseded
    assert again.commit == first.commit
    assert store.head() == 1


def test_content_superseded_since_is_told_and_comes_again_only_on_request(store: Any) -> None:
    put(store, [(7, 1, 1), (7, 2, 2)])
    put(store, [(7, 1, 9)])
    told = put(store, [(7, 1, 1), (7, 2, 2)])
    assert told.superseded
    assert not told.duplicate
    assert shown(store.readings()) == [(7, 1, 9), (7, 2, 2)]
    posted = put(store, [(7, 1, 1), (7, 2, 2)], again=True)
    assert posted.commit.rev == 3
    assert (posted.superseded, posted.duplicate) == (False, False)
    assert shown(store.readings()) == [(7, 1, 1), (7, 2, 2)]


def test_again_of_what_is_current_changes_nothing(store: Any) -> None:
    put(store, [(7, 1, 1)])
    assert put(store, [(7, 1, 1)], again=True).duplicate
    assert store.head() == 1


def test_a_later_batch_that_touches_other_keys_does_not_supersede(store: Any) -> None:
    put(store, [(7, 1, 1), (7, 3, 3)])
    put(store, [(7, 2, 2), (8, 1, 1)])
    assert put(store, [(7, 1, 1), (7, 3, 3)]).duplicate


def test_a_view_as_of_a_revision_never_sees_later_knowledge(store: Any) -> None:
    put(store, [(7, 1, 1), (8, 1, 5)])
    put(store, [(7, 1, 2), (7, 800, 3)])
    put(store, [(7, 1, None)], kind="withdraw", reason="wrong meter")
    assert shown(store.readings(as_of=0)) == []
    assert shown(store.readings(as_of=1)) == [(7, 1, 1), (8, 1, 5)]
    assert shown(store.readings(as_of=2)) == [(7, 1, 2), (7, 800, 3), (8, 1, 5)]
    assert shown(store.readings(as_of=3)) == [(7, 800, 3), (8, 1, 5)]
    assert shown(store.readings(as_of=99)) == shown(store.readings())


def test_a_withdrawn_reading_can_be_given_again(store: Any) -> None:
    put(store, [(7, 1, 1)])
    put(store, [(7, 1, None)], kind="withdraw", reason="wrong")
    assert shown(store.readings()) == []
    put(store, [(7, 1, 4)])
    assert shown(store.readings()) == [(7, 1, 4)]


def test_history_shows_every_revision_and_withdrawals(store: Any) -> None:
    put(store, [(7, 1, 1), (8, 1, 5)])
    put(store, [(7, 1, 2)])
    put(store, [(7, 1, None)], kind="withdraw", reason="wrong")
    table = store.readings(channels=[7], history=True)
    assert shown(table) == [(7, 1, 1), (7, 1, 2), (7, 1, None)]
    assert table["rev"].to_pylist() == [1, 2, 3]
    assert shown(store.readings(channels=[7], history=True, as_of=2)) == [(7, 1, 1), (7, 1, 2)]


def test_a_view_of_some_channels_and_times(store: Any) -> None:
    put(store, [(c, h, c * 1000 + h) for c in range(50) for h in (0, 1, 743, 744, 2000)])
    put(store, [(3, 744, 1)])
    some = store.readings(channels=[3, 3, 40, 99], start=T0 + timedelta(hours=1), end=T0 + timedelta(hours=2000))
    assert shown(some) == [
        (3, 1, 3001),
        (3, 743, 3743),
        (3, 744, 1),
        (40, 1, 40001),
        (40, 743, 40743),
        (40, 744, 40744),
    ]
    many = store.readings(channels=range(40), start=T0 + timedelta(hours=744), end=T0 + timedelta(hours=745))
    assert many.num_rows == 40
    assert store.readings(channels=[]).num_rows == 0


def test_a_scan_gives_the_view_in_pieces_of_month_and_bucket(store: Any) -> None:
    put(store, [(c, h, c % 97 + h) for c in (1, 2, FAR + 1, 15 * FAR) for h in (0, 743, 744)])
    put(store, [(1, 0, 42), (2, 743, None)])
    pieces = list(store.scan())
    assert len(pieces) == 6
    for piece in pieces:
        assert piece.schema == STORED
        assert len({(r["channel"] >> 59, r["start"].month) for r in piece.to_pylist()}) == 1
    assert sorted(row for p in pieces for row in shown(p)) == shown(store.readings())
    chosen = list(store.scan(months=["2025-02"], buckets=[1, 15]))
    assert [shown(p) for p in chosen] == [
        [(FAR + 1, 744, (FAR + 1) % 97 + 744)],
        [(15 * FAR, 744, 15 * FAR % 97 + 744)],
    ]
    before = [row for p in store.scan(as_of=1) for row in shown(p)]
    assert sorted(before) == shown(store.readings(as_of=1))


def test_documents_are_kept_by_revision(store: Any) -> None:
    first = store.put_document("park", b"one", at=AT, source={"file": "park.yaml"})
    put(store, [(7, 1, 1)])
    second = store.put_document("park", "二".encode(), at=AT)
    assert store.put_document("park", "二".encode(), at=AT) == second
    store.put_document("other", b"one", at=AT)
    back = store.put_document("park", b"one", at=AT)
    assert (first.rev, second.rev, back.rev) == (1, 3, 5)
    assert store.document("park") == (back, b"one")
    assert store.document("park", 2) == (first, b"one")
    assert store.document("park", 3) == (second, "二".encode())
    assert store.document("park", 0) is None
    assert store.document("other", 3) is None


def test_a_revision_is_found_by_time(store: Any) -> None:
    put(store, [(7, 1, 1)], at=AT)
    put(store, [(7, 2, 1)], at=AT + timedelta(days=2))
    assert store.rev_at(AT - timedelta(microseconds=1)) == 0
    assert store.rev_at(AT) == 1
    assert store.rev_at(AT + timedelta(days=1)) == 1
    assert store.rev_at(AT + timedelta(days=9)) == 2


def test_the_log_is_a_chain_and_says_what_was_given(store: Any) -> None:
    given = {"reason": "电表更换", "source": {"file": "一月.csv"}, "channels": {"7": "a"}, "kind": "repair"}
    made = put(store, [(7, 1, 1), (FAR, 744, 1)], **given).commit
    put(store, [(7, 2, 1)])
    log = list(store.commits())
    assert log[0] == made
    assert (made.rows, made.parts) == (2, {"2025-01": 1, "2025-02": 2})
    assert {name: getattr(made, name) for name in given} == given
    assert log[0].previous == "0" * 64
    assert log[1].previous == log[0].hash
    assert list(store.commits(1)) == log[:1]


def test_the_latest_reading_of_each_channel(store: Any) -> None:
    put(store, [(c, h, 10 * c + h) for c in (1, 2, 3) for h in (1, 2)])
    put(store, [(1, 0, 77), (2, 2, 99), (4, 5, 4)])
    found = [(x.channel, x.start, x.value, x.rev) for x in store.latest()]
    at = [T0 + timedelta(hours=h) for h in range(6)]
    assert found == [(1, at[2], 12, 1), (2, at[2], 99, 2), (3, at[2], 32, 1), (4, at[5], 4, 2)]
    assert [x.channel for x in store.latest([4, 1, 50])] == [1, 4]


def test_a_withdrawn_latest_reading_uncovers_the_one_before(store: Any) -> None:
    put(store, [(1, 1, 5), (1, 2, 6), (2, 1, 7)])
    assert [x.value for x in store.latest()] == [6, 7]
    put(store, [(1, 2, None), (2, 1, None)], kind="withdraw")
    assert [(x.channel, x.value) for x in store.latest()] == [(1, 5)]
    put(store, [(2, 0, 3)])
    assert [(x.channel, x.value) for x in store.latest()] == [(1, 5), (2, 3)]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (batch([]), "store.empty-batch"),
        (batch([(1, 1, 1)]).drop_columns(["method"]), "store.schema"),
        (batch([(1, 1, 1)]).append_column("x", [[1]]), "store.schema"),
        (batch([(1, 1, 1)]).select(SCHEMA.names[::-1]), "store.schema"),
    ],
)
def test_a_batch_of_another_shape_is_refused(store: Any, table: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        store.commit(table, kind="import", at=AT)
    assert caught.value.code == code
    assert store.head() == 0


def test_a_batch_may_hold_a_key_once(store: Any) -> None:
    with pytest.raises(DataError) as caught:
        put(store, [(1, 1, 1), (2, 1, 1), (1, 1, 2)])
    assert caught.value.code == "store.duplicate-key"
    assert store.head() == 0


def test_instants_before_1970_and_extreme_values_survive(store: Any) -> None:
    rows = [(0, -24 * 365 * 60, -(2**62)), ((1 << 63) - 1, 24 * 365 * 40, 2**62), (5, 0, 0)]
    put(store, rows)
    assert shown(store.readings()) == sorted(rows)


def test_the_lock_is_reentrant(store: Any) -> None:
    with store.lock(), store.lock():
        put(store, [(7, 1, 1)])
    assert store.head() == 1
