"""The folder on a disk: sealed months, several processes, what a killed writer leaves, damage and refusals."""

import errno
import multiprocessing
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deltalake
import pytest

from lingtan.adapters.store import FolderStore, seal
from lingtan.adapters.store.backup import restore_backup
from lingtan.base.errors import InputError, LingtanError, SourceError
from store_rows import AT, FAR, batch, shown

SPAWN = multiprocessing.get_context("spawn")
MONTH = 744  # hours of January


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def put(store: FolderStore, rows: list[tuple[int, int, int | None]], **options: Any) -> Any:
    return store.commit(batch(rows), **{"kind": "import", "at": AT, **options})


def filled(store: FolderStore) -> list[list[tuple[int, int, int | None]]]:
    """Five commits over two months, sealed in the middle, and every view that they give."""
    put(store, [(1, 0, 1), (1, MONTH, 2), (FAR, 5, 3)])
    put(store, [(1, 0, 10), (2, 0, 4)])
    store.put_document("park", b"park", at=AT)
    store.seal(before="2025-02")
    put(store, [(FAR, 5, None), (1, MONTH, 20)], kind="withdraw")
    store.seal()
    put(store, [(2, 0, 40), (2, MONTH, 5)])
    return [shown(store.readings(as_of=rev)) for rev in range(6)]


VIEWS = [
    [],
    [(1, 0, 1), (1, MONTH, 2), (FAR, 5, 3)],
    [(1, 0, 10), (1, MONTH, 2), (2, 0, 4), (FAR, 5, 3)],
    [(1, 0, 10), (1, MONTH, 2), (2, 0, 4), (FAR, 5, 3)],
    [(1, 0, 10), (1, MONTH, 20), (2, 0, 4)],
    [(1, 0, 10), (1, MONTH, 20), (2, 0, 40), (2, MONTH, 5)],
]


def test_views_as_of_any_revision_are_the_same_before_and_after_seals(store: FolderStore) -> None:
    assert filled(store) == VIEWS
    store.seal()
    fresh = FolderStore(store.root)
    assert [shown(fresh.readings(as_of=rev)) for rev in range(6)] == VIEWS
    assert [sorted(row for p in fresh.scan(as_of=rev) for row in shown(p)) for rev in range(6)] == VIEWS
    assert fresh.verify() == []
    assert [x.value for x in fresh.latest()] == [20, 5]


def test_sealing_moves_rows_and_forgets_nothing(store: FolderStore) -> None:
    put(store, [(1, 0, 1), (1, MONTH, 2)])
    put(store, [(1, 0, 3)])
    assert (store.unsealed().files, store.unsealed().rows) == (2, 3)
    report = store.seal(before="2025-02")
    assert (report.months, report.rows, report.superseded) == (["2025-01"], 2, 1)
    assert store.unsealed().months == ["2025-02"]
    assert store.unsealed(before="2025-02").files == 0
    assert store.seal().months == ["2025-02"]
    assert list((store.root / "landing").iterdir()) == []
    assert len(store.commits()) == 2
    assert shown(store.readings(history=True)) == [(1, 0, 1), (1, 0, 3), (1, MONTH, 2)]
    assert store.seal().months == ()
    with pytest.raises(InputError, match="2025-13"):
        store.seal(before="2025-13")


def test_any_engine_reads_the_sealed_months_as_delta_tables_with_versions(store: FolderStore) -> None:
    put(store, [(1, 0, 1)])
    store.seal()
    put(store, [(1, 0, 2), (1, MONTH, 3)])
    store.seal()
    path = str(store.root / "readings")
    now = deltalake.DeltaTable(path)
    rows = now.to_pyarrow_table(columns=["channel", "start", "value"])
    assert shown(rows.sort_by([("channel", "ascending"), ("start", "ascending")])) == [(1, 0, 2), (1, MONTH, 3)]
    first = deltalake.DeltaTable(path, version=now.version() - 1)
    assert first.to_pyarrow_table(columns=["value"])["value"].to_pylist() == [1]


def test_a_second_process_sees_commits_and_seals_at_once(store: FolderStore) -> None:
    other = FolderStore(store.root)
    put(store, [(1, 0, 1)])
    assert shown(other.readings()) == [(1, 0, 1)]
    other.seal()
    put(store, [(1, 1, 2)])
    assert other.head() == 2
    assert put(other, [(1, 0, 1)]).duplicate
    assert shown(store.readings()) == shown(other.readings()) == [(1, 0, 1), (1, 1, 2)]


def _writer(root: str, channel: int, commits: int) -> None:
    own = FolderStore(Path(root))
    for hour in range(commits):
        put(own, [(channel, hour, hour), (channel, MONTH + hour, hour)])
        if hour % 7 == channel:
            own.seal()


