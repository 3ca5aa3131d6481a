"""Copy a workspace to one file: its store with everything kept in it, people and audit log, park file, rules and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lingtan.services.workspace import Workspace

PORTAL = ".lingtan/portal.sqlite"
FILES = ("park.yaml", "sso.toml")
FOLDERS = ("rules", "certificates", "forecast", "studies")


def back_up(workspace: Workspace, to: str, *, portal: bytes | None = None) -> Mapping[str, Any]:
    """Write a backup; what it holds. ``portal`` is a copy of the portal's own database.

    Raises
    ------
    InputError
        ``store.exists``: nothing is overwritten.
    SourceError
        ``store.disk-full``, ``store.read-only``, ``store.locked``: nothing is half-written.
    """
    extra = {p.relative_to(workspace.root).as_posix(): p.read_bytes() for p in _files(workspace.root)}
    if portal is not None:
        extra[PORTAL] = portal
    return {**workspace.store.backup(to, extra), "portal": portal is not None}


def _files(root: Path) -> list[Path]:
    found = [root / name for name in FILES]
    for folder in FOLDERS:
        found += sorted((root / folder).rglob("*"))
    return [p for p in found if p.is_file() and not p.is_symlink()]
