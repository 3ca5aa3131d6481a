"""Formulas of virtual meters: readable, not in circles, and nothing counted twice."""

from collections.abc import Iterator
from fractions import Fraction

from lingtan.base.errors import InputError, Problem
from lingtan.park.check.view import Path, View
from lingtan.park.formula import Expander, terms


def check_formulas(view: View) -> Iterator[Problem]:
    """What is wrong with the formulas, each with its place."""
    known = {q.source.id for q in view.quantities}
    own: dict[str, dict[str, Fraction]] = {}
    sound = True
    for i, virtual in enumerate(view.park.virtual_meters):
        path: Path = ("virtual_meters", i, "formula")
        try:
            own[virtual.id] = terms(virtual.formula, known)
        except InputError as error:
            sound = False
            yield Problem(error.code, view.place(path), error.values)
    circles = list(_circles(own))
    index = {v.id: i for i, v in enumerate(view.park.virtual_meters)}
    for circle in circles:
        names = " → ".join([*circle, circle[0]])
        place = view.place(("virtual_meters", index[circle[0]], "formula"))
        yield Problem("formula.cycle", place, {"virtual": circle[0], "circle": names[:200]})
    if sound and not circles:
        yield from _meaning(view)


def _circles(own: dict[str, dict[str, Fraction]]) -> Iterator[list[str]]:
    """Each circle of formulas once."""
    done: set[str] = set()
    for start in own:
        path: dict[str, Iterator[str]] = {}
        at: str | None = start if start not in done else None
        while at is not None:
            path.setdefault(at, iter(own[at]))
            step = next((i for i in path[at] if i in own and i not in done), None)
            if step is None:
                done.add(at)
                path.pop(at)
                at = next(reversed(path), None)
            elif step in path:
                ids = list(path)
                yield ids[ids.index(step) :]
            else:
                at = step


def _meaning(view: View) -> Iterator[Problem]:
    by_id = {q.source.id: q for q in view.quantities}
    expander = Expander(view.park)
    for i, virtual in enumerate(view.park.virtual_meters):
        path: Path = ("virtual_meters", i, "formula")
        try:
            parts = expander.expand(virtual.id)
        except InputError as error:
            yield Problem(error.code, view.place(path), error.values)
            continue
        here = by_id[virtual.id]
        counted = [
            name
            for name, factor in parts.items()
            if here.accounted
            and factor > 0
            and by_id[name].source.activity is virtual.activity
            and by_id[name].source.carrier == virtual.carrier
        ]
        if counted:
            yield view.warning("counted-twice", path, virtual=virtual.id, channels=", ".join(counted[:5]))
        units = {q.carrier.unit for q in (by_id[n] for n in parts) if q.carrier}
        if here.carrier and units and units != {here.carrier.unit}:
            yield view.warning(
                "formula-units", path, virtual=virtual.id, units=", ".join(sorted(units)), unit=here.carrier.unit
            )
