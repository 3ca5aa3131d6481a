"""Who used the power of which source: what tracing hands to the account, and how an amount is shared by it.

Without it the pool of power is shared by metered use. With it each source's amount goes hour by hour to those who took that
source's energy in the hour, stores among them; what a store took in a month goes to those who got that source's energy out of
the store in the month. The park's totals are the same, whatever the rule: shares are of amounts that are there already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lingtan.carbon.shares import Ints, split

User = tuple[str, str]  # enterprise, and the asset that makes heat of the power


@dataclass(frozen=True)
class PowerUse:
    """Traced energy by source, user and hour of the year. [Wh]

    ``kinds`` tells of each source (accounting point) whether it is direct, own_nonfossil, own_other or grid, ``assets`` of
    which plant it is. ``taken(point)`` is an array (users and stores, hours): what they took of the source, of users without
    what came out of stores; ``released(point)`` an array (stores, users, hours): what came out of each store.
    ``months`` is the local month of each hour. ``rule`` names rule, storage, losses, version and trace, for the record.
    """

    rule: Mapping[str, str]
    users: tuple[User, ...]
    stores: tuple[str, ...]
    kinds: Mapping[str, str]
    assets: Mapping[str, str]
    months: Ints
    taken: Callable[[str], Ints]
    released: Callable[[str], Ints]
    _kept: dict[tuple[str, ...], tuple[Ints, Ints]] = field(default_factory=dict)

    def sources_of(self, what: str, point: str) -> tuple[str, ...]:
        """The traced sources that an amount of the pool belongs to.

        ``what`` is as in a pool: in/other, in/certificate, own/…, fuel/…, or out/KIND, which is a credit on all of a kind.
        """
        side, _, kind = what.partition("/")
        if side == "fuel":
            plant = self.assets.get(point, "")
            return tuple(p for p, a in self.assets.items() if a == plant and p in self.kinds)
        if side == "out":
            wanted = "grid" if kind in ("other", "certificate") else kind
            return tuple(p for p, k in self.kinds.items() if k == wanted)
        return (point,) if point in self.kinds else ()

    def weights(self, points: Sequence[str]) -> tuple[Ints, Ints]:
        """Taken and released of some sources together."""
        key = tuple(points)
        if key not in self._kept:
            taken = [self.taken(p) for p in key]
            released = [self.released(p) for p in key]
            self._kept[key] = np.sum(taken, axis=0), np.sum(released, axis=0)
        return self._kept[key]

    def share(self, amount: Ints, points: Sequence[str], metered: Ints, home: int) -> Ints:
        """An amount by hour over the users, exactly: array (users, hours).

        Parameters
        ----------
        amount : int64 array (hours,)
            May be negative.
        points : sequence of str
            Sources that it belongs to.
        metered : int64 array (users, hours)
            Used instead in hours in which nobody took any of the sources. [Wh]
        home : int
            The user who bears what nobody else does: the operator.
        """
        many = len(self.users)
        taken, released = self.weights(points) if points else (self._none(amount), self._none_out(amount))
        nobody = taken.sum(axis=0) == 0
        weights = np.where(nobody, np.vstack([metered, np.zeros((len(self.stores), amount.size), np.int64)]), taken)
        parts = split(amount, weights, fallback=home)
        found = parts[:many].copy()
        for s in range(len(self.stores)):
            for month in np.unique(self.months):
                where = np.flatnonzero(self.months == month)
                total = int(parts[many + s, where].sum())
                if total:
                    found[:, where] += self._handed_on(total, released[s][:, where], home)
        return found

    def _handed_on(self, total: int, weights: Ints, home: int) -> Ints:
        """What a store took in a month over its users; of each user in the hours in which it got it."""
        found = np.zeros(weights.shape, np.int64)
        sums = weights.sum(axis=1)
        shares = split(np.array([total], np.int64), sums[:, None], fallback=home)[:, 0]
        for user in np.flatnonzero(shares):
            mine = weights[user]
            if not mine.any():
                found[user, -1] += shares[user]
                continue
            running = np.cumsum(mine.astype(float)) / float(mine.sum())
            reached = np.rint(running * float(shares[user])).astype(np.int64)
            reached[-1] = shares[user]  # rounding of floats within the month never changes the sum
            found[user] += np.diff(reached, prepend=0)
        return found

    def _none(self, amount: Ints) -> Ints:
        return np.zeros((len(self.users) + len(self.stores), amount.size), np.int64)

    def _none_out(self, amount: Ints) -> Ints:
        return np.zeros((len(self.stores), len(self.users), amount.size), np.int64)
