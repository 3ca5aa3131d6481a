"""Small named files, each written whole or not at all."""

import os
from pathlib import Path

from lingtan.adapters.store.disk import disk_errors, make_folder, write_durably
from lingtan.base.errors import DataError, InputError


class FolderBlobs:
    """A folder of blobs; slashes in a name are folders."""

    def __init__(self, root: Path) -> None:
        self._root = Path(root)

    def put(self, name: str, data: bytes, *, new: bool = False) -> None:
        """Write ``data`` under ``name``; with ``new`` a name that is taken raises ``store.name-taken``."""
        path = self._path(name)
        with disk_errors(path):
            make_folder(path.parent)
            try:
                write_durably(path, data, new=new)
            except FileExistsError:
                raise DataError("store.name-taken", name=name) from None

    def get(self, name: str) -> bytes | None:
        """The content, or None."""
        path = self._path(name)
        with disk_errors(path):
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

    def names(self, prefix: str = "") -> list[str]:
        """Names that begin with ``prefix``, sorted."""
        found = []
        # only below the prefix's own folder: landing files beside it may be many
        for folder, _, files in os.walk(self._root.joinpath(*prefix.split("/")[:-1])):
            for file in files:
                name = Path(folder, file).relative_to(self._root).as_posix()
                if name.startswith(prefix) and not name.endswith(".tmp"):
                    found.append(name)
        return sorted(found)

    def path(self, name: str) -> str:
        """Where the file lies, or would lie."""
        return str(self._path(name))

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if any(p in ("", ".", "..") or "\\" in p or "\0" in p or ":" in p for p in parts) or name.endswith(".tmp"):
            raise InputError("store.bad-name", name=name)
        path = self._root.joinpath(*parts)
        # a link inside the folder may lead out of it
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise InputError("store.bad-name", name=name)
        return path
