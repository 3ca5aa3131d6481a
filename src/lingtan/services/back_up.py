"""Copy a workspace to one file: its store with everything kept in it, the park file and its own rule sets."""

from collections.abc import Mapping
from typing import Any

from lingtan.services.workspace import Workspace


def back_up(workspace: Workspace, to: str) -> Mapping[str, Any]:
    """Write a backup; what it holds.

    Raises
    ------
    InputError
        ``store.exists``: nothing is overwritten.
    SourceError
        ``store.disk-full``, ``store.read-only``, ``store.locked``: nothing is half-written.
    """
    paths = [workspace.root / "park.yaml", *sorted((workspace.root / "rules").glob("*.toml"))]
    extra = {p.relative_to(workspace.root).as_posix(): p.read_bytes() for p in paths if p.is_file()}
    return workspace.store.backup(to, extra)
