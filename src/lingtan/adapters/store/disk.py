"""Files written whole or not at all, and what a disk's refusals mean."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from lingtan.base.errors import LingtanError, SourceError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn what the system says about ``where`` into a SourceError; a missing file stays ``FileNotFoundError``."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refusal(error, where) from error


def refusal(error: OSError, where: Path) -> LingtanError:
    """The SourceError that says what ``error`` means and what to do."""
    named = str(error.filename or where)
    if error.errno in FULL or "No space left" in str(error):
        return SourceError("store.disk-full", path=named)
    if error.errno in READ_ONLY or "Permission denied" in str(error) or "Read-only file system" in str(error):
        return SourceError("store.read-only", path=named)
    return SourceError("store.no-answer", path=named, detail=error.strerror or str(error))


def write_durably(path: Path, data: bytes | memoryview, *, new: bool = False) -> None:
    """Write, flush to the disk, then rename; with ``new`` refuse (``FileExistsError``) to replace a file."""
    waiting = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        fd = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest) :]
            os.fsync(fd)
        finally:
            os.close(fd)
        if new:
            os.link(waiting, path)
            waiting.unlink()
        else:
            waiting.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            waiting.unlink()
        raise
    flush_folder(path.parent)


def flush_file(path: Path) -> None:
    """Bring a file that something else wrote to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    flush_file(folder)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    flush_folder(folder.parent)


def sweep(folder: Path) -> None:
    """Remove what a killed writer left half-written; only while holding the lock."""
    for left in folder.glob("*.tmp"):
        left.unlink(missing_ok=True)
