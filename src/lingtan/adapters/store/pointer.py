"""``sealed.json``, the one pointer: it alone says what is sealed, and is replaced in one rename.

Records of sealed commits are in segments of the log that the pointer lists. Segments are merged like a binary counter,
so that a store sealed every day for years still has few.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lingtan.adapters.store import record
from lingtan.adapters.store.disk import disk_errors, make_folder, write_durably
from lingtan.adapters.store.landing import Extent
from lingtan.base.errors import SourceError
from lingtan.base.ids import canonical_json, digest, digest_bytes
from lingtan.services.ports import Commit

FILE = "sealed.json"


@dataclass(frozen=True)
class SealedFile:
    """A Parquet file of a Delta table: its digest, its rows and their revisions."""

    table: str  # readings | history
    month: str
    path: str  # inside the table's folder
    sha256: str
    rows: int
    bytes: int
    first_rev: int
    last_rev: int


@dataclass(frozen=True)
class Segment:
    """A file of the log with the records ``first`` to ``last``."""

    path: str
    sha256: str
    first: int
    last: int


@dataclass(frozen=True)
class Pointer:
    """What is sealed. ``through``: the newest revision whose record is in a segment."""

    seq: int = 0
    through: int = 0
    head_hash: str = record.GENESIS
    sealed: Mapping[str, int] = field(default_factory=dict)  # month -> newest revision sealed in it
    files: Sequence[SealedFile] = ()
    segments: Sequence[Segment] = ()
    delta: Mapping[str, int] = field(default_factory=dict)  # table -> version that holds these files


@dataclass(frozen=True)
class Entry:
    """A commit in the log with the range of its keys."""

    commit: Commit
    extent: Extent | None


def load(root: Path) -> Pointer:
    """The pointer; an empty one for a store that was never sealed."""
    path = root / FILE
    with disk_errors(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return Pointer()
    try:
        found = json.loads(data)
        stated = found.pop("digest")
        if digest(found) != stated:
            raise ValueError("digest")
        found["files"] = [SealedFile(**f) for f in found["files"]]
        found["segments"] = [Segment(**s) for s in found["segments"]]
        return Pointer(**found)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError("store.corrupt", path=str(path), detail=str(error)) from error


def publish(root: Path, pointer: Pointer) -> None:
    """Replace the pointer: from here on everybody reads the new files."""
    body = asdict(pointer)
    write_durably(root / FILE, canonical_json({**body, "digest": digest(body)}))


def load_segment(root: Path, segment: Segment) -> list[Entry]:
    """The entries of a segment, oldest first."""
    path = root / "log" / segment.path
    with disk_errors(path):
        data = path.read_bytes()
    if digest_bytes(data) != segment.sha256:
        raise SourceError("store.corrupt", path=str(path), detail="SHA-256")
    found = []
    for line in gzip.decompress(data).splitlines():
        item = json.loads(line)
        found.append(Entry(record.parse(item["commit"]), tuple(item["extent"]) if item["extent"] else None))
    return found


def add_entries(root: Path, pointer: Pointer, entries: Sequence[Entry]) -> list[Segment]:
    """The pointer's segments and one with ``entries``; smaller ones at the end are merged into it."""
    if not entries:
        return list(pointer.segments)
    kept, merged = list(pointer.segments), list(entries)
    while kept and kept[-1].last - kept[-1].first < len(merged):
        merged = load_segment(root, kept.pop()) + merged
    lines = [canonical_json(_line(entry)) for entry in merged]
    data = gzip.compress(b"\n".join(lines) + b"\n", compresslevel=3, mtime=0)
    sha = digest_bytes(data)
    first, last = merged[0].commit.rev, merged[-1].commit.rev
    name = f"{first:012d}-{last:012d}-{sha[:16]}.jsonl.gz"
    make_folder(root / "log")
    write_durably(root / "log" / name, data)
    return [*kept, Segment(name, sha, first, last)]


def _line(entry: Entry) -> dict[str, Any]:
    return {"commit": record.as_dict(entry.commit), "extent": entry.extent}