def test_processes_that_write_seal_and_read_at_once_lose_and_double_nothing(store: FolderStore) -> None:
    commits = 12
    workers = [SPAWN.Process(target=_writer, args=(str(store.root), n, commits)) for n in range(3)]
    for worker in workers:
        worker.start()
    last = -1
    while any(worker.is_alive() for worker in workers):
        view = store.readings()
        rows = shown(view)
        assert len(rows) == len(set(rows))
        assert len(rows) % 2 == 0, "a batch was seen half"
        assert len(rows) >= last
        last = len(rows)
        time.sleep(0.01)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(store.commits()) == 3 * commits
    assert store.readings().num_rows == 6 * commits
    assert store.verify() == []


def _holder(root: str, ready: Any, done: Any) -> None:
    with FolderStore(Path(root)).lock():
        ready.set()
        done.wait(30)


def test_the_lock_is_held_by_one_process_and_freed_when_it_dies(store: FolderStore) -> None:
    put(store, [(1, 0, 1)])
    ready, done = SPAWN.Event(), SPAWN.Event()
    holder = SPAWN.Process(target=_holder, args=(str(store.root), ready, done))
    holder.start()
    assert ready.wait(30)
    hasty = FolderStore(store.root, lock_timeout_s=0.05)
    with pytest.raises(SourceError) as caught:
        put(hasty, [(1, 1, 1)])
    assert caught.value.code == "store.locked"
    assert str(holder.pid) in str(caught.value)
    assert shown(hasty.readings()) == [(1, 0, 1)], "reading needs no lock"
    holder.kill()
    holder.join()
    assert put(hasty, [(1, 1, 1)]).commit.rev == 2


