"""When a reading counts as known: by what its source says, by its interval, or by when it arrived in this store.

``stamp``: the source's ``available_at``, else the end of the interval plus the channel's delay. ``interval``: that end plus delay,
whatever the stamp. ``commit``: as ``stamp``, but never before the reading was committed here. ``live``, the usual one: as ``commit``
for intervals that ended after the channel's first reading had arrived here, as ``stamp`` for the history from before that.
So a living installation cannot look ahead through a late import, and a history that was imported once can still be replayed.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.services.ports import Commit

Ints = npt.NDArray[np.int64]

RULES = ("live", "stamp", "interval", "commit")
USUAL = "live"
NEVER = np.iinfo(np.int64).max


def known_rule(name: str) -> str:
    """The rule of that name, the usual one for none.

    Raises
    ------
    InputError
        ``forecast.unknown-rule`` with the nearest one.
    """
    if not name:
        return USUAL
    if name not in RULES:
        raise InputError("forecast.unknown-rule", rule=name, nearest=nearest(name, RULES) or USUAL)
    return name


class Arrivals:
    """When readings arrived in a store, from its log."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        brought = [c for c in commits if c.parts]
        self._revs = np.array([c.rev for c in brought], np.int64)
        self._times = np.array([-(-c.at.timestamp() // 1) for c in brought], np.int64)
        self._first: dict[str, int] = {}
        self._any: int = NEVER  # of a commit that does not name its channels
        for commit, at in zip(brought, self._times.tolist(), strict=True):
            if not commit.channels:
                self._any = min(self._any, at)
            for key in commit.channels:
                self._first[key] = min(self._first.get(key, NEVER), at)

    def of(self, revs: Ints) -> Ints:
        """When the commits of rows were acknowledged. [s since 1970]"""
        if not len(self._revs):
            return np.full(len(revs), NEVER, np.int64)
        place = np.clip(np.searchsorted(self._revs, revs), 0, len(self._revs) - 1)
        return np.where(self._revs[place] == revs, self._times[place], NEVER)

    def first(self, channel: int) -> int:
        """When the first reading of a channel arrived. [s since 1970]"""
        return min(self._first.get(str(channel), NEVER), self._any)


def known_when(rule: str, stated: Ints, plain: Ints, ends: Ints, came: Ints, first: int) -> Ints:
    """When each reading of a channel counts as known. [s since 1970]

    Parameters
    ----------
    stated
        The source's stamps, negative where there is none.
    plain
        Ends of the intervals plus the channel's delay.
    came, first
        When each reading, and the first one of the channel, arrived here.
    """
    if rule == "interval":
        return plain
    stamped = np.where(stated >= 0, stated, plain)
    here = np.maximum(stamped, came)
    if rule == "commit":
        return here
    return np.where(ends > first, here, stamped) if rule == "live" else stamped
