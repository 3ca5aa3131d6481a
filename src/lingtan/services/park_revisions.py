"""The revisions of the park file that were kept, and what changed between two of them."""

from lingtan.base.errors import InputError
from lingtan.park.changes import ChangedKey, changed_keys
from lingtan.park.model import Park
from lingtan.services.basis import resolve_as_of
from lingtan.services.parsed_park import parsed_park
from lingtan.services.ports import Commit
from lingtan.services.start_park import PARK_FILE
from lingtan.services.workspace import Workspace


def park_revisions(workspace: Workspace) -> list[Commit]:
    """The commits of the park file, oldest first."""
    return [c for c in workspace.store.commits() if c.kind == "park"]


def park_changes(workspace: Workspace, before: int | None = None, after: int | None = None) -> list[ChangedKey]:
    """What changed from the park file at one revision to that at another; by default the last change.

    Raises
    ------
    InputError
        ``account.no-revision`` if there is no such revision; ``park-revision.none`` if no park file was known then.
    """
    kept = park_revisions(workspace)
    last = kept[-1].rev if after is None else resolve_as_of(workspace, after)
    if before is not None:
        before = resolve_as_of(workspace, before)
    else:
        earlier = [c.rev for c in kept if c.rev < _at(workspace, last).rev]
        before = earlier[-1] if earlier else last
    return changed_keys(_park(workspace, before), _park(workspace, last))


def _at(workspace: Workspace, rev: int) -> Commit:
    found = workspace.store.document("park", rev)
    if found is None:
        raise InputError("park-revision.none", rev=rev)
    return found[0]


def _park(workspace: Workspace, rev: int) -> Park:
    found = workspace.store.document("park", rev)
    if found is None:
        raise InputError("park-revision.none", rev=rev)
    return parsed_park(workspace.blobs, found[1], PARK_FILE)
