"""What is kept for a while only: previews of imports that nobody finished, and results that can be made again."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Bound:
    """How long and how much of a folder is kept; the longest unused goes first. ``spared`` folders in it are left alone."""

    folder: str
    life: timedelta
    most_files: int
    most_bytes: int
    spared: tuple[str, ...] = ()


BOUNDS = (
    Bound("incoming", timedelta(hours=24), 200, 2 * 2**30, ("forms",)),  # forms wait for the operator's word
    Bound("cache/passports", timedelta(days=90), 5_000, 256 * 2**20),
    Bound("cache/reports", timedelta(days=30), 100, 512 * 2**20),
    Bound("cache/evidence", timedelta(days=30), 20, 4 * 2**30),
)


def clean_up(workspace: Workspace, at: datetime, bounds: tuple[Bound, ...] = BOUNDS) -> dict[str, int]:
    """Take away what is over its bounds; how many files of each folder."""
    return {b.folder: _clean(Path(workspace.blobs.path(b.folder)), b, at) for b in bounds}


def _clean(folder: Path, bound: Bound, at: datetime) -> int:
    oldest = (at - bound.life).timestamp()
    gone, files, size = 0, 0, 0
    for when, length, path in sorted(_files(folder, bound.spared), reverse=True, key=lambda f: f[0]):
        files, size = files + 1, size + length
        if when < oldest or files > bound.most_files or size > bound.most_bytes:
            with suppress(OSError):  # somebody else was faster
                path.unlink()
                gone += 1
    return gone


def _files(folder: Path, spared: tuple[str, ...]) -> Iterator[tuple[float, int, Path]]:
    for path in folder.rglob("*"):
        with suppress(OSError):
            kept = path.relative_to(folder).parts[0] in spared
            if not kept and path.is_file() and not path.is_symlink():
                stat = path.stat()
                yield max(stat.st_mtime, stat.st_atime), stat.st_size, path