@pytest.mark.parametrize(
    "step", ["_seal_month", "delta.hold", "pointer.add_entries", "pointer.publish", "remove_sealed"]
)
@pytest.mark.parametrize("after", [False, True])
def test_a_seal_that_stops_at_any_step_is_finished_by_the_next(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    filled(store)
    where: Any = seal
    *rooms, name = step.split(".")
    for room in rooms:
        where = getattr(where, room)
    real = getattr(where, name)

    def stop(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, name, stop)
        with pytest.raises(KeyboardInterrupt):
            store.seal()
    for reader in (store, FolderStore(store.root)):
        assert [shown(reader.readings(as_of=rev)) for rev in range(6)] == VIEWS
    later = FolderStore(store.root)
    put(later, [(3, 0, 1)])
    later.seal()
    assert [shown(later.readings(as_of=rev)) for rev in range(6)] == VIEWS
    assert later.verify() == []
    held = {p.name for p in (later.root / "readings").rglob("*.parquet")}
    named = "".join(p.read_text() for p in (later.root / "readings" / "_delta_log").glob("*.json"))
    assert all(name in named for name in held), "a file that no version names was left"


def test_half_written_files_of_a_killed_writer_are_swept(store: FolderStore) -> None:
    put(store, [(1, 0, 1)])
    for left in ("landing/000000000002-00.arrow.77.tmp", "documents/ab.77.tmp", "sealed.json.77.tmp"):
        (store.root / left).write_bytes(b"half")
    later = FolderStore(store.root)
    assert put(later, [(1, 1, 1)]).commit.rev == 2
    assert list(store.root.rglob("*.tmp")) == []


def _damage(path: Path) -> None:
    """Change one bit; of a landing file, which has padding in its middle, a bit of its only channel."""
    data = bytearray(path.read_bytes())
    at = data.find((77).to_bytes(8, "little")) if path.suffix == ".arrow" else len(data) // 2
    assert at > 0
    data[at] ^= 1
    path.write_bytes(data)


DAMAGED = ["landing/*.arrow", "documents/*", "readings/month=2025-01/*.parquet", "history/*/*.parquet", "log/*.gz", "sealed.json"]  # fmt: skip


@pytest.mark.parametrize("pattern", DAMAGED)
@pytest.mark.parametrize("gone", [False, True])
def test_verify_finds_every_file_that_was_changed_or_is_missing(store: FolderStore, pattern: str, gone: bool) -> None:
    filled(store)
    put(store, [(77, 0, 1)])
    put(store, [(78, 0, 1)])
    assert store.verify() == []
    paths = sorted(store.root.glob(pattern))
    assert paths
    path = paths[1] if pattern.startswith("landing") else paths[-1]
    if gone:
        path.unlink()
    else:
        _damage(path)
    found = FolderStore(store.root).verify()
    assert found
    assert all(p.code.startswith("store.") and "{" not in p.format("zh") for p in found)


def test_verify_finds_a_log_that_was_rewritten(store: FolderStore) -> None:
    put(store, [(1, 0, 1)], reason="as measured")
    put(store, [(1, 1, 1)])
    first = sorted((store.root / "landing").iterdir())[0]
    first.write_bytes(first.read_bytes().replace(b"as measured", b"as imagined"))
    assert "store.changed-commit" in [p.code for p in store.verify()]


def test_a_missing_commit_is_an_error_not_a_smaller_total(store: FolderStore) -> None:
    for hour in range(3):
        put(store, [(1, hour, 1)])
    sorted((store.root / "landing").iterdir())[1].unlink()
    with pytest.raises(SourceError) as caught:
        FolderStore(store.root).readings()
    assert caught.value.code == "store.missing-commit"
    assert caught.value.values["rev"] == 2


def test_a_layout_of_a_newer_program_is_refused(store: FolderStore) -> None:
    put(store, [(1, 0, 1)])
    (store.root / "format.json").write_text('{"schema": 99}')
    with pytest.raises(SourceError) as caught:
        FolderStore(store.root)
    assert caught.value.code == "store.newer-format"


def test_the_latest_readings_are_derived_and_made_again(store: FolderStore) -> None:
    filled(store)
    expected = [(x.channel, x.start, x.value, x.rev) for x in store.latest()]
    kept = store.root / "cache" / "latest.arrow"
    assert kept.exists()
    for spoil in (kept.unlink, lambda: kept.write_bytes(b"ARROW1 and no more")):
        spoil()
        again = FolderStore(store.root)
        assert [(x.channel, x.start, x.value, x.rev) for x in again.latest()] == expected
    put(store, [(9, 9, 9)])
    assert [x.channel for x in FolderStore(store.root).latest()] == [1, 2, 9]


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "store.disk-full"), (errno.EROFS, "store.read-only"), (errno.EIO, "store.no-answer")])  # fmt: skip
@pytest.mark.parametrize("work", ["commit", "document", "seal"])
def test_a_disk_that_refuses_is_named_and_nothing_is_half_written(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, number: int, code: str, work: str
) -> None:
    before = filled(store)

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    works = {
        "commit": lambda: put(store, [(5, 0, 5)]),
        "document": lambda: store.put_document("park", b"other", at=AT),
        "seal": store.seal,
    }
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(SourceError) as caught:
            works[work]()
    assert caught.value.code == code
    assert list((store.root / "landing").glob("*.tmp")) == []
    assert [shown(store.readings(as_of=rev)) for rev in range(6)] == before
    assert put(store, [(5, 0, 5)]).commit.rev == 6
    store.seal()
    assert store.verify() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, where this user may make one."""
    where = tmp_path / "disk"
    where.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this user may not mount a disk")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    store = FolderStore(small_disk / "store")
    done, refused = 0, ""
    while not refused:
        try:
            put(store, [(done, hour, (done * 7919 + hour) ** 3) for hour in range(3000)])
            done += 1
        except SourceError as error:
            refused = error.code
    assert refused == "store.disk-full"
    assert done > 3
    later = FolderStore(store.root)
    assert later.head() == done
    assert later.readings().num_rows == 3000 * done
    assert later.verify() == []


def test_a_folder_that_may_only_be_read_answers_and_refuses_to_change(small_disk: Path) -> None:
    before = filled(FolderStore(small_disk / "store"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    store = FolderStore(small_disk / "store")
    assert [shown(store.readings(as_of=rev)) for rev in range(6)] == before
    assert len(store.latest()) == 2
    assert store.verify() == []
    for change in (lambda: put(store, [(5, 0, 5)]), store.seal, lambda: store.put_document("park", b"x", at=AT)):
        with pytest.raises(SourceError) as caught:
            change()
        assert caught.value.code == "store.read-only"


def test_a_backup_is_the_store_again(store: FolderStore, tmp_path: Path) -> None:
    before = filled(store)
    (store.root / "runs").mkdir()
    (store.root / "runs" / "run.json").write_bytes(b"{}")
    archive = tmp_path / "backup.tar"
    said = store.backup(str(archive), {"park.yaml": b"park"})
    assert said["rev"] == 5
    with pytest.raises(InputError) as caught:
        store.backup(str(archive))
    assert caught.value.code == "store.exists"
    told, extra = restore_backup(archive, tmp_path / "other")
    other = FolderStore(tmp_path / "other")
    assert (told["rev"], told["hash"], extra) == (5, store.commits()[-1].hash, {"park.yaml": b"park"})
    assert [shown(other.readings(as_of=rev)) for rev in range(6)] == before
    assert other.verify() == []
    assert (other.root / "runs" / "run.json").read_bytes() == b"{}"
    assert put(other, [(5, 0, 5)]).commit.rev == 6
    with pytest.raises(InputError) as caught:
        restore_backup(archive, tmp_path / "other")
    assert caught.value.code == "store.exists"


@pytest.mark.parametrize("harm", ["cut", "flipped", "other", "outside"])
def test_a_backup_with_harm_puts_nothing_in_place(store: FolderStore, tmp_path: Path, harm: str) -> None:
    filled(store)
    archive = tmp_path / "backup.tar"
    store.backup(str(archive))
    data = archive.read_bytes()
    if harm == "cut":
        archive.write_bytes(data[: len(data) * 2 // 3])
    elif harm == "flipped":
        at = data.index(b"PAR1") + 100
        archive.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    elif harm == "other":
        archive.write_bytes(b"no archive at all")
    else:
        with tarfile.open(archive, "w") as tar:
            tar.add(tmp_path / "store" / "format.json", "store/../../out.json")
    with pytest.raises(LingtanError) as caught:
        restore_backup(archive, tmp_path / "deep" / "other")
    assert caught.value.code in ("store.not-a-backup", "store.corrupt")
    assert list((tmp_path / "deep").iterdir()) == []
