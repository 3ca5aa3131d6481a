"""Views of the readings: as of a revision, and between two revisions with only some kinds of change applied.

The second kind is how a restatement tells its causes apart: late readings first, then estimates, and so on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from lingtan.base.ids import channel_key, digest
from lingtan.metering.readings import STORED, Quality
from lingtan.park.model import Channel
from lingtan.services.ports import Commit, ReadingStore

if TYPE_CHECKING:
    import polars as pl

# the order in which changes of readings are applied, one after the other
READING_CAUSES = ("late", "estimated", "estimate_replaced", "corrected", "withdrawn")
_ESTIMATES = (int(Quality.ESTIMATED), int(Quality.EDITED))


LONG_STEPS = ("1d", "1month", "1year")
Far = frozenset[str]  # keys, as decimal text, of the channels that need all their rows


class View(Protocol):
    """What an account sees of the readings."""

    @property
    def rev(self) -> int:
        """The newest revision that is seen."""
        ...

    @property
    def lasting(self) -> frozenset[int]:
        """Channels with a reading longer than a day, whatever their step says."""
        ...

    def readings(
        self, *, channels: Collection[int], start: datetime | None = None, end: datetime | None = None
    ) -> pa.Table:
        """Rows as :meth:`lingtan.services.ports.ReadingStore.readings` gives them."""
        ...

    def marks(self, month: str, bucket: int, *, far: Far) -> list[str]:
        """What decides the rows of a UTC month and bucket: equal marks, equal rows. Empty: there are none.

        An hour of a channel in ``far`` may rest on readings of any month.
        """
        ...


@dataclass(frozen=True)
class Known:
    """What was known at a revision."""

    store: ReadingStore
    rev: int

    @cached_property
    def lasting(self) -> frozenset[int]:
        """Of any revision: one too many costs time, not truth."""
        return self.store.lasting()

    @cached_property
    def commits(self) -> list[Commit]:
        """The commits of readings known then."""
        return [c for c in self.store.commits(self.rev) if c.parts]

    def readings(
        self, *, channels: Collection[int], start: datetime | None = None, end: datetime | None = None
    ) -> pa.Table:
        """The newest revision of each key known then."""
        return self.store.readings(channels=channels, start=start, end=end, as_of=self.rev)

    def marks(self, month: str, bucket: int, *, far: Far) -> list[str]:
        """The commits that touched the month, the month before, or any month."""
        return [f"{c.rev}:{c.content}" for c in touching(self.commits, month, bucket, far)]


@dataclass(frozen=True)
class Mixed:
    """What was known at ``old``, with those of the later changes applied whose cause is in ``causes``."""

    store: ReadingStore
    old: int
    rev: int
    causes: tuple[str, ...]

    @property
    def lasting(self) -> frozenset[int]:
        """As what was known has them."""
        return self._before.lasting

    @cached_property
    def _before(self) -> Known:
        return Known(self.store, self.old)

    @cached_property
    def _later(self) -> list[Commit]:
        return [c for c in self.store.commits(self.rev) if c.rev > self.old and c.parts]

    def readings(
        self, *, channels: Collection[int], start: datetime | None = None, end: datetime | None = None
    ) -> pa.Table:
        """Rows of ``old``; rows of ``rev`` where the change has one of the causes."""
        before = self.store.readings(channels=channels, start=start, end=end, as_of=self.old)
        after = self.store.readings(channels=channels, start=start, end=end, as_of=self.rev)
        return mixed(before, after, self.causes)

    def marks(self, month: str, bucket: int, *, far: Far) -> list[str]:
        """The marks of ``old`` and, where there are later commits, those and the causes."""
        found = self._before.marks(month, bucket, far=far)
        new = [f"{c.rev}:{c.content}" for c in touching(self._later, month, bucket, far)]
        return [*found, f"mixed:{digest([new, self.causes])}"] if new else found


def needs_all(channel: Channel, lasting: Collection[int]) -> bool:
    """Whether an hour of the channel may rest on readings far away: counters, levels, bills, intervals of days."""
    return channel.kind != "interval" or channel.step in LONG_STEPS or channel_key(channel.id) in lasting


def touching(commits: Sequence[Commit], month: str, bucket: int, far: Far) -> list[Commit]:
    """The commits with rows that an hour of the month may rest on."""
    bit = 1 << bucket
    before = (datetime.fromisoformat(f"{month}-01") - timedelta(days=1)).strftime("%Y-%m")
    return [c for c in commits if _touches(c, month, before, bit, far)]


def _touches(commit: Commit, month: str, before: str, bit: int, far: Far) -> bool:
    if (commit.parts.get(month, 0) | commit.parts.get(before, 0)) & bit:
        return True
    # a commit that does not name its channels may hold any
    reaches = bool(far) and (not commit.channels or not far.isdisjoint(commit.channels))
    return reaches and any(mask & bit for mask in commit.parts.values())


def changes(before: pa.Table, after: pa.Table) -> "pl.DataFrame":
    """Keys whose reading differs between two views, with both rows (``_new``) and the cause of the change."""
    import polars as pl

    one, two = (pl.DataFrame(pl.from_arrow(t)) for t in (before, after))
    joined = one.join(two, on=["channel", "start"], how="full", suffix="_new", coalesce=True)
    told = ("seconds", "value", "quality", "method")
    differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_new")) for c in told)
    gone, new = pl.col("rev_new").is_null(), pl.col("rev").is_null()
    cause = (
        pl.when(gone)
        .then(pl.lit("withdrawn"))
        .when(new & pl.col("quality_new").is_in(_ESTIMATES))
        .then(pl.lit("estimated"))
        .when(new)
        .then(pl.lit("late"))
        .when(pl.col("quality").is_in(_ESTIMATES) & ~pl.col("quality_new").is_in(_ESTIMATES))
        .then(pl.lit("estimate_replaced"))
        .otherwise(pl.lit("corrected"))
    )
    return joined.filter(differs).with_columns(cause=cause).sort("channel", "start")


def mixed(before: pa.Table, after: pa.Table, causes: Collection[str]) -> pa.Table:
    """``before`` with the changes towards ``after`` that have one of the causes."""
    import polars as pl

    found = changes(before, after).filter(pl.col("cause").is_in(list(causes))).select("channel", "start")
    if not found.height:
        return before
    one, two = (pl.DataFrame(pl.from_arrow(t)) for t in (before, after))
    kept = one.join(found, on=["channel", "start"], how="anti")
    taken = two.join(found, on=["channel", "start"], how="semi")
    return pl.concat([kept, taken]).sort("channel", "start").to_arrow().cast(STORED)
