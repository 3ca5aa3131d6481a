"""What power the park took in and made, by kind, and how much of it is not fossil: the figures of the wall and the green pages."""

from dataclasses import dataclass
from fractions import Fraction

from lingtan.services.keep_run import Run

GREEN_KINDS = frozenset({"direct", "own_nonfossil", "certificate"})


@dataclass(frozen=True)
class Supply:
    """One kind of power: its energy [Wh], its share of all, and the address of its passport."""

    side: str
    kind: str
    wh: int
    share: Fraction
    green: bool
    address: str


@dataclass(frozen=True)
class PowerSupply:
    """All power taken in or made, exports included. [Wh]"""

    kinds: tuple[Supply, ...]  # the largest first
    supplied_wh: int
    green_wh: int

    @property
    def green_share(self) -> Fraction | None:
        """Direct supply, own non-fossil power and what certificates cover, over all power taken in or made."""
        return Fraction(self.green_wh, self.supplied_wh) if self.supplied_wh else None


def power_supply(run: Run) -> PowerSupply:
    """The power of a run by kind."""
    sums: dict[tuple[str, str], int] = {}
    for (pool, side, kind, _), quantity in run.account.kinds.items():
        if pool == "power" and side in ("in", "own"):
            sums[side, kind] = sums.get((side, kind), 0) + quantity
    whole = sum(sums.values())
    kinds = [
        Supply(s, k, v, Fraction(v, whole), k in GREEN_KINDS, f"power/side={s}/kind={k}")
        for (s, k), v in sums.items()
        if v and whole
    ]
    green = sum(x.wh for x in kinds if x.green)
    return PowerSupply(tuple(sorted(kinds, key=lambda x: (-x.wh, x.kind))), whole, green)
