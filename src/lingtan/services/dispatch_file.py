"""The dispatch description of a workspace: written from the park file, or as somebody's text; checked before it is kept."""

from typing import Any

from lingtan.base.errors import InputError
from lingtan.base.ids import digest_bytes
from lingtan.optimize.dispatch.derive import Note, derive
from lingtan.optimize.dispatch.file import dump, load_description
from lingtan.optimize.dispatch.record import Description
from lingtan.services.access.ports import AuditLog
from lingtan.services.dispatch_store import FILE, description_of
from lingtan.services.workspace import Workspace

MOST_BYTES = 400_000


def description_text(workspace: Workspace) -> tuple[str, bool, list[Note]]:
    """The text that plans rest on, whether it is a file of its own, and what was assumed where the park file is silent.

    A file that cannot be read is given as it is, so that it can be mended.
    """
    path = workspace.root / FILE
    if path.exists():
        return path.read_text("utf-8", errors="replace"), True, []
    description, notes = description_of(workspace)
    return dump(description), False, notes


def write_description(workspace: Workspace, text: str, *, by: str, audit: AuditLog) -> Description:
    """Keep a text as ``dispatch.yaml`` after every check.

    Raises
    ------
    InputError
        ``dispatch.invalid`` with every problem at its line; ``dispatch.too-long``.
    """
    data = text.replace("\r\n", "\n").encode()
    if len(data) > MOST_BYTES:
        raise InputError("dispatch.too-long", most=MOST_BYTES)
    found = load_description(data, FILE)
    _put(workspace, data, by, audit, "write")
    return found


def derive_description(
    workspace: Workspace, *, by: str, audit: AuditLog, replace: bool = False
) -> tuple[Description, list[Note]]:
    """Write ``dispatch.yaml`` from the park file.

    Raises
    ------
    InputError
        ``dispatch.exists`` unless it may be replaced; ``dispatch.no-grid``.
    """
    if (workspace.root / FILE).exists() and not replace:
        raise InputError("dispatch.exists", path=FILE)
    found, notes = derive(workspace.park)
    _put(workspace, dump(found).encode(), by, audit, "derive")
    return found, notes


def drop_description(workspace: Workspace, *, by: str, audit: AuditLog) -> None:
    """Take ``dispatch.yaml`` away: plans rest on the park file again."""
    path = workspace.root / FILE
    if path.exists():
        data = path.read_bytes()
        path.unlink()
        _note(workspace, by, audit, "drop", {"sha256": digest_bytes(data)})


def _put(workspace: Workspace, data: bytes, by: str, audit: AuditLog, action: str) -> None:
    path = workspace.root / FILE
    fresh = path.with_suffix(".yaml.new")
    fresh.write_bytes(data)
    fresh.replace(path)
    _note(workspace, by, audit, action, {"sha256": digest_bytes(data), "bytes": len(data)})


def _note(workspace: Workspace, by: str, audit: AuditLog, action: str, detail: dict[str, Any]) -> None:
    audit.append(
        at=workspace.clock(), actor=by, role="operator", action=action, kind="dispatch", object=FILE, detail=detail
    )
