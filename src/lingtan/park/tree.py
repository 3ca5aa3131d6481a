"""The tree of meters: who stands below whom. A meter whose parent is unknown, or is above itself, counts as a root."""

from collections.abc import Iterator

from lingtan.park.model import Meter, Park


def children(park: Park) -> dict[str, list[Meter]]:
    """The meters directly below each meter, in the order of the file; an empty list for a leaf."""
    below: dict[str, list[Meter]] = {meter.id: [] for meter in park.meters}
    for meter in park.meters:
        if meter.parent in below:
            below[meter.parent].append(meter)
    return below


def roots(park: Park) -> list[Meter]:
    """The meters that stand below none."""
    known = {meter.id for meter in park.meters}
    looped = {i for circle in circles(park) for i in circle}
    return [m for m in park.meters if m.parent not in known or m.id in looped]


def descendants(park: Park, meter_id: str) -> list[Meter]:
    """All meters below one, each before those below it."""
    return [meter for meter, depth in walk(park, meter_id) if depth > 0]


def walk(park: Park, start: str | None = None) -> Iterator[tuple[Meter, int]]:
    """Every meter with its depth, from the roots (or from ``start``) down, each once."""
    below, by_id = children(park), {meter.id: meter for meter in park.meters}
    first = roots(park) if start is None else [by_id[start]] if start in by_id else []
    stack, seen = [(meter, 0) for meter in reversed(first)], set[str]()
    while stack:
        meter, depth = stack.pop()
        if meter.id in seen:
            continue
        seen.add(meter.id)
        yield meter, depth
        stack += [(child, depth + 1) for child in reversed(below[meter.id])]


def ancestors(park: Park, meter_id: str) -> list[Meter]:
    """The meters above one, nearest first; stops where the tree goes round in a circle."""
    by_id = {meter.id: meter for meter in park.meters}
    found: list[Meter] = []
    at = by_id.get(meter_id)
    while at is not None and at.parent in by_id:
        at = by_id[at.parent]
        if at in found or at.id == meter_id:
            break
        found.append(at)
    return found


def circles(park: Park) -> list[list[str]]:
    """Circles of parents, each once, as meter ids from the first in the file."""
    parent = {m.id: m.parent for m in park.meters if m.parent is not None}
    done: set[str] = set()
    found: list[list[str]] = []
    for start in parent:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at in parent and at not in done and at not in path:
            path[at] = None
            at = parent[at]
        if at in path:
            ids = list(path)
            found.append(ids[ids.index(at) :])
        done.update(path)
    return found
