"""A file that is kept aside until somebody has seen what was understood of it; then it is written, or forgotten."""

import re
from collections.abc import Callable
from pathlib import Path

from lingtan.base.errors import InputError
from lingtan.base.ids import digest_bytes
from lingtan.park.model import channels, owner
from lingtan.services.import_readings import Imported, import_files
from lingtan.services.workspace import Workspace

INCOMING = "incoming/"
STAGED = re.compile(r"[0-9a-f]{16}/[\w()\-][\w.()\-]*")
MOST_BYTES = 64 * 2**20


def stage(workspace: Workspace, name: str, data: bytes) -> str:
    """Keep a file aside; the name by which it is written.

    Raises
    ------
    InputError
        ``meters.too-large``.
    """
    if len(data) > MOST_BYTES:
        raise InputError("meters.too-large", megabytes=MOST_BYTES >> 20)
    plain = re.sub(r"[^\w.()\-]+", "_", Path(name).name)[-100:].lstrip(".") or "file"
    staged = f"{digest_bytes(data)[:16]}/{plain}"
    workspace.blobs.put(INCOMING + staged, data)
    return staged


def import_staged(
    workspace: Workspace, staged: str, allow: Callable[[str], None], *, dry_run: bool, again: bool = False
) -> Imported:
    """What is understood of a staged file, or what became of it; ``allow`` refuses owners whose readings may not be written.

    Raises
    ------
    InputError
        ``meters.gone`` if there is no such file.
    """
    path = Path(workspace.blobs.path(INCOMING + staged))
    if STAGED.fullmatch(staged) is None or not path.is_file():
        raise InputError("meters.gone")
    tried = import_files(workspace, [path], dry_run=True)[0]
    if tried.seen is not None:
        known = channels(workspace.park)
        for one in sorted(
            {owner(workspace.park, *known[c.channel]) for c in tried.seen.channels if c.channel in known}
        ):
            allow(one)
    return tried if dry_run else import_files(workspace, [path], again=again)[0]
