"""The revisions of the park file that were kept, and what changed between two of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lingtan.base.errors import InputError
from lingtan.park.file import parse_bytes
from lingtan.park.model import Park
from lingtan.services.ports import Commit
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Change:
    """One value that differs: its path by ids, such as ``meters.m-grid.channels.grid-import.multiplier``."""

    path: str
    before: str | None
    after: str | None


def park_revisions(workspace: Workspace) -> list[Commit]:
    """The commits of the park file, oldest first."""
    return [c for c in workspace.store.commits() if c.kind == "park"]


def park_changes(workspace: Workspace, before: int | None = None, after: int | None = None) -> list[Change]:
    """What changed from the park file at one revision to that at another; by default the last change.

    Raises
    ------
    InputError
        ``park-revision.none`` if no park file was known at a revision.
    """
    kept = park_revisions(workspace)
    last = kept[-1].rev if after is None else after
    if before is None:
        earlier = [c.rev for c in kept if c.rev < _at(workspace, last).rev]
        before = earlier[-1] if earlier else last
    return list(differences(_park(workspace, before), _park(workspace, last)))


def differences(one: Park, two: Park) -> Iterator[Change]:
    """Every stated value that differs between two parks, in the order of the file."""
    old, new = _flat(one), _flat(two)
    for path in [*old, *(p for p in new if p not in old)]:
        if old.get(path) != new.get(path):
            yield Change(path, old.get(path), new.get(path))


def _at(workspace: Workspace, rev: int) -> Commit:
    found = workspace.store.document("park", rev)
    if found is None:
        raise InputError("park-revision.none", rev=rev)
    return found[0]


def _park(workspace: Workspace, rev: int) -> Park:
    found = workspace.store.document("park", rev)
    park = parse_bytes(found[1])[0] if found else None
    if park is None:
        raise InputError("park-revision.none", rev=rev)
    return park


def _flat(park: Park) -> dict[str, str]:
    flat: dict[str, str] = {}
    _flatten("", park.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True), flat)
    return flat


def _flatten(path: str, value: Any, flat: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(f"{path}.{key}" if path else str(key), inner, flat)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            name = inner.get("id", i) if isinstance(inner, dict) else i
            _flatten(f"{path}.{name}", inner, flat)
    else:
        flat[path] = str(value)
