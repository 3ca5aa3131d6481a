"""What only the whole park shows: references to nothing, names used twice, contradictions, missing things."""

from collections.abc import Callable, Sequence

from lingtan.base.errors import Place, Problem
from lingtan.park.model import Park

Placer = Callable[[Sequence[str | int]], Place]


def check_park(park: Park, place: Placer) -> list[Problem]:
    """Every problem that shows only when the parts of a park are seen together."""
    return []
