"""A backup: one uncompressed tar file with everything but the cache, and a list of digests as its last member.

The list comes last, so an archive that was cut off is known by its absence. Restoring checks every byte in a folder of
its own and renames that folder into place only when all is well.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lingtan.adapters.store.disk import disk_errors, flush_file, flush_folder, make_folder
from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import canonical_json

LIST = "backup.json"
SCHEMA_NUMBER = 1
# what can be made again, what belongs to running processes, and the portal's database, whose copy comes among the extra files
LEFT_OUT = ("cache", "lock", "writer", "portal.sqlite", "portal.sqlite-wal", "portal.sqlite-shm")
SECRET = ("keys",)  # folders whose files are their owner's alone
CHUNK = 1 << 20


def write_backup(root: Path, to: Path, extra: Mapping[str, bytes], said: Mapping[str, Any]) -> dict[str, Any]:
    """Write the folder and ``extra`` files (by their name in the archive) to a new file; the caller holds the lock."""
    if to.exists():
        raise InputError("store.exists", path=str(to))
    waiting = to.with_name(f"{to.name}.{os.getpid()}.tmp")
    listed: dict[str, str] = {}
    total = 0
    with disk_errors(to):
        make_folder(to.parent)
        try:
            # users' secrets and the signing key are in it: it is its owner's alone
            with (
                open(os.open(waiting, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file_,
                tarfile.open(fileobj=file_, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                for name, data in sorted(extra.items()):
                    listed[f"extra/{name}"] = hashlib.sha256(data).hexdigest()
                    total += len(data)
                    _add(tar, f"extra/{name}", data)
                for path in _files(root):
                    name = f"store/{path.relative_to(root).as_posix()}"
                    tar.add(path, name, recursive=False, filter=_plain)
                    with open(path, "rb") as file:
                        listed[name] = hashlib.file_digest(file, "sha256").hexdigest()
                    total += path.stat().st_size
                _add(tar, LIST, canonical_json({"schema": SCHEMA_NUMBER, **said, "files": listed}))
            flush_file(waiting)
            waiting.replace(to)
            flush_folder(to.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                waiting.unlink()
            raise
    return {**said, "files": len(listed), "bytes": total, "path": str(to)}


def restore_backup(archive: Path, root: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Make ``root`` from a backup; what the backup says of itself, and its extra files.

    Raises
    ------
    InputError
        ``store.exists`` if ``root`` holds something already; ``store.not-a-backup``.
    SourceError
        ``store.corrupt`` if a byte differs or a member is missing; nothing is put in place.
    """
    if root.exists() and any(root.iterdir()):
        raise InputError("store.exists", path=str(root))
    waiting = root.with_name(f"{root.name}.{os.getpid()}.tmp")
    with disk_errors(root):
        make_folder(root.parent)
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir()
        try:
            said, extra = _unpack(archive, waiting)
            if root.exists():
                root.rmdir()
            waiting.rename(root)
            flush_folder(root.parent)
        except BaseException:
            shutil.rmtree(waiting, ignore_errors=True)
            raise
    return said, extra


def _unpack(archive: Path, into: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    found: dict[str, str] = {}
    extra: dict[str, bytes] = {}
    said: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                parts = member.name.split("/")
                source = tar.extractfile(member) if member.isfile() else None
                if source is None or ".." in parts or "" in parts:
                    raise InputError("store.not-a-backup", path=str(archive), detail=member.name)
                if member.name == LIST:
                    said = json.loads(source.read())
                elif parts[0] == "extra":
                    data = source.read()
                    found[member.name] = hashlib.sha256(data).hexdigest()
                    extra["/".join(parts[1:])] = data
                elif parts[0] == "store":
                    found[member.name] = _copy(source, into.joinpath(*parts[1:]), secret=parts[1] in SECRET)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise InputError("store.not-a-backup", path=str(archive), detail=str(error)) from error
    if said is None:
        raise InputError("store.not-a-backup", path=str(archive), detail=LIST)
    if said["schema"] > SCHEMA_NUMBER:
        raise SourceError("store.newer-format", path=str(archive), number=said["schema"], known=SCHEMA_NUMBER)
    listed = said.pop("files")
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            raise SourceError("store.corrupt", path=f"{archive}: {name}", detail="SHA-256")
    return {**said, "files": len(listed)}, extra


def _copy(source: Any, path: Path, *, secret: bool) -> str:
    sha = hashlib.sha256()
    make_folder(path.parent)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if secret else 0o666), "wb") as file:
        while chunk := source.read(CHUNK):
            sha.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return sha.hexdigest()


def _files(root: Path) -> list[Path]:
    found = []
    for folder, folders, files in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in LEFT_OUT]
            files = [name for name in files if name not in LEFT_OUT]
        found += [Path(folder, name) for name in files if not name.endswith(".tmp")]
    return sorted(found)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = _plain(tarfile.TarInfo(name))
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names and times of this machine."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    member.mtime = 0
    return member
