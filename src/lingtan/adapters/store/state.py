"""What this process knows of the store: the pointer, the landing files and the log, refreshed on every look."""

import bisect
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lingtan.adapters.store import landing, pointer
from lingtan.adapters.store.disk import disk_errors
from lingtan.adapters.store.landing import Landed
from lingtan.adapters.store.pointer import Entry, Pointer, Segment
from lingtan.base.errors import SourceError
from lingtan.services.ports import Commit

SCHEMA_NUMBER = 1
TRIES = 50


@dataclass(frozen=True)
class Snapshot:
    """The store at one moment: what is sealed, and the landing files beside it, oldest first."""

    pointer: Pointer
    landed: Sequence[Landed]

    @property
    def head(self) -> int:
        return max(self.pointer.through, self.landed[-1].rev if self.landed else 0)

    @property
    def head_hash(self) -> str:
        return self.landed[-1].commit.hash if self._newer else self.pointer.head_hash

    @property
    def _newer(self) -> bool:
        return bool(self.landed) and self.landed[-1].rev > self.pointer.through

    def waiting(self, as_of: int | None = None) -> Iterator[Landed]:
        """Landing files known at ``as_of`` that hold rows which are not sealed."""
        for landed in self.landed:
            if as_of is not None and landed.rev > as_of:
                return
            if any(self.pointer.sealed.get(label, 0) < landed.rev for label in landed.commit.parts):
                yield landed


class State:
    """Reads the folder; remembers what cannot change (landing files, segments) by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.landing = root / "landing"
        self._mutex = threading.Lock()
        self._heads: dict[str, Landed] = {}
        self._segments: dict[str, list[Entry]] = {}
        self._pointer: tuple[tuple[int, int, int] | None, Pointer] = (None, Pointer())
        self._mine: Snapshot | None = None
        check_format(root)

    def look(self) -> Snapshot:
        """A consistent snapshot.

        A landing file is removed only after a pointer that covers it is published. So a listing that lies between two
        looks at one and the same pointer misses nothing; revisions that have a hole mean: look again.
        """
        for _ in range(TRIES):
            stamp = self._stamp()
            known = self._load_pointer(stamp)
            try:
                landed = self._list()
            except FileNotFoundError:
                continue
            if self._stamp() != stamp:
                continue
            newer = [item.rev for item in landed if item.rev > known.through]
            if newer == list(range(known.through + 1, known.through + 1 + len(newer))):
                return Snapshot(known, landed)
        raise SourceError("store.missing-commit", path=str(self.landing), rev=_hole(known.through, newer))

    def mine(self, *, fresh: bool) -> Snapshot:
        """The writer's snapshot; without ``fresh`` the one it left, right if nobody else wrote since."""
        if fresh or self._mine is None:
            self._mine = self.look()
        return self._mine

    def add(self, landed: Landed) -> None:
        """Note a commit just made."""
        last = self.mine(fresh=False)
        with self._mutex:
            self._heads[landed.path.name] = landed
        so_far = last.landed if isinstance(last.landed, Appended) else Appended(last.landed)
        self._mine = Snapshot(last.pointer, so_far.plus(landed))

    def entries(self, snapshot: Snapshot, after: int = 0) -> Iterator[Entry]:
        """The log after a revision, oldest first."""
        for segment in snapshot.pointer.segments:
            if segment.last > after:
                yield from (e for e in self._segment(segment) if e.commit.rev > after)
        newer = bisect.bisect_right(snapshot.landed, max(after, snapshot.pointer.through), key=lambda item: item.rev)
        for item in snapshot.landed[newer:]:
            yield Entry(item.commit, item.extent)

    def commits(self, snapshot: Snapshot) -> list[Commit]:
        """The whole log."""
        return [entry.commit for entry in self.entries(snapshot)]

    def _segment(self, segment: Segment) -> list[Entry]:
        if segment.path not in self._segments:
            self._segments[segment.path] = pointer.load_segment(self.root, segment)
        return self._segments[segment.path]

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = (self.root / pointer.FILE).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _load_pointer(self, stamp: tuple[int, int, int] | None) -> Pointer:
        if self._pointer[0] != stamp or stamp is None:
            self._pointer = (stamp, pointer.load(self.root))
        return self._pointer[1]

    def _list(self) -> list[Landed]:
        with disk_errors(self.landing):
            try:
                with os.scandir(self.landing) as entries:
                    names = [entry.name for entry in entries]
            except FileNotFoundError:
                return []
        found = sorted(name for name in names if landing.NAME.match(name))
        with self._mutex:
            known, self._heads = self._heads, {}
            for name in found:
                self._heads[name] = known.get(name) or landing.read_head(self.landing / name)
            return list(self._heads.values())


class Appended(Sequence[Landed]):
    """A list that grows at its end while older snapshots of it stay as they were: no copy per commit."""

    def __init__(self, items: Sequence[Landed], length: int | None = None) -> None:
        self._items: list[Landed] = items if length is not None and isinstance(items, list) else list(items)
        self._length = len(self._items) if length is None else length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return self._items[: self._length][index]
        return self._items[range(self._length)[index]]

    def plus(self, item: Landed) -> "Appended":
        """This list and one more."""
        items = self._items if len(self._items) == self._length else self._items[: self._length]
        items.append(item)
        return Appended(items, self._length + 1)


def check_format(root: Path) -> None:
    """Refuse a layout made by a newer Lingtan."""
    path = root / "format.json"
    with disk_errors(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return
    try:
        number = int(json.loads(data)["schema"])
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError("store.corrupt", path=str(path), detail=str(error)) from error
    if number > SCHEMA_NUMBER:
        raise SourceError("store.newer-format", path=str(root), number=number, known=SCHEMA_NUMBER)


def _hole(through: int, newer: list[int]) -> int:
    have = set(newer)
    return next(rev for rev in range(through + 1, through + len(newer) + 2) if rev not in have)
