"""What a store holds, by source, and how long ago it was charged.

The content is counted as charged, so the loss of a cycle belongs to what is taken out: ``d`` at the terminals takes
``d / efficiency``. What is taken beyond the known content comes from ``opening``: charged before the first interval.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
EMPTY = 1e-9  # Wh; less is nothing


@dataclass
class Inventory:
    """Content of one store by column (sources …, ``opening`` last); the mix is that of the whole content."""

    columns: int
    content: Floats = field(init=False)
    charged_at: float = 0.0  # Wh-weighted sum of the intervals in which the content was charged

    def __post_init__(self) -> None:
        self.content = np.zeros(self.columns)

    @property
    def total(self) -> float:
        """What it holds, as charged. [Wh]"""
        return float(self.content.sum())

    def named(self, old: Sequence[str], new: Sequence[str]) -> Self:
        """A copy with other columns; what stood in a column that is no more counts as its last, ``opening``."""
        found = type(self)(len(new))
        found.content = renamed(self.content, old, new)
        found.charged_at = self.charged_at
        return found

    def state(self) -> bytes:
        """What decides all that it will give, as bytes."""
        return self.content.tobytes() + np.float64(self.charged_at).tobytes()

    def take(self, wh: float) -> tuple[Floats, float]:
        """Take out; the shares by column and the mean interval of charging (NaN if nothing known was taken)."""
        held = self.total
        if held <= EMPTY:
            shares = np.zeros(self.columns)
            shares[-1] = 1.0
            self.content[:] = 0.0
            self.charged_at = 0.0
            return shares, float("nan")
        mix, when = self.content / held, self.charged_at / held
        known = min(wh, held)
        self.content -= mix * known
        self.charged_at -= when * known
        shares = mix * (known / wh) if wh > 0 else mix
        shares[-1] += 1.0 - known / wh if wh > 0 else 0.0
        return shares, when

    def put(self, wh: float, shares: Floats, at: int) -> None:
        """Charge with a mix."""
        self.content += wh * shares
        self.charged_at += wh * at

    def shrink(self, capacity_wh: float) -> float:
        """Standing losses: what cannot be there any more goes, as mixed; how much it was. [Wh]"""
        held = self.total
        if held <= capacity_wh:
            return 0.0
        self.content *= capacity_wh / held
        self.charged_at *= capacity_wh / held
        return held - capacity_wh


@dataclass
class Queue(Inventory):
    """First in, first out: lots leave in the order in which they were charged."""

    lots: deque[tuple[int, float, Floats]] = field(default_factory=deque)  # interval, Wh, shares

    def take(self, wh: float) -> tuple[Floats, float]:
        """Take the oldest lots."""
        taken, when, got = np.zeros(self.columns), 0.0, 0.0
        while self.lots and wh - got > EMPTY:
            at, amount, shares = self.lots.popleft()
            part = min(amount, wh - got)
            taken += part * shares
            when += part * at
            got += part
            if amount - part > EMPTY:
                self.lots.appendleft((at, amount - part, shares))
        self.content = np.maximum(self.content - taken, 0.0)
        self.charged_at -= when
        if wh - got > EMPTY:
            taken[-1] += wh - got
        total = max(wh, EMPTY)
        return taken / total, when / got if got > 0 else float("nan")

    def named(self, old: Sequence[str], new: Sequence[str]) -> Self:
        """A copy with other columns."""
        found = super().named(old, new)
        found.lots = deque((at, wh, renamed(shares, old, new)) for at, wh, shares in self.lots)
        return found

    def state(self) -> bytes:
        """What decides all that it will give, as bytes."""
        lots = b"".join(np.array([at, wh, *shares], np.float64).tobytes() for at, wh, shares in self.lots)
        return super().state() + lots

    def put(self, wh: float, shares: Floats, at: int) -> None:
        """Charge a lot."""
        super().put(wh, shares, at)
        if wh > 0:
            self.lots.append((at, wh, shares.copy()))

    def shrink(self, capacity_wh: float) -> float:
        """The oldest lots are lost first."""
        over = self.total - capacity_wh
        if over > EMPTY:
            self.take(over)
            return over
        return 0.0


def renamed(values: Floats, old: Sequence[str], new: Sequence[str]) -> Floats:
    """Values by column (the last axis) under other columns; what has no place any more goes to the last."""
    where = {name: k for k, name in enumerate(new)}
    found = np.zeros((*values.shape[:-1], len(new)))
    for k, name in enumerate(old):
        found[..., where.get(name, len(new) - 1)] += values[..., k]
    return found
