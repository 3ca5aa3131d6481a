"""The workspace of a child process."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace

_spaces: dict[tuple[Path, int], "Workspace"] = {}


def space_of(root: Path) -> "Workspace":
    """The workspace, opened again when its park file changed."""
    from lingtan.wiring import PARK_FILE, open_workspace

    key = (root, (root / PARK_FILE).stat().st_mtime_ns)
    if key not in _spaces:
        _spaces.clear()
        _spaces[key] = open_workspace(root)
    return _spaces[key]
