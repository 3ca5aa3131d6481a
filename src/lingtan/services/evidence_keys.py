"""Keys that seal evidence: a file of one's own, or the workspace's, made on first use."""

import os
from pathlib import Path

from lingtan.base.errors import InputError, SourceError
from lingtan.reports.evidence.signature import Key, public_text, read_public
from lingtan.services.workspace import Workspace

NAME = "keys/evidence.key"


def new_key(path: Path) -> Key:
    """Make a key and write it (readable by its owner alone), with its public half beside it as ``.pub``.

    Raises
    ------
    InputError
        ``evidence.key-exists``: a key is never overwritten.
    """
    key = Key.new()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(key.text())
            file.flush()
            os.fsync(file.fileno())
        path.with_name(f"{path.name}.pub").write_text(public_text(key.public), encoding="ascii")
    except FileExistsError:
        raise InputError("evidence.key-exists", path=path) from None
    except OSError as error:
        raise SourceError("evidence.cannot-write", path=path, why=error.strerror) from None
    return key


def read_key(path: Path) -> Key:
    """The key in a file."""
    return Key.read(_text(path))


def trusted_key(text: str) -> bytes:
    """A public key from a file, or from its 64 hexadecimal digits."""
    path = Path(text)
    return read_public(text if len(text) == 64 and not path.exists() else _text(path))


def workspace_key(workspace: Workspace) -> tuple[Key, bool]:
    """The workspace's own key, and whether it was made just now."""
    path = Path(workspace.blobs.path(NAME))
    if path.exists():
        return read_key(path), False
    return new_key(path), True


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()[:4096]
    except OSError as error:
        raise InputError("evidence.no-key", path=path, why=error.strerror) from None
    return data.decode("ascii", "replace")


def write_pack(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a pack whole or not at all.

    Raises
    ------
    InputError
        ``evidence.file-exists`` if another file stands there and ``force`` is not given.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        if path.exists() and not force and path.read_bytes() != data:
            raise InputError("evidence.file-exists", path=path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SourceError("evidence.cannot-write", path=path, why=error.strerror) from None


def read_pack(path: Path) -> bytes:
    """The bytes of a pack."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("evidence.no-pack", path=path, why=error.strerror) from None
